"""What a page says in prose, line for line, with blanks for the rest."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

from book.source import claims, fences, numerals

_ELSEWHERE = r"https?:|(?:\.\./)*history\.md#|assets/measured/"
"""Where a link leads to a source: another site, the bibliography, or what was measured once."""
_WORDS = r"\[(?:[^\[\]]|\[[^\]]*\])*\]"
_NO_PROSE = re.compile(
    r"<!--.*?-->|<time>.*?</time>|</?\w[^>\n]*>|<https?:[^>]*>"
    r"|`[^`\n]*`"
    r"|^(?P<i> *)\$\$\n.*?^(?P=i)\$\$$"  # displayed formulas: they are evaluated
    rf"|{_WORDS}\((?:{_ELSEWHERE})[^)]*\)|\]\([^)]*\)|\]\[[^\]]*\]"
    r"|^\[[^\]]*\]:.*?$"  # definitions of links and footnotes' marks
    r"|\{[#.:][^}\n]*\}|\\label\{[^}]*\}"
    r"|_\{[^}]*\}|_\d+|\^\{\([^}]*\)\}"  # indices, and layers
    r"|^\*(?:Elsewhere|In other words|Messages):\*.*?$"  # what others say, as they say it
    r"|^ *\d+\. |^\?\?\? question \"\d+\."  # the numbers of a list, and of exercises
    r"|\b(?:[Cc]hapter|[Ss]ection|[Aa]lgorithm|Lecture|BY)s? [\d.]+(?:(?:,| and| to) [\d.]+)*"
    r"|(?<=\[)\d+(?=\]\((?:\.\./)?[\w-]+\.md)",  # numbers of chapters
    re.MULTILINE | re.DOTALL,
)


@functools.lru_cache(maxsize=512)
def of(text: str) -> str:
    """Return a text of the same length and lines in which prose stands, and blanks for the rest.

    The words of claims and of links within the book are prose, and so are the title and the
    description of a page.
    """
    front = re.match(r"---\n.*?\n---\n", text, re.DOTALL)
    head = front[0] if front else ""
    kept = re.sub(r"(?m)^(?!title:|description:).*$", lambda line: " " * len(line[0]), head)
    body = claims.blanked(fences.without_fences(text[len(head) :]))
    return _NO_PROSE.sub(lambda other: re.sub(r"[^\n]", " ", other[0]), kept + body)


def passages(page: Path, text: str) -> Iterator[tuple[int, str]]:
    """Yield the text of a page, and those of its captions and of its titles over code."""
    yield 1, text
    for snippet in fences.read(page):
        for option in ("caption", "title"):
            yield snippet.line, snippet.options.get(option, "")


def numbers(page: Path) -> int:
    """Return how many numbers the prose of a page has that are looked up."""
    text = page.read_text(encoding="utf-8")
    return sum(len(numerals.read(of(passage))) for _, passage in passages(page, text))
