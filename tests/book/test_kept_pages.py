"""A page that was converted is found again as long as it would become the same."""

import json
import shutil

import pytest
from converting import DECK, NAMES
from copies import copy, run

ALL = list(NAMES)
NO_EDIT = ("README.md", "", "")
EDITS = (
    # A page that none of them asked, one that a deck quotes, and what else is made of its parts.
    ("docs/xor.md", "## Exercises", "A sentence.\n\n## Exercises", ["kept-true.md"]),
    ("docs/xor.md", "import numpy as np", "import numpy as np\n", []),
    ("docs/memory.md", "Plain units learn", "Plain units do learn", ["memory.md", DECK]),
    ("docs/memory.md", ". Another order", ". A new order", ["memory.md", DECK, "solutions.md"]),
    ("docs/memory.md", "(claim: right[LSTM] > 0.99)", "", ["kept-true.md", "memory.md", DECK]),
    ("docs/memory.md", "$$\n", "$$\n{}", ["equations.md", "kept-true.md", "memory.md", DECK]),
    ("docs/preface.md", "all exercises of [chapter 2]", "each exercise of [chapter 2]", []),
    ("tests/outputs/memory.txt", "=== snippet 1", "=== snippet 01", ["memory.md"]),
    # What all may show of others, and what is no page.
    ("docs/solutions.md", "# Exercises", "# All exercises", ALL),
    ("docs/xor.md", "description: ", "description: Briefly, ", ALL),
    ("docs/in-code.md", r" \label{", r"\, \label{", ALL),
    ("docs/glossary.md", "\n\n", "\n\nIn short: ", ALL),
    ("docs/notation.md", "| $", "| $a$, $", ALL),
    ("backprop/units.py", '"""', '"""Here: ', ALL),
    ("book/markdown/tables.py", '"""', '"""Here: ', ALL),
    ("mkdocs.yml", "site_name: ", "site_name: The ", ALL),
)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A copy of the book of which some pages were converted and kept."""
    return copy(tmp_path_factory.mktemp("kept") / "book")


@pytest.fixture(scope="module")
def told(book):
    """What became of them."""
    lacking, told = asked(book, "keep")
    assert lacking == pages_of(book)
    return told


@pytest.fixture(scope="module")
def lacking(book, told):
    """Which of them are to be converted again after each edit."""
    return asked(book, "lacking", json.dumps([each[:3] for each in EDITS]))


def asked(book, *words):
    code, said = run(book, "python", "tests/book/converting.py", *words)
    assert code == 0, said
    return json.loads(said.splitlines()[-1])


def pages_of(book):
    return len(list((book / "docs").rglob("*.md")))


def test_what_was_kept_is_what_was_converted(book, told):
    lacking, again = asked(book, "again")
    assert lacking == pages_of(book) - len(NAMES)
    assert again == told


@pytest.mark.parametrize("number", range(len(EDITS)), ids=lambda n: f"{EDITS[n][0]}-{n}")
def test_a_page_is_converted_again_if_it_would_become_another(lacking, number):
    assert lacking[number] == EDITS[number][3]


def test_a_page_that_goes_is_noticed(book, told):
    page = book / "docs" / "xor.md"
    page.rename(book / "xor.md")
    try:
        assert asked(book, "lacking", json.dumps([NO_EDIT])) == [ALL]
    finally:
        (book / "xor.md").rename(page)


@pytest.mark.parametrize(
    ("name", "kept"), [("docs/api/units.md", 0), ("backprop/units.py", 0), ("LICENSE", 1)]
)
def test_what_was_edited_while_it_was_converted_is_not_kept(book, name, kept):
    try:
        assert asked(book, "late", name) == kept
    finally:
        shutil.rmtree(book / "late")


def test_what_the_disk_has_not_whole_is_converted_again(book, told, tmp_path):
    shutil.copytree(book / "kept", tmp_path / "kept")
    for entry in sorted((book / "kept").iterdir())[:2]:
        entry.write_text(entry.read_text(encoding="utf-8")[:-10], encoding="utf-8")
    try:
        (found,) = asked(book, "lacking", json.dumps([NO_EDIT]))
        assert len(found) == 2
        assert len(list((book / "kept").iterdir())) == len(NAMES) - 2
    finally:
        shutil.rmtree(book / "kept")
        shutil.copytree(tmp_path / "kept", book / "kept")
