"""Worlds of computations and their derivatives: chapters 12 to 14."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import backprop as bp
from backprop.derivatives import unbroadcast
from book.formulas.world import STEP, At, Family, Layers, World, key, world
from book.formulas.worlds import EXAMPLE, of
from book.formulas.worlds.networks import SIZES, network_world, random_network

OPERATIONS: dict[int, tuple[tuple[int, ...], Callable[..., Any]]] = {
    3: ((1, 2), lambda a, b: a * b),
    4: ((1, 3), lambda a, b: a + b * b),
    5: ((3, 2), lambda a, b: np.sin(a) * b),
    6: ((4, 5), lambda a, b: a * b),
    7: ((6, 3), lambda a, b: a * b + a),
}
"""A computation of seven numbers, the first two given: what each uses, and how."""


def _run(start: dict[int, Any], at: At = lambda _tex, value, *_: value) -> dict[int, Any]:
    """Return all values of the computation, from those of its two inputs."""
    v = {n: at("v_i", value, n) for n, value in start.items()}
    for n, (used, operation) in OPERATIONS.items():
        v[n] = at("v_i", operation(*(v[m] for m in used)), n)
    at("E", v[max(v)])
    return v


def _slope(value: Any) -> float:
    return float(np.imag(value) / STEP)


def _paths(start: int) -> list[tuple[int, ...]]:
    """Return all paths from a value to the last one."""
    if start == max(OPERATIONS):
        return [(start,)]
    nexts = [n for n, (used, _) in OPERATIONS.items() if start in used]
    return [(start, *path) for n in nexts for path in _paths(n)]


WORDS = {
    "paths from v_i to E": lambda at: ({"path": path} for path in _paths(at["i"])),
    "edges k→j of the path": lambda at: (
        {"k": k, "j": j} for k, j in zip(at["path"], at["path"][1:], strict=False)
    ),
}
"""What sums that are described in words go over."""


@of("computational-graphs", "adjoint", "sums-over-paths", "why-backwards")
def computation(seed: int) -> World:
    """A computation, its adjoints from the engine, its local derivatives by complex steps."""
    rng = np.random.default_rng(seed)
    start = {1: float(rng.normal()), 2: float(rng.normal())}
    v = _run(start)
    variables = _run({n: bp.Variable(value) for n, value in start.items()})
    adjoints = bp.gradients(variables[7], [variables[n] for n in v])
    along = _run({**start, 1: start[1] + STEP * 1j})

    def run(at: At) -> None:
        _run(start, at)

    def local(j: int, i: int) -> float:
        used, operation = OPERATIONS.get(j, ((), lambda: 0.0))
        return _slope(operation(*(v[m] + (STEP * 1j if m == i else 0) for m in used)))

    def edge(i: int, j: int) -> float:
        return float(j in OPERATIONS and i in OPERATIONS[j][0])

    values: dict[str, Any] = {
        "v_i": Family(v),
        r"\bar{v}_i": Family(dict(zip(v, map(float, adjoints), strict=True))),
    }
    values |= {r"\dot{v}_i": Family({n: _slope(value) for n, value in along.items()})}
    values |= {"E": v[7], r"\bar{E}": float(adjoints[6]), r"\to": edge}
    values |= {r"\partial v_j / \partial v_i": local}
    return world(values, run, running={"j": range(3, 8)}, words=WORDS)


@of("computational-graphs", "in-which-order")
def doubled_twice(seed: int) -> World:
    """What the engine computes where each value is used twice."""
    a = bp.Variable(float(np.random.default_rng(seed).normal()))
    b = a + a

    def run(at: At) -> None:
        b = at("b", 2 * at("a", float(a.value)))
        at("c", 2 * b)

    return world({"a": a.value, "b": b.value, "c": (b + b).value}, run)


@of("an-engine-in-a-page")
def stretched(seed: int) -> World:
    """A row that stands in each row of a batch, and gradients of its copies, one after another."""
    A = np.random.default_rng(seed).normal(size=(3 if seed == EXAMPLE else 5, 3))
    gradient = {r"\bar{a}": unbroadcast(A, (3,)), r"\bar{A}": A.reshape(-1)}
    return world({**gradient, r"\pi": lambda r: (r - 1) % 3 + 1})


@of("what-a-gradient-costs", "forward-mode-numbers-with-a-derivative")
def dual_numbers(seed: int) -> World:
    """Dual numbers as matrices of two rows, among which one has the square 0."""
    numbers = zip(
        ("u", "v", r"\dot{u}", r"\dot{v}"), np.random.default_rng(seed).normal(size=4), strict=True
    )
    epsilon = np.array([[0.0, 1.0], [0.0, 0.0]])
    values: dict[str, Any] = {tex: x * np.eye(2) for tex, x in numbers}
    values |= {"f": lambda v: v @ v @ v - 2 * v, "f'": lambda v: 3 * v @ v - 2 * np.eye(2)}
    return world({**values, r"\varepsilon": epsilon})


@of("what-a-gradient-costs", "checkpoints-compute-again-instead-of-keeping")
def checkpoints(seed: int) -> World:
    """How many outputs the package keeps of a deep network, for distances between checkpoints."""
    rng = np.random.default_rng(seed)
    deep = bp.random_network(rng, (3,) * 21, (bp.tanh,) * 20)
    x, target = rng.normal(size=(1, 3)), rng.normal(size=(1, 3))

    def kept(k: float) -> float:
        return bp.backward_with_checkpoints(deep, x, target, int(k)).bytes_kept / x.nbytes

    return world({"L": 20, "k": (2, 3, 5)[seed], "M": kept})


@of("what-a-gradient-costs", "less-still")
def repeated(seed: int) -> World:
    """Numbers of checkpoints and of runs."""
    return world({"s": 2 + seed, "r": 5})


@of("what-a-gradient-costs", "jvp", "vjp")
def directions(seed: int) -> World:
    """Directions and gradients at each layer, by the package for parts of a network."""
    base, rng = network_world(seed), np.random.default_rng(seed + 100)
    values = base.values
    layers = [
        bp.Layer(values["W()"][l], values["b()"][l], (bp.sigmoid, bp.tanh)[seed % 2])
        for l in values["W()"]
    ]
    L = len(layers)
    x_dot, y_bar = (rng.normal(size=values["a()"][l].shape) for l in (0, L))
    dots = {l: bp.jvp(bp.Network(layers[:l]), values["x"], x_dot)[1] for l in range(1, L + 1)}
    bars = {l: bp.vjp(bp.Network(layers[l:]), values["a()"][l], y_bar)[1] for l in range(L)}
    slope = base.slope((key(r"\hat{y}"),), ("x",))
    ends = {r"\dot x": x_dot, r"\dot y": slope @ x_dot, r"\bar y": y_bar, r"\bar x": y_bar @ slope}
    linear = {
        l: bp.jvp(bp.Network([*layers[: l - 1], _identity(layers[l - 1])]), values["x"], x_dot)[1]
        for l in values["W()"]
    }
    dots[0], bars[L] = x_dot, y_bar
    of_layers = {r"\dot a^{(l)}": dots, r"\bar a^{(l)}": bars, r"\dot z^{(l)}": linear}
    return base.but({**ends, **{tex: Layers(each) for tex, each in of_layers.items()}})


def _identity(layer: bp.Layer) -> bp.Layer:
    """Return a layer without its activation."""
    return bp.Layer(layer.W, layer.b, bp.identity)


@of("what-a-gradient-costs", "a-product-from-either-end")
def jacobians(seed: int) -> World:
    """The Jacobian of a chain of layers, and those of its layers, a row of each at a time."""
    rng = np.random.default_rng(seed)
    network = random_network(rng, SIZES, bp.tanh)
    a = network.forward(rng.normal(size=SIZES[0])).a

    def jacobian(first: int, last: int) -> Any:
        part = bp.Network(list(network)[first:last])
        return bp.vjp(part, a[first], np.eye(SIZES[last]))[1]

    J = {l: jacobian(l - 1, l) for l in (1, 2, 3)}
    return world({"J": jacobian(0, 3), "J_l": Family(J), "L": 3})
