"""A full disk is named, with what to do; nothing is torn, and no traceback is shown."""

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from copies import ROOT, copy

from book import files
from book.execution import executor
from book.source.fences import Snippet

ENOSPC = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def small(tmp_path):
    """What runs a command for which a folder is a disk of its own, with so many bytes of room."""
    unshare = shutil.which("unshare")
    if not unshare:
        pytest.skip("no unshare: a small disk is mounted for one process alone")
    alone = [unshare, "--mount"] if os.geteuid() == 0 else [unshare, "--user", "-r", "--mount"]
    if subprocess.run(
        [*alone, "mount", "-t", "tmpfs", "x", tmp_path], capture_output=True
    ).returncode:
        pytest.skip("this machine allows no mount")

    def run(place, room, command, cwd=ROOT, **environment):
        place.mkdir(parents=True, exist_ok=True)
        mounted = 'mount -t tmpfs -o size="$1" small "$2" && shift 2 && exec "$@"'
        return subprocess.run(
            [*alone, "sh", "-c", mounted, "sh", str(room), place, sys.executable, *command],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(cwd), **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_the_room_for_outcomes_is_named_with_its_variable(small, tmp_path):
    place = tmp_path / "kept"
    check = ["-m", "book", "check", "docs/by-hand.md"]
    done = small(place, 8192, check, BOOK_CACHE=str(place))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"{place / 'outcomes'}: no space left on device (0.0 MB are free); "
        "make room, or let BOOK_CACHE name another folder, and run this again\n"
    )


def test_the_room_for_what_snippets_print_is_named_and_no_snippet_is_blamed():
    fills = f"raise OSError({errno.ENOSPC}, 'No space left on device')"
    (full,) = executor.execute([Snippet(Path("page.md"), 1, fills, {})])
    assert full.error == f"finds no room for what it prints in {tempfile.gettempdir()}"
    assert full.advice == "make room, or let TMPDIR name another folder"


def test_a_wheel_without_room_names_its_folder(small, tmp_path):
    place = tmp_path / "dist"
    done = small(place, 8192, ["-m", "book", "package", str(place)])
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{place}: no space left on device (0.0 MB are free); make room")
    assert done.stderr.count("\n") == 1


def test_a_site_without_room_leaves_the_one_that_is_there(small, tmp_path):
    book = copy(tmp_path / "book")
    (book / "site").mkdir()
    (book / "site" / "index.html").write_text("the last whole site")
    # The generator stands aside: what counts is who writes, and not how long it takes.
    writes = "import runpy, sys; from book import commands; commands.lint = lambda: None\n"
    writes += "def generate(site, _):\n    site.mkdir()\n    for n in range(100):\n"
    writes += "        (site / f'{n}.html').write_bytes(bytes(100_000))\n"
    writes += "commands._generate = generate; sys.argv = ['book', 'build']\n"
    writes += "runpy.run_module('book', run_name='__main__')"
    done = small(book / ".cache", "2m", ["-c", writes], cwd=book)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"{book / '.cache'}")
    assert "no space left on device" in last
    assert "Traceback" not in done.stderr
    assert names(book / "site") == ["index.html"]
    assert (book / "site" / "index.html").read_text() == "the last whole site"


def test_without_a_name_the_fullest_place_is_named(tmp_path, monkeypatch):
    free = {tmp_path / "a": 5e9, tmp_path / "b": 2e6}
    for path in free:
        path.mkdir()
    known = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(
        files.shutil, "disk_usage", lambda path: known._replace(free=free.get(path, 9e9))
    )
    places = [(tmp_path / "a", "ONE"), (tmp_path / "b" / "not yet there", "OTHER")]
    said = files.no_room(ENOSPC, places)
    assert said == (
        f"{tmp_path / 'b'}: no space left on device (2.0 MB are free); "
        "make room, or let OTHER name another folder, and run this again"
    )
    named = OSError(errno.EDQUOT, "over", str(tmp_path / "a" / "file"))
    assert files.no_room(named, places).startswith(f"{tmp_path / 'a'}: disk quota exceeded (5000.0")
    # What copies a file names the source first.
    copied = OSError(
        errno.ENOSPC, "full", str(tmp_path / "a" / "x"), None, str(tmp_path / "b" / "x")
    )
    assert files.no_room(copied, places).startswith(f"{tmp_path / 'b'}: ")
