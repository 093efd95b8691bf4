"""One commit gives one site, wherever, whenever and by whomever it is built, off the network."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from copies import BOOK, copy, run

from book.commands import commit_time
from book.interactive import pyodide

THERE = {
    "LC_ALL": "C",
    "OPENBLAS_NUM_THREADS": "2",
    "PYTHONHASHSEED": "4321",
    "TZ": "America/St_Johns",
    "USER": "someone",
}

ALONE = ("unshare", "--map-root-user", "--net", "--")
"""What starts a program without a network, where the system lets one do so."""
REFUSING = """
import os
import sys

ASKED = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}


def refuse(event, args):
    if event in ASKED and not isinstance(args[-1], str | bytes):
        with open(os.environ["ASKED"], "a") as told:
            told.write(f"{event} {args} by {sys.argv}\\n")
        raise OSError("there is no network")


sys.addaudithook(refuse)
"""
"""Every Python of a build runs this first. What it refuses is told, even where it is caught."""


def refusing(folder):
    """What a build is told so that none of its processes reaches a network, and the file for it."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(REFUSING, encoding="utf-8")
    return folder / "asked"


def alone():
    found = shutil.which("unshare")
    able = found and subprocess.run([*ALONE, "true"], capture_output=True, check=False)
    return ALONE if able and able.returncode == 0 else ()


@pytest.mark.parametrize("ask", ["urlopen('http://127.0.0.1:9')", "urlopen('http://a.example')"])
def test_what_asks_the_network_is_seen(tmp_path, ask):
    asked = refusing(tmp_path / "refusing")
    program = f"from urllib.request import urlopen\ntry: {ask}\nexcept OSError: pass"
    known = {"PYTHONPATH": str(asked.parent), "ASKED": str(asked)}
    assert run(tmp_path, "python", "-c", program, **known) == (0, "")
    assert asked.read_text(encoding="utf-8").startswith("socket.")


def files_of(site: Path) -> dict[str, bytes]:
    return {
        path.relative_to(site).as_posix(): path.read_bytes()
        for path in sorted(site.rglob("*"))
        if path.is_file()
    }


def test_two_builds_of_one_commit_are_equal(site, tmp_path):
    """The one that all tests read, and one elsewhere, with two threads, that has no outcomes kept.

    It compares them with those that are pinned, as every build does.
    """
    book = copy(tmp_path / "over" / "there at last")
    if pyodide.is_there():
        (book / ".cache").mkdir()
        (book / ".cache" / "runtime").symlink_to(pyodide.FOLDER.parent)
    time_stamp = os.environ.get("SOURCE_DATE_EPOCH", commit_time())
    asked = refusing(tmp_path / "refusing")
    there = {
        **THERE,
        "ASKED": str(asked),
        "PYTHONPATH": f"{book}{os.pathsep}{asked.parent}",
        "SOURCE_DATE_EPOCH": time_stamp,
    }
    code, said = run(book, *alone(), *BOOK, "build", "--no-cache", **there)
    assert code == 0, said
    assert not asked.exists(), asked.read_text(encoding="utf-8")
    here, there = files_of(site), files_of(book / "site")
    assert list(here) == list(there)
    assert [name for name in here if here[name] != there[name]] == []
    assert len(here) > 30
