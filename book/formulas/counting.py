"""How many formulas are evaluated, and which are not: what the book says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from book.errors import BookError
from book.formulas.checking import verdict
from book.formulas.displayed import Displayed, displayed
from book.formulas.worlds import SEEDS
from book.source import pages


@dataclass(frozen=True)
class Counts:
    """What became of the formulas of the book; those that are refused are in no count."""

    displayed: int
    comparisons: int
    left_out: tuple[Displayed, ...]
    """The formulas that are not evaluated."""
    typed: dict[Path, list[str]]
    """The symbols, by page, whose values were written a second time."""
    networks: int = len(SEEDS)

    @property
    def evaluated(self) -> int:
        """The number of formulas that are evaluated."""
        return self.displayed - len(self.left_out)


def counts() -> Counts:
    """Evaluate the formulas of all pages, and count."""
    verdicts = []
    for page in pages.paths():
        for formula in displayed(page):
            try:
                verdicts.append(verdict(formula))
            except BookError:
                continue  # its page is refused, and says so
    typed: dict[Path, list[str]] = {}
    for each in verdicts:
        known = typed.get(each.formula.path, [])
        if each.typed:
            typed[each.formula.path] = sorted({*known, *each.typed})
    return Counts(
        len(verdicts),
        sum(each.comparisons for each in verdicts),
        tuple(each.formula for each in verdicts if "evaluated" in each.formula.marks),
        typed,
    )
