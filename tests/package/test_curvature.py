"""Products with second derivatives, against complex steps of backpropagation and two engines."""

import numpy as np
import pytest
from networks import random_network
from numpy.testing import assert_allclose

from backprop import (
    Activation,
    Layer,
    Network,
    Variable,
    central_difference,
    gelu,
    gradients,
    identity,
    recorded_gradients,
    relative_error,
    relu,
    sigmoid,
    softmax,
    tanh,
)
from backprop.autodiff import apply_activation
from backprop.curvature import (
    bend,
    error_along,
    gauss_newton_product,
    hessian_product,
    input_along,
    step_along,
)
from backprop.dense import hidden_error, weight_step, weighted_input

RNG = np.random.default_rng(0)
STEP = 1e-30j


def along(f, *values):
    """The values, directions for them, and how f changes: the imaginary part of a complex step."""
    dots = [RNG.normal(size=each.shape) for each in values]
    moved = f(*(each + STEP * dot for each, dot in zip(values, dots, strict=True)))
    return dots, np.imag(moved) / STEP.imag


def test_eq_input_along():
    a, W, b = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=4)
    (a_dot, W_dot, b_dot), change = along(weighted_input, a, W, b)
    assert relative_error(input_along(a, a_dot, W, W_dot, b_dot), change) < 1e-14


def test_eq_error_along():
    delta, W = RNG.normal(size=(5, 4)), RNG.normal(size=(3, 4))
    (delta_dot, W_dot), change = along(hidden_error, delta, W)
    assert relative_error(error_along(delta, delta_dot, W, W_dot), change) < 1e-14


def test_eq_step_along():
    a, delta = RNG.normal(size=(5, 3)), RNG.normal(size=(5, 4))
    (a_dot, delta_dot), change = along(lambda a, delta: weight_step(a, delta, 1.0), a, delta)
    assert relative_error(step_along(a, a_dot, delta, delta_dot), change) < 1e-14


@pytest.mark.parametrize(
    ("activation", "second"),
    [
        (tanh, lambda a: -2 * a * (1 - a * a)),
        (sigmoid, lambda a: a * (1 - a) * (1 - 2 * a)),
        (relu, np.zeros_like),
        (identity, np.zeros_like),
    ],
    ids=["tanh", "sigmoid", "relu", "identity"],
)
def test_the_second_derivative_of_an_activation(activation, second):
    a = activation(RNG.normal(size=(3, 4)))
    assert_allclose(bend(a, activation), second(a), rtol=1e-14)


NETWORKS = [
    random_network(1, (3, 2), (identity,)),
    random_network(2, (3, 5, 4), (tanh, sigmoid), biases=False),
    random_network(3, (3, 4, 6, 2), (tanh, relu, sigmoid)),
]


def example(network, N=4):
    direction = {key: RNG.normal(size=w.shape) for key, w in network.parameters.items()}
    return RNG.normal(size=(N, 3)), RNG.normal(size=(N, network.sizes[-1])), direction


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_the_product_is_the_change_of_the_gradient(network):
    x, target, direction = example(network)
    product = hessian_product(network, x, target, direction)
    assert [*product] == [*network.parameters]

    def gradient(h, key):
        moved = {name: w + h * direction[name] for name, w in network.parameters.items()}
        return network.with_parameters(moved).gradient(x, target)[key]

    h = 1e-5
    for key, found in product.items():
        measured = (gradient(h, key) - gradient(-h, key)) / (2 * h)
        assert relative_error(found, measured) < 1e-8


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_the_engine_finds_the_same_by_going_back_twice(network):
    x, target, direction = example(network)
    variables = {key: Variable(w) for key, w in network.parameters.items()}
    a = x
    for l, layer in enumerate(network, 1):
        z = a @ variables["W", l] + variables.get(("b", l), 0.0)
        a = apply_activation(z, layer.activation)
    E = ((target - a) ** 2).sum() / 2 / len(x)
    g = recorded_gradients(E, [*variables.values()])
    change = sum((each * direction[key]).sum() for key, each in zip(variables, g, strict=True))
    twice = gradients(change, [*variables.values()])
    found = hessian_product(network, x, target, direction)
    for ours, theirs in zip(found.values(), twice, strict=True):
        assert relative_error(ours, theirs) < 1e-12


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_eq_gauss_newton(network):
    """The Jacobian by complex steps of the output, a number of a parameter at a time."""
    x, _, direction = example(network)
    columns = []
    for key, w in network.parameters.items():
        for place in np.ndindex(w.shape):
            moved = w.astype(complex)
            moved[place] += STEP
            output = network.with_parameters({key: moved})._forward(x).output
            columns.append(np.imag(output).ravel() / STEP.imag)
    J = np.array(columns).T
    v = np.concatenate([each.ravel() for each in direction.values()])
    product = gauss_newton_product(network, x, direction)
    found = np.concatenate([each.ravel() for each in product.values()])
    assert relative_error(found, J.T @ (J @ v) / len(x)) < 1e-12


def test_both_products_agree_where_no_error_is_left():
    network = NETWORKS[2]
    x, _, direction = example(network)
    whole = hessian_product(network, x, network.predict(x), direction)
    part = gauss_newton_product(network, x, direction)
    for key in whole:
        assert relative_error(whole[key], part[key]) < 1e-13


def test_an_example_is_a_batch_of_one():
    network = NETWORKS[1]
    x, target, direction = example(network, 1)
    one = hessian_product(network, x[0], target[0], direction)
    for key, found in hessian_product(network, x, target, direction).items():
        assert (one[key] == found).all()


def test_the_hessian_is_symmetric():
    network = NETWORKS[1]
    x, target, v = example(network)
    w = example(network)[2]

    def form(left, right):
        product = hessian_product(network, x, target, right)
        return sum((left[key] * product[key]).sum() for key in left)

    assert form(v, w) == pytest.approx(form(w, v), rel=1e-12)


def test_a_bowl_has_its_curvature():
    network = random_network(4, (1, 1), (identity,), biases=False)
    found = hessian_product(network, [3.0], [1.0], {("W", 1): [[1.0]]})["W", 1]
    assert found == central_difference(lambda w: 9 * w**2 / 2, np.array(1.0)).round(6)


def test_weights_of_one_input_or_none_have_biases_that_change():
    for n in (0, 1):
        W, b_dot = RNG.normal(size=(n, 4)), RNG.normal(size=4)
        change = input_along(np.ones((5, n)), np.ones((5, n)), W, np.zeros((n, 4)), b_dot)
        assert_allclose(change, np.tile(W.sum(axis=0) + b_dot, (5, 1)))


def test_changes_that_do_not_fit_are_refused_by_name():
    a, W = np.ones((5, 3)), np.ones((3, 4))
    network = NETWORKS[0]
    x, _, direction = example(network)
    for call, message in [
        (lambda: input_along(a, a, W, W, np.ones(3)), r"b_dot must have shape \(4,\), not \(3,\)"),
        (lambda: input_along(a, a, W, W, W), r"b_dot must have 1 axes, not shape \(3, 4\)"),
        (lambda: input_along(a, a[0], W, W), r"a_dot must have the shape of a, \(5, 3\), not \(3"),
        (lambda: input_along(a, W[0, 0], W, W), r"a_dot must have 1 or 2 axes, not shape \(\)"),
        (lambda: error_along(a, a, W.T, W), r"W_next_dot must have the shape of W_next, \(4, 3\)"),
        (
            lambda: gauss_newton_product(network, x, direction | {("b", 1): np.ones(3)}),
            r"direction \('b', 1\) must have the shape of its parameter, \(2,\), not \(3,\)$",
        ),
    ]:
        with pytest.raises(ValueError, match=f"^{message}"):
            call()


@pytest.mark.parametrize("activation", [softmax, gelu], ids=str)
def test_a_network_whose_second_derivatives_are_not_known_is_refused(activation):
    network = random_network(5, (3, 4, 2), (activation, identity))
    x, target, direction = example(network)
    message = f"^network must have activations with a slope .* tells, not {activation}$"
    for call in (
        lambda: hessian_product(network, x, target, direction),
        lambda: gauss_newton_product(network, x, direction),
    ):
        with pytest.raises(ValueError, match=message):
            call()


def test_the_bend_of_a_slope_that_is_no_parabola():
    """Those of sigmoid and tanh are parabolas of the output, where a long step is right, too."""
    cubic = Activation("cubic", lambda z: z, lambda a: a**3)
    a = np.array([-0.5, 0.3, 2.0])
    assert_allclose(bend(a, cubic), 3 * a**2 * a**3, rtol=1e-14)


@pytest.mark.parametrize(("x", "target"), [([1.0], [[1.0]]), ([[1.0]], [1.0])])
def test_one_example_and_a_batch_do_not_go_together(x, target):
    network = Network([Layer([[0.5]], None, tanh)])
    with pytest.raises(ValueError, match="target must be a batch where x is one, and one example"):
        hessian_product(network, x, target, {("W", 1): [[1.0]]})


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ([["x", "y", "z"]] * 4, TypeError, "must hold real numbers, not <U1"),
        (np.full((4, 3), np.nan), ValueError, "must be finite"),
    ],
    ids=["text", "nan"],
)
def test_what_holds_no_numbers_is_refused_by_its_name(wrong, error, message):
    network = NETWORKS[2]
    x, target, direction = example(network)
    for name, call in (
        ("target", lambda: hessian_product(network, x, wrong, direction)),
        ("x", lambda: hessian_product(network, wrong, target, direction)),
        ("x", lambda: gauss_newton_product(network, wrong, direction)),
    ):
        with pytest.raises(error, match=f"^{name} {message}"):
            call()


def test_a_target_that_no_output_has_the_shape_of_is_told_which():
    network = NETWORKS[2]
    x, _, direction = example(network)
    message = (
        r"^target must have the shape of the output of the network for x, \(4, 2\), not \(4, 3"
    )
    with pytest.raises(ValueError, match=message):
        hessian_product(network, x, x, direction)
