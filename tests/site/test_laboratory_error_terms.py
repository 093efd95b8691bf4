"""The laboratory *Error terms by layer*: its sizes are the package's."""

import itertools
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose
from playwright.sync_api import expect
from test_copied_programs import execute

import backprop
from backprop import BatchNormalization, Layer, LayerNormalization, identity
from backprop.chain import Chain
from backprop.units import Units

pytestmark = pytest.mark.known_again

NAME, PATH = "error-terms", "error-terms-by-layer/"
EXACTLY = {"rtol": 1e-9, "atol": 0}
EXAMPLES = 16
CHOICES = {
    "activation": ["tanh", "sigmoid", "relu", "gelu", "silu", "identity"],
    "initialization": ["small", "glorot", "he", "large"],
    "normalization": ["none", "layer", "batch"],
    "residual": [0, 1],
}


def states(count, seed=0):
    """All choices, with random depths, widths and starts."""
    rng = np.random.default_rng(seed)
    every = itertools.cycle(itertools.product(*CHOICES.values()))
    for _, chosen in zip(range(count), every, strict=False):
        yield dict(zip(CHOICES, chosen, strict=True)) | {
            "depth": int(rng.integers(1, 51)),
            "width": int(rng.integers(8, 49)),
            "start": int(rng.integers(1, 1000)),
        }


def stepped(number, count):
    """The numbers that follow one in the generator, by whole numbers without bounds."""
    for _ in range(count):
        for shift in (13, -17, 5):
            moved = number << shift if shift > 0 else number >> -shift
            number ^= moved % 2**32
        yield number


FAR = np.zeros((4, 256), dtype=np.uint32)
"""What 4096 steps make of each byte of a number. Steps are linear over bits, so a number becomes
the sum without carry of what its bytes become."""
for byte, bit in itertools.product(range(4), range(8)):
    (*_, far) = stepped(1 << 8 * byte + bit, 4096)
    FAR[byte, 1 << bit : 2 << bit] = FAR[byte, : 1 << bit] ^ np.uint32(far)


def drawn(seed):
    """Blocks of 4096 numbers of 32 bits of the generator."""
    block = np.array([*stepped((seed + 1) * 0x9E3779B1 % 2**32 or 1, 4096)], dtype=np.uint32)
    while True:
        yield block
        block = np.bitwise_xor.reduce([FAR[n, block >> 8 * n & 255] for n in range(4)])


def sizes(state):
    """The sizes by the package: each layer runs forward and hands back its pullback."""
    width = state["width"]
    count = 16 + 12 * width * (2 * EXAMPLES + state["depth"] * width)
    blocks = itertools.islice(drawn(state["start"]), -(-count // 4096))
    numbers = np.concatenate([*blocks])[16:]

    def normal(rows):
        nonlocal numbers
        now, numbers = np.split(numbers, [12 * rows * width])
        return now.reshape(rows, width, 12).sum(axis=2) / 2**32 - 6

    def size(array):
        return np.sqrt(np.mean(array**2))

    variance = {"small": 1 / 4, "glorot": 1, "he": 2, "large": 4}[state["initialization"]] / width
    one, nil = np.ones(width), np.zeros(width)
    kinds = {"none": [], "layer": [LayerNormalization], "batch": [BatchNormalization]}
    a, e = normal(EXAMPLES), normal(EXAMPLES)
    values, delta, backs = [size(a)], [], []
    for _ in range(state["depth"]):
        dense = Layer(np.sqrt(variance) * normal(width), None, identity)
        normalized = [kind(one, nil) for kind in kinds[state["normalization"]]]
        around = Chain(*normalized, Units(getattr(backprop, state["activation"])))
        order = (around, dense) if state["residual"] else (dense, around)
        h, first = order[0].training_forward(a)
        y, second = order[1].training_forward(h)
        a = a + y if state["residual"] else y
        backs.append((first, second))
        values.append(size(a))
    for first, second in reversed(backs):
        between, _ = second(e)
        delta.append(size(e if state["residual"] else between))
        before, _ = first(between)
        e = e + before if state["residual"] else before
    return values, delta[::-1]


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
            page.evaluate(f"new URL('../assets/laboratories/{NAME}/{name}', location).href"),
            argument,
        ],
    )


def choose(page, state):
    said = "&".join(f"{name}={value}" for name, value in state.items())
    page.evaluate("hash => { location.hash = hash }", f"laboratory={NAME}&{said}")
    start = f"Random numbers {state['start']}."
    expect(page.locator(".laboratory-bench")).to_contain_text(start)


def table(page):
    """The table as numbers: layer, size of the values, size of the error terms."""
    rows = page.locator(".laboratory-bench tbody tr, .laboratory-bench table > tr")
    cells = rows.evaluate_all(
        "all => all.map(row => [...row.children].map(cell => cell.textContent))"
    )
    return [[float(cell.replace("−", "-")) for cell in row] for row in cells[1:]]


def test_the_sizes_of_random_states_are_those_of_the_package(page):
    tried = list(states(288))
    assert {each["activation"] for each in tried} == set(CHOICES["activation"])
    found = module(page, "arithmetic.js", "states => states.map(m.sizes)", tried)
    for each, state in zip(found, tried, strict=True):
        values, delta = sizes(state)
        assert_allclose(each["a"], values, **EXACTLY, err_msg=str(state))
        assert_allclose(each["delta"], delta, **EXACTLY, err_msg=str(state))


def test_the_table_and_the_sentence_say_what_was_computed(page):
    for state in states(6, seed=1):
        choose(page, state)
        values, delta = sizes(state)
        rows = table(page)
        layers = [int(row[0]) for row in rows]
        assert layers[0] == 1
        assert layers[-1] == state["depth"]
        assert layers == sorted(set(layers))
        for l, value, error in rows:
            assert value == pytest.approx(values[int(l)], rel=6e-3)
            assert error == pytest.approx(delta[int(l) - 1], rel=6e-3)
        said = page.locator(".errors-said").text_content()
        told = [
            float(n.replace("−", "-")) for n in re.findall(r"[\d.]+(?:e−?\d+)?(?=,| per)", said)
        ]
        growth = delta[0] / delta[-1]
        expected = [growth, growth ** (1 / (state["depth"] - 1))]
        assert told == pytest.approx(expected, rel=6e-3)


def test_the_chart_has_a_point_for_each_layer_where_its_size_is(page):
    (state,) = states(1, seed=2)
    state |= {"depth": 30, "activation": "sigmoid", "normalization": "none", "residual": 0}
    choose(page, state)
    marks = page.locator(".errors-chart text[text-anchor=end]").evaluate_all(
        "all => all.map(each => [each.textContent, Number(each.getAttribute('y')) - 4])"
    )
    digits = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    powers = {
        {"1": 0, "10": 1}.get(text) if text in ("1", "10") else int(text[2:].translate(digits)): y
        for text, y in marks
    }
    (low, y_low), (high, y_high) = min(powers.items()), max(powers.items())
    values, delta = sizes(state)
    for name, expected in [("a", values), ("delta", delta)]:
        points = page.locator(f".errors-chart .{name}").get_attribute("points").split()
        heights = [float(point.split(",")[1]) for point in points]
        found = low + (np.array(heights) - y_low) / (y_high - y_low) * (high - low)
        assert_allclose(found, np.log10(expected), atol=0.02 * (high - low))


def test_a_stack_over_which_no_error_comes_says_so(page):
    choose(page, {"activation": "relu", "width": 4, "depth": 20, "start": 1})
    expect(page.locator(".errors-said")).to_contain_text("No error arrives at layer 1")
    choose(page, {"depth": 1, "start": 2})
    expect(page.locator(".errors-said")).to_contain_text("nothing to compare")


def test_it_changes_live_and_follows_the_width_of_the_page(page):
    chart = page.locator(".errors-chart .delta")
    before = chart.get_attribute("points")
    page.get_by_role("slider", name="Layers").focus()
    page.keyboard.press("ArrowRight")
    assert len(chart.get_attribute("points").split()) == 21
    page.get_by_label("Residual connections").check()
    expect(page.locator(".laboratory-bench")).to_contain_text("added to what came in")
    assert chart.get_attribute("points") != before
    page.get_by_role("button", name="Other random numbers").click()
    expect(page.locator(".laboratory-bench")).to_contain_text("Random numbers 2.")
    size = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 900})
    fits = "() => { const svg = document.querySelector('.errors-chart');"
    fits += " return Math.abs(svg.clientWidth - svg.viewBox.baseVal.width) <= 1 }"
    page.wait_for_function(fits)
    page.set_viewport_size(size)
    page.wait_for_function(fits)


@pytest.mark.parametrize(
    "state",
    [
        {"activation": "gelu", "normalization": "batch", "residual": 0, "initialization": "small"},
        {"activation": "tanh", "normalization": "layer", "residual": 1, "initialization": "large"},
        {"activation": "identity", "normalization": "none", "residual": 0, "initialization": "he"},
    ],
)
def test_the_copied_program_prints_the_same(page, tmp_path, fresh_python, state):
    state = state | {"depth": 7, "width": 9, "start": 123}
    choose(page, state)
    page.get_by_role("button", name="Copy as Python").click()
    expect(page.locator(".laboratory-copy [role=status]")).to_have_text("Copied.")
    program = page.evaluate("navigator.clipboard.readText()")
    stdout, stderr, _ = execute(fresh_python, program, tmp_path)
    assert stderr == ""
    printed = {
        (name, int(l)): float(value)
        for name, l, value in (line.split() for line in stdout.splitlines())
    }
    values, delta = sizes(state)
    expected = {("a", l): value for l, value in enumerate(values)}
    expected |= {("delta", l): value for l, value in enumerate(delta, 1)}
    assert set(printed) == set(expected)
    assert_allclose([printed[key] for key in expected], list(expected.values()), **EXACTLY)
