r"""Numbers in running text: each must be a rounding of a number that the page prints.

Numbers below three significant digits are left alone, and so are those that come from elsewhere: in
the text of a link (the link is the source), in `<time>`, or in inline code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from pathlib import Path

from book.errors import BookError
from book.execution import snapshots
from book.execution.executor import Result
from book.formulas import inline
from book.source import claims, fences

_NOT_RUNNING_TEXT = re.compile(
    r"\A---\n.*?\n---\n"  # front matter
    r"|<!--.*?-->"
    r"|<time>.*?</time>"
    r"|`[^`\n]*`"
    r"|\[[^\]]*\]\([^)]*\)|\[[^\]]*\]\[[^\]]*\]|<https?:[^>]*>"  # links
    r"|^\[[^\]]*\]:.*?$"  # definitions of links and footnotes' marks
    r"|\{[#.:][^}\n]*\}"  # attributes
    r"|\\label\{[^}]*\}",
    re.MULTILINE | re.DOTALL,
)
_NUMBER = re.compile(
    r"(?<![\w.])(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?:e(?P<e>[-+]?\d+)|\s*(?:\\times|×|\\cdot)\s*10\^\{?(?P<power>-?\d+)\}?)?"
    r"(?P<percent>\s*\\?%)?(?![\w]|\.\d)"
)


def check(page: Path, shown: Iterable[Result]) -> None:
    """Refuse a page whose text has a number that the page does not print.

    Raises
    ------
    BookError
        Names the first such number and its line.
    """
    printed = [value for one in shown for value in _printed(one)]
    for line, text, value, percent in in_text(page.read_text(encoding="utf-8")):
        candidates = [p * 100 for p in printed] + printed if percent else printed
        if not any(_rounds_to(candidate, value) for candidate in candidates):
            raise BookError(
                page,
                line,
                f"the text says {text}, and no output of the page does",
                "print it, correct it, or name where it comes from in a link or <time>",
            )


def in_text(markdown: str) -> Iterator[tuple[int, str, Decimal, bool]]:
    """Yield the numbers in running text: line, as written, value, whether it is a percentage."""
    text = _NOT_RUNNING_TEXT.sub(
        lambda skipped: re.sub(r"[^\n]", " ", skipped[0]),
        claims.blanked(inline.blanked(fences.without_fences(markdown))),
    )
    for number in _NUMBER.finditer(text):
        if _significant_digits(number["digits"]) >= 3:
            line = text.count("\n", 0, number.start()) + 1
            yield line, number[0].strip(), _value(number), bool(number["percent"])


def _printed(one: Result) -> Iterator[Decimal]:
    outcome = one.outcome
    printed = outcome.printed
    text = snapshots.words(printed) if printed.lstrip().startswith("<svg") else printed
    text = "\n".join([text, outcome.error, *(plot.table for plot in outcome.figures)])
    for number in _NUMBER.finditer(text.replace("−", "-")):
        yield _value(number)


def _value(number: re.Match[str]) -> Decimal:
    power = int(number["e"] or number["power"] or 0)
    return Decimal(number["digits"].replace(",", "")).scaleb(power)


def _significant_digits(digits: str) -> int:
    digits = digits.replace(",", "").lstrip("0.")
    # The zeros that end a whole number say how large it is, not how exact.
    return len(digits.replace(".", "") if "." in digits else digits.rstrip("0"))


def _rounds_to(printed: Decimal, said: Decimal) -> bool:
    unit = Decimal((0, (1,), int(said.as_tuple().exponent)))
    return any(
        printed.quantize(unit, rounding) == said for rounding in (ROUND_HALF_UP, ROUND_HALF_DOWN)
    )
