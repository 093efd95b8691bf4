"""The package as it is installed: the wheel that the site serves, where it stands, its digest.

The distribution is called `backprop-book`, because `backprop` on PyPI is somebody else's. What is
imported is called `backprop` all the same.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from book.errors import BookError
from book.source import pages

NAME = "backprop-book"
FOLDER = pages.ROOT / ".cache" / "wheel"
"""Where wheels are kept that have been built."""
KEPT = 4
"""Wheels of the states of the package that were built last."""


def version() -> str:
    """Return the version of the package."""
    text = (pages.ROOT / "backprop" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(.+?)"$', text, re.M)
    assert found, "the package says its version in its first module"
    return found[1]


def least() -> dict[str, str]:
    """Return the oldest versions that will do, of Python and of NumPy."""
    project = tomllib.loads((pages.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (numpy,) = project["dependencies"]
    return {
        "python": project["requires-python"].removeprefix(">="),
        "numpy": numpy.removeprefix("numpy>="),
    }


def address() -> str:
    """Return where the wheel stands below the root of the site."""
    return f"downloads/{NAME.replace('-', '_')}-{version()}-py3-none-any.whl"


def site_url() -> str:
    """Return where the site stands, as `mkdocs.yml` says it: in `SITE_URL`, or on this machine."""
    text = (pages.ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    found = re.search(r'^site_url: !ENV \[SITE_URL, "(.+?)"\]$', text, re.M)
    assert found, "mkdocs.yml says where the site stands"
    # The generator adds the stroke at its end, too.
    return os.environ.get("SITE_URL", found[1]).rstrip("/") + "/"


def requirement() -> str:
    """Return what an installer is told that is to load the wheel, and to check its digest."""
    return f"{NAME} @ {site_url()}{address()}#sha256={digest()}"


def digest() -> str:
    """Return the SHA-256 of the wheel."""
    return hashlib.sha256(wheel().read_bytes()).hexdigest()


def write(site: Path) -> Path:
    """Put the wheel into a built site, and return it there."""
    target = site / address()
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(wheel(), target)
    return target


def wheel() -> Path:
    """Return the wheel of the package as it is now: the same bytes for the same files."""
    return _wheel(_state())


@functools.lru_cache(maxsize=1)
def _wheel(state: str) -> Path:
    kept = FOLDER / state / Path(address()).name
    if not kept.exists():
        build(kept.parent)
        # Another process may be at an older state, and copy its wheel just now.
        for other in sorted(FOLDER.iterdir(), key=_age)[KEPT:]:
            shutil.rmtree(other, ignore_errors=True)
    return kept


def build(folder: Path, target: str = "wheel") -> None:
    """Build the wheel into a folder, or the archive of sources, `sdist`."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target]
    # Without a time of its own, hatchling gives every file the same.
    environment = {k: v for k, v in os.environ.items() if k != "SOURCE_DATE_EPOCH"}
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".") as fresh:
        done = subprocess.run(
            [*command, "--directory", fresh],
            cwd=pages.ROOT,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            _refuse(done.stderr, folder, target)
        for made in Path(fresh).iterdir():
            made.replace(folder / made.name)


def _refuse(said: str, folder: Path, target: str) -> NoReturn:
    """Raise what stands for the last words of a program that could not build."""
    last = said.strip().rpartition("\n")[2]
    if os.strerror(errno.ENOSPC) in said:
        raise OSError(errno.ENOSPC, last, str(folder / target))
    raise BookError(None, 0, f"the {target} cannot be built into {folder}: {last}", "mend that")


def _age(folder: Path) -> int:
    """Return what sorts folders from the youngest; one that is gone meanwhile is the oldest."""
    try:
        return -folder.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _state() -> str:
    """Return what tells apart the files that a wheel holds."""
    told = hashlib.sha256()
    for path in _held():
        told.update(f"{path.name}\0".encode() + path.read_bytes())
    return told.hexdigest()[:16]


def _held() -> Iterator[Path]:
    yield from sorted((pages.ROOT / "backprop").rglob("*.py"))
    yield from (pages.ROOT / name for name in ("pyproject.toml", "README.md", "LICENSE"))
