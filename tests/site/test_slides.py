"""Decks: what a lecturer shows fits, the keys work, each slide has notes, and a sheet of paper."""

import io
import json
import re
from urllib.parse import urlsplit

import pytest
from accessibility import color_violations, violations
from parsing import tree
from playwright.sync_api import expect
from pypdf import PdfReader

from book.errors import BookError
from book.markdown import slides
from book.source import pages, quotes

pytestmark = pytest.mark.known_again

DECKS = pages.decks()
STAGES = [(1280, 720), (1024, 768), (1920, 1080)]
TOO_LARGE = """least => {
    const slide = document.querySelector(".slide.now"), faults = [];
    const {left, right, top, bottom} = slide.getBoundingClientRect();
    const scale = Math.min(innerWidth / 1280, innerHeight / 720);
    for (const part of slide.querySelectorAll("*")) {
        if (!part.checkVisibility()) continue;
        const box = part.getBoundingClientRect(), name = part.tagName.toLowerCase();
        const out = box.left < left - 1 || box.right > right + 1
            || box.top < top - 1 || box.bottom > bottom + 1;
        if (out && box.width && !part.closest("svg, math")) faults.push(`${name} leaves the slide`);
        if (part.scrollWidth > part.clientWidth + 1 && part.matches("pre, code, figure, .math")
            && getComputedStyle(part).display !== "inline") faults.push(`${name} is cut`);
        const text = [...part.childNodes].some(each => each.nodeType === 3 && each.data.trim());
        if (!text || part.closest("svg, msub, msup, msubsup, munder, mover, munderover")) continue;
        const size = parseFloat(getComputedStyle(part).fontSize) / scale;
        if (size < least) faults.push(`${name} has ${size} pixels: ${part.textContent}`);
    }
    const covered = [...slide.children].filter(each => each.checkVisibility());
    covered.forEach((each, n) => covered.slice(n + 1).forEach(other => {
        const a = each.getBoundingClientRect(), b = other.getBoundingClientRect();
        if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
            && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1) {
            faults.push(`${each.tagName} meets ${other.tagName}`);
        }
    }));
    return [...new Set(faults)];
}"""


def count(site, deck):
    built = tree(site / pages.address(deck) / "index.html")
    return len([each for each in built.iter("section") if "slide" in each.get("class").split()])


@pytest.mark.parametrize("deck", DECKS, ids=lambda path: path.stem)
def test_each_slide_fits_and_can_be_read_from_the_last_row(visit, site, deck):
    page = visit(f"{pages.address(deck)}?present#1")
    number = count(site, deck)
    for width, height in STAGES:
        page.set_viewport_size({"width": width, "height": height})
        page.keyboard.press("Home")
        for slide in range(1, number + 1):
            expect(page.locator(".slide.now")).to_have_id(str(slide))
            assert page.evaluate(TOO_LARGE, 23.9) == [], f"slide {slide} at {width}"
            page.keyboard.press("ArrowRight")
    page.set_viewport_size({"width": 390, "height": 844})
    for _ in range(number):
        page.keyboard.press("ArrowLeft")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        now = page.locator(".slide.now")
        assert now.evaluate("each => each.scrollWidth <= each.clientWidth")
    assert page.complaints == []


@pytest.mark.parametrize("deck", DECKS, ids=lambda path: path.stem)
def test_a_slide_that_is_shown_is_accessible_in_both_schemes(visit, deck):
    page = visit(f"{pages.address(deck)}?present#2")
    for key in ("ArrowRight", "End"):
        page.keyboard.press(key)
        assert list(violations(page)) == []
        page.evaluate("document.body.dataset.mdColorScheme = 'slate'")
        assert list(color_violations(page)) == []
        page.evaluate("document.body.dataset.mdColorScheme = 'default'")


def test_the_keys_of_a_lecturer(visit, site):
    page = visit(f"{pages.address(DECKS[0])}?present#3")
    last = count(site, DECKS[0])
    for key, slide in [
        *[("PageDown", 4), ("ArrowRight", 5), (" ", 6), ("ArrowDown", 7)],
        *[("PageUp", 6), ("ArrowLeft", 5), ("Shift+ ", 4), ("ArrowUp", 3)],
        *[("End", last), ("ArrowRight", last), ("Home", 1), ("ArrowLeft", 1)],
    ]:
        page.keyboard.press(key)
        expect(page.locator(".slide:visible")).to_have_id(str(slide))
        assert urlsplit(page.url).fragment == str(slide), key
        assert page.title().startswith(f"{slide}. "), key
    page.keyboard.press("f")
    page.wait_for_function("() => document.fullscreenElement !== null")
    page.keyboard.press("f")
    page.wait_for_function("() => document.fullscreenElement === null")
    page.evaluate("location.hash = '#5'")
    expect(page.locator(".slide:visible")).to_have_id("5")
    page.keyboard.press("Escape")
    expect(page.locator(".slide:visible")).to_have_count(last)
    assert urlsplit(page.url).query == ""
    assert urlsplit(page.url).fragment == "5"
    assert page.complaints == []


def test_the_window_of_notes_goes_with_that_of_the_slides(visit):
    page = visit(f"{pages.address(DECKS[0])}?present#2")
    with page.expect_popup() as opened:
        page.keyboard.press("n")
    notes = opened.value
    expect(notes.locator(".slide:visible")).to_have_count(2)
    expect(notes.locator(".notes:visible")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    expect(notes.locator(".slide.now")).to_have_id("3")
    expect(notes.locator(".notes:visible")).to_have_attribute("aria-label", "Notes for slide 3")
    notes.keyboard.press("ArrowRight")
    expect(page.locator(".slide:visible")).to_have_id("4")


def test_a_finger_turns_the_slides(visit):
    page = visit(f"{pages.address(DECKS[0])}?present#2", 390, has_touch=True)
    swipe = """([from, to]) => {
        const at = x => new Touch({identifier: 1, target: document.body, clientX: x, clientY: 300});
        const send = (kind, lists) => document.body.dispatchEvent(
            new TouchEvent(kind, {bubbles: true, ...lists}));
        send("touchstart", {touches: [at(from)], changedTouches: [at(from)]});
        send("touchend", {touches: [], changedTouches: [at(to)]});
    }"""
    page.evaluate(swipe, [300, 100])
    expect(page.locator(".slide:visible")).to_have_id("3")
    page.evaluate(swipe, [100, 300])
    expect(page.locator(".slide:visible")).to_have_id("2")
    page.evaluate(swipe, [100, 120])
    expect(page.locator(".slide:visible")).to_have_id("2")


@pytest.mark.parametrize("deck", DECKS, ids=lambda path: path.stem)
def test_a_printed_slide_is_a_sheet(visit, site, deck):
    page = visit(pages.address(deck))
    printed = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    assert len(printed) == count(site, deck)
    assert all(sheet.mediabox.width > sheet.mediabox.height for sheet in printed)


def test_a_deck_can_be_read_without_scripts(visit, site):
    page = visit(pages.address(DECKS[0]), java_script_enabled=False)
    assert page.locator(".slide:visible").count() == count(site, DECKS[0])
    assert page.locator(".notes:visible").count() == count(site, DECKS[0])
    assert not page.locator(".present > .md-button").is_visible()


@pytest.mark.parametrize("deck", DECKS, ids=lambda path: path.stem)
def test_each_slide_says_what_the_lecturer_says(site, deck):
    built = tree(site / pages.address(deck) / "index.html")
    parts = [each for each in built.iter() if each.tag in ("section", "aside")]
    kinds = [each.get("class").split()[0] for each in parts if each.get("class")]
    assert [each for each in kinds if each in ("slide", "notes")] == [
        *["slide", "notes"] * count(site, deck)
    ]
    for notes in (each for each in parts if each.get("class") == "notes"):
        sentences = re.findall(r"[.?!](?=\s|$)", " ".join("".join(notes.itertext()).split()))
        assert 2 <= len(sentences) <= 6, notes.get("aria-label")


@pytest.mark.parametrize("deck", DECKS, ids=lambda path: path.stem)
def test_a_deck_is_that_of_its_row_in_the_plan(deck):
    name, rest = slides.lectures()[int(deck.stem[:2]) - 1]
    assert pages.title(deck).lower() == name
    chapters = re.findall(r"\[\d+\]\(([\w-]+\.md)\)", rest.split("|")[0])
    first = deck.read_text(encoding="utf-8").partition("\n## ")[0]
    assert re.findall(r"\[\d+\]\(\.\./([\w-]+\.md)\)", first) == chapters
    quoted = {quote.source.name for quote in quotes.read(deck)}
    assert quoted >= set(chapters)


def test_the_preface_and_the_plan_lead_to_each_deck(site):
    for page in ("preface", "slides"):
        links = [link.get("href") for link in tree(site / page / "index.html").iter("a")]
        found = {link.rstrip("/").rpartition("/")[2] for link in links if link}
        assert found >= {deck.stem for deck in DECKS}


def test_the_search_leads_to_chapters_and_not_to_slides(site):
    index = json.loads((site / "search" / "index.json").read_text(encoding="utf-8"))["docs"]
    places = {each["location"].partition("#")[0] for each in index}
    assert [pages.address(deck) for deck in DECKS if pages.address(deck) in places] == []


def test_the_script_of_slides_is_small(site):
    assert (site / "assets/slides/slides.js").stat().st_size <= 4000


@pytest.mark.parametrize(
    "mark",
    [
        "<!-- equation no-such -->",
        '<!-- figure of no-such.md: "The" -->',
        '<!-- figure of by-hand.md: "No caption begins so" -->',
        '<!-- output of by-hand.md: "print(" -->',
        '<!-- code of by-hand.md: "x_1, x_2 = 0.1" to "no such line" -->',
        '<!-- formula of by-hand.md: "z = y" -->',
        "<!-- figure by-hand -->",
    ],
)
def test_a_mark_that_nothing_answers_is_refused(mark):
    with pytest.raises(BookError, match=r"01-one.*:7: "):
        quotes.at(DECKS[0], mark, 7)
