"""Optimizers, which make a step of the direction downhill, and weight decay, which bends it.

An optimizer remembers the gradients of one network, array by array: take a new one for another.
Each refuses a setting that is no number with a `TypeError`, and one out of its range with a
`ValueError`. Steps have the type of the direction downhill; those of integers are float64.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import Protocol, TypeAlias

import numpy as np

from backprop._arrays import (
    Array,
    all_finite,
    finite_array,
    floats,
    require_real,
    require_shape,
    shown,
)
from backprop.rules import adam_step, momentum_step, nesterov_step, rmsprop_step

Key: TypeAlias = tuple[str, int]
"""Which array of parameters: ("W", l) or ("b", l), and ("V", 1) in a recurrent network."""


class Optimizer(Protocol):
    """Turns the direction downhill into a step, and may remember earlier ones."""

    def step(self, key: Key, downhill: Array) -> Array:
        """Return what to add to one array of parameters.

        Parameters
        ----------
        key : Key
            Which array.
        downhill : array
            Minus the gradient of the loss.

        Returns
        -------
        array of the same shape
            The step.

        Raises
        ------
        TypeError
            The direction holds anything but real numbers, or the key cannot be one.
        ValueError
            The direction is empty or not finite. Or earlier steps of that array are remembered, and
            had another shape.
        """


@dataclass(eq=False)
class GradientDescent:
    """Gradient descent, with momentum if it is wanted.

    Implements equation `momentum` and equation `nesterov`.

    Attributes
    ----------
    learning_rate : float
        Size of a step, positive.
    momentum : float
        Share of the velocity that is kept from step to step, 0 to less than 1.
    nesterov : bool
        Whether the gradient is taken as if the kept velocity had been added before, which needs a
        momentum.
    velocity : dict of arrays
        The velocity of each array of parameters: the sum of all pushes, learning rate times
        downhill, the last among them, each faded with its age. Empty without a momentum.

    Raises
    ------
    TypeError
        A setting is not a number, or nesterov is neither True nor False.
    ValueError
        A setting is out of its range, or there is no momentum for nesterov.

    References
    ----------
    B. T. Polyak, Some methods of speeding up the convergence of iteration methods, USSR
    Computational Mathematics and Mathematical Physics 4 (1964).
    Y. Nesterov, A method for solving the convex programming problem with convergence rate
    O(1/k^2), Soviet Mathematics Doklady 27 (1983).
    """

    learning_rate: float
    momentum: float = 0.0
    nesterov: bool = False
    velocity: dict[Key, Array] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self.learning_rate = require_real(
            "learning_rate", self.learning_rate, "positive and finite"
        )
        self.momentum = require_real("momentum", self.momentum, "at least 0 and less than 1")
        if not isinstance(self.nesterov, bool | np.bool_):
            raise TypeError(f"nesterov must be True or False, not {shown(self.nesterov)}")
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov needs a momentum to look ahead by, not 0")

    def step(self, key: Key, downhill: Array) -> Array:
        """Return the new velocity, or with Nesterov's change where it leads next.

        Parameters
        ----------
        key : Key
            Which array of parameters.
        downhill : array
            Minus the gradient of the loss.

        Returns
        -------
        array of the same shape
            The step.

        Raises
        ------
        TypeError
            The direction holds anything but real numbers, or the key cannot be one.
        ValueError
            The direction is empty or not finite. Or earlier steps of that array are remembered, and
            had another shape.
        FloatingPointError
            The step is too large for its type. The step is then not remembered.
        """
        downhill, rate = _direction(key, downhill), self._rate()
        # Where squares are finite, numbers are below the root of the largest of their type: a
        # hundred times as much, added to a velocity that has faded, cannot overflow.
        usual = downhill.dtype.itemsize >= 4 and rate <= 100
        if usual and isfinite(np.vdot(downhill, downhill)):
            v, step = self._velocity_and_step(key, downhill, rate)
        else:
            finite_array("downhill", downhill)
            with np.errstate(over="ignore", invalid="ignore"):
                v, step = self._velocity_and_step(key, downhill, rate)
            if not all_finite(step):
                raise FloatingPointError(f"the step is too large for {step.dtype}")
        if v is not None:
            self.velocity[key] = v
        return step

    def _rate(self) -> float:
        """Return the learning rate, which whoever holds the optimizer may have changed."""
        return require_real("learning_rate", self.learning_rate, "positive and finite")

    def _velocity_and_step(
        self, key: Key, downhill: Array, rate: float
    ) -> tuple[Array | None, Array]:
        """Return the new velocity, if there is a momentum to keep it, and the step."""
        if not self.momentum:
            return None, rate * downhill
        v = _state_or_zeros(self.velocity, key, downhill)
        if self.nesterov:
            return nesterov_step(v, downhill, rate, self.momentum)
        v = momentum_step(v, downhill, rate, self.momentum)
        return v, v.copy()


@dataclass(eq=False)
class RMSProp:
    """Steps divided by the recent size of the gradient, elementwise.

    Implements equation `rmsprop`.

    Attributes
    ----------
    learning_rate : float
        Size of a step, positive.
    rho : float
        Share of the mean square that is kept from step to step, 0 to less than 1.
    square : dict of arrays
        Mean square of the gradient of each array of parameters, recent ones counting most.

    Raises
    ------
    TypeError
        A setting is not a number.
    ValueError
        A setting is out of its range.

    References
    ----------
    T. Tieleman and G. Hinton, Lecture 6.5: rmsprop, Neural Networks for Machine Learning (2012).
    """

    learning_rate: float
    rho: float = 0.9
    square: dict[Key, Array] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self.learning_rate = require_real(
            "learning_rate", self.learning_rate, "positive and finite"
        )
        self.rho = require_real("rho", self.rho, "at least 0 and less than 1")

    def step(self, key: Key, downhill: Array) -> Array:
        """Return the step along a direction, scaled by its own recent size.

        Parameters
        ----------
        key : Key
            Which array of parameters.
        downhill : array
            Minus the gradient of the loss.

        Returns
        -------
        array of the same shape
            The step.

        Raises
        ------
        TypeError
            The direction holds anything but real numbers, or the key cannot be one.
        ValueError
            The direction is empty or not finite. Or earlier steps of that array are remembered, and
            had another shape.
        FloatingPointError
            The mean square or the step is too large for its type. The step is then not
            remembered.
        """
        downhill = _direction(key, downhill)
        d = _squarable(downhill)
        s = _state_or_zeros(self.square, key, d)
        with np.errstate(over="ignore"):
            s, step = rmsprop_step(s, d, self.learning_rate, self.rho)
            step = _finite_step(step, downhill, self.learning_rate)
        self.square[key] = s
        return step


@dataclass(eq=False)
class Adam:
    """Momentum and scaling together, each corrected for having begun at 0.

    Implements equation `adam`.

    Attributes
    ----------
    learning_rate : float
        Size of a step, positive.
    beta1 : float
        Share of the mean that is kept from step to step, 0 to less than 1.
    beta2 : float
        Share of the mean square that is kept from step to step, 0 to less than 1.
    mean : dict of arrays
        Mean of the direction downhill of each array of parameters, recent ones counting most.
    square : dict of arrays
        Mean square, likewise.
    count : dict of int
        Steps that each array has taken.

    Raises
    ------
    TypeError
        A setting is not a number.
    ValueError
        A setting is out of its range.

    References
    ----------
    D. P. Kingma and J. Ba, Adam: a method for stochastic optimization, ICLR (2015).
    """

    learning_rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    mean: dict[Key, Array] = field(default_factory=dict, init=False, repr=False)
    square: dict[Key, Array] = field(default_factory=dict, init=False, repr=False)
    count: dict[Key, int] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self.learning_rate = require_real(
            "learning_rate", self.learning_rate, "positive and finite"
        )
        self.beta1 = require_real("beta1", self.beta1, "at least 0 and less than 1")
        self.beta2 = require_real("beta2", self.beta2, "at least 0 and less than 1")

    def step(self, key: Key, downhill: Array) -> Array:
        """Return the step along the mean direction, scaled by its recent size.

        Parameters
        ----------
        key : Key
            Which array of parameters.
        downhill : array
            Minus the gradient of the loss.

        Returns
        -------
        array of the same shape
            The step.

        Raises
        ------
        TypeError
            The direction holds anything but real numbers, or the key cannot be one.
        ValueError
            The direction is empty or not finite. Or earlier steps of that array are remembered, and
            had another shape.
        FloatingPointError
            The mean square or the step is too large for its type. The step is then not
            remembered.
        """
        downhill = _direction(key, downhill)
        d = _squarable(downhill)
        m, s = _state_or_zeros(self.mean, key, d), _state_or_zeros(self.square, key, d)
        tau = self.count.get(key, 0) + 1
        with np.errstate(over="ignore"):
            m, s, step = adam_step(m, s, d, tau, self.learning_rate, self.beta1, self.beta2)
            step = _finite_step(step, downhill, self.learning_rate)
        self.mean[key], self.square[key], self.count[key] = m, s, tau
        return step


def with_weight_decay(downhill: Array, W: Array, weight_decay: float) -> Array:
    """Return the direction downhill of the loss and half the squared weights together.

    Implements equation `weight-decay`.

    Parameters
    ----------
    downhill : (n_in, n_out) array
        Minus the gradient of the loss.
    W : (n_in, n_out) array
        Weights.
    weight_decay : float
        What half the squared weights count beside the loss, 0 or more.

    Returns
    -------
    (n_in, n_out) array
        Downhill, and a little towards 0; without weight decay, the array that came in.

    Raises
    ------
    TypeError
        The weight decay is not a number, or the arrays hold anything but numbers.
    ValueError
        The weight decay is negative or not finite, or the shapes differ.
    """
    weight_decay = require_real("weight_decay", weight_decay, "0 or more and finite")
    downhill, W = floats("downhill", downhill), floats("W", W)
    require_shape("W", W, "downhill", downhill)
    return downhill - weight_decay * W if weight_decay else downhill


def _direction(key: Key, downhill: Array) -> Array:
    """Return the direction downhill as an array of floating-point numbers."""
    try:
        hash(key)
    except TypeError as error:
        raise TypeError(f'key must be one such as ("W", 1), not {shown(key)}') from error
    if type(downhill) is np.ndarray and downhill.dtype.kind == "f" and downhill.size:
        return downhill
    return finite_array("downhill", downhill)


def _squarable(downhill: Array) -> Array:
    """Return finite numbers whose squares are finite, too; those of float16 become float32.

    In float16, squares overflow early, and `EPSILON` is 0.
    """
    d = downhill.astype(np.float32) if downhill.dtype.itemsize < 4 else downhill
    # The sum of all squares is finite, but for numbers so large that each is looked at.
    if isfinite(np.vdot(d, d)):
        return d
    finite_array("downhill", d)
    with np.errstate(over="ignore"):
        if np.isfinite(d**2).all():
            return d
    raise FloatingPointError(f"the square of the gradient is too large for {d.dtype}")


def _state_or_zeros(earlier: dict[Key, Array], key: Key, downhill: Array) -> Array:
    """Return what is remembered of one array of parameters, which begins at 0."""
    if key not in earlier:
        return np.zeros_like(downhill)
    require_shape("downhill", downhill, f"the earlier ones of {key}", earlier[key])
    return earlier[key].astype(downhill.dtype, copy=False)


def _finite_step(step: Array, downhill: Array, learning_rate: float) -> Array:
    """Return a step in the type of the direction downhill, in which it must be finite.

    A direction divided by its own size is no large number, so that only a large learning rate, or
    float16, makes a step that is not finite.
    """
    step = step.astype(downhill.dtype, copy=False)
    if (learning_rate > 100 or step.dtype.itemsize < 4) and not all_finite(step):
        raise FloatingPointError(f"the step is too large for {step.dtype}")
    return step
