"""The book for language models, as llmstxt.org proposes: an index, and each chapter as Markdown.

A chapter's text, code and outputs are those of its notebook, with figures by their words.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import nbformat

from book.site.downloads import INSTALLING
from book.source import distribution, pages

NAME = "index.html.md"
"""How the Markdown of a page is called that has no name of its own."""


def write(site: Path) -> None:
    """Write llms.txt into a built site, and a chapter's Markdown beside its page."""
    root = address(site)
    chapters, others = [], []
    for page in pages.paths():
        place = pages.address(page)
        if pages.chapter(page) is not None:
            (site / place / NAME).write_text(chapter(site, page), encoding="utf-8")
            chapters.append(_entry(page, f"{root}{place}{NAME}"))
        elif place:
            others.append(_entry(page, root + place))
    home = pages.DOCS / "index.md"
    index = [f"# {pages.title(home)}", f"> {pages.description(home)}"]
    index += [
        "Each chapter holds its text, its formulas in TeX, its code and what the code printed."
    ]
    url = distribution.site_url() + distribution.address()
    index += [
        f"The package that its code imports as `backprop` is installed by: `pip install {url}`"
    ]
    index += ["## Chapters", "\n".join(chapters), "## Optional", "\n".join(others)]
    (site / "llms.txt").write_text("\n\n".join(index) + "\n", encoding="utf-8")


def address(site: Path) -> str:
    """Return where a built site is to stand, as its list of pages says."""
    found = re.search(r"<loc>(.*?)</loc>", (site / "sitemap.xml").read_text(encoding="utf-8"))
    assert found, "the generator lists the home page first"
    return found[1]


def chapter(site: Path, page: Path) -> str:
    """Return a chapter as Markdown, from its notebook in a built site."""
    _, notebook = pages.downloads(page)
    text = (site / notebook).read_text(encoding="utf-8")
    cells = nbformat.reads(text, as_version=4).cells
    parts = [part for cell in cells if cell.id != INSTALLING for part in _parts(cell)]
    return "\n\n".join(parts) + "\n"


def _parts(cell: Any) -> list[str]:
    if cell.cell_type == "markdown":
        return [cell.source]
    return [_fence("python", cell.source), *(_output(each) for each in cell.outputs)]


def _output(output: Any) -> str:
    if output.output_type == "stream":
        return _fence("text", output.text.strip("\n"))
    if output.output_type == "error":
        return _fence("text", f"{output.ename}: {output.evalue}")
    words = [f"{each}." for each in _words(output.data["image/svg+xml"])]
    return f"Figure: {' '.join(words)}".replace("..", ".")


def _words(svg: str) -> list[str]:
    """Return the title and the description of a drawing."""
    found = re.findall(r"<(?:title|desc)[^>]*>([^<]+)</", svg)
    found = found or re.findall(r"<text[^>]*>([^<]+)</text>", svg)
    return [html.unescape(each) for each in found]


def _fence(language: str, text: str) -> str:
    longest = max(map(len, re.findall(r"`{3,}", text)), default=2)
    marks = "`" * (longest + 1)
    return f"{marks}{language}\n{text}\n{marks}"


def _entry(page: Path, link: str) -> str:
    return f"- [{pages.numbered(page)}]({link}): {pages.description(page)}"
