"""Drawings are kept out of the way while the generator works on a page, and put back at its end.

They are most of a page's HTML, and the search parses all of it, for as long as everything else
takes, to find nothing in them: what a drawing says is in its caption and in the text.
"""

from __future__ import annotations

import re
from typing import Any

from mkdocs.plugins import BasePlugin

_DRAWING = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_MARK = re.compile(r'<svg data-drawing="(\d+)"></svg>')


class Drawings(BasePlugin):  # type: ignore[type-arg, no-untyped-call]
    """Cut the drawings out of a page before its template is filled, and put them back after."""

    def __init__(self) -> None:
        super().__init__()
        self.cut: list[str] = []

    def on_page_content(self, html: str, /, **_: Any) -> str:
        """Leave a mark for each drawing."""
        return _DRAWING.sub(self._mark, html)

    def on_post_page(self, output: str, /, **_: Any) -> str:
        """Put each drawing back."""
        return _MARK.sub(lambda mark: self.cut[int(mark[1])], output)

    def _mark(self, drawing: re.Match[str]) -> str:
        self.cut.append(drawing[0])
        return f'<svg data-drawing="{len(self.cut) - 1}"></svg>'
