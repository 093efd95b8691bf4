"""Activation functions as a layer of their own, which may stand anywhere in a chain."""

from __future__ import annotations

from backprop._arrays import Array, floats
from backprop.activations import Activation, _require_activation
from backprop.chain import Differentiable, Pullback, _require_error, _with_direction


class Units(Differentiable):
    """Units with an activation, and without weights.

    Parameters
    ----------
    activation : Activation
        Function from the pre-activation of the units to their output; softmax, too.

    Raises
    ------
    TypeError
        The activation is not an Activation.
    """

    def __init__(self, activation: Activation) -> None:
        _require_activation(activation)
        self.activation = activation
        self._is_frozen = False

    def __repr__(self) -> str:
        return f"Units({self.activation})"

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """Return the output of units, and what carries their error back to their input.

        Parameters
        ----------
        z : array
            Pre-activation of at least one unit, along the last axis.

        Returns
        -------
        a : array of the shape of z
            Output of the units.
        pullback : callable
            Takes minus dE/da, returns minus dE/dz.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            The input is a number, or has no unit. So does the pullback for an error of another
            shape.
        """
        z = _numbers(z)
        a = self.activation.function(z)
        activation, known = self.activation, z if self.activation.of == "input" else a
        several = self._is_frozen
        return a, lambda e: (activation._pullback(_require_error(e, known, several), known), {})

    def _frozen(self) -> Units:
        other = Units(self.activation)
        other._is_frozen = True
        return other

    def jvp(self, z: Array, z_dot: Array) -> tuple[Array, Array]:
        """Return the output of units, and how it changes as their input moves in a direction.

        Parameters
        ----------
        z : array
            Pre-activation of at least one unit, along the last axis.
        z_dot : array of the shape of z
            A direction in which it moves; or several, along an axis before the others.

        Returns
        -------
        a : array of the shape of z
            Output of the units.
        a_dot : array of the shape of z_dot
            Change of a in each direction.

        Raises
        ------
        TypeError
            An argument holds anything but numbers.
        ValueError
            The direction does not fit the input.
        """
        z, z_dot = _with_direction("z", _numbers(z), z_dot)
        a = self.activation.function(z)
        # The matrix of the slopes is symmetric, for softmax too: both modes multiply by the same.
        known = z if self.activation.of == "input" else a
        return a, self.activation._pullback(z_dot, known)


def _numbers(z: Array) -> Array:
    """Return the pre-activation of units as an array that has some."""
    z = floats("z", z)
    if not z.ndim:
        raise ValueError("z must have an axis of units, but is a number")
    if not z.shape[-1]:
        raise ValueError(f"z must have at least one unit, but has shape {z.shape}")
    return z
