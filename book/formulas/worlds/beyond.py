"""Worlds of what lies beyond the gradient: fixed points, flows, chance, and random ways back."""

from __future__ import annotations

from typing import Any

import numpy as np

import backprop as bp
from backprop.dense import hidden_error
from backprop.implicit import euler_error, fixed_point_delta
from book.formulas.world import At, Draws, Family, Layers, World, derivative, world
from book.formulas.worlds import EXAMPLE, of


@of("beyond-the-gradient", "a-loop-that-has-settled", "fixed-point-delta")
def settled(seed: int) -> World:
    """Units that have settled; their error terms by the package, or by complex steps."""
    rng = np.random.default_rng(seed)
    n = 2 if seed == EXAMPLE else 4
    V, x, t = rng.normal(size=(n, n)), rng.normal(size=n), rng.normal(size=n)
    V *= 0.8 / np.linalg.norm(V, 2)

    def settle(x: Any) -> Any:
        a = np.zeros(n)
        for _ in range(300):
            a = np.tanh(a @ V + x)
        return a

    a = settle(x)
    slope = derivative(np.tanh)
    delta = fixed_point_delta(t - a, slope(a @ V + x), V)
    if seed % 2:
        delta = -bp.complex_step(lambda x: ((t - settle(x)) ** 2).sum() / 2, x)
    values = {"a": a, "V": V, "x": x, "z": a @ V + x, r"\delta": delta, "f": bp.tanh, "f'": slope}
    values |= {"D": np.diag(slope(a @ V + x)), "I": np.eye(n)}
    return world({**values, r"e^{\text{out}}": t - a})


@of("beyond-the-gradient", "time-without-steps", "euler-error")
def flow(seed: int) -> World:
    """Euler's method, and errors by the package, or by complex steps through all steps to come."""
    rng = np.random.default_rng(seed)
    n, K, h = (2, 1, 0.25) if seed == EXAMPLE else (3, 4, 0.3)
    V, start, t = rng.normal(size=(n, n)), rng.normal(size=n), rng.normal(size=n)

    def run(at: At) -> None:
        y = at("y_i", start, 0)
        for k in range(1, K + 1):
            y = at("y_i", y + h * np.tanh(y @ V), k)
        at("E", ((t - y) ** 2).sum() / 2)

    base = world({}, run, running={"k": range(K)})
    made = base.run()
    y = {k: made["y_", k] for k in range(K + 1)}
    e = {k: -base.slope(("E",), ("y_", k)) for k in y}
    slope = derivative(np.tanh)
    if seed % 2 or seed == EXAMPLE:
        for k in range(K):
            e[k] = euler_error(e[k + 1], slope(y[k] @ V), V, h)
    z = {k: each @ V for k, each in y.items()}
    values = {"y_i": Family(y), "e_i": Family(e), "z_i": Family(z), "V": V, "h": h}
    return base.but({**values, "f": bp.tanh, "f'": slope})


@of("beyond-the-gradient", "a-draw-of-chance")
def chance(seed: int) -> World:
    """A polynomial of a normal number; six draws have the moments of all, up to the fifth."""
    rng = np.random.default_rng(seed)
    f = np.polynomial.Polynomial(rng.normal(size=4))
    u = np.array([-1, 0, 0, 0, 0, 1]) * np.sqrt(3)
    mu, sigma = float(rng.normal()), float(rng.uniform(0.5, 2))

    def run(at: At) -> None:
        at("E", f(at(r"\mu", mu) + sigma * u).mean())

    draws = {"u": Draws.of(u), "x": Draws.of(mu + sigma * u)}
    values = {"E": f(mu + sigma * u).mean(), r"\mu": mu, r"\sigma": sigma, "f": f, "f'": f.deriv()}
    return world({**values, **draws}, run)


@of("beyond-the-gradient", "no-wires-back")
def random_way_back(seed: int) -> World:
    """Error terms that are carried back over a matrix of their own."""
    rng = np.random.default_rng(seed)
    B, deltas = rng.normal(size=(3, 2)), dict(enumerate(rng.normal(size=(3, 2)), 1))
    errors = {l - 1: hidden_error(delta, B) for l, delta in deltas.items()}
    values = {"B": B, r"\delta^{(l)}": Layers(deltas), "e^{(l)}": Layers(errors)}
    return world(values)
