"""The pages of the book: where they are, what they are called, and how one leads to another."""

from __future__ import annotations

import functools
import os
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from book import files

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SITE = ROOT / "site"
SETTINGS = ROOT / "mkdocs.yml"
"""Its navigation has the pages in their order."""

Part = tuple[str, list[Path]]
"""A part of the book: its name, and its pages."""

_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n+", re.DOTALL)


@dataclass(frozen=True)
class Page:
    """A page and what a Markdown extension may want to know of its place."""

    path: Path
    line: int
    """Lines of the file before the text that the extensions see."""

    @property
    def chapter(self) -> int | None:
        """Number of the chapter, if it is one."""
        return chapter(self.path)


def chapter(path: Path) -> int | None:
    """Return the number of a chapter, its place in the navigation; None of another page."""
    listed = _chapters(SETTINGS.stat().st_mtime_ns)
    return listed.get(path.name) if path.parent.name != "api" else None


@functools.lru_cache(maxsize=1)
def _chapters(_changed: int) -> dict[str, int]:
    """Return the names of the chapters, which the parts of the navigation list without a title."""
    listed = re.findall(r"^ {6}- ([\w-]+\.md)$", SETTINGS.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: number for number, name in enumerate(listed, 1)}


def address(page: Path) -> str:
    """Return where a page stands below the root of the site: "" for its first, or "a/b/"."""
    path = page.relative_to(DOCS).with_suffix("").as_posix()
    path = path.removesuffix("index").strip("/")
    return f"{path}/" if path else ""


def is_deck(page: Path) -> bool:
    """Return whether a page is a deck of slides: `docs/slides/NN-name.md`, NN its lecture."""
    return page.parent.name == "slides" and page.stem[:2].isdigit()


def decks() -> list[Path]:
    """Return the decks of slides, in the order of their lectures."""
    return [page for page in paths() if is_deck(page)]


def title(page: Path) -> str:
    """Return the title of a page, from its first heading."""
    heading = re.search(r"^# (.+?)(?: \{.*\})?$", page.read_text(encoding="utf-8"), re.M)
    return heading[1] if heading else page.stem


def description(page: Path) -> str:
    """Return the sentence in the front matter of a page that says what it holds."""
    said = re.search(r"^description: (.+)$", page.read_text(encoding="utf-8"), re.M)
    return said[1].strip("\"'") if said else ""


def numbered(page: Path) -> str:
    """Return the title of a page, after its number if it is a chapter."""
    number = chapter(page)
    return title(page) if number is None else f"{number}. {title(page)}"


def paths(docs: Path = DOCS) -> list[Path]:
    """Return the pages in order: the chapters, then all others."""
    # Asked for with every page: `Path.rglob` takes several times as long.
    found = [
        Path(folder, name)
        for folder, _, names in os.walk(docs)
        for name in names
        if name.endswith(".md")
    ]
    return sorted(found, key=lambda path: (chapter(path) or len(found), path.parts))


def as_converted() -> list[Path]:
    """Return the pages in the order in which the generator takes them: `index.md`, then by name."""
    return sorted(paths(), key=lambda path: (path.parent, path.name != "index.md", path.name))


def is_page(path: Path) -> bool:
    """Return whether a file is a page of the book."""
    return path.suffix == ".md" and path.is_relative_to(DOCS) and path.is_file()


def parts() -> list[Part]:
    """Return the parts of the book, each with its pages, as the generator is told them."""
    text = SETTINGS.read_text(encoding="utf-8")
    nav = yaml.safe_load(text[text.index("\nnav:") : text.index("\nvalidation:")])["nav"]
    found: list[Part] = []
    for entry in nav:
        if isinstance(entry, str):  # a page by itself
            continue
        ((name, listed),) = entry.items()
        names = [listed] if isinstance(listed, str) else listed
        places = [each if isinstance(each, str) else next(iter(each.values())) for each in names]
        found.append((name, [DOCS / place for place in places]))
    return found


def chapters() -> list[Path]:
    """Return the pages that are chapters, in order."""
    return [page for page in paths() if chapter(page) is not None]


def link(start: Path, page: Path, anchor: str = "") -> str:
    """Return the link from one Markdown file to another, or to a place in it.

    The generator turns it into a link of the site.
    """
    path = Path(os.path.relpath(page, start.parent)).as_posix()
    return path + (f"#{anchor}" if anchor else "")


def line_of(page: Path, words: str) -> int:
    """Return the line of a page on which some words first stand, or 1."""
    text = page.read_text(encoding="utf-8")
    return text.count("\n", 0, max(text.find(words), 0)) + 1


def downloads(page: Path) -> tuple[str, str]:
    """Return the addresses of a chapter's program and notebook, below the root of the site.

    The names begin with the number of the chapter, so that a folder has them in order.
    """
    name = f"downloads/{chapter(page) or 0:02}-{page.stem}"
    return f"{name}.py", f"{name}.ipynb"


_FOLDERS = (DOCS, ROOT / "backprop", ROOT / "tests")
_seen: tuple[object, ...] = ()
_revision = 0


def refresh() -> None:
    """Look at the files anew from now on, if there is a change: a page is about to be converted."""
    global _seen, _revision
    now = (SETTINGS.stat().st_mtime_ns, *map(files.state, _FOLDERS))
    if now != _seen:
        _seen, _revision = now, _revision + 1


def revision() -> int:
    """Return a number that stays the same as long as no file need be looked at again."""
    return _revision


def locate(lines: list[str], docs: Path = DOCS) -> Page | None:
    """Return the page whose text the lines are, or None if they are of no page.

    Generators hand extensions a text without saying whose it is. They drop its front matter and
    blank lines at its ends, and change nothing else.
    """
    return _by_text(docs, revision()).get("\n".join(lines).strip())


@functools.lru_cache(maxsize=4)
def _by_text(docs: Path, _revision: int) -> dict[str, Page]:
    """Return the pages by their text."""
    found: dict[str, Page] = {}
    for path in paths(docs):
        body, line = _body(path, path.stat().st_mtime_ns)
        if body:
            found.setdefault(body, Page(path, line))
    return found


@functools.lru_cache(maxsize=256)
def _body(path: Path, _changed: int) -> tuple[str, int]:
    """Return a page's text without front matter, and how many lines stand before it."""
    text = path.read_text(encoding="utf-8-sig")
    body = _FRONT_MATTER.sub("", text).lstrip("\n ")
    return body.strip(), text.count("\n", 0, len(text) - len(body))
