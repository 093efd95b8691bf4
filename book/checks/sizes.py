"""A network that the text, a caption or a title calls 4-5-3 has these sizes in the page's code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from book.errors import BookError
from book.source import fences, prose

SIZES = re.compile(r"(?<![\w-])\d+(?:-\d+){2,}(?![\w-])")
_OF_DATASETS = {"three_two_one": "3-2-1", "two_one_one": "2-1-1"}
_ANY = "*"


def problems(page: Path, text: str) -> Iterator[BookError]:
    """Yield the networks that a page names and that its code does not have."""
    snippets = fences.read(page)
    if not any(map(SIZES.search, [text, *(each.code for each in snippets)])):
        return
    codes = [(each.line, [*ast.walk(ast.parse(each.code))]) for each in snippets]
    built = {sizes for _, nodes in codes for sizes in _built(nodes)}
    said = [(1, prose.of(text))]
    said += [(each.line, each.options.get("caption", "")) for each in snippets]
    said += [(line + at, words) for line, nodes in codes for at, words in _texts(nodes)]
    for start, passage in said:
        for sizes in SIZES.finditer(passage):
            if not any(_match(sizes[0], each) for each in built):
                line = start + passage.count("\n", 0, sizes.start())
                what = f"no code of the page has the sizes of a {sizes[0]} network"
                yield BookError(page, line, what, "correct them, or build it")


def _built(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the sizes that code has: numbers in a row, of which some may be variables."""
    chain: list[str] = []
    for node in nodes:
        if isinstance(node, ast.Tuple | ast.List):
            sizes = [_size(each) for each in node.elts]
            if len(sizes) == 2:  # the shape of the weights of a layer, and perhaps of the next
                chain = [*chain, sizes[1]] if chain[-1:] == sizes[:1] else sizes
                yield "-".join(chain)
            elif len(sizes) - sizes.count(_ANY) >= 2:
                yield "-".join(sizes)
        elif isinstance(node, ast.Attribute) and node.attr in _OF_DATASETS:
            yield _OF_DATASETS[node.attr]
        elif isinstance(node, ast.Constant) and SIZES.fullmatch(str(node.value)):
            yield str(node.value)


def _size(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else _ANY


def _texts(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    """Yield the texts in code that say more than sizes, with their lines."""
    for node in nodes:
        if isinstance(node, ast.Constant) and not SIZES.fullmatch(str(node.value)):
            yield node.lineno, str(node.value)


def _match(said: str, built: str) -> bool:
    pairs = zip(said.split("-"), built.split("-"), strict=False)
    return said.count("-") == built.count("-") and all(b in (a, _ANY) for a, b in pairs)
