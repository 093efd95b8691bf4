"""The laboratory *Attention, backward*: its numbers and formulas are the package's."""

import itertools
import json
import math
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose
from playwright.sync_api import expect
from test_copied_programs import execute

from backprop import SelfAttention
from backprop.activations import softmax_error
from backprop.attention import attention_error, attention_scores, attention_weights, causal_mask

pytestmark = pytest.mark.known_again

NAME, PATH = "attention", "attention-backward/"
EXACTLY = {"rtol": 1e-9, "atol": 1e-12}
GIVEN = {"x": (3, 2), "W_q": (2, 2), "W_k": (2, 2), "W_v": (2, 2), "e": (3, 2)}
STEPS = 14


def states(count, seed=0, size=2.0):
    """Random states, with all four choices of mask and scale in turn."""
    rng = np.random.default_rng(seed)
    choices = itertools.cycle(itertools.product([0, 1], repeat=2))
    for _, (causal, scaled) in zip(range(count), choices, strict=False):
        arrays = {name: rng.uniform(-size, size, shape).tolist() for name, shape in GIVEN.items()}
        yield {**arrays, "causal": causal, "scaled": scaled}


def numbers(state):
    """All arrays by the package, which always scales: what asks is longer where nothing is to."""
    x, W_q, W_k, W_v, e = (np.array(state[name]) for name in GIVEN)
    factor = 1 if state["scaled"] else np.sqrt(2)
    q, k, v = x @ W_q, x @ W_k, x @ W_v
    p = attention_weights(factor * q, k, causal_mask(3) if state["causal"] else None)
    e_p = e @ v.T
    e_q, e_k, e_v = attention_error(e, factor * q, k, v, p)
    return {
        "q": q,
        "k": k,
        "v": v,
        "s": attention_scores(factor * q, k),
        "p": p,
        "y": p @ v,
        "e_v": e_v,
        "e_p": e_p,
        "M": np.sum(p * e_p, axis=1, keepdims=True),
        "delta": softmax_error(e_p, p),
        "e_q": factor * e_q,
        "e_k": e_k,
    } | by_layer(x, factor * W_q, W_k, W_v, e, bool(state["causal"]), factor)


def by_layer(x, W_q, W_k, W_v, e, causal, factor):
    """The arrays that the layer of the package gives, whose last weights are the identity."""
    layer = SelfAttention(W_q, W_k, W_v, np.eye(2), causal=causal)
    y, pullback = layer.forward(x[np.newaxis])
    e_x, downhill = pullback(e[np.newaxis])
    found = {f"D_{c}": downhill[f"W_{c}"] for c in "qkv"} | {"y": y[0], "e_x": e_x[0]}
    found["D_q"] = factor * found["D_q"]
    return found


@pytest.fixture(scope="module")
def page(visit_for_long):
    page = visit_for_long(
        f"{PATH}#laboratory={NAME}", permissions=["clipboard-read", "clipboard-write"]
    )
    expect(page.locator(".laboratory[data-live]")).to_have_count(1)
    yield page
    assert page.complaints == []


@pytest.fixture(autouse=True)
def _begin_anew(page):
    page.get_by_role("button", name="Reset").click()


def module(page, name, call, argument):
    """What an expression gives in the browser, with the exports of a module as m."""
    return page.evaluate(
        "async ([url, given]) => { const m = await import(url); return (" + call + ")(given) }",
        [
            page.evaluate(f"new URL('../assets/laboratories/attention/{name}', location).href"),
            argument,
        ],
    )


def cell(page, of):
    """The cell of a number such as W_q.0.1, found by the places of arrays, rows and cells."""
    name, i, j = of.split(".")
    table = page.get_by_role("grid", name=words(page)[name], exact=True)
    return table.locator("tr").nth(int(i)).locator("td").nth(int(j))


def words(page):
    return module(
        page,
        "steps.js",
        "() => Object.fromEntries(Object.entries(m.ARRAYS).map(([k, v]) => [k, v[0]]))",
        None,
    )


def read(text):
    return float(text.replace("−", "-"))


def lit(page, kind):
    return page.locator(f".attention-array td.{kind}").evaluate_all(
        "all => all.map(each => each.getAttribute('aria-label'))"
    )


def test_the_numbers_of_random_states_are_those_of_the_package(page):
    tried = [*states(1000), *states(100, 1, 0.01), *states(100, 2, 10)]
    found = module(page, "arithmetic.js", "states => states.map(m.compute)", tried)
    for each, state in zip(found, tried, strict=True):
        for name, array in numbers(state).items():
            assert_allclose(np.array(each[name]), array, **EXACTLY, err_msg=name)


def test_every_formula_gives_its_number(page):
    tried = list(states(8, 3))
    formulas = module(
        page,
        "origins.js",
        """states => states.map(state => {
            const found = {}, shapes = {p: [3, 3], s: [3, 3], e_p: [3, 3], delta: [3, 3],
                M: [3, 1], D_q: [2, 2], D_k: [2, 2], D_v: [2, 2]};
            for (const name of Object.keys(state.all)) {
                const [rows, columns] = shapes[name] ?? [3, 2];
                for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) {
                    found[`${name}.${i}.${j}`] = m.origin({name, i, j}, state);
                }
            }
            return found;
        })""",
        [state | {"all": dict.fromkeys(numbers(state), 0)} for state in tried],
    )
    for state, found in zip(tried, formulas, strict=True):
        known = {name: np.array(state[name]) for name in GIVEN} | numbers(state)
        assert len(found) == 4 * 9 + 8 * 6 + 3 + 3 * 4
        for of, parts in found.items():
            text = "".join(
                part
                if isinstance(part, str)
                else f"({float(known[part['name']][part['i'], part['j']])!r})"
                for part in parts
            )
            text = text.replace("·", "*").replace("−", "-").replace("√2", f"({math.sqrt(2)!r})")
            name, i, j = of.split(".")
            value = eval(text, {"__builtins__": {}, "exp": math.exp})
            assert_allclose(value, known[name][int(i), int(j)], **EXACTLY, err_msg=of)


def test_what_is_pointed_at_lights_up_those_from_which_it_comes(page):
    page.get_by_label("Step", exact=True).select_option("0")
    cell(page, "delta.2.0").hover()
    assert lit(page, "shown") == ["error terms of the scores, of query 3, for key 1: 0.2"]
    assert lit(page, "source") == [
        "weights of attention, of place 3, for place 1: 0.343",
        "errors of the weights of attention, of place 3, for place 1: 1",
        "mean errors, of place 3: 0.418",
    ]
    explained = page.locator(".attention-explained")
    assert explained.locator("p").nth(2).text_content() == "= 0.343 · (1 − 0.418)"
    page.locator("h1").hover()
    assert lit(page, "shown") == ["inputs, place 1, number 1: 1"]
    cell(page, "e_k.1.1").focus()
    assert len(lit(page, "source")) == 6


def test_arrows_move_within_an_array_and_enter_leads_to_its_slider(page):
    cell(page, "e.0.0").focus()
    for key, expected in [
        ("ArrowRight", "e.0.1"),
        ("ArrowRight", "e.0.1"),
        ("ArrowDown", "e.1.1"),
        ("Home", "e.1.0"),
        ("ArrowDown", "e.2.0"),
        ("ArrowDown", "e.2.0"),
        ("End", "e.2.1"),
        ("ArrowUp", "e.1.1"),
    ]:
        page.keyboard.press(key)
        expect(cell(page, expected)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".attention-field [type=number]")).to_be_focused()
    page.keyboard.type("2")
    # One of four numbers of an array is reached by the tabulator: the one that was last there.
    reached = page.get_by_role("grid", name=words(page)["e"], exact=True).locator("[tabindex='0']")
    assert reached.count() == 1
    cell(page, "p.0.0").focus()
    assert page.locator(".attention-field input").count() == 0


def test_all_numbers_follow_what_is_changed(page):
    cell(page, "W_k.0.1").click()
    page.locator(".attention-field [type=number]").fill("-1.5")
    page.get_by_label("Causal mask").check()
    page.get_by_label("Scores divided by √2").uncheck()
    state = module(page, "view.js", "() => m.FIRST", None)
    state["W_k"][0][1] = -1.5
    expected = numbers(state | {"causal": 1, "scaled": 0})
    for name, array in expected.items():
        for (i, j), value in np.ndenumerate(array):
            shown = read(cell(page, f"{name}.{i}.{j}").text_content())
            assert shown == pytest.approx(value, rel=6e-3, abs=1e-12), name
    masked = page.locator("td.masked").evaluate_all("all => all.length")
    assert masked == 4 * 3
    cell(page, "p.0.2").hover()
    expect(page.locator(".attention-explained")).to_contain_text(
        "Place 1 may not take from place 3."
    )
    for wrong in ["", "11", "-1e9"]:
        cell(page, "x.2.0").click()
        field = page.locator(".attention-field [type=number]")
        field.fill(wrong)
        assert field.get_attribute("aria-invalid") == "true"
        assert cell(page, "x.2.0").text_content() == "1"


def test_steps_show_what_is_known_by_then_and_write_its_numbers(page):
    next_, step = page.get_by_role("button", name="Next"), page.get_by_label("Step", exact=True)
    hidden = page.locator(".attention-array.later")
    order = module(page, "steps.js", "() => m.STEPS.map(step => step.shows)", None)
    assert len(order) == STEPS + 1
    assert sorted(itertools.chain(*order)) == sorted(numbers(next(states(1))))
    assert hidden.count() == 0
    for number, shows in enumerate(order[1:], 1):
        next_.click()
        assert step.input_value() == str(number)
        assert hidden.count() == sum(map(len, order[number + 1 :]))
        assert page.locator(".attention-array.new").count() == len(shows)
        lines = page.locator(".attention-lines p").all_text_contents()
        cells = page.locator(".attention-array.new td").all_text_contents()
        assert [line.rpartition(" = ")[2] for line in lines] == cells
        assert page.locator(".attention-step math").count() == 1
    next_.click()
    assert step.input_value() == "0"
    assert page.get_by_role("button", name="Back").is_disabled()


def test_each_step_leads_to_its_equation(page, site):
    led = set()
    for number in range(STEPS + 1):
        page.get_by_label("Step", exact=True).select_option(str(number))
        for link in page.locator(".attention-step a").all():
            path, _, anchor = link.get_attribute("href").partition("#")
            html = (site / path.removeprefix("../") / "index.html").read_text(encoding="utf-8")
            assert re.search(f'id="?{anchor}[" >]', html)
            led.add(anchor)
    assert len(led) == 8


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("causal", [False, True])
def test_the_copied_program_prints_the_same(page, tmp_path, fresh_python, causal, scaled):
    cell(page, "x.1.0").click()
    page.locator(".attention-field [type=number]").fill("-0.35")
    page.get_by_label("Causal mask").set_checked(causal)
    page.get_by_label("Scores divided by √2").set_checked(scaled)
    page.get_by_role("button", name="Copy as Python").click()
    expect(page.locator(".laboratory-copy [role=status]")).to_have_text("Copied.")
    program = page.evaluate("navigator.clipboard.readText()")
    stdout, stderr, _ = execute(fresh_python, program, tmp_path)
    assert stderr == ""
    printed = dict(line.split(" ", 1) for line in stdout.splitlines())
    state = module(page, "view.js", "() => m.FIRST", None)
    state["x"][1][0] = -0.35
    expected = numbers(state | {"causal": causal, "scaled": scaled})
    assert set(printed) == set(expected)
    for name, array in expected.items():
        assert_allclose(json.loads(printed[name]), array, **EXACTLY, err_msg=name)


def test_an_address_holds_every_number(page):
    hash_ = f"laboratory={NAME}&x=1,2,3,4,5,-6.5&W_v=9,9&e=1,2,3,4,5,99&causal=1&step=7&at=p.1.2"
    page.evaluate("hash => { location.hash = hash }", hash_)
    expect(cell(page, "x.2.1")).to_have_text("−6.5")
    assert cell(page, "W_v.0.0").text_content() == "1", "two numbers are no matrix"
    assert cell(page, "e.2.1").text_content() == "−1", "99 is out of bounds"
    assert page.get_by_label("Causal mask").is_checked()
    assert page.get_by_label("Step", exact=True).input_value() == "7"
    assert lit(page, "shown")[0].startswith("weights of attention, of place 2, for place 3")
