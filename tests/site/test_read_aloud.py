"""What a screen reader is told of the parts of the book, compared with `read_aloud.txt`.

Read that file aloud: each thing should be said once, and make sense to one who sees nothing. After
a change that is meant, take what the test says is told into the file, and read it again.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from reading_aloud import read_aloud

pytestmark = pytest.mark.known_again

PINNED = Path(__file__).with_name("read_aloud.txt")
TOOLS = ".snippet:has(> .tools > .copy)"


def _step(page):
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.locator(".explorer-said")).to_contain_text("Hidden layer")


def _open_laboratory(page):
    page.get_by_role("button", name=re.compile("^Open the laboratory")).click()
    expect(page.locator(".laboratory[data-live]")).to_have_count(1)


def _write(page):
    page.locator(".exercise").first.get_by_role("button", name="Write here").click()


def _search(page):
    page.keyboard.press("s")
    page.keyboard.type("transpose")
    expect(page.locator(".md-search-result__meta")).to_contain_text("matching")


def _nothing(_page):
    pass


PARTS = {
    "a formula with indices": ("how-a-network-learns/", _nothing, "p:has(.claim) math >> nth=2"),
    "an equation with a sum": ("convolution/", _nothing, ".equation:has(munderover)"),
    "an equation with an accent": ("how-a-network-learns/", _nothing, ".equation:has(mover)"),
    "a formula with a matrix": ("any-number-of-layers/", _nothing, "math:has(mtable)"),
    "a formula with a fraction and a root": ("attention/", _nothing, ".equation:has(msqrt)"),
    "two indices": ("by-hand/", _nothing, ".explorer-field:not([hidden]) math"),
    "a network": ("how-a-network-learns/", _nothing, "figure:has(svg.network)"),
    "a graph": ("computational-graphs/", _nothing, "figure:has(.graph)"),
    "an explorer": ("by-hand/", _nothing, ".explorer"),
    "an explorer, a step later": ("by-hand/", _step, ".explorer"),
    "a laboratory that is not loaded": ("error-terms-by-layer/", _nothing, ".laboratory"),
    "a laboratory": ("error-terms-by-layer/", _open_laboratory, ".laboratory"),
    "a claim": ("in-code/", _nothing, "p:has(> .claim)"),
    "the buttons of a snippet": ("in-code/", _nothing, f"{TOOLS} .tools"),
    "an exercise": ("your-turn/", _nothing, ".exercise"),
    "an exercise that is being written": ("your-turn/", _write, ".exercise"),
    "the doctor": ("what-is-wrong/", _nothing, "form.doctor"),
    "the header": ("in-code/", _nothing, ".md-header"),
    "a search": ("in-code/", _search, ".md-search__inner form, .md-search-result__meta"),
}
"""Each part: its page, what is done there, and where it then is."""


def told(visit, part):
    path, prepare, where = PARTS[part]
    page = visit(path)
    prepare(page)
    css = where if "article" in where or where.startswith(".md-") else f"article {where}"
    found = page.locator(css)
    # A part that has two places is all of them.
    places = found.all() if "," in css else [found.first]
    said = "\n".join(filter(None, (read_aloud(page, each) for each in places)))
    # How many pages have a word changes with every page that is written.
    return re.sub(r'"\d+ matching', '"N matching', said)


def pinned():
    _, *parts = re.split(r"^# (.*)\n", PINNED.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: text.strip() for name, text in zip(parts[::2], parts[1::2], strict=True)}


def test_every_part_is_pinned():
    assert list(pinned()) == list(PARTS)


@pytest.mark.usefixtures("runtime_in_the_site")
@pytest.mark.parametrize("part", PARTS)
def test_what_is_read_aloud(visit, part):
    assert told(visit, part) == pinned()[part]
