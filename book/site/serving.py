"""The pages while they are written: served, and rendered anew one by one as they change.

MkDocs converts all pages once. After that only what an edit concerns is done: the page whose text
was edited; the page of the reference whose module was; of all others, those whose snippets give
something else now, the page that was looked at last before all others. An edit that concerns
everything (a page comes or goes, an equation or a term changes) renders all pages, in that order.
What is wrong on a page is shown on it.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mkdocs.commands import build as generator
from mkdocs.config import load_config
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import Files

from book.errors import BookError
from book.execution import executor
from book.execution.worker import Outcome
from book.interactive import laboratory, playground
from book.site import downloads
from book.site.drawings import Drawings
from book.source import pages
from book.source.equations import equations

PACKAGE = pages.ROOT / "backprop"
RESTART = [pages.ROOT / "book", pages.ROOT / "mkdocs.yml"]
"""What makes the site: when it changes, the server begins anew."""
_LOG = logging.getLogger("mkdocs.book")


def serve(address: str) -> None:
    """Serve the pages until the process is interrupted.

    Parameters
    ----------
    address
        Host and port, such as 127.0.0.1:8000.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        sys.exit(f"{address!r} is no host and port; write it like 127.0.0.1:8000")
    os.environ |= {"BOOK_DRAFT": "1", "NO_MKDOCS_2_WARNING": "1", "SITE_URL": f"http://{address}/"}
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    log = logging.getLogger("mkdocs")
    log.addHandler(logging.StreamHandler())
    log.setLevel(logging.INFO)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="backprop-") as folder:
        preview = _Preview(Path(folder) / "site", Path(folder) / "wanted")
        server = _Server(preview.update, host, int(port), str(preview.site), polling_interval=0.4)
        preview.server = server
        try:
            preview.begin()
            for watched in (pages.DOCS, PACKAGE, *RESTART, preview.wanted.parent):
                server.watch(str(watched), recursive=watched.parent != Path(folder))
            server.serve()  # type: ignore[no-untyped-call]
        except KeyboardInterrupt:
            pass
        except OSError as error:
            sys.exit(f"cannot serve on {address}: {error}")
        finally:
            server.shutdown()


class _Server(LiveReloadServer):
    """A server that knows which page was looked at last."""

    latest = ""

    def serve_request(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Serve a file, and keep the address if it is that of a page."""
        address = environ["PATH_INFO"]
        if address.endswith("/"):
            self.latest = address.strip("/")
        return super().serve_request(environ, start_response)


class _Recorder(BasePlugin):  # type: ignore[type-arg, no-untyped-call]
    """Keep what MkDocs makes of the files, so that a page can be rendered again."""

    def on_env(self, env: Any, /, *, config: Any, files: Files) -> None:
        """Keep the environment of the templates, and the files."""
        self.env, self.files, self.config = env, files, config

    def on_nav(self, nav: Any, /, *, config: Any, files: Files) -> None:  # noqa: ARG002
        """Keep the navigation."""
        self.nav = nav


class _Preview:
    """The site as it is served, and what it was made from."""

    def __init__(self, site: Path, wanted: Path) -> None:
        self.site, self.wanted = site, wanted
        self.server: _Server
        self.known: dict[Path, int] = {}
        self.outcomes: dict[Path, list[Outcome]] = {}
        self.ready: list[Path] = []
        """Pages that are to be rendered again."""
        self.edits = 0

    def begin(self) -> None:
        """Convert all pages."""
        self.known, self.concerns = _times(), _concern_all()
        self.recorder = _Recorder()
        executor.prefetch(pages.paths())
        config = load_config(str(pages.ROOT / "mkdocs.yml"), strict=False, site_dir=str(self.site))
        config.plugins["book"], config.plugins["drawings"] = self.recorder, Drawings()
        config.plugins.on_startup(command="serve", dirty=False)
        generator.build(config, serve_url=config.site_url)
        # What is found in a page is parsed for long: the search knows the pages as they were first.
        config.plugins["material/search"].config.enabled = False
        playground.write(self.site)
        laboratory.write(self.site)
        for page in pages.paths():
            self._finish(page)

    def update(self) -> None:
        """Do what the edits since the last time ask for, the open page first."""
        known, self.known = self.known, _times()
        changed = {path for path in known.keys() | self.known.keys() if self._differs(known, path)}
        if any(path.is_relative_to(root) for path in changed for root in RESTART):
            _LOG.info("What makes the site has changed: beginning anew")
            os.execv(sys.executable, [sys.executable, "-m", "book", *sys.argv[1:]])  # noqa: S606
        pages.refresh()
        written = {path for path in changed if path.suffix == ".md" and pages.DOCS in path.parents}
        if any((path in known) != (path in self.known) for path in written):
            self.begin()
            return
        for path in changed - written:
            self._copy_asset(path)
        modules = [path for path in changed if path.parent == PACKAGE]
        now = {*written, *self._reference(modules), *self.ready}
        self.ready = []
        for page in self._open_first(now):
            self._render(page)
        if self.concerns != (concerns := _concern_all()):
            self.concerns = concerns
            self.outcomes.clear()
        elif not modules:
            return
        self.edits += 1
        threading.Thread(target=self._follow, args=(self.edits, now), daemon=True).start()

    def _follow(self, edit: int, done: set[Path]) -> None:
        """Find the pages that give something else after an edit, while others can be read.

        The open page is rendered as soon as it is known to be one of them, and then all others.
        """
        rest = self._open_first(set(pages.paths()) - done)
        executor.prefetch(rest)
        found = []
        for page in rest:
            if self._gives(page) != self.outcomes.get(page):
                found.append(page)
            if self.edits != edit:
                return
            if page == rest[0] and found:
                self._want(found.pop())
        self._want(*found)
        _LOG.info("All pages give what the package gives now")

    def _want(self, *found: Path) -> None:
        """Have pages rendered, by the thread that serves."""
        if found:
            self.ready += found
            self.wanted.write_text(" ".join(map(str, found)), encoding="utf-8")

    def _differs(self, known: dict[Path, int], path: Path) -> bool:
        return known.get(path) != self.known.get(path)

    def _open_first(self, chosen: Iterable[Path]) -> list[Path]:
        """Return pages in order, but first the one that was looked at last."""
        return sorted(
            chosen, key=lambda page: (pages.address(page).strip("/") != self.server.latest, page)
        )

    def _reference(self, modules: Iterable[Path]) -> list[Path]:
        """Return the pages of the reference that document edited modules, which are read anew."""
        handlers: Any = self.recorder.config.plugins["mkdocstrings"]
        found = [pages.DOCS / "api" / f"{module.stem}.md" for module in modules]
        if found:
            handlers.handlers._handlers.clear()
        return [page for page in found if page.exists()]

    def _copy_asset(self, path: Path) -> None:
        if pages.DOCS in path.parents:
            target = self.site / path.relative_to(pages.DOCS)
            target.unlink(missing_ok=True)
            if path.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)

    def _render(self, page: Path) -> None:
        """Convert a page, and write it into the site."""
        _LOG.info("Rendering %s", page.relative_to(pages.ROOT))
        recorder = self.recorder
        config, files = recorder.config, recorder.files
        file: Any = files.get_file_from_path(page.relative_to(pages.DOCS).as_posix())
        generator._populate_page(file.page, config, files)
        config.plugins["autorefs"].on_env(recorder.env, config=config, files=Files([file]))
        every = files.documentation_pages()
        generator._build_page(file.page, config, every, recorder.nav, recorder.env)
        self._finish(page)

    def _finish(self, page: Path) -> None:
        """Remember what a page gives, and write its downloads."""
        results = self._results(page)
        self.outcomes[page] = [each.outcome for each in results]
        if results and pages.chapter(page) is not None:
            downloads.write(self.site, page, results)

    def _gives(self, page: Path) -> list[Outcome]:
        return [each.outcome for each in self._results(page)]

    def _results(self, page: Path) -> list[executor.Result]:
        try:
            return executor.draft_results(page)
        except BookError:  # A fence that cannot be read is shown on the page.
            return []


def _times() -> dict[Path, int]:
    """Return when each file was changed on which the site depends."""
    roots = (pages.DOCS, PACKAGE, *RESTART)
    files = [path for root in roots for path in ([root] if root.is_file() else root.rglob("*"))]
    kept = [path for path in files if path.is_file() and path.suffix != ".pyc"]
    return {path: path.stat().st_mtime_ns for path in kept}


def _concern_all() -> tuple[Any, ...]:
    """Return what other pages say of a page: what it is called, its equations, and terms."""
    titles = [(page, pages.title(page), pages.description(page)) for page in pages.paths()]
    try:
        numbered = [(each.name, each.tex, each.number) for each in equations().values()]
    except BookError:  # It is shown where an equation is.
        numbered = []
    glossary = pages.DOCS / "glossary.md"
    return titles, numbered, glossary.read_text("utf-8") if glossary.exists() else ""
