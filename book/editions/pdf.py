"""The book as one PDF: `make pdf`, with a title, its contents, bookmarks and numbered pages.

Chromium prints each page of the built site, numbered from where it begins; pypdf joins them.
"""

from __future__ import annotations

import functools
import http.server
import io
import itertools
import re
import sys
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

import yaml
from playwright.sync_api import Browser, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, NameObject, TextStringObject

from book import files
from book.editions import chromium
from book.errors import BookError
from book.markdown.citation import CITATION
from book.source import distribution, pages
from book.source.pages import Part

TARGET = pages.ROOT / "dist" / "backprop.pdf"
_NUMBER = "color: #444; content: counter(page); font: 9pt sans-serif"
_STYLE = """<!doctype html><meta charset="utf-8"><style>
@page { size: A4; margin: 25mm 20mm; @bottom-center { NUMBER } }
@page :first { @bottom-center { content: none } }
body { font: 11pt/1.5 sans-serif; margin: 0 }
section:first-of-type { break-after: page }
h1 { font-size: 30pt; margin-top: 60mm }
p { margin: 0.2em 0 }
.part { break-after: avoid; font-weight: 700; margin-top: 0.7em }
.line { display: flex; justify-content: space-between }
</style>""".replace("NUMBER", _NUMBER)
_NUMBERED = f"""([before, address]) => {{
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("@page {{ @bottom-center {{ {_NUMBER} }} }}" +
    `html {{ counter-reset: page ${{before}} }}`);
  document.adoptedStyleSheets = [sheet];
  const [line, link] = ["p", "a"].map(each => document.createElement(each));
  link.href = link.textContent = address;
  line.append(link);
  document.querySelector("article h1").after(line);
}}"""
"""Numbers the sheets of a page, and says below its title where it stands, because there is what
paper has not: exercises that are graded, laboratories, downloads. It is told how many sheets are
before it, and the address."""


_TOLD = """() => {
  const article = document.querySelector("article"), told = [];
  const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const inside = walker.currentNode.parentElement;
    if (!inside.closest("math, svg, button, script, style, template, label, select, option," +
        "[aria-hidden=true], .elsewhere, .explorer, .data, .eq-code, .headerlink," +
        ".md-annotation, .mkdocstrings-source, .notes, .from, .slide .quoted") &&
        (inside.closest(".slide") || !article.querySelector(".slide")))
      told.push(walker.currentNode.data);
  }
  return told;
}"""
"""All that a page says in words, code and outputs, in closed boxes too, but for what only a screen
can do, and of a deck what stands on its slides. Formulas are left out, since a sheet gives their
signs in another order."""
_MEND = "mend what hides it on paper, or name it in book/editions/pdf.py as a thing of the screen"
_BETWEEN = re.compile(r"[\s\u00ad-]+")


def make(site: Path, browser: Browser, chosen: Sequence[Part]) -> bytes:
    """Return pages of a built site as one PDF."""
    listed = [page for _, them in chosen for page in them]
    # The contents take as many sheets without their numbers as with them.
    length = at = len(front(browser, chosen, {}).pages)
    starts, printed = {}, []
    with _served(site) as root:
        for page in listed:
            starts[page] = at
            printed.append(_print(browser, before=at, root=root, page=pages.address(page)))
            at += len(printed[-1].pages)
    first = front(browser, chosen, starts)
    assert len(first.pages) == length, "numbers make the contents no longer"
    writer = PdfWriter()
    for one in (first, *printed):
        for sheet in one.pages:
            writer.add_page(sheet)
    _lead_within(writer, root, {pages.address(page): at for page, at in starts.items()})
    for name, them in chosen:
        above = writer.add_outline_item(title=name, page_number=starts[them[0]])
        for page in them:
            writer.add_outline_item(title=name_of(page), page_number=starts[page], parent=above)
    writer.add_metadata({"/Title": _said()["title"], "/Author": _authors()})
    writer.compress_identical_objects()
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def _lead_within(writer: PdfWriter, root: str, starts: dict[str, int]) -> None:
    """Let links between pages of the site lead to pages of the book, and all others to the site."""
    for sheet in writer.pages:
        for each in sheet.get("/Annots") or []:
            link = each.get_object()
            url = str((link.get("/A") or {}).get("/URI", ""))
            if not url.startswith(root):
                continue
            place = url.removeprefix(root)
            at = starts.get(place.partition("#")[0])
            if at is None:
                link["/A"][NameObject("/URI")] = TextStringObject(distribution.site_url() + place)
            else:
                del link["/A"]
                target = [writer.pages[at].indirect_reference, NameObject("/Fit")]
                link[NameObject("/Dest")] = ArrayObject(target)


def name_of(page: Path) -> str:
    """Return what a page is called in the contents."""
    return pages.numbered(page).replace("`", "")


def front(browser: Browser, chosen: Sequence[Part], starts: dict[Path, int]) -> PdfReader:
    """Return the title and the contents, with the number of the sheet on which a page begins."""
    title, _, rest = _said()["title"].partition(": ")
    html = f"<section><h1>{escape(title)}</h1><p>{escape(rest.capitalize())}</p>"
    html += f"<p>{escape(_authors())}</p><p>Version {_said()['version']}</p></section>"
    html += "<section>"
    for name, them in chosen:
        html += f'<p class="part">{escape(name)}</p>'
        for page in them:
            number = starts[page] + 1 if page in starts else ""
            html += (
                f'<p class="line"><span>{escape(name_of(page))}</span> <span>{number}</span></p>'
            )
    return _print(browser, html=f"{_STYLE}{html}</section>")


def _said() -> dict[str, Any]:
    said: dict[str, Any] = yaml.safe_load(CITATION.read_text(encoding="utf-8"))
    return said


def _authors() -> str:
    return ", ".join(str(each.get("name") or each["family-names"]) for each in _said()["authors"])


def _print(
    browser: Browser, *, before: int = 0, root: str = "", page: str = "", html: str = ""
) -> PdfReader:
    sheet = browser.new_page(color_scheme="light")
    if root:
        sheet.goto(root + page, wait_until="networkidle")
        sheet.evaluate(_NUMBERED, [before, distribution.site_url() + page])
    else:
        sheet.set_content(html)
    told = sheet.evaluate(_TOLD) if root else []
    printed = sheet.pdf(format="A4", prefer_css_page_size=True, print_background=True)
    sheet.close()
    reader = PdfReader(io.BytesIO(printed))
    if lost := lacking(told, [each.extract_text() for each in reader.pages]):
        said = "".join(f"\n- {' '.join(each.split())[:90]}" for each in lost)
        raise BookError(None, 0, f"{page or 'the home page'}: the print lacks{said}\n", _MEND)
    return reader


def lacking(told: Sequence[str], sheets: Sequence[str]) -> list[str]:
    """Return which texts stand on none of some sheets, and do not go over from one to the next."""
    flat = [_flat(each) for each in sheets]
    return [each for each in told if not _stands(_flat(each), flat)]


def _stands(text: str, sheets: Sequence[str]) -> bool:
    return any(text in each for each in sheets) or any(
        text[:cut] in before and text[cut:] in after
        for before, after in itertools.pairwise(sheets)
        for cut in range(1, len(text))
    )


def _flat(text: str) -> str:
    """Return a text without what may differ where lines are broken, and with plain letters."""
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text))


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _served(site: Path) -> Iterator[str]:
    handler = functools.partial(_Silent, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            # A server whose socket is closed before it has ended asks for it again and again.
            server.shutdown()
            serving.join()


def main() -> None:
    """Print the whole book, without the slides, which say nothing else and have other sheets."""
    program = chromium.path()
    if not program:
        sys.exit(chromium.LACKING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=chromium.FLAGS)
        chosen = [
            (name, [page for page in them if page.parent.name != "slides"])
            for name, them in pages.parts()
        ]
        made = make(pages.SITE, browser, [part for part in chosen if part[1]])
        browser.close()
    files.write(TARGET, made)
    sys.stdout.write(f"{TARGET.relative_to(pages.ROOT)}\n")
