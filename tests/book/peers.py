"""Libraries that the book is built without, and that some of its tests compare it with."""

import importlib
import os
import re

import pytest

NUMBER = r"-?\d+(?:\.\d*)?(?:e[+-]\d+)?"


def library(name):
    """Import a library, or skip where it is not installed and nobody says that it must be."""
    if "BACKPROP_REQUIRE_PEERS" not in os.environ:
        pytest.importorskip(name)
    return importlib.import_module(name)


def stored(page):
    """By the titles of its fences that are not run: who prints what is shown below, and what."""
    text = page.read_text(encoding="utf-8")
    fence = r'^```python norun=.* title="(.*)"\n(?:.*\n)*?```\n'
    below = r'\n```text title="(.*)"\n((?:.*\n)*?)```'
    found = re.findall(f"{fence}(?:{below})?", text, re.MULTILINE)
    return {title: (who, what) for title, who, what in found}


def prints(shown, printed, rtol=1e-3):
    """Whether what was printed ends as shown.

    Blanks and line breaks do not count, numbers are equal up to `rtol`, and for three dots there
    may be anything, because another version says more, or less, at that place.
    """
    words = re.split(f"({NUMBER})", shown)
    pattern = ""
    for n, word in enumerate(words):
        if n % 2:
            pattern += rf"\s*({NUMBER})"
        else:
            pieces = (re.escape(piece).replace("…", ".*") for piece in word.split())
            pattern += "".join(rf"\s*{piece}" for piece in pieces)
    found = re.search(pattern + r"\s*\Z", printed, re.DOTALL)
    if not found:
        return False
    pairs = zip(map(float, words[1::2]), map(float, found.groups()), strict=True)
    return all(abs(a - b) <= rtol * abs(a) for a, b in pairs)
