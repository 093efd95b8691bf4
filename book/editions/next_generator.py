"""Build the book with the generator that is to follow the present one, and compare three pages.

    python -m book.editions.next_generator

The newest version that installs is taken, into a folder of its own. What differs from the site that
`make build` made is printed; what is known to differ stands in CONTRIBUTING.md.
"""

from __future__ import annotations

import difflib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import tostring

import html5lib

from book.execution import slicing
from book.interactive import pyodide
from book.source import pages

FOLDER = pages.ROOT / ".cache" / "successor"
BOOK = FOLDER / "book"
PAGES = ("index.md", "by-hand.md", "in-code.md")


def main() -> None:
    """Build and compare."""
    shutil.rmtree(BOOK, ignore_errors=True)
    for part in ("backprop", "book", "docs", "tests"):
        shutil.copytree(
            pages.ROOT / part, BOOK / part, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in ("CITATION.cff", "LICENSE", "README.md", "mkdocs.yml", "pyproject.toml"):
        shutil.copy(pages.ROOT / name, BOOK)
    if pyodide.is_there():
        (BOOK / ".cache").mkdir()
        (BOOK / ".cache" / "runtime").symlink_to(pyodide.FOLDER.parent)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*pip, "--upgrade", "--target", str(FOLDER / "lib"), "zensical"], check=True)
    paths = os.pathsep.join([str(BOOK), str(FOLDER / "lib")])
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--clean", "--strict"],
        cwd=BOOK,
        env={**os.environ, "PYTHONPATH": paths, "NO_COLOR": "1"},
        check=False,
    )
    differences = [each for page in PAGES for each in compare(pages.DOCS / page)]
    sys.stdout.write("\n".join(differences or ["the pages are the same"]) + "\n")
    sys.exit(1 if differences or done.returncode else 0)


def compare(page: Path) -> Iterator[str]:
    """Yield how a page differs: its text, its formulas, its figures, its copied programs."""
    ours, theirs = (
        root / pages.address(page) / "index.html" for root in (pages.SITE, BOOK / "site")
    )
    if not theirs.exists():
        yield f"{page.name}: not built"
        return
    before, after = parts(ours), parts(theirs)
    for kind, was in before.items():
        for line in difflib.unified_diff(was, after[kind], kind, kind, "", "", 0, ""):
            yield f"{page.name}: {line[:200]}"


def parts(built: Path) -> dict[str, list[str]]:
    """Return what a page says, by kind."""
    tree = html5lib.parse(built.read_text(encoding="utf-8"), namespaceHTMLElements=False)
    article = next(tree.iter("article"))
    found: dict[str, list[str]] = {"text": [], "formulas": [], "figures": [], "programs": []}
    for part in article.iter():
        kind = part.tag.rpartition("}")[2] if isinstance(part.tag, str) else ""
        if kind in {"p", "li", "h1", "h2", "h3", "td", "th", "samp", "summary"}:
            found["text"].append(" ".join(_text(part).split()))
        elif kind == "math":
            found["formulas"].append(tostring(part, "unicode").strip())
        elif kind == "svg" and part.get("role") == "img":
            found["figures"].append(tostring(part, "unicode").strip())
        elif part.get("class") == "snippet" and part.find(".//button[@data-needs]") is not None:
            found["programs"].append(slicing.of_block(tree, part))
    return found


def _text(element: Any) -> str:
    # The mark that links to a heading is the theme's.
    return "".join(element.itertext()).replace("¶", "")


if __name__ == "__main__":
    main()
