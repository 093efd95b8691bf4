"""A test of the package that has passed is known as long as all that decides it is the same."""

import re

import passed
import pytest

import backprop
from book.execution import cache


@pytest.fixture(autouse=True)
def nothing_known(tmp_path, monkeypatch):
    """Other states of the package, kept in a folder of their own."""
    monkeypatch.setattr(cache, "ROOM", tmp_path)
    monkeypatch.setattr(passed, "HERE", tmp_path / "tests")
    monkeypatch.setattr(backprop, "__file__", str(tmp_path / "backprop" / "__init__.py"))
    for name in ("tests", "backprop"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.py").write_text("1", encoding="utf-8")
    monkeypatch.setenv(passed.SETTING, "1")
    monkeypatch.delenv(cache.OFF, raising=False)
    forget()
    yield
    forget()


def forget():
    """Let the next question be the first of a process."""
    passed.entry.cache_clear()
    passed.passed.cache_clear()


def test_a_test_that_has_passed_is_known_to_the_next_process():
    passed.keep("test_a.py::test_one")
    passed.keep("test_a.py::test_two[a b]")
    assert passed.passed() == {"test_a.py::test_one", "test_a.py::test_two[a b]"}


@pytest.mark.parametrize("folder", ["backprop", "tests"])
def test_nothing_is_known_of_another_package_or_other_tests(tmp_path, folder):
    passed.keep("test_a.py::test_one")
    forget()
    (tmp_path / folder / "a.py").write_text("2", encoding="utf-8")
    assert passed.passed() == frozenset()


@pytest.mark.parametrize("kernel", ["Nehalem", "Haswell"])
def test_nothing_is_known_of_another_machine(monkeypatch, kernel):
    passed.keep("test_a.py::test_one")
    forget()
    monkeypatch.setattr(cache, "machine", lambda: (kernel,))
    assert passed.passed() == frozenset()


def test_all_run_unless_it_is_asked_for(monkeypatch):
    passed.keep("test_a.py::test_one")
    monkeypatch.delenv(passed.SETTING)
    assert not passed.is_asked_for()
    assert passed.passed() == frozenset()
    monkeypatch.setenv(passed.SETTING, "1")
    monkeypatch.setenv(cache.OFF, "1")
    assert not passed.is_asked_for()


def test_modules_that_read_more_are_listed(request):
    here = request.path.parent
    more = re.compile(r"\bROOT\b|subprocess|^from book|^import book|\bdocs\b", re.MULTILINE)
    found = {path.stem for path in here.glob("test_*.py") if more.search(path.read_text("utf-8"))}
    assert found == passed.MORE
