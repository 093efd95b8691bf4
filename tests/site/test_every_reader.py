"""Readers with other colors, fingers, text, or no scripts: what the theme or a browser forgets."""

import re

import pytest

pytestmark = pytest.mark.known_again

SPACED = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { letter-spacing: 0.12em !important; word-spacing: 0.16em !important;
        line-height: 1.5 !important; }`);
    document.adoptedStyleSheets = [sheet];
}"""
CUT = """() => [...document.querySelectorAll(".md-nav__link .md-ellipsis, .md-nav__title")]
    .filter(each => each.checkVisibility({ visibilityProperty: true }))
    .filter(each => each.scrollWidth > each.clientWidth + 1)
    .map(each => each.textContent.trim())"""
STYLE = "(each, name) => getComputedStyle(each)[name]"


def test_in_forced_colors_no_accent_covers_its_letter(visit):
    page = visit("in-code/", forced_colors="active")
    accent = page.locator("math mover[accent] > mo").first
    # What is positioned gets a ground of its own there.
    assert accent.evaluate(STYLE, "position") == "static"


def test_in_forced_colors_what_is_lit_or_pressed_is_seen(visit):
    page = visit("in-code/", forced_colors="active")
    page.locator("code span[data-eq]").first.click()
    assert page.locator("code span.lit").first.evaluate(STYLE, "outlineStyle") == "solid"
    pressed = page.get_by_role("button", name="Show the start")
    pressed.click()
    assert pressed.get_attribute("aria-pressed") == "true"
    assert pressed.evaluate(STYLE, "outlineStyle") == "solid"


def test_code_that_scrolls_is_within_reach_of_the_keyboard_of_a_tablet(visit):
    page = visit("in-code/", 390, has_touch=True, is_mobile=True)
    page.locator(".md-footer").scroll_into_view_if_needed()
    scrolls = page.locator("article pre > code").filter(visible=True)
    wide = "each => each.scrollWidth > each.clientWidth"
    found = [each.get_attribute("tabindex") for each in scrolls.all() if each.evaluate(wide)]
    assert found
    assert set(found) == {"0"}


def test_without_scripts_the_page_is_dark_where_that_is_preferred(visit):
    grounds = {}
    for scheme in ("light", "dark"):
        page = visit("in-code/", scheme=scheme, java_script_enabled=False)
        said = page.locator("body").evaluate(STYLE, "backgroundColor")
        grounds[scheme] = max(map(int, re.findall(r"\d+", said)[:3]))
    assert grounds["light"] > 200
    assert grounds["dark"] < 60


def test_what_no_script_has_taken_up_is_not_offered(visit):
    page = visit("in-code/", java_script_enabled=False)
    assert page.get_by_role("button").filter(visible=True).all() == []
    home = visit("", java_script_enabled=False)
    assert "need scripts" in home.locator("footer noscript").inner_text()


@pytest.mark.parametrize("width", [390, 1280])
def test_words_set_wider_apart_are_not_cut(visit, width):
    page = visit("in-code/", width)
    page.evaluate(SPACED)
    if width == 390:
        page.get_by_role("button", name="Menu").click()
    assert page.evaluate(CUT) == []


def test_two_indices_are_read_out_one_by_one(visit):
    page = visit("how-a-network-learns/")
    read = page.locator("math msub > mrow", has_text="11").first.locator("mn").all_text_contents()
    assert read == ["1", "1"]


def test_a_figure_is_named_once_and_described_once(visit):
    page = visit("by-hand/")
    figure = page.locator("svg.network").first
    title, said = (figure.locator(each).first.text_content() for each in ("title", "desc"))
    snapshot = page.context.new_cdp_session(page)
    snapshot.send("Accessibility.enable")
    nodes = snapshot.send("Accessibility.getFullAXTree")["nodes"]
    image = next(each for each in nodes if each.get("name", {}).get("value") == title)
    assert image["description"]["value"] == said
    assert said not in title
