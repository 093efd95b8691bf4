"""What a drawing of a network shows, and that its labels keep apart."""

from xml.etree import ElementTree

import numpy as np
import pytest
from drawings import SVG, labels_are_apart_and_inside, texts
from networks import random_network

from backprop import Layer, Network, datasets, draw_network, identity, sigmoid
from backprop.drawing import number


def examples():
    for name in ("two_one_one", "three_two_one"):
        network, x, target, learning_rate = getattr(datasets, name)()
        yield name, network, x, target, learning_rate
    rng = np.random.default_rng(2)
    network = random_network(1, (4, 5, 3), (sigmoid, sigmoid))
    yield "4-5-3", network, rng.normal(size=4), rng.uniform(size=3), 1e-4


EXAMPLES = {name: rest for name, *rest in examples()}


def drawn(name, values=True, errors=True, moves=True, **words):
    network, x, target, learning_rate = EXAMPLES[name]
    trace = network.forward(x)
    backward = network.backward(trace, target)
    svg = draw_network(
        network,
        trace if values else None,
        backward if errors else None,
        backward.steps(learning_rate) if moves else None,
        title=words.pop("title", "A network"),
        **words,
    )
    return ElementTree.fromstring(svg)


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("shows", ["values", "errors", "moves", "all"])
def test_no_two_labels_overlap_and_none_is_cut_off(name, shows):
    parts = {part: shows in (part, "all") for part in ("values", "errors", "moves")}
    svg = drawn(name, **parts)
    labels_are_apart_and_inside(svg)


def test_the_lessons_numbers_are_in_the_drawing():
    labels = texts(drawn("two_one_one"))
    for expected in "0.1 0.3 0.4 −0.2 0.495 0.512 0.122 0.00305 +30.2 +0.152 +0.457".split():
        assert expected in labels
    assert {"z −0.02", "z 0.0495", "e 0.488"} <= set(labels)
    assert "error terms; steps × 10⁻³ on edges" in labels


def test_a_drawing_shows_what_it_is_given():
    def shown(**given):
        known = (text.split(" ") for text in texts(drawn("two_one_one", **given)))
        return {"z", "a", "e", "δ"} & {first for first, *_ in known}

    assert shown(errors=False, moves=False) == {"z", "a"}
    assert shown(values=False, moves=False) == {"e", "δ"}
    assert shown() == {"z", "a", "e", "δ"}
    plain = texts(drawn("three_two_one", values=False, errors=False, moves=False))
    assert sorted(plain) == sorted(
        [
            *"input hidden output x₁ x₂ x₃ a₁ a₂ ŷ 0.5 −0.6 0.1 −0.2 0.1 0.7 0.1 −0.3".split(),
            *("Forward →", "weights on edges", "weight > 0", "weight < 0", "small, large"),
        ]
    )


def test_biases_stand_below_their_units():
    network = EXAMPLES["4-5-3"][0]
    assert f"b₁ {number(network[1].b[0])}" in texts(drawn("4-5-3"))


def test_edges_show_the_sign_and_the_size_of_their_weights():
    svg = drawn("three_two_one", values=False, errors=False, moves=False)
    edges = [
        (path.get("stroke-dasharray"), float(path.get("stroke-width")), path.get("stroke"))
        for part in svg.iter(f"{SVG}g")
        for path in part.findall(f"{SVG}path[@stroke]")
    ]
    weights = [0.5, 0.1, 0.1, -0.6, -0.2, 0.7, 0.1, -0.3]
    for (dashes, _, color), weight in zip(edges, weights, strict=True):
        assert (dashes is not None) == (weight < 0)
        assert ("negative" in color) == (weight < 0)
    assert edges[5][1] > edges[3][1] > edges[0][1] > edges[4][1] > edges[1][1]


def test_title_and_description_are_said():
    svg = drawn("two_one_one", title="Two & one", description="Where 0.5 < 1")
    title, described = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert (title.text, described.text) == ("Two & one", "Where 0.5 < 1")
    # The one is its name, the other its description, so that nothing is read out twice.
    assert svg.get("aria-labelledby") == title.get("id")
    assert svg.get("aria-describedby") == described.get("id")
    assert svg.get("role") == "img"


def test_without_a_description_all_numbers_are_said():
    said = drawn("two_one_one").find(f"{SVG}desc").text
    assert said.startswith("A 2-1-1 network. Input unit 1: x₁ 0.1; input unit 2: x₂ 0.3; ")
    assert "hidden unit 1: z −0.02, a 0.495, δ 0.00305, weights 0.4 and −0.2, steps" in said
    assert "output unit 1: z 0.0495, ŷ 0.512, e 0.488, δ 0.122, weights 0.1, steps 0.0302." in said


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.512372, "0.512"),
        (-7.08022e-5, "−7.08e−5"),
        (0, "0"),
        (1234.5, "1.23e3"),
        (999.4, "999"),
        (999.7, "1.00e3"),
        (0.001, "0.001"),
        (-0.00204, "−0.00204"),
        (2e-12, "2.00e−12"),
    ],
)
def test_numbers_have_three_significant_digits(value, text):
    assert number(value) == text


def test_zero_has_no_sign():
    """An error term of -0 is what a slope of 0 leaves of a negative error."""
    for zero in (0.0, -0.0, np.float32(-0.0)):
        assert number(zero) == "0"


def test_a_network_of_other_numbers_is_refused():
    network, x, target, _ = EXAMPLES["two_one_one"]
    other = EXAMPLES["three_two_one"]
    trace = other[0].forward(other[1])
    with pytest.raises(ValueError, match=r"trace.a must be of one example of this network"):
        draw_network(network, trace, title="t")
    batch = network.forward([x, x])
    with pytest.raises(ValueError, match=r"trace.a must be of one example"):
        draw_network(network, batch, title="t")
    with pytest.raises(ValueError, match=r"backward.delta must be of one example"):
        draw_network(network, backward=network.backward(batch, [target, target]), title="t")
    with pytest.raises(ValueError, match=r"steps.W must be of one example"):
        draw_network(network, steps=other[0].backward(trace, other[2]).steps(1), title="t")


def test_what_is_no_number_is_refused():
    for value, kind, message in [
        (np.nan, ValueError, "value must be finite, but holds nan"),
        ([1.0, 2.0], ValueError, r"value must be one number, not of shape \(2,\)"),
        ("3", TypeError, "value must hold real numbers"),
    ]:
        with pytest.raises(kind, match=message):
            number(value)


def test_what_is_of_another_class_is_refused():
    network = EXAMPLES["two_one_one"][0]
    for wrong, message in [
        ({"title": 3}, "title must be text, not 3"),
        ({"title": "t", "description": []}, r"description must be text, not \[\]"),
        ({"title": "t", "network": 3}, "network must be of class Network, not 3"),
        ({"title": "t", "trace": 3}, "trace must be of class Trace, not 3"),
    ]:
        with pytest.raises(TypeError, match=message):
            draw_network(**{"network": network, **wrong})


def test_any_console_takes_a_drawing():
    """Other characters than ASCII are written by their number, and read as what they are."""
    network, x, *_ = EXAMPLES["three_two_one"]
    svg = draw_network(network, network.forward(x), title="Größe ₁ \x00")
    assert svg.isascii()
    root = ElementTree.fromstring(svg)
    assert root.find(f"{SVG}title").text == "Größe ₁ \ufffd"
    assert {"x₁", "−0.6"} <= set(texts(root))


def test_a_network_too_large_to_read_is_refused():
    with pytest.raises(ValueError, match="at most 12 units per layer, not 13"):
        draw_network(random_network(1, (13, 1), (sigmoid,)), title="t")


def test_values_of_units_have_five_decimals_at_most_and_no_zero_at_their_end():
    network = Network([Layer([[1.0]], activation=identity)])
    said = {1e-3: "0.001", -1e-3: "−0.001", 9.994e-4: "0.00100", 1e-4: "0.00010", 9e-5: "9.00e−5"}
    for value, text in said.items():
        drawn = ElementTree.fromstring(draw_network(network, network.forward([value]), title="t"))
        assert texts(drawn).count(text) == 2, text


def test_a_tenth_of_the_unit_of_steps_has_one_decimal():
    network = Network([Layer([[0.0], [0.0]], activation=identity)])
    backward = network.backward(network.forward([1.0, 0.1]), [1.0])
    drawn = draw_network(network, steps=backward.steps(1.0), title="t")
    assert {"+1", "+0.1"} <= set(texts(ElementTree.fromstring(drawn)))


def labels_of_steps(*scales):
    """What is written on the edges of a network whose steps are these."""
    network = Network([Layer(np.zeros((len(scales), 1)), activation=identity)])
    backward = network.backward(network.forward(scales), [1.0])
    svg = ElementTree.fromstring(draw_network(network, steps=backward.steps(1.0), title="t"))
    labels = [each for each in svg.iter(f"{SVG}g") if each.get("data-of", "").startswith("steps")]
    labels_are_apart_and_inside(svg)
    return [each.find(f"{SVG}text").text for each in labels]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([-9.0, -3.65e-5, -2.21e-4], ["−9", "−4e−5", "−2e−4"]),
        ([1.0, 0.0005, 0.000499, 0.0], ["+1", "+0.001", "+5e−4", "0"]),
        ([2e6, 4.0, 0.3], ["+2", "+4e−6", "+3e−7"]),
        ([1e-3, 2e-300], ["+1", "+2e−297"]),
        ([1e300, -1e-30], ["+1", "−1e−330"]),
    ],
)
def test_only_a_step_of_0_is_written_as_0(steps, expected):
    """A step that is small beside the largest is no step of 0."""
    assert labels_of_steps(*steps) == expected


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([2.5e-306, -5e-307], ["+2.5", "−0.5"]),
        ([4e-307, -2e-308], ["+0.4", "−0.020"]),
        ([5e-324, 0.0], ["+5e−18", "0"]),
    ],
)
def test_steps_as_small_as_floats_can_be_are_drawn(steps, expected):
    assert labels_of_steps(*steps) == expected


def test_all_steps_without_room_on_edges_are_said_in_the_description():
    network = random_network(1, (1, 7, 1), (sigmoid, identity))
    backward = network.backward(network.forward([1.0]), [0.0])
    steps = backward.steps(1.0)
    svg = ElementTree.fromstring(draw_network(network, steps=steps, title="t"))
    assert not [each for each in svg.iter(f"{SVG}g") if "steps" in each.get("data-of", "")]
    said = svg.find(f"{SVG}desc").text
    assert all(f"steps {number(step)}" in said for step in steps.W[1][0])
    assert f"steps {' and '.join(number(step) for step in steps.W[2][:, 0])}" in said


def test_drawings_that_differ_in_their_title_or_description_alone_have_ids_of_their_own():
    """In one page, an id that stands twice leads to the first."""
    network = EXAMPLES["two_one_one"][0]

    def ids(**words):
        svg = ElementTree.fromstring(draw_network(network, **words))
        return {svg.get("aria-labelledby"), svg.get("aria-describedby")}

    of = [ids(title=title, description=said) for title, said in ("ab", "ac", "cb", ("", "ab"))]
    assert len(set.union(*of)) == 8
    assert ids(title="a", description="b") == of[0]
