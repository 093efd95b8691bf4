"""Which tests of the package have passed with it as it is: `make test` does not run them again.

What decides them is the package, what stands in this folder, and what executes both. Modules that
read more are `MORE`; their tests run each time. Where `KNOWN_AGAIN` is not set, as `make test` sets
it, all run, and nothing is kept.
"""

import functools
import hashlib
import os
from pathlib import Path

import pytest

import backprop

SETTING, OFF = "KNOWN_AGAIN", "BOOK_NO_CACHE"
KEPT = 20
"""States of the package and its tests."""
MORE = {
    "test_endless",
    "test_exercises",
    "test_formulas_of_docstrings",
    "test_mistakes",
    "test_parallel",
    "test_passed",
    "test_quoted_functions",
}
"""Modules whose tests read pages of the book, or start programs."""
HERE = Path(__file__).parent


def may_be_known(item: pytest.Item) -> bool:
    """Whether a test depends on nothing else."""
    return item.path.parent == HERE and item.path.stem not in MORE


@functools.cache
def entry() -> Path:
    """Return the file with the names of the tests that have passed with all as it is."""
    from book.execution import cache  # which only `make test` needs to import

    told = hashlib.sha256("\0".join(cache.machine()).encode())
    pinned = (path for path in HERE.rglob("*") if path.is_file() and path.suffix != ".pyc")
    for path in sorted([*Path(backprop.__file__).parent.rglob("*.py"), *pinned]):
        told.update(f"\0{path.parent.name}/{path.name}\0".encode() + path.read_bytes())
    return cache.ROOM / "passed" / f"{told.hexdigest()}.txt"


def is_asked_for() -> bool:
    """Whether tests may be known, and are to be kept."""
    return SETTING in os.environ and OFF not in os.environ


@functools.cache
def passed() -> frozenset[str]:
    """Return the names of the tests that had passed when this process began."""
    if not is_asked_for() or not entry().exists():
        return frozenset()
    os.utime(entry())
    return frozenset(entry().read_text(encoding="utf-8").splitlines())


def keep(name: str) -> None:
    """Keep the name of a test that has passed; several processes may do so at a time."""
    entry().parent.mkdir(parents=True, exist_ok=True)
    if not entry().exists():
        forget_oldest()
    with entry().open("a", encoding="utf-8") as kept:
        kept.write(f"{name}\n")


def forget_oldest() -> None:
    """Make room for another state of the package."""
    from book.execution import cache

    cache.forget_oldest(entry().parent, KEPT - 1)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Let a test pass that has passed before."""
    return True if may_be_known(pyfuncitem) and pyfuncitem.nodeid in passed() else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Keep that a test has passed."""
    report = yield
    passes = report.when == "call" and report.passed
    if passes and is_asked_for() and may_be_known(item) and item.nodeid not in passed():
        keep(item.nodeid)
    return report
