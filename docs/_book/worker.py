"""Run the snippets of one page in a process of its own.

The process is forked for the page and ends with it, so nothing that a snippet changes can reach
another page. What a snippet may not do at all (write, connect, start a process) is refused where
Python itself announces it, by an audit hook.
"""

from __future__ import annotations

import io
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
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from _book import plots

OUTPUT_LIMIT = 20_000
"""Bytes that one snippet may print."""
PACKAGE = Path(__file__).parents[2] / "backprop"
known: tuple[tuple[str, int], ...] = ()
"""The package as the nursery has imported it; nothing if it could not."""


@dataclass
class Outcome:
    """What running one snippet gave."""

    printed: str = ""
    figures: list[plots.Plot] = field(default_factory=list)
    error: str = ""
    """What went wrong, or nothing."""
    line: int = 0
    """Line of the page where it went wrong."""
    raised: str = ""
    """Name of the class of the exception."""


class Refused(BaseException):
    """A snippet reached out of its page. Not an Exception: no snippet may swallow it."""


_REFUSED = {
    "os.remove": "deletes a file",
    "os.rename": "renames a file",
    "os.mkdir": "makes a folder",
    "os.rmdir": "deletes a folder",
    "os.link": "links a file",
    "os.symlink": "links a file",
    "os.truncate": "truncates a file",
    "os.chdir": "changes the folder",
    "os.kill": "signals a process",
    "os.system": "starts a process",
    "os.exec": "starts a process",
    "os.fork": "starts a process",
    "os.forkpty": "starts a process",
    "os.posix_spawn": "starts a process",
    "os.putenv": "changes the environment",
    "os.unsetenv": "changes the environment",
    "subprocess.Popen": "starts a process",
    "socket.__new__": "opens a network connection",
    "socket.getaddrinfo": "asks the network",
    "sys._current_frames": "looks into other threads",
}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Guard:
    """Audit hook: while a snippet runs, refuses what would reach out of it."""

    def __init__(self, readable: list[str]) -> None:
        self.readable = tuple(readable)
        self.active = False
        self.reason = ""
        sys.addaudithook(self)

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        """Refuse an event of the interpreter, if it is one to refuse."""
        if not self.active:
            return
        reason = _REFUSED.get(event, "")
        if event == "open" and isinstance(args[0], str | bytes):
            name = os.path.realpath(os.fsdecode(args[0]))
            if args[2] & _WRITING and name != os.devnull:
                reason = f"writes the file {Path(name).name}"
            elif not name.startswith(self.readable):
                reason = f"reads the file {Path(name).name}"
        if reason:
            # The first reason is kept: if the snippet swallows the exception, it still fails.
            self.reason = self.reason or reason
            raise Refused(reason)


def package() -> tuple[tuple[str, int], ...]:
    """Return what tells one state of the package from another: its files and their times."""
    return tuple((path.name, path.stat().st_mtime_ns) for path in sorted(PACKAGE.glob("*.py")))


def run_page(
    page: str, snippets: list[tuple[int, str]], limit: float, connection: Connection
) -> None:
    """Run the snippets of a page, (line of the fence, code), sending an `Outcome` for each.

    One that takes more processor time than the limit is ended, and the process with it.
    """
    sys.dont_write_bytecode = True
    # A page that depends on where it is built prints something else where it is copied to.
    os.environ["TZ"] = "UTC"
    time.tzset()
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_LIMIT, OUTPUT_LIMIT))
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    sys.argv = [""]
    if package() != known:
        for name in [each for each in sys.modules if each.partition(".")[0] == "backprop"]:
            del sys.modules[name]
    root = Path(__file__).parents[2]
    readable = [sys.prefix, sys.base_prefix, str(root / "backprop"), str(root / page)]
    readable += [os.devnull, "/usr/share/zoneinfo", "/proc", "/sys", "/etc/localtime"]
    guard = Guard([os.path.realpath(path) for path in readable])
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), "utf-8", write_through=True)
        sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), "utf-8", write_through=True)
        for line, code in snippets:
            # The signal of this timer ends the process: no snippet can catch it.
            signal.setitimer(signal.ITIMER_PROF, limit)
            outcome = _run(page, line, code, main, guard)
            signal.setitimer(signal.ITIMER_PROF, 0)
            outcome.printed = _take(out)
            complaint = _take(err)
            if complaint and not outcome.error:
                outcome.error = f"wrote to standard error: {complaint.strip()}"
            connection.send(outcome)
    connection.close()
    os._exit(0)


def _take(stream: Any) -> str:
    """Return what was written to a stream and empty it."""
    stream.seek(0)
    text: str = stream.read().decode(errors="replace")
    stream.seek(0)
    stream.truncate()
    return text


def _run(page: str, line: int, code: str, main: types.ModuleType, guard: Guard) -> Outcome:
    outcome = Outcome()
    try:
        # Compiled at its place in the page, so that tracebacks and inspect.getsource find it.
        compiled = compile("\n" * line + code, page, "exec", dont_inherit=True)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            guard.active = True
            try:
                exec(compiled, main.__dict__)
            finally:
                guard.active = False
            outcome.figures = plots.take_open_figures()
    except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt are faults too
        outcome.raised = type(error).__name__
        outcome.error = "".join(traceback.format_exception_only(error)).strip()
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == page]
        outcome.line = (frames[-1].lineno if frames else getattr(error, "lineno", 0)) or 0
        if isinstance(error, OSError) and error.errno == 27:
            outcome.error = f"prints more than {OUTPUT_LIMIT} bytes"
            outcome.raised = ""
    if guard.reason:
        outcome.error, outcome.raised = f"the snippet {guard.reason}", ""
    if threading.active_count() > 1:
        outcome.error, outcome.raised = "the snippet leaves a thread running", ""
    return outcome
