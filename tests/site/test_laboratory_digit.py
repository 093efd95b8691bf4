"""The laboratory *Draw a digit*: its network, its blame, what it makes of strokes, and drawing."""

import json
import runpy

import numpy as np
import pytest
from numpy.testing import assert_allclose
from test_copied_programs import execute

from backprop import Layer, Network, cross_entropy, relu, softmax
from backprop.dense import hidden_error
from book.interactive import laboratory
from book.source import pages

pytestmark = pytest.mark.known_again

EXACTLY = {"rtol": 1e-9, "atol": 1e-12}
LEVELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
COMPUTE = """async ([layers, states]) => {
    const m = await import("/assets/laboratories/digit/arithmetic.js");
    const network = m.layersOf(layers);
    return states.map(([x, target]) => {
        const trace = m.forward(network, x), back = m.backward(network, trace, target);
        return { z: trace.z, a: trace.a, ...back };
    });
}"""
CALL = """async ([call, given]) => {
    const m = await import("/assets/laboratories/digit/arithmetic.js");
    return given.map(each => m[call](each));
}"""


@pytest.fixture(scope="module")
def data():
    """What the program of the laboratory prints."""
    return json.loads(laboratory.data("digit"))


@pytest.fixture(scope="module")
def network(data):
    """The network that is written there, of the package."""
    layers = []
    for written, activation in zip(data["layers"], (relu, softmax), strict=True):
        steps = np.array([LEVELS.index(each) - 32 for each in written["W"]])
        W = written["scale"] * steps.reshape(-1, len(written["b"]))
        layers.append(Layer(W, written["b"], activation))
    return Network(layers, cross_entropy)


def test_it_is_the_network_of_the_chapter_and_reads_as_many_digits(data):
    pinned = (pages.ROOT / "tests" / "outputs" / "reading-digits.txt").read_text(encoding="utf-8")
    assert f"{data['right']} of {data['of']} right" in pinned
    assert [each["label"] for each in data["examples"][:10]] == list(range(10))
    assert all(each["label"] == each["read"] for each in data["examples"][:10])
    assert all(each["label"] != each["read"] for each in data["examples"][10:])


def test_every_number_is_that_of_the_package_over_random_images(modules, data, network):
    rng = np.random.default_rng(3)
    states = [(rng.integers(0, 17, 64) / 16, int(rng.integers(10))) for _ in range(60)]
    states += [(np.zeros(64), 3), (np.ones(64), 0)]
    given = [data["layers"], [[x.tolist(), target] for x, target in states]]
    for (x, target), found in zip(states, modules.evaluate(COMPUTE, given), strict=True):
        backward = network.backward(network.forward(x[None]), np.eye(10)[[target]])
        for l in (1, 2):
            assert_allclose(found["z"][str(l)], backward.trace.z[l][0], **EXACTLY)
            assert_allclose(found["a"][str(l)], backward.trace.a[l][0], **EXACTLY)
            assert_allclose(found["delta"][str(l)], backward.delta[l][0], **EXACTLY)
        assert_allclose(found["loss"], backward.loss, **EXACTLY)
        blame = hidden_error(backward.delta[1], network[1].W)[0]
        assert_allclose(found["blame"], blame, **EXACTLY)


def test_blame_is_minus_the_slope_of_the_loss(network, modules, data):
    x, target, h = np.full(64, 0.4), np.eye(10)[[7]], 1e-6

    def loss(x):
        return network.backward(network.forward(x[None]), target).loss

    (found,) = modules.evaluate(COMPUTE, [data["layers"], [[x.tolist(), 7]]])
    slopes = [(loss(x + step) - loss(x - step)) / (2 * h) for step in h * np.eye(64)]
    assert_allclose(found["blame"], -np.array(slopes), rtol=1e-5, atol=1e-7)


@pytest.fixture(scope="module")
def inks_of_strokes():
    """What the page of the laboratory shows of how strokes become pixels, in Python."""
    page = (pages.DOCS / "draw-a-digit.md").read_text(encoding="utf-8")
    code = next(part for part in page.split("```") if "def inks_of_strokes" in part)
    scope = {"np": np}
    exec(code.partition("\n")[2].partition("DRAWN =")[0], scope)
    return scope["inks_of_strokes"]


def test_strokes_become_the_pixels_that_the_page_says(modules, inks_of_strokes):
    rng = np.random.default_rng(0)
    drawings = [
        [rng.uniform(0, 256, (n, 2)).tolist() for n in rng.integers(1, 6, rng.integers(1, 4))]
        for _ in range(40)
    ]
    drawings += [[[[7, 7]]], [[[0, 5], [90, 5]]], [[[3, 0], [3, 0], [3, 70]]]]
    found = modules.evaluate(CALL, ["inksOfStrokes", drawings])
    for strokes, inks in zip(drawings, found, strict=True):
        # A point at the very border of the pen may round either way.
        assert np.abs(np.array(inks) - inks_of_strokes(strokes)).sum() <= 1
    empty, line = modules.evaluate(CALL, ["inksOfStrokes", [[], [[[3, 0], [3, 0.5], [3, 70]]]]])
    assert empty == [0] * 64
    image = np.array(line).reshape(8, 8)
    assert (image[:, [0, 1, 2, 5, 6, 7]] == 0).all()
    assert (image[:, 3:5] > 0).all()


def test_a_drawing_stays_the_same_wherever_and_however_large_it_is(modules):
    stroke = np.array([[0, 1], [4, 0], [5, 3], [1, 8], [6, 8]])
    drawings = [[(size * stroke + at).tolist()] for size, at in ((1, 0), (8, 32), (32, 0))]
    first, *others = modules.evaluate(CALL, ["inksOfStrokes", drawings])
    assert sum(first) > 200
    assert others == [first, first]


def test_pixels_of_an_address_are_64_inks_or_none(modules):
    right = "0123456789abcdefg" + "0" * 47
    wrong = ["", right[:-1], right + "0", "h" + right[1:], "-" + right[1:], right.upper()]
    found = modules.evaluate(CALL, ["inksOf", [right, *wrong]])
    assert found == [[*range(17), *[0] * 47], *[None] * len(wrong)]


def test_the_program_of_the_data_rounds_its_weights_to_what_it_writes(data, network):
    made = runpy.run_path(str(laboratory.program("digit")))
    for layer, written, again in zip(made["network"], data["layers"], network, strict=True):
        assert_allclose(layer.W, again.W, rtol=1e-12)
        assert len(written["W"]) == layer.W.size


def opened(visit, **settings):
    page = visit("draw-a-digit/", **settings)
    page.get_by_role("button", name="Open the laboratory").click()
    page.locator(".laboratory[data-live]").wait_for()
    return page


def test_a_digit_is_drawn_with_the_mouse_and_read(visit):
    page = opened(visit)
    paper = page.locator(".digit-paper")
    paper.scroll_into_view_if_needed()
    box = paper.bounding_box()
    places = [(0.5, 0.1), (0.2, 0.3), (0.2, 0.7), (0.5, 0.9), (0.8, 0.7), (0.8, 0.3), (0.5, 0.1)]
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
    page.mouse.move(*at[0])
    page.mouse.down()
    for place in at[1:]:
        page.mouse.move(*place, steps=3)
    page.mouse.up()
    story = page.locator(".digit-story")
    assert story.text_content().startswith("Read as 0, with ")
    page.locator(".laboratory-bench").get_by_role("button", name="Clear").click()
    assert not page.locator(".digit-paper polyline").count()
    assert page.complaints == []


def test_a_digit_is_set_by_keyboard_and_steps_along_the_blame_lower_the_loss(visit):
    page = opened(visit)
    page.locator(".laboratory-bench").get_by_role("button", name="Clear").click()
    page.locator(".digit-pixels").focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
        page.keyboard.press(" ")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowDown")
    page.keyboard.press("+")
    page.wait_for_url("**&pixels=4g*")
    assert "pixels=4g" + "0000000g" * 7 in page.url
    page.get_by_label("Should be").select_option("8")

    def loss():
        text = page.locator(".digit-story").text_content()
        return float(text.partition("the loss is ")[2].split(". ")[0])

    before = loss()
    page.get_by_role("button", name="Step along the blame").click()
    assert loss() < before
    assert page.complaints == []


def test_the_copied_program_prints_the_numbers_of_the_laboratory(
    visit, fresh_python, tmp_path, network
):
    page = opened(visit, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_label("Digit", exact=True).select_option("11")
    page.get_by_role("button", name="Copy as Python").click()
    page.get_by_text("Copied.").wait_for()
    program = page.evaluate("navigator.clipboard.readText()")
    printed, complaints, _ = execute(fresh_python, program, tmp_path)
    assert complaints == ""
    said = dict(line.split(" ", 1) for line in printed.splitlines())
    assert np.argmax(json.loads(said["output"])) == 7
    assert len(json.loads(said["blame"])) == 64
    text = page.locator(".digit-story").text_content()
    assert f"loss is {float(said['loss']):.4g}." in text
