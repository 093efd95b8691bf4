"""How many formulas are evaluated, and which are not: what the book says of itself."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

from book.errors import BookError
from book.formulas import inline
from book.formulas.checking import evaluated, stated, verdict
from book.formulas.displayed import Formula
from book.formulas.worlds import SEEDS
from book.source import dependencies, pages

REFUSED = pages.ROOT / "tests" / "book" / "formula_faults.json"
"""How many faults of each numbered equation are refused, as a test counts them."""


@dataclass(frozen=True)
class Counts:
    """What became of the formulas of the book; those that are refused are in no count."""

    displayed: int
    inline: int
    """The formulas in the text that claim, all of which are evaluated."""
    given: int
    """The formulas in the text that are marked, and not evaluated."""
    comparisons: int
    left_out: tuple[Formula, ...]
    """The formulas that are not evaluated."""
    typed: dict[Path, list[str]]
    """The symbols, by page, whose values were written a second time."""
    networks: int = len(SEEDS)

    @property
    def evaluated(self) -> int:
        """The number of formulas that are evaluated."""
        return self.displayed + self.inline - len(self.left_out)


def refused(label: str) -> int:
    """Return how many faults of a numbered equation are refused; of a new one, none as yet."""
    return _refused().get(label, 0)


def refused_in_all() -> int:
    """Return how many faults of all numbered equations are refused."""
    return sum(_refused().values())


@functools.cache
def _refused() -> dict[str, int]:
    found: dict[str, int] = json.loads(REFUSED.read_text(encoding="utf-8"))
    return found


def counts() -> Counts:
    """Evaluate the formulas of all pages, and count."""
    verdicts = []
    for page in pages.paths():
        dependencies.ask(stated, page)
        for formula in evaluated(page):
            try:
                verdicts.append(verdict(formula))
            except BookError:
                continue  # its page is refused, and says so
    typed: dict[Path, list[str]] = {}
    for each in verdicts:
        known = typed.get(each.formula.path, [])
        if each.typed:
            typed[each.formula.path] = sorted({*known, *each.typed})
    in_text = sum(each.formula.inline for each in verdicts)
    return Counts(
        len(verdicts) - in_text,
        in_text,
        sum(len(dependencies.ask(inline.given, page)) for page in pages.paths()),
        sum(each.comparisons for each in verdicts),
        tuple(each.formula for each in verdicts if "evaluated" in each.formula.marks),
        typed,
    )
