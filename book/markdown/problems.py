"""What is wrong on a page: an error that ends the build, or a box on the page of a draft."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from html import escape

from book.errors import BookError

_LOG = logging.getLogger("mkdocs.book")


def is_draft() -> bool:
    """Return whether the pages are served while they are written."""
    return "BOOK_DRAFT" in os.environ


def refuse(problem: BookError) -> str:
    """Return what shows a problem in a draft, and say it in the terminal.

    Raises
    ------
    BookError
        The problem itself, where the page is no draft.
    """
    if not is_draft():
        raise problem
    _LOG.warning("%s", problem)
    first, _, rest = str(problem).partition("\n")
    shown = f"<pre><code>{escape(rest)}</code></pre>" if rest else ""
    return (
        '<div class="admonition failure problem"><p class="admonition-title">Not true yet</p>'
        f"<p>{escape(first)}</p>{shown}</div>"
    )


def shown_instead(convert: Callable[[str], str]) -> Callable[[str], str]:
    """Return a converter that gives the box of a problem where a page cannot be converted."""

    def converted(source: str) -> str:
        try:
            return convert(source)
        except BookError as problem:
            return refuse(problem)
        except Exception as error:  # noqa: BLE001 - the page of a draft says it, whatever it is
            what = f"{type(error).__name__}: {error}"
            return refuse(BookError(None, 0, what, "mend what it speaks of"))

    return converted
