"""Whatever the network, its gradients are those of complex-step differentiation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import random_network

from backprop import (
    Layer,
    Network,
    binary_cross_entropy,
    check_gradient,
    cross_entropy,
    identity,
    relative_error,
    relu,
    sigmoid,
    softmax,
    squared_error,
    tanh,
)

HIDDEN = [sigmoid, tanh, relu, identity]

# By z, and not by the output, so that nothing is lost.
SLOPES = {sigmoid: lambda z: sigmoid(z) * sigmoid(-z), tanh: lambda z: np.cosh(z) ** -2}


@st.composite
def cases(draw):
    """A network of any shape, depth, activations and loss, with a batch or one example."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sizes = draw(st.lists(st.integers(1, 5), min_size=2, max_size=6))
    loss = draw(st.sampled_from([squared_error, binary_cross_entropy, cross_entropy]))
    hidden = draw(st.lists(st.sampled_from(HIDDEN), min_size=len(sizes), max_size=len(sizes)))
    last = loss.activation or draw(st.sampled_from(HIDDEN))
    activations = [*hidden[: len(sizes) - 2], last]
    seed, biases = draw(st.integers(0, 999)), draw(st.booleans())
    network = random_network(seed, sizes, activations, biases, loss)
    shape = draw(st.sampled_from([(), (1,), (4,)]))
    x = rng.normal(size=(*shape, sizes[0]))
    target = softmax.function(rng.normal(size=(*shape, sizes[-1])))
    return network, x, target


def of_type(dtype, network):
    layers = [
        Layer(each.W.astype(dtype), each.b if each.b is None else each.b.astype(dtype), f)
        for each, f in ((each, each.activation) for each in network)
    ]
    return Network(layers, network.loss)


def steps(network, x, target):
    """The steps of all parameters, by kind and layer."""
    found = network.backward(network.forward(x), target).steps(1.0)
    return {(name, l): step for name in "Wb" for l, step in getattr(found, name).items()}


def limit(network, x, target):
    """How far rounding alone can bring a gradient from the exact one.

    An output a near 1 is off by up to some two units in the last place, which for it are the
    epsilon of its type. What is computed from it, the slope a (1 - a) or 1 - a^2 and the error
    t - a, is then off by that or by twice that, however small it is itself. Relative to a slope of
    1e-5, the epsilon is 1e5 times as large, and so it is in all error terms before this unit. No
    way to compute them from the output does better. The first number is for sums that cancel.
    """
    trace = network.forward(x)
    factors = [4096.0]
    for l, layer in enumerate(network, 1):
        if layer.activation in SLOPES and layer.activation is not network.loss.activation:
            factors.append(4 / np.min(SLOPES[layer.activation](np.float64(trace.z[l]))))
    y = np.float64(trace.output)
    factors.append(4 * np.max(np.abs(y)) / max(np.min(np.abs(target - y)), 1e-300))
    return np.finfo(trace.output.dtype).eps * sum(factors)


@given(cases())
@settings(max_examples=400)
def test_every_derivative_is_that_of_complex_step(case):
    network, x, target = case
    for parameter, error in check_gradient(network, x, target).items():
        assert error < limit(network, x, target), parameter


@given(cases())
@settings(max_examples=200)
def test_float32_stays_and_agrees_with_complex_step(case):
    network, x, target = case
    single, x = of_type(np.float32, network), np.float32(x)
    double = of_type(np.float64, single)
    exact = steps(double, np.float64(x), target)
    for parameter, step in steps(single, x, np.float32(target)).items():
        assert step.dtype == np.float32
        assert relative_error(step, exact[parameter]) < limit(single, x, target), parameter
    errors = check_gradient(double, np.float64(x), target)
    assert max(errors.values()) < limit(double, np.float64(x), target)


@given(cases())
@settings(max_examples=100)
def test_the_step_of_a_batch_is_the_mean_of_those_of_its_examples(case):
    network, x, target = case
    x, target = np.atleast_2d(x), np.atleast_2d(target)
    alone = [steps(network, *example) for example in zip(x, target, strict=True)]
    for parameter, step in steps(network, x, target).items():
        mean = sum(each[parameter] for each in alone) / len(x)
        assert step == pytest.approx(mean, rel=1e-12, abs=1e-12 * np.abs(step).max())
