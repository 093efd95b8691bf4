"""What makes a site of the text in `docs/`: the Markdown extension `book`, and the commands.

Each step that a page goes through has a folder, in the order of the steps:

    source/       the pages as written: their fences, and the index of equations
    execution/    their snippets are executed, in a sandbox, or found in the cache
    formulas/     every formula that claims is evaluated, on random networks of the package
    interactive/  what a reader can change: explorers, laboratories, and snippets that run there
    markdown/     the text becomes HTML: results, formulas, exercises, links to the glossary
    site/         the built site is made small and findable, and gets its downloads
    checks/       what is untrue or broken is refused: sources, numbers, pages, links
    editions/     the same book as a PDF, as an archive, and by the next generator

A folder uses those above it in this list, and none uses `checks`: `make check` sees to it. This
module and the commands (`book.commands`) put them together.
"""

from __future__ import annotations

import os
from typing import Any

from markdown import Extension, Markdown


class BookExtension(Extension):
    """Everything that a page of the book may hold, in the order in which it is to be done.

    Parameters
    ----------
    gate : bool
        Whether a page is checked before it is converted. `python -m book check` does so itself.
    """

    def __init__(self, **settings: Any) -> None:
        self.config = {"gate": [True, "Refuse a page that is untrue"]}
        super().__init__(**settings)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Markdown's name
        """Load the extensions of others that the book needs, and its own."""
        # Imported here: a worker that executes snippets imports `book`, and needs none of it.
        from book.checks.gate import Draft, Gate
        from book.markdown import (
            citation,
            claims,
            contents,
            context,
            downloads,
            exercises,
            formulas,
            getting,
            glossary,
            licensing,
            numbering,
            problems,
            quotes,
            slides,
            snippets,
            tables,
        )
        from book.source import pages

        pages.refresh()
        python: dict[str, Any] = {"name": "python", "class": "python"}
        python |= {"validator": snippets.validate, "format": snippets.render}
        md.registerExtensions(
            [
                *("admonition", "attr_list", "tables", "toc", "pymdownx.arithmatex"),
                *("pymdownx.details", "pymdownx.superfences"),
            ],
            {
                "tables": {"use_align_attribute": True},
                "toc": {"permalink": True},
                "pymdownx.arithmatex": {"generic": True},
                "pymdownx.superfences": {"custom_fences": [python]},
            },
        )
        md.preprocessors.register(context.Locator(md), "book-page", 1000)
        if "BOOK_DRAFT" in os.environ:
            # When blanks are normal (30), so that what is stashed stays.
            md.preprocessors.register(Draft(md), "book-gate", 29)
            md.convert = problems.shown_instead(md.convert)  # type: ignore[method-assign, assignment]
        elif self.getConfig("gate"):
            md.preprocessors.register(Gate(md), "book-gate", 999)
        for each in (claims, downloads, formulas, tables, exercises, glossary):
            each.extend(md)
        for each in (citation, contents, getting, licensing, numbering, quotes, slides):
            each.extend(md)
        # What a snippet prints as Markdown may hold formulas and tables, too.
        md.registerExtension(_Printed())


class _Printed(Extension):
    """What a snippet may print as Markdown, besides what Markdown knows."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Markdown's name
        """Let formulas be converted, and wide tables scroll."""
        from book.markdown import formulas, tables

        formulas.extend(md)
        tables.extend(md)


def makeExtension(**settings: Any) -> BookExtension:  # noqa: N802 - Markdown's name
    """Return the extension, for Markdown."""
    return BookExtension(**settings)
