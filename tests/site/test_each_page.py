"""Each page as it is opened on a phone, and in the window made wide, before anyone touches it.

A page is opened once, and everything is asked of it then. Each question is a subtest with a
sentence of its own: one that fails keeps no other from being asked. A wide window shows what a
phone does, and the parts at its sides, for which it is asked. The colors of these parts are those
of the theme, so a page of each kind is enough for them.
"""

import gzip
from urllib.parse import urlsplit

import kept
import pytest
from accessibility import color_violations, violations
from parsing import tree

from book.execution import needs, slicing
from book.source import pages

BOOK = [*map(pages.address, pages.paths())]
ADDRESSES = [*BOOK, "../404.html"]
CHAPTERS = [pages.address(page) for page in pages.chapters()]
BYTES, HTML, REQUESTS = 120_000, 25_000, 10
"""At most this much is transferred for a chapter, in all and of the page itself."""
NARROW, PHONE, WIDE, PAPER, SLIDE = 320, 390, 1280, 672, 1210
"""Widths of windows, the first that of 1280 at 400 %, and of what is printed: a sheet, a slide.

At 400 %, a label of 9 pixels is shown with 36, and a figure that is seen whole serves its reader
better than one with larger labels that must be scrolled. Each plot has its numbers in a table too.
"""
DECKS = [pages.address(page) for page in pages.decks()]
AT_THE_SIDES = ".md-header, .md-sidebar"
in_our_fonts: list[str] = []
"""What was seen in formulas, and was in a font of the book: the text and its style."""
KINDS = ["", "in-code/", "notation/", "api/attention/", "../404.html"]
"""A page of each kind."""

MOVED = """() => {
    const observer = new PerformanceObserver(() => {});
    observer.observe({type: "layout-shift", buffered: true});
    return observer.takeRecords().reduce((moved, entry) => moved + entry.value, 0);
}"""
LABELS = """least => [...document.querySelectorAll(":is(.network, .graph, .plot)")].flatMap(svg => {
    const frame = svg.getBoundingClientRect();
    const labels = [...svg.querySelectorAll("text")].map(
        text => ({text: text.textContent, box: text.getBoundingClientRect()}));
    const faults = [];
    labels.forEach(({text, box}, i) => {
        const size = parseFloat(getComputedStyle(svg).fontSize);
        const shown = size * frame.width / svg.viewBox.baseVal.width;
        // Graphs of many operations may be smaller.
        if (shown < (svg.matches(".graph") ? 9 : least)) faults.push(`${text} is ${shown} px`);
        if (box.left < frame.left - 1 || box.right > frame.right + 1
            || box.top < frame.top - 1 || box.bottom > frame.bottom + 1) {
            faults.push(`${text} is cut off`);
        }
        labels.slice(i + 1).forEach(({text: other, box: its}) => {
            const apart = box.right <= its.left || its.right <= box.left
                || box.bottom - 0.25 * box.height <= its.top
                || its.bottom - 0.25 * its.height <= box.top;
            if (!apart) faults.push(`${text} meets ${other}`);
        });
    });
    return faults;
})"""
PARTS = """known => {
    // What was seen on another page is asked but once, for whether the fonts are here.
    const seen = new Set(), before = new Set(known);
    for (const part of document.querySelectorAll("math :is(mi, mn, mo, mtext)")) {
        const {fontFamily, fontStyle, fontWeight} = getComputedStyle(part);
        const text = [part.textContent, fontFamily, fontStyle, fontWeight].join();
        if (!part.checkVisibility() || seen.has(text) || !part.textContent.trim()) continue;
        if (!seen.size || !before.has(text)) part.setAttribute("data-first", "");
        seen.add(text);
    }
    return [...seen].filter(text => !before.has(text));
}"""
WIDTH = "document.documentElement.scrollWidth"
CLICKABLE = """() => [...document.querySelectorAll("a.md-footer__link")].every(link => {
    link.scrollIntoView({block: "center", behavior: "instant"});
    const {x, y, width, height} = link.getBoundingClientRect();
    return link.contains(document.elementFromPoint(x + width / 2, y + height / 2));
})"""
FORGET = "localStorage.clear(); sessionStorage.clear()"
WITHOUT_TEXT = """() => {
    const article = document.querySelector("article");
    article.style.height = `${article.getBoundingClientRect().height}px`;
    const text = article.querySelectorAll("p, pre, ul, ol, dl, table, .math, svg");
    for (const each of text) each.remove();
}"""
"""What is at the sides is asked alone: the text, of which all was asked, is only gone through."""


@pytest.fixture(scope="module")
def window(visit_for_long):
    """A window of a phone, in which page after page is opened, each as if it were the first."""
    page = visit_for_long("", PHONE)
    inspector = page.context.new_cdp_session(page)
    inspector.send("Network.enable")
    inspector.send("Network.setCacheDisabled", {"cacheDisabled": True})
    return page


def opened(window, path):
    """Open a page where nothing is kept from the one before, and no other window need begin."""
    window.evaluate(FORGET)
    window.emulate_media(media="screen", reduced_motion="no-preference")
    window.set_viewport_size({"width": PHONE, "height": 900})
    window.open_other(path)
    return window


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_page_as_it_is_opened(site, request, record_property, path):
    """One with which nothing was wrong is not opened again until something of it changes."""
    entry = kept.answer(site, "as it is opened", path, built(site, path).read_bytes())
    measured, failed = kept.known(entry), request.session.testsfailed
    if measured is None:
        measured = asked(
            *map(request.getfixturevalue, ("window", "site", "address", "subtests")), path
        )
        if request.session.testsfailed == failed:
            kept.keep(entry, measured)
    for each in measured:
        record_property("measured", each)


def built(site, path):
    return site / path / "index.html" if path in BOOK else site / "404.html"


def asked(window, site, address, subtests, path):
    """Ask everything of a page, and return what was measured."""
    page, measured = opened(window, path), []
    if path in CHAPTERS:
        with subtests.test("a chapter is light"):
            weigh(page, site, path, measured)
    ask_of_its_layout(page, subtests, PHONE)
    page.emulate_media(reduced_motion="reduce")
    with subtests.test("the page is accessible"):
        assert list(violations(page)) == []
    with subtests.test("nothing moves while the page is loaded"):
        # What happens late has happened by now. Where a machine is busy, the font of formulas may
        # come after they are drawn, though it is asked for first; the second time it is there.
        has_formulas = page.locator("math").count() > 0
        assert page.locator("link[rel=preload][as=font]").count() == has_formulas
        if page.evaluate(MOVED) >= 0.001:
            page.open_again()
        assert page.evaluate(MOVED) < 0.001
    with subtests.test("the page asks no other server"):
        own = address.removesuffix("book/")
        assert [url for url in page.requested if not url.startswith(own)] == []
    with subtests.test("the dark scheme, which differs in its colors alone, is accessible"):
        page.evaluate("document.body.dataset.mdColorScheme = 'slate'")
        assert list(color_violations(page)) == []
    with subtests.test("every character of a formula is in the font of formulas"):
        assert list(in_other_fonts(page)) == []
    page.set_viewport_size({"width": NARROW, "height": 900})
    with subtests.test("the page can be read at 400 %, too"):
        assert page.evaluate(WIDTH) <= NARROW
        assert page.evaluate(LABELS, 9) == []
        if path not in DECKS:  # they show figures of chapters, which have the tables
            assert page.locator("figure:has(> .plot):not(:has(table))").count() == 0
    with subtests.test("nothing is wider than the paper"):
        # It would make the printer shrink the whole chapter.
        page.emulate_media(media="print")
        paper = SLIDE if path in DECKS else PAPER
        page.set_viewport_size({"width": paper, "height": 900})
        assert page.evaluate(WIDTH) <= paper
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": WIDE, "height": 900})
    ask_of_its_layout(page, subtests, WIDE)
    with subtests.test("the copy buttons give the programs that are tested"):
        buttons = page.locator("button[data-needs]")
        given = buttons.evaluate_all("all => all.map(each => each.dataset.clipboardText)")
        assert given == [
            needs.first_line(program, address) + program
            for program in programs(tree(built(site, path)))
        ]
    with subtests.test("what a wide window shows at its sides is accessible"):
        page.evaluate(WITHOUT_TEXT)
        assert list(violations(page, AT_THE_SIDES, colors=False)) == []
    with subtests.test("the browser has no complaint"):
        assert page.complaints == []
    return measured


def ask_of_its_layout(page, subtests, width):
    with subtests.test(f"all labels of figures can be read at {width}"):
        assert page.evaluate(LABELS, 12) == []
    with subtests.test(f"the page is no wider than the window of {width}"):
        assert page.evaluate(WIDTH) <= width
    with subtests.test(f"the pages before and after can be clicked at {width}"):
        # What lies over them after a change of the window goes with the first scrolling.
        page.wait_for_function(CLICKABLE)


def weigh(page, site, path, measured):
    html, *others = [transferred(site, url) for url in page.requested]
    in_all, requests = html + sum(others), len(page.requested)
    said = f"{path:34}{in_all:9,} bytes{html:8,} of HTML{requests:4} requests"
    measured.append(said)
    assert html <= HTML
    assert in_all <= BYTES
    assert requests <= REQUESTS


@pytest.mark.parametrize("path", KINDS)
def test_a_wide_window_is_accessible_in_both_schemes(visit, path):
    page = visit(path, WIDE)
    page.emulate_media(reduced_motion="reduce")
    assert list(violations(page)) == []
    page.evaluate("document.body.dataset.mdColorScheme = 'slate'")
    assert list(color_violations(page)) == []
    assert page.complaints == []


def in_other_fonts(page):
    """The characters of formulas that are in no font of the book."""
    new = page.evaluate(PARTS, in_our_fonts)
    others = 0
    inspector = page.context.new_cdp_session(page)
    for domain in ("DOM", "CSS"):
        inspector.send(f"{domain}.enable")
    root = inspector.send("DOM.getDocument")["root"]["nodeId"]
    found = inspector.send("DOM.querySelectorAll", {"nodeId": root, "selector": "[data-first]"})
    for node in found["nodeIds"]:
        for font in inspector.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]:
            if not font["isCustomFont"]:
                others += 1
                html = inspector.send("DOM.getOuterHTML", {"nodeId": node})["outerHTML"]
                yield f"{font['familyName']}: {html}"
    inspector.detach()
    in_our_fonts.extend([] if others else new)


def programs(page):
    """What the copy buttons of a page are to give."""
    for block in page.findall(".//div[@class='snippet']"):
        if block.find(".//button[@class='copy']") is not None:
            yield slicing.of_block(page, block)


def transferred(site, url):
    """The bytes of a file as a server sends it that compresses what gets smaller by it."""
    path = site / urlsplit(url).path.removeprefix("/book").lstrip("/")
    content = (path / "index.html" if path.is_dir() else path).read_bytes()
    return min(len(content), len(gzip.compress(content)))
