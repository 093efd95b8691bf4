"""What a page shows when a reader has done something with it, in states that no other test asks.

`test_each_page.py` asks of each page as it is opened. Here each state is brought about once, those
that do not cover each other together, and axe has nothing to say of the parts that changed: wide,
narrow, in both schemes, in forced colors, and on paper. Nothing moves where that is not wanted.
"""

import re

import pytest
from accessibility import color_violations, leave_alone, violations
from playwright.sync_api import expect

from backprop.exercises import exercise

pytestmark = pytest.mark.known_again

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


def _snippet(page, place):
    return page.locator(".snippet:has(> .tools > .run)").nth(place)


def _written(page, place, code):
    its = _snippet(page, place)
    its.get_by_role("button", name="Edit").click()
    expect(its.locator("textarea")).to_be_focused()
    its.locator("textarea").fill(code)
    its.get_by_role("button", name="Run", exact=True).click()
    return its


def run(page):
    its = _snippet(page, 0)
    its.get_by_role("button", name="Run", exact=True).click()
    expect(its.locator(".status")).to_have_text("Run here: the same as the book.")


def run_in_vain(page):
    its = _written(page, 1, "1 / 0")
    expect(its.locator(".status")).to_have_text("Your code raised an error.")


def running(page):
    its = _written(page, 2, "while True:\n    pass")
    expect(its.locator(".status")).to_have_text("Running")


def edited(page):
    its = _snippet(page, 3)
    its.get_by_role("button", name="Edit").click()
    expect(its.locator("textarea")).to_be_focused()


def _answered(page, name, lines):
    its = page.locator(f".exercise[data-exercise={name}]")
    its.get_by_role("button", name="Write here").click()
    its.locator("textarea").fill(exercise(name).filled(lines))
    its.get_by_role("button", name="Check").click()
    return its


def wrong_answer(page):
    its = _answered(page, "slope", ["return z", "return a"])
    expect(its.locator(".status")).to_have_text("0 of 2 right.")
    its.get_by_role("button", name="Hint").click()


def right_answer(page):
    right = [part.right for part in exercise("transpose").parts]
    its = _answered(page, "transpose", right)
    expect(its.locator(".status")).to_contain_text("Solved.")


def diagnosed(page):
    _press(page, "Fill in an example")
    expect(page.locator("form.doctor .status")).to_have_text("A mistake is found.")


def _laboratory(page):
    if page.locator(".laboratory[data-live]").count():
        return
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


BENCH = ".laboratory"
TOGETHER = [
    ("by-hand/", ".explorer, .snippet", WIDE, [explored, run, run_in_vain, running, edited]),
    ("in-code/", ".explorer, .md-dialog, .lit", WIDE, [lit, trained, asked_to_predict, copied]),
    ("by-hand/", ".md-header", WIDE, [search]),
    ("by-hand/", ".md-header, .md-sidebar", PHONE, [drawer]),
    ("how-a-network-learns/", "html", WIDE, [tooltip]),
    ("your-turn/", ".exercise, .progress", WIDE, [wrong_answer, right_answer]),
    ("what-is-wrong/", "form.doctor", WIDE, [diagnosed]),
    ("live-boundary/", BENCH, WIDE, [every_mistake]),
    ("type-an-expression/", BENCH, WIDE, [one_path]),
    ("type-an-expression/", BENCH, WIDE, [one_sweep, wrong_expression]),
    ("attention-backward/", BENCH, WIDE, [one_number]),
    ("error-terms-by-layer/", BENCH, WIDE, [many_layers]),
    ("draw-a-digit/", BENCH, WIDE, [drawn]),
]
"""A page, the parts of it that change, the width of its window, and what a reader does there."""
MOTION = """
window.moved = [];
for (const kind of ["transitionrun", "animationstart"]) {
    document.addEventListener(kind, ({ target: { nodeName, className } }) =>
        moved.push(`${kind}: ${nodeName}.${className}`), true);
}"""
"""Keeps what moves, from the beginning of a page."""
NAMES = [" ".join(state.__name__ for state in states) for *_, states in TOGETHER]


@pytest.mark.usefixtures("runtime_in_the_site")
@pytest.mark.parametrize(("path", "parts", "width", "states"), TOGETHER, ids=NAMES)
def test_axe_has_nothing_to_say_and_nothing_moves(visit, path, parts, width, states):
    page = visit(path, width, reduced_motion="reduce")
    page.evaluate(MOTION)
    for state in states:
        state(page)
    assert page.evaluate("moved") == []
    assert page.evaluate("document.getAnimations().length") == 0
    leave_alone(page, parts)
    found = [*violations(page, parts)]
    page.set_viewport_size({"width": PHONE, "height": 900})
    found += violations(page, parts, colors=False)
    page.evaluate("document.body.dataset.mdColorScheme = 'slate'")
    found += color_violations(page, parts)
    page.emulate_media(forced_colors="active")
    found += violations(page, parts, colors=False)
    page.emulate_media(forced_colors="none", media="print")
    found += violations(page, parts, colors=False)
    assert found == []
    assert page.complaints == []
