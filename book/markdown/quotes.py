"""What a slide shows of a chapter, put where its mark stands (`book.source.quotes`)."""

from __future__ import annotations

from pathlib import Path

from markdown import Markdown
from markdown.preprocessors import Preprocessor

from book.errors import BookError
from book.execution import executor
from book.markdown import context, snippets
from book.markdown.problems import refuse
from book.source import pages, quotes
from book.source.quotes import Quote


class _Quotes(Preprocessor):
    """Put the formula, the figure, the code or the output in the place of each mark."""

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines with what they quote."""
        page = context.current(self.md)
        if page is None:
            return lines
        return [
            made
            for number, line in enumerate(lines, start=page.line + 1)
            for made in self._made(page.path, line, number)
        ]

    def _made(self, page: Path, line: str, number: int) -> list[str]:
        try:
            quote = quotes.at(page, line, number)
            return [line] if quote is None else ["", *self._shown(page, quote), ""]
        except BookError as problem:
            return ["", self.md.htmlStash.store(refuse(problem)), ""]

    def _shown(self, page: Path, quote: Quote) -> list[str]:
        """Return a quote, and the line that says where it is from."""
        number = pages.chapter(quote.source)
        called = f"chapter {number}" if number else pages.title(quote.source)
        said = f"[From {called}]({pages.link(page, quote.source, quote.anchor)})"
        if quote.snippet is None:
            said = f"Equation `{quote.name}`" if quote.name else said
            shown = ["$$", *quote.text.split("\n"), "$$"]
        elif quote.what == "code":
            shown = [self.md.htmlStash.store(snippets.quoted_code(quote.text))]
        else:
            outcome = executor.of_snippet(quote.snippet).outcome
            shown = [self.md.htmlStash.store(snippets.quoted(quote.snippet, outcome, self.md))]
        return [*shown, "", said, "{: .from }"]


def extend(md: Markdown) -> None:
    """Run before fences are found (25), when blanks are normal (30)."""
    md.preprocessors.register(_Quotes(md), "book-quotes", 26)
