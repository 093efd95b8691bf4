"""What the pages stand in: the generator's settings, the modules, and the style sheets."""

from __future__ import annotations

import re
from collections.abc import Iterator

import lightningcss
import yaml

from book.errors import BookError
from book.source import pages

_SETTINGS = pages.ROOT / "mkdocs.yml"
_NEEDED = ("book", "search", "mkdocstrings")
"""The extension and the plugins without which pages would be built, and not be what they seem."""


def problems() -> Iterator[BookError]:
    """Yield what is wrong before any page is looked at."""
    text = _SETTINGS.read_text(encoding="utf-8")
    try:
        yaml.compose(text)
    except yaml.YAMLError as error:
        # Where what is not closed begins, rather than where that is seen.
        mark = getattr(error, "context_mark", None) or getattr(error, "problem_mark", None)
        what = f"not YAML: {getattr(error, 'problem', error)}"
        yield BookError(_SETTINGS, mark.line + 1 if mark else 1, what, "mend it")
        return
    for name in _NEEDED:
        if not re.search(rf"^ *- {re.escape(name)}(?:\b|$)", text, re.MULTILINE):
            yield BookError(_SETTINGS, 1, f"{name} is missing", f"list it again: - {name}")
    yield from _navigation(text)
    yield from _modules()
    yield from _sheets()


def _navigation(text: str) -> Iterator[BookError]:
    """Yield what the navigation lists by another name than the pages have."""
    listed = [
        (text.count("\n", 0, item.start("page")) + 1, item["label"], pages.DOCS / item["page"])
        for item in re.finditer(r"^ *- (?:(?P<label>.+?): )?(?P<page>[\w/-]+\.md)$", text, re.M)
    ]
    for line, label, page in listed:
        if label not in (None, "Home") and page.exists() and label != pages.title(page):
            what = f"{page.name} is listed as {label}, and called {pages.title(page)}"
            yield BookError(_SETTINGS, line, what, "use one name")


def _modules() -> Iterator[BookError]:
    """Yield the modules of the package that no page documents."""
    for module in sorted((pages.ROOT / "backprop").glob("[!_]*.py")):
        page = pages.DOCS / "api" / f"{module.stem}.md"
        if not page.exists() or f"::: backprop.{module.stem}\n" not in page.read_text("utf-8"):
            do = f"write docs/api/{module.stem}.md with ::: backprop.{module.stem}"
            yield BookError(module, 1, "the module is not documented", do)


def _sheets() -> Iterator[BookError]:
    """Yield the style sheets that cannot be read."""
    for sheet in sorted((pages.DOCS / "assets").rglob("*.css")):
        try:
            lightningcss.process_stylesheet(sheet.read_text(encoding="utf-8"))
        except ValueError as error:
            said = re.fullmatch(r".*failed: (.*) at .*?:(\d+):\d+", str(error), re.DOTALL)
            what, line = (said[1], int(said[2]) + 1) if said else (str(error), 1)
            yield BookError(sheet, line, f"not CSS: {what}", "mend it")
