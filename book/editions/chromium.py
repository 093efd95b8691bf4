"""The Chromium that prints the book, and in which its tests read it.

A Chromium made to have no screen draws the same pages, and leaves out what is around them: opening
a page takes a third less processor time in it. Where there is none, the usual one is taken.
"""

import os
import shutil

NAMES = "chromium-headless-shell", "chromium", "google-chrome"
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]
LACKING = "no Chromium: install it (apt-get install chromium), or name it in CHROMIUM"


def path() -> str | None:
    """Find the program that is named in CHROMIUM, or the first of those known."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
