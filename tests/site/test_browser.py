"""The site in a real browser, by which readers copy, search, choose, and read without scripts."""

import json

import pytest
from playwright.sync_api import expect

from book.execution import executor
from book.source import pages

SCHEMES = ("default", "slate")


def test_links_of_the_navigation_are_easy_to_hit(visit):
    page = visit("faster-descent/")
    heights = page.locator(".md-nav__link:visible").evaluate_all(
        "links => links.map(link => link.getBoundingClientRect().height)"
    )
    # Whatever is near, and however the window is wide.
    assert min(heights) >= 24


def test_the_copy_button_gives_the_whole_program(visit, tmp_path, fresh_python):
    from test_copied_programs import execute

    path = pages.DOCS / "by-hand.md"
    page = visit("by-hand/", permissions=["clipboard-read", "clipboard-write"])
    shown = [one for one in executor.results(path) if one.snippet.options.get("source") != "none"]
    page.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")
    buttons = page.get_by_role("button", name="Copy", exact=True)
    assert buttons.count() == len(shown)
    for index, one in enumerate(shown):
        buttons.nth(index).click()
        copied = page.evaluate("navigator.clipboard.readText()")
        stdout, *_ = execute(fresh_python, copied, tmp_path)
        assert copied.rstrip("\n").endswith(one.snippet.code.strip("\n"))
        assert stdout.endswith(one.outcome.printed)


def test_a_reader_finds_a_function_and_its_equation(visit):
    page = visit("")
    page.locator("input[name=query]").click()
    page.keyboard.type("hidden_delta", delay=20)
    # There are results of each part of the word, too.
    found = page.locator(".md-search-result__link[href*='api/dense/']")
    expect(found.first).to_be_attached()


@pytest.mark.parametrize(
    ("scheme", "first", "other"), [("light", *SCHEMES), ("dark", *SCHEMES[::-1])]
)
def test_the_reader_can_choose_the_scheme_and_is_told_which_is_on(visit, scheme, first, other):
    page = visit("", scheme=scheme)
    on = page.locator("input[name=__palette]:checked")
    for expected in (first, other):
        expect(page.locator("body")).to_have_attribute("data-md-color-scheme", expected)
        expect(on).to_have_attribute("data-md-color-scheme", expected)
        page.locator("form[data-md-component=palette] label:visible").click()
    page.open_again()
    expect(on).to_have_attribute("data-md-color-scheme", first)


def test_bars_are_colored_as_the_scheme_that_was_chosen(visit):
    page = visit("", scheme="light")
    page.locator("form[data-md-component=palette] label:visible").click()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_a_change_of_colors_goes_through_the_page_once(visit):
    """What the theme asks of a browser, its fading and what it writes into the head, are three."""
    page = visit("glossary/")
    elements = page.evaluate(
        "[...document.querySelectorAll('*')].filter(e => e.checkVisibility()).length"
    )
    tracer = page.context.browser
    tracer.start_tracing(page=page, categories=["devtools.timeline"])
    page.locator("form[data-md-component=palette] label:visible").click()
    page.wait_for_timeout(300)
    events = json.loads(tracer.stop_tracing())["traceEvents"]
    styled = [e["args"].get("elementCount", 0) for e in events if e["name"] == "UpdateLayoutTree"]
    assert elements / 2 < sum(styled) < 1.5 * elements


def test_the_search_index_knows_every_page_but_slides(site):
    index = json.loads((site / "search" / "index.json").read_text(encoding="utf-8"))
    locations = {doc["location"].partition("#")[0] for doc in index["docs"]}
    told = (page for page in pages.paths() if not pages.is_deck(page))
    assert locations == set(map(pages.address, told))


def test_pages_can_be_read_without_scripts(visit):
    page = visit("how-a-network-learns/", java_script_enabled=False)
    assert page.locator("math").first.is_visible()
    assert page.locator("figure svg").first.is_visible()
    assert page.locator("pre.output").first.is_visible()


BEGINS_A_LINE = """() => [...document.querySelectorAll(".claim")].filter(claim => {
    const after = claim.nextSibling, mark = claim.lastChild.getBoundingClientRect();
    if (!after || !/^[.,;:)]/.test(after.data)) return false;
    const sign = document.createRange();
    sign.setStart(after, 0);
    sign.setEnd(after, 1);
    return sign.getBoundingClientRect().top > mark.bottom - 2;
}).map(claim => claim.textContent)"""


def test_what_follows_the_mark_of_a_claim_stands_on_its_line(visit):
    page = visit("xor/", 390)
    for width in range(320, 430, 10):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(BEGINS_A_LINE) == [], width
