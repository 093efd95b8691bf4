"""The site as an archive to unpack and to open from a disk: `make zip`.

A browser that reads a file shows no folder's index, fetches nothing and runs no module: links lead
to files, the search has its index in a script, as the theme's plugin `offline` makes it, and what
could not work there is left out.
"""

from __future__ import annotations

import json
import re
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from book import files
from book.source import pages

TARGET = pages.ROOT / "dist" / "backprop-site.zip"
SHIM = Path(__file__).parent / "iframe-worker"
"""iframe-worker 1.0.4 as `npm pack` gives it, with its licence: a file may start no worker, and the
theme searches in this frame instead."""
_SCRIPTS = "assets/javascripts/"
_HREF = re.compile(r'(<(?:a|link)\b[^>]*?\bhref=")(?![a-z]+:|#|/)([^"#?]*)([^"]*")')
# The policy of a server's pages allows no frame, and no file is the origin of another.
_SERVED = re.compile(
    r'<script type="module"[^>]*></script>|<link rel="preload"[^>]*>'
    r'|<meta http-equiv="Content-Security-Policy"[^>]*>'
)
_BUNDLE = re.compile(rf'<script defer src="([^"]*{_SCRIPTS})bundle\.')
_STYLE = """
.tools :is(.run, .edit),
.laboratory { display: none; }
.explorer :is(.explorer-buttons, .explorer-controls, .explorer-training) { display: none; }
.explorer { display: block; }
.explorer .explorer-step { visibility: visible; }
"""


def pack(site: Path, time_stamp: int, target: Path = TARGET) -> Path:
    """Write a built site into an archive, whose files all have one time."""
    date = time.gmtime(max(time_stamp, 315532800))[:6]  # an archive knows no time before 1980
    with (
        files.written(target) as fresh,
        zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
    ):
        for name, data in sorted(_files(site)):
            entry = zipfile.ZipInfo(f"backprop/{name}", date)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return target


def _files(site: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the archive, each as it is to be read from a disk."""
    for path in SHIM.iterdir():
        yield f"{_SCRIPTS}iframe-worker/{path.name}", path.read_bytes()
    for path in site.rglob("*"):
        name = path.relative_to(site).as_posix()
        if path.is_dir() or path.suffix == ".map" or name.startswith("downloads/runtime/"):
            continue
        if name == "search/index.json":
            yield "search/search_index.js", _index(path.read_text(encoding="utf-8")).encode()
        elif path.suffix == ".html":
            yield name, _page(path.read_text(encoding="utf-8")).encode()
        elif name.startswith("assets/all."):
            yield name, path.read_bytes() + _STYLE.encode()
        else:
            yield name, path.read_bytes()


def _page(html: str) -> str:
    html = _HREF.sub(_to_file, _SERVED.sub("", html))
    return _BUNDLE.sub(r'<script defer src="\1iframe-worker/shim.js"></script>\g<0>', html)


def _index(text: str) -> str:
    """Return the index of search as a script, with places in files."""
    index = json.loads(text)
    for entry in index["docs"]:
        folder, mark, place = entry["location"].partition("#")
        entry["location"] = f"{folder}index.html{mark}{place}"
    return f"var __index = {json.dumps(index, ensure_ascii=False, separators=(',', ':'))}"


def _to_file(link: re.Match[str]) -> str:
    path = link[2]
    if path.endswith("/") or path.split("/")[-1] in {".", ".."}:
        path = path.rstrip("/") + "/index.html"
    return f"{link[1]}{path}{link[3]}"
