"""Laboratories: loaded when asked for, as many bytes as is said, and there for everyone."""

import re
from urllib.parse import urlsplit

import pytest
from accessibility import color_violations, leave_alone, violations
from playwright.sync_api import expect
from test_each_page import WIDTH, transferred
from test_keyboard import WATCH

from book.source import fences, pages

pytestmark = pytest.mark.known_again

CHANGES = {
    "boundary": ("Data", "spirals"),
    "error-terms": ("Activation", "relu"),
    "attention": ("Step", "5"),
    "expression": ("Expression", "x*x*y"),
    "digit": ("Should be", "3"),
}
"""The laboratories, and a field of each, by its label, with what it can be changed to."""
PAGES = {
    snippet.options["laboratory"]: pages.address(page)
    for page in pages.paths()
    for snippet in fences.read(page)
    if "laboratory" in snippet.options
}
"""The page of each."""
BYTES = 20_000
"""At most this much is loaded for one, beside its page."""
SEEN = """() => {
    const bench = document.querySelector(".laboratory-bench");
    const fields = [...bench.querySelectorAll("input, select")];
    return [bench.innerText, ...fields.map(each => [each.value, each.checked])];
}"""
MISSED = """() => [...document.querySelectorAll(
        ".laboratory-bench :is(button, input, select, textarea, summary, a, [tabindex='0'])")]
    .filter(each => each.checkVisibility() && !each.disabled && !window.reached.has(each))
    .filter(each => each.type !== "radio" || each.checked)
    .map(each => each.outerHTML.slice(0, 90))"""
SMALL = """() => [...document.querySelectorAll(
        ".laboratory-bench :is(button, input, select, summary)")]
    .filter(each => each.checkVisibility())
    .filter(each => {
        const box = (each.closest("label") ?? each).getBoundingClientRect();
        return box.height < 24 || box.width < 24;
    })
    .map(each => each.outerHTML.slice(0, 90))"""
TEXTS = """() => [...document.querySelectorAll(".laboratory-bench *")]
    .filter(each => each.checkVisibility() && each.tagName !== "OPTION")
    .filter(each => [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
    .filter(each => {
        const svg = each.closest("svg[viewBox]");
        const scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
        return parseFloat(getComputedStyle(each).fontSize) * scale < 11.9;
    })
    .map(each => each.outerHTML.slice(0, 90))"""

each_laboratory = pytest.mark.parametrize("name", CHANGES)


def opener(page):
    return page.get_by_role("button", name=re.compile("^Open the laboratory"))


def opened(visit, name, width=1280, **settings):
    page = visit(PAGES[name], width, **settings)
    opener(page).click()
    expect(page.locator(".laboratory[data-live]")).to_have_count(1)
    return page


def change(page, name):
    label, value = CHANGES[name]
    field = page.locator(".laboratory-bench").get_by_label(label, exact=True)
    if field.evaluate("each => each.tagName") == "SELECT":
        field.select_option(value)
    else:
        field.fill(value)


def test_every_laboratory_is_tested_and_on_one_page():
    assert set(CHANGES) == set(PAGES) <= fences.OPTIONS["laboratory"]


@each_laboratory
def test_nothing_is_loaded_before_it_is_asked_for_and_then_what_is_said(visit, site, name):
    page = visit(PAGES[name])
    before = [url for url in page.requested if "/laboratories/" in url]
    assert {urlsplit(url).path.rpartition("/")[2] for url in before} == {"open.js", "state.js"}
    said = int(re.search(r"\((\d+) kB\)", opener(page).text_content())[1])
    opener(page).click()
    expect(page.locator(".laboratory[data-live]")).to_have_count(1)
    loaded = [url for url in page.requested if "/laboratories/" in url and url not in before]
    weight = sum(transferred(site, url) for url in loaded)
    assert said == -(-weight // 1000)
    assert weight <= BYTES
    assert page.complaints == []


@each_laboratory
def test_the_focus_goes_from_the_button_to_the_laboratory_and_all_is_reached(visit, name):
    page = visit(PAGES[name])
    opener(page).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".laboratory-bench")).to_be_focused()
    page.evaluate(WATCH)
    for _ in range(300):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.laboratory-bench') === null"):
            break
    assert page.evaluate(MISSED) == []
    assert page.evaluate("window.faults") == []
    assert page.complaints == []


@each_laboratory
def test_the_state_is_in_the_address_and_comes_back(visit, address, name):
    page = opened(visit, name)
    assert "#" not in page.url
    first = page.evaluate(SEEN)
    change(page, name)
    page.wait_for_url(f"**/#laboratory={name}&*")
    changed = page.evaluate(SEEN)
    assert changed != first
    again = visit(page.url.removeprefix(address))
    expect(again.locator(".laboratory[data-live]")).to_have_count(1)
    assert again.evaluate(SEEN) == changed
    again.evaluate("name => { location.hash = `#laboratory=${name}` }", name)
    again.wait_for_function("first => (" + SEEN + ")()[0] === first", arg=first[0])
    assert again.evaluate(SEEN) == first
    assert again.complaints == page.complaints == []


@each_laboratory
def test_an_address_that_makes_no_sense_changes_nothing(visit, name):
    first = opened(visit, name).evaluate(SEEN)
    page = visit(PAGES[name])
    keys = page.evaluate(
        """async name => {
            const view = await import(new URL(`../assets/laboratories/${name}/view.js`, location));
            return Object.keys(view.FIRST);
        }""",
        name,
    )
    for wrong in ["", "<b>", "1e999", "-1", "NaN"]:
        said = "".join(f"&{key}={wrong}" for key in [*keys, "__proto__", "constructor"])
        page.evaluate("hash => { location.hash = hash }", f"#laboratory={name}{said}")
        expect(page.locator(".laboratory[data-live]")).to_have_count(1)
        assert page.evaluate(SEEN) == first, wrong
    assert page.complaints == []


@each_laboratory
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_it_is_accessible_and_fits(visit, name, width):
    page = opened(visit, name, width)
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(WIDTH) <= width
    leave_alone(page, ".laboratory")
    for _ in range(2):
        assert page.evaluate(WIDTH) <= width
        assert page.evaluate(SMALL) == []
        assert page.evaluate(TEXTS) == []
        if width != 320:
            assert list(violations(page, ".laboratory")) == []
            page.evaluate("document.body.dataset.mdColorScheme = 'slate'")
            assert list(color_violations(page, ".laboratory")) == []
            page.evaluate("document.body.dataset.mdColorScheme = 'default'")
        change(page, name)
    assert page.complaints == []


@each_laboratory
def test_without_scripts_and_on_paper_a_figure_and_a_table_stand_there(visit, name):
    still = visit(PAGES[name], java_script_enabled=False)
    assert still.locator("figure svg").first.is_visible()
    assert still.locator("article table:visible").count() > 0
    assert not still.locator(".laboratory button").is_visible()
    page = opened(visit, name)
    page.emulate_media(media="print")
    assert page.locator("figure svg").first.is_visible()
    assert not page.locator(".laboratory").is_visible()


@each_laboratory
def test_a_laboratory_that_cannot_be_loaded_can_be_asked_for_again(visit, name):
    page = visit(PAGES[name])
    page.route("**/view.js", lambda route: route.abort())
    opener(page).click()
    again = page.get_by_role("button", name=re.compile("^It could not be loaded"))
    expect(again).to_be_enabled()
    page.unroute("**/view.js")
    page.reload()
    opener(page).click()
    expect(page.locator(".laboratory[data-live]")).to_have_count(1)
