"""A diagnosis names the mistake that was made, or says that it does not know, and never another."""

import re
from collections import Counter

import numpy as np
import pytest
import wrong_programs

from backprop import (
    Diagnosis,
    Layer,
    Network,
    binary_cross_entropy,
    cross_entropy,
    diagnose,
    identity,
    random_network,
    relu,
    sigmoid,
    softmax,
    squared_error,
    tanh,
)
from backprop._computed import CLOSE, OF_FLOAT16, OF_FLOAT32
from backprop._explaining import Fit
from backprop.diagnosis import _conventions

ENDS = [
    (squared_error, sigmoid),
    (squared_error, identity),
    (squared_error, tanh),
    (binary_cross_entropy, sigmoid),
    (cross_entropy, softmax),
]


def drawn(seed):
    """A random network and examples, with what else a program may know."""
    rng = np.random.default_rng(seed)
    L = int(rng.integers(2, 4))
    sizes = [int(n) for n in rng.integers(2, 6, L + 1)]
    if rng.random() < 0.3:
        sizes[1:] = [sizes[1]] * L
    loss, last = ENDS[rng.integers(len(ENDS))]
    hidden = [(tanh, sigmoid, relu)[rng.integers(3)] for _ in range(L - 1)]
    network = random_network(rng, sizes, [*hidden, last], loss)
    for layer in network:
        layer.b[:] = rng.normal(size=layer.b.shape)
    N = int(rng.integers(4, 8))
    x, t = rng.normal(size=(N, sizes[0])), rng.uniform(0.1, 0.9, (N, sizes[-1]))
    if last is softmax:
        t = np.eye(sizes[-1])[rng.integers(sizes[-1], size=N)]
    masks = {1: rng.integers(0, 2, (N, sizes[1])) / 0.5} if rng.random() < 0.2 else {}
    decay = float(rng.uniform(0.01, 0.2)) if rng.random() < 0.3 else 0.0
    return rng, network, x, t, {"rate": 0.3, "decay": decay, "masks": masks}


def possible(network, x, settings):
    """The mistakes that can be made, and in which layers."""
    L, last = len(network), network[len(network)].activation
    for kind in wrong_programs.KINDS:
        if kind.startswith("slope"):
            ends = L + 1 if network.loss is squared_error else L
            yield from ((kind, l) for l in range(1, ends))
        elif kind in ("error for error term", "updated weights"):
            yield from ((kind, l) for l in range(1, L))
        elif kind == "untransposed":
            square = [l for l in range(1, L) if len(set(network[l + 1].W.shape)) == 1]
            yield from ((kind, l) for l in square)
        elif kind in ("biases missing", "biases of the last example", "array doubled"):
            yield from ((kind, l) for l in range(1, L + 1))
        elif kind == "z for a":
            yield from ((kind, l) for l in range(2, L + 1))
        elif kind == "diagonal of softmax":
            yield from [(kind, None)] * (last is softmax)
        elif "penalty" in kind:
            yield from [(kind, None)] * (settings["decay"] > 0)
        elif "mask" in kind or "dropout" in kind:
            yield from [(kind, None)] * bool(settings["masks"])
        elif kind == "arrays exchanged":
            yield from [(kind, None)] * (network[1].W.shape == network[2].W.shape)
        elif kind == "loss of another form":
            yield from [(kind, None)] * (last is not identity)
        else:
            yield kind, None


def computed(network, x, t, settings, made=(), layer=None):
    """What a program with some mistakes computes, by keys, as arrays."""
    layers = list(network)
    dW, db = wrong_programs.gradient(
        [each.W.tolist() for each in layers],
        [each.b.tolist() for each in layers],
        [each.activation.name for each in layers],
        network.loss.name,
        x.tolist(),
        t.tolist(),
        frozenset(made),
        layer,
        settings["rate"],
        settings["decay"],
        {l: mask.tolist() for l, mask in settings["masks"].items()},
    )
    arrays = {("W", l): np.array(each) for l, each in enumerate(dW, 1)}
    return arrays | {("b", l): np.array(each) for l, each in enumerate(db, 1)}


def found(network, x, t, settings, arrays):
    return diagnose(
        network,
        x,
        t,
        arrays,
        learning_rate=settings["rate"],
        weight_decay=settings["decay"],
        masks=settings["masks"],
    )


def alike(arrays, others):
    """Whether two programs compute the same, but for a factor of all arrays."""
    one, other = (np.concatenate([a.ravel() for a in its.values()]) for its in (arrays, others))
    size = other @ other
    return bool(np.linalg.norm(one - other * (one @ other / size)) < 1e-10 * np.linalg.norm(one))


def test_the_program_without_mistakes_is_that_of_the_package():
    for seed in range(20):
        _, network, x, t, settings = drawn(seed)
        if not settings["masks"] and not settings["decay"]:
            right = network.gradient(x, t)
            arrays = computed(network, x, t, settings)
            for key, array in arrays.items():
                np.testing.assert_allclose(array, right[key], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", range(40))
def test_a_right_gradient_is_called_right_in_every_convention(seed):
    rng, network, x, t, settings = drawn(seed)
    factor = rng.choice([1, -1]) * rng.choice([1, len(x)]) * rng.choice([1, 2, settings["rate"]])
    arrays = {k: factor * array for k, array in computed(network, x, t, settings).items()}
    if rng.random() < 0.5:
        arrays = {key: array.T for key, array in arrays.items()}
    diagnosis = found(network, x, t, settings, arrays)
    assert diagnosis.verdict == "right", diagnosis
    assert not diagnosis.mistakes


def cases(first, number, several):
    """Random networks with one mistake each, or two: what is known, and what was computed."""
    for seed in range(first, first + number):
        rng, network, x, t, settings = drawn(seed)
        kinds = [*possible(network, x, settings)]
        kind, layer = kinds[rng.integers(len(kinds))]
        made = {kind}
        if several:
            others = [each for each, at in kinds if at in (layer, None) and each != kind]
            made.add(others[rng.integers(len(others))])
        arrays = computed(network, x, t, settings, made, layer)
        # Two mistakes that do what one does, or none, are no two.
        fewer = [(), *((each,) for each in made)] if several else [()]
        if not any(alike(arrays, computed(network, x, t, settings, of, layer)) for of in fewer):
            factor = rng.choice([1, -1]) * rng.choice([1, len(x)])
            given = {key: factor * array for key, array in arrays.items()}
            yield made, found(network, x, t, settings, given)


def outcome(made, diagnosis):
    """What came of a case: the right names, those of something else, or none."""
    if diagnosis.verdict == "unknown":
        return "unknown"
    said = [diagnosis.mistakes, *diagnosis.alternatives]
    right = [
        all(any(re.search(wrong_programs.KINDS[kind], each) for each in its) for kind in made)
        for its in said
        if len(its) <= len(made)
    ]
    return "right" if any(right) else f"{sorted(made)}: {diagnosis}"


@pytest.mark.parametrize(("several", "number"), [(False, 200), (True, 100)])
def test_mistakes_are_named_and_no_others(several, number):
    came = Counter(outcome(*case) for case in cases(1000, number, several))
    assert came["right"] >= 0.98 * came.total(), came
    assert came["right"] + came["unknown"] == came.total(), came


def example():
    """The hidden slopes of a network are dropped, in steps for a learning rate of 0.3."""
    _, network, x, t, settings = drawn(3)
    settings = {**settings, "masks": {}, "decay": 0.0}
    arrays = computed(network, x, t, settings, ["slope dropped"], 1)
    return network, x, t, {key: -0.3 * array for key, array in arrays.items()}


def test_what_is_printed_leads_to_the_line():
    network, x, t, steps = example()
    said = str(diagnose(network, x, t, steps, learning_rate=0.3))
    assert "Mistake: the slope of the activation is dropped, in layer 1." in said
    assert "right: delta = (delta_next @ W_next.T) * slope  (equation hidden-delta)" in said
    assert "Right as they are: W_2, W_3, b_2, b_3." in said
    assert "Convention: the learning rate, 0.3, is multiplied in." in said
    assert "Convention: minus the gradient: it points downhill." in said
    assert re.search(r"The nearest of \d+ other explanations is off by 0\.\d+\.", said)


def as_names(arrays):
    return {f"d{name}{l}": array for (name, l), array in arrays.items()}


def as_list(arrays):
    return [array.tolist() for _, array in sorted(arrays.items(), key=lambda each: each[0][1])]


def as_pairs(arrays):
    layers = sorted({l for _, l in arrays})
    return [(arrays["W", l], arrays["b", l][np.newaxis]) for l in layers]


def weights_alone(arrays):
    return [array for (name, _), array in sorted(arrays.items()) if name == "W"]


def in_float32(arrays):
    return {key: array.astype(np.float32) for key, array in arrays.items()}


def with_six_digits(arrays):
    return {
        key: np.array([float(f"{each:.5e}") for each in array.ravel()]).reshape(array.shape)
        for key, array in arrays.items()
    }


def with_eight_places(arrays):
    return {key: np.round(array, 8) for key, array in arrays.items()}


@pytest.mark.parametrize(
    "form",
    [as_names, weights_alone, as_pairs, in_float32, with_six_digits, with_eight_places],
)
def test_arrays_may_come_in_many_forms(form):
    network, x, t, steps = example()
    diagnosis = diagnose(network, x, t, form(steps), learning_rate=0.3)
    assert names_only(diagnosis) == ["the slope of the activation is dropped, in layer 1"]


def names_only(diagnosis):
    return list(diagnosis.mistakes)


def test_examples_may_be_columns():
    network, x, t, steps = example()
    diagnosis = diagnose(network, x.T, t.T, steps)
    assert names_only(diagnosis) == ["the slope of the activation is dropped, in layer 1"]


def test_outputs_of_the_step_before_are_recognized():
    _, network, x, t, _ = drawn(3)
    rng = np.random.default_rng(0)
    moved = {k: w + 0.1 * rng.normal(size=w.shape) for k, w in network.parameters.items()}
    before = network.with_parameters(moved)
    z, a = [], [x]
    for layer in before:
        z.append(a[-1] @ layer.W + layer.b)
        a.append(layer.activation(z[-1]))
    layers = list(network)
    delta = t - a[-1]
    if network.loss is squared_error:
        delta = delta * layers[-1].activation.derivative(a[-1])
    arrays = {}
    for l in range(len(layers), 0, -1):
        arrays["W", l], arrays["b", l] = a[l - 1].T @ delta, delta.sum(axis=0)
        if l > 1:
            slope = layers[l - 2].activation.derivative(a[l - 1])
            delta = (delta @ layers[l - 1].W.T) * slope
    diagnosis = diagnose(network, x, t, arrays, before=before)
    assert "before the last update" in diagnosis.mistakes[0]


def test_what_is_no_known_mistake_is_called_unknown_and_the_right_arrays_are_named():
    _, network, x, t, _ = drawn(3)
    rng = np.random.default_rng(0)
    arrays = dict(network.gradient(x, t))
    for seed in range(20):
        spoiled = rng.normal(size=arrays["W", 1].shape)
        diagnosis = diagnose(network, x, t, {**arrays, ("W", 1): spoiled})
        assert diagnosis.verdict == "unknown", (seed, diagnosis)
        assert set(diagnosis.right) == set(arrays) - {("W", 1)}
        assert "None of the mistakes that are known" in str(diagnosis)
    nothing = {key: np.zeros_like(array) for key, array in arrays.items()}
    assert diagnose(network, x, t, nothing).verdict == "unknown"


def test_a_gradient_of_noise_is_never_explained():
    for seed in range(30):
        rng, network, x, t, settings = drawn(seed)
        noise = {k: rng.normal(size=w.shape) for k, w in network.parameters.items()}
        assert found(network, x, t, settings, noise).verdict == "unknown"


def test_what_does_not_fit_is_refused():
    network, x, t, steps = example()
    with pytest.raises(ValueError, match="computed must have the shapes"):
        diagnose(network, x, t, {("W", 1): np.ones((17, 19))})
    with pytest.raises(ValueError, match="computed must have at least one array"):
        diagnose(network, x, t, {})
    with pytest.raises(ValueError, match="computed must have keys"):
        diagnose(network, x, t, {"V7": x})
    with pytest.raises(TypeError, match="computed must be a dict or a list"):
        diagnose(network, x, t, 3.0)
    with pytest.raises(ValueError, match=r"x must have shape \(N, "):
        diagnose(network, np.ones((17, 19)), t, steps)
    with pytest.raises(ValueError, match="target must"):
        diagnose(network, x, t[:-1], steps)


def test_the_network_of_the_first_chapters():
    network = Network([Layer([[0.5, -0.6], [0.1, -0.2], [0.1, 0.7]]), Layer([[0.1], [-0.3]])])
    x, t = np.array([0.5, 0.1, -0.2]), np.array([0.6])
    backward = network.backward(network.forward(x), t)
    assert diagnose(network, x, t, backward.steps(0.5).W, learning_rate=0.5).verdict == "right"


def test_a_learning_rate_need_not_be_known():
    network, x, t, steps = example()
    diagnosis = diagnose(network, x, t, {key: 0.7391 * step for key, step in steps.items()})
    assert names_only(diagnosis) == ["the slope of the activation is dropped, in layer 1"]
    assert "all arrays are multiplied by" in diagnosis.conventions[0]


FOUND = {
    "verdict": "wrong",
    "conventions": ("the sign is turned", "a sum"),
    "mistakes": ("one", "two"),
    "alternatives": (("three", "four"), ("five",)),
    "residual": 3e-12,
    "nearest": 0.0456,
    "tried": 70,
    "advice": ("first", "second"),
    "right": (("W", 1), ("b", 2)),
}
UNKNOWN = {
    "verdict": "unknown",
    **dict.fromkeys(("conventions", "mistakes", "alternatives", "advice"), ()),
}
SAID = {
    "a mistake": (
        {},
        "Right as they are: W_1, b_2.\n"
        "Mistake: one.\n    right: first\nMistake: two.\n    right: second\n"
        "Or, with the same numbers: three; and four.\nOr, with the same numbers: five.\n"
        "Convention: the sign is turned.\nConvention: a sum.\n"
        "This explains all numbers but for 3e-12 of their length.\n"
        "The nearest of 69 other explanations is off by 0.046.",
    ),
    "none": (
        {"verdict": "right", "conventions": (), "mistakes": (), "alternatives": (), "advice": ()}
        | {"residual": 0.0},
        "The gradient is right.\nThis explains all numbers but for 1e-16 of their length.\n"
        "The nearest of 69 other explanations is off by 0.046.",
    ),
    "an unknown one": (
        UNKNOWN,
        "None of the mistakes that are known: 70 were compared, and the\n"
        "nearest is off by 0.046 of the length of what was computed.\n"
        "Right as they are: W_1, b_2.",
    ),
    "an unknown one as far as numbers of float16 are rounded": (
        {**UNKNOWN, "nearest": OF_FLOAT16, "right": ()},
        "None of the mistakes that are known: 70 were compared, and the\n"
        f"nearest is off by {OF_FLOAT16:.2g} of the length of what was computed.",
    ),
    "one of several": (
        {**UNKNOWN, "nearest": 1e-9, "right": ()},
        "None of the mistakes that are known can be told from others: too few numbers or\n"
        "digits were given. 70 explanations were compared.",
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_what_was_found_is_said_line_by_line(name):
    changed, said = SAID[name]
    assert str(Diagnosis(**{**FOUND, **changed})) == said


def test_arrays_of_layers_may_be_grouped_and_those_of_one_unit_be_vectors():
    rng = np.random.default_rng(0)
    network = random_network(rng, (3, 1, 2), (tanh, tanh))
    x, t = rng.normal(size=(5, 3)), rng.uniform(size=(5, 2))
    gradient = network.gradient(x, t)
    pairs = [[gradient["W", l], gradient["b", l]] for l in (1, 2)]
    assert diagnose(network, x, t, pairs).verdict == "right"
    rows = [[each.tolist() for each in pair] for pair in pairs]
    assert diagnose(network, x, t, rows).verdict == "right"
    vectors = [gradient["W", 1].ravel(), gradient["W", 2].ravel()]
    assert diagnose(network, x, t, vectors).verdict == "right"
    ragged = [[[1.0, 2.0], [3.0], [4.0]], vectors[1]]
    with pytest.raises(ValueError, match="must have the same number of values in each row"):
        diagnose(network, x, t, ragged)


def printed(factor, digits):
    """What a program prints that drops a slope in layer 1, and has the last biases too large."""
    rng = np.random.default_rng(0)
    network = random_network(rng, (3, 4, 2), (tanh, tanh))
    x, t = rng.normal(size=(5, 3)), rng.uniform(size=(5, 2))
    y = network.predict(x)
    hidden = (t - y) * (1 - y**2) / len(x) @ network[2].W.T
    wrong = network.gradient(x, t) | {("W", 1): -x.T @ hidden, ("b", 1): -hidden.sum(axis=0)}
    wrong["b", 2] = factor * wrong["b", 2]
    of_one = np.vectorize(lambda number: float(f"{number:.{digits}g}"))
    return diagnose(network, x, t, {key: of_one(array) for key, array in wrong.items()})


def test_one_mistake_that_explains_printed_numbers_badly_does_not_hide_another():
    """By themselves, biases 5 times too large explain nearly all of the length of all numbers."""
    assert names_only(printed(5, 2)) == [
        "the slope of the activation is dropped, in layer 1",
        "b_2 is 5 times what it should be",
    ]


def test_one_mistake_that_explains_printed_numbers_is_held_against_pairs():
    said = printed(1, 2)
    assert names_only(said) == ["the slope of the activation is dropped, in layer 1"]
    others = re.search(r"The nearest of (\d+) other explanations", str(said))
    assert int(others[1]) > 1000


@pytest.mark.parametrize(
    ("residual", "said"),
    [
        (CLOSE, []),
        (1.1 * CLOSE, ["the numbers have been rounded, as in float32"]),
        (OF_FLOAT32, ["the numbers have been rounded, as in float32"]),
        (
            1.1 * OF_FLOAT32,
            [
                "the numbers have been rounded, as in float32 or float16, or where few digits are "
                "printed"
            ],
        ),
    ],
)
def test_how_far_numbers_were_rounded_is_said(residual, said):
    assert list(_conventions(Fit((), 1.0, residual, ()))) == said
