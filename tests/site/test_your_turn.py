"""Exercises are written, checked and kept in the page, and stand there without scripts, too."""

import json

import pytest
from accessibility import color_violations, violations
from playwright.sync_api import expect

from backprop.exercises import NAMES, exercise

pytestmark = pytest.mark.known_again

PAGE, TODAY = "your-turn/", "your-turn-today/"
needs_runtime = pytest.mark.usefixtures("runtime_in_the_site")


def block(page, name):
    return page.locator(f".exercise[data-exercise='{name}']")


def button(within, text):
    return within.get_by_role("button", name=text, exact=True)


def status(within, text):
    expect(within.locator(".status")).to_have_text(text)


def write(page, name, text):
    its = block(page, name)
    if not its.locator("textarea").count():
        button(its, "Write here").click()
    its.locator("textarea").fill(text)
    return its


def kept(page):
    return json.loads(page.evaluate("localStorage.getItem('backprop.exercises')") or "{}")


@pytest.fixture(scope="module")
def turn(visit_for_long, runtime_in_the_site):
    """The page with Python loaded. Each test takes exercises of its own."""
    return visit_for_long(PAGE)


def test_without_scripts_everything_stands_there(visit):
    found = []
    for path in (PAGE, TODAY):
        page = visit(path, java_script_enabled=False)
        for its in page.locator(".exercise").all():
            found.append(its.get_attribute("data-exercise"))
            stands_there(its, exercise(found[-1]))
        expect(page.locator(".actions").first).not_to_be_visible()
        expect(page.locator(".progress")).not_to_be_visible()
    assert found == list(NAMES)


def stands_there(its, asked):
    assert its.locator("> .highlight code").text_content().strip() == asked.starter.strip()
    hints = its.locator("> details.question li").count()
    assert hints == sum(len(part.hints) for part in asked.parts)
    its.locator("> details.success").evaluate("each => each.open = true")
    shown = its.locator("> details.success code").text_content()
    for part in asked.parts:
        assert part.right.strip().split("\n")[0] in shown


@needs_runtime
def test_nothing_is_loaded_before_the_first_check(visit):
    page = visit(PAGE)
    assert not [url for url in page.requested if "runtime" in url]
    button(block(page, "slope"), "Write here").click()
    assert not [url for url in page.requested if "runtime" in url]
    assert page.complaints == []


def test_a_wrong_answer_is_named_and_a_right_one_is_kept(turn):
    asked = exercise("the-program")
    lines = [part.right for part in asked.parts]
    lines[1] = "delta_output = error"
    its = write(turn, "the-program", asked.filled(lines))
    button(its, "Check").click()
    status(its, "4 of 5 right.")
    rows = its.locator(".verdict li").all_text_contents()
    assert rows[0] == "Right: error."
    assert rows[1] == "Not yet: delta_output. The slope of the output unit is missing."
    assert rows[2] == "Right: delta_hidden. Right, from what stands before it."
    its.locator("textarea").fill(asked.solution)
    turn.keyboard.press("Control+Enter")
    status(its, "5 of 5 right. Solved.")
    expect(its.locator(".verdict")).to_contain_text(asked.praise)
    expect(its.locator(".verdict pre.output")).to_contain_text("0.00804047")
    expect(its.locator("textarea")).to_be_focused()
    assert kept(turn)["the-program"] == {"code": asked.solution, "solved": True}
    here = turn.locator(".exercise").count()
    expect(turn.locator(".progress")).to_contain_text(
        f"1 of {here} solved on this page, 1 of {len(NAMES)} in all."
    )
    assert turn.complaints == []


def test_hints_come_one_by_one_for_what_is_not_right(turn):
    asked = exercise("activations")
    its = write(turn, "activations", asked.filled(["return 1 - a**2", "return ...", "return z"]))
    button(its, "Check").click()
    status(its, "1 of 3 right.")
    waiting = [(part.name, hint) for part in asked.parts[1:] for hint in part.hints]
    for number, (name, hint) in enumerate(waiting):
        button(its, "Hint").click()
        said = its.locator(".verdict .hint").nth(number)
        expect(said).to_have_text(f"{name}: {hint.replace('`', '')}")
    expect(button(its, "Hint")).to_have_count(0)
    expect(its.locator(".verdict")).to_contain_text("These were all hints")


@needs_runtime
def test_a_program_that_loops_or_raises_is_told_so(visit):
    # It is the first to run: a Python that has traced one before tells of more events.
    its = write(visit(PAGE), "momentum", "while True:\n    pass\n")
    button(its, "Check").click()
    expect(its.locator(".verdict")).to_contain_text("again and again")
    its.locator("textarea").fill('x = \'"\\n\' + "é😀\\t"\nraise ValueError(x)\n')
    button(its, "Check").click()
    expect(its.locator(".verdict")).to_contain_text("Line 2, raise ValueError(x), raises")
    its.locator("textarea").fill(exercise("momentum").solution)
    button(its, "Check").click()
    status(its, "1 of 1 right. Solved.")


def test_answers_are_found_again_and_forgotten(turn):
    asked = exercise("softmax")
    write(turn, "softmax", asked.starter.replace("...", "Z"))
    turn.open_again()
    its = block(turn, "softmax")
    button(its, "Go on writing").click()
    expect(its.locator("textarea")).to_have_value(asked.starter.replace("...", "Z"))
    button(its, "Begin again").click()
    expect(its.locator("textarea")).to_have_value(asked.starter)
    button(turn.locator(".progress"), "Forget my answers").click()
    expect(turn.locator(".progress")).to_have_text("Your answers are forgotten.")
    expect(its.locator("textarea")).to_have_count(0)
    expect(its.locator("> .highlight")).to_be_visible()
    assert kept(turn) == {}
    assert turn.complaints == []


def test_progress_is_counted_over_both_pages_and_forgotten_on_both(visit, runtime_in_the_site):
    page = visit(TODAY)
    expect(page.locator(".progress")).to_be_hidden()
    its = write(page, "embedding", exercise("embedding").solution)
    button(its, "Check").click()
    status(its, "3 of 3 right. Solved.")
    page.evaluate(
        """() => {
            const all = JSON.parse(localStorage.getItem("backprop.exercises"));
            all.slope = all["no-such"] = {solved: true};
            localStorage.setItem("backprop.exercises", JSON.stringify(all));
        }"""
    )
    page.open_again()
    here = page.locator(".exercise").count()
    expect(page.locator(".progress")).to_contain_text(
        f"1 of {here} solved on this page, 2 of {len(NAMES)} in all."
    )
    button(page.locator(".progress"), "Forget my answers").click()
    assert kept(page) == {}


def test_it_works_by_keyboard_and_where_nothing_can_be_kept(visit, runtime_in_the_site):
    page = visit(PAGE)
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full'); }; }")
    its = block(page, "slope")
    button(its, "Write here").focus()
    page.keyboard.press("Enter")
    editor = its.get_by_role("textbox", name="Your program: One slope")
    expect(editor).to_be_focused()
    page.keyboard.type("1 / (1 + np.exp(-z))")
    page.keyboard.press("Control+Enter")
    status(its, "1 of 2 right.")
    assert page.complaints == []


@pytest.mark.parametrize("width", [390, 1280])
def test_a_verdict_is_accessible_and_fits(turn, width):
    turn.emulate_media(reduced_motion="reduce")
    turn.set_viewport_size({"width": width, "height": 900})
    its = write(turn, "transpose", exercise("transpose").filled(["return delta_next @ W"] * 2))
    button(its, "Check").click()
    status(its, "0 of 2 right.")
    assert turn.evaluate("document.documentElement.scrollWidth") <= width
    assert list(violations(turn, ".exercise")) == []
    turn.evaluate("document.body.dataset.mdColorScheme = 'slate'")
    assert list(color_violations(turn, ".exercise")) == []
    turn.evaluate("document.body.dataset.mdColorScheme = 'default'")
