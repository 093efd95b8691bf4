"""Run programs, each in a fork of an interpreter that has imported some modules already.

    python -I -W error warm.py numpy matplotlib.pyplot

Programs come as a list in a line of JSON on standard input, and what each gave goes out in another
line: its standard output, its standard error, and the drawings that it wrote, by name. A program is
`__main__`, and all that it finds done is the work of the imports: none of its names is bound.

Programs that begin alike share what they begin with. Each statement is executed once for all of
them, and where they part, each way goes on in a fork, with the output and the files so far.
"""

import __future__

import ast
import importlib
import json
import os
import shutil
import sys
import tempfile
import threading
import types
import warnings
from pathlib import Path
from typing import NamedTuple

NAME = "<stdin>"
FUTURE = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)


class Program(NamedTuple):
    """A program, as the statements that are executed one by one, and a file for what it gives."""

    statements: list
    told: list[str]
    """What tells each statement, at its place in the text, from all others."""
    flags: int
    """What it imports from `__future__`, for all its statements."""
    given: Path


def forked(texts: list[str]) -> list[tuple[str, str, dict[str, str]]]:
    """What programs give that are run in forks of this process."""
    with tempfile.TemporaryDirectory() as room:
        programs = [parsed(text, Path(room, f"{number}")) for number, text in enumerate(texts)]
        if is_fork():
            try:
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                let_write(b"", b"", tempfile.mkdtemp(dir=room))
                run(programs)
            finally:
                os._exit(0)
        return [json.loads(each.given.read_text(encoding="utf-8")) for each in programs]


def parsed(text: str, given: Path) -> Program:
    """Take a program apart; one that is no Python stays whole, and fails when it is run."""
    try:
        flags = compile(text, NAME, "exec", dont_inherit=True).co_flags & FUTURE
        body = ast.parse(text).body
    except (SyntaxError, ValueError, Warning):
        return Program([text], [text], 0, given)
    told = [ast.dump(each, include_attributes=True) for each in body]
    return Program([ast.Module([each], []) for each in body], told, flags, given)


def run(programs: list[Program]) -> None:
    """Run programs as an interpreter does that reads them from standard input."""
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    sys.argv = ["-"]
    at = 0
    try:
        while (programs := together(programs, at)) and at < len(programs[0].statements):
            statement, flags = programs[0].statements[at], programs[0].flags
            exec(compile(statement, NAME, "exec", flags, dont_inherit=True), main.__dict__)
            at += 1
    except BaseException:  # noqa: BLE001 - as an interpreter does
        sys.excepthook(*sys.exc_info())
    sys.stdout.flush()
    sys.stderr.flush()
    drawn = {path.name: path.read_text(encoding="utf-8") for path in Path().glob("*.svg")}
    for each in programs:
        given = [written(1).decode(), written(2).decode(), drawn]
        each.given.write_text(json.dumps(given), encoding="utf-8")


def together(programs: list[Program], at: int) -> list[Program]:
    """The programs that go on with one statement in this process; none, if all go on in forks."""
    ways: dict[tuple, list[Program]] = {}
    for each in programs:
        ways.setdefault((each.flags, *each.told[at : at + 1]), []).append(each)
    if len(ways) == 1:
        return programs
    for way in ways.values():
        if is_fork():
            folder = tempfile.mkdtemp(dir=Path.cwd().parent)
            let_write(written(1), written(2), shutil.copytree(".", folder, dirs_exist_ok=True))
            return way
    return []


def is_fork() -> bool:
    """Fork: true in the fork, and false here, where it has ended."""
    # What another thread had still to do would not be done in the fork; nobody waits for a daemon.
    others = [each for each in threading.enumerate()[1:] if not each.daemon]
    assert not others, "programs part while a thread runs that they share"
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # which means the threads of NumPy
        child = os.fork()
    if child:
        os.waitpid(child, 0)
    return child == 0


def let_write(out: bytes, err: bytes, folder: str) -> None:
    """Let this process write where no other does: behind what was written before, in a folder."""
    for descriptor, before in ((1, out), (2, err)):
        with tempfile.TemporaryFile() as fresh:
            fresh.write(before)
            fresh.flush()
            os.dup2(fresh.fileno(), descriptor)
    os.chdir(folder)


def written(descriptor: int) -> bytes:
    """What was written to a descriptor of this process so far."""
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)


if __name__ == "__main__":
    for module in sys.argv[1:]:
        importlib.import_module(module)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(forked(json.loads(line))) + "\n")
        sys.stdout.flush()
