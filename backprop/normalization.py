"""Normalization brings numbers to mean 0 and spread 1, and then scales and shifts them.

Layer normalization treats each example by itself, along its last axis. Batch normalization treats
each channel by itself, over the examples of a batch. Both use the same functions, which work along
the last axis, because batch normalization first makes a row of each channel. Errors have the sign
of the network part, minus dE/da. Arrays may be complex, which complex-step differentiation needs;
NaN and infinities go through.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, all_finite, finite_array, floats, require_real, require_shape
from backprop.chain import Differentiable, Pullback, _require_error

EPSILON = 1e-5
"""What is added to a mean square, so that equal numbers are not divided by 0.

PyTorch has the same default for batch and layer normalization. For RMS normalization it takes the
machine epsilon, so pass `epsilon` where results are to be compared.
"""


def centered(a: Array) -> Array:
    """Return a - mean(a), the mean taken along the last axis.

    Implements equation `centered`. The Jacobian of this function is symmetric, so the function
    itself carries an error back over it. The result is not finite, with a warning by NumPy, where
    the sum of the numbers is too large for the type.

    Parameters
    ----------
    a : (n,), (N, n) or (N, T, n) array
        Numbers, or an error to carry back.

    Returns
    -------
    (n,), (N, n) or (N, T, n) array
        Numbers with mean 0.

    Raises
    ------
    TypeError
        a holds anything but numbers.
    ValueError
        The last axis is empty, or there is none.
    """
    a = _require_numbers("a", a)
    c = a - _mean(a)
    # The mean of large numbers is rounded, so all differences are off by the same amount. That
    # amount is the mean of the differences, which is small and is taken out exactly.
    return c - _mean(c)


def root_mean_square(a: Array, epsilon: float = EPSILON) -> Array:
    """Return `sqrt(mean(a**2) + epsilon)`, the mean taken along the last axis.

    Implements equation `root-mean-square`. It is infinite, with a warning by NumPy, where a square
    is too large for the type.

    Parameters
    ----------
    a : (n,), (N, n) or (N, T, n) array
        Numbers.
    epsilon : float, optional
        What is added to the mean of the squares.

    Returns
    -------
    (1,), (N, 1) or (N, T, 1) array
        How far the numbers are from 0; never 0 itself, but where epsilon is 0 in their type.

    Raises
    ------
    TypeError
        a holds anything but numbers, or epsilon is no number.
    ValueError
        The last axis is empty, or there is none, or epsilon is not positive and finite.
    """
    a = _require_numbers("a", a)
    epsilon = require_real("epsilon", epsilon, "positive and finite")
    spread: Array = np.sqrt(_mean(a * a) + epsilon)
    return spread


def normalized_error(e: Array, a_hat: Array, spread: Array) -> Array:
    """Return `(e - a_hat * mean(e * a_hat)) / spread`: an error, before a division by the spread.

    Implements equation `normalized-error`. The division hardly lets through how large the numbers
    are: numbers twice as large have the same quotients, but for epsilon. Therefore the part of the
    error along a_hat is taken out.

    Parameters
    ----------
    e : (n,), (N, n) or (N, T, n) array
        Error of the quotients, minus dE/da_hat.
    a_hat : (n,), (N, n) or (N, T, n) array
        The quotients.
    spread : (1,), (N, 1) or (N, T, 1) array
        What `root_mean_square` returned for the numbers.

    Returns
    -------
    (n,), (N, n) or (N, T, n) array
        Error of the numbers, minus dE/da.

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The shapes do not fit, or a spread is not positive.
    """
    e, a_hat, spread = floats("e", e), floats("a_hat", a_hat), floats("spread", spread)
    _require_spread(e, a_hat, spread)
    e_a: Array = (e - a_hat * _mean(e * a_hat)) / spread
    return e_a


def standardized_error(e: Array, a_hat: Array, spread: Array) -> Array:
    """Return `(e - mean(e) - a_hat * mean(e * a_hat)) / spread`: an error, before both steps.

    Implements equation `standardized-error`. The numbers were centered, and then divided by their
    spread. So an error goes back to each number by itself, over the mean, and over the spread.

    Parameters
    ----------
    e : (n,), (N, n) or (N, T, n) array
        Error of the quotients, minus dE/da_hat.
    a_hat : (n,), (N, n) or (N, T, n) array
        The quotients, whose mean is 0.
    spread : (1,), (N, 1) or (N, T, 1) array
        What `root_mean_square` returned for the centered numbers.

    Returns
    -------
    (n,), (N, n) or (N, T, n) array
        Error of the numbers as they were before centering, minus dE/da.

    Raises
    ------
    TypeError
        They hold anything but numbers.
    ValueError
        The shapes do not fit, or a spread is not positive.
    """
    e, a_hat, spread = floats("e", e), floats("a_hat", a_hat), floats("spread", spread)
    _require_spread(e, a_hat, spread)
    e_a: Array = (e - _mean(e) - a_hat * _mean(e * a_hat)) / spread
    return e_a


def running_average(before: Array, now: Array, share: float) -> Array:
    """Return share before + (1 - share) now: an average that forgets what is long past.

    Implements equation `running-average`.

    Parameters
    ----------
    before : array
        The average so far.
    now : array of the shape of before
        What is to enter it.
    share : float
        How much of the old average stays, at least 0 and less than 1.

    Returns
    -------
    array of the shape of before
        The new average.

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The shapes differ, or the share is out of range.
    """
    before, now = floats("before", before), floats("now", now)
    require_shape("now", now, "before", before)
    share = require_real("share", share, "at least 0 and less than 1")
    return share * before + (1 - share) * now


def _mean(a: Array) -> Array:
    mean: Array = np.mean(a, axis=-1, keepdims=True)
    return mean


def _require_numbers(name: str, a: Array) -> Array:
    """Return an array that holds something along its last axis."""
    a = floats(name, a)
    if not a.ndim or not a.shape[-1]:
        raise ValueError(f"{name} must have numbers along a last axis, not shape {a.shape}")
    return a


def _require_spread(e: Array, a_hat: Array, spread: Array) -> None:
    """Refuse an error, quotients and what they were divided by that do not fit."""
    _require_numbers("e", e)
    require_shape("a_hat", a_hat, "e", e)
    if spread.shape != (*e.shape[:-1], 1):
        raise ValueError(f"spread must have shape {(*e.shape[:-1], 1)}, not {spread.shape}")
    if np.any(spread.real <= 0):
        raise ValueError("spread must be positive")


def _spread(a: Array, epsilon: float) -> Array:
    """Return the root mean square; divided by an infinite one, finite numbers would be 0."""
    with np.errstate(over="ignore"):
        spread = root_mean_square(a, epsilon)
    if not all_finite(spread) and all_finite(a):
        raise FloatingPointError(f"a is so large that its squares overflow {a.dtype}")
    return spread


def _vector(name: str, values: ArrayLike) -> Array:
    """Return a copy of the numbers of a parameter that has one for each feature."""
    array = finite_array(name, values).copy()
    if array.ndim != 1:
        raise ValueError(f"{name} must have shape (n,), not {array.shape}")
    return array


def _require_features(a: Array, gamma: Array) -> Array:
    """Return an input whose last axis holds as many numbers as a layer has factors."""
    a = floats("a", a)
    if a.shape[-1:] != gamma.shape:
        raise ValueError(f"a must have a last axis of {len(gamma)}, not shape {a.shape}")
    return a


def _over_examples(array: Array) -> Array:
    """Return the sum over all axes but the last."""
    total: Array = np.sum(array, axis=tuple(range(array.ndim - 1)))
    return total


class LayerNormalization(Differentiable):
    """Bring the features of each example to mean 0 and spread 1, then scale and shift each.

    No example depends on another. A single feature has no spread, so that the output is then beta.

    Parameters
    ----------
    gamma : (n,) array
        Factors, usually ones at the start, which are copied; integers become float64.
    beta : (n,) array
        What is added, usually zeros at the start; likewise.
    epsilon : float, optional
        What is added to the variance.

    Raises
    ------
    TypeError
        An argument holds anything but real numbers.
    ValueError
        The shapes do not fit, a number is not finite, or epsilon is not positive.

    References
    ----------
    J. L. Ba, J. R. Kiros and G. E. Hinton, Layer normalization, arXiv:1607.06450 (2016).
    """

    names = ("gamma", "beta")

    def __init__(self, gamma: ArrayLike, beta: ArrayLike, *, epsilon: float = EPSILON) -> None:
        self.gamma, self.beta = _vector("gamma", gamma), _vector("beta", beta)
        require_shape("beta", self.beta, "gamma", self.gamma)
        self.epsilon = require_real("epsilon", epsilon, "positive and finite")

    def forward(self, a: Array) -> tuple[Array, Pullback]:
        """Normalize along the last axis.

        Parameters
        ----------
        a : (n,), (N, n) or (N, T, n) array
            Input.

        Returns
        -------
        y : array of the shape of a
            Output.
        pullback : callable
            Takes minus dE/dy; returns minus dE/da and the directions downhill.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            The last axis of the input is not n long.
        FloatingPointError
            The input is finite, but its squares are not.
        """
        a = _require_features(a, self.gamma)
        c = centered(a)
        spread = _spread(c, self.epsilon)
        a_hat, gamma = c / spread, self.gamma
        y = gamma * a_hat + self.beta

        def back(e: Array) -> tuple[Array, dict[str, Array]]:
            e = _require_error(e, y)
            downhill = {"gamma": _over_examples(e * a_hat), "beta": _over_examples(e)}
            return standardized_error(e * gamma, a_hat, spread), downhill

        return y, back


class RMSNormalization(Differentiable):
    """Divide the features of each example by their root mean square, then scale each.

    This is layer normalization that neither takes out the mean nor shifts.

    Parameters
    ----------
    gamma : (n,) array
        Factors, usually ones at the start, which are copied; integers become float64.
    epsilon : float, optional
        What is added to the mean square.

    Raises
    ------
    TypeError
        An argument holds anything but real numbers.
    ValueError
        The factors are no vector, one is not finite, or epsilon is not positive.

    References
    ----------
    B. Zhang and R. Sennrich, Root mean square layer normalization, NeurIPS (2019).
    """

    names = ("gamma",)

    def __init__(self, gamma: ArrayLike, *, epsilon: float = EPSILON) -> None:
        self.gamma = _vector("gamma", gamma)
        self.epsilon = require_real("epsilon", epsilon, "positive and finite")

    def forward(self, a: Array) -> tuple[Array, Pullback]:
        """Normalize along the last axis.

        Parameters
        ----------
        a : (n,), (N, n) or (N, T, n) array
            Input.

        Returns
        -------
        y : array of the shape of a
            Output.
        pullback : callable
            Takes minus dE/dy; returns minus dE/da and the direction downhill.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            The last axis of the input is not n long.
        FloatingPointError
            The input is finite, but its squares are not.
        """
        a = _require_features(a, self.gamma)
        spread = _spread(a, self.epsilon)
        a_hat, gamma = a / spread, self.gamma
        y = gamma * a_hat

        def back(e: Array) -> tuple[Array, dict[str, Array]]:
            e = _require_error(e, y)
            return normalized_error(e * gamma, a_hat, spread), {"gamma": _over_examples(e * a_hat)}

        return y, back


class BatchNormalization(Differentiable):
    """Bring each channel to mean 0 and spread 1 over a batch, then scale and shift it.

    In training, mean and variance are those of the batch, over its examples and places, so that the
    output of an example depends on the others. The layer keeps running averages of both. `forward`
    uses these instead, so that what a trained network says of an example depends on no other.

    The running averages are no parameters: no gradient changes them, but each batch does. A batch
    replaces them with new arrays and writes into none. A copy of the layer, such as
    `with_parameters` returns, starts with copies of the averages, and later batches change only
    those of the layer that they went through.

    Parameters
    ----------
    gamma : (n,) array
        Factors, usually ones at the start, which are copied; integers become float64.
    beta : (n,) array
        What is added, usually zeros at the start; likewise.
    share : float, optional
        How much of the running averages stays at each batch, at least 0 and less than 1. What
        PyTorch calls momentum is 1 - share.
    epsilon : float, optional
        What is added to the variance.

    Attributes
    ----------
    running_mean : (n,) array
        Zeros at the start.
    running_variance : (n,) array
        Ones at the start. As in PyTorch, the variance that enters it is the sum of squares over
        M - 1, for M numbers in a channel, which estimates the variance of all data without bias.
        The batch itself is normalized with the sum over M.

    Raises
    ------
    TypeError
        An argument holds anything but real numbers.
    ValueError
        The shapes do not fit, a number is not finite, or a setting is out of range.

    References
    ----------
    S. Ioffe and C. Szegedy, Batch normalization: accelerating deep network training by reducing
    internal covariate shift, ICML (2015).
    """

    names = ("gamma", "beta")
    _state_names = ("running_mean", "running_variance")

    def __init__(
        self,
        gamma: ArrayLike,
        beta: ArrayLike,
        *,
        share: float = 0.9,
        epsilon: float = EPSILON,
    ) -> None:
        self.gamma, self.beta = _vector("gamma", gamma), _vector("beta", beta)
        require_shape("beta", self.beta, "gamma", self.gamma)
        self.share = require_real("share", share, "at least 0 and less than 1")
        self.epsilon = require_real("epsilon", epsilon, "positive and finite")
        self.running_mean = np.zeros_like(self.gamma)
        self.running_variance = np.ones_like(self.gamma)

    def forward(self, a: Array) -> tuple[Array, Pullback]:
        """Normalize each channel by the running averages.

        Parameters
        ----------
        a : (N, n), (N, n, T) or (N, n, height, width) array
            Input, of n channels.

        Returns
        -------
        y : array of the shape of a
            Output.
        pullback : callable
            Takes minus dE/dy; returns minus dE/da and the directions downhill.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            The input has another shape.
        FloatingPointError
            A running average is too large for the type of the input.
        """
        a = self._batch(a)
        with np.errstate(over="ignore"):
            mean = self.running_mean.astype(a.dtype)[:, np.newaxis]
            variance = self.running_variance.astype(a.dtype)[:, np.newaxis]
        if not (all_finite(mean) and all_finite(variance)):
            raise FloatingPointError(f"the running averages overflow {a.dtype}, the type of a")
        spread = np.sqrt(variance + self.epsilon)
        return self._scaled((_channels(a) - mean) / spread, a.shape, lambda e: e / spread)

    def training_forward(self, a: Array) -> tuple[Array, Pullback]:
        """Normalize each channel by its own mean and variance, and update the running averages.

        Parameters
        ----------
        a : (N, n), (N, n, T) or (N, n, height, width) array
            Input, of n channels.

        Returns
        -------
        y : array of the shape of a
            Output.
        pullback : callable
            Takes minus dE/dy; returns minus dE/da and the directions downhill.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            It has another shape, or only one number of each channel: the output would be beta
            whatever that number is, so that nothing could be learned from it.
        FloatingPointError
            The input is finite, but its squares are not. The averages stay what they were.
        """
        a = self._batch(a)
        rows = _channels(a)
        if rows.shape[1] < 2:
            raise ValueError(
                f"a must hold 2 numbers or more of each channel for training, not shape {a.shape}"
            )
        c = centered(rows)
        spread = _spread(c, self.epsilon)
        a_hat = c / spread
        mean, variance = _mean(rows)[:, 0].real, np.sum(c * c, axis=1).real / (rows.shape[1] - 1)
        # A batch of another type does not change theirs.
        mean, variance = (each.astype(self.running_mean.dtype) for each in (mean, variance))
        self.running_mean = running_average(self.running_mean, mean, self.share)
        self.running_variance = running_average(self.running_variance, variance, self.share)
        return self._scaled(a_hat, a.shape, lambda e: standardized_error(e, a_hat, spread))

    def _batch(self, a: Array) -> Array:
        a = floats("a", a, (2, 3, 4))
        if a.shape[1] != len(self.gamma):
            raise ValueError(f"a must have {len(self.gamma)} channels on axis 1, not {a.shape}")
        return a

    def _scaled(
        self, a_hat: Array, shape: tuple[int, ...], error: Callable[[Array], Array]
    ) -> tuple[Array, Pullback]:
        """Scale and shift rows, one for each channel, and return a batch of them."""
        gamma, beta = self.gamma[:, np.newaxis], self.beta[:, np.newaxis]
        y = _batch_of(gamma * a_hat + beta, shape)

        def back(e: Array) -> tuple[Array, dict[str, Array]]:
            e = _channels(_require_error(e, y))
            downhill = {"gamma": np.sum(e * a_hat, axis=1), "beta": np.sum(e, axis=1)}
            return _batch_of(error(e * gamma), shape), downhill

        return y, back


def _channels(a: Array) -> Array:
    """Return a batch as a matrix with a row for each channel, of all examples and places."""
    n = a.shape[1]
    return np.ascontiguousarray(np.moveaxis(a, 1, 0).reshape(n, a.size // n))


def _batch_of(rows: Array, shape: tuple[int, ...]) -> Array:
    """Return the batch of which these are the channels."""
    N, n, *places = shape
    return np.moveaxis(rows.reshape(n, N, *places), 0, 1)
