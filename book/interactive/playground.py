"""Snippets that run in the page: which can, their buttons, and what a browser needs for it.

The runtime and the wheel of `backprop` are put beside the downloads of a built site. Without a
runtime there are no buttons, and the pages are otherwise the same.
"""

from __future__ import annotations

import ast
import functools
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from book.execution import figures
from book.interactive import pyodide
from book.source import pages
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
        "wheel": wheel(folder).name,
    }
    (folder / "about.txt").write_text(ABOUT, encoding="utf-8")
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")


def wheel(folder: Path) -> Path:
    """Build the wheel of the package, and return it: the same bytes for the same commit."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run(
        [*command, "--directory", str(folder)], cwd=pages.ROOT, check=True, capture_output=True
    )
    (built,) = folder.glob("*.whl")
    return built


def lacking(program: Iterable[Snippet]) -> list[str]:
    """Return the packages that a program needs and a browser has not."""
    needed: set[str] = set().union(*(_needed(snippet.code) for snippet in program))
    known = (_THERE | sys.stdlib_module_names) - _NOT_IN_A_BROWSER
    return sorted(_CALLED.get(package, package) for package in needed - known)


@functools.cache
def _needed(code: str) -> set[str]:
    """Return the packages that a piece of code needs.

    A function of `backprop` that imports another package when it is called needs it too.
    """
    tree = ast.parse(code)
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    named |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    named |= {node.name for node in ast.walk(tree) if isinstance(node, ast.alias)}
    return _imported(tree).union(*(_asked_when_called().get(name, ()) for name in named))


@functools.cache
def _asked_when_called() -> dict[str, set[str]]:
    """Return the functions of the package that import something themselves, with what it is."""
    trees = [ast.parse(path.read_text("utf-8")) for path in (pages.ROOT / "backprop").glob("*.py")]
    functions = [
        node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
    ]
    return {each.name: packages for each in functions if (packages := _imported(each))}


def _imported(tree: ast.AST) -> set[str]:
    """Return the packages that are imported anywhere in some code."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


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
