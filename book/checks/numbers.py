"""Numbers of the text: each must be a rounding of one that stands or is shown beside it.

Beside it is the section, which begins at a heading of the second level: what its snippets show, its
code and its displayed formulas. Of the whole page speak its title and its description, formulas in
a line, and ten, a hundred and a thousand in words. A claim has the numbers of its expression and
its values, a link within the book those of the page that it leads to. Left alone are whole numbers
below ten, inline code, and what comes from elsewhere: `<time>`, and the text of a link to another
site, to the bibliography or to what was measured.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from book.checks import known
from book.checks.known import Known
from book.checks.sizes import SIZES
from book.errors import BookError
from book.execution import executor
from book.execution.executor import Result
from book.source import claims, dependencies, fences, numerals, pages, prose, quotes
from book.source.claims import Claim


def check(page: Path, shown: Iterable[Result]) -> None:
    """Refuse a page whose text has a number that comes from nowhere.

    Raises
    ------
    BookError
        Names the first such number and its line.
    """
    for problem in problems(page, shown):
        raise problem


def problems(page: Path, shown: Iterable[Result]) -> Iterator[BookError]:
    """Yield the numbers of a page's text that come from nowhere."""
    shown = list(shown)
    text = page.read_text(encoding="utf-8")
    beside = _Beside(text, page, shown)
    values = {(claim.line, claim.code): said for claim, said in known.claims_of(shown)}
    for start, passage in prose.passages(page, text):
        # The sizes of a network are looked up by themselves (`book.checks.sizes`).
        said = SIZES.sub(lambda sizes: " " * len(sizes[0]), prose.of(passage))
        around = [*_claims(passage, start, values), *_links(page, passage)]
        around += [(*each.span(), lambda: beside.all) for each in re.finditer(r"\$[^$]+\$", said)]
        for number in numerals.read(said):
            line = start + passage.count("\n", 0, number.start)
            licences = [beside.all if number.is_round else beside.at(line)]
            licences += [its() for begin, end, its in around if begin < number.start < end]
            if not any(each.licenses(number) for each in licences):
                what = f"the text says {number.said}, and nothing beside it shows or has that"
                do = "print it, correct it, claim it, or name its source in a link or <time>"
                yield BookError(page, line, what, do)


class _Beside:
    """The numbers beside each line of a page."""

    def __init__(self, text: str, page: Path, shown: list[Result]) -> None:
        lines = fences.without_fences(text).split("\n")
        self._title = next((at for at, line in enumerate(lines, 1) if line.startswith("# ")), 0)
        self._starts = [at for at, line in enumerate(lines, 1) if line.startswith("## ")]
        found = list(known.of_page(page, shown))
        of_claims = [
            value for claim, said in known.claims_of(shown) for value in known.in_claim(claim, said)
        ]
        self.all = Known([*(value for _, value in found), *of_claims])
        self._sections = [
            Known(value for line, value in found if bisect_right(self._starts, line) == section)
            for section in range(len(self._starts) + 1)
        ]

    def at(self, line: int) -> Known:
        """Return the numbers of the section of a line; those of the page up to its title."""
        return self.all if line <= self._title else self._sections[bisect_right(self._starts, line)]


_Place = tuple[int, int, Callable[[], Known]]
"""Where something begins and ends, and what gives the numbers that may be said there."""


def _claims(passage: str, start: int, values: dict[tuple[int, str], str]) -> Iterator[_Place]:
    for claim in claims.read(fences.without_fences(passage)):
        said = values.get((start + claim.line - 1, claim.code), "")
        yield claim.start, claim.end, functools.partial(_of_claim, claim, said)


def _of_claim(claim: Claim, said: str) -> Known:
    return Known(known.in_claim(claim, said))


_LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\((?P<page>[\w./-]+\.md)?(?:#[^)]*)?\)")


def _links(page: Path, passage: str) -> Iterator[_Place]:
    for link in _LINK.finditer(passage):
        target = (page.parent / link["page"]).resolve() if link["page"] else page
        if pages.is_page(target):
            # Most links say no number: a page need not wait for all that it leads to.
            yield *link.span(), functools.partial(_of_linked, target)


def _of_linked(page: Path) -> Known:
    dependencies.ask(dependencies.text, page)
    list(quotes.read(page))  # which asks those that it quotes
    return _of_whole(page, pages.revision())


@functools.lru_cache(maxsize=128)
def _of_whole(page: Path, _revision: int) -> Known:
    try:
        shown = executor.results(page)
    except BookError:  # The page is refused for itself.
        return Known([])
    return Known(value for _, value in known.of_page(page, shown))
