"""The numbers of chapters in the words of links, corrected after a chapter has moved."""

from __future__ import annotations

import re
from pathlib import Path

from book import files
from book.source import pages

_LINK = re.compile(
    r"\[(?P<words>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<name>[\w-]+\.md)(?P<anchor>#[\w-]+)?\)"
)
_NUMBER = re.compile(r"(?<=\b[Cc]hapter )\d+\b|\A\d+\Z")


def renumber(page: Path) -> bool:
    """Write the numbers of the chapters that a page links to, and return whether one was wrong."""
    text = page.read_text(encoding="utf-8")

    def corrected(link: re.Match[str]) -> str:
        number = pages.chapter(page.parent / link["name"])
        words = link["words"] if number is None else _NUMBER.sub(str(number), link["words"])
        return f"[{words}]({link['name']}{link['anchor'] or ''})"

    right = _LINK.sub(corrected, text)
    if right == text:
        return False
    files.write(page, right)
    return True
