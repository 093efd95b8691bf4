"""The pages while they are written: served, and rendered anew one by one as they change.

MkDocs converts all pages once. After that only what an edit concerns is done: the page whose text
was edited; the page of the reference whose module was; of all others, those whose snippets give
something else now, the page that was looked at last before all others. An edit that concerns
everything (a page comes or goes, an equation or a term changes) renders all pages, in that order.
What is wrong on a page is shown on it; what is wrong with all of them, in the place of each. What
could not be done is done with the next edit. A page that cannot be read for a moment, or equations
that cannot, let no other page be rendered again. A change of the server's own code lets it begin
anew, once that code can be imported.
"""

from __future__ import annotations

import functools
import gc
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from mkdocs.commands import build as generator
from mkdocs.config import load_config
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import Files

from book.errors import BookError
from book.execution import executor
from book.interactive import laboratory, playground
from book.site import downloads
from book.site.drawings import Drawings
from book.source import distribution, pages
from book.source.equations import equations

PACKAGE = pages.ROOT / "backprop"
CODE, THEME = pages.ROOT / "book", pages.ROOT / "book" / "theme"
"""What makes the site: when its Python changes, the server begins anew, as another process."""
BESIDE = [pages.SETTINGS, pages.ROOT / "CITATION.cff", pages.ROOT / "pyproject.toml"]
"""What many pages depend on: when it changes, all are converted again."""
CONVERTERS = ("griffe", "markdown", "material", "mkdocs", "pymdownx")
"""The libraries, by how their names begin, that are handed pages and settings."""
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
    _refuse_a_port_that_is_taken(host, int(port))
    with tempfile.TemporaryDirectory(prefix="backprop-") as folder:
        preview = _Preview(Path(folder) / "site", Path(folder) / "wanted")
        server = _Server(preview.update, host, int(port), str(preview.site), polling_interval=0.4)
        preview.server = server
        server.preview = preview
        try:
            preview.update()
            for watched in (pages.DOCS, PACKAGE, CODE, *BESIDE, preview.wanted.parent):
                server.watch(str(watched), recursive=watched.parent != Path(folder))
            server.serve()  # type: ignore[no-untyped-call]
        except KeyboardInterrupt:
            pass
        finally:
            server.shutdown()


def _refuse_a_port_that_is_taken(host: str, port: int) -> None:
    """Say so before the pages are converted, and not when they are."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        other = f"python -m book serve {host}:{port + 1}"
        said = os.strerror(error.errno or 0)
        sys.exit(f"cannot serve on {host}:{port}: {said}; end what does, or run {other}")


_FAULT = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Not true yet</title>
</head><body><h1>Not true yet</h1><pre>{}</pre>
<p>This page follows when it is mended.</p></body></html>
"""


class _Server(LiveReloadServer):
    """A server that knows which page was looked at last."""

    latest = ""
    preview: _Preview

    def serve_request(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Serve a file, and keep the address if it is that of a page."""
        address = environ["PATH_INFO"]
        if address.endswith("/"):
            self.latest = address.strip("/")
            if said := self.preview.fault or self.preview.faults.get(self.latest):
                start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
                page = _FAULT.format(escape(said)).encode()
                return [self._inject_js_into_html(page, self._visible_epoch)]  # type: ignore[no-untyped-call]
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
        self.begun = False
        """Whether the site is whole, so that what an edit concerns is enough."""
        self.shown: dict[Path, list[executor.Result]] = {}
        """What each page shows: its snippets, and what they gave."""
        self.ready: list[Path] = []
        """Pages that are to be rendered again."""
        self.doubtful: set[Path] = set()
        """Pages that were rendered while the equations could not be read."""
        self.edits = 0
        self.fault = ""
        """What is wrong with the whole site, so that none of its pages can be shown."""
        self.faults: dict[str, str] = {}
        """What is wrong with a page that cannot be shown, by its address."""

    def begin(self) -> None:
        """Convert all pages."""
        self.edits += 1  # what follows an earlier edit is given up
        self.begun = False
        self.recorder = _Recorder()
        _forget_what_is_outdated()
        gc.collect()
        self.ready, self.faults, self.shown, self.doubtful = [], {}, {}, set()
        self.concerns = _concern_all()
        executor.prefetch(pages.as_converted())
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
        self.begun = True

    def update(self) -> None:
        """Do what the edits since the last time ask for; what cannot be done is tried again."""
        known = self.known
        try:
            self.known = _times()
            self._follow_edits(known)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - no edit may end the server
            # A file that goes while it is read: its going is the next edit.
            self.fault = f"{type(error).__name__}: {error}"
            _LOG.error("%s", self.fault)
            self.known = known
            if isinstance(error, FileNotFoundError):
                time.sleep(0.5)
                self.wanted.write_text("", encoding="utf-8")
        else:
            self.fault = ""

    def _follow_edits(self, known: dict[Path, int]) -> None:
        """Do what the edits since files were as they are known ask for, the open page first."""
        changed = {
            path
            for path in known.keys() | self.known.keys()
            if known.get(path) != self.known.get(path)
        }
        if known and any(_is_code(path) for path in changed):
            self._begin_as_another_process()
        pages.refresh()
        written = {path for path in changed if path.suffix == ".md" and pages.DOCS in path.parents}
        of_all = [path for path in changed if path in BESIDE or path.is_relative_to(CODE)]
        listed = any((path in known) != (path in self.known) for path in written)
        if of_all or listed or not self.begun:
            self.begin()
            return
        # If a page cannot be read, it ends here, and the site is as it was.
        readable = _concern_all().equations is not None
        self.begun = False
        for path in changed - written:
            self._copy_asset(path)
        modules = [path for path in changed if path.is_relative_to(PACKAGE)]
        now = {*written, *self._reference(modules), *self.ready}
        self.ready = []
        now |= self.doubtful if readable else set()
        for page in self._open_first(page for page in now if page.exists()):
            self._render_or_say(page)
        self.doubtful = set() if readable else self.doubtful | now
        concerns = _concern_all()
        if concerns.equations is None:  # it is shown where one is; all others stay as they are
            concerns = concerns._replace(equations=self.concerns.equations)
        self.begun = True
        if self.concerns != concerns:
            self.concerns = concerns
            self.shown.clear()
        elif not modules:
            return
        self.edits += 1
        self.ready = []  # what follows an earlier edit looked for them; it looks at all again
        threading.Thread(target=self._follow, args=(self.edits, now), daemon=True).start()

    def _follow(self, edit: int, done: set[Path]) -> None:
        """Find the pages that give something else after an edit, while others can be read.

        The open page is rendered as soon as it is known to be one of them, and then all others.
        """
        rest = self._open_first(set(pages.paths()) - done)
        executor.prefetch(rest)
        found = []
        for page in rest:
            try:
                differs = self._results(page) != self.shown.get(page)
            except Exception:  # noqa: BLE001 - who renders it says what is wrong
                differs = True
            if differs:
                found.append(page)
            if self.edits != edit:
                return
            if page == rest[0] and found:
                self._want(found.pop())
        if self.edits != edit:
            return
        self._want(*found)
        _LOG.info("All pages give what the package gives now")

    def _want(self, *found: Path) -> None:
        """Have pages rendered, by the thread that serves."""
        if found:
            self.ready += found
            self.wanted.write_text(" ".join(map(str, found)), encoding="utf-8")

    def _begin_as_another_process(self) -> None:
        """Begin anew with the site's own code as it is now, if it can be imported."""
        tried = [sys.executable, "-c", "import book.commands, book.site.serving, book.checks.gate"]
        done = subprocess.run(tried, cwd=pages.ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr.strip())
        _LOG.info("What makes the site has changed: beginning anew")
        shutil.rmtree(self.wanted.parent, ignore_errors=True)
        os.execv(sys.executable, [sys.executable, "-m", "book", *sys.argv[1:]])  # noqa: S606

    def _open_first(self, chosen: Iterable[Path]) -> list[Path]:
        """Return pages in order, but first the one that was looked at last."""
        return sorted(
            chosen, key=lambda page: (pages.address(page).strip("/") != self.server.latest, page)
        )

    def _reference(self, modules: Iterable[Path]) -> list[Path]:
        """Return the pages of the reference that document edited modules, which are read anew."""
        modules = [PACKAGE / module.relative_to(PACKAGE).parts[0] for module in modules]
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

    def _render_or_say(self, page: Path) -> None:
        """Render a page, or say in its place why it cannot be."""
        address = pages.address(page).strip("/")
        try:
            self._render(page)
        except Exception as error:  # noqa: BLE001 - whatever it is, the page is to say it
            self.shown.pop(page, None)
            self.faults[address] = (
                f"{page.relative_to(pages.ROOT)}: {type(error).__name__}: {error}"
            )
            _LOG.error("%s", self.faults[address])
        else:
            self.faults.pop(address, None)

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
        _forget_what_is_outdated()
        self._finish(page)

    def _finish(self, page: Path) -> None:
        """Remember what a page gives, and write its downloads."""
        results = self._results(page)
        self.shown[page] = results
        if results and pages.chapter(page) is not None:
            distribution.write(self.site)
            downloads.write(self.site, page, results)

    def _results(self, page: Path) -> list[executor.Result]:
        try:
            return executor.draft_results(page)
        except BookError:  # A fence that cannot be read is shown on the page.
            return []


def _forget_what_is_outdated() -> None:
    """Empty the caches of the libraries: their keys hold each converter, and so all of its site."""
    for each in gc.get_objects():
        if isinstance(each, functools._lru_cache_wrapper):
            module = getattr(each, "__module__", None) or ""
            if module.startswith(CONVERTERS):
                each.cache_clear()


def _times() -> dict[Path, int]:
    """Return when each file was changed on which the site depends."""
    roots = (pages.DOCS, PACKAGE, CODE, *BESIDE)
    files = [path for root in roots for path in ([root] if root.is_file() else root.rglob("*"))]
    kept = [path for path in files if path.is_file() and path.suffix != ".pyc"]
    return {path: path.stat().st_mtime_ns for path in kept}


def _is_code(path: Path) -> bool:
    return path.is_relative_to(CODE) and not path.is_relative_to(THEME)


class _Concerns(NamedTuple):
    """What other pages say of a page: what it is called, its equations, and terms."""

    titles: list[tuple[Path, str, str]]
    equations: list[tuple[str, str, str]] | None
    """None as long as they cannot be read."""
    glossary: str


def _concern_all() -> _Concerns:
    """Return what pages say of others as it is now."""
    titles = [(page, pages.title(page), pages.description(page)) for page in pages.paths()]
    try:
        numbered = [(each.name, each.tex, each.number) for each in equations().values()]
    except BookError:
        numbered = None
    glossary = pages.DOCS / "glossary.md"
    return _Concerns(titles, numbered, glossary.read_text("utf-8") if glossary.exists() else "")
