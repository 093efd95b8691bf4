"""Worlds of normalization, and of what else is found in very deep networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop import Layer, activations, dropout, normalization, tanh
from backprop.chain import Residual
from book.formulas.world import At, World, derivative, world
from book.formulas.worlds import EXAMPLE, of
from book.formulas.worlds.networks import sigmoid

EPSILON = 0.3
"""Large, so that a formula without it is refused."""


def _normalized(seed: int, with_mean: bool) -> World:
    """Return values that are normalized, and the errors that come back from a loss."""
    rng = np.random.default_rng(seed)
    N = 3 if seed == EXAMPLE else 5
    a, e_hat = rng.normal(1, 2, size=N), rng.normal(size=N)
    gamma, beta = rng.uniform(1, 2, size=2)
    c = normalization.centered(a) if with_mean else a
    s = normalization.root_mean_square(c, EPSILON)
    back = normalization.standardized_error if with_mean else normalization.normalized_error

    def run(at: At) -> None:
        given = at("a", a)
        moved = given - given.sum() / N if with_mean else given
        at(r"\hat{a}", moved / np.sqrt((moved * moved).sum() / N + EPSILON))

    layer = normalization.LayerNormalization(np.full(N, gamma), np.full(N, beta), epsilon=EPSILON)
    values = {"a": a, "N": N, "c": c, "s": float(s[0]), r"\varepsilon": EPSILON, "I": np.eye(N)}
    values |= {r"\hat{a}": c / s, r"\hat{e}": e_hat, "e": back(e_hat, c / s, s)}
    values |= {r"\gamma": gamma, r"\beta": beta, "y": layer.forward(a)[0]}
    return world(values, run)


@of("normalization")
def values_of_a_unit(seed: int) -> World:
    """Values with their mean taken out, divided by their spread."""
    return _normalized(seed, with_mean=True)


@of("normalization", "normalized-error", "rms")
def divided_alone(seed: int) -> World:
    """Values divided by their root mean square."""
    return _normalized(seed, with_mean=False)


@of("normalization", "running-average")
def averages(seed: int) -> World:
    """A running average, and the mean of a batch that enters it."""
    rng = np.random.default_rng(seed)
    r, m = rng.normal(size=(2, 3))
    share = float(rng.uniform(0.1, 0.9))
    after = {"r": normalization.running_average(r, m, share)}
    return world({"r": r, "m": m, r"\rho": share}, after=after)


@of("a-hundred-layers")
def residual_block(seed: int) -> World:
    """A branch of one layer, and what it adds to its input."""
    rng = np.random.default_rng(seed)
    n = 2 if seed == EXAMPLE else 4
    W, a, e_out = rng.normal(size=(n, n)), rng.normal(size=n), rng.normal(size=n)
    layer = Layer(W, None, tanh)
    y, pullback = Residual(layer).forward(a)

    def run(at: At) -> None:
        at("h", np.tanh(at("a", a) @ W))

    base = world({"a": a, "h": layer.forward(a)[0], "y": y, r"e^{\text{out}}": e_out}, run)
    J = np.stack([layer.jvp(a, each)[1] for each in np.eye(n)])
    return base.but({"J": J, "e": pullback(e_out)[0], "I": np.eye(n)})


def _smooth(seed: int, activation: activations.Activation) -> World:
    z = float(np.random.default_rng(seed).normal()) + 0.5

    def of_package(z: Any) -> Any:
        return activation.function(np.asarray(z))

    def slope_of_package(z: Any) -> Any:
        return activation.derivative(np.asarray(z))

    slope = slope_of_package if seed % 2 else derivative(of_package)
    return world({"z": z, r"\pi": np.pi, r"\sigma": sigmoid, "f": of_package, "f'": slope})


@of("a-hundred-layers", "silu-derivative")
def silu(seed: int) -> World:
    """A number, and the SiLU of the package."""
    return _smooth(seed, activations.silu)


@of("a-hundred-layers", "gelu-and-silu", "gelu-derivative")
def gelu(seed: int) -> World:
    """A number, the GELU of the package, and what its sigmoid is given."""
    base = _smooth(seed, activations.gelu)
    z = base.values["z"]
    return base.but({"u": float(np.log(activations.gelu(z) / (z - activations.gelu(z))))})


@of("a-hundred-layers", "dropout")
def masked(seed: int) -> World:
    """Numbers and an error under one mask."""
    rng = np.random.default_rng(seed)
    a, e_out = rng.normal(size=(2, 4))
    m = dropout.dropout_mask(a, 0.4, rng)
    made = {"y": dropout.dropped(a, m), "e": dropout.dropped(e_out, m)}
    return world({"a": a, r"e^{\text{out}}": e_out, "m": m, **made})
