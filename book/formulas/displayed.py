"""The displayed formulas of a page: where each stands, and what is said beside it.

A line of attributes may follow a formula, as `{: defines="c" }`; it is not shown. What a reader
must know is said in words: "Here $z$ stands for $z^{(l+1)}$ and $a$ for $a^{(l)}$." holds for the
formulas of its section.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from markdown.extensions.toc import slugify

from book.errors import BookError
from book.source import fences

MARKS = ("defines", "world", "evaluated", "because")
ATTRIBUTES = re.compile(r"^[ \t]*\{:(?P<marks>.*)\}[ \t]*$")
"""A line of attributes."""

_MARK = re.compile(r'\s*([a-z]+)="([^"]*)"\s*')
_LABEL = re.compile(r"\\label\{([^}]*)\}")
_HEADING = re.compile(r"^#+ (?P<title>.+?)(?: \{ *#(?P<id>[\w-]+).*\})?$", re.M)
_FOR = r"\$[^$]+\$ for \$[^$]+\$"
_STANDS = re.compile(rf"Here \$[^$]+\$ stands for \$[^$]+\$(?:(?:,| and|, and) {_FOR})*\.")
_PAIR = re.compile(r"\$([^$]+)\$ (?:stands )?for \$([^$]+)\$")


@dataclass(frozen=True)
class Formula:
    """A formula that is evaluated: displayed, or marked in a line (`inline`)."""

    path: Path
    line: int
    """The line on which it begins, after that of the dollars."""
    tex: str
    label: str = ""
    section: str = ""
    marks: dict[str, str] = field(default_factory=dict)
    stands: dict[str, str] = field(default_factory=dict)
    """Which symbols stand for which others in its section."""
    inline: bool = False

    def __hash__(self) -> int:
        return hash((self.path, self.line, self.tex))

    @property
    def page(self) -> str:
        """The name of its page."""
        return self.path.stem

    def wrong(self, what: str, do: str, row: int = 0) -> BookError:
        """Return the error that names the place of this formula, or of a row of it."""
        ends = [0, *(end.end() for end in re.finditer(r"\\\\", self.tex))]
        first = re.match(r"\\begin\{aligned\}", self.tex)
        start = ends[row] if row else first.end() if first else 0
        start += len(self.tex[start:]) - len(self.tex[start:].lstrip())
        return BookError(self.path, self.line + self.tex.count("\n", 0, start), what, do)


def displayed(page: Path) -> list[Formula]:
    """Return the displayed formulas of a page, in order.

    Raises
    ------
    BookError
        A line of attributes cannot be read, or follows no formula.
    """
    text = fences.without_fences(page.read_text(encoding="utf-8"))
    return [formula for each in sections(text) for formula in _of_section(page, each)]


@dataclass(frozen=True)
class Section:
    """A section of a page."""

    anchor: str
    line: int
    """The line of the page with which it begins."""
    text: str

    @property
    def stands(self) -> dict[str, str]:
        """Which symbols stand for which others in it."""
        said = _STANDS.finditer(" ".join(self.text.split()))
        return {name: tex for each in said for name, tex in _PAIR.findall(each[0])}


def sections(text: str) -> Iterator[Section]:
    """Yield the sections of a page's text."""
    starts = [(0, "")] + [
        (heading.start(), heading["id"] or slugify(heading["title"], "-"))
        for heading in _HEADING.finditer(text)
    ]
    ends = [start for start, _ in starts[1:]] + [len(text)]
    for (start, anchor), end in zip(starts, ends, strict=True):
        yield Section(anchor, text.count("\n", 0, start) + 1, text[start:end])


def _of_section(page: Path, section: Section) -> Iterator[Formula]:
    first, stands, lines = section.line, section.stands, section.text.split("\n")
    opened = None
    for number, line in enumerate(lines):
        marked = ATTRIBUTES.match(line)
        if line.strip() == "$$" and opened is None:
            opened = number
        elif line.strip() == "$$" and opened is not None:
            tex = "\n".join(lines[opened + 1 : number])
            after = ATTRIBUTES.match(lines[number + 1]) if number + 1 < len(lines) else None
            marks = _marks(page, first + number + 1, after["marks"]) if after else {}
            label = _LABEL.search(tex)
            yield Formula(
                page,
                first + opened + 1,
                _LABEL.sub("", tex).strip(),
                label[1] if label else "",
                section.anchor,
                marks,
                stands,
            )
            opened = None
        elif marked and lines[number - 1].strip() != "$$" and _MARK.match(marked["marks"]):
            what = "attributes that follow no formula"
            raise BookError(page, first + number, what, "put them on the line after its $$")


def _marks(page: Path, line: int, text: str) -> dict[str, str]:
    marks = dict(_MARK.findall(text))
    if _MARK.sub("", text).strip() or not set(marks) <= set(MARKS):
        known = ", ".join(MARKS)
        raise BookError(page, line, f"cannot read the attributes {text.strip()!r}", f"know {known}")
    if ("evaluated" in marks or "because" in marks) and not (
        marks.get("evaluated") == "no" and marks.get("because")
    ):
        what = "a formula that is not evaluated does not say why"
        raise BookError(page, line, what, 'write evaluated="no" because="..."')
    return marks
