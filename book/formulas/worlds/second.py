"""Worlds of second derivatives: the way back, and how it changes as the weights move."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

import backprop as bp
from backprop.curvature import error_along, input_along, step_along
from book.formulas.world import STEP, Family, Layers, Value, World, derivative, world
from book.formulas.worlds import EXAMPLE, of
from book.formulas.worlds.networks import PLAIN, network_world

SLOPES: dict[str, Callable[[Value], Value]] = {
    "sigmoid": lambda z: _sigmoid(z) * (1 - _sigmoid(z)),
    "tanh": lambda z: 1 / np.cosh(z) ** 2,
}
"""The slopes of the activations, written a second time, for complex numbers."""


def _sigmoid(z: Value) -> Value:
    return PLAIN["sigmoid"](z)


def _backpropagation(
    name: str, W: dict[int, Value], b: dict[int, Value], x: Value, t: Value
) -> dict[str, dict[int, Value]]:
    """Return what a way forward and back computes, also with complex weights."""
    L, f, slope = len(W), PLAIN[name], SLOPES[name]
    made: dict[str, dict[int, Value]] = {"a": {0: x}, "z": {}, "e": {}, "delta": {}, "d": {}}
    for l in range(1, L + 1):
        made["z"][l] = made["a"][l - 1] @ W[l] + b[l]
        made["a"][l] = f(made["z"][l])
    made["e"][L] = t - made["a"][L]
    for l in range(L, 0, -1):
        made["delta"][l] = made["e"][l] * slope(made["z"][l])
        made["d"][l] = np.outer(made["a"][l - 1], made["delta"][l])
        made["e"][l - 1] = made["delta"][l] @ W[l].T
    return made


@of("second-derivatives", "", "input-along", "error-along", "step-along")
def along_a_direction(seed: int) -> World:
    """A random network and a direction: changes by a complex step of all, or by the package."""
    base, rng = network_world(seed), np.random.default_rng(seed + 200)
    W, b = (dict(base.values[name]) for name in ("W()", "b()"))
    name = "sigmoid" if seed == EXAMPLE else ("sigmoid", "tanh")[seed % 2]
    dots: dict[str, Any] = {
        "W": {l: rng.normal(size=each.shape) for l, each in W.items()},
        "b": {l: rng.normal(size=each.shape) for l, each in b.items()},
    }
    moved_W, moved_b = (
        {l: values[l] + STEP * 1j * dots[key][l] for l in values}
        for key, values in (("W", W), ("b", b))
    )
    x, t = base.values["x"], base.values["t"]
    still = _backpropagation(name, W, b, x, t)
    for key, values in _backpropagation(name, moved_W, moved_b, x, t).items():
        dots[key] = {l: np.imag(each) / STEP for l, each in values.items()}
    if seed % 2 or seed == EXAMPLE:
        a, delta, L = still["a"], still["delta"], len(W)
        for l in W:
            before = a[l - 1], dots["a"][l - 1]
            dots["z"][l] = input_along(*before, W[l], dots["W"][l], dots["b"][l])
            dots["d"][l] = step_along(*before, delta[l], dots["delta"][l])
        for l in range(1, L):
            dots["e"][l] = error_along(
                delta[l + 1], dots["delta"][l + 1], W[l + 1], dots["W"][l + 1]
            )
    names = {"W": "W", "b": "b", "z": "z", "a": "a", "e": "e", "delta": r"\delta", "d": "d"}
    of_layers = {rf"\dot {tex}^{{(l)}}": Layers(dots[key]) for key, tex in names.items()}
    errors = {l: each for l, each in still["e"].items() if l}
    second = derivative(SLOPES[name])
    return base.but({**of_layers, "e^{(l)}": Layers(errors), "f''": second})


@of("second-derivatives", "gauss-newton", "what-gauss-and-newton-leave-out")
def matrices(seed: int) -> World:
    """The Hessian of a small network, its Jacobian, and the second derivatives of its outputs."""
    rng = np.random.default_rng(seed)
    sizes = (2, 2) if seed == EXAMPLE else (2, 3, 2)
    layers = [bp.Layer(rng.normal(size=(m, n)), None, bp.tanh) for m, n in pairwise(sizes)]
    network = bp.Network(layers)
    x, t = rng.normal(size=sizes[0]), rng.normal(size=sizes[-1])
    parameters = network.parameters
    n = sum(each.size for each in parameters.values())

    def row(found: Any) -> Value:
        return np.concatenate([found[key].ravel() for key in parameters])

    def direction(v: Value) -> dict[Any, Value]:
        places = np.cumsum([each.size for each in parameters.values()])[:-1]
        parts = np.split(v, places)
        return {
            key: part.reshape(parameters[key].shape)
            for key, part in zip(parameters, parts, strict=True)
        }

    def hessian(target: Value) -> Value:
        units = map(direction, np.eye(n))
        return np.array([row(bp.hessian_product(network, x, target, v)) for v in units])

    y, v = network.predict(x), rng.normal(size=n)
    H = hessian(t)
    G = np.array([row(bp.gauss_newton_product(network, x, direction(u))) for u in np.eye(n)])
    J = _jacobian(network, x, n)
    # An output that is 1 too large has an error of -1, and the Hessian gains what bends it.
    still = hessian(y)
    K = {k: hessian(y - np.eye(len(y))[k - 1]) - still for k in range(1, len(y) + 1)}
    values = {"H": H, "J": J, "e": t - y, r"\dot w": v, "K_k": Family(K), "G": G, "n": n}
    return world({**values, "m": sizes[-1]})


def _jacobian(network: bp.Network, x: Value, n: int) -> Value:
    """Return the derivatives of the outputs by all weights, by complex steps."""
    columns = []
    for key, w in network.parameters.items():
        for place in np.ndindex(w.shape):
            moved = w.astype(complex)
            moved[place] += STEP * 1j
            output = network.with_parameters({key: moved})._forward(x).output
            columns.append(np.imag(output) / STEP)
    assert len(columns) == n
    return np.array(columns).T
