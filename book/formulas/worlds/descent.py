"""Worlds of gradients, of descent and of weight decay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import backprop as bp
from backprop.optimizers import with_weight_decay
from backprop.rules import EPSILON
from book.formulas.world import At, Family, World, world
from book.formulas.worlds import EXAMPLE, of

KEY = ("W", 1)
"""The array that an optimizer is told of."""
STEPS = 4
"""How many steps an optimizer has taken."""
SHAPE = (2, 3)


def _loss_of_one_weight(seed: int, h: float) -> World:
    """Return the world of a loss of one weight, a polynomial, whose derivatives are known."""
    rng = np.random.default_rng(seed)
    E = np.polynomial.Polynomial(rng.normal(size=8))
    w, g = float(rng.normal()), rng.normal(size=(2, 2 if seed == EXAMPLE else 5))
    values: dict[str, Any] = {"E" + "'" * n: E.deriv(n) for n in (1, 2, 3)}
    values |= {"E": E, "w": w, "h": h, "i": 1j, "g": g[0], r"\tilde{g}": g[1]}
    values["r"] = bp.relative_error(g[0], g[1])
    return world(values, lambda at: at("E", E(at("w", w))))


@of("in-code")
def small_steps(seed: int) -> World:
    """A loss of one weight, and a step that is small."""
    return _loss_of_one_weight(seed, 1e-5)


def _with_derivative(seed: int, numerical: Callable[..., Any]) -> World:
    """Let the derivative be what the package finds, in half of the worlds."""
    base = small_steps(seed)
    E, w, h = (base.values[name] for name in "Ewh")
    found = {r"\partial E / \partial w": lambda: float(numerical(E, w, h))}
    return base.but(found) if seed % 2 else base


@of("in-code", "central-difference")
def by_differences(seed: int) -> World:
    """A loss of one weight, and its derivative by differences."""
    return _with_derivative(seed, bp.central_difference)


@of("in-code", "complex-step")
def by_complex_steps(seed: int) -> World:
    """A loss of one weight, and its derivative by a complex step."""
    return _with_derivative(seed, bp.complex_step)


@of("is-the-gradient-right")
def series(seed: int) -> World:
    """A loss of one weight, and a step at which each term of a series counts."""
    return _loss_of_one_weight(seed, 1e-2)


@of("faster-descent", "a-bowl-to-race-in")
def bowl(seed: int) -> World:
    """A bowl of two weights."""
    w = np.random.default_rng(seed).normal(size=2)

    def E(w: Any) -> Any:
        return (w[0] ** 2 + 20 * w[1] ** 2) / 2

    def run(at: At) -> None:
        at("E", E(at("w", w)))

    d = -bp.complex_step(E, w)
    values = {"c_1": 1, "c_2": 20, "w": w, "d": d, "E": E}
    return world(values, run, typed=("E", "c_1", "c_2"))


def _after_some_steps(seed: int, optimizer: Any, memory: dict[str, str]) -> World:
    """Return the world of one step of an optimizer that has taken others before."""
    rng = np.random.default_rng(seed)
    pushes = {k: rng.normal(size=SHAPE) for k in range(1, STEPS + 1)}
    W, d = rng.normal(size=SHAPE), pushes[STEPS]

    def remembered() -> dict[str, Any]:
        return {tex: getattr(optimizer, name)[KEY].copy() for tex, name in memory.items()}

    for k in range(1, STEPS):
        optimizer.step(KEY, pushes[k])
    before = remembered()
    step = optimizer.step(KEY, d)
    values = {"W": W, "d": d, "d_k": Family(pushes), r"\tau": STEPS, r"\varepsilon": EPSILON}
    return world({**values, **before}, after={"W": W + step, **remembered()})


@of("faster-descent", "momentum")
def momentum(seed: int) -> World:
    """A step with momentum, and the velocity after all steps."""
    base = _after_some_steps(seed, bp.GradientDescent(0.3, 0.7), {"v": "velocity"})
    velocity = Family({STEPS: base.after["v"]})
    return base.but({"v_k": velocity, r"\eta": 0.3, r"\mu": 0.7})


@of("faster-descent", "nesterov")
def nesterov(seed: int) -> World:
    """A step of the package with Nesterov's momentum."""
    base = _after_some_steps(seed, bp.GradientDescent(0.3, 0.7, True), {"v": "velocity"})
    return base.but({r"\eta": 0.3, r"\mu": 0.7})


@of("faster-descent", "nesterov-look-where-you-will-be")
def look_ahead(seed: int) -> World:
    """Nesterov's step where the weights are, from the package's at the place ahead."""
    rng = np.random.default_rng(seed)
    rate, share, c = 0.1, 0.7, rng.uniform(1, 2, size=3)
    W, v = rng.normal(size=(2, 3))

    def d(W: Any) -> Any:
        return -c * np.sin(W)

    ahead = W + share * v
    optimizer = bp.GradientDescent(rate, share, True)
    optimizer.velocity[KEY] = v
    next_ahead = ahead + optimizer.step(KEY, d(ahead))
    new = optimizer.velocity[KEY]
    values = {"W": W, "v": v, "v'": new, r"\tilde{W}": ahead, r"\tilde{W}'": next_ahead}
    values |= {"d": d, r"\eta": rate, r"\mu": share}
    return world(values, after={"v": new, "W": next_ahead - share * new})


@of("faster-descent", "rmsprop")
def rmsprop(seed: int) -> World:
    """A step of RMSProp."""
    base = _after_some_steps(seed, bp.RMSProp(0.3, 0.8), {"s": "square"})
    return base.but({r"\eta": 0.3, r"\rho": 0.8})


_ADAM = {"m": "mean", "s": "square"}


@of("faster-descent", "adam-both-and-a-correction")
def running_means(seed: int) -> World:
    """The running means of Adam, at one step, and where the direction is always the same."""
    base = _after_some_steps(seed, bp.Adam(0.3, 0.6, 0.9), _ADAM)
    steady = bp.Adam(0.3, 0.6, 0.9)
    for _ in range(STEPS):
        steady.step(KEY, base.values["d"])
    means = {"m_k": Family({STEPS: steady.mean[KEY]}), r"\beta_1": 0.6, r"\beta_2": 0.9}
    return base.but(means)


@of("faster-descent", "adam")
def adam(seed: int) -> World:
    """A step of Adam, with the running means after it."""
    base = _after_some_steps(seed, bp.Adam(0.3, 0.6, 0.9), _ADAM)
    means = {"m": base.after["m"], "s": base.after["s"]}
    return base.but({**means, r"\eta": 0.3, r"\beta_1": 0.6, r"\beta_2": 0.9})


@of("learning-too-much", "weight-decay")
def decay(seed: int) -> World:
    """A loss with weight decay: what is added to it is the work against the pull, from 0 to W."""
    rng = np.random.default_rng(seed)
    W, d, pull, E = rng.normal(size=SHAPE), rng.normal(size=SHAPE), 0.3, float(rng.uniform(1, 2))
    places, weights = np.polynomial.legendre.leggauss(3)
    work = [np.sum((d - with_weight_decay(d, W * (1 + s) / 2, pull)) * W) / 2 for s in places]
    values = {
        "W": W,
        "d": d,
        r"\eta": 0.2,
        "d_{\\lambda}": with_weight_decay(d, W, pull),
        r"\lambda": pull,
    }
    return world({**values, "E": E, "E_{\\lambda}": E + float(weights @ work)})
