"""What a reader waits for: the bytes and the requests of a chapter at the first visit."""

import gzip
import re
from urllib.parse import urlsplit

import pytest
from test_copied_programs import CHAPTERS, name

from book.source import pages

BYTES, HTML, REQUESTS = 120_000, 25_000, 10
"""At most this much is transferred for a chapter, in all and of the page itself."""


def transferred(path):
    """The bytes of a file as a server sends it that compresses what gets smaller by it."""
    content = path.read_bytes()
    return min(len(content), len(gzip.compress(content)))


@pytest.mark.parametrize("chapter", CHAPTERS, ids=name)
def test_a_chapter_is_light(site, browser, address, record_property, chapter):
    context = browser.new_context()
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address + pages.address(chapter), wait_until="networkidle")
    context.close()
    paths = [urlsplit(url).path.removeprefix("/book").lstrip("/") for url in asked]
    files = [site / path / "index.html" if path.endswith("/") else site / path for path in paths]
    html, *others = map(transferred, files)
    in_all = html + sum(others)
    said = f"{name(chapter):34}{in_all:9,} bytes{html:8,} of HTML{len(asked):4} requests"
    record_property("measured", said)
    assert html <= HTML
    assert in_all <= BYTES
    assert len(asked) <= REQUESTS


@pytest.mark.parametrize("chapter", CHAPTERS, ids=name)
def test_the_themes_script_waits_for_the_first_paint(site, chapter):
    html = (site / pages.address(chapter) / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r'<script ([^>]*)src="[^"]*?(\w+)[.\w]*\.js"', html)
    assert all("defer" in how or "module" in how for how, _ in scripts)
    names = [name for _, name in scripts]
    before, after = names[: names.index("bundle")], names[names.index("bundle") + 1 :]
    assert before[0] == "linked"
    assert after == (["run"] if 'class="run"' in html else [])
