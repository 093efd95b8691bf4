"""What a page of text has no use for: scripts, handlers, and letters that cannot be seen."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from book.errors import BookError
from book.source import pages


def at_sight(page: Path, text: str) -> Iterator[BookError]:
    """Yield the letters of a page that turn the text around, or that nobody sees."""
    for letter in sorted(each for each in set(text) if unicodedata.category(each) == "Cf"):
        line = text.count("\n", 0, text.index(letter)) + 1
        name = unicodedata.name(letter, f"U+{ord(letter):04X}").lower()
        yield BookError(page, line, f"a letter that cannot be seen: {name}", "delete it")


def in_article(page: Path, tree: Any) -> Iterator[BookError]:
    """Yield the code of a built page that stands in its text, where the site's own has no part."""
    for article in tree.iter("article"):
        for part in article.iter():
            if not isinstance(part.tag, str):
                continue
            kind = part.tag.rpartition("}")[2]
            # The site's own scripts are files; what another server has is refused elsewhere.
            is_code = kind == "script" and part.get("type") != "application/json" and part.text
            if is_code or kind in {"iframe", "object", "embed"}:
                what, words = f"<{kind}> in the text", f"<{kind}"
                yield BookError(page, pages.line_of(page, words), what, "delete it")
            for name, value in part.attrib.items():
                if name.startswith("on"):
                    line = pages.line_of(page, f"{name}=")
                    yield BookError(page, line, f"{name}= runs {value!r}", "delete it")
                scheme = re.match(r"\s*(?:javascript|vbscript|data):(?!image/)", value, re.I)
                if name.rpartition("}")[2] == "href" and scheme:
                    line = pages.line_of(page, value)
                    yield BookError(page, line, f"a link runs {value!r}", "link a page")
