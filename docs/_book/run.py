"""Run pages in worker processes, several at a time, and keep what they gave."""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _book import pages, snippets, worker
from _book.snippets import Snippet
from _book.worker import Outcome

TIME_LIMIT = 30.0
"""Seconds of processor time that one snippet may take, however busy the machine is."""
WALL_LIMIT = 300.0
"""Seconds that it may take by the clock, where it computes little and waits."""
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Shown:
    """A snippet and what it gave."""

    snippet: Snippet
    outcome: Outcome


@functools.cache
def _nursery() -> multiprocessing.context.ForkServerContext:
    """Return a clean process that has the slow imports behind it, to be forked for each page."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["_book.preload"])
    return context


def run(page: Path, limit: float = TIME_LIMIT) -> list[Shown]:
    """Run a page's snippets and return them with their outcomes.

    Raises
    ------
    BookError
        A snippet fails, hangs, ends the process, or does not do what its options say.
    """
    found = snippets.read(page)
    running = [snippet for snippet in found if snippet.runs]
    outcomes = execute(page, running, limit) if running else []
    shown = [Shown(snippet, outcome) for snippet, outcome in zip(running, outcomes, strict=True)]
    for one in shown:
        _refuse_what_was_not_promised(one)
    return shown


def execute(page: Path, running: Sequence[Snippet], limit: float = TIME_LIMIT) -> list[Outcome]:
    """Execute snippets, in order, in one fresh process.

    Raises
    ------
    BookError
        One fails, hangs or ends the process.
    """
    receiver, sender = multiprocessing.Pipe(duplex=False)
    name = os.path.relpath(page, ROOT)
    jobs = [(snippet.line, snippet.code) for snippet in running]
    arguments = (name, jobs, limit, sender)
    process = _nursery().Process(target=worker.run_page, args=arguments, daemon=True)
    process.start()
    sender.close()
    outcomes: list[Outcome] = []
    try:
        for snippet in running:
            try:
                if not receiver.poll(WALL_LIMIT):
                    what = f"runs for more than {WALL_LIMIT:g} s by the clock"
                    raise snippet.wrong(what, "let it wait for nothing")
                outcomes.append(receiver.recv())
            except EOFError:
                process.join()
                if process.exitcode == -signal.SIGPROF:
                    what = f"runs for more than {limit:g} s of processor time"
                    raise snippet.wrong(what, "make it shorter") from None
                raise snippet.wrong("ends the process", "let the snippet run to its end") from None
            if outcomes[-1].error and outcomes[-1].raised != snippet.options.get("raises"):
                raise _failure(snippet, outcomes[-1])
    finally:
        process.kill()
        process.join()
        receiver.close()
    return outcomes


def _failure(snippet: Snippet, outcome: Outcome) -> Exception:
    line = outcome.line or snippet.line
    shown = "\n".join(
        f"  {'>' if number == line else ' '} {number:4} {text}"
        for number, text in enumerate(snippet.code.splitlines(), start=snippet.line + 1)
    )
    return snippet.wrong(outcome.error, f"mend the snippet:\n{shown}", line)


def _refuse_what_was_not_promised(shown: Shown) -> None:
    options, outcome, snippet = shown.snippet.options, shown.outcome, shown.snippet
    shows = bool(outcome.printed.strip() or outcome.figures or outcome.raised)
    if "raises" in options and not outcome.raised:
        raise snippet.wrong(f"was to raise {options['raises']} and did not", "delete raises=")
    if "explorer" in options and not outcome.printed.startswith("<svg"):
        raise snippet.wrong("an explorer without a figure", "print a draw_network(...)")
    if not all(plot.table for plot in outcome.figures):
        raise snippet.wrong(
            "a plot without data: nothing of it can be pinned", "draw lines, images"
        )
    if options.get("output") == "none" and shows:
        raise snippet.wrong('shows something, though output="none"', "delete the option")
    if options.get("output") != "none" and not shows:
        raise snippet.wrong("shows nothing", 'print a result, or say output="none"')


class Runs:
    """The outcomes of all pages, each run once for its text and the package as it stands."""

    def __init__(self) -> None:
        self.ahead: Callable[[], list[Path]] = pages.paths
        """The pages that the first question starts, so that they run side by side."""
        self._pool = ThreadPoolExecutor(os.cpu_count())
        self._runs: dict[tuple[Any, ...], Future[list[Shown]]] = {}

    def of(self, page: Path) -> list[Shown]:
        """Return the outcomes of a page."""
        if self._key(page) not in self._runs:
            self._start()
        return self._future(page).result()

    def begin(self) -> None:
        """Start the pages that will be asked for, before the first is."""
        if not self._runs:
            self._start()

    def _start(self) -> None:
        for page in self.ahead():
            self._future(page)

    def _future(self, page: Path) -> Future[list[Shown]]:
        key = self._key(page)
        if key not in self._runs:
            self._runs[key] = self._pool.submit(run, page)
        return self._runs[key]

    def _key(self, page: Path) -> tuple[Any, ...]:
        return page, page.stat().st_mtime_ns, worker.package()


RUNS = Runs()
