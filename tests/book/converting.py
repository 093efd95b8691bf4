"""Convert some pages of a copy of the book, as a build does, and tell what became of them.

The copy is the folder in which this runs. One of these words says what is to be done:

    keep             convert the pages, and keep them
    again            convert those that are not kept, and give the others what was
    late FILE        convert one page, and edit a file before the page would be kept
    lacking EDITS    tell which of them are to be converted after each of some edits, as JSON
"""

import json
import sys
from pathlib import Path

from mkdocs.commands import build as generator
from mkdocs.config import load_config
from mkdocs.structure.files import get_files
from mkdocs.structure.nav import get_navigation

from book.site import kept
from book.source import pages

DECK = "slides/10-depth-and-memory.md"
NAMES = ("api/units.md", "equations.md", "kept-true.md", "memory.md", DECK, "solutions.md")
"""The pages: one of the reference, those that count and list, and a deck with its chapter."""
MADE = Path("made")
"""The site, as far as it is asked for what it gives away."""


def converted(names, before):
    """Convert pages, and return all that the generator has of them."""
    config = load_config("mkdocs.yml", strict=True, site_dir=str(MADE))
    config.plugins["kept"] = before
    config.plugins.on_startup(command="build", dirty=False)
    config = config.plugins.on_config(config)
    files = get_files(config)
    files.add_files_from_theme(config.theme.get_env(), config)
    files = config.plugins.on_files(files, config=config)
    config.plugins.on_nav(get_navigation(files, config), config=config, files=files)
    told = {}
    for name in names:
        page = files.get_file_from_path(name).page
        generator._populate_page(page, config, files)
        links = {to.src_uri: anchors for to, anchors in page.links_to_anchors.items()}
        ids = sorted(page.present_anchor_ids)
        told[name] = [page.content, page.title, str(page.toc), ids, links]
    references = config.plugins["autorefs"]
    told["references"] = [references._primary_url_map, references._secondary_url_map]
    told["objects"] = config.plugins["mkdocstrings"].handlers.inventory.format_sphinx().hex()
    return told


def keep():
    before = kept.Kept()
    told = converted(NAMES, before)
    assert not kept.FOLDER.exists(), "nothing is kept of a site that may be refused"
    for address in pages.downloads(pages.DOCS / "memory.md"):
        (MADE / address).parent.mkdir(parents=True, exist_ok=True)
        (MADE / address).write_text("given away")
    before.remember(MADE)
    return len(before.lacking), told


def again():
    before = kept.Kept()
    return len(before.lacking), converted(NAMES, before)


def late(name):
    kept.FOLDER = Path("late").absolute()
    before = kept.Kept()
    converted(NAMES[:1], before)
    with edited(name, "", "\n"):
        before.remember(MADE)
    return len(list(kept.FOLDER.iterdir()))


def lacking(edits):
    told = []
    for edit in json.loads(edits):
        with edited(*edit):
            pages.refresh()
            found = [page.relative_to(pages.DOCS).as_posix() for page in kept.Kept().lacking]
            told.append([name for name in NAMES if name in found])
    return told


class edited:  # noqa: N801 - it is used as a function
    """Let a file have other words for a while."""

    def __init__(self, name, old, new):
        self.path = Path(name)
        self.text = self.path.read_text("utf-8")
        assert old in self.text, (name, old)
        self.path.write_text(self.text.replace(old, new, 1), "utf-8")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.path.write_text(self.text, "utf-8")


if __name__ == "__main__":
    kept.FOLDER = Path("kept").absolute()
    _, what, *words = sys.argv
    done = {"keep": keep, "again": again, "late": late, "lacking": lacking}[what](*words)
    sys.stdout.write(json.dumps(done))
