"""Units as a layer of their own: every activation, anywhere."""

import numpy as np
import pytest
from layered import check_batch, check_engine, check_layer
from numpy.testing import assert_allclose

from backprop import (
    Units,
    gelu,
    identity,
    leaky_relu,
    relu,
    sigmoid,
    silu,
    softmax,
    tanh,
)
from backprop.activations import softmax_error
from backprop.autodiff import apply_activation

RNG = np.random.default_rng(0)
EVERY = [sigmoid, tanh, relu, leaky_relu, silu, gelu, identity, softmax]


@pytest.mark.parametrize("shape", [(5,), (4, 5), (4, 3, 5), (4, 2, 3, 5)], ids=str)
@pytest.mark.parametrize("activation", EVERY, ids=str)
def test_units(activation, shape):
    layer = Units(activation)
    z = RNG.normal(size=shape)
    check_layer(layer, z)
    if len(shape) > 1:
        check_batch(layer, z)
    assert repr(layer) == f"Units({activation})"


@pytest.mark.parametrize("activation", EVERY[:-1], ids=str)
def test_the_engine_agrees(activation):
    z = RNG.normal(size=(4, 5))
    check_engine(Units(activation), z, lambda z: apply_activation(z, activation))


def test_softmax_by_its_whole_jacobian():
    z, e = RNG.normal(size=5), RNG.normal(size=5)
    a = softmax(z)
    J = np.diag(a) - np.outer(a, a)
    assert_allclose(softmax_error(e, a), J @ e, rtol=1e-13)
    check_engine(
        Units(softmax),
        RNG.normal(size=(4, 5)),
        lambda z: np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True),
    )


def test_what_has_no_units_is_refused():
    for wrong, message in [(np.zeros((3, 0)), "at least one unit"), (1.0, "but is a number")]:
        with pytest.raises(ValueError, match=message):
            Units(tanh).forward(wrong)
    with pytest.raises(TypeError, match="activation must be an Activation"):
        Units(np.tanh)


def test_a_direction_that_does_not_fit_is_called_as_its_input():
    with pytest.raises(ValueError, match=r"^z_dot must have the shape of z, \(2,\), not \(3,\)$"):
        Units(tanh).jvp(np.ones(2), np.ones(3))
    with pytest.raises(TypeError, match=r"^z_dot must hold real numbers"):
        Units(tanh).jvp(np.ones(2), ["a", "b"])


def test_the_error_has_the_shape_of_the_output_unless_several_are_carried_back():
    """Products with the Jacobian carry several back, through a network that is frozen for them."""
    z = np.zeros((4, 5))
    with pytest.raises(ValueError, match="e must have the shape of"):
        Units(tanh).forward(z)[1](np.ones((3, 4, 5)))
    assert Units(tanh)._frozen().forward(z)[1](np.ones((3, 4, 5)))[0].shape == (3, 4, 5)
