"""The content security policy of the pages: what a browser may load for them, and from where.

Everything comes from the site itself. The theme has a few scripts within its pages; each is written
down here by its digest, and a page that holds any other is not published.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from book.errors import BookError
from book.source import pages

_SCRIPT = re.compile(
    r"<script(?![^>]*\b(?:src=|type=\"application/json\"))[^>]*>(.*?)</script>", re.DOTALL
)
WITHIN = {
    "where a reader's choices are kept": "sha256-frNoT9rNKIH2e5QomDJzop2HdNi8gmIq+bZajsEDKpA=",
    "light or dark, from the first": "sha256-DrEMJJ29sL7vIloQzly+VUGMxKcBTMII+OfW7Y8AkG4=",
    "the tab that the address names": "sha256-/8wPdzX9q0NNJXyA5lzsLojXFpkeaXVxhbfkUOQaWy8=",
}
"""The theme's scripts within its pages: what each is for, and its digest without `_ROOT`."""
_ROOT = re.compile(r'(?<=__md_scope=new URL\(")[\w./-]*(?=",location\))')
"""Where a page has the root of the site, the only part of these scripts that differs."""
# A page with snippets to run has this script. Python is WebAssembly; no text is made into a script.
_RUNS = "assets/run/run.js"
_WEBASSEMBLY = "'wasm-unsafe-eval'"
_HEAD = '<meta charset="utf-8">'


def apply(site: Path) -> None:
    """Write the policy into every page of a built site, and into a file for hosts that read one."""
    digests: set[str] = set()
    for path in sorted(site.rglob("*.html")):
        html = path.read_text(encoding="utf-8")
        scripts = _SCRIPT.findall(html)
        if unknown := [script for script in scripts if name_of(script) is None]:
            raise _refusal(path.relative_to(site), unknown[0])
        found = set(map(digest, scripts))
        if _RUNS in html:
            found.add(_WEBASSEMBLY)
        digests |= found
        meta = f'<meta http-equiv="Content-Security-Policy" content="{policy(found)}">'
        assert html.count(_HEAD) == 1, "the theme writes the character set once"
        path.write_text(html.replace(_HEAD, f"{_HEAD}\n      {meta}"), encoding="utf-8")
    # A page's own tag cannot say who may frame it.
    whole = policy(digests) + "; frame-ancestors 'self'"
    headers = [
        f"Content-Security-Policy: {whole}",
        "Referrer-Policy: no-referrer",
        "X-Content-Type-Options: nosniff",
    ]
    text = "/*\n" + "".join(f"  {header}\n" for header in headers)
    (site / "_headers").write_text(text, encoding="utf-8")


def name_of(script: str) -> str | None:
    """Return what a script within a page is for, if it is one that is written down."""
    known = {f"'{digest}'": what for what, digest in WITHIN.items()}
    return known.get(digest(_ROOT.sub("", script)))


def _refusal(page: Path, script: str) -> BookError:
    what = f"{page} holds a script that is not written down: {script.strip()[:60]}..."
    there = digest(_ROOT.sub("", script)).strip("'")
    return BookError(
        pages.ROOT / "book/site/policy.py",
        1,
        what,
        f"read all of it; if it may run, write {there} among WITHIN",
    )


def digest(script: str) -> str:
    """Return how a policy names the text of a script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def policy(allowed: set[str]) -> str:
    """Return the policy that allows the site's own files and these scripts, by their digests."""
    scripts = " ".join(["'self'", *sorted(allowed)])
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {scripts}",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "worker-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
