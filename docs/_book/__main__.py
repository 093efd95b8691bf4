"""The book's own commands: `python -m _book build`, `verify`, `lint`, `pin` and `runtime`.

`verify` and `pin` take all pages, or those that are named.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from _book import built, cards, links, llms, pages, pins, policy, run, runtime, searching, slim
from _book import lint as linter
from _book import verify as checks
from _book.errors import BookError

SITE = run.ROOT / "site"
FRESH = run.ROOT / ".cache" / "site"


def build() -> None:
    """Build the site strictly into a fresh folder, and publish it only if it is whole."""
    lint()
    shutil.rmtree(FRESH, ignore_errors=True)
    environment = {
        "SOURCE_DATE_EPOCH": commit_time(),
        "NO_MKDOCS_2_WARNING": "1",
        # Pages run side by side, a core for each.
        "OPENBLAS_NUM_THREADS": "1",
        **os.environ,
    }
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(FRESH)]
    with subprocess.Popen(
        command, cwd=run.ROOT, env=environment, stderr=subprocess.PIPE, text=True
    ) as generator:
        assert generator.stderr is not None
        for line in generator.stderr:
            print(links.with_place(line.rstrip("\n")), file=sys.stderr)
    if generator.returncode:
        sys.exit(generator.returncode)
    for page in pages.paths():
        if not (FRESH / pages.address(page) / "index.html").exists():
            raise BookError(page, 1, "the page was not built", "run the build again and read it")
    _refuse(built.check(FRESH))
    searching.mend(FRESH)
    cards.draw(FRESH)
    llms.write(FRESH)
    slim.apply(FRESH)
    policy.apply(FRESH)
    shutil.rmtree(SITE, ignore_errors=True)
    FRESH.rename(SITE)


def commit_time() -> str:
    """Return the time of the last commit, so that a commit always gives the same bytes."""
    git = ["git", "log", "-1", "--format=%ct"]
    found = subprocess.run(git, cwd=run.ROOT, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "0"


def verify(*names: str) -> None:
    """Check pages without building the site, and say all that is wrong."""
    _refuse(checks.faults(_chosen(names)))


def pin(*names: str) -> None:
    """Accept what pages show now, and print how it differs from what was pinned."""
    failed = []
    for page in _chosen(names):
        try:
            shown = run.RUNS.of(page)
        except BookError as fault:
            failed.append(fault)
            continue
        if changes := pins.accept(page, shown):
            print(f"{page.relative_to(run.ROOT)}:\n{changes}")
    _refuse(failed)
    for orphan in pins.orphans():
        assert orphan.path is not None
        orphan.path.unlink()
        print(f"{orphan.path.relative_to(run.ROOT)}: removed, its page is gone")


def _chosen(names: Sequence[str]) -> list[Path]:
    """Return the pages that are named, or all; no others are run."""
    chosen = [Path(name).resolve() for name in names] or pages.paths()
    if unknown := [str(page) for page in chosen if page not in pages.paths()]:
        sys.exit(f"not a page of the book: {', '.join(unknown)}")
    run.RUNS.ahead = lambda: chosen
    return chosen


def lint() -> None:
    """Check the pages without building them."""
    _refuse([*linter.settings(), *linter.modules()])
    _refuse(fault for page in pages.paths() for fault in linter.lint(page))


def _refuse(faults: Iterable[BookError]) -> None:
    if said := "\n".join(map(str, faults)):
        sys.exit(said)


COMMANDS: dict[str, Callable[..., None]] = {
    "build": build,
    "lint": lint,
    "pin": pin,
    "runtime": runtime.bring,
    "verify": verify,
}

if __name__ == "__main__":
    command, *named = sys.argv[1:] or [""]
    if command not in COMMANDS or (named and command not in {"pin", "verify"}):
        sys.exit(f"usage: python -m _book {{{','.join(COMMANDS)}}} [PAGE ...]")
    try:
        COMMANDS[command](*named)
    except BookError as error:
        sys.exit(str(error))
