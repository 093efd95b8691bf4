"""What is kept of executions is found again as long as it holds, and never after that."""

import json
import os
import shutil
import sys

import pytest
from copies import change, copy, run

from book.execution import cache, executor, worker
from book.execution.worker import Outcome
from book.source.fences import Snippet

CODES = ["x = 1", "print(x)"]
MODULE = '"""A module."""\n\n\ndef half(x):\n    """Return the half."""\n    return x / 2\n'


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of one module, and an empty cache."""
    folder = tmp_path / "backprop"
    folder.mkdir()
    (folder / "half.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.setattr(worker, "PACKAGE", folder)
    monkeypatch.setattr(cache, "FOLDER", tmp_path / "outcomes")
    monkeypatch.delenv(cache.OFF, raising=False)
    return folder


def rewrite(package, old, new):
    path = package / "half.py"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def keep(codes=CODES, **said):
    entry = cache.key(codes)
    cache.store(entry, codes, [Outcome(), Outcome("1\n", **said)])
    return entry


def found(codes=CODES):
    return cache.load(cache.key(codes))


def test_what_was_kept_is_found(package):
    keep()
    assert found() == [Outcome(), Outcome("1\n")]


@pytest.mark.parametrize(
    ("old", "new"),
    [("x / 2", "x / 3"), ("x / 2", "2 / x"), ("def half(x)", "def half(x, y=1)"), ("half", "part")],
)
def test_a_change_of_what_the_package_does_is_noticed(package, old, new):
    keep()
    rewrite(package, old, new)
    assert found() is None


def test_a_module_that_comes_or_goes_is_noticed(package):
    keep()
    (package / "more.py").write_text("", encoding="utf-8")
    assert found() is None
    (package / "more.py").unlink()
    assert found() is not None
    (package / "half.py").rename(package / "part.py")
    assert found() is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Return the half.", "Halve."),
        ('"""A module."""', ""),
        ("    return", "\n    # why\n    return"),
    ],
)
def test_docstrings_comments_and_lines_change_nothing(package, old, new):
    keep()
    rewrite(package, old, new)
    assert found() is not None


def test_they_do_for_a_snippet_that_reads_them(package):
    entry = keep(reads_sources=True)
    assert cache.load(entry) is not None
    rewrite(package, "Return the half.", "Halve.")
    assert cache.load(entry) is None
    for reads in ("print(half.__doc__)", "help(half)", "print(half.__code__.co_firstlineno)"):
        codes = ["x = 1", reads]
        entry = keep(codes)
        assert cache.load(entry) is not None
        rewrite(package, "Halve.", "Halve.\n\n    More.")
        assert cache.load(entry) is None, reads


@pytest.mark.parametrize(
    "codes", [["x = 2", "print(x)"], ["print(x)"], ["print(x)", "x = 1"], ["x = 1\nprint(x)"]]
)
def test_other_snippets_are_another_entry(package, codes):
    keep()
    assert found(codes) is None


@pytest.mark.parametrize(
    "name", ["OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "NPY_DISABLE_CPU_FEATURES"]
)
def test_another_kernel_is_another_entry(package, monkeypatch, name):
    keep()
    monkeypatch.setenv(name, "7")
    cache.machine.cache_clear()
    assert found() is None
    monkeypatch.undo()
    cache.machine.cache_clear()


def test_another_version_of_anything_is_another_entry(package, monkeypatch, tmp_path):
    def of(*installed):
        shutil.rmtree(tmp_path / "lib", ignore_errors=True)
        for name in installed:
            (tmp_path / "lib" / f"{name}.dist-info").mkdir(parents=True)
        cache.machine.cache_clear()
        return cache.key(CODES)

    monkeypatch.setattr(cache.sysconfig, "get_path", lambda _: tmp_path / "lib")
    before = of("numpy-2.3.0", "matplotlib-3.10.0")
    assert of("matplotlib-3.10.0", "numpy-2.3.0") == before
    assert of("numpy-2.3.1", "matplotlib-3.10.0") != before
    assert of("numpy-2.3.0") != before
    monkeypatch.setattr(sys, "version", "3.99")
    assert of("numpy-2.3.0", "matplotlib-3.10.0") != before
    monkeypatch.undo()
    cache.machine.cache_clear()


def test_a_cache_that_is_off_neither_gives_nor_keeps(package, monkeypatch):
    entry = keep()
    monkeypatch.setenv(cache.OFF, "1")
    assert cache.load(entry) is None
    keep(["print(2)"])
    monkeypatch.delenv(cache.OFF)
    assert cache.load(entry) is not None
    assert found(["print(2)"]) is None


def test_the_oldest_entries_are_forgotten(package, monkeypatch):
    monkeypatch.setattr(cache, "KEPT", 3)
    for n in range(5):
        keep([f"print({n})"])
    assert [found([f"print({n})"]) is None for n in range(5)] == [True, True, False, False, False]


def test_an_entry_that_another_process_forgets_meanwhile_is_no_matter(package, monkeypatch):
    keep()
    (cache.FOLDER / "other.json").touch()
    scandir, listed = os.scandir, list(os.scandir(cache.FOLDER))
    (cache.FOLDER / "other.json").unlink()
    monkeypatch.setattr(
        cache.os, "scandir", lambda path: listed if path == cache.FOLDER else scandir(path)
    )
    keep()
    assert found() is not None


def test_an_entry_that_is_forgotten_while_it_is_read_is_not_made_anew(package, monkeypatch):
    keep()
    (path,) = cache.FOLDER.iterdir()
    loads = json.loads
    monkeypatch.setattr(cache.json, "loads", lambda text: path.unlink() or loads(text))
    assert found() is None
    assert not path.exists()


def test_what_fails_is_not_kept(package, tmp_path):
    fails = [Snippet(tmp_path / "page.md", 1, "1 / 0", {})]
    (outcome,) = executor.outcomes(fails)
    assert outcome.error == "ZeroDivisionError: division by zero"
    assert found(["1 / 0"]) is None


def test_a_page_shows_what_an_edited_package_gives(tmp_path):
    """The same page, the same cache, another process: executed, found, and executed again."""
    book = copy(tmp_path / "book")
    page = book / "docs" / "by-hand.md"
    shows = (
        "import html; from pathlib import Path; from book.execution import cache, executor\n"
        f"results = executor.results(Path({str(page)!r}))\n"
        "said = html.unescape(results[0].outcome.printed)\n"
        "print(said.count('x₁ 0.1'), len(list(cache.FOLDER.glob('*'))))"
    )

    def shown():
        code, said = run(book, "python", "-c", shows, BOOK_CACHE=str(tmp_path / "cache"))
        assert code == 0, said
        return said.split()

    assert shown() == ["1", "1"]
    change(page, "The answer is", "The answer of this network is")
    assert shown() == ["1", "1"]
    change(book / "backprop" / "datasets.py", "np.array([0.1, 0.3])", "np.array([0.2, 0.3])")
    assert shown() == ["0", "2"]
