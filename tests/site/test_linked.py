"""Formula, line of code and part of a figure light up together, and a formula gives its TeX."""

import gzip

import pytest
from accessibility import violations
from playwright.sync_api import expect

from book.source import pages

pytestmark = pytest.mark.known_again

LIT = """() => {
    const lit = [...document.querySelectorAll(".lit")].map(each => ({
        kind: each.localName, of: each.dataset.of ?? each.id, text: each.textContent.trim()}));
    return lit.length ? lit : null;
}"""
REACH = {"mouse": {}, "keyboard": {}, "touch": {"has_touch": True, "is_mobile": True}}


def lit(page):
    """What is lit, as soon as anything is: lines of code, parts of the figures, and formulas."""
    # A tap becomes a click after it was sent.
    found = page.wait_for_function(LIT).json_value()
    lines = [each["text"] for each in found if each["kind"] == "span"]
    parts = {each["of"] for each in found if each["kind"] == "g"}
    formulas = [each["of"] for each in found if each["kind"] == "div"]
    return lines, parts, formulas


def expect_dark(page):
    expect(page.locator(".lit")).to_have_count(0)


def reach(page, how, element):
    element.scroll_into_view_if_needed()
    if how == "mouse":
        element.hover()
    elif how == "touch":
        element.tap(force=True)
    else:
        # The keyboard, and no script, makes focus visible.
        element.evaluate("each => each.focus()")
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")


@pytest.mark.parametrize("how", REACH)
def test_a_formula_lights_lines_and_figure(visit, how):
    page = visit("how-a-network-learns/", **REACH[how])
    part = "a.eq-number" if how == "keyboard" else "div.math"
    reach(page, how, page.locator(f"#eq-hidden-error {part}"))
    lines, parts, formulas = lit(page)
    # The second line stands in the solution of an exercise.
    assert lines == [
        "attributed = hidden_error(backward.delta[2], network[2].W)",
        "delta_1 = hidden_error(delta_2, network[2].W) * sigmoid.derivative(trace.a[1])",
    ]
    assert parts == {"W.2.0.0", "W.2.1.0"}
    assert formulas == ["eq-hidden-error"]


@pytest.mark.parametrize("how", REACH)
def test_a_reference_lights_the_line_that_writes_the_formula_out(visit, how):
    page = visit("in-code/", **REACH[how])
    reference = page.locator("p a.eq-reference[data-eq=hidden-delta]").first
    if how == "touch":
        # It is a link, too, which is not followed here.
        reference.evaluate("each => each.addEventListener('click', e => e.preventDefault())")
    reach(page, how, reference)
    lines, parts, _ = lit(page)
    assert "delta_hidden = e_hidden * a_hidden * (1 - a_hidden)" in lines
    assert "delta_output = error * output * (1 - output)" not in lines
    assert parts == {"delta.1.0", "delta.1.1"}


@pytest.mark.parametrize("how", REACH)
def test_a_line_lights_its_formula_and_figure(visit, how):
    page = visit("in-code/", **REACH[how])
    line = page.locator("code span[data-eq]", has_text="step_hidden = learning_rate").first
    reach(page, how, line)
    lines, parts, _ = lit(page)
    # Both stand in their piece, and in the whole program.
    assert len([each for each in lines if each.startswith("step_")]) == 4
    assert parts == {f"steps.W.1.{i}.{j}" for i in range(3) for j in range(2)} | {
        "steps.W.2.0.0",
        "steps.W.2.1.0",
    }
    expect(page.locator("a.eq-reference[data-eq=weight-step].lit").first).to_be_attached()


@pytest.mark.parametrize("how", ["mouse", "touch"])
def test_a_part_of_a_figure_lights_formula_and_line(visit, how):
    page = visit("by-hand/", **REACH[how])
    reach(page, how, page.locator("g[data-of='delta.2.0'] text").first)
    lines, parts, _ = lit(page)
    assert "delta_2 = error * output * (1 - output)" in lines
    assert parts == {"delta.2.0"}


def test_what_is_lit_goes_out(visit):
    page = visit("in-code/")
    line = page.locator("code span[data-eq]").first
    line.hover()
    assert lit(page)[0]
    page.keyboard.press("Escape")
    expect_dark(page)
    page.locator("h1").hover()
    line.hover()
    assert lit(page)[0]
    page.locator("h1").hover()
    expect_dark(page)


def test_a_click_keeps_it_lit_while_one_scrolls(visit):
    page = visit("in-code/")
    page.locator("code span[data-eq]").first.click()
    page.locator("h1").hover()
    assert lit(page)[1]
    page.locator("h1").click()
    expect_dark(page)


def test_nothing_moves_when_it_is_lit(visit):
    page = visit("in-code/")
    boxes = "() => [...document.querySelectorAll('article *')].map(e => e.offsetTop + e.offsetLeft)"
    before = page.evaluate(boxes)
    page.locator("code span[data-eq]").first.evaluate("each => each.focus()")
    assert lit(page)[0]
    assert page.evaluate(boxes) == before


def test_formulas_give_their_tex(visit):
    page = visit("how-a-network-learns/", permissions=["clipboard-read", "clipboard-write"])
    copied = "navigator.clipboard.readText()"
    formula = page.locator("#eq-hidden-delta div.math")
    formula.click()
    assert page.evaluate(copied) == r"\delta^{(l)}_j = e^{(l)}_j\,f'(z^{(l)}_j)"
    expect(page.get_by_role("status")).to_contain_text("Copied")
    page.locator("p span.math").first.click()
    assert page.evaluate(copied) == "E"
    formula.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate(copied) == r"\delta^{(l)}_j = e^{(l)}_j\,f'(z^{(l)}_j)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_lit_is_accessible(visit, scheme):
    page = visit("in-code/", scheme=scheme, reduced_motion="reduce")
    page.evaluate("document.querySelectorAll('[data-eq]').forEach(e => e.classList.add('lit'))")
    assert list(violations(page)) == []


def test_the_script_is_small_and_only_where_it_is_needed(site):
    script = (pages.ROOT / "docs" / "assets" / "linked.js").read_bytes()
    assert len(gzip.compress(script)) < 2300
    assert "linked.js" in (site / "in-code" / "index.html").read_text(encoding="utf-8")
    assert "linked.js" not in (site / "404.html").read_text(encoding="utf-8")
