"""Each mistake of the doctor's table is what a program computes that makes it, by its name.

The program is that of `benchmarks/wrong_gradients.py`, which shares nothing with the package. No
search is made here, so that all of the table is gone through in less than a second.
"""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from doctored import CASES, drawn, expected, problem

from backprop._mistakes import Problem, gradient, mistakes
from benchmarks.wrong_gradients import OF_A, computed

HIDDEN = "delta = (delta_next @ W_next.T) * slope"
FIRST = "all error terms first, then the steps"
STEP = "step = learning_rate * a.T @ delta"
BIAS = "step = learning_rate * delta.sum(axis=0)"
PENALTY = "gradient = gradient + weight_decay * W"
ADDS = "a.T @ delta adds up over all examples"
RIGHT = {
    "slope dropped": (HIDDEN, "hidden-delta"),
    "slope of a for z": (HIDDEN, "hidden-delta"),
    "slope of z for a": (HIDDEN, "hidden-delta"),
    "softmax dropped": (
        "delta = a * (e - (e * a).sum(axis=1, keepdims=True))",
        "softmax-error",
    ),
    "slope too many": ("delta = t - y", "cross-entropy-delta"),
    "untransposed": (HIDDEN, "hidden-error"),
    "updated weights": (FIRST, "hidden-error"),
    "weights of another layer": (HIDDEN, "hidden-error"),
    "error for error term": (HIDDEN, "hidden-error"),
    "mask missing": ("delta = delta * mask", "hidden-delta"),
    "factor of dropout missing": ("delta = delta * mask", "hidden-delta"),
    "z for a": (STEP, "weight-step"),
    "outputs of before": ("forward again after each step", "weighted-input"),
    "biases missing": (BIAS, "bias-step"),
    "biases over the units": (BIAS, "bias-step"),
    "biases over the units too": (BIAS, "bias-step"),
    "biases of the last example": (BIAS, "bias-step"),
    "biases of the first example": (BIAS, "bias-step"),
    "biases times": (BIAS, "bias-step"),
    "target of all examples": ("e = t - y, of one shape: t.reshape(y.shape)", "error"),
    "examples counted": (ADDS, "weight-step"),
    "penalty times": (PENALTY, "weight-decay"),
    "biases penalized": (PENALTY, "weight-decay"),
    "factor": ("the same factor for all", "weight-step"),
    "transposed": ("a.T @ delta", "weight-step"),
    "arrays exchanged": ("one each", "update"),
}
"""What a program without the mistake does, and the equation that says so."""


def right_line(case, kind, place):
    if kind.startswith("slope of") or kind == "slope dropped":
        at_output = place == case.L or place == (case.L,)
        return ("delta = (t - y) * slope", "output-delta") if at_output else RIGHT[kind]
    if kind == "diagonal of softmax":
        return RIGHT["slope too many" if case.joined else "softmax dropped"]
    return RIGHT[kind]


def assert_same(arrays, others, what):
    assert arrays.keys() == others.keys()
    for key, array in arrays.items():
        np.testing.assert_allclose(array, others[key], 1e-9, 1e-12, err_msg=f"{key}: {what}")


@pytest.mark.parametrize("which", CASES)
def test_a_gradient_without_mistakes_is_right(which):
    assert_same(gradient(problem(CASES[which]), {}), computed(CASES[which]), which)


def test_a_problem_is_without_dropout_penalty_rate_and_a_network_of_before_unless_they_are_given():
    case = replace(CASES["one of each"], masks={}, rate=None, decay=0.0)
    whole = problem(case)
    bare = Problem(whole.W, whole.b, whole.f, whole.loss, whole.x, whole.t)
    assert vars(bare) == vars(whole)
    assert_same(gradient(bare, {}), computed(case), bare)


@pytest.mark.parametrize("which", CASES)
def test_each_mistake_is_what_a_program_gives_that_makes_it(which):
    case = CASES[which]
    told, rows = expected(case), [*mistakes(problem(case))]
    # A slope that is computed from z is right where z is given: no program can make the mistake.
    spare = [row for row in rows if row.name not in told]
    right = computed(case)
    for row in spare:
        assert row.name.startswith("the slope, which is computed from the output a, is given the")
        layers = {l for _, l in row.choices}
        assert not layers <= {l for l, f in enumerate(case.f, 1) if f in OF_A}
        of_a = tuple(l for l in layers if case.f[l - 1] in OF_A)
        others = computed(case, frozenset([("slope of z for a", of_a)])) if of_a else right
        assert_same(gradient(problem(case), row.choices), others, row)
    for said, (kind, place, ways) in told.items():
        its = [row for row in rows if row.name == said]
        assert len(its) == len(ways), said
        for row, arrays in zip(its, ways, strict=True):
            assert str(row) == said
            assert_same(gradient(problem(case), row.choices), arrays, said)
            assert (row.right, row.equation) == right_line(case, kind, place), said
            assert row.weight == (1.2 if kind == "factor" else 1), said
            N, often = len(case.x), True
            if kind == "examples counted" and N > 12:
                often = place in (range(1), range(N - 1, N), range(N // 2, N))
            assert row.common is often, said


TWO = [
    ("outputs of before", "forward pass before", "of the 3 examples, example 2 alone is counted"),
    ("outputs of before", "forward pass before", "the last 2 of the 3 examples alone are counted"),
    *[
        ("square", "weights that have been updated already", end)
        for end in ("forgotten", "doubled")
    ],
    ("square", "weights that have been updated already", "halved"),
    ("square", "the mask of dropout is missing on the way back to layer 1", "the slope of the"),
    ("softmax", "the last 2 of the 4 examples alone are counted", "t was broadcast"),
]


def test_two_mistakes_are_what_a_program_gives_that_makes_both():
    for which, *words in TWO:
        case = CASES[which]
        told = expected(case)
        made = [[said for said in told if word in said] for word in words]
        rows = {}
        for row in mistakes(problem(case)):
            rows.setdefault(row.name, row)
        for one, other in itertools.product(*made):
            choices = {**rows[one].choices, **rows[other].choices}
            both = frozenset([told[one][:2], told[other][:2]])
            assert_same(gradient(problem(case), choices), computed(case, both), (one, other))


def test_of_many_examples_few_parts_are_looked_for_beside_another_mistake():
    for N, number in [(12, 0), (13, 13 + 2 * 11 - 3)]:
        case = drawn(["tanh"], (1, 1), N=N)
        rows = [row for row in mistakes(problem(case)) if "rows" in row.choices]
        assert sum(not row.common for row in rows) == 2 * number
        assert len(rows) == 2 * (N + 2 * (N - 2))


def test_weights_may_have_been_moved_by_what_was_computed():
    """A program that is given has moved them by what it says, if each layer says it."""
    case = replace(CASES["square"], rate=None, masks={})
    rng = np.random.default_rng(0)
    all_of_them = {l: rng.normal(size=(3, 3)) for l in (2, 3)}
    rows = [
        row
        for row in mistakes(problem(case, (all_of_them, {3: all_of_them[3]})))
        if any(about[0] == "updated" for about in row.choices)
    ]
    at = ["to layer 1", "to layer 2", "to layer 2", "to each hidden layer"]
    said = "the error is carried back {} over weights that have been updated already"
    assert [row.name for row in rows] == [said.format(each) for each in at]
    assert {(row.right, row.equation) for row in rows} == {RIGHT["updated weights"]}
    for row in rows:
        over = {l: case.W[l] + all_of_them[l + 1] for _, l in row.choices}
        assert_same(gradient(problem(case), row.choices), computed(replace(case, over=over)), row)


def test_units_of_softmax_in_a_hidden_layer_have_one_slope_to_be_dropped():
    case = drawn(["tanh", "softmax", "tanh"], (2, 3, 3, 2), N=4)
    slopes = [
        row.name
        for row in mistakes(problem(case))
        if any(about[0] == "slope" for about in row.choices) and "layer 2" in row.name
    ]
    assert slopes == ["the slope of the activation is dropped, in layer 2"]
    right = gradient(problem(case), {})
    moved = 1e-6
    for key in [("W", 1), ("W", 2), ("b", 1), ("W", 3)]:
        array = (case.W if key[0] == "W" else case.b)[key[1] - 1]
        E = []
        for by in (moved, -moved):
            array.flat[1] += by
            y = problem(case).forward()[1][3]
            E.append(0.5 * np.sum((y - case.t) ** 2) / len(case.x))
            array.flat[1] -= by
        np.testing.assert_allclose(right[key].flat[1], (E[0] - E[1]) / (2 * moved), rtol=1e-6)
