"""Snippets that run in the page: which can, their buttons, and what a browser needs for it.

The runtime is put beside the downloads of a built site, of which one is the wheel of `backprop`.
Without a runtime there are no buttons, and the pages are otherwise the same.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from book.execution import figures, needs
from book.interactive import pyodide
from book.source import distribution
from book.source.fences import Snippet

FOLDER = "downloads/runtime"
"""Where it stands in a site."""

ABOUT = f"""What snippets of this book run with, unchanged and under licences of its own.

Pyodide {pyodide.PYODIDE} is CPython for WebAssembly. Its source is at
https://github.com/pyodide/pyodide/tree/{pyodide.PYODIDE}, under the Mozilla Public License 2.0.
CPython is under the Python Software Foundation License. Every wheel holds its own.
"""

_THERE = {"backprop", "matplotlib", "numpy"}
_NOT_IN_A_BROWSER = {
    "concurrent",
    "multiprocessing",
    "sqlite3",
    "ssl",
    "subprocess",
    "threading",
    "tkinter",
}
_CALLED = {"concurrent": "threads", "sklearn": "scikit-learn"}


def write(site: Path) -> None:
    """Put into a built site what a browser is to load, if the runtime was brought."""
    if not pyodide.is_there():
        return
    folder = site / FOLDER
    runtime = folder / pyodide.FOLDER.name
    runtime.mkdir(parents=True, exist_ok=True)
    for path in pyodide.files():
        shutil.copyfile(path, runtime / path.name)
    # Figures are drawn in the page by what draws them in the book.
    shutil.copyfile(figures.__file__, folder / "figures.py")
    index = {
        "bytes": pyodide.sizes(),
        "pyodide": f"{runtime.name}/",
        "wheel": f"../{Path(distribution.address()).name}",
    }
    (folder / "about.txt").write_text(ABOUT, encoding="utf-8")
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")


def lacking(program: Iterable[Snippet]) -> list[str]:
    """Return the packages that a program needs and a browser has not."""
    needed: set[str] = set().union(*(needs.imported(snippet.code) for snippet in program))
    known = (_THERE | sys.stdlib_module_names) - _NOT_IN_A_BROWSER
    return sorted(_CALLED.get(package, package) for package in needed - known)


def runs(program: Sequence[Snippet]) -> bool:
    """Return whether a program runs in the page."""
    return pyodide.is_there() and not lacking(program)


def buttons(program: Sequence[Snippet]) -> str:
    """Return the buttons that run and edit a program, if it runs in the page."""
    if not runs(program):
        return ""
    return (
        '<button type="button" class="run">Run</button>'
        '<button type="button" class="edit">Edit</button>'
    )


def why_not(program: Sequence[Snippet]) -> str:
    """Return the sentence that says why a program does not run in the page, if it does not."""
    if not pyodide.is_there() or not (packages := lacking(program)):
        return ""
    needs = escape(" and ".join(packages))
    return f'<p class="elsewhere">Needs {needs}: runs on your machine, and not in this page.</p>'
