"""Every check of a page that needs no built site, naming all that is wrong at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from html import unescape
from pathlib import Path
from typing import Any

from markdown import Markdown
from mkdocs.config import load_config

from book.checks import numbers, sentences, source, surroundings
from book.errors import BookError
from book.execution import executor, snapshots
from book.formulas import checking
from book.source import pages
from book.source.equations import equations


def problems(chosen: Sequence[Path]) -> Iterator[BookError]:
    """Yield what is wrong with pages: as they stand, and then as they run and are converted."""
    of_the_book = [*surroundings.problems()]
    at_sight = [*of_the_book, *(fault for page in chosen for fault in source.lint(page))]
    yield from at_sight
    if at_sight:
        return
    yield from snapshots.orphans()
    try:
        equations()
    except BookError as fault:
        yield fault
        return
    converter = _converter()
    for page in chosen:
        yield from sentences.problems(page)
        yield from checking.problems(page)
        yield from _running(page, converter)


def _running(page: Path, converter: Markdown) -> Iterator[BookError]:
    try:
        shown = executor.results(page)
    except BookError as fault:
        yield fault
        return
    checks: list[Callable[[], Any]] = [
        lambda: snapshots.compare(page, shown),
        lambda: _refuse_bare_code(page, converter.reset().convert(_body(page))),
    ]
    for check in checks:
        try:
            check()
        except BookError as fault:
            yield fault
    yield from numbers.problems(page, shown)


def _refuse_bare_code(page: Path, html: str) -> None:
    """Refuse code by indentation, or in a `<pre>` of the page's own: neither is executed."""
    if bare := re.search(r"<pre>(?!<span)(?:<code>)?\s*([^<\n]*)", html):
        line = pages.line_of(page, unescape(bare[1]))
        do = "let a snippet print it, or name the language of the fence"
        raise BookError(page, line, "text is shown as if it were an output", do)


def _converter() -> Markdown:
    """Return the converter that the generator is configured to use; the checks are made here."""
    config = load_config(str(pages.ROOT / "mkdocs.yml"))
    configs = {**config.mdx_configs, "book": {"gate": False}}
    return Markdown(extensions=config.markdown_extensions, extension_configs=configs)


def _body(page: Path) -> str:
    return re.sub(r"\A---\n.*?\n---\n+", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
