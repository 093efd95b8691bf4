"""Weights to begin with: random, and of a size that keeps signals alive through many layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from backprop._arrays import Array, require_count, require_generator
from backprop.activations import Activation
from backprop.losses import Loss, squared_error
from backprop.network import Layer, Network

Initializer: TypeAlias = Callable[[np.random.Generator, int, int], Array]
"""Draws the weights of a layer from a generator, the number of inputs and that of units."""


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
        Normal, with mean 0 and variance 2 / (n_in + n_out).

    Raises
    ------
    TypeError
        rng is not a generator, or a number is not an integer.
    ValueError
        A number is less than 1.

    References
    ----------
    X. Glorot and Y. Bengio, Understanding the difficulty of training deep feedforward neural
    networks, AISTATS (2010).
    """
    _require(rng, n_in=n_in, n_out=n_out)
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
        Normal, with mean 0 and variance 2 / n_in.

    Raises
    ------
    TypeError
        rng is not a generator, or a number is not an integer.
    ValueError
        A number is less than 1.

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, Delving deep into rectifiers, ICCV (2015).
    """
    _require(rng, n_in=n_in, n_out=n_out)
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
        Those of layers 1 to L.
    loss : Loss
        What the network is to make small.
    initializer : callable
        `glorot` or `he`, or another that takes the same.

    Returns
    -------
    Network
        It is not trained.

    Raises
    ------
    TypeError
        rng is not a generator, or a size is not an integer.
    ValueError
        There is not one activation for each layer after the input, a size is less than 1, or the
        weights that the initializer draws are not of the shape that they must have.
    """
    _require(rng, **{f"sizes[{l}]": n for l, n in enumerate(sizes)})
    if len(sizes) < 2:
        raise ValueError(f"sizes must be those of layers 0 to L, two or more, not {tuple(sizes)}")
    if len(activations) != len(sizes) - 1:
        raise ValueError(
            f"activations must be {len(sizes) - 1}, one a layer after the input, "
            f"not {len(activations)}"
        )
    layers = []
    for n_in, n_out, activation in zip(sizes, sizes[1:], activations, strict=False):
        W = initializer(rng, n_in, n_out)
        if np.shape(W) != (n_in, n_out):
            raise ValueError(f"initializer must draw shape {(n_in, n_out)}, not {np.shape(W)}")
        layers.append(Layer(W, np.zeros(n_out), activation))
    return Network(layers, loss)


def _require(rng: np.random.Generator, **numbers: int) -> None:
    require_generator(rng)
    for name, n in numbers.items():
        require_count(name, n, 1)
