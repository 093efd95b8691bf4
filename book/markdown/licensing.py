"""The works that a site has from others, and their licences, whose texts stand beside the page.

Each work names the files of a site that hold it; a test asks that no file is left without one.
"""

from __future__ import annotations

import functools
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from markdown import Markdown

from book.interactive import pyodide
from book.markdown.lists import Lists
from book.source import pages

FOLDER = "licences"
"""Where the texts stand in a site."""
_HELD = Path(__file__).parent / "licences"
"""Texts of works that bring none with what is installed."""
_TEXT = re.compile(r"(^|/)(licen[cs]e|copying|notice)[^/]*$", re.IGNORECASE)
_RUNTIME = r"downloads/runtime/pyodide-[^/]+/"
_SCRIPT = r"assets/javascripts/bundle\..*"
_PAGES = r".*\.html"
_WHEELS = {
    "contourpy": "BSD-3-Clause",
    "cycler": "BSD-3-Clause",
    "kiwisolver": "BSD-3-Clause",
    "matplotlib": "PSF-2.0",
    "numpy": "BSD-3-Clause",
    "packaging": "Apache-2.0 OR BSD-2-Clause",
    "pillow": "HPND",
    "pyparsing": "MIT",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "six": "MIT",
}
"""Licences of the wheels of the runtime, by the names that SPDX has; each wheel holds its text."""


@dataclass(frozen=True)
class Work:
    """A work that the site holds in whole or in part: `files` is what has it, `here` says what."""

    name: str
    version: str
    here: str
    licence: str
    text: str
    files: str

    @property
    def address(self) -> str:
        """Where its licence stands below the root of the site."""
        return f"{FOLDER}/{re.sub(r'[^a-z0-9]+', '-', self.name.lower())}.txt"


def works() -> list[Work]:
    """Return the works of others that a site holds, those of the runtime only if it was brought."""
    theme, icons = _installed("mkdocs-material"), _icons()
    found = [
        Work(
            *theme, "script, style sheet, and parts of pages", "MIT", _of(theme[0]), _theme_files()
        ),
        Work("Material Design Icons", theme[1], "icons in pages", "Apache-2.0", icons, _PAGES),
        *(
            Work(name, "", "a part of the theme's script", licence, _held(name), _SCRIPT)
            for name, licence in {
                "clipboard": "MIT",
                "escape-html": "MIT",
                "focus-visible": "W3C-20150513",
                "rxjs": "Apache-2.0",
                "tslib": "0BSD",
            }.items()
        ),
        Work(
            *_installed("mkdocstrings-python"),
            "rules of the style sheet, and the form of the reference",
            "ISC",
            _of("mkdocstrings-python"),
            rf"assets/(all\.\w+|dark)\.css|api/{_PAGES}",
        ),
        Work(
            "STIX Two Math",
            "",
            "a subset, as the font of formulas",
            "OFL-1.1",
            (pages.DOCS / "assets" / "fonts" / "OFL.txt").read_text(encoding="utf-8"),
            r"assets/fonts/.*",
        ),
    ]
    return [*found, *(_runtime() if pyodide.is_there() else ())]


def _theme_files() -> str:
    return rf"{_SCRIPT}|assets/(all\.\w+|dark)\.css|assets/images/favicon\.png|{_PAGES}"


def _runtime() -> Iterator[Work]:
    """Yield what runs Python in a page."""
    loaded = "loaded when a snippet runs"
    files = rf"{_RUNTIME}pyodide[-.].*"
    yield Work("Pyodide", pyodide.PYODIDE, loaded, "MPL-2.0", _held("pyodide"), files)
    files = rf"{_RUNTIME}(python_stdlib\.zip|pyodide\.asm\.wasm)"
    yield Work("CPython", "", loaded, "PSF-2.0", _held("cpython"), files)
    for path in pyodide.files():
        if path.suffix == ".whl":
            name, version = path.name.split("-")[:2]
            name = name.replace("_", "-")
            with zipfile.ZipFile(path) as wheel:
                members = [each for each in sorted(wheel.namelist()) if _TEXT.search(each)]
                texts = [wheel.read(each).decode("utf-8", "replace") for each in members]
            parts = zip(members, texts, strict=True)
            text = "\n".join(f"{member}\n\n{text}" for member, text in parts)
            files = _RUNTIME + re.escape(path.name)
            yield Work(name, version, loaded, _WHEELS[name], text, files)


def _installed(name: str) -> tuple[str, str]:
    return name, metadata.version(name)


def _of(name: str) -> str:
    """Return the licences that an installed distribution brings."""
    texts = [each for each in _files(name) if _TEXT.search(str(each))]
    texts = [each for each in texts if ".dist-info" in str(each)]
    assert texts, f"{name} brings its licence"
    return "\n".join(each.read_text(encoding="utf-8") for each in texts)


def _icons() -> str:
    ending = ".icons/material/LICENSE"
    (found,) = (each for each in _files("mkdocs-material") if str(each).endswith(ending))
    return found.read_text(encoding="utf-8")


@functools.cache
def _files(name: str) -> list[metadata.PackagePath]:
    return metadata.files(name) or []


def _held(name: str) -> str:
    return (_HELD / f"{name}.txt").read_text(encoding="utf-8")


def write(site: Path) -> None:
    """Put the texts of the licences into a built site: those of others, and that of the package."""
    (site / FOLDER).mkdir(exist_ok=True)
    for work in works():
        (site / work.address).write_text(work.text, encoding="utf-8")
    ours = (pages.ROOT / "LICENSE").read_text(encoding="utf-8")
    (site / FOLDER / "backprop.txt").write_text(ours, encoding="utf-8")


def _table(_: Markdown) -> list[str]:
    """Return a row for each work. The generator does not know the texts: their links are HTML."""
    return [
        "| work | version | what of it is here | licence |",
        "| --- | --- | --- | --- |",
        *(
            f"| {work.name} | {work.version} | {work.here}"
            f' | <a href="../{work.address}">{work.licence}</a> |'
            for work in works()
        ),
    ]


def extend(md: Markdown) -> None:
    """Run before fences are found (25)."""
    md.preprocessors.register(Lists(md, {"the works of others": _table}), "book-licensing", 27.5)
