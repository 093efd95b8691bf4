"""How wrong an output is, and the error term with which that begins its way back.

Losses are computed in float64, also those of float32 and float16; error terms keep their type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, finite_array, floats, require_shape
from backprop.activations import (
    Activation,
    _log_sum_exp_minus_max,
    _require_activation,
    _require_parts,
    _require_slope_of_output,
    _shifted,
    sigmoid,
    softmax,
)

AXES = (1, 2, 3, 4)
"""Axes that an output may have: of an example, a batch, a batch of sequences, or of images."""


def error(output: Array, target: Array) -> Array:
    """Return the error of an output: target minus output, t - y.

    Implements equation `error`.

    Parameters
    ----------
    output : (n_L,) or (N, n_L) array
        Output of the network; of one with outputs in sequences or images, examples come first.
    target : (n_L,) or (N, n_L) array
        What the output is to be, t.

    Returns
    -------
    (n_L,) or (N, n_L) array
        Positive where the output is too small.

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The shapes differ, or are of another kind.
    """
    output, target = floats("output", output, AXES), floats("target", target, AXES)
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
        Activation of the output layer.

    Returns
    -------
    (n_L,) or (N, n_L) array
        Minus dE/dz of the output layer.

    Raises
    ------
    TypeError
        They hold anything but numbers, the activation is not an Activation, or it is softmax, which
        has no slope per unit.
    ValueError
        The shapes differ, or are of another kind.
    """
    error, output = floats("error", error, (1, 2)), floats("output", output, (1, 2))
    require_shape("error", error, "the output", output)
    _require_slope_of_output(activation)
    delta = error * activation.derivative(output)
    return delta / len(delta) if delta.ndim == 2 else delta


@dataclass(frozen=True)
class Loss:
    """A measure E of how far an output is from its target.

    E is the mean over the examples of a batch, and the sum over all numbers that belong to one
    example: output units and, in a sequence, time steps.

    A loss may bring the units of the last layer with it, as cross-entropy brings softmax. Such a
    loss is a function of the pre-activation z, and exact where the output has been rounded.

    Attributes
    ----------
    name : str
        What it is called.
    of_output : callable
        E of (output, target): for arrays of real or complex numbers, not validated.
    output_error : callable
        Of (output, target), with which the way back begins: minus dE/dz, where the loss brings the
        units; otherwise minus the gradient with respect to the output. Not validated.
    activation : Activation, optional
        The activation that the output layer must have, if it must have a particular one.
    of_input : callable, optional
        E of (z, target), where the loss brings units; not validated. `Network.loss_of` calls it.

    Raises
    ------
    TypeError
        The name is no text, a function cannot be called, or the activation is not an Activation.
    ValueError
        Either activation or of_input is given without the other.
    """

    name: str
    of_output: Callable[[Array, Array], Array]
    output_error: Callable[[Array, Array], Array]
    activation: Activation | None = None
    of_input: Callable[[Array, Array], Array] | None = None

    def __post_init__(self) -> None:
        _require_parts(self, "of_output", "output_error")
        if (self.activation is None) != (self.of_input is None):
            raise ValueError("activation and of_input must both be given, or neither")
        if self.activation is not None:
            _require_parts(self, "of_input")
            _require_activation(self.activation)

    def __call__(self, output: ArrayLike, target: ArrayLike) -> float:
        """Loss of an output, averaged over the examples.

        A rounded output, which may be exactly 0 or 1, knows less than the pre-activation, from
        which `Network.loss_of` computes the loss. Here 0 log 0 counts as 0.

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
            An argument holds anything but real numbers.
        ValueError
            They are empty, not finite, differ in shape, or are no probabilities where they must be:
            between 0 and 1 and, for softmax, adding up to 1 for each example, but for rounding.
            Or the loss is infinite.
        """
        output, target = finite_array("output", output), finite_array("target", target)
        require_shape("target", target, "the output", output)
        if output.ndim not in (1, 2):
            raise ValueError(f"output must have shape (n_L,) or (N, n_L), not {output.shape}")
        self._require_probabilities("target", target)
        # Outputs are computed, and may have been in float32 before they came here.
        self._require_probabilities("output", output, float(np.finfo(np.float32).eps))
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            E = float(self.of_output(output, target))
        if not np.isfinite(E):
            raise ValueError(f"output must not be so far from the target that the loss is {E}")
        return E

    def require_target(self, target: ArrayLike) -> None:
        """Refuse a target that no output of this loss can reach.

        Parameters
        ----------
        target : (n_L,) or (N, n_L) array
            What the output is to be.

        Raises
        ------
        TypeError
            The target holds anything but real numbers.
        ValueError
            It is empty, or a number is not finite. Or a loss that needs probabilities is given a
            number that is not between 0 and 1, or, for softmax, an example whose numbers do not add
            up to 1, but for the rounding of their type.
        """
        self._require_probabilities("target", finite_array("target", target))

    def _require_probabilities(self, name: str, values: Array, rounding: float = 0.0) -> None:
        """Refuse what is no probability, if this loss is one of probabilities."""
        if self.activation is None:
            return
        if values.ndim == 0:
            raise ValueError(f"{name} must have shape (n_L,) or (N, n_L), but is a number")
        if values.min() < 0 or values.max() > 1:
            raise ValueError(f"{name} must lie between 0 and 1")
        if self.activation is softmax:
            off = np.abs(values.sum(axis=-1) - 1).max()
            # Numbers that were divided by their sum, or rounded, add up to 1 as closely as this.
            if off > values.shape[-1] * max(float(np.finfo(values.dtype).eps), rounding):
                raise ValueError(
                    f"{name} must add up to 1 for each example, but one is off by {off:.1e}"
                )

    def __repr__(self) -> str:
        return self.name

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        # The package's own travel between processes by name, and stay the same objects there.
        return self.name if globals().get(self.name) is self else super().__reduce_ex__(protocol)


def _double(a: Array) -> Array:
    """Return numbers of a smaller type in float64: their squares and sums need room."""
    return a if a.dtype.itemsize >= 8 else a.astype(np.float64)


def _mean(each: Array) -> Array:
    """Return the mean over the examples, the first axis of a batch, of the sum over all others."""
    E: Array = np.sum(each) / (len(each) if each.ndim > 1 else 1)
    return E


def _error_per_example(output: Array, target: Array) -> Array:
    """Return the error, shared evenly among the examples over which the loss is averaged."""
    e = error(output, target)
    return e / len(e) if e.ndim > 1 else e


def _binary_cross_entropy(z: Array, target: Array) -> Array:
    z, target = _double(z), _double(target)
    # Of -t log y - (1 - t) log(1 - y), what grows with z is apart from what is left: no two large
    # numbers are subtracted, and the exponential is of a number that is never positive.
    positive = z.real > 0
    left = np.log1p(np.exp(np.where(positive, -z, z)))
    return _mean(left + np.where(positive, (1 - target) * z, -target * z))


def _binary_cross_entropy_of_output(output: Array, target: Array) -> Array:
    y, target = _double(output), _double(target)
    # A term with the factor 0 is 0, whatever its logarithm.
    right = target * np.log(np.where(target == 0, 1, y))
    left = (1 - target) * np.log1p(np.where(target == 1, 0, -y))
    return 0 - _mean(right + left)


def _cross_entropy(z: Array, target: Array) -> Array:
    z, target = _double(z), _double(target)
    below, _ = _shifted(z)
    return _mean(_log_sum_exp_minus_max(z) - 2 * np.sum(target * below, axis=-1, keepdims=True))


def _cross_entropy_of_output(output: Array, target: Array) -> Array:
    y, target = _double(output), _double(target)
    return 0 - _mean(target * np.log(np.where(target == 0, 1, y)))


def _squared_error(output: Array, target: Array) -> Array:
    output, target = _double(output), _double(target)
    return _mean(error(output, target) ** 2) / 2


squared_error = Loss(
    "squared_error",
    _squared_error,
    _error_per_example,
)
"""Half the squared error, summed over the units and averaged over the examples.

Implements equation `squared-error`.
"""

binary_cross_entropy = Loss(
    "binary_cross_entropy",
    _binary_cross_entropy_of_output,
    _error_per_example,
    sigmoid,
    _binary_cross_entropy,
)
"""Minus the logarithm of the probability that sigmoid units give the target, for targets 0 to 1.

Implements equation `binary-cross-entropy` and equation `cross-entropy-delta`. A network computes it
from the pre-activation, so that the loss is exact where the output has rounded to 0 or 1. Called
with an output, the loss is less exact, because an output next to 1 tells little of what is missing.
"""

cross_entropy = Loss(
    "cross_entropy",
    _cross_entropy_of_output,
    _error_per_example,
    softmax,
    _cross_entropy,
)
"""Minus the logarithm of the probability that softmax units give the target.

Implements equation `cross-entropy` and equation `cross-entropy-delta`. The targets of an example
add up to 1. A network computes the loss from the pre-activation; called with an output, the
loss is less exact, as above.
"""
