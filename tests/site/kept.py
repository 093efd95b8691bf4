"""What browsers found in the site before, kept on disk: the same bytes are not asked again.

An answer is found by all that decides it: the files that are asked, with the scripts, styles and
fonts of the site; the browsers; the questions, which are the modules of these tests and of the
book; and every package that is installed. Only good answers are kept. Where `KNOWN_AGAIN` is not
set, as `make test` sets it, everything is asked, and nothing is kept.

A test that is marked `known_again` asks built pages. Which files it opens, by its own hand or
through the server, is noted while it runs, and it has passed for as long as they are the same.
"""

import functools
import hashlib
import json
import os
import shutil
import sys
import zipfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from book import files
from book.editions import chromium
from book.execution import cache
from book.source.pages import ROOT

SETTING = "KNOWN_AGAIN"
FOLDER = cache.ROOM / "answers"
KEPT = 5000
"""Entries: some eight states of the site."""
APART = ("assets/cards/",)
"""Pictures that no page shows."""
BESIDE = (".", "site/assets/", "site/downloads/backprop_book-", "backprop/", "book/", "tests/site/")
"""What an answer is found by, or does not depend on."""
ENTRY = pytest.StashKey[Path]()
opened: set[str] = set()
"""The files that this process has opened since it began with a module of tests."""


def answer(site: Path, *asked: str | bytes) -> Path:
    """Return where the answer of a browser is kept that is asked this on the site as it is."""
    told = hashlib.sha256(_around(site))
    for part in asked:
        part = part.encode() if isinstance(part, str) else part
        told.update(b"%d\0" % len(part) + part)
    return FOLDER / f"{told.hexdigest()}.json"


def is_asked_for() -> bool:
    """Whether answers may be known, and are to be kept."""
    return SETTING in os.environ and cache.OFF not in os.environ


def known(entry: Path) -> Any:
    """Return an answer that is kept, or `None`."""
    if not is_asked_for():
        return None
    try:
        found = json.loads(entry.read_text(encoding="utf-8"))
        os.utime(entry)
    except (FileNotFoundError, ValueError):  # the machine stopped before the disk had all of it
        return None
    return found


def keep(entry: Path, given: Any) -> None:
    """Keep an answer with which nothing was wrong."""
    if is_asked_for():
        files.write(entry, json.dumps(given))
        cache.forget_oldest(FOLDER, KEPT)


def package(site: Path) -> bytes:
    """Return the digest of the package that the site gives away, without what is said about it."""
    (wheel,) = site.glob("downloads/*.whl")
    told = hashlib.sha256()
    with zipfile.ZipFile(wheel) as held:
        for name in sorted(held.namelist()):
            if ".dist-info/" not in name:
                told.update(f"\0{name}\0".encode() + held.read(name))
    return told.digest()


def read(test: str) -> dict[str, str]:
    """Return the pages and other files of the book that were opened, and what they hold.

    Each page asks for the index of the search, and only a test that searches, as its name says,
    sees something of it.
    """
    beside = BESIDE if "search" in test else (*BESIDE, "site/search/")
    inside = (path.removeprefix(f"{ROOT}/") for path in opened if path.startswith(f"{ROOT}/"))
    return {name: _digest(ROOT / name) for name in sorted(inside) if not name.startswith(beside)}


def is_same(read: dict[str, str]) -> bool:
    """Whether files of the book hold what they held when they were read."""
    return all(_digest(ROOT / name) == digest for name, digest in read.items())


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and isinstance(arguments[0], str | os.PathLike):
        opened.add(os.fspath(arguments[0]))


sys.addaudithook(_note)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


@functools.cache
def _around(site: Path) -> bytes:
    """Return the digest of all that decides what is found in any page."""
    told = hashlib.sha256("\0".join([*cache.machine(), *_browsers()]).encode())
    shared = (path for path in (site / "assets").rglob("*") if path.is_file())
    for path in sorted(path for path in shared if not _is_apart(path, site)):
        told.update(f"\0{path.relative_to(site)}\0".encode() + path.read_bytes())
    told.update((site / "_headers").read_bytes())
    # A test that goes through all pages has read those that there were.
    told.update(
        "\0".join(sorted(f"{path.relative_to(site)}" for path in site.rglob("*.html"))).encode()
    )
    for folder, kind in ((ROOT / "book", "*.py"), (ROOT / "tests" / "site", "*.*")):
        for path in sorted(each for each in folder.rglob(kind) if each.suffix != ".pyc"):
            told.update(f"\0{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return told.digest()


def _browsers() -> list[str]:
    """Return what tells one version of each browser from another."""
    programs = [chromium.path(), *map(shutil.which, ("firefox-esr", "WebKitWebDriver"))]
    found = [Path(program).resolve() for program in programs if program]
    return [f"{each} {each.stat().st_size} {each.stat().st_mtime_ns}" for each in found]


def _is_apart(path: Path, site: Path) -> bool:
    return path.relative_to(site).as_posix().startswith(APART)


@pytest.fixture(scope="module", autouse=True)
def first_of_a_module() -> None:
    """What a fixture opens for all tests of a module, each of them may have read."""
    opened.clear()


@pytest.fixture(autouse=True)
def entry_of_a_test(request: pytest.FixtureRequest) -> None:
    """Where it is kept that a test has passed, if it may be known again."""
    if request.node.get_closest_marker("known_again"):
        site = request.getfixturevalue("site")
        request.node.stash[ENTRY] = answer(site, request.node.nodeid, package(site))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Let a test pass that has passed before, if all that it read is the same."""
    entry = pyfuncitem.stash.get(ENTRY, None)
    before = known(entry) if entry else None
    if before is None or not is_same(before):
        return None
    del pyfuncitem.stash[ENTRY]
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Keep that a test has passed, with what it has read."""
    report = yield
    if report.when == "call" and report.passed and ENTRY in item.stash:
        keep(item.stash[ENTRY], read(item.nodeid))
    return report
