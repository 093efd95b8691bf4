"""Files and folders that are whole at any moment, whatever ends a process, whoever is at work.

What is written gets its name when it is whole; what is replaced is there until then. The kernel
holds a lock, so that one is never left behind.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from book.errors import BookError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says where there is no room: a full disk, a quota, a limit for one file."""
_HERE = -100  # of a name that is no descriptor's
_EXCHANGE = 2


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """Give a name beside a file, to write under; what was written then takes the file's place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        yield fresh
        fresh.replace(path)
    except OSError as error:
        if error.errno in FULL:
            error.filename = str(path)  # which the system does not say of a write
        raise
    finally:
        fresh.unlink(missing_ok=True)


def state(folder: Path | str) -> tuple[tuple[str, int], ...]:
    """Return what tells one state of a folder from another: its files and their times.

    What Python keeps of the modules that it has imported is left out.
    """
    found: list[tuple[str, int]] = []
    for entry in os.scandir(folder):
        with suppress(FileNotFoundError):  # an editor's, which was there for a moment
            if not entry.is_dir():
                found.append((entry.path, entry.stat().st_mtime_ns))
            elif entry.name != "__pycache__":
                found += state(entry.path)
    return tuple(sorted(found))


def write(path: Path, content: str | bytes) -> None:
    """Write a file whole, or leave it as it is."""
    with written(path) as fresh:
        fresh.write_bytes(content if isinstance(content, bytes) else content.encode())


def publish(fresh: Path, place: Path) -> None:
    """Put a folder in the place of another, which is deleted; at any moment one of them is there.

    Raises
    ------
    BookError
        The place cannot be replaced; it is as it was.
    """
    beside = place.with_name(f".{place.name}.fresh")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        try:
            _put(fresh, place)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # On another disk, what is to take the place must first be brought beside it.
            shutil.copytree(fresh, beside)
            _put(beside, place)
    except OSError as error:
        if error.errno in FULL:
            raise
        what = f"{place.name}/ cannot be replaced: {error.strerror}"
        raise BookError(None, 0, what, "let it be a folder of its own, and no mount") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(fresh, ignore_errors=True)


def _put(fresh: Path, place: Path) -> None:
    if not place.exists():
        fresh.rename(place)
        return
    try:
        exchange(fresh, place)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            raise
        # A file system that cannot exchange two folders: for a moment, none is in the place.
        aside = fresh.with_name(f"{fresh.name}.old")
        shutil.rmtree(aside, ignore_errors=True)
        place.rename(aside)
        fresh.rename(place)
        shutil.rmtree(aside, ignore_errors=True)


def exchange(one: Path, other: Path) -> None:
    """Let two files or folders have each other's name, in one step."""
    libc = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    if sys.platform == "darwin":
        failed = libc.renamex_np(first, second, _EXCHANGE)
    elif hasattr(libc, "renameat2"):
        failed = libc.renameat2(_HERE, first, _HERE, second, _EXCHANGE)
    else:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if failed:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(one), None, str(other))


@contextmanager
def alone(lock: Path, meanwhile: str) -> Iterator[None]:
    """Let one process at a time do something; the next says what it waits for.

    The lock belongs to the process and to none that it starts: it ends with it, however that ends.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a", encoding="utf-8") as held:
        try:
            fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN):
                raise
            sys.stderr.write(f"{meanwhile}\n")
            fcntl.lockf(held, fcntl.LOCK_EX)
        yield


def no_room(error: OSError, places: Iterable[tuple[Path, str]]) -> str:
    """Return the sentence that names the full disk, and what to do.

    Parameters
    ----------
    error
        What the system said. It seldom names a file: the write failed, and not the opening.
    places
        The folders that are written to, and the variable by which each can be another, or nothing.
    """
    known = [*places, (Path(tempfile.gettempdir()), "TMPDIR")]
    known = [(_there(path), variable) for path, variable in known]
    named = error.filename2 or error.filename
    if isinstance(named, str):
        place = _there(Path(named).absolute().parent)
        variables = [name for path, name in known if place.is_relative_to(path)]
    else:
        place, *variables = min(known, key=lambda each: shutil.disk_usage(each[0]).free)
    free = shutil.disk_usage(place).free / 1e6
    others = f", or let {variables[0]} name another folder" if any(variables) else ""
    said = os.strerror(error.errno or errno.ENOSPC).lower()
    return f"{place}: {said} ({free:.1f} MB are free); make room{others}, and run this again"


def _there(path: Path) -> Path:
    """Return a folder, or the nearest above it that exists."""
    return next(each for each in (path, *path.parents) if each.is_dir())
