"""Execute the snippets of pages, several pages at a time, each in a process of its own."""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from book.errors import BookError
from book.execution import cache, worker
from book.execution.worker import Outcome
from book.source import fences
from book.source.fences import Snippet

TIME_LIMIT = 30.0
"""Seconds of processor time that one snippet may take, however busy the machine is."""
WALL_LIMIT = 300.0
"""Seconds that it may take by the clock, where it computes little and waits."""
KEPT = 200
"""Pages, in all states that they had, whose outcomes are kept in memory."""


@dataclass(frozen=True)
class Result:
    """A snippet and what it gave."""

    snippet: Snippet
    outcome: Outcome

    @property
    def failed(self) -> bool:
        """Whether something went wrong that the snippet's options do not promise."""
        name, part = self.snippet.raises
        outcome = self.outcome
        as_promised = outcome.raised and outcome.raised == name and part in outcome.error
        return bool(outcome.error) and not as_promised

    def untruths(self) -> Iterator[BookError]:
        """Yield the claims after the snippet that are not true."""
        for claim, found in zip(self.snippet.claims, self.outcome.claims, strict=False):
            if found.fault:
                where = f" where {found.values}" if found.values else ""
                what = f"the claim does not hold: {claim.code}: {found.fault}{where}"
                do = "correct the sentence, or the expression"
                yield self.snippet.wrong(what, do, claim.line)

    def failure(self) -> BookError:
        """Return the error that names the line, with the snippet around it."""
        snippet, outcome = self.snippet, self.outcome
        line = snippet.line + (outcome.line if snippet.written is None else 0)
        shown = "\n".join(
            f"  {'>' if number == line else ' '} {number:4} {text}"
            for number, text in enumerate(snippet.code.splitlines(), start=snippet.line + 1)
        )
        return snippet.wrong(outcome.error, outcome.advice or f"mend the snippet:\n{shown}", line)


def results(page: Path) -> list[Result]:
    """Return a page's snippets with what they gave, executed now, before, or found in the cache.

    Raises
    ------
    BookError
        A snippet fails, hangs, ends the process, or does not do what its options say.
    """
    return accepted(draft_results(page))


def of_snippet(snippet: Snippet) -> Result:
    """Return what a snippet of a page gave."""
    return next(each for each in results(snippet.path) if each.snippet.line == snippet.line)


def accepted(results: Iterable[Result]) -> list[Result]:
    """Return results if each is what the options of its snippet say."""
    results = list(results)
    for result in results:
        if result.failed:
            raise result.failure()
        _check_expectations(result)
        for untruth in result.untruths():
            raise untruth
    return results


def draft_results(page: Path) -> list[Result]:
    """Return a page's snippets up to the first that fails, with what they gave."""
    running = _snippets(page)
    return [*map(Result, running, outcomes(running))]


def outcomes(running: Sequence[Snippet]) -> list[Outcome]:
    """Return what snippets give that stand together, up to the first that fails."""
    return _start(running).result()


def is_shown_at_its_snippet(problem: BookError, page: Path) -> bool:
    """Whether a problem of a page is the failure of a snippet, in whose place it can be shown."""
    try:
        failed = [each.failure() for each in draft_results(page) if each.failed]
    except BookError:  # Its fences cannot be read.
        return False
    return str(problem) in map(str, failed)


def _snippets(page: Path) -> list[Snippet]:
    """Return the snippets of a page that run, as it and the package, which it quotes, are now."""
    return [snippet for snippet in fences.read(page) if snippet.runs]


_pool = ThreadPoolExecutor(os.cpu_count())
_at_once = ThreadPoolExecutor(os.cpu_count())
"""For what is waited for: it does not wait for what may be asked for later."""
_ahead: set[str] = set()
"""Entries that were started before they were asked for."""
_futures: dict[str, Future[list[Outcome]]] = {}
_abandoned = threading.Event()
_lock = threading.Lock()


def prefetch(chosen: Iterable[Path]) -> None:
    """Start pages that will be asked for, side by side."""
    for page in chosen:
        with contextlib.suppress(Exception):  # said when the page itself is asked for
            _start(_snippets(page), ahead=True)


def abandon() -> None:
    """Execute nothing more: what has begun is ended, and what waits never begins."""
    _abandoned.set()
    for pool in (_pool, _at_once):
        pool.shutdown(wait=False, cancel_futures=True)
    for process in multiprocessing.active_children():
        process.kill()


def _start(running: Sequence[Snippet], *, ahead: bool = False) -> Future[list[Outcome]]:
    entry = cache.key([text for each in running for text in _said(each)])
    with _lock:
        future = _futures.pop(entry, None)
        if future and not ahead and entry in _ahead:
            _ahead.remove(entry)
            future = None if future.cancel() else future  # nobody had begun with it
        if future is None:
            future = (_pool if ahead else _at_once).submit(_outcomes, entry, running)
            _ahead.update([entry] if ahead else ())
        _futures[entry] = future
        # What was asked for long ago is on the disk: a server that runs for days does not grow.
        for old in list(_futures)[:-KEPT]:
            del _futures[old]
            _ahead.discard(old)
    return future


def _outcomes(entry: str, running: Sequence[Snippet]) -> list[Outcome]:
    """Return what snippets give, from the cache if it is known."""
    found = cache.load(entry) if running else []
    if found is None:
        found = execute(running)
        results = list(map(Result, running, found))
        if len(found) == len(running) and not any(
            each.failed or any(each.untruths()) for each in results
        ):
            cache.store(entry, [snippet.code for snippet in running], found)
    return found


def _said(snippet: Snippet) -> Iterator[str]:
    """Yield all of a snippet that decides what executing it gives."""
    yield snippet.code
    for claim in snippet.claims:
        yield f"claim: {claim.code}"


def _failed(snippet: Snippet, outcome: Outcome) -> bool:
    return Result(snippet, outcome).failed


def execute(running: Sequence[Snippet], limit: float | None = None) -> list[Outcome]:
    """Execute snippets, in order, in one fresh process, up to the first that fails.

    Parameters
    ----------
    running
        The snippets.
    limit
        Seconds of processor time for each; `TIME_LIMIT` without it.
    """
    limit = TIME_LIMIT if limit is None else limit
    receiver, sender = multiprocessing.Pipe(duplex=False)
    codes = [(each.code, [claim.code for claim in each.claims]) for each in running]
    arguments = (codes, limit, sender)
    process = _fork_server().Process(target=worker.execute_page, args=arguments, daemon=True)
    process.start()
    sender.close()
    if _abandoned.is_set():  # while it was started
        process.kill()
    outcomes: list[Outcome] = []
    try:
        for snippet in running:
            if not receiver.poll(WALL_LIMIT):
                what = f"runs for more than {WALL_LIMIT:g} s by the clock"
                outcomes.append(Outcome(error=what, advice="let it wait for nothing"))
            else:
                try:
                    outcomes.append(receiver.recv())
                except EOFError:
                    process.join()
                    outcomes.append(_ended(process.exitcode, limit))
            if _failed(snippet, outcomes[-1]):
                break
    finally:
        process.kill()
        process.join()
        receiver.close()
    return outcomes


def _ended(exitcode: int | None, limit: float) -> Outcome:
    """Return the outcome of a snippet that has ended its process."""
    if exitcode == -signal.SIGPROF:
        what = f"runs for more than {limit:g} s of processor time"
        return Outcome(error=what, advice="make it shorter")
    return Outcome(error="ends the process", advice="let the snippet run to its end")


@functools.cache
def _fork_server() -> multiprocessing.context.ForkServerContext:
    """Return a clean process that has the slow imports behind it, to be forked for each page."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["book.execution.preload"])
    return context


def _check_expectations(result: Result) -> None:
    """Refuse a snippet that shows something else than its options say."""
    options, outcome, snippet = result.snippet.options, result.outcome, result.snippet
    shows = bool(outcome.printed.strip() or outcome.figures or outcome.raised)
    if "raises" in options and not outcome.raised:
        raise snippet.wrong(f"was to raise {snippet.raises[0]} and did not", "delete raises=")
    if "varies" in options and outcome.printed.strip():
        raise snippet.wrong("prints something that is not pinned", "let it draw only what varies")
    if "explorer" in options and not outcome.draws:
        raise snippet.wrong("an explorer without a figure", "print a draw_network(...)")
    if "laboratory" in options and not (outcome.draws or outcome.figures):
        raise snippet.wrong("a laboratory without a figure", "draw what stands there without it")
    if not all(plot.table for plot in outcome.figures):
        raise snippet.wrong(
            "a plot without data: nothing of it can be pinned", "draw lines, images"
        )
    if options.get("output") == "none" and shows:
        raise snippet.wrong('shows something, though output="none"', "delete the option")
    if options.get("output") != "none" and not shows:
        raise snippet.wrong("shows nothing", 'print a result, or say output="none"')
