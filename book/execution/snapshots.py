"""The pinned outputs: what each page showed when its author last looked, kept under tests/outputs.

A build on which a page shows anything else fails, so that a changed output is seen and accepted on
purpose. A page's file is text, to be read in a review.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree

from book import files
from book.errors import BookError
from book.execution.executor import Result
from book.source import pages

OUTPUTS = pages.ROOT / "tests" / "outputs"


def file_of(page: Path) -> Path:
    """Return the file that holds the outputs of a page."""
    return (OUTPUTS / page.relative_to(pages.DOCS)).with_suffix(".txt")


def text_of(shown: Iterable[Result]) -> str:
    """Return all that a page shows as one text, with one heading per snippet."""
    parts = []
    for number, one in enumerate(shown, start=1):
        if one.snippet.options.get("output") == "none":
            continue
        first = one.snippet.code.strip().split("\n")[0]
        parts.append(f"=== snippet {number}: {first}\n{_shows(one)}\n")
    return "\n".join(parts)


def _shows(one: Result) -> str:
    outcome = one.outcome
    if "varies" in one.snippet.options:
        return f"(not pinned: {one.snippet.options['varies']})"
    if outcome.draws:
        return words(outcome.printed)
    parts = [outcome.printed.rstrip()] if outcome.printed.strip() else []
    parts += [plot.table for plot in outcome.figures]
    parts += [outcome.error] if outcome.raised else []
    return "\n".join(parts)


def words(svg: str) -> str:
    """Return the title, the description and the labels of a drawing, one per line."""
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own drawing
    labelled = [
        re.sub(r"\s+", " ", "".join(element.itertext())).strip()
        for element in root.iter()
        if element.tag.rpartition("}")[2] in {"title", "desc", "text"}
    ]
    return "\n".join(text for text in labelled if text)


def compare(page: Path, shown: Iterable[Result]) -> None:
    """Refuse a page that shows anything else than what is pinned.

    Raises
    ------
    BookError
        With the difference.
    """
    pinned = file_of(page)
    old = pinned.read_text(encoding="utf-8") if pinned.exists() else ""
    shown = list(shown)
    new = text_of(shown)
    if new != old:
        number = _first_difference(old, new)
        line = shown[number - 1].snippet.line if 0 < number <= len(shown) else 1
        raise BookError(
            page,
            line,
            "the page shows something else than what is pinned",
            "accept it with `make pin` if the new output is right:\n" + difference(old, new),
        )


def difference(old: str, new: str) -> str:
    """Return the difference between two texts of outputs, line by line."""
    lines = difflib.unified_diff(old.split("\n"), new.split("\n"), "pinned", "now", "", "", 1, "")
    return "\n".join(f"  {line}" for line in lines)


def _first_difference(old: str, new: str) -> int:
    """Return the number of the snippet in which two texts of outputs first differ."""
    number = 0
    for before, after in zip([*old.split("\n"), ""], new.split("\n"), strict=False):
        if heading := re.match(r"=== snippet (\d+):", after):
            number = int(heading[1])
        if before != after:
            break
    return number


def orphans() -> Iterator[BookError]:
    """Yield the pinned outputs of pages that are gone."""
    known = {file_of(page) for page in pages.paths()}
    for path in sorted(set(OUTPUTS.rglob("*.txt")) - known):
        yield BookError(path, 1, "the page of these outputs is gone", "delete them by `make pin`")


def accept(page: Path, shown: Iterable[Result]) -> str:
    """Pin what a page shows, and return the difference to what was pinned before."""
    pinned = file_of(page)
    old = pinned.read_text(encoding="utf-8") if pinned.exists() else ""
    new = text_of(shown)
    if new:
        files.write(pinned, new)
    else:
        pinned.unlink(missing_ok=True)
    return difference(old, new)
