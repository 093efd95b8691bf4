"""The engine against complex-step differentiation, and its graph."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from backprop import (
    Variable,
    complex_step,
    datasets,
    gradients,
    relative_error,
    relu,
    sigmoid,
    tanh,
)
from backprop.autodiff import activate, describe, shares, topological_order
from backprop.derivatives import PULLBACKS, unbroadcast

RNG = np.random.default_rng(0)
A, B = RNG.uniform(0.5, 2, (3, 4)), RNG.uniform(0.5, 2, (3, 4))
ROW, COLUMN, NUMBER = RNG.uniform(1, 2, 4), RNG.uniform(1, 2, (3, 1)), np.float64(1.5)

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
    "transpose": lambda a, b: a.T * 2 + b.sum(),
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
    assert {ufunc.__name__ for ufunc in PULLBACKS} - made == {"matmul"}


@pytest.mark.parametrize("activation", [sigmoid, tanh, relu], ids=str)
def test_an_activation_has_the_gradient_of_complex_step(activation):
    check(
        lambda a, b: activate(a - 1, activation) * b,
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
    exponent = Variable(2.0)
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
        assert_allclose(unbroadcast(g, shape).ravel(), expected, rtol=1e-14)
        assert unbroadcast(g, shape).shape == shape


def paths(node, start):
    """Yield, for each path from a start to a node, its local derivatives."""
    if node is start:
        yield []
    for parent, local in shares(node, np.ones(())):
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
        output = activate(activate(example.x @ W_1, sigmoid) @ W_2, sigmoid)
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
        lambda v: activate(v @ np.ones((3, 2), np.float32), sigmoid),
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
    assert [parent for parent, _ in shares(v**2, np.ones(()))] == [v]


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
        activate(np.ones(2), sigmoid)
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
        (lambda: np.arctan(v), "one of negative, add, .* tanh, not arctan$"),
        (lambda: np.add.reduce(v), "not add.reduce$"),
        (lambda: np.exp(v, out=array), "not exp with out=$"),
        (lambda: np.exp(array, out=v), "not exp with out=$"),
        (lambda: np.exp(v, where=[True, False]), "not exp with where=$"),
    ]:
        with pytest.raises(TypeError, match=said):
            call()
    with pytest.raises(TypeError, match="not add with out="):
        array += v
