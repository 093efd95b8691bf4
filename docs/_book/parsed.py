"""Built pages as a browser's parser understands them, each parsed once."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import html5lib


def tree(page: Path) -> Any:
    """Return the element tree of a built page."""
    return _parsed(page, page.stat().st_mtime_ns)[0]


def errors(page: Path) -> list[Any]:
    """Return what is wrong with the HTML of a built page."""
    faults: list[Any] = _parsed(page, page.stat().st_mtime_ns)[1]
    return faults


@functools.cache
def _parsed(page: Path, _changed: int) -> tuple[Any, list[Any]]:
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    return parser.parse(page.read_text(encoding="utf-8")), parser.errors
