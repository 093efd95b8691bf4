"""Pages as they were converted, kept on disk: what would become the same is not converted again.

What becomes of a page is decided by its text and its pinned outputs; by what every page may show of
the others (titles, equations, terms, symbols); by what it asked others while it was converted; and
by all that is no page: the package, what makes the site, versions, the processor. Nothing is kept
of a build that was refused, so that what was kept has passed every check.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink, get_toc

from book import files
from book.errors import BookError
from book.execution import cache, snapshots
from book.site import current
from book.source import dependencies, pages
from book.source.dependencies import Answer
from book.source.equations import equations

FOLDER = cache.ROOM / "pages"
KEPT = 1000
"""Entries: some ten states of the book."""
TEMPLATES = cache.ROOM / "templates"
_READ_BY_ALL = ("glossary.md", "notation.md")


class Kept(BasePlugin):  # type: ignore[type-arg, no-untyped-call]
    """Convert the pages that have changed, and give the others what became of them before."""

    def __init__(self) -> None:
        super().__init__()
        self._common = _common()
        self._entries = {page: _entry(page, self._common) for page in pages.paths()}
        self._found = {page: _load(entry) for page, entry in self._entries.items()}
        self._made: dict[Path, dict[str, Any]] = {}

    @property
    def lacking(self) -> list[Path]:
        """The pages that are to be converted, in the order in which they are."""
        return [page for page in pages.as_converted() if self._found.get(page) is None]

    def write_downloads(self, site: Path, page: Path) -> bool:
        """Write what a page gives away, if it is kept; return whether it was."""
        found = self._found.get(page)
        for address, text in found["downloads"].items() if found else ():
            (site / address).parent.mkdir(exist_ok=True)
            (site / address).write_text(text, encoding="utf-8")
        return found is not None

    def remember(self, site: Path) -> None:
        """Keep what was converted for a site, which is right; not of a page edited meanwhile."""
        common = _common()
        for page, made in self._made.items():
            entry = self._entries[page]
            if not page.exists() or entry != _entry(page, common):
                continue
            given = pages.downloads(page) if pages.chapter(page) is not None else ()
            made["downloads"] = {each: (site / each).read_text("utf-8") for each in given}
            files.write(entry, json.dumps(made))
        FOLDER.mkdir(parents=True, exist_ok=True)
        for folder in (FOLDER, TEMPLATES):
            cache.forget_oldest(folder, KEPT)

    def on_nav(self, nav: Any, /, *, config: Any, **_: Any) -> Any:
        """Let the reference have its style, if none of its pages is converted, too."""
        _keep_templates(config.plugins["mkdocstrings"].get_handler("python").env)
        return nav

    def on_env(self, env: Environment, /, **_: Any) -> Environment:
        """Compile the templates of the theme once, and not in every build."""
        _keep_templates(env)
        return env

    def on_pre_page(self, page: Page, /, **_: Any) -> Page:
        """Stand between the generator and a page that it asks to convert itself."""
        page.render = functools.partial(self._render, page)  # type: ignore[method-assign]
        return page

    def _render(self, page: Page, config: Any, known: Files) -> None:
        path = pages.DOCS / page.file.src_uri
        found = self._found.get(path)
        references = config.plugins["autorefs"]
        inventory = config.plugins["mkdocstrings"].handlers.inventory
        if found is None:
            with (
                dependencies.noted() as answers,
                _recorded(references, "register_anchor") as anchors,
                _recorded(inventory, "register") as objects,
            ):
                Page.render(page, config, known)
            self._made[path] = {
                **_state(page),
                "anchors": [(words[1:], named) for words, named in anchors],
                "objects": objects,
                "answers": [dataclasses.asdict(each) for each in dict.fromkeys(answers)],
            }
            return
        _restore(page, found, known)
        for words, named in found["anchors"]:
            references.register_anchor(page, *words, **named)
        for words, named in found["objects"]:
            if named["name"] not in inventory or named["priority"] == 1:
                inventory.register(*words, **named)


def _keep_templates(env: Environment) -> None:
    """Keep what templates are compiled to, for as long as nothing that is installed changes."""
    TEMPLATES.mkdir(parents=True, exist_ok=True)
    installed = dependencies.digest(cache.machine())[:16]
    env.bytecode_cache = FileSystemBytecodeCache(str(TEMPLATES), f"{installed}-%s")


def _entry(page: Path, common: str) -> Path:
    """Return where a page is kept as it is now."""
    pinned = snapshots.file_of(page)
    own = [str(page.relative_to(pages.DOCS)), dependencies.text(page)]
    own += [dependencies.text(pinned) if pinned.exists() else ""]
    return FOLDER / f"{dependencies.digest([common, *own])}.json"


def _load(entry: Path) -> dict[str, Any] | None:
    """Return what became of a page, if the pages that it asked would say the same now."""
    try:
        found: dict[str, Any] = json.loads(entry.read_text(encoding="utf-8"))
        os.utime(entry)
        return found if all(Answer(**each).holds() for each in found["answers"]) else None
    except (FileNotFoundError, BookError):
        return None
    except (ValueError, LookupError, TypeError):
        # The machine stopped before the disk had all of it, or the disk is not what it was.
        entry.unlink(missing_ok=True)
        return None


def _state(page: Page) -> dict[str, Any]:
    """Return what the generator has of a page once it is converted."""
    links = page.links_to_anchors or {}
    return {
        "content": page.content,
        "title": page._title_from_render,
        "toc": [_token(each) for each in page.toc],
        "ids": sorted(page.present_anchor_ids or ()),
        "links": {file.src_uri: anchors for file, anchors in links.items()},
    }


def _token(entry: AnchorLink) -> dict[str, Any]:
    """Return an entry of the contents as Markdown's `toc` gives it to the generator."""
    inner = [_token(each) for each in entry.children]
    return {"name": entry.title, "id": entry.id, "level": entry.level, "children": inner}


def _restore(page: Page, found: dict[str, Any], known: Files) -> None:
    """Let a page be as it was when it was converted."""
    page.content, page._title_from_render = found["content"], found["title"]
    page.toc, page.present_anchor_ids = get_toc(found["toc"]), set(found["ids"])
    links = {known.get_file_from_path(name): anchors for name, anchors in found["links"].items()}
    page.links_to_anchors = {file: anchors for file, anchors in links.items() if file}


@contextmanager
def _recorded(teller: Any, name: str) -> Iterator[list[tuple[list[Any], dict[str, Any]]]]:
    """Give a list of the calls of a method meanwhile, which are made all the same."""
    method = getattr(teller, name)
    calls: list[tuple[list[Any], dict[str, Any]]] = []

    def noted(*words: Any, **named: Any) -> Any:
        calls.append((list(words), named))
        return method(*words, **named)

    setattr(teller, name, noted)
    try:
        yield calls
    finally:
        delattr(teller, name)


def _common() -> str:
    """Return the digest of all that may decide what becomes of any page."""
    of_one_page = {*pages.paths(), *map(snapshots.file_of, pages.paths())}
    others = [path for path in current.files_read() if path not in of_one_page]
    address = f"SITE_URL={os.environ.get('SITE_URL')}"
    return current.digest([address, *cache.machine(), repr(_said_of_pages())], others)


def _said_of_pages() -> list[object]:
    """Return what any page may show of the others; what cannot be read ends the build later."""
    try:
        said: list[object] = [dependencies.text(pages.DOCS / name) for name in _READ_BY_ALL]
        for page in pages.paths():
            name = page.relative_to(pages.DOCS)
            said.append((name, pages.chapter(page), pages.title(page), pages.description(page)))
        for each in equations().values():
            where = [page.relative_to(pages.DOCS) for page in (each.path, *each.pages)]
            said.append((each.name, each.tex, each.number, where, each.functions, each.test))
    except (BookError, UnicodeDecodeError):
        return []
    return said
