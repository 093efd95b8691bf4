"""What a page shows is what is pinned, and what its text says is what it shows.

Checked before a page is converted, so that nothing untrue is ever rendered, or given away.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from markdown.preprocessors import Preprocessor

from book.checks import numbers, sentences, source
from book.errors import BookError
from book.execution import executor, snapshots
from book.formulas import checking
from book.markdown import context
from book.markdown.problems import refuse
from book.source.pages import Page


class Gate(Preprocessor):
    """Refuse an untrue page."""

    def run(self, lines: list[str]) -> list[str]:
        """Check the page, and leave its text alone."""
        page = context.current(self.md)
        if page is not None:
            results = executor.results(page.path)
            snapshots.compare(page.path, results)
            numbers.check(page.path, results)
            checking.refuse(page.path)
        return lines


class Draft(Preprocessor):
    """Show what is untrue on a page that is being written; its outputs need not be pinned yet."""

    def run(self, lines: list[str]) -> list[str]:
        """Put a box before each part of the page in which something is wrong."""
        page = context.current(self.md)
        if page is None:
            return lines
        problems = [*source.lint(page.path)]
        problems = problems or _caught(lambda: executor.results(page.path))
        if not problems:
            problems = [*numbers.problems(page.path, executor.results(page.path))]
            problems += sentences.problems(page.path)
        problems = [*problems, *checking.problems(page.path)]
        for problem in sorted(problems, key=lambda each: each.line, reverse=True):
            if not executor.is_shown_at_its_snippet(problem, page.path):
                lines = self._with_box(lines, page, problem)
        return lines

    def _with_box(self, lines: list[str], page: Page, problem: BookError) -> list[str]:
        """Return the lines with a box before the paragraph, fence or formula of a line."""
        at = min(max(problem.line - page.line - 1, 0), len(lines))
        starts = [0]
        within = ""
        for number, line in enumerate(lines[: at + 1]):
            mark = re.match(r"\s*(`{3,}|~{3,}|\$\$)", line)
            if not within and (not line.strip() or mark):
                starts.append(number)
            if mark and within in ("", mark[1]):
                within = "" if within else mark[1]
        start = starts[-1]
        indent = re.match(r"\s*", lines[start] or "".join(lines[start + 1 : start + 2]))
        box = (indent[0] if indent else "") + self.md.htmlStash.store(refuse(problem))
        return [*lines[:start], "", box, "", *lines[start:]]


def _caught(check: Callable[[], Any]) -> list[BookError]:
    """Return what a check raises."""
    try:
        check()
    except BookError as problem:
        return [problem]
    return []
