"""What a reader waits for: the bytes and the requests of a chapter at the first visit."""

import gzip
import sys
from urllib.parse import urlsplit

import pytest
from test_copied_programs import CHAPTERS, name

from _book import pages

BYTES, HTML, REQUESTS = 120_000, 25_000, 10
"""At most this much is transferred for a chapter, in all and of the page itself."""


def transferred(path):
    """The bytes of a file as a server sends it that compresses what gets smaller by it."""
    content = path.read_bytes()
    return min(len(content), len(gzip.compress(content, 6)))


@pytest.fixture(scope="module")
def weights(site, browser, address):
    """Of each chapter, the bytes in all, those of the page, and the requests."""
    found = {}
    for chapter in CHAPTERS:
        context = browser.new_context()
        page, asked = context.new_page(), []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(address + pages.address(chapter), wait_until="networkidle")
        context.close()
        paths = [urlsplit(url).path.removeprefix("/book").lstrip("/") for url in asked]
        files = [
            site / path / "index.html" if path.endswith("/") else site / path for path in paths
        ]
        sizes = [*map(transferred, files)]
        found[name(chapter)] = sum(sizes), sizes[0], len(sizes)
    return found


@pytest.fixture(scope="module", autouse=True)
def _print_table(weights, request):
    rows = [
        f"{page:34}{all_:9,}{html:9,}{count:6}" for page, (all_, html, count) in weights.items()
    ]
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        head = f"\n{'chapter':34}{'bytes':>9}{'HTML':>9}{'asked':>6}"
        sys.stdout.write("\n".join([head, *rows, ""]))


@pytest.mark.parametrize("chapter", CHAPTERS, ids=name)
def test_a_chapter_is_light(weights, chapter):
    in_all, html, requests = weights[name(chapter)]
    assert html <= HTML
    assert in_all <= BYTES
    assert requests <= REQUESTS
