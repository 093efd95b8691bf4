"""What a copied program needs, told to the script that makes the copy."""

from __future__ import annotations

import json
from pathlib import Path

from book.execution import needs
from book.source import fences, pages

_EMPTY = "const requirements = {};"


def apply(site: Path) -> None:
    """Tell the script of a built site what the programs of its pages need."""
    script = site / "assets" / "linked.js"
    text = script.read_text(encoding="utf-8")
    assert _EMPTY in text, "the script has a place for what programs need"
    codes = [snippet.code for page in pages.paths() for snippet in fences.read(page)]
    filled = f"const requirements = {json.dumps(needs.told(codes))};"
    script.write_text(text.replace(_EMPTY, filled), encoding="utf-8")
