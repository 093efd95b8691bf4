"""The error that names a place in the book."""

from __future__ import annotations

import os
from pathlib import Path

from pymdownx.superfences import SuperFencesException

try:
    from mkdocs.exceptions import BuildError
except ImportError:  # another generator

    class BuildError(Exception):  # type: ignore[no-redef]
        """Stands in for the error that mkdocs reports without a traceback."""


class BookError(SuperFencesException, BuildError):  # type: ignore[misc]
    """Something in the book is not true, or cannot be built.

    superfences lets only its own exception through, and mkdocs prints a traceback for any exception
    but its own: this one is both.

    Parameters
    ----------
    path
        The file, or None where it is not known.
    line
        Line of the file, from 1.
    what
        What is wrong.
    do
        What to do about it.
    """

    def __init__(self, path: Path | None, line: int, what: str, do: str) -> None:
        self.path, self.line = path, line
        self._told = path, line, what, do
        place = f"{os.path.relpath(path)}:{line}: " if path else ""
        super().__init__(f"{place}{what}; {do}")

    def __reduce__(self) -> tuple[type[BookError], tuple[Path | None, int, str, str]]:
        """Let another process say it."""
        return type(self), self._told


def in_code(error: SyntaxError) -> BookError:
    """Return what is said where code of the package, or of the book itself, cannot be read."""
    return BookError(Path(error.filename or "?"), error.lineno or 1, str(error.msg), "mend it")
