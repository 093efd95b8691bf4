"""A laboratory: what a reader tries out on a page, which is loaded when it is asked for.

A fence with the option `laboratory` shows a figure. Below it comes a button that says how much it
loads. With scripts, docs/assets/laboratories/open.js then loads the laboratory of this name, and
gives it the numbers that its program printed while the book was built, if it has one.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

from book.errors import BookError
from book.execution import executor
from book.source import pages
from book.source.fences import Snippet

FOLDER = "assets/laboratories"
"""Where the modules are, below the pages and below the root of the site."""
PROGRAMS = Path(__file__).parent / "laboratories"
"""Programs of which each prints, as JSON, what the laboratory of its name begins with."""
_SHEET = "laboratory.css"
_COMMENT = re.compile(r"^[ \t]*(?://.*|/\*(?:[^*]|\*(?!/))*\*/)\n", re.MULTILINE)
"""A comment that has its lines for itself; readers of the source have it, a browser does not."""
_IMPORTED = re.compile(r'^(?:import|export|\}).*? from "(\.[^"]+)";$|^import "(\.[^"]+)";$', re.M)


def render(snippet: Snippet) -> str:
    """Return the button that opens a laboratory, and the script that loads it then.

    Raises
    ------
    BookError
        There is no laboratory of this name, or its program prints no JSON.
    """
    name = snippet.options["laboratory"]
    if not _view(name).exists():
        place = _view(name).relative_to(pages.ROOT)
        raise snippet.wrong(f"there is no {place}", "write it, with a function mount(root, data)")
    root = "../" * pages.address(snippet.path).count("/")
    given = " data-given" if program(name).exists() else ""
    return (
        f'<div class="laboratory" data-laboratory="{name}"{given} data-search-exclude>'
        '<button type="button" class="md-button">'
        f"Open the laboratory ({kilobytes(name)} kB)</button></div>"
        f'<script type="module" fetchpriority="low" src="{root}{FOLDER}/open.js"></script>'
    )


def program(name: str) -> Path:
    """Return where the program of a laboratory stands, if it has one."""
    return PROGRAMS / f"{name.replace('-', '_')}.py"


def data(name: str) -> str:
    """Return what the program of a laboratory prints, in a process of its own.

    Raises
    ------
    BookError
        The program fails, or prints no JSON.
    """
    path = program(name)
    snippet = Snippet(path, 0, path.read_text(encoding="utf-8"), {})
    (outcome,) = executor.outcomes([snippet])
    result = executor.Result(snippet, outcome)
    if result.failed:
        raise result.failure()
    try:
        json.loads(outcome.printed)
    except ValueError as error:
        raise BookError(path, 1, f"prints no JSON: {error}", "print(json.dumps(...))") from None
    return outcome.printed


def kilobytes(name: str) -> int:
    """Return how many thousand bytes are loaded when a laboratory is opened, rounded up."""
    return -(-sum(map(_packed, _files(name))) // 1000)


def served(path: Path) -> bytes:
    """Return a script or the sheet as it is served: without its comments."""
    return _COMMENT.sub("", path.read_text(encoding="utf-8")).encode()


def write(site: Path) -> None:
    """Put into a built site what the programs of laboratories print."""
    for path in sorted(PROGRAMS.glob("*.py")):
        name = path.stem.replace("_", "-")
        folder = site / FOLDER / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "data.json").write_text(data(name), encoding="utf-8")


def _view(name: str) -> Path:
    return pages.DOCS / FOLDER / name / "view.js"


def _files(name: str) -> Iterator[bytes]:
    """Yield what a browser loads for a laboratory: its sheet, its modules and its data."""
    folder = pages.DOCS / FOLDER
    yield served(folder / _SHEET)
    there = modules(folder / "open.js")  # which the page has loaded
    for path in modules(_view(name)):
        if path not in there:
            yield served(path)
    if program(name).exists():
        yield data(name).encode()


def modules(start: Path) -> list[Path]:
    """Return a module and all that it imports, each once."""
    found = [start]
    for path in found:  # which grows meanwhile
        for named in _IMPORTED.findall(path.read_text(encoding="utf-8")):
            other = (path.parent / "".join(named)).resolve()
            if other not in found:
                found.append(other)
    return found


def _packed(content: bytes) -> int:
    """Return the bytes that a server sends which compresses what gets smaller by it."""
    return min(len(content), len(gzip.compress(content)))
