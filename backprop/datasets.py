"""Three small networks, an example for each, and data: XOR, two moons, spirals, digits, a text."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from backprop._arrays import Array, require_count, require_generator, require_real
from backprop._passage import PASSAGE
from backprop.dense import Layer
from backprop.network import Network

LARGEST = 10**7
"""Points that may be asked for."""


class Example(NamedTuple):
    """A network, an example to learn, and the size of the step.

    Attributes
    ----------
    network : Network
        Sigmoid units.
    x : (n_0,) array
        Input.
    target : (n_L,) array
        Target.
    learning_rate : float
        Learning rate.
    """

    network: Network
    x: Array
    target: Array
    learning_rate: float


def two_one_one() -> Example:
    """Two inputs, one hidden unit, one output.

    Returns
    -------
    Example
        With the numbers of the public lesson on backpropagation that the book's starting point, a
        blog post of 2017, takes notes on.
    """
    network = Network([Layer([[0.4], [-0.2]]), Layer([[0.1]])])
    return Example(network, np.array([0.1, 0.3]), np.array([1.0]), 0.5)


def three_two_one() -> Example:
    """Three inputs, two hidden units, one output.

    Returns
    -------
    Example
        With the numbers of the program in the book's starting point, a blog post of 2017.
    """
    W_1 = [[0.5, -0.6], [0.1, -0.2], [0.1, 0.7]]
    network = Network([Layer(W_1), Layer([[0.1], [-0.3]])])
    return Example(network, np.array([0.5, 0.1, -0.2]), np.array([0.6]), 0.5)


def two_two_two() -> Example:
    """Two inputs, two hidden units, two outputs, with biases.

    Returns
    -------
    Example
        With the numbers of a well-known worked example. There, both units of a layer share a bias,
        and the biases do not learn.

    References
    ----------
    M. Mazur, A Step by Step Backpropagation Example (2015).
    """
    hidden = Layer([[0.15, 0.25], [0.20, 0.30]], [0.35, 0.35])
    output = Layer([[0.40, 0.50], [0.45, 0.55]], [0.60, 0.60])
    x, target = np.array([0.05, 0.10]), np.array([0.01, 0.99])
    return Example(Network([hidden, output]), x, target, 0.5)


class Data(NamedTuple):
    """Inputs and targets, with one example per row.

    Attributes
    ----------
    x : (N, n_0) array
        Inputs.
    target : (N, n_L) array
        Targets.
    """

    x: Array
    target: Array


def passage() -> str:
    """Return a text on how a network learns: 7275 small letters, blanks, commas and periods.

    Returns
    -------
    str
        Words with one blank between two of them, and no other white space.
    """
    return " ".join(PASSAGE.split())


def xor() -> Data:
    """Four points whose class no straight line can tell: whether one of two inputs is 1.

    Returns
    -------
    Data
        Inputs of shape (4, 2), targets of shape (4, 1).
    """
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return Data(x, np.array([[0.0], [1.0], [1.0], [0.0]]))


def two_moons(n: int, noise: float, rng: np.random.Generator) -> Data:
    """Two half circles, each reaching into the other.

    Parameters
    ----------
    n : int
        Points on each.
    noise : float
        Standard deviation of what is added to each coordinate; the circles have radius 1.
    rng : numpy.random.Generator
        Where the random numbers come from.

    Returns
    -------
    Data
        Inputs of shape (2 n, 2), targets 0 and 1 of shape (2 n, 1).

    Raises
    ------
    TypeError
        The number of points is not an integer, the noise is not a number, or rng is no generator.
    ValueError
        There is no point, or there are more than ten million, or the noise is negative, not
        finite, or so large that a point is not finite.
    """
    n = require_count("n", n, 1, LARGEST)
    angle = np.linspace(0, np.pi, n)
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    lower = np.column_stack([1 - np.cos(angle), 0.5 - np.sin(angle)])
    return _two_classes(upper, lower, noise, rng)


def spirals(n: int, noise: float, rng: np.random.Generator) -> Data:
    """Two spirals, each wound around the middle 1.35 times.

    Parameters
    ----------
    n : int
        Points on each.
    noise : float
        Standard deviation of what is added to each coordinate; the spirals end at radius 1.
    rng : numpy.random.Generator
        Where the random numbers come from.

    Returns
    -------
    Data
        Inputs of shape (2 n, 2), targets 0 and 1 of shape (2 n, 1).

    Raises
    ------
    TypeError
        The number of points is not an integer, the noise is not a number, or rng is no generator.
    ValueError
        There is no point, or there are more than ten million, or the noise is negative, not
        finite, or so large that a point is not finite.
    """
    n = require_count("n", n, 1, LARGEST)
    radius = np.linspace(0.1, 1, n)
    arm = np.column_stack([np.cos(3 * np.pi * radius), np.sin(3 * np.pi * radius)])
    arm *= radius[:, np.newaxis]
    return _two_classes(arm, -arm, noise, rng)


def _two_classes(one: Array, other: Array, noise: float, rng: np.random.Generator) -> Data:
    """Return the points of two curves, each point moved a little, and which curve is theirs."""
    noise = require_real("noise", noise, "0 or more and finite")
    require_generator(rng)
    x = np.vstack([one, other])
    target = np.repeat([[0.0], [1.0]], len(one), axis=0)
    moved = x + rng.normal(0, noise, x.shape)
    if not np.isfinite(moved).all():
        raise ValueError(f"noise must leave the points finite, which {noise} does not")
    return Data(moved, target)


def digits(held_out: int = 360) -> tuple[Data, Data]:
    """Handwritten digits of 8 by 8 pixels, as they come with scikit-learn: 1797 of them.

    Parameters
    ----------
    held_out : int
        How many not to learn from, spread evenly over all.

    Returns
    -------
    pair of Data
        To learn from, and to test by: inputs from 0 to 1 of shape (N, 64), and targets of shape
        (N, 10) with a 1 for the digit.

    Raises
    ------
    ImportError
        scikit-learn is not installed.
    TypeError
        The number held out is not an integer.
    ValueError
        Nothing would be held out, or nothing left to learn from.

    References
    ----------
    E. Alpaydin and C. Kaynak, Optical recognition of handwritten digits, UCI Machine Learning
    Repository (1998).
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ImportError("digits come with scikit-learn: pip install scikit-learn") from error
    pixels, labels = _read(load_digits)
    x, target = pixels / 16, np.eye(10)[labels]
    held_out = require_count("held_out", held_out, 1, len(x) - 1)
    test = np.zeros(len(x), dtype=bool)
    test[np.linspace(0, len(x) - 1, held_out).astype(int)] = True
    return Data(x[~test], target[~test]), Data(x[test], target[test])


@cache
def _read(load: Callable[..., Any]) -> Any:
    """Return pixels from 0 to 16 and the digits that they show, read from the disk once."""
    return load(return_X_y=True)
