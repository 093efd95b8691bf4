"""Sentences of a page, with their claims and excuses.

A sentence can conclude something where an output of its section stands before it, in a caption, in
a solution, and in what goes wrong. If it does (`book.checks.sentences`), it carries a claim, or
says why it has none, in a comment behind it that readers do not see:

    Both sums are equal. <!-- unclaimed: derived -->
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from book.source import claims, fences

REASONS = {
    "again": "says again what an output prints or a claim checks",
    "code": "says what the program does",
    "definition": "says what a word means, or how something is set up",
    "derived": "follows from formulas or rules, beside it or linked",
    "guess": "calls itself likely, or says that it was not measured",
    "measured": "was measured once; a test compares it with the file",
    "plan": "says what comes next, or what to do",
    "source": "is known of other texts or programs",
    "tested": "is required by a test of the book",
}
"""Why a sentence has no claim."""

_HIDDEN = re.compile(
    r"`[^`\n]*`|\$[^$]*\$|\[[^\]]*\]\([^)]*\)|\{[:#.][^}\n]*\}|<(?!!--)[^>\n]*>|(?<=\b[A-Z])\."
)
"""What is no word of the sentence: code, formulas, links, attributes, tags, points of initials."""
_EXCUSE = re.compile(r" *<!-- *unclaimed\b:? *(?P<why>.*?) *-->", re.DOTALL)
_PART = re.compile(rf"(?P<excuse>{_EXCUSE.pattern})|[.?!](?:\*\*|[)\"'])*(?=\s|$)", re.DOTALL)
_DISPLAYED = re.compile(r"^ *\$\$\n.*?^ *\$\$\n(?: *\{:[^\n]*\n)?", re.DOTALL | re.MULTILINE)
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_BOX = re.compile(r" *\?\?\?\+? (?P<kind>\w+)")
_ALONE = re.compile(r" *(?:#|\||!!!|\?\?\?)")
_ITEM = re.compile(r" *(?:[-*]|\d+\.) ")


@dataclass(frozen=True)
class Sentence:
    """A sentence, and what it says of its check."""

    line: int
    text: str
    words: str
    """The text without what is no word: code, formulas, links, attributes, tags."""
    can_conclude: bool
    """Whether something is shown before it from which it could conclude."""
    claimed: bool
    """Whether it carries a claim."""
    excuse: str | None
    """Why it has no claim, if it says so."""


def read(page: Path) -> list[Sentence]:
    """Return the sentences of a page, captions included, in order."""
    return list(_read(page, page.read_text(encoding="utf-8")))


# The sentences of all chapters are checked, and then counted.
@functools.lru_cache(maxsize=256)
def _read(page: Path, text: str) -> tuple[Sentence, ...]:
    return tuple(each for found in _paragraphs(page, text) for each in _sentences(*found))


def without_excuses(text: str) -> str:
    """Return a text as readers see it."""
    return _EXCUSE.sub(lambda each: "\n" * each[0].count("\n"), text)


def _paragraphs(page: Path, text: str) -> Iterator[tuple[int, str, bool]]:
    """Yield each paragraph and caption, with its line, and whether it can conclude something."""
    running = {each.line: each for each in fences.read(page) if each.runs}
    text = fences.without_fences(text)
    for part in (_FRONT_MATTER, _DISPLAYED):
        text = part.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    shown = outside = False
    exercise: int | None = None
    first, paragraph = 0, list[str]()
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        if paragraph and (not line.strip() or _ITEM.match(line) or _ALONE.match(line)):
            yield first, "\n".join(paragraph), shown
            paragraph = []
        if number in running:
            options = running[number].options
            shown = shown or options.get("output") != "none"
            if "caption" in options:
                yield number, options["caption"], True
        indent = len(line) - len(line.lstrip())
        if line.strip() and exercise is not None and indent <= exercise:
            shown, exercise = outside, None
        if box := _BOX.match(line):
            if box["kind"] == "question":
                outside, shown, exercise = shown, False, indent
            shown = shown or box["kind"] == "success"
        if re.match(r"#+ ", line):
            shown = line == "## What goes wrong"
        if line.strip() and not _ALONE.match(line):
            first = first if paragraph else number
            paragraph.append(line)


def _sentences(line: int, text: str, shown: bool) -> Iterator[Sentence]:
    """Yield the sentences of a paragraph."""
    said = claims.read(text)
    plain = claims.blanked(text)
    seen = _HIDDEN.sub(lambda each: re.sub(r"[^\n]", "_", each[0]), plain)
    parts: list[tuple[int, int, str | None]] = []
    start = 0
    for part in _PART.finditer(seen):
        before = bool(seen[start : part.start()].strip())
        if part["excuse"] is None:
            parts.append((start, part.end(), None))
        elif before or not parts or parts[-1][2] is not None:
            parts.append((start, part.start(), part["why"]))
        else:
            parts[-1] = (*parts[-1][:2], part["why"])
        start = part.end()
    if seen[start:].strip():
        parts.append((start, len(seen), None))
    for start, end, why in parts:
        blanks = len(seen[start:end]) - len(seen[start:end].lstrip())
        yield Sentence(
            line + text.count("\n", 0, start + blanks),
            " ".join(plain[start:end].split()),
            seen[start:end].strip(),
            shown,
            any(claim.start < end and claim.end > start for claim in said),
            why,
        )
