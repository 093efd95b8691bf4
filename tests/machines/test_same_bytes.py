"""One commit gives one site, wherever, whenever and by whomever it is built, off the network."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from copies import BOOK, copy, run
from kernels import second

from book.commands import commit_time
from book.execution import executor
from book.interactive import pyodide
from book.source import pages

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


def bare(content: bytes) -> bytes:
    """A file of the site without what its claims compare, which is shown and not pinned."""
    return re.sub(rb'( aria-label="Checked: [^"]*?; )[^"]*"', rb'\1"', content)


COMPARED = """
import json
import sys
from pathlib import Path

from book.execution import executor

print(json.dumps([
    claim.values
    for page in sys.argv[1:]
    for result in executor.results(Path(page).resolve())
    for claim in result.outcome.claims
]))
"""


def test_two_builds_of_one_commit_are_equal(site, tmp_path):
    """The one that all tests read, and one elsewhere, with two threads, that has no outcomes kept.

    It compares them with those that are pinned, as every build does. It is built by another kernel
    of BLAS, if one draws alike, which may change what claims compare; by its own, nothing may.
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
    kernel = {"OPENBLAS_CORETYPE": name} if (name := second()) else {}
    code, said = run(book, *alone(), *BOOK, "build", "--no-cache", **there, **kernel)
    assert code == 0, said
    assert not asked.exists(), asked.read_text(encoding="utf-8")
    here, other = files_of(site), files_of(book / "site")
    assert list(here) == list(other)
    assert len(here) > 30
    differing = [name for name in here if here[name] != other[name]]
    assert kernel or not differing, differing
    assert [each for each in differing if bare(here[each]) != bare(other[each])] == []
    chosen = [page for page in pages.paths() if f"{pages.address(page)}index.html" in differing]
    results = [result for page in chosen for result in executor.results(page)]
    names = [str(page.relative_to(pages.ROOT)) for page in chosen]
    code, said = run(book, "python", "-c", COMPARED, *names, BOOK_NO_CACHE="1", **there)
    assert code == 0, said
    assert json.loads(said) == [claim.values for each in results for claim in each.outcome.claims]
