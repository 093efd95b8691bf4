"""What a page shows when a reader has done something with it, in states that no other test asks.

`test_each_page.py` asks of each page as it is opened. Here each state is brought about once, in
both schemes where it has colors of its own, and axe has nothing to say of it.
"""

import re

import pytest
from accessibility import color_violations, violations
from playwright.sync_api import expect

from backprop.exercises import exercise

WIDE, PHONE = 1280, 390


def _press(page, name, within="body"):
    page.locator(within).get_by_role("button", name=name, exact=True).first.click()


def search(page):
    page.keyboard.press("s")
    page.keyboard.type("transpose")
    expect(page.locator(".md-search-result__meta")).to_contain_text("matching")
    page.locator(".md-search-result__more summary").first.click()


def drawer(page):
    page.get_by_role("button", name="Menu").click()
    expect(page.locator(".md-nav--primary").get_by_role("link").first).to_be_in_viewport()


def lit(page):
    page.locator("code span[data-eq]").first.click()
    expect(page.locator(".lit").first).to_be_visible()


def copied(page):
    page.locator("button.copy").first.click()
    expect(page.locator("[data-md-component=dialog]")).to_contain_text("Copied")


def explored(page):
    _press(page, "Next", ".explorer")
    page.locator(".explorer select").select_option(index=3)
    page.get_by_role("spinbutton", name="learning rate").fill("-1")
    expect(page.locator(".explorer [aria-invalid]")).to_have_count(1)


def trained(page):
    _press(page, "Train 100 updates", ".explorer")
    _press(page, "Show the start", ".explorer")


def asked_to_predict(page):
    _press(page, "Predict first", ".explorer")
    expect(page.get_by_role("button", name="Predict first")).to_have_attribute(
        "aria-pressed", "true"
    )
    _press(page, "Next", ".explorer")


def tooltip(page):
    page.locator("article a[title]").first.hover()


def edited(page):
    _press(page, "Edit", ".snippet")
    expect(page.get_by_role("textbox", name="Code of this snippet")).to_be_focused()


def running(page):
    edited(page)
    page.get_by_role("textbox", name="Code of this snippet").fill("while True:\n    pass")
    _press(page, "Run", ".snippet")
    expect(page.locator(".snippet .status").first).to_have_text("Running")


def run(page):
    _press(page, "Run", ".snippet")
    expect(page.locator(".snippet .status").first).to_have_text("Run here: the same as the book.")


def run_in_vain(page):
    edited(page)
    page.get_by_role("textbox", name="Code of this snippet").fill("1 / 0")
    _press(page, "Run", ".snippet")
    expect(page.locator(".snippet .status").first).to_have_text("Your code raised an error.")


def _answered(page, lines, status):
    its = page.locator(".exercise[data-exercise=slope]")
    its.get_by_role("button", name="Write here").click()
    its.locator("textarea").fill(exercise("slope").filled(lines))
    its.get_by_role("button", name="Check").click()
    expect(its.locator(".status")).to_have_text(status)
    return its


def wrong_answer(page):
    its = _answered(page, ["return z", "return a"], "0 of 2 right.")
    its.get_by_role("button", name="Hint").click()


def right_answer(page):
    right = [part.right for part in exercise("slope").parts]
    _answered(page, right, "2 of 2 right. Solved.")


def diagnosed(page):
    _press(page, "Fill in an example")
    expect(page.locator("form.doctor .status")).to_have_text("A mistake is found.")


def _laboratory(page):
    page.get_by_role("button", name=re.compile("^Open the laboratory")).click()
    expect(page.locator(".laboratory[data-live]")).to_have_count(1)


def every_mistake(page):
    _laboratory(page)
    for box in page.locator(".laboratory [role=group] input[type=checkbox]").all():
        box.check()
    page.get_by_label("Slope of hidden units").select_option(index=1)
    _press(page, "100 steps", ".laboratory")


def one_path(page):
    _laboratory(page)
    _press(page, "Path by path", ".laboratory")
    _press(page, "Next", ".laboratory")


def one_sweep(page):
    _laboratory(page)
    _press(page, "One sweep", ".laboratory")


def wrong_expression(page):
    _laboratory(page)
    page.get_by_label("Expression", exact=True).fill("x * (y")


def one_number(page):
    _laboratory(page)
    page.get_by_label("Causal mask").check()
    page.get_by_label("Step", exact=True).select_option("7")
    page.get_by_role("gridcell").last.click()


def many_layers(page):
    _laboratory(page)
    page.get_by_label("Residual connections").check()
    page.get_by_label("Activation").select_option("relu")
    page.get_by_role("spinbutton", name="Layers").fill("-1")


def drawn(page):
    _laboratory(page)
    _press(page, "Clear", ".laboratory")
    page.get_by_label("Should be").select_option("8")
    _press(page, "Step along the blame", ".laboratory")


STATES = {
    search: "by-hand/",
    drawer: "by-hand/",
    lit: "in-code/",
    copied: "in-code/",
    explored: "by-hand/",
    trained: "in-code/",
    asked_to_predict: "by-hand/",
    tooltip: "how-a-network-learns/",
    edited: "by-hand/",
    running: "by-hand/",
    run: "by-hand/",
    run_in_vain: "by-hand/",
    wrong_answer: "your-turn/",
    right_answer: "your-turn/",
    diagnosed: "what-is-wrong/",
    every_mistake: "live-boundary/",
    one_path: "type-an-expression/",
    one_sweep: "type-an-expression/",
    wrong_expression: "type-an-expression/",
    one_number: "attention-backward/",
    many_layers: "error-terms-by-layer/",
    drawn: "draw-a-digit/",
}
"""What a reader does, and on which page."""


@pytest.mark.usefixtures("runtime_in_the_site")
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_axe_has_nothing_to_say(visit, state):
    page = visit(STATES[state], PHONE if state is drawer else WIDE, reduced_motion="reduce")
    state(page)
    found = [*violations(page)]
    page.set_viewport_size({"width": PHONE, "height": 900})
    found += violations(page, colors=False)
    page.evaluate("document.body.dataset.mdColorScheme = 'slate'")
    found += color_violations(page)
    page.emulate_media(forced_colors="active")
    found += violations(page, colors=False)
    page.emulate_media(forced_colors="none", media="print")
    found += violations(page, colors=False)
    assert found == []
    assert page.complaints == []
