"""Dropout sets some of the numbers in a network to 0, at random, at each step of training.

The numbers that are kept are divided by the share that is kept. So the expected value of each
number stays what it was, and a trained network is used as it is.
"""

from __future__ import annotations

import numpy as np

from backprop._arrays import Array, floats, require_generator, require_real, require_shape
from backprop.chain import Differentiable, Pullback, _require_error


def dropout_mask(a: Array, share: float, rng: np.random.Generator) -> Array:
    """Draw which numbers are kept, and return what each number is to be multiplied by.

    Parameters
    ----------
    a : array
        Numbers, of which only the shape and the type matter.
    share : float
        Probability that a number is dropped, at least 0 and less than 1.
    rng : numpy.random.Generator
        Where the draws come from.

    Returns
    -------
    array of the shape of a
        0 where a number is dropped, and `1 / (1 - share)` where it is kept.

    Raises
    ------
    TypeError
        An argument is of another kind.
    ValueError
        The share is out of range, or so near to 1 that the type of a has no number as large as
        `1 / (1 - share)`: float16 has none where the share is above 0.99998.
    """
    a, share = floats("a", a), require_real("share", share, "at least 0 and less than 1")
    if 1 / (1 - share) > float(np.finfo(a.dtype).max):
        raise ValueError(f"share must leave 1 / (1 - share) finite in {a.real.dtype}, not {share}")
    require_generator(rng)
    kept = rng.random(a.shape) >= share
    return kept.astype(a.real.dtype) / (1 - share)


def dropped(a: Array, mask: Array) -> Array:
    """Return the numbers times the mask that was drawn for them.

    Implements equation `dropout`. The same function carries an error back. NaN is never dropped,
    because NaN times 0 is NaN, and so is an infinity times 0.

    Parameters
    ----------
    a : array
        Numbers, or an error to carry back.
    mask : array of the shape of a
        What `dropout_mask` returned.

    Returns
    -------
    array of the shape of a
        The products.

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The shapes of a and mask differ.
    """
    a, mask = floats("a", a), floats("mask", mask)
    require_shape("mask", mask, "a", a)
    return a * mask


class Dropout(Differentiable):
    """Drop a share of the numbers in training, and none when the network is used.

    A copy of the layer, such as `with_parameters` returns, draws from the same generator.

    Parameters
    ----------
    share : float
        Probability that a number is dropped, at least 0, and less than 1, because at 1 nothing
        would be kept.
    rng : numpy.random.Generator
        Where the draws come from.

    Raises
    ------
    TypeError
        The share is no number, or rng is no generator.
    ValueError
        The share is out of range.

    References
    ----------
    N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever and R. Salakhutdinov, Dropout: a simple
    way to prevent neural networks from overfitting, Journal of Machine Learning Research 15 (2014).
    There, weights are multiplied by the share that is kept when the network is used, instead of
    dividing by that share in training.
    """

    def __init__(self, share: float, rng: np.random.Generator) -> None:
        self.share = require_real("share", share, "at least 0 and less than 1")
        require_generator(rng)
        self.rng = rng

    def forward(self, a: Array) -> tuple[Array, Pullback]:
        """Return the input as it is.

        Parameters
        ----------
        a : array
            Input.

        Returns
        -------
        y : array of the shape of a
            The same numbers.
        pullback : callable
            Takes minus dE/dy, and returns it as minus dE/da.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            The input has rows of different lengths.
        """
        y = np.positive(floats("a", a))
        return y, lambda e: (np.positive(_require_error(e, y)), {})

    def training_forward(self, a: Array) -> tuple[Array, Pullback]:
        """Draw a mask, and multiply by it.

        Parameters
        ----------
        a : array
            Input.

        Returns
        -------
        y : array of the shape of a
            The numbers that are kept, over 1 - share, and 0 for those that are dropped.
        pullback : callable
            Takes minus dE/dy; returns minus dE/da, by the same mask.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            The input has rows of different lengths.
        """
        mask = dropout_mask(a, self.share, self.rng)
        y = dropped(a, mask)
        return y, lambda e: (dropped(_require_error(e, y), mask), {})
