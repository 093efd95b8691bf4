"""The laboratory *Live boundary* computes what the package computes, right and wrong."""

import copy
import itertools
import json
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose
from parsing import tree
from playwright.sync_api import expect
from test_copied_programs import execute
from test_laboratories import change, opened

from backprop import (
    Activation,
    Adam,
    GradientDescent,
    Layer,
    Network,
    datasets,
    relu,
    sigmoid,
    squared_error,
    tanh,
    train,
)
from backprop._mistakes import Problem, gradient

pytestmark = pytest.mark.known_again

PAGE = "live-boundary/"
DATA = {
    "xor": datasets.xor(),
    "moons": datasets.two_moons(20, 0.15, np.random.default_rng(0)),
    "spirals": datasets.spirals(30, 0.02, np.random.default_rng(0)),
}
ACTIVATIONS = {"sigmoid": sigmoid, "tanh": tanh, "relu": relu}
OPTIMIZERS = {
    "descent": GradientDescent,
    "momentum": lambda rate: GradientDescent(rate, momentum=0.9),
    "adam": Adam,
}
SLOPES = ("dropped", "of-z", "of-a", "always-on")
SWITCHES = ("moved-first", "last-loss", "flat-target", "no-output-slope", "no-bias", "wrong-sign")
CLOSELY = {"rtol": 1e-9, "atol": 1e-9}
LEARN = """async ([cases, steps]) => {
    const at = name => new URL(`../assets/laboratories/boundary/${name}`, location);
    const { Learner } = await import(at("arithmetic.js"));
    const data = await (await fetch(at("data.json"))).json();
    return cases.map(({ network, settings, data: name }) => {
        const learner = new Learner(network, settings, data[name]);
        for (let k = 0; k < steps; k++) learner.learn();
        const { losses, stopped, network: { W, b } } = learner;
        return { losses, stopped, W, b, right: learner.right() };
    });
}"""


@pytest.fixture(scope="module")
def page(visit_for_long):
    return visit_for_long(PAGE)


def states(count, seed, optimizer=None, **settings):
    """Random networks, with what they learn, and how."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        hidden = rng.integers(1, 7, rng.integers(1, 3)).tolist()
        sizes = [2, *hidden, 1]
        rule = optimizer or rng.choice([*OPTIMIZERS]).item()
        rate = rng.choice([0.003, 0.01, 0.03] if rule == "adam" else [0.03, 0.1, 0.3, 1]).item()
        yield {
            "network": {
                "W": {l: rng.normal(size=n).tolist() for l, n in pairs(sizes)},
                "b": {l: rng.normal(size=n_out).tolist() for l, (_, n_out) in pairs(sizes)},
                "activation": rng.choice([*ACTIVATIONS]).item(),
            },
            "settings": {"optimizer": rule, "learning_rate": rate, "mistakes": {}},
            "data": rng.choice([*DATA]).item(),
        } | settings


def pairs(sizes):
    return enumerate(itertools.pairwise(sizes), 1)


def with_mistakes(case, mistakes):
    """A state with mistakes; relu is always on with relu alone."""
    network = case["network"]
    if mistakes.get("slope") == "always-on":
        network = network | {"activation": "relu"}
    return case | {"network": network, "settings": case["settings"] | {"mistakes": mistakes}}


def network_of(case):
    W, b, f = (case["network"][key] for key in ("W", "b", "activation"))
    units = {l: ACTIVATIONS[f] if l < len(W) else sigmoid for l in W}
    return Network([Layer(W[l], b[l], units[l]) for l in W])


def choices_of(mistakes, L):
    """The same mistakes, in the words of the table of mistakes of the package."""
    slope = {"dropped": "none", "of-z": "of z for a", "of-a": "of a for z"}.get(
        mistakes.get("slope")
    )
    choices = {("slope", l): slope for l in range(1, L) if slope}
    if "flat-target" in mistakes:
        choices["target"] = "mean"
    if "no-output-slope" in mistakes:
        choices["slope", L] = "none"
    if "no-bias" in mistakes:
        choices |= {("bias", l): "missing" for l in range(1, L + 1)}
    if "wrong-sign" in mistakes:
        choices |= {("factor", "W", 0): -1.0, ("factor", "b", 0): -1.0}
    return choices


def wrong_program(case, steps):
    """The losses and the network of a program whose gradients are wrong, by the package."""
    mistakes, x, t = case["settings"]["mistakes"], *DATA[case["data"]]
    network = network_of(case)
    optimizer = OPTIMIZERS[case["settings"]["optimizer"]](case["settings"]["learning_rate"])
    f = dict(enumerate((layer.activation for layer in network), 1))
    L = len(f)
    if mistakes.get("slope") == "always-on":
        wrong = Activation("on", relu.function, lambda a: (a >= 0).astype(float))
        f |= dict.fromkeys(range(1, L), wrong)
    losses = []
    for step in range(steps + 1):
        W, b = ({l: getattr(network[l], name).copy() for l in f} for name in "Wb")
        problem = Problem(W, b, f, squared_error, x, t)
        losses.append(loss_shown(problem.forward()[1][L], t, mistakes))
        if step == steps:
            break
        if "moved-first" in mistakes:
            found = moved_first(problem, choices_of(mistakes, L), optimizer)
        else:
            found = gradient(problem, choices_of(mistakes, L))
        for (name, l), g in found.items():
            array = getattr(network[l], name)
            array += optimizer.step((name, l), -g)
    return losses, network


def moved_first(problem, choices, optimizer):
    """The gradients of a program in which each layer moves before it carries the error back."""
    z, a = problem.forward()
    L, found = len(problem.W), {}
    t = problem.t.mean() if choices.get("target") == "mean" else problem.t
    slope = 1 if choices.get(("slope", L)) == "none" else a[L] * (1 - a[L])
    delta = choices.get(("factor", "W", 0), 1.0) * (t - a[L]) * slope / len(a[L])
    for l in range(L, 0, -1):
        found["W", l] = -a[l - 1].T @ delta
        learns = 0.0 if ("bias", l) in choices else 1.0
        found["b", l] = -delta.sum(axis=0) * learns
        if l > 1:
            # As it will move: the optimizer itself is asked later.
            moved = problem.W[l] + copy.deepcopy(optimizer).step(("W", l), -found["W", l])
            f, how = problem.f[l - 1], choices.get(("slope", l - 1))
            known = {"of z for a": z[l - 1], "of a for z": f.function(a[l - 1])}
            slope = 1 if how == "none" else f.derivative(known.get(how, a[l - 1]))
            delta = delta @ moved.T * slope
    return found


def loss_shown(y, t, mistakes):
    if "last-loss" in mistakes:
        return (t[-1, 0] - y[-1, 0]) ** 2 / 2
    if "flat-target" in mistakes:
        return np.mean([(target - output) ** 2 / 2 for target in t[:, 0] for output in y[:, 0]])
    return squared_error(y, t)


def assert_same(found, losses, network, case):
    assert not found["stopped"], case
    assert_allclose(found["losses"], losses, **CLOSELY, err_msg=str(case))
    for l, layer in enumerate(network, 1):
        assert_allclose(found["W"][str(l)], layer.W, **CLOSELY, err_msg=str(case))
        assert_allclose(found["b"][str(l)], layer.b, **CLOSELY, err_msg=str(case))


def test_the_points_are_those_of_the_package(page):
    url = "new URL('../assets/laboratories/boundary/data.json', location)"
    given = page.evaluate(f"async () => (await fetch({url})).json()")
    assert set(given) == set(DATA)
    for name, (x, t) in DATA.items():
        assert np.array_equal(given[name]["x"], x)
        assert np.array_equal(given[name]["t"], t)


@pytest.mark.parametrize(("count", "steps"), [(300, 1), (60, 100), (6, 3000)])
def test_training_from_random_states_is_that_of_the_package(page, count, steps):
    tried = list(states(count, seed=steps))
    for found, case in zip(page.evaluate(LEARN, [tried, steps]), tried, strict=True):
        network, (x, t) = network_of(case), DATA[case["data"]]
        optimizer = OPTIMIZERS[case["settings"]["optimizer"]](case["settings"]["learning_rate"])
        history = train(network, x, t, epochs=steps, optimizer=optimizer)
        assert_same(found, history.losses, network, case)
        assert found["right"] == np.sum((network.predict(x) > 0.5) == (t > 0.5))


@pytest.mark.parametrize("mistake", [*SLOPES, *SWITCHES])
@pytest.mark.parametrize(("count", "steps"), [(30, 1), (6, 50)])
def test_each_mistake_is_that_of_a_program_in_python(page, mistake, count, steps):
    mistakes = {"slope": mistake} if mistake in SLOPES else {mistake: True}
    tried = [with_mistakes(case, mistakes) for case in states(count, seed=7)]
    if mistake == "of-z" and steps > 1:
        # Longer steps make the next steps longer: what is compared is the beginning.
        steps = 5
    for found, case in zip(page.evaluate(LEARN, [tried, steps]), tried, strict=True):
        assert_same(found, *wrong_program(case, steps), case)


def test_several_mistakes_at_once(page):
    rng = np.random.default_rng(3)
    tried = []
    for case in states(100, seed=11):
        on = [name for name in SWITCHES if rng.random() < 0.5]
        mistakes = dict.fromkeys(on, True) | {"slope": rng.choice(["right", *SLOPES]).item()}
        tried.append(with_mistakes(case, mistakes))
    for found, case in zip(page.evaluate(LEARN, [tried, 3]), tried, strict=True):
        assert_same(found, *wrong_program(case, 3), case)


@pytest.mark.parametrize("mistake", [*SLOPES, *SWITCHES])
def test_each_mistake_is_one(page, mistake):
    """The first step, or the loss that is shown, differs from that of the right program."""
    cases = list(states(5, seed=5, optimizer="descent", data="moons"))
    for case in cases:
        case["network"]["activation"] = "relu" if mistake == "always-on" else "tanh"
    mistakes = {"slope": mistake} if mistake in SLOPES else {mistake: True}
    wrong = [with_mistakes(case, mistakes) for case in cases]
    right, wrong = (page.evaluate(LEARN, [each, 2]) for each in (cases, wrong))
    pairs = zip(right, wrong, strict=True)
    assert any(
        one["losses"][2] != pytest.approx(other["losses"][2], rel=1e-6) for one, other in pairs
    )


def test_what_diverges_stops_with_the_last_finite_numbers(page):
    (case,) = states(1, seed=5, optimizer="descent", data="moons")
    case["network"]["activation"] = "tanh"
    case["settings"]["learning_rate"] = 10
    case = with_mistakes(case, {"slope": "of-z"})
    (found,) = page.evaluate(LEARN, [[case], 3000])
    assert found["stopped"]
    assert 2 < len(found["losses"]) < 3000
    assert all(np.isfinite(W).all() for W in found["W"].values())
    assert np.isfinite(found["losses"]).all()
    losses, _ = wrong_program(case, 3)
    assert_allclose(found["losses"][:4], losses, **CLOSELY)


def start(number, sizes, f):
    """The weights of a start, by what random.js says of itself."""
    state = (number + 1) * 0x9E3779B1 % 2**32 or 1

    def uniform():
        nonlocal state
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        return state / 2**32

    for _ in range(16):
        uniform()
    for n_in, n_out in itertools.pairwise(sizes):
        size = np.sqrt(2 / (n_in if f == "relu" else n_in + n_out))
        W = [
            [size * (sum(uniform() for _ in range(12)) - 6) for _ in range(n_out)]
            for _ in range(n_in)
        ]
        yield np.round(W, 4)


@pytest.mark.parametrize("number", [1, 2, 3, 999])
@pytest.mark.parametrize("f", ["tanh", "relu"])
def test_a_start_is_the_same_everywhere_and_looks_normal(page, number, f):
    found = page.evaluate(
        """async given => {
            const view = await import(new URL("../assets/laboratories/boundary/view.js", location));
            return view.networkOf({ ...view.FIRST, ...given });
        }""",
        {"start": number, "activation": f, "units": 12, "second": 12},
    )
    for l, W in enumerate(start(number, (2, 12, 12, 1), f), 1):
        assert_allclose(found["W"][str(l)], W, atol=1e-12)
        assert not np.any(found["b"][str(l)])
    scaled = np.array(found["W"]["2"]) / np.sqrt(2 / (12 if f == "relu" else 24))
    assert abs(scaled.mean()) < 0.3
    assert abs(scaled.std() - 1) < 0.2


def test_the_line_of_one_half_is_where_it_is(page):
    pieces = page.evaluate(
        """async () => {
            const at = new URL("../assets/laboratories/boundary/drawing.js", location);
            const { halfway } = await import(at);
            const y = Array.from({ length: 81 }, (_, k) =>
                0.5 + (k % 9) - 2 * Math.floor(k / 9) + 1.25);
            return halfway(y, 8);
        }"""
    )
    ends = np.array(pieces).reshape(-1, 2)
    assert_allclose(ends[:, 0] - 2 * ends[:, 1] + 1.25, 0, atol=1e-12)
    assert {tuple(each) for each in ends[[0, -1]][:, :1] // 8} <= {(0.0,), (1.0,)}
    lengths = np.linalg.norm(np.diff(np.array(pieces), axis=1)[:, 0], axis=1)
    assert lengths.sum() == pytest.approx(np.hypot(8, 4))


def shown(page):
    """What the table of the laboratory shows, by program: loss, points on the right side."""
    rows = page.locator(".laboratory-bench table tr").all()
    cells = [row.locator("td").all_text_contents() for row in rows[1:]]
    return [(float(loss.replace("−", "-")), side) for loss, side in zip(*cells, strict=True)]


def button(page, text):
    return page.locator(".laboratory-bench").get_by_role("button", name=text, exact=True)


def at_rest(page):
    """Wait until the steps are taken that a link asks for: as many in each frame as time allows."""
    expect(page.locator(".laboratory[data-live]")).to_have_count(1)
    expect(button(page, "Run")).to_have_count(1)


GO = """hash => new Promise(done => {
    addEventListener("hashchange", () => done(), { once: true });
    location.hash = hash;
})"""
"""Goes to a state of the laboratory, whose own listener has begun before."""


def test_the_table_of_the_page_is_what_the_laboratory_shows(visit, site):
    rows = {}
    for row in tree(site / PAGE / "index.html").iter("tr"):
        name, *cells = ("".join(cell.itertext()) for cell in row)
        rows[name] = cells
    page = visit(PAGE)
    for name, said in {
        "the right program": "",
        "1. the slope is dropped": "slope=dropped",
        "2. slope of z": "slope=of-z",
        "3. slope of a": "slope=of-a",
        **{
            name: f"mistakes={switch}"
            for name, switch in zip(
                (
                    "6. moved first",
                    "7. last point",
                    "8. flat target",
                    "no slope at the output",
                    "biases do not learn",
                    "wrong sign",
                ),
                SWITCHES,
                strict=True,
            )
        },
    }.items():
        page.evaluate(GO, f"#laboratory=boundary&steps=300&{said}")
        at_rest(page)
        (loss, side), *_ = shown(page)
        assert loss == pytest.approx(float(rows[name][0]), rel=2e-3), name
        assert rows[name][1] in ("any", side)


def test_training_runs_pauses_steps_and_begins_again(visit):
    page = opened(visit, "boundary")
    begun = shown(page)
    button(page, "Step").click()
    stepped = shown(page)
    assert stepped != begun
    expect(page.get_by_text("1 step", exact=True)).to_be_visible()
    button(page, "Run").click()
    page.wait_for_function(
        "() => parseInt([...document.querySelectorAll('.laboratory-group > span')].at(-1)"
        ".textContent) > 30"
    )
    button(page, "Pause").click()
    paused = shown(page)
    assert page.locator(".laboratory-bench [aria-live]").count() == 1
    expect(page.locator(".laboratory-bench [aria-live]")).to_contain_text(
        "points on the right side"
    )
    assert shown(page) == paused
    page.wait_for_url("**#laboratory=boundary&steps=*")
    button(page, "Reset").click()
    assert shown(page) == begun
    button(page, "Another start").click()
    assert shown(page) != begun
    assert page.complaints == []


def test_where_motion_is_not_wanted_training_is_drawn_seldom(visit):
    page = opened(visit, "boundary", reduced_motion="reduce")
    page.evaluate(
        """() => {
            window.drawn = 0;
            new MutationObserver(() => window.drawn++)
                .observe(document.querySelector(".boundary-hidden"), { childList: true });
        }"""
    )
    button(page, "Run").click()
    page.wait_for_function("() => window.drawn >= 2")
    button(page, "Pause").click()
    steps = int(page.locator(".laboratory-group > span").last.text_content().split()[0])
    assert steps >= 100
    assert steps // 100 == page.evaluate("window.drawn") == steps / 100


def test_what_is_no_number_of_units_is_refused_in_its_field(visit):
    page = opened(visit, "boundary")
    begun, field = shown(page), page.get_by_role("spinbutton", name="Hidden units")
    for wrong in ["", "0", "13", "2.5", "-1"]:
        field.fill(wrong)
        assert field.get_attribute("aria-invalid") == "true"
    page.get_by_label("Data", exact=True).focus()
    expect(field).to_have_value("4")
    assert field.get_attribute("aria-invalid") is None
    assert shown(page) == begun
    assert "#" not in page.url
    page.get_by_role("slider", name="Hidden units").focus()
    page.keyboard.press("ArrowRight")
    expect(field).to_have_value("5")
    assert shown(page) != begun


def test_relu_alone_can_be_always_on(visit):
    page = opened(visit, "boundary")
    slope = page.get_by_label("Slope of hidden units", exact=True)
    assert slope.locator("option").last.is_disabled()
    page.get_by_label("Activation", exact=True).select_option("relu")
    slope.select_option("always-on")
    assert len(shown(page)) == 2
    page.get_by_label("Activation", exact=True).select_option("tanh")
    expect(slope).to_have_value("right")
    assert len(shown(page)) == 1


@pytest.mark.parametrize(
    "said",
    [
        "steps=120",
        "data=xor&units=2&activation=relu&optimizer=momentum&rate=0.1&steps=50&start=4",
        "data=spirals&units=3&second=2&activation=sigmoid&optimizer=descent&rate=1&steps=30"
        "&slope=of-a&mistakes=moved-first,no-bias",
        "steps=40&slope=dropped&mistakes=flat-target,no-output-slope",
        "steps=40&activation=relu&slope=always-on&mistakes=last-loss,wrong-sign",
        "steps=3000&optimizer=descent&rate=10&slope=of-z&units=12",
    ],
)
def test_the_copied_program_prints_what_is_shown(visit, tmp_path, fresh_python, said):
    allowed = {"permissions": ["clipboard-read", "clipboard-write"]}
    page = visit(f"{PAGE}#laboratory=boundary&{said}", **allowed)
    at_rest(page)
    button(page, "Copy as Python").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    stdout, stderr, _ = execute(
        fresh_python, page.evaluate("navigator.clipboard.readText()"), tmp_path
    )
    assert stderr == ""
    *_, last = (list(map(float, line.split())) for line in stdout.splitlines())
    asked = dict(part.split("=") for part in said.split("&"))
    if last[0] == int(asked["steps"]):
        *wrong, right = (loss for loss, _ in shown(page))
        assert last[1] == pytest.approx(right, rel=1e-3)
        assert last[2:] == pytest.approx(wrong, rel=1e-3)
    else:
        said = page.locator(".laboratory-views p").last.text_content()
        assert f"After step {int(last[0])} the numbers are too large" in said
        assert last[2] == pytest.approx(shown(page)[0][0], rel=1e-3)


def test_where_the_browser_does_not_let_it_copy_the_program_is_shown(visit):
    page = opened(visit, "boundary")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')) }")
    button(page, "Copy as Python").click()
    text = page.get_by_label("The program", exact=True)
    expect(text).to_be_focused()
    assert "from backprop import Adam" in text.input_value()
    assert re.search(r"print\(step, right\[step\]\)", text.input_value())


def test_it_works_by_touch(visit):
    page = opened(visit, "boundary", 390, has_touch=True, is_mobile=True)
    begun = json.dumps(shown(page))
    button(page, "100 steps").tap()
    expect(page.get_by_text("100 steps", exact=True).last).to_be_visible()
    page.get_by_label("The biases do not learn").tap()
    assert json.dumps(shown(page)) != begun
    assert len(shown(page)) == 2
    change(page, "boundary")
    assert page.complaints == []
