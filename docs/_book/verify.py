"""Every check of a page that needs no built site, naming all that is wrong at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from markdown import Markdown
from mkdocs.config import load_config

from _book import lint, pins, prose, run
from _book.equations import equations
from _book.errors import BookError


def faults(chosen: Sequence[Path]) -> Iterator[BookError]:
    """Yield what is wrong with pages: as they stand, and then as they run and are converted."""
    of_the_book = [*lint.settings(), *lint.modules()]
    at_sight = [*of_the_book, *(fault for page in chosen for fault in lint.lint(page))]
    yield from at_sight
    if at_sight:
        return
    yield from pins.orphans()
    try:
        equations()
    except BookError as fault:
        yield fault
        return
    converter = _converter()
    for page in chosen:
        yield from _running(page, converter)


def _running(page: Path, converter: Markdown) -> Iterator[BookError]:
    try:
        shown = run.RUNS.of(page)
    except BookError as fault:
        yield fault
        return
    checks: list[Callable[[], Any]] = [
        lambda: pins.compare(page, shown),
        lambda: prose.check(page, shown),
        lambda: converter.reset().convert(_body(page)),
    ]
    for check in checks:
        try:
            check()
        except BookError as fault:
            yield fault


def _converter() -> Markdown:
    """Return the converter that the generator is configured to use."""
    config = load_config(str(run.ROOT / "mkdocs.yml"))
    ours = [name for name in config.markdown_extensions if name != "_book.truth"]
    return Markdown(extensions=ours, extension_configs=config.mdx_configs)


def _body(page: Path) -> str:
    return re.sub(r"\A---\n.*?\n---\n+", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
