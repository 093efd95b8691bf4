"""A page that was converted is found again as long as it would become the same."""

import json
import shutil

import pytest
from copies import copy, run

NAMES = (
    "api/units.md",
    "equations.md",
    "kept-true.md",
    "memory.md",
    "slides/10-depth-and-memory.md",
    "solutions.md",
)
NO_EDIT = ("README.md", "", "")
DECK = "slides/10-depth-and-memory.md"
CONVERTING = f"""
import json, os, sys
from pathlib import Path
from mkdocs.commands import build as generator
from mkdocs.config import load_config
from mkdocs.structure.files import get_files
from mkdocs.structure.nav import get_navigation
from book.site import kept
from book.source import pages

kept.FOLDER = Path.cwd() / "kept"
NAMES = {NAMES}
def lacking():
    pages.refresh()
    names = [page.relative_to(pages.DOCS).as_posix() for page in kept.Kept().lacking]
    return [name for name in NAMES if name in names]

def after(name, old, new):
    path = Path(name)
    before = path.read_text("utf-8")
    assert old in before, (name, old)
    path.write_text(before.replace(old, new, 1), "utf-8")
    try:
        return lacking()
    finally:
        path.write_text(before, "utf-8")

if "lacking" in sys.argv:
    sys.exit(print(json.dumps([after(*edit) for edit in json.loads(sys.argv[2])])))
before = kept.Kept()
config = load_config("mkdocs.yml", strict=True, site_dir="site")
config.plugins["kept"] = before
config.plugins.on_startup(command="build", dirty=False)
config = config.plugins.on_config(config)
files = get_files(config)
files.add_files_from_theme(config.theme.get_env(), config)
files = config.plugins.on_files(files, config=config)
nav = config.plugins.on_nav(get_navigation(files, config), config=config, files=files)
told = {{}}
for name in NAMES:
    file = files.get_file_from_path(name)
    generator._populate_page(file.page, config, files)
    links = {{to.src_uri: anchors for to, anchors in file.page.links_to_anchors.items()}}
    told[name] = [
        file.page.content, file.page.title, str(file.page.toc),
        sorted(file.page.present_anchor_ids), links,
    ]
references = config.plugins["autorefs"]
told["references"] = [references._primary_url_map, references._secondary_url_map]
told["objects"] = config.plugins["mkdocstrings"].handlers.inventory.format_sphinx().hex()
if "keep" in sys.argv:
    assert not kept.FOLDER.exists(), "nothing is kept of a site that may be refused"
    made = Path("made")
    for address in pages.downloads(pages.DOCS / "memory.md"):
        (made / address).parent.mkdir(parents=True, exist_ok=True)
        (made / address).write_text("given away")
    before.remember(made)
print(json.dumps([len(before.lacking), told]))
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A copy of the book of which some pages were converted and kept, and what became of them."""
    folder = copy(tmp_path_factory.mktemp("kept") / "book")
    (folder / "convert.py").write_text(CONVERTING, encoding="utf-8")
    lacking, told = converted(folder, "keep")
    assert lacking == len(list((folder / "docs").rglob("*.md")))
    return folder, told


def converted(folder, *words):
    code, said = run(folder, "python", "convert.py", *words)
    assert code == 0, said
    return json.loads(said.splitlines()[-1])


def test_what_was_kept_is_what_was_converted(book):
    folder, told = book
    lacking, again = converted(folder)
    assert lacking == len(list((folder / "docs").rglob("*.md"))) - len(NAMES)
    assert again == told


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
    ("docs/solutions.md", "# Exercises", "# All exercises", NAMES),
    ("docs/xor.md", "description: ", "description: Briefly, ", NAMES),
    ("docs/in-code.md", r" \label{", r"\, \label{", NAMES),
    ("docs/glossary.md", "\n\n", "\n\nIn short: ", NAMES),
    ("docs/notation.md", "| $", "| $a$, $", NAMES),
    ("backprop/units.py", '"""', '"""Here: ', NAMES),
    ("book/markdown/tables.py", '"""', '"""Here: ', NAMES),
    ("mkdocs.yml", "site_name: ", "site_name: The ", NAMES),
)


@pytest.fixture(scope="module")
def lacking(book):
    """What is to be converted again after each edit."""
    return lacking_after(book[0], *(each[:3] for each in EDITS))


def lacking_after(folder, *edits):
    code, said = run(folder, "python", "convert.py", "lacking", json.dumps(edits))
    assert code == 0, said
    return json.loads(said)


@pytest.mark.parametrize("number", range(len(EDITS)), ids=lambda n: f"{EDITS[n][0]}-{n}")
def test_a_page_is_converted_again_if_it_would_become_another(lacking, number):
    assert lacking[number] == list(EDITS[number][3])


def test_a_page_that_goes_is_noticed_by_those_that_asked_it(book):
    folder, _ = book
    page = folder / "docs" / "xor.md"
    page.rename(folder / "xor.md")
    try:
        assert lacking_after(folder, NO_EDIT) == [list(NAMES)]
    finally:
        (folder / "xor.md").rename(page)


def test_what_the_disk_has_not_whole_is_converted_again(book, tmp_path):
    folder, _ = book
    shutil.copytree(folder / "kept", tmp_path / "kept")
    for entry in sorted((folder / "kept").iterdir())[:2]:
        entry.write_text(entry.read_text(encoding="utf-8")[:-10], encoding="utf-8")
    try:
        (found,) = lacking_after(folder, NO_EDIT)
        assert len(found) == 2
        assert len(list((folder / "kept").iterdir())) == len(NAMES) - 2
    finally:
        shutil.rmtree(folder / "kept")
        shutil.copytree(tmp_path / "kept", folder / "kept")
