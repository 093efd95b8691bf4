"""The numbers that a page shows or that stand in its code and formulas, each with its line."""

from __future__ import annotations

import ast
import functools
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from book.execution import executor, snapshots
from book.execution.executor import Result
from book.source import fences, numerals, quotes
from book.source.claims import Claim


class Known:
    """Numbers, to be asked whether one of them is rounded to what a text says."""

    def __init__(self, values: Iterable[Decimal]) -> None:
        self._values = sorted(values)

    def licenses(self, said: numerals.Number) -> bool:
        """Whether a number of a text is a rounding of one of these, or that in a hundred."""
        scales = (1, 100) if said.percent else (1,)
        return any(self._within(said.value, said.unit / 2, scale) for scale in scales)

    def _within(self, value: Decimal, half: Decimal, scale: int) -> bool:
        place = bisect_left(self._values, (value - half) / scale)
        return place < len(self._values) and self._values[place] * scale <= value + half


def of_page(path: Path, shown: Iterable[Result]) -> Iterator[tuple[int, Decimal]]:
    """Yield the numbers of a page, each with the line of its fence or its formula."""
    for result in shown:
        for value in printed(result):
            yield result.snippet.line, value
    for snippet in fences.read(path):
        for value in in_code(snippet.code):
            yield snippet.line, value
    yield from quoted(path)
    text = path.read_text(encoding="utf-8")
    for formula in re.finditer(r"^( *)\$\$\n.*?^\1\$\$$", text, re.MULTILINE | re.DOTALL):
        line = text.count("\n", 0, formula.start()) + 1
        for number in numerals.in_digits(formula[0]):
            yield line, number.value


def quoted(page: Path) -> Iterator[tuple[int, Decimal]]:
    """Yield the numbers of what a page quotes of chapters, each with the line of its mark."""
    for quote in quotes.read(page):
        said = in_code(quote.text) or tuple(each.value for each in numerals.in_digits(quote.text))
        if quote.snippet is not None and quote.what != "code":
            said = printed(executor.of_snippet(quote.snippet))
        for value in said:
            yield quote.line, value


def printed(result: Result) -> tuple[Decimal, ...]:
    """Return the numbers of what a snippet printed and drew."""
    outcome = result.outcome
    tables = tuple(plot.table for plot in outcome.figures)
    return _printed(outcome.printed, outcome.error, *tables)


# Each page to which links lead is asked for with every link.
@functools.lru_cache(maxsize=2048)
def _printed(text: str, *others: str) -> tuple[Decimal, ...]:
    text = snapshots.words(text) if text.lstrip().startswith("<svg") else text
    return tuple(number.value for number in numerals.in_digits("\n".join([text, *others])))


@functools.lru_cache(maxsize=4096)
def in_code(code: str) -> tuple[Decimal, ...]:
    """Return the numbers of a piece of code, with their signs, but not those of its texts."""
    try:
        return tuple(_constants(ast.parse(code.strip())))
    except SyntaxError:
        return ()


def _constants(tree: ast.Module) -> Iterator[Decimal]:
    negated = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            negated.add(node.operand)
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            sign = -1 if node in negated else 1
            yield sign * Decimal(repr(node.value))


def claims_of(shown: Iterable[Result]) -> Iterator[tuple[Claim, str]]:
    """Yield the claims of a page, each with the values that it compared."""
    for one in shown:
        for claim, finding in zip(one.snippet.claims, one.outcome.claims, strict=False):
            yield claim, finding.values


def in_claim(claim: Claim, values: str) -> list[Decimal]:
    """Return the numbers of a claim's expression and of its values."""
    shown = (number.value for number in numerals.in_digits(values))
    return [*shown, *in_code(claim.code)]
