"""Pages of the built site, as a browser's parser understands them."""

import functools
from pathlib import Path
from typing import Any

import html5lib
import kept


def tree(page: Path) -> Any:
    """The element tree of a page."""
    kept.opened.add(str(page))  # which may have been opened long ago
    return _tree(page)


@functools.cache
def _tree(page: Path) -> Any:
    return html5lib.parse(page.read_text(encoding="utf-8"), namespaceHTMLElements=False)


def pages_of(site: Path) -> list[Path]:
    """The pages of a site."""
    return sorted(site.rglob("*.html"))


def name(element: Any) -> str:
    """The name of an element, without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
