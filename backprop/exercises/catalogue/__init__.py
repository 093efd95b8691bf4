"""The exercises, a module each, in the order in which the book's chapters come."""

from __future__ import annotations

from importlib import import_module

from backprop.exercises.exercise import Exercise

NAMES = (
    "slope",
    "by-hand",
    "the-program",
    "transpose",
    "whole-network",
    "batch",
    "activations",
    "softmax",
    "cross-entropy",
    "checker",
    "update",
    "first-weights",
    "momentum",
    "nesterov",
    "rmsprop",
    "adam",
    "weight-decay",
    "early-stopping",
    "clipping",
    "dropout",
    "dropout-mask",
    "engine",
    "forward-mode",
    "hessian-vector",
    "loss-scaling",
    "convolution",
    "kernel-step",
    "max-pooling",
    "batch-norm",
    "layer-norm",
    "residual",
    "through-time",
    "lstm-cell",
    "embedding",
    "attention",
)
"""What the exercises are called."""


def exercise(name: str) -> Exercise:
    """Return an exercise.

    Parameters
    ----------
    name : str
        One of `NAMES`.

    Returns
    -------
    Exercise
        It.

    Raises
    ------
    ValueError
        There is none of this name.
    """
    if name not in NAMES:
        raise ValueError(f"name must be one of {', '.join(NAMES)}, not {name!r}")
    module = import_module(f"{__name__}.{name.replace('-', '_')}")
    found: Exercise = module.EXERCISE
    return found
