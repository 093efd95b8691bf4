"""Built pages as a browser's parser understands them, and which were found right before."""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import html5lib

from book.errors import BookError
from book.execution import cache

FOLDER = cache.ROOM / "right"
"""An empty file for each page in which nothing was wrong, named by its bytes and the checks."""


def side_by_side(
    look: Callable[[Path, Path], list[BookError]], built: Mapping[Path, Path]
) -> Iterator[list[BookError]]:
    """Yield what is wrong with each page, of its source and the file built of it, on all cores."""
    if built:
        with ProcessPoolExecutor() as pool:
            yield from pool.map(look, built.keys(), built.values())


def parse(page: Path) -> tuple[Any, list[Any]]:
    """Return the element tree of a page, and what is wrong with its HTML."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    return parser.parse(page.read_text(encoding="utf-8")), parser.errors


def was_right(page: Path) -> bool:
    """Whether the same page was checked before, by the same checks, and nothing was wrong."""
    return cache.OFF not in os.environ and (FOLDER / _name(page)).exists()


def is_right(page: Path) -> None:
    """Remember that nothing is wrong with a page."""
    if cache.OFF not in os.environ:
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / _name(page)).touch()


def _name(page: Path) -> str:
    return hashlib.sha256(b"\0".join([*_checks(), page.read_bytes()])).hexdigest()


@functools.cache
def _checks() -> tuple[bytes, ...]:
    """Return what finds that a page is right: our own code, and the version of the parser."""
    ours = (Path(__file__).with_name(name).read_bytes() for name in ("html.py", "site.py"))
    return (*ours, version("html5lib").encode())
