"""Drawings of networks where a page has no colors of its own, and no pointer."""

import pytest

from backprop.drawing import number

pytestmark = pytest.mark.known_again

DRAWN = """() => {
    const look = name => each => getComputedStyle(each)[name];
    const all = selector => [...document.querySelectorAll(`svg.network ${selector}`)];
    return {
        lines: all("[data-of] > path:first-child").map(look("stroke")),
        numbers: all("text").map(look("fill")),
        ground: all("[paint-order]").map(look("stroke")),
        text: getComputedStyle(document.body).color,
        paper: getComputedStyle(document.body).backgroundColor,
    };
}"""


def test_a_drawing_takes_the_colors_that_a_reader_has_chosen(visit):
    for scheme, paper in [("light", "rgb(255, 255, 255)"), ("dark", "rgb(0, 0, 0)")]:
        page = visit("in-code/", forced_colors="active", scheme=scheme)
        found = page.evaluate(DRAWN)
        assert found["paper"] == paper
        assert set(found["lines"]) == set(found["numbers"]) == {found["text"]}
        assert set(found["ground"]) == {paper}


def test_a_drawing_without_room_for_all_numbers_has_them_below_and_on_paper(visit):
    page = visit("any-number-of-layers/")
    numbers = page.locator("figure:has(.network) > details.numbers")
    units = numbers.locator("li").all_text_contents()
    assert len(units) == 5 + 3
    assert units[1].startswith("hidden unit 2: δ₂ ")
    assert not numbers.locator("li").first.is_visible()
    page.emulate_media(media="print")
    assert numbers.locator("li").first.is_visible()
    drawn = page.locator("figure .network text").all_text_contents()
    assert len([text for text in drawn if text in {number(w) for w in (-0.1, 1.5, -1.8)}]) == 3
