"""Built pages as a browser's parser understands them, each parsed once."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import html5lib

_PARSED: dict[tuple[Path, int], tuple[Any, list[Any]]] = {}


def ahead(pages: Iterable[Path]) -> None:
    """Parse pages that will be asked for, on all cores."""
    keys = [_key(page) for page in pages]
    with ProcessPoolExecutor() as pool:
        _PARSED.update(zip(keys, pool.map(_parse, (page for page, _ in keys)), strict=True))


def tree(page: Path) -> Any:
    """Return the element tree of a built page."""
    return _parsed(page)[0]


def errors(page: Path) -> list[Any]:
    """Return what is wrong with the HTML of a built page."""
    return _parsed(page)[1]


def _parsed(page: Path) -> tuple[Any, list[Any]]:
    key = _key(page)
    if key not in _PARSED:
        _PARSED[key] = _parse(page)
    return _PARSED[key]


def _key(page: Path) -> tuple[Path, int]:
    return page, page.stat().st_mtime_ns


def _parse(page: Path) -> tuple[Any, list[Any]]:
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    return parser.parse(page.read_text(encoding="utf-8")), parser.errors
