"""Claims on the page: their words, a mark, and beside it the expression and its values.

Formulas that claim are marked in the same way; they were evaluated by `book.formulas`.

The expression was evaluated with the page's snippets (`book.execution`), and one that is not true
was refused there. The note shows where a pointer or the keyboard is, and needs no script.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor

from book.errors import BookError
from book.execution import executor
from book.execution.executor import Result
from book.execution.worker import Finding
from book.formulas import inline
from book.markdown import context
from book.markdown.lists import Lists
from book.markdown.problems import is_draft
from book.source import claims, dependencies, fences, pages, prose, sentences
from book.source.claims import Claim

_HOLDING = r"\[([^\[\]]+)\]\(holds\b[^()]*\)"
_EVALUATED = "Checked on random numbers"
_NUMBERED = r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(claim:(\d+)\)"


class _Numbers(Preprocessor):
    """Put a number in the place of the expression of each claim of a page."""

    def run(self, lines: list[str]) -> list[str]:
        page = context.current(self.md)
        text = "\n".join(lines)
        if page:
            text = sentences.without_excuses(text)
        try:
            said = claims.read(fences.without_fences(text)) if page else []
            found = list(_in_text(executor.draft_results(page.path))) if page and said else []
        except (ValueError, BookError):
            if not is_draft():
                raise
            return text.split("\n")  # The page says what is wrong with its fences or claims.
        self.md.__dict__["book_claims"] = found
        for number, claim in reversed(list(enumerate(said))):
            numbered = f"[{claim.words}](claim:{number})"
            text = text[: claim.start] + numbered + text[claim.end :]
        return text.split("\n")


class _Marks(InlineProcessor):
    """Show the words of a claim, and mark them."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: ARG002, N802
        number, found = int(m[2]), self.md.__dict__["book_claims"]
        if number < len(found):
            made = _marked(m[1], *found[number])
        else:  # in a draft, after a snippet that fails
            made = Element("span")
            made.text = m[1]
        return made, m.start(0), m.end(0)


class _Holding(InlineProcessor):
    """Mark a formula that claims."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: ARG002, N802
        return _labeled(m[1], _EVALUATED), m.start(0), m.end(0)


class _Given(Preprocessor):
    """Take out why a formula is not evaluated, which no reader sees."""

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines with the formulas alone."""
        return [inline.without_reasons(line) for line in lines]


def caption(text: str, findings: Sequence[Finding]) -> str:
    """Return the HTML of a caption, with its claims marked."""
    html, end = "", 0
    text = sentences.without_excuses(text)
    for claim, found in zip(claims.read(text), findings, strict=False):
        made = tostring(
            _marked(claim.words, claim, found), encoding="unicode", short_empty_elements=False
        )
        html += escape(text[end : claim.start]) + made
        end = claim.end
    return html + escape(text[end:])


def _in_text(results: Sequence[Result]) -> Iterator[tuple[Claim, Finding]]:
    """Yield the claims that stand in no caption, with what became of them."""
    for result in results:
        before = len(claims.read(result.snippet.options.get("caption", "")))
        pairs = zip(result.snippet.claims, result.outcome.claims, strict=False)
        yield from list(pairs)[before:]


def _marked(words: str, claim: Claim, found: Finding) -> Element:
    """Return the words, and a mark whose label is the expression, without and with its values."""
    told = dict.fromkeys([claim.code, found.values])
    return _labeled(words, f"Checked: {'; '.join(told)}")


def _labeled(words: str, label: str) -> Element:
    made = Element("span", {"class": "claim"})
    made.text = words
    # No button: a line could end before it, and the full stop after it begin the next.
    SubElement(made, "span", {"role": "note", "tabindex": "0", "aria-label": label})
    return made


def _how_many(_md: Markdown) -> list[str]:
    """Say how many claims are checked."""
    found = [dependencies.ask(_claims_of, page) for page in pages.paths()]
    said = [each for page in pages.chapters() for each in dependencies.ask(_concluding, page)]
    excuses = Counter(excuse for excuse, _ in said if excuse)
    checked = sum(claimed for _, claimed in said)
    return [
        f"There are {sum(found)} claims, on {len(list(filter(None, found)))} pages. "
        f"Of the sentences that conclude something, {checked} carry a claim, and "
        f"{excuses.total()} say why they have none:",
        "",
        "| sentences | what such a sentence says |",
        "| --- | --- |",
        *(f"| {excuses[reason]} | {what} |" for reason, what in sentences.REASONS.items()),
    ]


def _claims_of(page: Path) -> int:
    return sum(len(each.claims) for each in fences.read(page))


def _concluding(page: Path) -> list[tuple[str | None, bool]]:
    """Return of each sentence that concludes something its excuse, and whether it has a claim."""
    return [(each.excuse, each.claimed) for each in sentences.read(page)]


def _how_many_numbers(_: Markdown) -> list[str]:
    found = [dependencies.ask(prose.numbers, page) for page in pages.paths()]
    return [f"There are {sum(found):,} such numbers, on {sum(map(bool, found))} pages."]


def extend(md: Markdown) -> None:
    """Let claims be marked."""
    lists = {"claims checked": _how_many, "numbers looked up": _how_many_numbers}
    md.preprocessors.register(Lists(md, lists), "book-claims-checked", 28)
    md.preprocessors.register(_Numbers(md), "book-claims", 998)
    md.inlinePatterns.register(_Marks(_NUMBERED, md), "book-claims", 185)
    # After the fences (25), which may show such marks; and the formulas (189.9) are elements.
    md.preprocessors.register(_Given(md), "book-given", 24)
    md.inlinePatterns.register(_Holding(_HOLDING, md), "book-holding", 186)
