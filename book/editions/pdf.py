"""The book as one PDF: `make pdf`, with a title, its contents, bookmarks and numbered pages.

Chromium prints each page of the built site, numbered from where it begins; pypdf joins them.
"""

from __future__ import annotations

import functools
import http.server
import io
import os
import shutil
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

import yaml
from playwright.sync_api import Browser, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, NameObject

from book.markdown.citation import CITATION
from book.source import pages
from book.source.pages import Part

TARGET = pages.ROOT / "dist" / "backprop.pdf"
QUIET = ["--no-sandbox", "--disable-background-networking", "--no-first-run"]
_NUMBER = "color: #444; content: counter(page); font: 9pt sans-serif"
_STYLE = """<!doctype html><meta charset="utf-8"><style>
@page { size: A4; margin: 25mm 20mm; @bottom-center { NUMBER } }
@page :first { @bottom-center { content: none } }
body { font: 11pt/1.5 sans-serif; margin: 0 }
section:not(:last-child) { break-after: page }
h1 { font-size: 30pt; margin-top: 60mm }
p { margin: 0.2em 0 }
.part { font-weight: 700; margin-top: 0.7em }
.line { display: flex; justify-content: space-between }
</style>""".replace("NUMBER", _NUMBER)
_NUMBERED = f"""before => {{
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("@page {{ @bottom-center {{ {_NUMBER} }} }}" +
    `html {{ counter-reset: page ${{before}} }}`);
  document.adoptedStyleSheets = [sheet];
}}"""
"""Numbers the sheets of a page; it is told how many there are before."""
_ROWS = 42
"""Lines of the contents on a page."""


def make(site: Path, browser: Browser, chosen: Sequence[Part]) -> bytes:
    """Return pages of a built site as one PDF."""
    listed = [page for _, them in chosen for page in them]
    rows = [
        row
        for name, them in chosen
        for row in [("part", name, None), *(("line", name_of(page), page) for page in them)]
    ]
    length = at = 1 + -(-len(rows) // _ROWS)
    starts, printed = {}, []
    with _served(site) as root:
        for page in listed:
            starts[page] = at
            printed.append(_print(browser, before=at, url=root + pages.address(page)))
            at += len(printed[-1].pages)
    front = _print(browser, html=_front(rows, starts))
    assert len(front.pages) == length, "the contents take the pages they are to take"
    writer = PdfWriter()
    for one in (front, *printed):
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
    """Let links between pages of the site lead to pages of the book, and leave no others of it."""
    for sheet in writer.pages:
        for each in sheet.get("/Annots") or []:
            link = each.get_object()
            url = str((link.get("/A") or {}).get("/URI", ""))
            if not url.startswith(root):
                continue
            del link["/A"]
            at = starts.get(url.removeprefix(root).partition("#")[0])
            if at is not None:
                target = [writer.pages[at].indirect_reference, NameObject("/Fit")]
                link[NameObject("/Dest")] = ArrayObject(target)


def name_of(page: Path) -> str:
    """Return what a page is called in the contents."""
    return pages.numbered(page).replace("`", "")


def _front(rows: list[Any], starts: dict[Path, int]) -> str:
    title, _, rest = _said()["title"].partition(": ")
    html = f"<section><h1>{escape(title)}</h1><p>{escape(rest.capitalize())}</p>"
    html += f"<p>{escape(_authors())}</p><p>Version {_said()['version']}</p></section>"
    for first in range(0, len(rows), _ROWS):
        lines = [
            f'<p class="{kind}"><span>{escape(name)}</span> '
            f"<span>{starts[page] + 1 if page else ''}</span></p>"
            for kind, name, page in rows[first : first + _ROWS]
        ]
        html += f"<section>{''.join(lines)}</section>"
    return _STYLE + html


def _said() -> dict[str, Any]:
    said: dict[str, Any] = yaml.safe_load(CITATION.read_text(encoding="utf-8"))
    return said


def _authors() -> str:
    return ", ".join(str(each.get("name") or each["family-names"]) for each in _said()["authors"])


def _print(browser: Browser, *, before: int = 0, url: str = "", html: str = "") -> PdfReader:
    sheet = browser.new_page(color_scheme="light")
    if url:
        sheet.goto(url, wait_until="networkidle")
        sheet.evaluate(_NUMBERED, before)
    else:
        sheet.set_content(html)
    printed = sheet.pdf(format="A4", prefer_css_page_size=True, print_background=True)
    sheet.close()
    return PdfReader(io.BytesIO(printed))


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _served(site: Path) -> Iterator[str]:
    handler = functools.partial(_Silent, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def main() -> None:
    """Print the whole book, without the slides, which say nothing else and have other sheets."""
    known = map(shutil.which, ("chromium", "google-chrome"))
    chromium = os.environ.get("CHROMIUM") or next(filter(None, known), None)
    if not chromium:
        sys.exit("no Chromium: install it, or name it in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        chosen = [
            (name, [page for page in them if page.parent.name != "slides"])
            for name, them in pages.parts()
        ]
        made = make(pages.SITE, browser, [part for part in chosen if part[1]])
        browser.close()
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_bytes(made)
    sys.stdout.write(f"{TARGET.relative_to(pages.ROOT)}\n")
