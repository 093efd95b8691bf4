"""Whether the built site is that of the files as they are: then there is nothing to build.

The site is, if nothing has changed since: no file that a build reads or may come to read, no
version of what builds, no setting of the environment, and no file of the site itself.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from book import files
from book.execution import cache
from book.source.pages import ROOT, SITE

READ = (
    *("backprop", "benchmarks", "book", "docs", "tests", ".cache/runtime"),
    *("CHANGELOG.md", "CITATION.cff", "README.md"),
    *("mkdocs.yml", "pyproject.toml", "requirements.lock"),
)
SETTINGS = ("SITE_URL", "SOURCE_DATE_EPOCH", "BOOK_DRAFT")
STAMP = ROOT / ".cache" / "site.stamp"


def inputs() -> str:
    """Return the digest of all that goes into the site; take it before a build begins."""
    settings = [f"{name}={os.environ.get(name)}" for name in SETTINGS]
    return digest([*settings, *cache.machine()], files_read())


def files_read() -> list[Path]:
    """Return the files that go into the site."""
    return [path for each in READ for path in _files(ROOT / each)]


def is_current(inputs: str) -> bool:
    """Return whether the site that stands there was built of these, and is as it was then."""
    return STAMP.exists() and STAMP.read_text(encoding="utf-8") == _stamp(inputs)


def remember(inputs: str) -> None:
    """Remember that the site that stands there was built of these."""
    files.write(STAMP, _stamp(inputs))


def _stamp(inputs: str) -> str:
    return digest([inputs], _files(SITE))


def digest(words: Iterable[str], paths: Iterable[Path]) -> str:
    """Return what tells apart some words, and the names and contents of some files."""
    told = hashlib.sha256("\0".join(words).encode())
    for path in paths:
        told.update(f"\0{path.relative_to(ROOT)}\0".encode())
        with path.open("rb") as content:
            told.update(hashlib.file_digest(content, "sha256").digest())
    return told.hexdigest()


def _files(root: Path) -> list[Path]:
    """Return a file, or the files of a folder, without what Python keeps there of its own."""
    found = root.rglob("*") if root.is_dir() else [root]
    return sorted(path for path in found if path.is_file() and "__pycache__" not in path.parts)
