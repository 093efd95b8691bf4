"""Drawings, formulas and code are kept out of the way while the generator works on a page.

They are most of a page's HTML, and the search parses all of it, for as long as everything else
takes. What a drawing says is in its caption and in the text; of formulas and code, the text is left
in their places. All are put back at the end.
"""

from __future__ import annotations

import re
from typing import Any

from mkdocs.plugins import BasePlugin

_CUT = re.compile(r"<(svg|math|code)\b.*?</\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_MARK = re.compile(r'<(svg|math|code) data-cut="(\d+)">[^<]*</\1>')


class Drawings(BasePlugin):  # type: ignore[type-arg, no-untyped-call]
    """Cut out of a page what has many tags before its template is filled, and put it back after."""

    def __init__(self) -> None:
        super().__init__()
        self.cut: dict[str, str] = {}
        self.count = 0

    def on_page_content(self, html: str, /, **_: Any) -> str:
        """Leave a mark for each of them."""
        return _CUT.sub(self._mark, html)

    def on_post_page(self, output: str, /, **_: Any) -> str:
        """Put each of them back."""
        return _MARK.sub(lambda mark: self.cut.pop(mark[2]), output)

    def _mark(self, found: re.Match[str]) -> str:
        whole, name = found[0], found[1]
        if whole.count("<") == 2 or "<autoref" in whole:  # references are resolved until the end
            return whole
        self.count += 1
        self.cut[str(self.count)] = whole
        text = "" if name == "svg" else _TAG.sub("", whole)
        return f'<{name} data-cut="{self.count}">{text}</{name}>'
