"""Execute the snippets of one page, in a process that is forked for it and ends with it."""

from __future__ import annotations

import ast
import errno
import io
import linecache
import os
import resource
import signal
import sys
import tempfile
import threading
import time
import traceback
import types
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from book import files
from book.execution import figures
from book.execution.sandbox import Sandbox

OUTPUT_LIMIT = 20_000
"""Bytes that one snippet may print."""
PACKAGE = Path(__file__).parents[2] / "backprop"
preloaded: tuple[tuple[str, int], ...] = ()
"""The package as the fork server has imported it; nothing if it could not."""


@dataclass
class Finding:
    """What became of a claim: why it is not true, or nothing; and the values that it compares."""

    fault: str = ""
    values: str = ""


@dataclass
class Outcome:
    """What executing one snippet gave."""

    printed: str = ""
    figures: list[figures.Plot] = field(default_factory=list)
    error: str = ""
    """What went wrong, or nothing."""
    line: int = 0
    """Line of the snippet where it went wrong, from 1; 0 if it is not known."""
    raised: str = ""
    """Name of the class of the exception."""
    advice: str = ""
    """What to do about an error, where it is not to mend the line."""
    reads_sources: bool = False
    """Whether it read the package's sources, so that it depends on their comments too."""
    claims: list[Finding] = field(default_factory=list)
    """What became of the claims that stand after it."""

    @property
    def draws(self) -> bool:
        """Whether what it printed is a drawing."""
        return self.printed.lstrip().startswith("<svg")


def execute_page(
    codes: Sequence[tuple[str, Sequence[str]]], limit: float, connection: Connection
) -> None:
    """Execute the snippets of a page, each with the claims after it, sending an `Outcome` for each.

    One that takes more processor time than the limit is ended, and the process with it.
    """
    sys.dont_write_bytecode = True
    # A page that depends on where it is built prints something else where it is copied to.
    os.environ["TZ"] = "UTC"
    # An interruption at the keyboard is for the process that waits here, and no outcome.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    time.tzset()
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_LIMIT, OUTPUT_LIMIT))
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    sys.argv = [""]
    if files.state(PACKAGE) != preloaded:
        for name in [each for each in sys.modules if each.partition(".")[0] == "backprop"]:
            del sys.modules[name]
    sandbox = Sandbox(PACKAGE)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), "utf-8", write_through=True)
        sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), "utf-8", write_through=True)
        for number, (code, claims) in enumerate(codes, start=1):
            # The signal of this timer ends the process: no snippet can catch it.
            signal.setitimer(signal.ITIMER_PROF, limit)
            outcome = _execute(f"<snippet {number}>", code, main, sandbox)
            outcome.printed = _drain(out)
            if not outcome.error or outcome.raised:
                outcome.claims = [_look_at(claim, main, sandbox) for claim in claims]
            signal.setitimer(signal.ITIMER_PROF, 0)
            complaint = _drain(err)
            if complaint and not outcome.error:
                outcome.error = f"wrote to standard error: {complaint.strip()}"
            connection.send(outcome)
    connection.close()
    os._exit(0)


def _drain(stream: Any) -> str:
    """Return what was written to a stream and empty it."""
    stream.seek(0)
    text: str = stream.read().decode(errors="replace")
    stream.seek(0)
    stream.truncate()
    return text


def _execute(name: str, code: str, main: types.ModuleType, sandbox: Sandbox) -> Outcome:
    outcome = Outcome()
    # Here tracebacks and `inspect.getsource` find the lines. They are numbered from the fence: what
    # a page says above it changes nothing.
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    try:
        compiled = compile(code, name, "exec", dont_inherit=True)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            sandbox.active = True
            try:
                exec(compiled, main.__dict__)
            finally:
                sandbox.active = False
            outcome.figures = figures.take_open_figures()
    except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt are faults too
        outcome.raised = type(error).__name__
        outcome.error = "".join(traceback.format_exception_only(error)).strip()
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == name]
        outcome.line = (frames[-1].lineno if frames else getattr(error, "lineno", 0)) or 0
        if isinstance(error, OSError) and error.errno == errno.EFBIG:
            outcome.error = f"prints more than {OUTPUT_LIMIT} bytes"
            outcome.raised = ""
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            outcome.error = f"finds no room for what it prints in {tempfile.gettempdir()}"
            outcome.raised, outcome.advice = "", "make room, or let TMPDIR name another folder"
    if sandbox.reason:
        outcome.error, outcome.raised = f"the snippet {sandbox.reason}", ""
    if threading.active_count() > 1:
        outcome.error, outcome.raised = "the snippet leaves a thread running", ""
    outcome.reads_sources = sandbox.reads_sources
    return outcome


def _look_at(claim: str, main: types.ModuleType, sandbox: Sandbox) -> Finding:
    """Return whether a claim is true in the session as it is, and what it compares."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            sandbox.active = True
            try:
                true = eval(claim, main.__dict__)  # noqa: S307 - what the page says of itself
                values = ast.unparse(_Values(main).visit(ast.parse(claim, mode="eval")))
            finally:
                sandbox.active = False
    except BaseException as error:  # noqa: BLE001 - as of a snippet
        return Finding(f"it {sandbox.reason or f'raises {type(error).__name__}: {error}'}")
    if sandbox.reason:
        return Finding(f"it {sandbox.reason}")
    if not isinstance(true, bool | np.bool_):
        return Finding(f"it is neither true nor false, but of class {type(true).__name__}")
    return Finding("" if true else "it is false", values)


class _Values(ast.NodeTransformer):
    """Put values in the place of what is compared, but not within what binds names of its own."""

    def __init__(self, main: types.ModuleType) -> None:
        self.main = main

    def visit_Compare(self, node: ast.Compare) -> ast.Compare:
        """Put the value of each side in its place, if it can be shown shortly."""
        node.left, *node.comparators = map(self._valued, (node.left, *node.comparators))
        return node

    def _as_it_is(self, node: ast.AST) -> ast.AST:
        return node

    visit_GeneratorExp = visit_ListComp = visit_SetComp = visit_DictComp = _as_it_is  # noqa: N815
    visit_Lambda = _as_it_is  # noqa: N815

    def _valued(self, side: ast.expr) -> ast.expr:
        if isinstance(side, ast.Constant):
            return side
        try:
            value = eval(ast.unparse(side), self.main.__dict__)  # noqa: S307
        except Exception:  # noqa: BLE001 - it was not asked for: a comparison before it decided
            return side
        text = " ".join(np.array2string(np.asarray(value), precision=4, threshold=12).split())
        if isinstance(value, float | np.floating):
            text = f"{value:.6g}"
        return ast.Name(text) if len(text) <= 60 else side
