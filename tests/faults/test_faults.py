"""Nothing untrue can be built: each fault is caught, and its file and line are named."""

import os
import re

import pytest
from copies import BOOK, change, copy, run
from table import BUILT, BYTES, EDITS, NOT_RUN, RUNS, TEXT, UNSTEADY, WARNED

from book.site import kept

HEAD = "---\ntitle: Fault F{}\ndescription: A page with a fault.\n---\n\n# Fault F{}\n\n"
PAGES = {**RUNS, **NOT_RUN, **TEXT}
LOCKED = "tests/test_lock.py::test_what_is_asked_for_is_locked_in_a_version_that_will_do"
CHECKS = {
    "verify": (*BOOK, "check"),
    "lint": (*BOOK, "lint"),
    "docstrings": ("numpydoc", "lint"),
    "doctests": ("python", "-m", "pytest", "-q", "--doctest-modules", "backprop"),
    "tests": ("python", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"),
    "ruff": ("ruff", "check", "--no-cache", "--output-format", "concise"),
    "imports": ("lint-imports", "--no-cache"),
    "mypy": ("mypy", "--no-incremental", "--cache-dir", os.devnull, "backprop"),
    "markdown": ("pymarkdown", "--no-json5", "scan"),
    "spelling": ("codespell",),
    "lock": ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", LOCKED),
}

AT_SIGHT = ("settings", "pages", "sentences")
"""What `lint` looks at: it says all that is wrong with one, before it looks at the next."""
ONE_FILE = {"docstrings", "markdown", "ruff", "spelling"}
"""Checks that look at each file by itself, and in a copy at the edited one alone."""


def edits_for(check):
    return {fault: edit for fault, edit in EDITS.items() if edit.check == check}


ALONE = {fault: edit for fault, edit in EDITS.items() if edit.check in CHECKS}
"""Edits that need a copy of the book each."""


def make(edit, book):
    """Edit a copy of the book, and return the line that must be named, if one must."""
    path = book / edit.file
    if edit.new is None:
        path.unlink()
        return None
    line = change(path, edit.old, edit.new)
    return line if "§" in edit.new else None


def narrowed(edit):
    """The arguments that narrow a check: one page of the book, or a test that sees the fault."""
    if edit.check == "verify":
        return [edit.where or "docs/in-code.md"]
    if edit.check == "tests":
        return [edit.where]
    return [edit.file] if edit.check in ONE_FILE else []


def with_faulty_pages(folder, faults):
    """Copy the book with a page for each fault, and return where each must be found."""
    copy(folder)
    places = {}
    for number, (fault, (body, *_)) in enumerate(faults.items()):
        text = HEAD.format(number, number) + body
        line = text.count("\n", 0, max(text.find("§"), 0)) + 1
        page = folder / "docs" / f"fault-{number}.md"
        page.write_text(text.replace("§", "", 1), encoding="utf-8")
        places[fault] = f"docs/fault-{number}.md:{line}:" if "§" in text else f"{page.name}:"
    listed = "".join(f"  - fault-{number}.md\n" for number in range(len(faults)))
    change(folder / "mkdocs.yml", "nav:\n", f"nav:\n{listed}")
    return places


def faulty_pages(folder):
    return sorted(str(page) for page in (folder / "docs").glob("fault-*.md"))


def said_of(place, said):
    """What a check said of a place, a line each."""
    return [line for line in said.split("\n") if place in line]


@pytest.fixture(scope="module")
def verified(tmp_path_factory):
    folder = tmp_path_factory.mktemp("verified") / "book"
    places = with_faulty_pages(folder, PAGES)
    for number, (fault, (spoil, line, _)) in enumerate(BYTES.items()):
        page = folder / "docs" / f"bytes-{number}.md"
        page.write_bytes(spoil(HEAD.format(number, number).encode() + b"Text.\n"))
        places[fault] = f"docs/bytes-{number}.md:{line}:"
    # No page waits long for those that loop.
    limits = folder / "book/execution/executor.py"
    change(limits, "TIME_LIMIT = 30.0", "TIME_LIMIT = 1.0")
    code, at_sight = run(folder, *BOOK, "lint")
    assert code == 1
    # What is seen at sight is seen first; the other pages are then run and converted.
    for page in set(re.findall(r"^(docs/[\w-]+\.md):", at_sight, re.MULTILINE)):
        (folder / page).unlink()
    sleeping = folder / places["sleeps"].partition(":")[0]
    others = [page for page in faulty_pages(folder) if page != str(sleeping)]
    code, said = run(folder, *BOOK, "check", *others)
    assert code == 1
    # What sleeps is over the limit on a busy machine, too: for this page, it may be short.
    change(limits, "WALL_LIMIT = 300.0", "WALL_LIMIT = 5.0")
    code, of_sleeping = run(folder, *BOOK, "check", str(sleeping))
    assert code == 1
    return places, at_sight + said + of_sleeping


@pytest.mark.parametrize("fault", [*PAGES, *BYTES])
def test_a_faulty_page(verified, fault):
    places, said = verified
    *_, message = PAGES.get(fault) or BYTES[fault]
    assert any(message in line for line in said_of(places[fault], said)), said_of(
        places[fault].split(":")[0], said
    )


@pytest.fixture(scope="module")
def pinned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pinned") / "book"
    places = with_faulty_pages(
        folder, {fault: ("§" + f"```python\n{code}\n```\n",) for fault, code in UNSTEADY.items()}
    )
    assert run(folder, *BOOK, "pin", *faulty_pages(folder))[0] == 0
    code, said = run(folder, *BOOK, "check", *faulty_pages(folder))
    assert code == 1
    return places, said


@pytest.mark.parametrize("fault", UNSTEADY)
def test_an_unsteady_output_that_was_pinned(pinned, fault):
    places, said = pinned
    changed = "something else than what is pinned"
    assert any(changed in line for line in said_of(places[fault], said))


def built(tmp_path_factory, faults, edits):
    """What building says of a copy of the book with faulty pages and edits, all at once.

    The other pages are those of the site that all tests read: each is found where it was kept.
    """
    folder = tmp_path_factory.mktemp("built") / "book"
    places = with_faulty_pages(folder, faults)
    for edit in edits.values():
        make(edit, folder)
    of_the_site = f'self._common = "{kept._common()}"'
    change(folder / "book/site/kept.py", "self._common = _common()", of_the_site)
    code, said = run(folder, *BOOK, "build")
    assert code == 1
    assert not (folder / "site").exists()
    return places, said


@pytest.fixture(scope="module")
def warned(site, tmp_path_factory):
    return built(tmp_path_factory, WARNED, edits_for("warned"))


@pytest.mark.parametrize("fault", WARNED)
def test_a_link_of_which_the_generator_warns(warned, fault):
    places, said = warned
    assert any(WARNED[fault][1] in line for line in said_of(places[fault], said)), said


@pytest.fixture(scope="module")
def rendered(site, tmp_path_factory):
    return built(tmp_path_factory, BUILT, edits_for("rendered"))


@pytest.mark.parametrize("fault", edits_for("warned"))
def test_a_setting_of_which_the_generator_warns(warned, fault):
    assert EDITS[fault].said in warned[1]


@pytest.mark.parametrize("fault", BUILT)
def test_what_only_the_built_page_shows(rendered, fault):
    places, said = rendered
    assert any(BUILT[fault][1] in line for line in said_of(places[fault], said)), said


@pytest.mark.parametrize("fault", edits_for("rendered"))
def test_a_file_that_the_built_site_lacks(rendered, fault):
    assert EDITS[fault].said in rendered[1]


@pytest.fixture(scope="module")
def at_sight(tmp_path_factory):
    """What is said of copies of the book, each with all edits of one kind, and the edited lines."""
    found = {}
    for kind in AT_SIGHT:
        folder = copy(tmp_path_factory.mktemp(kind) / "book")
        lines = {fault: make(edit, folder) for fault, edit in edits_for(kind).items()}
        code, said = run(folder, *CHECKS["lint"])
        assert code == 1
        found |= {fault: (line, said) for fault, line in lines.items()}
    return found


@pytest.mark.parametrize("fault", [fault for kind in AT_SIGHT for fault in edits_for(kind)])
def test_an_edit_that_is_seen_at_sight(at_sight, fault):
    line, said = at_sight[fault]
    caught(EDITS[fault], EDITS[fault].said, line, said)


def caught(edit, expected, line, said):
    """Ask for a line that says what it must, of the edited line where that must be named."""
    place = f"{edit.file}:{line}:" if line else ""
    assert any(expected in each and place in each for each in said.split("\n")), said


def with_line(expected, book):
    """What must be said, with the lines at which words stand in braces."""
    for words in re.findall(r"\{(.+?)\}", expected):
        source = book / expected.partition(":")[0]
        place = source.read_text(encoding="utf-8").split(words)[0].count("\n") + 1
        expected = expected.replace(f"{{{words}}}", str(place))
    return expected


@pytest.mark.parametrize("fault", ALONE)
def test_an_edit(tmp_path, fault):
    edit = ALONE[fault]
    book = copy(tmp_path / "book")
    line = make(edit, book)
    expected = with_line(edit.said, book)
    code, said = run(book, *CHECKS[edit.check], *narrowed(edit))
    assert code != 0, said
    caught(edit, expected, line, said)


# That the unedited book builds is what the tests of the site begin with, and that all of its tests
# pass, they say themselves.
@pytest.mark.parametrize("check", CHECKS)
def test_the_book_as_it_is_passes(tmp_path, check):
    book = copy(tmp_path / "book")
    narrow = [each for edit in edits_for(check).values() for each in narrowed(edit)]
    code, said = run(book, *CHECKS[check], *sorted(set(narrow)))
    assert code == 0, said


def test_there_are_as_many_faults_as_promised():
    assert len(PAGES) == len(RUNS) + len(NOT_RUN) + len(TEXT)
    assert len(PAGES) + len(BYTES) + len(UNSTEADY) + len(WARNED) + len(BUILT) + len(EDITS) >= 150
