"""Pages of the built site, as a browser's parser understands them."""

import functools
from pathlib import Path
from typing import Any

import html5lib


@functools.cache
def tree(page: Path) -> Any:
    """The element tree of a page."""
    return html5lib.parse(page.read_text(encoding="utf-8"), namespaceHTMLElements=False)


def pages_of(site: Path) -> list[Path]:
    """The pages of a site."""
    return sorted(site.rglob("*.html"))


def name(element: Any) -> str:
    """The name of an element, without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
