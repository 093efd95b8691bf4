"""Run a reader's program, whatever it does, and say what it did."""

from __future__ import annotations

import ast
import contextlib
import copy
import io
import sys
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

import numpy as np

NAME = "your program"
"""What a traceback calls the lines of the reader."""
LIMIT = 1_000_000
"""Instructions and lines of the reader's that may be executed: an endless loop executes more."""
DEEPEST = 300
"""Calls within calls that a program may make."""
PRINTED = 4_000
"""Characters that are kept of what it prints."""


class Endless(BaseException):
    """The program runs on and on. No Exception: the program must not swallow it."""


@dataclass
class Ran:
    """What came of running something."""

    names: dict[str, Any] = field(default_factory=dict)
    """What the program has bound, up to where it stopped."""
    value: Any = None
    error: BaseException | None = None
    printed: str = ""
    changed: tuple[str, ...] = ()
    """Arguments that the call has changed."""

    @property
    def line(self) -> int:
        """The last line of the reader's program that was reached when it raised; 0 if none.

        Returns
        -------
        int
            From 1.
        """
        if isinstance(self.error, SyntaxError):
            return self.error.lineno or 0
        if self.error is None:
            return 0
        frames = traceback.extract_tb(self.error.__traceback__)
        return next((each.lineno or 0 for each in reversed(frames) if each.filename == NAME), 0)


class _Output(io.StringIO):
    """What is printed, as far as anybody will read it."""

    def write(self, text: str) -> int:
        super().write(text[: max(PRINTED - self.tell(), 0)])
        return len(text)


@contextlib.contextmanager
def _watched(output: io.StringIO) -> Iterator[None]:
    """Count what the reader's program executes, end what goes on and on, and be quiet."""
    left = LIMIT

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal left
        if frame.f_code.co_filename != NAME:
            return None
        # Up to Python 3.11, a loop on a single line has no events of lines; from 3.12 on, it may
        # have none of instructions.
        frame.f_trace_opcodes = True
        if event in {"line", "opcode"}:
            left -= 1
            if left < 0:
                raise Endless
        return trace

    before, stdin, deepest = sys.gettrace(), sys.stdin, sys.getrecursionlimit()
    frame: FrameType | None = sys._getframe()
    depth = 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1
    with contextlib.ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        stack.enter_context(np.errstate(all="ignore"))
        stack.enter_context(np.printoptions())
        stack.enter_context(contextlib.redirect_stdout(output))
        stack.enter_context(contextlib.redirect_stderr(output))
        warnings.simplefilter("ignore")
        sys.stdin = io.StringIO()
        # A browser's stack ends before Python's limit, and takes the grader with it.
        sys.setrecursionlimit(depth + DEEPEST)
        sys.settrace(trace)
        try:
            yield
        finally:
            sys.settrace(before)
            sys.stdin = stdin
            sys.setrecursionlimit(deepest)


def run(program: str, others: str = "") -> Ran:
    """Run a program in names of its own.

    Parameters
    ----------
    program : str
        The reader's.
    others : str
        Lines that give values to variables: those of the program's own lines that would, are left
        out.

    Returns
    -------
    Ran
        Names, error, output.
    """
    ran, output = Ran({"__name__": "__main__"}), _Output()
    try:
        code = _with_others(program, others)
        if others:
            exec(others, {"np": np}, ran.names)  # noqa: S102 - the catalogue's own
        with _watched(output):
            exec(code, ran.names)  # noqa: S102 - what it is for
    except BaseException as error:  # noqa: BLE001 - SystemExit too
        ran.error = _own(error)
    ran.printed = output.getvalue()
    return ran


def _with_others(program: str, others: str) -> CodeType:
    """Compile a program without those of its first lines that others replace."""
    tree = ast.parse(program, NAME)
    replaced = set().union(*map(_assigned, ast.parse(others).body))
    kept = []
    for statement in tree.body:
        given = _assigned(statement) & replaced
        replaced -= given  # A reader may use a name again, as in `x = x[:, np.newaxis]`.
        if not given:
            kept.append(statement)
    tree.body = kept
    return compile(tree, NAME, "exec")


def _assigned(statement: ast.stmt) -> set[str]:
    if not isinstance(statement, ast.Assign):
        return set()
    return {target.id for target in statement.targets if isinstance(target, ast.Name)}


def call(case: str, names: dict[str, Any], setting: dict[str, Any]) -> Ran:
    """Evaluate a case, and see whether the call has changed its arguments.

    Parameters
    ----------
    case : str
        A call such as `slope(a)`.
    names : dict
        What the program has bound.
    setting : dict
        Values of the other names in the case.

    Returns
    -------
    Ran
        Value, error, output, arguments that were changed.
    """
    ran, output = Ran(), _Output()
    given = copy.deepcopy(setting)
    try:
        with _watched(output):
            ran.value = eval(compile(case, "a case", "eval"), {**names, **given})  # noqa: S307
    except BaseException as error:  # noqa: BLE001
        ran.error = _own(error)
    ran.printed = output.getvalue()
    ran.changed = tuple(name for name, value in setting.items() if not _alike(value, given[name]))
    return ran


def _alike(before: Any, after: Any) -> bool:
    """Return whether an array is as it was, or each array of a list; of anything else, nothing."""
    if isinstance(before, list):
        return len(before) == len(after) and all(map(_alike, before, after))
    return not isinstance(before, np.ndarray) or np.array_equal(before, after, equal_nan=True)


def values(code: str, names: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what some lines of the catalogue bind.

    Parameters
    ----------
    code : str
        The lines.
    names : dict, optional
        What they may use; it stays as it is.

    Returns
    -------
    dict
        The names that they bind, beside those that they may use.
    """
    scope = {"np": np, **(names or {})}
    with _watched(_Output()):
        exec(compile(code, "the catalogue", "exec"), scope)  # noqa: S102
    return {name: value for name, value in scope.items() if name != "__builtins__"}


def _own(error: BaseException) -> BaseException:
    """Return an error, unless somebody interrupts the grader itself."""
    if isinstance(error, KeyboardInterrupt):
        raise error
    return error
