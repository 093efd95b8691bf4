"""The statements of a formula: its rows, its clauses, and the conditions beside them."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator

from book.formulas import tree
from book.formulas.errors import Meaningless
from book.formulas.grammar import Parser, Tokens
from book.formulas.reading import read
from book.formulas.tree import Chain, Node, Range, Statement


def parse(tex: str, functions: Collection[str] = ()) -> list[Statement | Range]:
    """Return what a formula states, row by row and clause by clause.

    Parameters
    ----------
    tex
        The formula.
    functions
        Names that are applied to the brackets after them, rather than multiplied with these.
    """
    tokens: Tokens = read(tex)
    rows = [tokens]
    if len(tokens) == 1 and tokens[0].kind == "table":
        rows = [[token for cell in row for token in cell] for row in tokens[0].rows]
    return [
        _stated(clause, functions, number)
        for number, row in enumerate(rows)
        for clause in _clauses(row)
    ]


@functools.cache
def symbol(tex: str) -> Node:
    """Return the tree of a symbol, or of anything else that stands alone."""
    return Parser(read(tex), ()).whole()


def _clauses(row: Tokens) -> Iterator[Tokens]:
    """Part a row where a comma is followed by a wide space."""
    start = 0
    for place, token in enumerate(row):
        if token.kind == "gap" and place and row[place - 1].text == ",":
            yield row[start : place - 1]
            start = place + 1
    yield row[start:]


def _stated(row: Tokens, functions: Collection[str], number: int) -> Statement | Range:
    """Return what a clause states; words after it are its condition, or a remark that ends it."""
    row = [token for token in row if token.kind != "gap"]
    texts = [token.text for token in row]
    if "…" in texts[1:-1] and texts[texts.index("…") - 1] == ",":
        return _range(row, texts.index("…"), functions)
    words = next((n for n, token in enumerate(row) if token.kind == "words"), len(row))
    said, rest = row[:words], row[words + 1 :]
    condition = None
    if rest and row[words].text.strip() in ("for", "if"):
        condition = Parser(rest, functions).relation()
    elif rest:
        raise Meaningless(f"the words {row[words].text.strip()!r} amid a formula")
    return Statement(Parser(said, functions).chain(), condition, number)


def _range(row: Tokens, dots: int, functions: Collection[str]) -> Range:
    first = Parser(row[: dots - 1], functions).chain()
    match first:
        case Chain((tree.Symbol(name), start), ("=",)) if row[dots + 1].text == ",":
            return Range(name, start, Parser(row[dots + 2 :], functions).whole())
    raise Meaningless("a range is written i = 0, …, n")
