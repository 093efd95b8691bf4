"""The content security policy of the pages: what a browser may load for them, and from where.

Everything comes from the site itself. The theme has a few scripts within its pages; each is allowed
by its digest, so that no other can run.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

_SCRIPT = re.compile(
    r"<script(?![^>]*\b(?:src=|type=\"application/json\"))[^>]*>(.*?)</script>", re.DOTALL
)
# A page with snippets to run has this script. Python is WebAssembly; no text is made into a script.
_RUNS = "assets/run/run.js"
_WEBASSEMBLY = "'wasm-unsafe-eval'"
_HEAD = '<meta charset="utf-8">'


def apply(site: Path) -> None:
    """Write the policy into every page of a built site, and into a file for hosts that read one."""
    digests: set[str] = set()
    for path in sorted(site.rglob("*.html")):
        html = path.read_text(encoding="utf-8")
        found = {digest(script) for script in _SCRIPT.findall(html)}
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
