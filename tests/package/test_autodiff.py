"""The engine against complex-step differentiation, and its graph."""

import copy
import inspect
import math
import operator
import pickle
import re
import sys
import tracemalloc

import autograd
import autograd.numpy
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from backprop import (
    Variable,
    central_difference,
    complex_step,
    datasets,
    gelu,
    gradients,
    leaky_relu,
    recorded_gradients,
    relative_error,
    relu,
    sigmoid,
    silu,
    tanh,
)
from backprop import derivatives as table
from backprop.autodiff import COMPOSED, apply_activation, describe, topological_order, vjp_terms
from backprop.derivatives import PULLBACKS, unbroadcast

RNG = np.random.default_rng(0)
A, B = RNG.uniform(0.5, 2, (3, 4)), RNG.uniform(0.5, 2, (3, 4))
ROW, COLUMN, NUMBER = RNG.uniform(1, 2, 4), RNG.uniform(1, 2, (3, 1)), np.float64(1.5)


def numbers_of(a):
    return a.value if isinstance(a, Variable) else a


# What stands here for both is the same code, once with variables and once with complex numbers.
OPERATIONS = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "power": lambda a, b: a**3 + b**-0.5,
    "power by a variable": lambda a, b: a**b + 2**a,
    "negative": lambda a, b: -a - b,
    "exp": lambda a, b: np.exp(a) * b,
    "log": lambda a, b: np.log(a) * b,
    "sin": lambda a, b: np.sin(a) * b,
    "cos": lambda a, b: np.cos(a) * b,
    "tanh": lambda a, b: np.tanh(a) * b,
    "positive": lambda a, b: +a * b,
    "square": lambda a, b: np.square(a) * b,
    "sqrt": lambda a, b: np.sqrt(a * b),
    "expm1": lambda a, b: np.expm1(a) * b,
    "log1p": lambda a, b: np.log1p(a) * b,
    "maximum": lambda a, b: np.maximum(a, b) * a,
    "minimum": lambda a, b: np.minimum(a, b) * a,
    "where": lambda a, b: np.where(np.real(numbers_of(a)) > 1, a * b, a - b),
    "clip": lambda a, b: np.clip(a, 0.8, 1.6) * np.clip(a * b, 1.0, 2.0),
    "max": lambda a, b: np.max(a * b, axis=0) * a.max() * a.max(axis=1, keepdims=True),
    "min": lambda a, b: np.min(a * b, axis=(0, 1)) * a.min(axis=-1, keepdims=True),
    "mean": lambda a, b: np.mean(a * b, axis=0) * a.mean() * a.mean(axis=(0, 1)) * b,
    "cumsum": lambda a, b: np.cumsum(a * b, axis=1).cumsum() * np.cumsum(a + b, axis=-2).ravel(),
    "swapaxes": lambda a, b: np.swapaxes(a * b, 0, 1) * (a * a).swapaxes(-1, 0),
    "reshape": lambda a, b: np.reshape(a * b, (2, 6)) * a.reshape(2, -1) * (a + b).reshape((2, 6)),
    "ravel": lambda a, b: np.ravel(a * b) * a.ravel(),
    "squeeze": lambda a, b: np.squeeze((a * b)[:1], axis=0) * a[1:2].squeeze(),
    "expand_dims": lambda a, b: np.expand_dims(a * b, (0, -1)) * a[None, :, :, None],
    "broadcast_to": lambda a, b: np.broadcast_to(a[:1] * a[1:2], (3, 4)) * a * b,
    "concatenate": lambda a, b: np.concatenate([a * b, a, np.ones((2, 4))]) ** 2,
    "stack": lambda a, b: np.stack([a * b, a, np.ones((3, 4))], axis=1) ** 2,
    "take": lambda a, b: np.take(a * b, [0, 0, 2], axis=-1) * np.take(a, [1, 5, 1]),
    "dot": lambda a, b: np.dot(a, (a * b).T) * np.dot(a, np.ones(4)) * np.dot(a[0], (a * b)[1]),
    "inner": lambda a, b: np.inner(a, a * b) ** 2,
    "outer": lambda a, b: np.outer(a[0], (a * b)[1]) ** 2,
    "tensordot": lambda a, b: np.tensordot(a, a * b, 2) * np.tensordot(a, a * b, ([0], [0])),
    "einsum": lambda a, b: np.einsum("ij,kj->ik", a, a * b) ** 2 * np.einsum("ij->", a),
    "transpose": lambda a, b: a.T * 2 + b.sum(),
    "transpose with axes": lambda a, b: (
        np.transpose((a * b)[None], (2, 0, 1)) * np.transpose((a * a)[None], (2, 0, 1))
    ),
    "item": lambda a, b: a[[0, 0, 1]] * 3 + b.sum(),
    "sum": lambda a, b: np.exp(a.sum(axis=0)) + a.sum(axis=1, keepdims=True) * b.sum(),
    "softmax": lambda a, b: np.exp(a) / np.exp(a).sum(axis=-1, keepdims=True) * (a + b),
}


def check(f, *values, numpy=None):
    """The gradients of the sum of f by each of its arguments are those of complex step."""
    variables = [Variable(value) for value in values]
    found = gradients(f(*variables).sum(), variables)
    for i, value in enumerate(values):

        def moved(w, i=i):
            return (numpy or f)(*[w if j == i else each for j, each in enumerate(values)]).sum()

        expected = complex_step(moved, value)
        assert found[i].shape == np.shape(value)
        assert relative_error(found[i], expected) < 1e-12


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize(
    "other", [B, ROW, COLUMN, NUMBER], ids=["whole", "row", "column", "number"]
)
def test_an_operation_has_the_gradient_of_complex_step(name, other):
    check(OPERATIONS[name], A, other)


def test_no_operation_is_left_unchecked():
    made = {
        node.name
        for f in OPERATIONS.values()
        for node in topological_order(f(Variable(A), Variable(B)))
    }
    made |= set(OPERATIONS) | set(NOT_ANALYTIC)
    assert {each.__name__ for each in [*PULLBACKS, *COMPOSED]} <= made | {"matmul"}


def test_the_table_says_which_functions_have_their_rule_elsewhere():
    elsewhere = {
        known.__name__
        for known, function in COMPOSED.items()
        if "_apply(" in inspect.getsource(function)
    }
    _, said, *_ = inspect.getdoc(table).split("\n\n")
    assert set(re.findall("`(.*?)`", said)) == elsewhere


# The complex step does not go through these, as their NumPy functions drop the imaginary part.
NOT_ANALYTIC = {
    "absolute": lambda a, b: np.abs(a - b) * abs(a - 1.1),
    "logaddexp": lambda a, b: np.logaddexp(a, b) * a,
    "var": lambda a, b: np.var(a * b, axis=1, keepdims=True) * a.var(axis=0, ddof=1) + a.var(),
    "std": lambda a, b: np.std(a * b, axis=1, keepdims=True) * a.std(axis=0, ddof=1) + a.std(),
}


@pytest.mark.parametrize("name", NOT_ANALYTIC)
@pytest.mark.parametrize("other", [B, ROW, COLUMN], ids=["whole", "row", "column"])
def test_what_is_not_analytic_has_the_gradient_of_central_differences(name, other):
    values = [A, other]
    variables = [Variable(value) for value in values]
    f = NOT_ANALYTIC[name]
    found = gradients(f(*variables).sum(), variables)
    for i, value in enumerate(values):

        def moved(w, i=i):
            return f(*[w if j == i else each for j, each in enumerate(values)]).sum()

        assert relative_error(found[i], central_difference(moved, value)) < 1e-8


KNOWN_TO_AUTOGRAD = ({*OPERATIONS} | {*NOT_ANALYTIC}) - {"positive", "take"}


@pytest.mark.parametrize("name", sorted(KNOWN_TO_AUTOGRAD))
def test_an_operation_has_the_value_and_the_gradient_of_another_engine(name, monkeypatch):
    """HIPS autograd, whose table of derivatives is its authors' own."""
    f = {**OPERATIONS, **NOT_ANALYTIC}[name]
    variables = [Variable(A), Variable(B)]
    ours = f(*variables)
    monkeypatch.setitem(f.__globals__, "np", autograd.numpy)
    monkeypatch.setitem(f.__globals__, "numbers_of", lambda a: getattr(a, "_value", a))
    theirs = autograd.grad(lambda a, b: f(a, b).sum(), (0, 1))(A, B)
    assert_allclose(ours.value, f(A, B), rtol=1e-13)
    for one, other in zip(gradients(ours.sum(), variables), theirs, strict=True):
        assert relative_error(one, other) < 1e-13


def test_slopes_where_no_derivative_exists():
    """What the docstring of `backprop.derivatives` says of kinks and ties."""

    def slopes(f, values):
        v = Variable(values)
        return gradients(f(v).sum(), [v])[0].tolist()

    zero = np.zeros(3)
    assert slopes(np.abs, zero) == [0, 0, 0]
    assert slopes(np.std, np.full(3, 0.1)) == [0, 0, 0]  # although their mean is rounded
    assert slopes(lambda v: np.maximum(v, 0), zero) == [0.5, 0.5, 0.5]
    assert slopes(lambda v: np.minimum(0, v), zero) == [0.5, 0.5, 0.5]
    assert slopes(lambda v: np.clip(v, 0, 1), [-1, 0, 0.5, 1, 2]) == [0, 0.5, 1, 0.5, 0]
    assert slopes(np.max, [1, 3, 3, 2]) == [0, 0.5, 0.5, 0]
    assert slopes(lambda v: v.min(axis=0), [[1, 3], [1, 2], [1, 4]]) == [
        [1 / 3, 0],
        [1 / 3, 1],
        [1 / 3, 0],
    ]
    with pytest.raises(
        FloatingPointError, match=r"the gradient of 'variable' must be finite.*root"
    ):
        slopes(np.sqrt, zero)


def test_where_an_operand_is_large_or_small_a_slope_keeps_its_digits():
    """By formulas that lose nothing there, in 50 digits."""
    mp = mpmath.mp.clone()
    mp.dps = 50
    for f, slope, values in [
        (np.tanh, lambda a: mp.sech(a) ** 2, [1e-9, 1.0, -10.0, 19.0, 300.0]),
        (np.expm1, mp.exp, [1e-9, -40.0, 20.0]),
        (np.log1p, lambda a: 1 / (1 + a), [1e-17, -0.999999, 1e10]),
        (lambda v: np.logaddexp(v, 0), lambda a: 1 / (1 + mp.exp(-a)), [-700.0, 40.0, 1.0]),
    ]:
        v = Variable(values)
        exact = [float(slope(mp.mpf(value))) for value in values]
        assert_allclose(gradients(f(v).sum(), [v])[0], exact, rtol=3e-14, atol=0)


def test_a_quotient_does_not_overflow_where_its_gradient_does_not():
    with np.errstate(over="raise"):
        for g, a, b in [(1e250, 1e300, 1e200), (1e-200, 1e-200, 1e-250), (1e300, 1e-300, 1e10)]:
            (_, by_a), (_, by_b) = vjp_terms(Variable(a) / Variable(b), np.array(g))
            assert by_a == pytest.approx(g / b, rel=1e-14)
            assert by_b == pytest.approx(float(-mpmath.mpf(g) * a / b / b), rel=1e-14)


EVERY_ACTIVATION = [sigmoid, tanh, relu, leaky_relu, silu, gelu]


def check_twice(f, *values):
    """The way back, recorded, gives the same gradients, and their change along a direction."""
    along = [np.random.default_rng(5).normal(size=np.shape(value)) for value in values]

    def slopes(h):
        moved = [Variable(w + h * d) for w, d in zip(values, along, strict=True)]
        return gradients(f(*moved).sum(), moved)

    variables = [Variable(value) for value in values]
    g = recorded_gradients(f(*variables).sum(), variables)
    for recorded, plain in zip(g, slopes(0.0), strict=True):
        assert_array_equal(recorded.value, plain)
    change = sum((each * d).sum() for each, d in zip(g, along, strict=True))
    found = gradients(change, variables) if isinstance(change, Variable) else [change] * len(values)
    for i, by_variable in enumerate(found):
        measured = central_difference(lambda h, i=i: (slopes(h)[i] * along[i]).sum(), 0.0)
        assert abs((by_variable * along[i]).sum() - measured) < 1e-8 * (1 + abs(measured))


@pytest.mark.parametrize("name", [*OPERATIONS, *NOT_ANALYTIC])
@pytest.mark.parametrize("other", [B, ROW, COLUMN], ids=["whole", "row", "column"])
def test_the_way_back_of_an_operation_can_be_differentiated(name, other):
    check_twice({**OPERATIONS, **NOT_ANALYTIC}[name], A, other)


@pytest.mark.parametrize("activation", EVERY_ACTIVATION, ids=str)
def test_the_way_back_of_an_activation_can_be_differentiated(activation):
    check_twice(lambda a: apply_activation(a, activation) ** 2, A - 1.2)


def test_the_third_derivative_of_a_power_is_by_three_ways_back():
    v = Variable(2.0)
    once = recorded_gradients(v**5, [v])[0]
    twice = recorded_gradients(once, [v])[0]
    assert [each.value for each in (once, twice)] == [80, 160]
    assert gradients(twice, [v]) == [240]


def derivatives(f, at, n):
    """The first n derivatives of a number by a number, each by a way back over the one before."""
    v = Variable(at)
    found = [f(v)]
    for _ in range(n):
        found += recorded_gradients(found[-1], [v])
    return [float(each.value) for each in found[1:]]


@pytest.mark.parametrize(
    ("f", "right"),
    # By the series around 0, tanh z = z - z^3 / 3 and z sigma(z) = z / 2 + z^2 / 4 - z^4 / 48.
    [
        (np.tanh, [1, 0, -2, 0]),
        (lambda v: apply_activation(v, tanh), [1, 0, -2, 0]),
        (lambda v: apply_activation(v, sigmoid), [1 / 4, 0, -1 / 8, 0]),
        (lambda v: apply_activation(v, silu), [1 / 2, 1 / 2, 0, -1 / 2]),
        (
            lambda v: apply_activation(v, gelu),
            # u = r z + s z^3, and z sigma(u) = z / 2 + r z^2 / 4 + (s / 4 - r^3 / 48) z^4
            [1 / 2, (r := np.sqrt(8 / np.pi)) / 2, 0, 24 * (r * 0.044715 / 4 - r**3 / 48)],
        ),
    ],
)
def test_higher_derivatives_see_no_kink_at_zero(f, right):
    assert_allclose(derivatives(f, 0.0, 4), right, rtol=1e-12, atol=1e-15)


def test_the_second_derivative_of_a_power_by_both_does_not_depend_on_the_order():
    """d2(a^b)/da db = a^(b - 1) (1 + b log a), also where b is 0 or 1."""
    for a, b in [(2.0, 0.0), (2.0, 1.0), (0.5, 0.0), (3.0, -1.0)]:
        base, exponent = Variable(a), Variable(b)
        by_base, by_exponent = recorded_gradients(base**exponent, [base, exponent])
        right = a ** (b - 1) * (1 + b * np.log(a))
        assert_allclose(gradients(by_base, [exponent])[0], right, rtol=1e-14)
        assert_allclose(gradients(by_exponent, [base])[0], right, rtol=1e-14)


def test_recorded_gradients_of_what_does_not_matter_are_zeros():
    v, other = Variable([1.0, 2.0]), Variable([[3.0]])
    by_v, by_other = recorded_gradients((v * v).sum(), [v, other])
    assert by_other.value.tolist() == [[0]]
    assert by_other.parents == ()
    assert by_v.value.tolist() == [2, 4]


@pytest.mark.parametrize("activation", EVERY_ACTIVATION, ids=str)
def test_an_activation_has_the_gradient_of_complex_step(activation):
    check(
        lambda a, b: apply_activation(a - 1, activation) * b,
        A,
        B,
        numpy=lambda a, b: activation.function(a - 1) * b,
    )


MATRICES = [(3, 4), (4, 2)], [(4,), (4, 2)], [(3, 4), (4,)], [(4,), (4,)]
STACKS = [(5, 3, 4), (4, 2)], [(3, 4), (5, 4, 2)], [(4,), (5, 4, 2)], [(5, 3, 4), (4,)]


@pytest.mark.parametrize("shapes", [*MATRICES, *STACKS], ids=str)
def test_a_matrix_product_has_the_gradient_of_complex_step(shapes):
    a, b = (RNG.normal(size=shape) for shape in shapes)
    check(lambda a, b: (a @ b) ** 2, a, b)


def test_a_power_has_a_slope_at_zero_and_below():
    a = Variable([-2.0, 0.0, 3.0])
    for power, slopes in [(0, [0, 0, 0]), (1, [1, 1, 1]), (2, [-4, 0, 6]), (3.0, [12, 0, 27])]:
        assert_array_equal(gradients((a**power).sum(), [a])[0], slopes)
    base, exponent = Variable([-2.0, 3.0]), Variable(2.0)
    # Nobody asks for the slope by the exponent, which has the logarithm of -2.
    assert_array_equal(gradients((base**exponent).sum(), [base])[0], [-4, 6])
    assert gradients(np.float64(0) ** exponent, [exponent]) == [0.0]


def test_arrays_and_numbers_may_stand_on_either_side():
    v = Variable([1.0, 2.0])
    array = np.array([3.0, 4.0])
    for ours, expected in [
        (array + v, [4, 6]),
        (array - v, [2, 2]),
        (array * v, [3, 8]),
        (array / v, [3, 2]),
        (2 - v, [1, 0]),
        (np.eye(2) @ v, [1, 2]),
        (v @ np.eye(2), [1, 2]),
    ]:
        assert isinstance(ours, Variable)
        assert_array_equal(ours.value, expected)


SMALL = [(3, 4), (3, 1), (1, 4), (1, 1), (4,), (1,), ()]


def test_eq_unbroadcast():
    """Counted out: each number adds up the gradients at all the places that it was copied to."""
    for shape in SMALL:
        g = RNG.normal(size=(2, 3, 4))
        place = np.arange(np.prod(shape)).reshape(shape)
        copied_to = np.broadcast_to(place, g.shape)
        expected = [sum(g[copied_to == n]) for n in place.ravel()]
        # Where the sum cancels, it is the summands that were rounded.
        assert_allclose(unbroadcast(g, shape).ravel(), expected, rtol=1e-14, atol=1e-14)
        assert unbroadcast(g, shape).shape == shape


def paths(node, start):
    """Yield, for each path from a start to a node, its local derivatives."""
    if node is start:
        yield []
    for parent, local in vjp_terms(node, np.ones(())):
        for before in paths(parent, start):
            yield [*before, float(local)]


def test_eq_adjoint():
    """A gradient is the sum over all paths of the product of what stands along them."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        nodes = [Variable(v) for v in rng.uniform(0.5, 1.5, 2)]
        for kind in rng.integers(4, size=8):
            a, b = (nodes[i] for i in rng.integers(len(nodes), size=2))
            nodes.append([a * b, a + b, np.sin(a), a / b][kind])
        output = nodes[-1] * nodes[-2]
        for node, gradient in zip(nodes, gradients(output, nodes), strict=True):
            by_paths = sum(np.prod(path) for path in paths(output, node))
            assert gradient == pytest.approx(by_paths, rel=1e-12, abs=1e-12)


def test_the_example_of_a_survey_has_its_values():
    """Baydin et al., Automatic differentiation in machine learning: a survey, tables 2 and 3."""
    x, y = Variable(2.0), Variable(5.0)
    f = np.log(x) + x * y - np.sin(y)
    assert f.value == pytest.approx(11.652071455223084, rel=1e-15)
    assert gradients(f, [x, y]) == pytest.approx([5.5, 1.7163378145367738], rel=1e-15)


def test_a_variable_that_is_used_twice_collects_from_both():
    a = Variable(3.0)
    b = a + a
    c = b + b
    assert gradients(c, [a, b]) == [4.0, 2.0]


def test_both_networks_have_the_gradients_of_the_network_part():
    for example in (datasets.two_one_one(), datasets.three_two_one()):
        steps = example.network.backward(example.network.forward(example.x), example.target).steps(
            1
        )
        W_1, W_2 = (Variable(layer.W) for layer in example.network)
        output = apply_activation(apply_activation(example.x @ W_1, sigmoid) @ W_2, sigmoid)
        loss = ((example.target - output) ** 2).sum() / 2
        for gradient, l in zip(gradients(loss, [W_1, W_2]), (1, 2), strict=True):
            assert relative_error(-gradient, steps.W[l]) < 1e-15


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_random_expressions_have_the_gradient_of_complex_step(data):
    smooth = ["add", "cos", "divide", "exp", "multiply", "negative", "sin", "subtract", "tanh"]
    names = data.draw(st.lists(st.sampled_from(smooth), min_size=1, max_size=4))

    def chain(a, b):
        for name in names:
            a = OPERATIONS[name](np.tanh(a) * 0.3 + 1, b)  # between 0.7 and 1.3
        return a * 1.0

    check(chain, RNG.uniform(0.5, 1.5, (2, 3)), RNG.uniform(0.5, 1.5, (1, 3)))


def test_a_program_written_for_numpy_is_differentiated_as_it_stands():
    def program(W_hidden, W_output):
        hidden = 1 / (1 + np.exp(-(np.array([0.5, 0.1, -0.2]) @ W_hidden)))
        output = 1 / (1 + np.exp(-np.matmul(hidden, W_output)))
        return np.power(0.6 - output, 2) / 2

    network = datasets.three_two_one().network
    check(program, network[1].W, network[2].W[:, 0])


def test_a_graph_of_a_million_is_made_gone_through_and_deleted():
    depth = 1_000_000
    assert depth > 100 * sys.getrecursionlimit()
    x = Variable(1.0)
    y = x
    for _ in range(depth):
        y = -y
    assert gradients(y, [x]) == [1.0]
    del y  # what it was made of goes with it, each by the one after it
    x = x * x
    for _ in range(10_000):
        x = x * 1.0001 + x * 0.0001  # two ways to each, and closures on both
    del x


def test_a_gradient_that_was_passed_on_is_thrown_away():
    """As `tracemalloc` sees it: of a hundred gradients, only a few are there at once."""
    v = Variable(np.ones(5000))
    y = v
    for _ in range(100):
        y = np.sin(y)
    output = y.sum()
    tracemalloc.start()
    try:
        gradients(output, [v])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert v.value.nbytes < peak < 10 * v.value.nbytes


def test_a_gradient_asks_for_each_edge_once():
    """With 60 doublings there are 2^60 paths."""
    x = Variable(1.0)
    y = x
    for _ in range(60):
        y = y + y
    assert gradients(y, [x]) == [2.0**60]


def test_the_order_has_each_once_and_parents_first():
    a = Variable(1.0)
    b = a * a
    c = b + a
    order = topological_order(c)
    assert order == [a, b, c]


def test_the_table_says_how_a_value_was_computed():
    a = Variable(2.0, "a")
    lines = describe(a * a).split("\n")
    assert lines[0].split() == ["0", "a", "2."]
    assert lines[1].split() == ["1", "multiply", "0,", "0", "4."]


def test_the_table_gives_the_shape_of_what_is_large():
    lines = describe(Variable(np.ones((4, 5)), "X").sum()).split("\n")
    assert lines[0].split() == ["0", "X", "shape", "(4,", "5)"]
    assert lines[1].split() == ["1", "sum", "0", "20."]


def test_nothing_that_comes_in_is_changed_and_nothing_is_kept():
    value = np.array([1.0, 2.0])
    v = Variable(value)
    f = (v * v).sum()
    first, second = gradients(f, [v]), gradients(f, [v])
    assert_array_equal(first, second)
    assert_array_equal(value, [1, 2])
    first[0][:] = 7
    assert_array_equal(gradients(f, [v])[0], [2, 4])


@pytest.mark.parametrize(
    "f",
    [
        lambda v: v * 2.5 + 1,
        lambda v: 1 / (1 + np.exp(-v)),
        lambda v: v**2 + v**0.5 + 2**v,
        lambda v: apply_activation(v @ np.ones((3, 2), np.float32), sigmoid),
        lambda v: np.log(v)[1:] / v.sum(),
    ],
)
def test_a_precision_goes_through(f):
    v = Variable(np.ones(3, np.float32))
    assert f(v).value.dtype == np.float32
    assert gradients(f(v).sum(), [v])[0].dtype == np.float32


def test_a_gradient_has_the_precision_of_its_variable():
    v = Variable(np.ones(3, np.float32))
    assert gradients((v * np.ones(3)).sum(), [v])[0].dtype == np.float32
    assert Variable([1, 2]).value.dtype == np.float64


def test_what_an_output_does_not_depend_on_has_gradient_zero():
    a, b = Variable([1.0, 2.0]), Variable([[3.0]])
    assert_array_equal(gradients(a.sum(), [b])[0], [[0.0]])


def test_nothing_is_carried_back_to_a_constant():
    """Else the slope in the exponent would ask for the logarithm of -3, and warn."""
    assert gradients(Variable(-3.0) ** 2, [Variable(1.0)]) == [0.0]
    v = Variable(-3.0)
    assert [parent for parent, _ in vjp_terms(v**2, np.ones(()))] == [v]


def test_bad_input_is_refused():
    v = Variable([1.0, 2.0])
    with pytest.raises(ValueError, match=r"output must be a number, not of shape \(2,\)"):
        gradients(v, [])
    with pytest.raises(TypeError, match="output must be a Variable, not float"):
        gradients(1.0, [])
    with pytest.raises(TypeError, match=r"inputs must be a sequence of variables.*write \[x\]"):
        gradients(v.sum(), v)
    with pytest.raises(TypeError, match="each of inputs must be a Variable, not ndarray"):
        gradients(v.sum(), [np.ones(2)])
    with pytest.raises(TypeError, match="a must be a Variable, not ndarray"):
        apply_activation(np.ones(2), sigmoid)
    with pytest.raises(ValueError, match="value must be finite"):
        Variable([np.nan])
    with pytest.raises(ValueError, match="operand must be finite"):
        v + np.inf
    with pytest.raises(ValueError, match=r"shapes \(2,\) \(3,\)"):
        v + np.ones(3)
    for wrong in (1j, "x", None, True):
        with pytest.raises(TypeError, match="value must hold real numbers"):
            Variable(wrong)
        with pytest.raises(TypeError, match="operand must hold real numbers"):
            v * wrong


def test_an_operation_without_a_derivative_is_refused():
    v = Variable([1.0, 2.0])
    array = np.ones(2)
    for call, said in [
        (lambda: np.arctan(v), "arctan has no derivative here.*one, absolute, .*, where; or give"),
        (lambda: np.linalg.norm(v), r"linalg.norm has no .*write np.sqrt\(np.sum\(v \* v\)\)"),
        (lambda: np.add.reduce(v), "add.reduce takes no Variable"),
        (lambda: np.add.at(array, 0, v), "add.at takes no Variable"),
        (lambda: np.exp(v, out=array), "exp with out= takes no Variable"),
        (lambda: np.exp(array, out=v), "exp with out= takes no Variable"),
        (lambda: np.exp(v, where=[True, False]), r"exp of a Variable takes \(a\).*'where'"),
        (lambda: np.sum(v, dtype=np.float32), "sum of a Variable takes .*axis.*keepdims.*'dtype'"),
        (lambda: np.sum(v, 0, np.float32), "sum of a Variable takes .*too many"),
        (lambda: np.reshape(v, (2, 1), order="F"), "reshape of a Variable takes .*'order'"),
        (lambda: np.concatenate([v, v], dtype=np.float32), "concatenate of a Variable takes"),
        (lambda: v.sum(out=array), "sum of a Variable takes"),
        (lambda: v.astype(int), "astype of a Variable takes a type of real numbers.*'int'.*round"),
        (lambda: v.astype("bool"), "takes a type of real numbers.*'bool', which keeps only what"),
        (lambda: v.astype(object), "takes a type of real numbers.*'object'.*past the graph"),
        (lambda: v.astype(complex), "takes a type of real numbers.*'complex'.*imaginary parts"),
        (lambda: v.astype("U9"), "takes a type of real numbers.*'U9', which holds no numbers"),
        (lambda: np.sum(a=v), "sum of a Variable takes each operand by position"),
        (lambda: v // 2, r"unsupported operand type\(s\) for //: 'Variable'"),
        (lambda: array // v, "floor_divide has no derivative"),
        (lambda: np.multiply.outer(v, v), "multiply.outer takes no Variable: .* np.outer for"),
        (lambda: np.eye(2).view(np.matrix) * Variable(np.eye(2)), "must be an array, not a matrix"),
        (lambda: v * np.ma.array([1.0, 2.0], mask=[0, 1]), "not masked ones"),
        (lambda: Variable(np.ma.array([1.0, 2.0], mask=[0, 1])), "not masked ones"),
        (lambda: np.clip(v, 0, 1, min=3), "clip takes a lower and an upper bound"),
        (lambda: Variable(1.0, name=3), "name must be text, not 3"),
        (lambda: pickle.dumps(v), r"cannot be pickled.*pickle v.value"),
        (lambda: pickle.dumps(v * v), r"cannot be pickled.*pickle v.value"),
        (lambda: np.take(v, 0, mode="wrap"), "take of a Variable takes"),
        (lambda: np.einsum("ii->i", Variable(np.eye(2))), "einsum of a Variable takes subscripts"),
        (lambda: np.einsum("i,i", v, v), "einsum of a Variable takes subscripts"),
    ]:
        with pytest.raises(TypeError, match=said):
            call()
    with pytest.raises(TypeError, match=r"add with out= takes no Variable: write a = a .*"):
        array += v
    with pytest.raises(AttributeError, match=r"has no 'prod'; its methods are argmax, .*, var"):
        v.prod()


def test_what_would_forget_the_graph_is_refused():
    """A plain number made of a variable is a constant to all that is computed from it."""
    v, one = Variable([1.0, 2.0]), Variable(1.0)
    array = np.zeros(2)
    for call in [
        lambda: float(one),
        lambda: int(one),
        lambda: complex(one),
        lambda: math.exp(one),
        lambda: round(one),
        lambda: range(one),
        lambda: [1, 2][one],
        lambda: np.array(v),
        lambda: np.array([v, v]),
        lambda: np.array([one, 1.0]),
        lambda: np.asarray(v),
        lambda: np.float64(one),
        lambda: array.__setitem__(slice(None), v),
        lambda: array[one],
        lambda: v[one],
        lambda: sigmoid(v),
        lambda: v * [one, 1.0],
        lambda: np.random.default_rng(0).normal(v),
        lambda: np.random.default_rng(0).choice(v),
        lambda: np.random.default_rng(0).permutation(v),
        lambda: math.fsum(v),
        lambda: v.__setitem__(0, 1.0),
        lambda: len(one),
        lambda: list(one),
        lambda: bool(v),
    ]:
        with pytest.raises(TypeError, match=r"Variable|unsized"):
            call()
    for call in [lambda: array.__setitem__(0, one), lambda: array.fill(one)]:
        with pytest.raises(ValueError, match="setting an array element") as refused:
            call()  # NumPy says it in its own words, and gives ours as the cause
        assert "float of a Variable" in str(refused.value.__cause__)
    assert_array_equal(array, 0)


def test_what_python_does_with_arrays_it_does_with_variables():
    values = np.array([[1.0, 5.0], [2.0, 3.0]])
    v = Variable(values)
    for f in (
        lambda a: sum(a).sum(),
        lambda a: sum(row[0] * row[1] for row in a),
        lambda a: max(a[0]) ** 2 + min(a[1]),
        lambda a: sorted(a[0], key=lambda each: -each)[0] ** 2,
        lambda a: a[np.argmax(a[:, 0])].sum() ** 2,
        lambda a: a[a > 1.5].sum() ** 2 + a[a.argsort(axis=0)[0, 0]].sum(),
        lambda a: (a / a.size * len(a) * a.ndim * a.shape[0] ** 2).sum(),
        lambda a: (
            a[None].transpose(-1, 0, -2)[:, 0] @ a @ a.reshape(-1, 2, 1).transpose().T[0]
        ).sum(),
        lambda a: abs(-a).sum() if a.sum() else a.sum(),
        lambda a: (a - np.mean(a)).var() + ((a - np.mean(a)) ** 2).sum(),
        lambda a: (a.dot(a) + np.dot(a, a)).sum() / np.size(a),
        lambda a: (np.ones_like(a) * a).sum() + np.zeros_like(a).sum(),
    ):
        found, expected = f(v), f(values)
        assert found.value == pytest.approx(expected, rel=1e-14)
        numerical = central_difference(f, values)
        assert relative_error(gradients(found, [v])[0], numerical) < 1e-8


def test_comparisons_and_places_are_plain():
    v, w = Variable([1.0, 3.0]), Variable([2.0, 3.0])
    for found, expected in [
        (v == w, [False, True]),
        (v != w, [True, False]),
        (v < w, [True, False]),
        (v > 2, [False, True]),
        (np.array(2) >= v, [True, False]),
        (np.array([1, 1]) <= v, [True, True]),
        (np.argmax(v), 1),
        (v.argmin(), 0),
        (np.argsort(-v), [1, 0]),
        (np.sign(v), [1, 1]),
        (3.0 in v, True),
        (4.0 in v, False),
        (Variable(2.0) == 2.0, True),
        (bool(Variable(0.0)), False),
        (bool(Variable([[0.5]])), True),
        (np.shape(v), (2,)),
        (np.isclose(v, b=w), [False, True]),
        (np.argmax(a=v), 1),
        (np.allclose(np.array([1.0, 3.0]), b=v), True),
        (v == "x", [False, False]),
        (v != "x", [True, True]),
        ("x" in v, False),
        (len(v), 2),
    ]:
        assert not isinstance(found, Variable)
        assert_array_equal(found, expected)


def test_a_copy_is_computed_from_what_it_is_a_copy_of():
    v = Variable([1.0, 2.0])
    for made in (copy.copy(v), copy.deepcopy(v), copy.deepcopy([v])[0]):
        assert_array_equal(gradients((made**2).sum(), [v])[0], [2, 4])
        with pytest.raises(ValueError, match="read-only"):
            made.value[0] = 7


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("f", [np.mean, np.max, np.var, np.std], ids=lambda f: f.__name__)
def test_a_count_may_be_larger_than_the_type_can_hold(f, dtype):
    if dtype == "float16" and f in (np.var, np.std):
        return  # their values overflow in NumPy already, and it says so
    values = np.tile([1.0, 3.0], 35_000)
    v = Variable(values.astype(dtype))
    (found,) = gradients(f(v), [v])
    share = {"mean": 1 / 70_000, "max": 1 / 35_000, "var": 2 / 70_000, "std": 1 / 70_000}[
        f.__name__
    ]
    assert found.dtype == dtype
    expected = {"mean": [share, share], "max": [0, share]}.get(f.__name__, [-share, share])
    assert_allclose(found[:2], expected, rtol=0.01 if dtype == "float16" else 1e-5)


def test_slices_may_be_empty_and_axes_of_any_kind():
    M, one = Variable(A), Variable(1.5)
    for f in (
        lambda M: M[:0].mean(axis=1).sum() + M.sum(),
        lambda M: M[:0].var(axis=1).sum() + M[:0].std(axis=1).sum() + M.sum(),
        lambda M: M[[]].sum() + M[:, []].sum() + M.sum(),
        lambda M: np.inner(M[:, :0], M[:, :0]).sum() + M.sum(),
        lambda M: (M.transpose(np.array([1, 0])) * 2).sum(),
        lambda M: np.tensordot(M, M.T, np.int64(1)).sum(),
        lambda M: np.concatenate([M[0], np.zeros(0)]).sum(),
        lambda M: (np.take(M, [2, 0], axis=-1) * np.take(M, [1, 1], axis=np.int64(1))).sum(),
    ):
        found = gradients(f(M), [M])[0]
        assert relative_error(found, complex_step(f, A)) < 1e-12
    assert gradients(one.sum(axis=0), [one]) == [1.0]
    for call in (
        lambda: np.take(M, [0], axis=5),
        lambda: np.tensordot(M, M, ([3], [3])),
        lambda: M.transpose(()),
        lambda: M[5],
        lambda: np.concatenate([M, M], axis=2),
    ):
        with pytest.raises((ValueError, IndexError), match=r"axis|axes|index"):
            call()


def test_joining_many_costs_as_much_as_they_hold():
    """Each part takes its own numbers of the gradient, and does not split all of it."""
    parts = [Variable(float(i)) for i in range(3)]
    weights = np.array([2.0, 3.0, 5.0])
    joined = np.stack(parts)
    taken = [share.base for _, share in vjp_terms(joined, weights)]
    assert all(np.shares_memory(each, weights) for each in taken)
    assert gradients((joined * weights).sum(), parts) == [2.0, 3.0, 5.0]


def test_no_number_of_a_graph_can_be_changed():
    """Nor does it change with what it was made of, or with an index that was used."""
    given, beside, index = np.array([1.0, 2.0]), np.array([3.0, 3.0]), np.array([0, 0])
    v = Variable(given)
    y = (v * beside)[index].sum() + (v[[0, 1]] * v).sum()
    given[:] = beside[:] = 7
    index[:] = 1
    assert_array_equal(gradients(y, [v])[0], [2 * 3 + 2, 4])
    for node in topological_order(y):
        with pytest.raises(ValueError, match="read-only"):
            node.value[...] = 0
    (gradient,) = gradients(y, [v])
    gradient[:] = 0  # which is the caller's own


def test_a_value_may_be_replaced_once_the_gradients_are_taken():
    """As a loop of learning does."""
    v = Variable([1.0, 2.0])
    for value in ([1.0, 2.0], [0.5, 1.0], [0.25, 0.5]):
        assert_array_equal(v.value, value)
        (gradient,) = gradients((v**2).sum(), [v])
        assert_array_equal(gradient, np.multiply(2, value))
        v.value = v.value - 0.25 * gradient


def test_a_constant_has_a_gradient_for_those_who_ask():
    y = Variable(3.0) * 2
    assert gradients(y, y.parents) == [2.0, 3.0]
    x = Variable([-2.0, 3.0])
    (found,) = gradients((x ** Variable(2.0)).sum(), [x])  # the exponent is not asked
    assert_array_equal(found, [-4, 6])


def test_a_gradient_that_is_no_number_is_not_handed_out():
    x, n = Variable([-2.0, 3.0]), Variable(2.0)
    with pytest.raises(FloatingPointError, match=r"gradient of 'variable' must be .* holds nan at"):
        gradients((x**n).sum(), [n])
    zero = Variable([0.0, 0.0])
    with pytest.raises(FloatingPointError, match="must be finite"):
        gradients((zero**2).sum() ** 0.5, [zero])
    with np.errstate(divide="ignore"), pytest.raises(FloatingPointError, match="output must be"):
        gradients(np.log(zero).sum(), [zero])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_constant_is_of_the_type_that_it_has_to_numpy(dtype):
    values = np.array([0.1, 0.2], dtype)
    for other in (2, 0.1, np.float64(0.1), np.float32(0.1), np.ones(2), np.arange(2), [1, 2]):
        for operation in (np.add, np.multiply, np.power, np.where):
            operands = (np.array([True, False]),) * (operation is np.where)
            expected = operation(*operands, values, other)
            found = operation(*operands, Variable(values), other)
            assert found.value.dtype == expected.dtype
            assert_array_equal(found.value, expected)
    with pytest.raises(
        ValueError, match="multiply operand, in float16, must be finite, but has overflowed"
    ):
        Variable(np.ones(2, np.float16)) * 1e300


def test_inputs_may_come_from_a_generator():
    x = Variable(3.0)
    assert gradients(x * x, (each for each in [x])) == [6.0]
    with pytest.raises(TypeError, match="inputs must be a sequence of variables, not 3"):
        gradients(x * x, 3)


def test_an_operation_is_called_by_its_name_with_options_and_without():
    v = Variable(np.ones((2, 3)))
    for made in (np.sum(v), np.sum(v, axis=0), np.sum(v, 1, keepdims=True)):
        assert made.name == "sum"


@pytest.mark.parametrize(
    ("name", "conversion"),
    [
        ("int", int),
        ("float", float),
        ("complex", complex),
        ("operator.index", operator.index),
        ("round", round),
        ("math.trunc", math.trunc),
    ],
)
def test_what_makes_a_plain_number_of_a_variable_is_named(name, conversion):
    with pytest.raises(TypeError) as refused:
        conversion(Variable(2.0))
    assert str(refused.value) == (
        f"{name} of a Variable would forget how it was computed, and its gradient with that: "
        f"compute with NumPy's functions, or write {name}(v.value) for the number"
    )


@pytest.mark.parametrize(
    ("dtype", "why"),
    [
        ("i8", "which would round, and has no slope"),
        ("u4", "which would round, and has no slope"),
        ("?", "which keeps only what is not 0, and has no slope"),
        ("c16", "whose imaginary parts no gradient of a real loss has"),
        ("O", "whose numbers NumPy hands to Python one by one, past the graph"),
        ("S3", "which holds no numbers"),
    ],
)
def test_why_a_variable_is_not_of_another_type_is_said(dtype, why):
    with pytest.raises(TypeError) as refused:
        Variable([2.0]).astype(dtype)
    assert str(refused.value) == (
        "astype of a Variable takes a type of real numbers, such as np.float32, not "
        f"{dtype!r}, {why}: write v.value.astype for plain arrays"
    )


def test_a_comparison_of_variables_is_one_of_their_values():
    one, two = Variable([1.0, 2.0]), Variable([2.0, 2.0])
    assert (one <= two).tolist() == [True, True]
    assert (one >= two).tolist() == [False, True]
    assert (one < two).tolist() == [True, False]
    assert (one > two).tolist() == [False, False]
