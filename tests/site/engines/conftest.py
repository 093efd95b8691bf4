"""Windows of the three engines, and a server whose pages tell what goes wrong in them."""

import os
import time

import pytest
from playwrights import Chromium, Firefox
from servers import served
from watching import Watching
from webkit import PATIENCE, WebKit

ENGINES = [Chromium, Firefox, WebKit]


@pytest.fixture(scope="session")
def watched(site):
    """Where the site is served so that its pages keep what goes wrong in them."""
    with served(site, Watching) as root:
        yield root


class Reader:
    """Who reads the site in a window of some engine, and does there what readers do."""

    def __init__(self, window, address):
        self.window, self.address = window, address
        self.js, self.press = window.js, window.press
        self.resize, self.close = window.resize, window.close

    def open(self, path):
        """Open a page of the site, and wait for its fonts and its scripts."""
        self.window.open(self.address + path)
        self.wait("document.readyState == 'complete' && document.fonts.status == 'loaded'")
        self.wait("!document.querySelector('html.no-js, .explorer:not([data-live])')")

    def wait(self, condition, *arguments):
        """Wait until an expression of JavaScript is true, and return its value."""
        end = time.monotonic() + PATIENCE
        while not (value := self.js(f"return {condition}", *arguments)):
            assert time.monotonic() < end, condition
            time.sleep(0.05)
        return value

    def middle(self, css):
        """Scroll to an element, and return where its middle is."""
        return self.js(
            """const element = document.querySelector(arguments[0]);
            element.scrollIntoView({ block: "center", behavior: "instant" });
            const { x, y, width, height } = element.getBoundingClientRect();
            return [x + width / 2, y + height / 2];""",
            css,
        )

    def click(self, css):
        self.window.drag(self.middle(css), 0)

    def drag(self, css, across):
        self.window.drag(self.middle(css), across)

    def text(self, css):
        return self.js("return document.querySelector(arguments[0]).textContent", css)


@pytest.fixture(scope="module", params=ENGINES, ids=lambda engine: engine.__name__)
def engine(request):
    """An engine that the machine has."""
    if why := request.param.missing():
        assert "BACKPROP_REQUIRE_BROWSER" not in os.environ, why
        pytest.skip(why)
    return request.param


@pytest.fixture(scope="module")
def read(engine, playwright, watched):
    """Give a reader with a window of some width; windows are kept for all tests of an engine.

    One window takes every width, but that of WebKit, which has the focus only as wide as its screen
    was made for.
    """
    readers = {}

    def reader(width=1280):
        kept = width if engine is WebKit else "every"
        if kept not in readers:
            readers[kept] = Reader(engine(playwright, width), watched)
        readers[kept].resize(width)
        return readers[kept]

    yield reader
    for each in readers.values():
        each.close()
