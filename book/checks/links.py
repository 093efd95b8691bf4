"""Links that lead nowhere, each with the line of the page on which it stands.

The generator says which page has a broken link, lychee which built page. Neither knows the line of
the source, so the target is looked up there.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from book.errors import BookError
from book.source import pages

_COMPLAINT = re.compile(r"Doc file '(?P<page>[^']+)' contains .*? '(?P<link>[^']+)'")
_REFERENCE = re.compile(
    r"mkdocs_autorefs: (?P<page>\S+?\.(?:md|py))(?::\d+)?: .*?'(?P<link>[^']+)'"
)


def with_place(complaint: str) -> str:
    """Return what the generator complains of, with the file and the line where it names a page."""
    found = _COMPLAINT.search(complaint) or _REFERENCE.search(complaint)
    if not found:
        return complaint
    page = pages.DOCS / found["page"]
    if not page.exists():
        return complaint
    do = "correct the link, or write what it leads to"
    what = f"the link {found['link']} leads nowhere"
    return str(BookError(page, pages.line_of(page, found["link"]), what, do))


def check(site: Path) -> Iterator[BookError]:
    """Yield the links of a built site that lead nowhere, those in raw HTML among them."""
    lychee = Path(sys.executable).parent / "lychee"
    command = [str(lychee), "--offline", "--include-fragments", "--no-progress", "--format", "json"]
    where = ["--root-dir", str(site), "--index-files", "index.html", "--exclude-path", "404.html"]
    done = subprocess.run(
        [*command, *where, str(site)], capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 2):
        raise BookError(None, 0, f"lychee failed: {done.stderr.strip()}", "run it by hand")
    sources = {site / pages.address(page) / "index.html": page for page in pages.paths()}
    for built, faults in json.loads(done.stdout)["error_map"].items():
        lines = Path(built).read_text(encoding="utf-8").split("\n")
        for fault in faults:
            place = fault["span"]
            href = re.match(r"[^\s\"'>]*", lines[place["line"] - 1][place["column"] - 1 :])
            link = href[0] if href else fault["url"]
            page = sources.get(Path(built))
            line = pages.line_of(page, link) if page else place["line"]
            what = f"the link {link} leads nowhere"
            yield BookError(page or Path(built), line, what, "correct it")
