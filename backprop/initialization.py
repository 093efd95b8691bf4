"""Weights to begin with: random, and of a size that keeps signals alive through many layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from backprop._arrays import Array, finite_array, require_count, require_generator, shown
from backprop.activations import Activation
from backprop.dense import Layer
from backprop.losses import Loss, squared_error
from backprop.network import Network

Initializer: TypeAlias = Callable[[np.random.Generator, int, int], Array]
"""Draws the weights of a layer from a generator, the number of inputs and that of units."""

LARGEST = 2**31
"""Weights that a layer may have, to fit into a computer."""


def glorot(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    """Draw weights for activations that are nearly the identity around 0, such as tanh.

    Implements equation `glorot`.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the random numbers come from.
    n_in : int
        Number of inputs of the layer.
    n_out : int
        Number of its units.

    Returns
    -------
    (n_in, n_out) array
        Normal, with mean 0 and variance `2 / (n_in + n_out)`.

    Raises
    ------
    TypeError
        rng is not a generator, or a number is not an integer.
    ValueError
        A number is less than 1, or there would be more than 2^31 weights.

    References
    ----------
    X. Glorot and Y. Bengio, Understanding the difficulty of training deep feedforward neural
    networks, AISTATS (2010).
    """
    require_generator(rng)
    n_in, n_out = require_count("n_in", n_in, 1), require_count("n_out", n_out, 1)
    _require_room(n_in, n_out)
    return rng.normal(0, np.sqrt(2 / (n_in + n_out)), (n_in, n_out))


def he(rng: np.random.Generator, n_in: int, n_out: int) -> Array:
    """Draw weights for ReLU, which passes on half of the mean square that it receives.

    Implements equation `he`.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the random numbers come from.
    n_in : int
        Number of inputs of the layer.
    n_out : int
        Number of its units.

    Returns
    -------
    (n_in, n_out) array
        Normal, with mean 0 and variance `2 / n_in`.

    Raises
    ------
    TypeError
        rng is not a generator, or a number is not an integer.
    ValueError
        A number is less than 1, or there would be more than 2^31 weights.

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, Delving deep into rectifiers, ICCV (2015).
    """
    require_generator(rng)
    n_in, n_out = require_count("n_in", n_in, 1), require_count("n_out", n_out, 1)
    _require_room(n_in, n_out)
    return rng.normal(0, np.sqrt(2 / n_in), (n_in, n_out))


def random_network(
    rng: np.random.Generator,
    sizes: Sequence[int],
    activations: Sequence[Activation],
    loss: Loss = squared_error,
    initializer: Initializer = glorot,
) -> Network:
    """Draw a network with random weights and with biases of 0.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the random numbers come from.
    sizes : sequence of L + 1 int
        Number of units in layers 0 to L.
    activations : sequence of L Activation
        Activations of layers 1 to L.
    loss : Loss
        What the network is to make small.
    initializer : callable
        `glorot` or `he`, or another that takes the same.

    Returns
    -------
    Network
        Network that has not been trained.

    Raises
    ------
    TypeError
        rng is not a generator, sizes or activations are no sequence, a size is not an integer, an
        activation not an Activation, the loss not a Loss, or the initializer is no function, or
        draws anything but real numbers.
    ValueError
        There is not one activation for each layer after the input, a size is less than 1 or too
        large, the weights that the initializer draws are not finite, or not of the shape that they
        must have, or the last activation does not fit the loss.
    """
    require_generator(rng)
    sizes, activations = _sequence("sizes", sizes), _sequence("activations", activations)
    sizes = [require_count(f"sizes[{l}]", n, 1, LARGEST) for l, n in enumerate(sizes)]
    if len(sizes) < 2:
        raise ValueError(f"sizes must be those of layers 0 to L, two or more, not {tuple(sizes)}")
    for l, activation in enumerate(activations):
        if not isinstance(activation, Activation):
            raise TypeError(f"activations[{l}] must be an Activation, not {shown(activation)}")
    if not callable(initializer) or isinstance(initializer, type):
        raise TypeError(f"initializer must be a function such as glorot, not {shown(initializer)}")
    if len(activations) != len(sizes) - 1:
        raise ValueError(
            f"activations must be {len(sizes) - 1}, one per layer after the input, "
            f"not {len(activations)}, for the sizes {tuple(sizes)}"
        )
    layers = []
    for n_in, n_out, activation in zip(sizes, sizes[1:], activations, strict=False):
        W = finite_array("what the initializer draws", initializer(rng, n_in, n_out))
        if W.shape != (n_in, n_out):
            raise ValueError(f"initializer must draw shape {(n_in, n_out)}, not {W.shape}")
        layers.append(Layer(W, np.zeros(n_out), activation))
    return Network(layers, loss)


def _require_room(n_in: int, n_out: int) -> None:
    """Refuse a layer with more weights than fit into a computer."""
    require_count("n_in times n_out", n_in * n_out, 1, LARGEST)


def _sequence(name: str, values: Sequence[Any]) -> list[Any]:
    """Return what stands in a sequence, or in an array with one axis."""
    sequence = isinstance(values, Sequence) and not isinstance(values, str | bytes)
    if not sequence and not (isinstance(values, np.ndarray) and values.ndim == 1):
        raise TypeError(f"{name} must be a sequence, not {shown(values)}")
    return list(values)
