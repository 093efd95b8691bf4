"""The site as an archive to unpack and to open from a disk: `make zip`.

A browser that reads a file shows no folder's index and runs no module: links lead to files, and
what could not work there is left out.
"""

from __future__ import annotations

import re
import time
import zipfile
from pathlib import Path

from book.source import pages

TARGET = pages.ROOT / "dist" / "backprop-site.zip"
_HREF = re.compile(r'(<(?:a|link)\b[^>]*?\bhref=")(?![a-z]+:|#|/)([^"#?]*)([^"]*")')
_MODULE = re.compile(r'<script type="module"[^>]*></script>|<link rel="preload"[^>]*>')
_HIDDEN = """
.md-search, .md-header__button[for=__search], .tools :is(.run, .edit) { display: none; }
"""
_LEFT_OUT = "downloads/runtime/"
"""Python for the browser, which no page from a disk can start."""
_STILL = """
.explorer :is(.explorer-buttons, .explorer-controls, .explorer-training) { display: none; }
"""
_WHOLE = ".explorer { display: block; }\n.explorer .explorer-step { visibility: visible; }\n"


def pack(site: Path, moment: int, target: Path = TARGET) -> Path:
    """Write a built site into an archive, whose files all have one time."""
    target.parent.mkdir(parents=True, exist_ok=True)
    date = time.gmtime(max(moment, 315532800))[:6]  # an archive knows no time before 1980
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(site.rglob("*")):
            name = path.relative_to(site).as_posix()
            if path.is_file() and not name.startswith(_LEFT_OUT):
                entry = zipfile.ZipInfo(f"backprop/{name}", date)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, _changed(name, path.read_bytes()))
    return target


def _changed(name: str, data: bytes) -> bytes:
    """Return a file as it is to be read from a disk."""
    if name.endswith(".html"):
        return _HREF.sub(_to_file, _MODULE.sub("", data.decode())).encode()
    if name.startswith("assets/all."):
        return data + (_HIDDEN + _STILL + _WHOLE).encode()
    return data


def _to_file(link: re.Match[str]) -> str:
    path = link[2]
    if path.endswith("/") or path.split("/")[-1] in {".", ".."}:
        path = path.rstrip("/") + "/index.html"
    return f"{link[1]}{path}{link[3]}"
