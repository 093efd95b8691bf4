"""What browsers said is known again as long as nothing changes that could make them say more."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import kept
import pytest

from book.execution import cache


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Make small sites, each in a folder of its own, and keep answers in another."""
    monkeypatch.setattr(kept, "FOLDER", tmp_path / "answers")
    monkeypatch.delenv(cache.OFF, raising=False)
    monkeypatch.setenv(kept.SETTING, "1")

    def site(name, **changed):
        folder = tmp_path / name
        files = {"_headers": "policy", "assets/a.js": "script", "assets/cards/a.png": "card"}
        for path, text in (files | changed).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        return folder

    return site


def test_an_answer_is_known_on_another_day(make):
    entry = kept.answer(make("one"), "is quiet", "Chromium 1", "<p>text")
    assert kept.known(entry) is None
    kept.keep(entry, ["nothing is wrong"])
    assert kept.known(kept.answer(make("two"), "is quiet", "Chromium 1", b"<p>text")) == [
        "nothing is wrong"
    ]


@pytest.mark.parametrize(
    ("changed", "asked"),
    [
        ({"assets/a.js": "another script"}, ["is quiet", "Chromium 1", "<p>text"]),
        ({"assets/b.js": ""}, ["is quiet", "Chromium 1", "<p>text"]),
        ({"another/index.html": "page"}, ["is quiet", "Chromium 1", "<p>text"]),
        ({"_headers": "another policy"}, ["is quiet", "Chromium 1", "<p>text"]),
        ({}, ["is quiet", "Chromium 1", "<p>other text"]),
        ({}, ["is quiet", "Chromium 2", "<p>text"]),
        ({}, ["fits", "Chromium 1", "<p>text"]),
        ({}, ["is quie", "tChromium 1", "<p>text"]),
    ],
)
def test_what_may_have_changed_is_asked_again(make, changed, asked):
    kept.keep(kept.answer(make("one"), "is quiet", "Chromium 1", "<p>text"), "good")
    assert kept.known(kept.answer(make("two", **changed), *asked)) is None


@pytest.mark.parametrize("where", ["tests/site/test_each_page.py", "book/site/minify.py"])
def test_other_questions_are_asked(make, tmp_path, monkeypatch, where):
    entries = []
    for text in ("one", "two"):
        root = tmp_path / text
        (root / where).parent.mkdir(parents=True)
        (root / where).write_text(text, encoding="utf-8")
        monkeypatch.setattr(kept, "ROOT", root)
        entries.append(kept.answer(make(f"site of {text}"), "is quiet"))
    assert entries[0] != entries[1]


def test_a_picture_that_no_page_shows_changes_nothing(make):
    one, two = make("one"), make("two", **{"assets/cards/a.png": "another"})
    assert kept.answer(one, "is quiet") == kept.answer(two, "is quiet")


def test_nothing_is_known_or_kept_where_that_is_forbidden(make, monkeypatch):
    entry = kept.answer(make("one"), "is quiet")
    kept.keep(entry, "good")
    monkeypatch.delenv(kept.SETTING)
    assert kept.known(entry) is None
    monkeypatch.setenv(kept.SETTING, "1")
    monkeypatch.setenv(cache.OFF, "1")
    assert kept.known(entry) is None
    kept.keep(kept.answer(make("one"), "fits"), "good")
    assert [*kept.FOLDER.iterdir()] == [entry]


def test_half_an_entry_is_none(make):
    entry = kept.answer(make("one"), "is quiet")
    kept.keep(entry, "good")
    entry.write_text('"goo', encoding="utf-8")
    assert kept.known(entry) is None


def test_what_a_test_reads_is_noted_and_compared(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "ROOT", tmp_path)
    monkeypatch.setattr(kept, "opened", set())
    for name in ("site/a.html", "site/search/index.json", "site/assets/a.js", "b.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("text", encoding="utf-8")
    kept.opened.clear()
    for name in ("site/a.html", "site/search/index.json", "site/assets/a.js"):
        (tmp_path / name).read_bytes()
    assert [*kept.read("test_a_page")] == ["site/a.html"]
    assert [*kept.read("test_the_search")] == ["site/a.html", "site/search/index.json"]
    found = kept.read("test_a_page")
    (tmp_path / "b.html").write_text("other text", encoding="utf-8")
    assert kept.is_same(found)
    (tmp_path / "site" / "a.html").write_text("other text", encoding="utf-8")
    assert not kept.is_same(found)
    (tmp_path / "site" / "a.html").unlink()
    assert not kept.is_same(found)


def test_the_package_is_its_modules_and_not_what_is_said_about_it(tmp_path):
    found = []
    for number, (code, said) in enumerate([("a", "b"), ("a", "c"), ("d", "b")]):
        folder = tmp_path / str(number) / "downloads"
        folder.mkdir(parents=True)
        with zipfile.ZipFile(folder / "a.whl", "w") as wheel:
            wheel.writestr("backprop/network.py", code)
            wheel.writestr("backprop_book-1.dist-info/METADATA", said)
        found.append(kept.package(folder.parent))
    assert found[0] == found[1] != found[2]


SURROUNDINGS = """
import sys

import pytest

sys.path.insert(0, {here!r})
import kept
from kept import *


kept.ROOT = kept.Path(__file__).parent
kept.FOLDER = kept.ROOT / ".answers"


@pytest.fixture
def site():
    return kept.ROOT / "site"
"""
ASKED = """
import pytest

pytestmark = pytest.mark.known_again


@pytest.mark.parametrize("word", ["text", "picture"])
def test_a_page(site, word):
    print("asked for", word)
    assert word in (site / "index.html").read_text()
"""


def test_a_test_that_has_passed_runs_again_when_what_it_read_has_changed(tmp_path):
    page = tmp_path / "site" / "index.html"
    page.parent.mkdir()
    (page.parent / "_headers").touch()
    (page.parent / "downloads").mkdir()
    zipfile.ZipFile(page.parent / "downloads" / "a.whl", "w").close()
    here = str(Path(kept.__file__).parent)
    (tmp_path / "conftest.py").write_text(SURROUNDINGS.format(here=here), encoding="utf-8")
    (tmp_path / "test_it.py").write_text(ASKED, encoding="utf-8")

    def asked_for(text):
        page.write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-sq", "-p", "no:cacheprovider", tmp_path]
        known = {key: value for key, value in os.environ.items() if key != cache.OFF}
        known |= {"PYTHONPATH": str(kept.ROOT), kept.SETTING: "1"}
        said = subprocess.run(command, cwd=tmp_path, env=known, capture_output=True, text=True)
        return re.findall("asked for (.*)", said.stdout), said.returncode

    # One passes and is known again; the other one fails, and is asked each time.
    assert asked_for("a text") == (["text", "picture"], 1)
    assert asked_for("a text") == (["picture"], 1)
    assert asked_for("a text and a picture") == (["text", "picture"], 0)
    assert asked_for("a text and a picture") == ([], 0)
