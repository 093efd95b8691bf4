"""Outcomes kept on disk, for every process: what would give the same again is not executed again.

An entry is found by all that decides what a page's snippets give: their code, the package without
its docstrings and comments, what executes and draws them, the versions of Python and of every
package that is installed, and the processor with the settings of its linear algebra. The text
around the snippets is no part of it. Outcomes in which something went wrong are not kept.
"""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import functools
import hashlib
import json
import os
import platform
import re
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from book import files
from book.execution import worker
from book.execution.figures import Plot
from book.execution.worker import Finding, Outcome
from book.source.pages import ROOT

ROOM = Path(os.environ.get("BOOK_CACHE", ROOT / ".cache"))
"""Where entries are kept; copies of the book may share a folder."""
FOLDER = ROOM / "outcomes"
KEPT = 500
"""Entries: some twenty states of the book."""
OFF = "BOOK_NO_CACHE"
"""The variable of the environment by which everything is executed, and nothing is kept."""

_READS_TEXT = re.compile(r"__doc__|\b(?:help|getdoc|doctest|__code__|f_lineno|tb_lineno)\b")
"""By these a snippet reads docstrings and line numbers without opening a file."""
_SETTINGS = ("OPENBLAS_", "OMP_", "MKL_", "BLIS_", "GOTO_", "NPY_", "VECLIB_", "PYTHONHASHSEED")


def key(codes: Sequence[str]) -> str:
    """Return the name of the entry of some snippets, as long as nothing else changes."""
    of = [*codes, _package(files.state(worker.PACKAGE), text=False), *machine()]
    return hashlib.sha256("\0".join(of).encode()).hexdigest()


def load(entry: str) -> list[Outcome] | None:
    """Return the outcomes that are kept, if they still hold."""
    path = FOLDER / f"{entry}.json"
    if OFF in os.environ:
        return None
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        os.utime(path)
        if kept["text"] not in ("", _package(files.state(worker.PACKAGE), text=True)):
            return None
        return [_outcome(**each) for each in kept["outcomes"]]
    except FileNotFoundError:
        # It was never there, or another process has forgotten it.
        return None
    except (ValueError, LookupError, TypeError):
        # The machine stopped before the disk had all of it, or the disk is not what it was.
        path.unlink(missing_ok=True)
        return None


def _outcome(figures: Sequence[Any], claims: Sequence[Any], **others: Any) -> Outcome:
    """Return an outcome from what was kept of it."""
    plots, findings = [Plot(**each) for each in figures], [Finding(**each) for each in claims]
    return Outcome(figures=plots, claims=findings, **others)


def store(entry: str, codes: Sequence[str], outcomes: Sequence[Outcome]) -> None:
    """Keep outcomes. Those that depend on the text of the package are good for this text only."""
    if OFF in os.environ:
        return
    reads = outcomes[-1].reads_sources or any(map(_READS_TEXT.search, codes))
    text = _package(files.state(worker.PACKAGE), text=True) if reads else ""
    kept = {"text": text, "outcomes": [dataclasses.asdict(each) for each in outcomes]}
    # Another process must never find half an entry.
    files.write(FOLDER / f"{entry}.json", json.dumps(kept))
    forget_oldest(FOLDER, KEPT)


def forget_oldest(folder: Path, kept: int) -> None:
    """Delete the entries of a folder that have not been used for longest, but some."""
    entries = []
    for each in os.scandir(folder):
        # Another process may have forgotten it since the folder was opened.
        with contextlib.suppress(FileNotFoundError):
            entries.append((each.stat().st_mtime_ns, each.path))
    for _, path in sorted(entries)[:-kept]:
        Path(path).unlink(missing_ok=True)


@functools.lru_cache(maxsize=8)
def _package(_state: tuple[tuple[str, int], ...], *, text: bool) -> str:
    """Return the digest of the package: of its whole text, or of what it does alone."""
    paths = sorted(worker.PACKAGE.rglob("*.py"))
    sources = [(f"{path.relative_to(worker.PACKAGE)}", path.read_text("utf-8")) for path in paths]
    return _digest(f"{name}\0{source if text else _does(source)}" for name, source in sources)


def _does(source: str) -> str:
    """Return code without docstrings, comments and its places; the text itself if it is no code."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return source
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [each for each in body if not _is_text(each)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(statement: ast.AST) -> bool:
    """Whether a statement is a string and nothing else: a docstring, or a comment of that form."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


@functools.cache
def machine() -> tuple[str, ...]:
    """Return what executes: our own code, the versions of all others, and the processor."""
    ours = [Path(__file__).with_name(name) for name in ("worker.py", "figures.py", "preload.py")]
    installed = (path.name for path in Path(sysconfig.get_path("purelib")).glob("*.dist-info"))
    settings = (
        f"{name}={value}" for name, value in os.environ.items() if name.startswith(_SETTINGS)
    )
    return (
        sys.version,
        platform.platform(),
        _processor(),
        _digest(path.read_text("utf-8") for path in ours),
        _digest(sorted(installed)),
        _digest(sorted(settings)),
    )


def _processor() -> str:
    """Return what tells one kind of processor from another."""
    known = Path("/proc/cpuinfo")
    if not known.exists():
        return platform.processor()
    kind = re.findall(r"^(?:flags|Features|model name)\s*:.*$", known.read_text("utf-8"), re.M)
    return f"{os.cpu_count()} {_digest(sorted(set(kind)))}"


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()
