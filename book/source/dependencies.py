"""What a page is made of besides its own text, noted while it is converted.

A page may show what others say: a quotation, a list, a count. Whoever asks another page for one
asks it here, so that what was made can be kept for as long as the others say the same.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from book.source import pages

T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """What a page said when it was asked."""

    asked: str
    """The function that was called with it: its module, a colon, its name."""
    page: str
    """The page, below the folder of the text."""
    text: str
    """The digest of the page's text."""
    said: str
    """The digest of the answer."""

    def holds(self) -> bool:
        """Whether the page would say the same now; it does if its text is the same."""
        path = pages.DOCS / self.page
        if not pages.is_page(path):
            return False
        if _digest_of(path) == self.text:
            return True
        module, _, name = self.asked.partition(":")
        return digest(getattr(importlib.import_module(module), name)(path)) == self.said


_notes: list[list[Answer]] = []


@contextmanager
def noted() -> Iterator[list[Answer]]:
    """Give a list that has, at the end, all that pages were asked meanwhile."""
    _notes.append([])
    try:
        yield _notes[-1]
    finally:
        _notes.pop()


def ask(question: Callable[[Path], T], page: Path) -> T:
    """Return what a page says, and note it.

    Parameters
    ----------
    question
        A function of a module, which gives the same for the same text of the page, of values
        whose `repr` tells them apart.
    page
        The page that is asked.
    """
    said = question(page)
    if _notes:
        asked = f"{question.__module__}:{question.__qualname__}"
        name = page.relative_to(pages.DOCS).as_posix()
        _notes[-1].append(Answer(asked, name, _digest_of(page), digest(said)))
    return said


def text(page: Path) -> str:
    """Return the text of a page: the question of those that need all of it."""
    return page.read_text(encoding="utf-8", errors="replace")


def digest(value: object) -> str:
    """Return what tells one value from another."""
    return hashlib.sha256(repr(value).encode()).hexdigest()


def _digest_of(page: Path) -> str:
    return _digest_at(page, page.stat().st_mtime_ns)


@functools.lru_cache(maxsize=256)
def _digest_at(page: Path, _changed: int) -> str:
    return digest(text(page))
