"""The commands: each puts the folders of `book` together for one purpose."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from book import files
from book.checks import all as all_checks
from book.checks import links, sentences, source, surroundings
from book.checks import site as site_checks
from book.errors import BookError
from book.execution import cache, executor, snapshots
from book.interactive import laboratory, playground, pyodide
from book.markdown import licensing
from book.site import copying, current, kept, minify, policy, search
from book.source import distribution, pages, renumbering

FRESH = pages.ROOT / ".cache" / "site"
LOCK = pages.ROOT / ".cache" / "build.lock"
PLACES = ((cache.ROOM, "BOOK_CACHE"), (FRESH.parent, ""), (pages.ROOT, ""))
"""What commands write to, and the variable by which a place can be another."""


def build(no_cache: bool = False) -> None:
    """Build the site strictly into a fresh folder, and publish it only if it is whole."""
    settings = {
        "SOURCE_DATE_EPOCH": commit_time(),
        # Pages are executed side by side, a core for each.
        "OPENBLAS_NUM_THREADS": "1",
        **({cache.OFF: "1"} if no_cache else {}),
    }
    for name, value in settings.items():
        os.environ.setdefault(name, value)
    with files.alone(LOCK, "another build of this book is at work: waiting until it has ended"):
        _build(no_cache)


def _build(no_cache: bool) -> None:
    # Imported here: no other command draws or writes notebooks, and each would wait for it.
    from book.site import cards, downloads, llms_txt

    inputs = current.inputs()
    if not no_cache and current.is_current(inputs):
        print(f"{pages.SITE.name}/ is that of the files as they are")
        return
    before = None if cache.OFF in os.environ else kept.Kept()
    executor.prefetch(before.lacking if before else pages.as_converted())
    lint()
    shutil.rmtree(FRESH, ignore_errors=True)
    _generate(FRESH, before)
    for page in pages.paths():
        if not (FRESH / pages.address(page) / "index.html").exists():
            raise BookError(page, 1, "the page was not built", "run the build again and read it")
    distribution.write(FRESH)
    for page in pages.chapters():
        if not (before and before.write_downloads(FRESH, page)):
            downloads.write(FRESH, page, executor.results(page))
    playground.write(FRESH)
    laboratory.write(FRESH)
    licensing.write(FRESH)
    copying.apply(FRESH)
    _refuse(site_checks.check(FRESH))
    search.mend(FRESH)
    cards.draw(FRESH)
    llms_txt.write(FRESH)
    minify.apply(FRESH)
    policy.apply(FRESH)
    files.publish(FRESH, pages.SITE)
    if before:
        before.remember(pages.SITE)
    current.remember(inputs)


def abandon() -> None:
    """End what a command has begun and nobody waits for any more."""
    executor.abandon()


class _WithPlace(logging.StreamHandler):  # type: ignore[type-arg]  # of what it writes to
    """Print what the generator says, with the line of the page that it speaks of."""

    def format(self, record: logging.LogRecord) -> str:
        return links.with_place(f"{record.levelname:<8} -  {record.getMessage()}")


def _generate(site: Path, before: kept.Kept | None) -> None:
    """Let MkDocs convert the pages into a folder; it ends the process if one cannot be.

    Those that were kept are not converted again.
    """
    os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")
    from mkdocs.commands.build import build as generate
    from mkdocs.config import load_config
    from mkdocs.exceptions import Abort

    from book.site.drawings import Drawings

    log = logging.getLogger("mkdocs")
    log.addHandler(_WithPlace())
    log.setLevel(logging.INFO)
    config = load_config(str(pages.ROOT / "mkdocs.yml"), strict=True, site_dir=str(site))
    config.plugins["drawings"] = Drawings()
    if before:
        config.plugins["kept"] = before
    config.plugins.on_startup(command="build", dirty=False)
    try:
        generate(config)
    except Abort as error:
        sys.exit(str(error))
    finally:
        config.plugins.on_shutdown()


def commit_time() -> str:
    """Return the time of the last commit, so that a commit always gives the same bytes."""
    git = ["git", "log", "-1", "--format=%ct"]
    found = subprocess.run(git, cwd=pages.ROOT, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "0"


def serve(address: str) -> None:
    """Serve the pages while they are written, and show on them what is wrong."""
    from book.site import serving

    serving.serve(address)


def check(chosen: Sequence[str]) -> None:
    """Check pages without building the site, and say all that is wrong."""
    _refuse(all_checks.problems(_pages(chosen)))


def pin(chosen: Sequence[str]) -> None:
    """Accept what pages show now, and print how it differs from what was pinned."""
    # Nothing is kept of this: what gives something else each time is seen by the next check.
    os.environ[cache.OFF] = "1"
    failed = []
    for page in _pages(chosen):
        try:
            results = executor.results(page)
        except BookError as problem:
            failed.append(problem)
            continue
        if changes := snapshots.accept(page, results):
            print(f"{page.relative_to(pages.ROOT)}:\n{changes}")
    _refuse(failed)
    for orphan in snapshots.orphans():
        assert orphan.path is not None
        orphan.path.unlink()
        print(f"{orphan.path.relative_to(pages.ROOT)}: removed, its page is gone")


def renumber() -> None:
    """Correct the numbers of chapters in the words of links, after the navigation has changed."""
    for page in pages.paths():
        if renumbering.renumber(page):
            print(f"{page.relative_to(pages.ROOT)}: links have other numbers")


def lint() -> None:
    """Check the pages as they are written, without executing or converting them."""
    _refuse(surroundings.problems())
    for look in (source.lint, sentences.problems):
        _refuse(problem for page in pages.paths() for problem in look(page))


def runtime() -> None:
    """Bring the Python that runs snippets in the page."""
    print(f"NumPy and matplotlib for the browser are from {pyodide.bring()}")


def package(folder: str) -> None:
    """Build the wheel and the archive of sources of the package into a folder."""
    for target in ("wheel", "sdist"):
        distribution.build(Path(folder), target)


def pdf() -> None:
    """Print the built site as one PDF."""
    from book.editions import pdf as edition

    edition.main()


def archive() -> None:
    """Pack the built site into an archive to be read from a disk."""
    from book.editions import offline

    target = offline.pack(pages.SITE, int(commit_time()))
    print(target.relative_to(pages.ROOT))


def _pages(chosen: Sequence[str]) -> list[Path]:
    """Return the pages that are named, or all; no others are executed."""
    found = [Path(name).resolve() for name in chosen] or pages.paths()
    if unknown := [str(page) for page in found if page not in pages.paths()]:
        sys.exit(f"not a page of the book: {', '.join(unknown)}")
    executor.prefetch(found)
    return found


def _refuse(problems: Iterable[BookError]) -> None:
    if said := "\n".join(map(str, problems)):
        sys.exit(said)
