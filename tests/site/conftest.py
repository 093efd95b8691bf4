"""The built site, a browser that reads it, and a fresh interpreter with the built wheel."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from urllib.parse import urljoin

import pytest
from kept import (  # noqa: F401 - what they find is known again
    entry_of_a_test,
    first_of_a_module,
    pytest_pyfunc_call,
    pytest_runtest_makereport,
)
from playwright.sync_api import expect, sync_playwright
from servers import Quiet, served

from book.editions import chromium
from book.interactive import pyodide
from book.source import pages

PATIENCE = 60_000
"""Milliseconds after which a condition is given up: no test waits so long where all is well."""
expect.set_options(timeout=PATIENCE)
WAITING = (
    "html.no-js, body:has(script[src$='explorer.js']) .explorer:not([data-live]), "
    "body:has(.tools > .run) form.doctor[hidden]"
)
"""What a page holds until the theme, and then its explorer or the doctor, have begun."""


@pytest.fixture(scope="session")
def runtime_in_the_site(site):
    """The folder of what a browser loads to run snippets."""
    if not pyodide.is_there():
        assert "BACKPROP_REQUIRE_RUNTIME" not in os.environ, "no runtime: make runtime"
        pytest.skip("no Python for the browser: make runtime")
    return site / "downloads" / "runtime"


@pytest.fixture(scope="session")
def wheel(site):
    """The wheel of the package that the site gives to its readers."""
    (given,) = site.glob("downloads/*.whl")
    return given


@pytest.fixture(scope="session")
def fresh_python(wheel, tmp_path_factory):
    """A Python that has the built wheel and what it and the plots need, and nothing of the book."""
    folder = tmp_path_factory.mktemp("fresh")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    install = ["--python", str(python), "install", "--no-deps", str(wheel)]
    subprocess.run([*pip, *install], check=True)
    # The dependencies are those of this environment; its own .pth files, which know the book, are
    # not followed from here.
    site_packages = next((folder / "venv" / "lib").glob("python*")) / "site-packages"
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return python


class _WithHeaders(Quiet):
    def translate_path(self, path):
        return super().translate_path(path.removeprefix("/book"))

    def end_headers(self):
        headers = (Path(self.directory) / "_headers").read_text(encoding="utf-8")
        for header in headers.splitlines()[1:]:
            name, _, value = header.strip().partition(": ")
            self.send_header(name, value)
        super().end_headers()


@pytest.fixture(scope="session")
def address(site):
    """Where a static server serves the site and its headers: below a path, and at its root too."""
    with served(site, _WithHeaders) as root:
        yield f"{root}book/"


@pytest.fixture(scope="session")
def playwright():
    """What drives browsers, once in each process; `engines/firefox-esr.cjs` tells why so begun."""
    with pytest.MonkeyPatch.context() as patch:
        tolerant = Path(__file__).parent / "engines" / "firefox-esr.cjs"
        patch.setenv("NODE_OPTIONS", f"--require={tolerant}")
        driver = sync_playwright().start()
    yield driver
    driver.stop()


@pytest.fixture(scope="session")
def browser(playwright):
    """A Chromium found on the machine."""
    if not (program := chromium.path()):
        assert "BACKPROP_REQUIRE_BROWSER" not in os.environ, chromium.LACKING
        pytest.skip(chromium.LACKING)
    browser = playwright.chromium.launch(executable_path=program, args=chromium.FLAGS)
    yield browser
    browser.close()


def settle(page, requests, scripts=True):
    """Wait until a page that was opened has all that it asked for, and its scripts have begun.

    Its own files are there when it is loaded. Scripts may ask for more until they have begun: the
    list of requests is gone through to an end that moves.
    """
    page.evaluate("document.fonts.ready.then(() => null)")
    if scripts:
        page.wait_for_function("waiting => !document.querySelector(waiting)", arg=WAITING)
    for request in requests:
        if response := request.response():
            response.finished()


def _visiting(browser, address):
    """Give what opens a page of the site in a window of its own, until all windows are closed."""
    contexts = []

    def open_page(path, width=1280, scheme="light", **settings):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, **settings
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page, requests = context.new_page(), []
        page.complaints, page.requested = [], []
        complain = page.complaints.append
        page.on("console", lambda m: m.type in {"error", "warning"} and complain(m.text))
        page.on("pageerror", lambda error: complain(str(error)))
        page.on("requestfailed", lambda request: complain(f"failed: {request.url}"))
        page.on("request", lambda request: requests.append(request))
        page.on("request", lambda request: page.requested.append(request.url))
        scripts = settings.get("java_script_enabled", True)

        def open_again():
            page.reload()
            settle(page, requests, scripts)

        def open_other(path):
            for told in (requests, page.requested, page.complaints):
                told.clear()
            page.goto(urljoin(address, path))
            settle(page, requests, scripts)

        page.open_again, page.open_other = open_again, open_other
        page.goto(urljoin(address, path))
        settle(page, requests, scripts)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def visit(browser, address):
    """Open a page of the site in a window of its own, and keep its requests and complaints."""
    yield from _visiting(browser, address)


@pytest.fixture(scope="module")
def modules(browser):
    """A page from which the modules of the pages can be imported as they are written."""
    with served(pages.DOCS) as root:
        page = browser.new_page()
        page.goto(f"{root}assets/favicon.svg")
        yield page
        page.close()


@pytest.fixture(scope="module")
def visit_for_long(browser, address):
    """Open a page for all tests of a file."""
    yield from _visiting(browser, address)
