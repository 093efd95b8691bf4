"""The explorer: its numbers are the package's, and everyone can use it."""

import gzip
import html
import itertools
import json
import re
from urllib.parse import urlencode

import numpy as np
import pytest
from accessibility import color_violations, leave_alone, violations
from numpy.testing import assert_allclose
from parsing import pages_of
from playwright.sync_api import expect
from test_copied_programs import execute

from backprop import (
    Layer,
    Network,
    central_difference,
    check_gradient,
    datasets,
    draw_network,
)
from backprop.dense import hidden_error
from book.source import pages

pytestmark = pytest.mark.known_again

PAGES = {
    "": "three_two_one",
    "by-hand/": "two_one_one",
    "in-code/": "three_two_one",
}
NETWORKS = {"by-hand/": (2, 1, 1), "in-code/": (3, 2, 1)}
MODULES = pages.ROOT / "docs" / "assets" / "explorer"
EXACTLY = {"rtol": 1e-12, "atol": 1e-15}
STEPS = 8


def states(sizes, count, seed=0):
    """Random networks with an example, and a learning rate."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        layers = [Layer(rng.uniform(-2, 2, n)) for n in itertools.pairwise(sizes)]
        x, target = rng.uniform(-1, 1, sizes[0]), rng.uniform(0, 1, sizes[-1])
        yield Network(layers), x, target, rng.uniform(0.1, 10)


def extreme(sizes):
    """A state with a weight of 0, and with steps that are small beside the others."""
    ((network, x, target, learning_rate),) = states(sizes, 1, seed=2)
    network[1].W[0, 0], x[0] = 0.0, -1e-6
    return network, x, target, learning_rate


def weights(network):
    return {l: layer.W.tolist() for l, layer in enumerate(network, 1)}


def arguments(network, x, target, learning_rate):
    """A state as the explorer holds it."""
    return {
        "W": weights(network),
        "x": x.tolist(),
        "target": target.tolist(),
        "learning_rate": learning_rate,
    }


def numbers(network, x, target, learning_rate):
    """All numbers of an update, by the package, as the explorer names them."""
    backward = network.backward(network.forward(x), target)
    return {
        "z": backward.trace.z,
        "a": backward.trace.a,
        "loss": backward.loss,
        "error": backward.error,
        "delta": backward.delta,
        "hidden_error": {1: hidden_error(backward.delta[2], network[2].W)},
        "steps": {"W": backward.steps(learning_rate).W},
    }


def assert_same(found, expected):
    if isinstance(expected, dict):
        for key, each in expected.items():
            assert_same(found[str(key)], each)
    else:
        assert_allclose(np.array(found), np.array(expected), **EXACTLY)


def together(states):
    """The numbers of many states, each number as an array of them all."""
    if isinstance(states[0], dict):
        return {key: together([each[key] for each in states]) for key in states[0]}
    return np.array(states)


def module(page, name, call, argument):
    """What an expression gives in the browser, with the exports of a module as m."""
    return page.evaluate(
        "async ([url, given]) => { const m = await import(url); return (" + call + ")(given) }",
        [page.evaluate(f"new URL('../assets/explorer/{name}', location).href"), argument],
    )


def fragment(network, x, target, learning_rate, **more):
    """The fragment of an address that holds a state."""
    name = "two_one_one" if len(x) == 2 else "three_two_one"
    said = {"explorer": name, "target.0": target[0], "learning_rate": learning_rate}
    said |= {f"x.{i}": each for i, each in enumerate(x)}
    said |= {
        f"W.{l}.{i}.{j}": w
        for l, layer in enumerate(network, 1)
        for (i, j), w in np.ndenumerate(layer.W)
    }
    return "#" + urlencode(said | more)


def labels(page):
    """The labels of the figure, and how its edges look."""
    return page.evaluate(
        """() => {
            const svg = document.querySelector(".explorer svg.network");
            const edges = svg.querySelectorAll("[data-of^=W] > path:first-child");
            const look = ["stroke", "stroke-width", "stroke-dasharray"];
            return {
                text: [...svg.querySelectorAll("text")].map(text => text.textContent),
                edges: [...edges].map(edge => look.map(name => edge.getAttribute(name))),
            };
        }"""
    )


def drawn(network, x, target, learning_rate):
    """The same of the package's drawing."""
    trace = network.forward(x)
    backward = network.backward(trace, target)
    svg = draw_network(network, trace, backward, backward.steps(learning_rate), title="drawn")
    edges = re.findall(
        r'stroke="([^"]*)" stroke-width="([^"]*)"(?: stroke-dasharray="([^"]*)")?/>',
        "".join(re.findall(r'<g data-of="W[^>]*>(<path[^>]*>)', svg)),
    )
    return {
        "text": [html.unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)", svg)],
        "edges": [[color, width, dashes or None] for color, width, dashes in edges],
    }


def button(page, does):
    return page.locator(f".explorer [data-does={does}]")


def field(page, of, kind="number"):
    return page.locator(f'[data-field="{of}"] [type={kind}]')


def shown(page, of):
    """What the page writes of a number, first."""
    return page.locator(f'.explorer [data-of="{of}"]:not(g)').first.text_content()


@pytest.mark.parametrize("path", NETWORKS)
def test_the_numbers_of_random_states_are_those_of_the_package(visit, path):
    page = visit(path)
    tried = list(states(NETWORKS[path], 2000))
    found = module(
        page,
        "explorer.js",
        "states => states.map(state => m.compute(state.W, state))",
        [arguments(*state) for state in tried],
    )
    assert len(found) == len(tried)
    assert_same(together(found), together([numbers(*state) for state in tried]))


@pytest.mark.parametrize("path", NETWORKS)
def test_training_is_that_of_the_package(visit, path):
    page = visit(path)
    network, x, target, learning_rate = getattr(datasets, PAGES[path])()
    state = arguments(network, x, target, learning_rate)
    found = module(
        page, "arithmetic.js", "s => m.train(s.W, s.x, s.target, s.learning_rate, 1000)", state
    )
    losses = []
    for _ in range(1000):
        backward = network.backward(network.forward(x), target)
        losses.append(backward.loss)
        network.apply(backward.steps(learning_rate))
    losses.append(network.backward(network.forward(x), target).loss)
    assert_same(found, {"W": weights(network), "losses": losses})


def test_the_central_differences_are_those_of_the_package(visit):
    page = visit("in-code/")
    for state in states((3, 2, 1), 20):
        network, x, target, _ = state
        for l in (1, 2):
            found = module(
                page,
                "arithmetic.js",
                f"""({{W, x, target}}) => {{
                    const trace = m.forward(W, x), back = m.backward(W, trace, target);
                    const gradient = m.steps(trace, back, -1).W[{l}];
                    return m.relativeError(gradient, m.centralDifference(W, x, target, {l}));
                }}""",
                arguments(*state),
            )
            expected = check_gradient(network, x, target, central_difference)["W", l]
            # Both are rounding errors: of one order, and small.
            assert found < 1e-6
            assert abs(found - expected) < 1e-6


@pytest.mark.parametrize("path", PAGES)
def test_the_first_frame_is_the_packages_figure(visit, path):
    expected = drawn(*getattr(datasets, PAGES[path])())
    still, live = visit(path, java_script_enabled=False), visit(path)
    expect(live.locator(".explorer[data-live]")).to_have_count(1)
    assert labels(live) == expected
    places = ".explorer [data-of]:not(g), .explorer-updates"
    before, after = (each.locator(places).all_text_contents() for each in (still, live))
    assert before == after
    assert still.locator(".explorer svg.network text").all_text_contents() == expected["text"]


@pytest.mark.parametrize("path", NETWORKS)
def test_the_figure_of_any_state_is_the_packages(visit, path):
    page = visit(path)
    for state in [*states(NETWORKS[path], 30, seed=1), extreme(NETWORKS[path])]:
        page.evaluate("hash => { location.hash = hash }", fragment(*state))
        expected = drawn(*state)
        page.wait_for_function(
            "label => document.querySelector('.explorer [data-of^=W] text').textContent == label",
            arg=expected["text"][5],
        )
        assert labels(page) == expected


def test_the_copied_program_prints_the_same(visit, tmp_path, fresh_python):
    page = visit("in-code/", permissions=["clipboard-read", "clipboard-write"])
    field(page, "W.1.1.0").fill("-1.25")
    field(page, "learning_rate").fill("0.75")
    page.get_by_role("button", name="Train 100 updates").click()
    button(page, "copy").click()
    program = page.evaluate("navigator.clipboard.readText()")
    stdout, stderr, _ = execute(fresh_python, program, tmp_path)
    assert stderr == ""
    printed = {
        name: json.loads(value)
        for name, value in re.findall(r"^([^0-9]+(?:\[\d\])?) (.*)$", stdout, re.MULTILINE)
    }
    network, x, target, _ = datasets.three_two_one()
    network[1].W[1, 0] = -1.25
    for _ in range(100):
        network.apply(network.backward(network.forward(x), target).steps(0.75))
    expected = numbers(network, x, target, 0.75)
    for l in (1, 2):
        for name, value in [("z", "z"), ("a", "a"), ("delta", "delta")]:
            assert_allclose(printed[f"{name}[{l}]"], expected[value][l], **EXACTLY)
        assert_allclose(printed[f"steps.W[{l}]"], expected["steps"]["W"][l], **EXACTLY)
    assert_allclose(printed["loss"], expected["loss"], **EXACTLY)
    assert_allclose(printed["error"], expected["error"], **EXACTLY)
    # What the page shows is a rounding of what the program prints.
    for of, value in [("a.2.0", printed["a[2]"][0]), ("loss", printed["loss"])]:
        assert float(shown(page, of).replace("−", "-")) == pytest.approx(value, rel=1e-3)
    button(page, "all").click()
    for _ in range(STEPS - 1):
        button(page, "next").click()
    after = float(shown(page, "after.loss").replace("−", "-"))
    assert after == pytest.approx(printed["loss after the step"], rel=1e-4)


def test_steps_lead_through_an_update_and_back(visit):
    page = visit("by-hand/")
    names = page.locator(".explorer-step.current .explorer-name")
    seen = [names.text_content()]
    for _ in range(STEPS - 1):
        button(page, "next").click()
        seen.append(names.text_content())
    assert len(set(seen)) == STEPS
    assert seen[-1] == "7. Apply"
    before, after = shown(page, "W.2.0.0"), shown(page, "after.W.2.0.0")
    button(page, "next").click()
    assert names.text_content() == seen[1]
    assert float(shown(page, "W.2.0.0")) == pytest.approx(float(after), rel=1e-3)
    assert page.locator(".explorer-updates").text_content() == "1 update"
    for name in reversed(seen):
        button(page, "back").click()
        assert names.text_content() == name
    assert shown(page, "W.2.0.0") == before
    assert button(page, "back").is_disabled()


def test_a_step_shows_what_is_known_by_then_and_what_flows(visit):
    page = visit("in-code/")

    def visible(of):
        return page.locator(f'.explorer svg [data-of="{of}"]').is_visible()

    order = ["z.1.0", "z.2.0", "error.0", "delta.2.0", "delta.1.0", "steps.W.1.0.0"]
    assert all(visible(of) for of in order)
    for number in range(1, 7):
        button(page, "next").click()
        assert [visible(of) for of in order] == [k < number for k in range(6)]
        # Where something flows, the other edges of both passes stand back.
        still = page.locator(".explorer [data-of^=W].still > path:first-child").count()
        assert still == {1: 10, 2: 14, 5: 14}.get(number, 0)
        for edge in page.locator(".explorer [data-of^=W] > path:first-child").all():
            dashes = edge.evaluate("edge => getComputedStyle(edge).strokeDasharray")
            assert (dashes == "none") == (edge.get_attribute("stroke-dasharray") is None)


def test_the_state_is_in_the_address(visit, address):
    page = visit("in-code/")
    field(page, "target.0").fill("0.9")
    button(page, "part").select_option("unit.0.2")
    field(page, "x.2").fill("0.75")
    page.get_by_role("button", name="Train 10 updates").click()
    button(page, "next").click()
    page.wait_for_url("**/#explorer=*step=1*")
    assert "W." not in page.url
    again = visit(page.url.removeprefix(address))
    for each in (page, again):
        assert shown(each, "target.0") == "0.9"
        assert field(each, "x.2").input_value() == "0.75"
    everything = ".explorer [data-of]"
    assert (
        page.locator(everything).all_text_contents()
        == again.locator(everything).all_text_contents()
    )
    button(again, "reset").click()
    assert labels(again) == drawn(*datasets.three_two_one())


@pytest.mark.parametrize(
    "hash",
    [
        "#explorer=another&target.0=0.1",
        "#explorer=three_two_one&target.0=&x.0=abc&W.1.0.0=1e999&learning_rate=-1&updates=1e9"
        "&step=-1&part=<b>&__proto__.x=1&constructor=1",
        "#the-program-step-by-step",
    ],
)
def test_an_address_that_makes_no_sense_changes_nothing(visit, hash):  # noqa: A002
    page = visit(f"in-code/{hash}")
    assert labels(page) == drawn(*datasets.three_two_one())
    assert page.complaints == []


def test_before_and_after_can_be_compared(visit):
    page = visit("by-hand/")
    first = labels(page)
    page.get_by_role("button", name="Train 100 updates").click()
    after = labels(page)
    assert after != first
    assert float(shown(page, "loss")) < float(shown(page, "start.loss"))
    points = page.locator(".explorer polyline").get_attribute("points").split()
    assert len(points) == 102
    button(page, "before").click()
    assert button(page, "before").get_attribute("aria-pressed") == "true"
    assert labels(page) == first
    button(page, "before").click()
    assert labels(page) == after


def test_what_is_dragged_in_the_figure_changes(visit):
    page = visit("in-code/")
    for of, begin in [("W.2.0.0", 0.1), ("x.0", 0.5), ("target.0", 0.6)]:
        part = {"x.0": '.forward [data-unit="0.0"]', "target.0": '.backward [data-unit="2.0"]'}
        grip = page.locator(f".explorer svg {part.get(of, f'[data-of={json.dumps(of)}] text')}")
        grip.scroll_into_view_if_needed()
        box = grip.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 20, y, steps=4)
        page.mouse.up()
        page.mouse.move(x + 200, y)
        assert field(page, of).input_value() == f"{begin + 0.1:g}"


def test_it_works_by_touch(visit):
    page = visit("by-hand/", 390, has_touch=True, is_mobile=True)
    # A tap becomes a click after it was sent.
    page.locator('.explorer .forward [data-unit="0.1"]').tap()
    expect(field(page, "x.1")).to_be_visible()
    button(page, "next").tap()
    expect(page.locator(".explorer-step.current")).to_have_attribute("data-step", "1")


def test_every_control_is_within_reach_of_the_keyboard_and_named(visit):
    page = visit("by-hand/")
    page.locator(".explorer button, .explorer select, .explorer input").first.focus()
    names = []
    while page.evaluate("document.activeElement.closest('.explorer') !== null"):
        name = page.evaluate(
            "(at => at.ariaLabel || at.closest('label, button').innerText)(document.activeElement)"
        )
        names.append(name)
        page.keyboard.press("Tab")
    expected = [
        "weight from input 1 to the hidden unit",
        "weight from input 1 to the hidden unit",
        "weight from input 2 to the hidden unit",
        "weight from input 2 to the hidden unit",
        "target",
        "target",
        "learning rate",
        "learning rate",
        "All",
        "Next",
        "Predict first",
        "Train 1 update",
        "Train 10 updates",
        "Train 100 updates",
        "Show the start",
        "Reset",
        "Copy as Python",
    ]
    assert names[0].startswith("Change")
    assert names[1:] == expected


def test_a_slider_moves_by_the_keyboard_and_the_change_is_said_once(visit):
    page = visit("by-hand/")
    # Time stands still, so that slow keys are quick ones.
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    page.evaluate(
        """() => {
            window.said = [];
            const region = document.querySelector(".explorer-said");
            new MutationObserver(() => said.push(region.textContent))
                .observe(region, {childList: true, characterData: true, subtree: true});
        }"""
    )
    field(page, "W.1.0.0", "range").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert shown(page, "W.1.0.0") == "0.45"
    assert page.evaluate("said") == []
    page.clock.run_for(60_000)
    (said,) = page.evaluate("said")
    assert said.startswith("All at once, after 0 updates: output 0.51")
    assert page.locator(".explorer [aria-live]").count() == 1


def test_what_is_no_number_is_refused_in_its_field(visit):
    page = visit("by-hand/")
    for wrong in ["", "-1", "0", "1e9"]:
        field(page, "learning_rate").fill(wrong)
        assert field(page, "learning_rate").get_attribute("aria-invalid") == "true"
        assert shown(page, "learning_rate") == "0.5"
    field(page, "target.0").focus()
    assert field(page, "learning_rate").input_value() == "0.5"


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", NETWORKS)
def test_it_is_accessible_and_fits_at_every_step(visit, path, width):
    page = visit(path + fragment(*next(states(NETWORKS[path], 1)), updates=123), width)
    leave_alone(page, ".explorer")
    faults, heights = [], set()
    for scheme in ("default", "slate"):
        page.evaluate("scheme => { document.body.dataset.mdColorScheme = scheme }", scheme)
        button(page, "all").click()
        for number in range(STEPS):
            if number:
                button(page, "next").click()
            look = violations if scheme == "default" else color_violations
            found = look(page, ".explorer")
            faults += (f"{scheme} {number}: {each}" for each in found)
            heights.add(page.locator(".explorer").bounding_box()["height"])
            wide = page.evaluate(
                """() => [...document.querySelectorAll(
                    ".explorer > div, .explorer-line, .current, .explorer-values")]
                    .filter(each => each.scrollWidth > each.parentElement.clientWidth + 1)
                    .map(each => each.textContent)"""
            )
            # The figure is wider than the text on a phone, and no wider than the window.
            wide += ["page"] * (page.evaluate("document.documentElement.scrollWidth") > width)
            faults += [f"{number}: too wide: {each}" for each in wide]
    assert not faults, "\n".join(faults)
    assert len(heights) == 1, "nothing moves between steps"
    assert page.complaints == []


# Predict, then reveal


WORDS = {-1: "negative", 0: "zero", 1: "positive"}
COURSE = {-1: "smaller", 0: "the same", 1: "larger"}


def predicting(visit, path):
    page = visit(path)
    button(page, "predict").click()
    page.locator(".explorer-prediction").wait_for()
    return page


def told(page):
    return page.locator(".explorer-prediction p").text_content()


def answers(page):
    return page.locator(".explorer-prediction button")


def asked_for(state, update):
    """What is asked for at each step of an update, and the sign of its number, by the package."""
    network, x, target, learning_rate = state
    n_0, n_1, _ = (len(x), *(layer.W.shape[1] for layer in network))
    i, j = n_0 - 1 - update % n_0, n_1 - 1 - update % n_1
    unit = f"hidden unit {j + 1}" if n_1 > 1 else "the hidden unit"
    found = numbers(*state)
    backward = network.backward(network.forward(x), target)
    network.apply(backward.steps(learning_rate))
    change = network.loss_of(x, target) - found["loss"]
    return [
        (f"the input to {unit} ", found["z"][1][j], f"z.1.{j}"),
        ("the input to the output unit ", found["z"][2][0], "z.2.0"),
        ("the error ", found["error"][0], "error.0"),
        ("the error term of the output ", found["delta"][2][0], "delta.2.0"),
        (f"the error term of {unit} ", found["delta"][1][j], f"delta.1.{j}"),
        (
            f"the step of the weight from input {i + 1} to {unit} ",
            found["steps"]["W"][1][i, j],
            f"steps.W.1.{i}.{j}",
        ),
        ("the loss ", change, "after.loss"),
    ]


@pytest.mark.parametrize("path", NETWORKS)
def test_each_step_asks_for_a_sign_which_is_the_packages(visit, path):
    page = predicting(visit, path)
    given = right = 0
    for number, state in enumerate(states(NETWORKS[path], 3, seed=2)):
        if number == 1:
            state[1][-1] = 0.0
        page.evaluate("hash => { location.hash = hash }", fragment(*state))
        page.wait_for_function(
            """target => document.querySelector('[data-field="target.0"] [type=number]').value
                == +target.toPrecision(5)""",
            arg=state[2][0],
        )
        for update in range(2):
            for step, (what, value, of) in enumerate(asked_for(state, update), 1):
                truth = int(np.sign(value))
                button(page, "next").click()
                assert f"Will {what}" in told(page)
                words = COURSE if step == STEPS - 1 else WORDS
                assert answers(page).all_text_contents() == list(words.values())
                places = page.locator(f'.explorer-step.current [data-of="{of}"]')
                figure = page.locator(f'.explorer svg [data-of="{of}"]')
                for place in [places.first, figure.first][: 1 if of == "after.loss" else 2]:
                    expect(place).to_be_hidden()
                said = truth if (given + step) % 3 else (truth + 2) % 3 - 1
                answers(page).nth(said + 1).click()
                given, right = given + 1, right + (said == truth)
                begin = f"{'Right' if said == truth else 'Not so'}: {what}is {words[truth]}"
                assert told(page).startswith(begin)
                assert f"{right} of {given} right." in told(page)
                expect(places.first).to_be_visible()
                expect(answers(page)).to_have_count(0)
    assert 0 < right < given
    assert page.complaints == []


def test_why_a_sign_is_what_it_is_is_said_in_numbers(visit):
    page = predicting(visit, "in-code/")
    why = []
    for _ in range(STEPS - 1):
        button(page, "next").click()
        answers(page).first.click()
        why.append(told(page))
    assert "The products with the weights are −0.3, −0.02 and −0.14" in why[0]
    assert "The output, 0.485, lies below the target, 0.6." in why[2]
    assert "so the sign is that of the error, 0.115." in why[3]
    assert "0.02873, and the weight it comes back over, −0.3, have opposite signs" in why[4]
    assert "The input, −0.2, and the error term of hidden unit 2, −0.002045, have the" in why[5]
    assert "The loss goes from 0.006616 to 0.006425." in why[6]


def test_a_step_that_is_too_long_and_one_that_is_none(visit):
    too_long = "by-hand/#explorer=two_one_one&W.2.0.0=3&learning_rate=1000&target.0=0.6&step=6"
    page = predicting(visit, too_long)
    button(page, "next").click()
    answers(page).nth(2).click()
    assert told(page).startswith("Right: the loss is larger than before.")
    assert "so long that they go past the bottom" in told(page)
    # The output is exactly its target, so nothing is to be learned.
    page = predicting(
        visit, "by-hand/#explorer=two_one_one&W.2.0.0=0&target.0=0.5&step=2&learning_rate=1"
    )
    for verdict in ["the error is zero", "the error term of the output is zero"]:
        button(page, "next").click()
        answers(page).nth(1).click()
        assert told(page).startswith(f"Right: {verdict}.")
    for _ in range(3):
        button(page, "next").click()
        answers(page).nth(1).click()
    assert "Right: the loss is the same." in told(page)
    assert "All steps are 0." in told(page)


def test_predicting_is_off_until_asked_for_and_loads_nothing(visit):
    page = visit("by-hand/")
    assert not [url for url in page.requested if "predict" in url]
    expect(button(page, "predict")).to_have_attribute("aria-pressed", "false")
    button(page, "next").click()
    expect(page.locator(".explorer-prediction")).to_have_count(0)
    button(page, "predict").click()
    expect(button(page, "predict")).to_have_attribute("aria-pressed", "true")
    # The step that is there is not asked for; the next one is.
    expect(page.locator(".explorer-step.current .explorer-line").first).to_be_visible()
    button(page, "next").click()
    assert told(page).startswith("Will ")
    button(page, "predict").click()
    expect(page.locator(".explorer-prediction")).to_have_count(0)
    expect(page.locator(".explorer-step.current .explorer-line").first).to_be_visible()
    assert [url for url in page.requested if url.endswith("predict.js")]


def test_a_question_can_be_left_and_passed_over(visit):
    page = predicting(visit, "by-hand/")
    button(page, "next").click()
    button(page, "next").click()
    assert told(page).startswith("The input to the hidden unit is negative, ")
    expect(page.locator(".explorer-step.current")).to_have_attribute("data-step", "1")
    button(page, "next").click()
    assert told(page).startswith("Will the input to the output unit")
    button(page, "back").click()
    assert told(page) == ""
    expect(page.locator(".explorer-step.current .explorer-line").first).to_be_visible()
    button(page, "next").click()
    field(page, "W.1.0.0").fill("1.5")
    assert told(page).startswith("Will the input to the output unit")
    answers(page).nth(2).click()
    assert told(page).startswith("Right: ")
    # What was said of other numbers goes with them.
    field(page, "W.1.0.0").fill("-1.5")
    assert told(page) == ""


def test_predicting_works_by_the_keyboard_and_is_said(visit):
    page = predicting(visit, "by-hand/")
    button(page, "next").focus()
    page.keyboard.press("Enter")
    said = page.locator(".explorer-said")
    expect(said).to_have_text("Will the input to the hidden unit be negative, zero or positive?")
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(answers(page).first).to_be_focused()
    page.keyboard.press("Enter")
    expect(button(page, "next")).to_be_focused()
    expect(said).to_have_text(re.compile("^(Right|Not so): the input to the hidden unit is "))


@pytest.mark.parametrize("width", [1280, 390])
def test_a_question_is_accessible_and_moves_nothing(visit, width):
    page = visit("in-code/", width)
    button(page, "predict").click()
    page.locator(".explorer-prediction").wait_for()
    page.emulate_media(reduced_motion="reduce")
    leave_alone(page, ".explorer")
    faults, heights = [], set()
    for scheme, look in (("default", violations), ("slate", color_violations)):
        page.evaluate("scheme => { document.body.dataset.mdColorScheme = scheme }", scheme)
        button(page, "all").click()
        for step in range(1, STEPS):
            button(page, "next").click()
            heights.add(page.locator(".explorer").bounding_box()["height"])
            if step == 5:
                faults += look(page, ".explorer")
            answers(page).nth(1).click()
            heights.add(page.locator(".explorer").bounding_box()["height"])
    assert faults == []
    assert len(heights) == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_moves_by_itself(visit):
    page = visit("in-code/")
    button(page, "next").click()
    running = "document.querySelector('.explorer svg').getAnimations({subtree: true}).length"
    assert page.evaluate(running) == 0


def test_what_the_fields_change_is_marked_while_they_are_used(visit):
    page = visit("in-code/")

    def marked():
        rings = page.locator(".explorer circle").evaluate_all(
            "all => all.map(each => getComputedStyle(each).strokeWidth)"
        )
        return [number for number, ring in enumerate(rings) if ring == "4px"]

    page.locator("h1").hover()
    assert marked() == []
    button(page, "part").focus()
    # Six units in each pass; the fields are those of the weights to the fourth.
    assert marked() == [3, 9]
    button(page, "next").focus()
    assert marked() == []


def test_without_scripts_all_formulas_stand_there_and_no_field(visit):
    page = visit("in-code/", java_script_enabled=False)
    assert page.locator(".explorer-step").evaluate_all("all => all.length") == STEPS
    for step in page.locator(".explorer-step").all():
        assert step.is_visible()
    assert not page.locator(".explorer button").first.is_visible()
    assert not page.locator(".explorer input").first.is_visible()


def test_it_comes_to_life_again_when_the_theme_exchanges_the_page(visit):
    page = visit("by-hand/")
    button(page, "next").click()
    page.evaluate(
        """async () => {
            const text = await (await fetch(location)).text();
            const fresh = new DOMParser().parseFromString(text, "text/html");
            document.querySelector(".explorer").replaceWith(fresh.querySelector(".explorer"));
            document$.next(document);
        }"""
    )
    page.locator(".explorer[data-live]").wait_for()
    button(page, "next").click()
    assert page.locator(".explorer-step.current").get_attribute("data-step") == "1"


def test_only_pages_with_an_explorer_load_it_and_it_is_small(site):
    found = {
        str(path.parent.relative_to(site)).removeprefix(".") + "/" * (path.parent != site)
        for path in pages_of(site)
        if "assets/explorer/" in path.read_text(encoding="utf-8")
    }
    assert found == set(PAGES)
    packed = sum(len(gzip.compress(path.read_bytes())) for path in MODULES.iterdir())
    assert packed < 15_000
