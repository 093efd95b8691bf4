"""How wrong an output is, and the error term with which that begins its way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, finite_array, require_shape
from backprop.activations import Activation, _above_largest, _below_largest, sigmoid, softmax


def error(output: Array, target: Array) -> Array:
    """Return what the output lacks to be the target, t - y.

    Implements equation `error`.

    Parameters
    ----------
    output : (n_L,) or (N, n_L) array
        Output of the network.
    target : (n_L,) or (N, n_L) array
        What the output is to be, t.

    Returns
    -------
    (n_L,) or (N, n_L) array
        Positive where the output is too small.

    Raises
    ------
    ValueError
        The shapes differ.
    """
    require_shape("target", target, "the output", output)
    return target - output


def output_delta(error: Array, output: Array, activation: Activation) -> Array:
    """Return the error term of the output layer under squared error, minus dE/dz.

    Implements equation `output-delta`. E is averaged over the examples of a batch, so each row is
    divided by their number.

    Parameters
    ----------
    error : (n_L,) or (N, n_L) array
        Error of the output layer, t - y.
    output : (n_L,) or (N, n_L) array
        Output of the output layer.
    activation : Activation
        That of the output layer.

    Returns
    -------
    (n_L,) or (N, n_L) array
        Minus dE/dz of the output layer.

    Raises
    ------
    ValueError
        The shapes differ.
    """
    require_shape("error", error, "the output", output)
    delta = error * activation.derivative(output)
    return delta / len(delta) if delta.ndim == 2 else delta


@dataclass(frozen=True)
class Loss:
    """A measure E of how far an output is from its target.

    Attributes
    ----------
    name : str
        What it is called.
    function : callable
        E of (z, output, target), z being the input to the output units: for arrays of real or
        complex numbers, not validated.
    of_output : callable
        E of (output, target), the same for an output whose z is not known, not validated.
    output_delta : callable
        Error term of the output layer, minus dE/dz, of (output, target, activation), not validated.
    activation : Activation, optional
        The activation that the output layer must have, if it must have a particular one.
    """

    name: str
    function: Callable[[Array, Array, Array], Array]
    of_output: Callable[[Array, Array], Array]
    output_delta: Callable[[Array, Array, Activation], Array]
    activation: Activation | None = None

    def __call__(self, output: ArrayLike, target: ArrayLike) -> float:
        """Loss of an output, averaged over the examples.

        Parameters
        ----------
        output : (n_L,) or (N, n_L) array
            Output of the network.
        target : (n_L,) or (N, n_L) array
            What the output is to be.

        Returns
        -------
        float
            E, 0 or more.

        Raises
        ------
        TypeError
            They hold anything but real numbers.
        ValueError
            They are empty, not finite, differ in shape, or are no probabilities where they must be.
        """
        output, target = finite_array("output", output), finite_array("target", target)
        require_shape("target", target, "the output", output)
        self.require_target(target)
        if self.activation is not None and not ((output > 0) & (output < 1)).all():
            raise ValueError("output must lie between 0 and 1, without them")
        return float(self.of_output(output, target))

    def require_target(self, target: Array) -> None:
        """Refuse a target that no output of this loss can reach.

        Parameters
        ----------
        target : (n_L,) or (N, n_L) array
            What the output is to be.

        Raises
        ------
        ValueError
            A number is not between 0 and 1, or those of an example do not add up to 1, but for the
            rounding of their type.
        """
        if self.activation is None:
            return
        if target.min() < 0 or target.max() > 1:
            raise ValueError("target must lie between 0 and 1")
        if self.activation is softmax:
            off = np.abs(target.sum(axis=-1) - 1).max()
            # Numbers that were divided by their sum, or rounded, add up to 1 as closely as this.
            if off > target.shape[-1] * np.finfo(target.dtype).eps:
                raise ValueError(
                    f"target must add up to 1 for each example, but one is off by {off:.1e}"
                )

    def __repr__(self) -> str:
        return self.name

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        # The package's own travel between processes by name, and stay the same objects there.
        return self.name if globals().get(self.name) is self else super().__reduce_ex__(protocol)


def _mean(per_example: Array) -> Array:
    """Return the mean over the examples of what stands in the rows of a batch."""
    E: Array = np.sum(per_example) / (len(per_example) if per_example.ndim == 2 else 1)
    return E


def _difference(output: Array, target: Array, _: Activation) -> Array:
    delta = error(output, target)
    return delta / len(delta) if delta.ndim == 2 else delta


def _binary_cross_entropy(z: Array, _: Array, target: Array) -> Array:
    # Of -t log y - (1 - t) log(1 - y), what grows with z is apart from what is left: no two large
    # numbers are subtracted, and the exponential is of a number that is never positive.
    positive = z.real > 0
    left = np.log1p(np.exp(np.where(positive, -z, z)))
    return _mean(left + np.where(positive, (1 - target) * z, -target * z))


def _binary_cross_entropy_of_output(output: Array, target: Array) -> Array:
    return _mean(-target * np.log(output) - (1 - target) * np.log1p(-output))


def _cross_entropy(z: Array, _: Array, target: Array) -> Array:
    below, _ = _below_largest(z)
    return _mean(_above_largest(z) - 2 * np.sum(target * below, axis=-1, keepdims=True))


def _cross_entropy_of_output(output: Array, target: Array) -> Array:
    return _mean(-target * np.log(output))


def _squared_error(output: Array, target: Array) -> Array:
    return _mean(error(output, target) ** 2) / 2


squared_error = Loss(
    "squared_error",
    lambda _, output, target: _squared_error(output, target),
    _squared_error,
    lambda output, target, activation: output_delta(error(output, target), output, activation),
)
"""Half the squared error, summed over the units and averaged over the examples.

Implements equation `squared-error`.
"""

binary_cross_entropy = Loss(
    "binary_cross_entropy",
    _binary_cross_entropy,
    _binary_cross_entropy_of_output,
    _difference,
    sigmoid,
)
"""Minus the logarithm of the probability that sigmoid units give the target, for targets 0 to 1.

Implements equation `binary-cross-entropy` and equation `cross-entropy-delta`. It is computed from
the input to the units, so that it is exact where their output has rounded to 0 or 1.
"""

cross_entropy = Loss(
    "cross_entropy",
    _cross_entropy,
    _cross_entropy_of_output,
    _difference,
    softmax,
)
"""Minus the logarithm of the probability that softmax units give the target.

Implements equation `cross-entropy` and equation `cross-entropy-delta`. The targets of an example
add up to 1. It is computed from the input to the units, as above.
"""
