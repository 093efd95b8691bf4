"""Worlds of digits, counts and times: the chapters that measure, count or divide work."""

from __future__ import annotations

from typing import Any

import numpy as np

import backprop as bp
from book.formulas.world import Family, World, world
from book.formulas.worlds import of
from book.formulas.worlds.networks import random_network


@of("published-numbers")
def printed(seed: int) -> World:
    """A number and what is printed of it, which is as far below it as can be, or is itself."""
    v = (0.125, 0.625, 0.3)[seed]
    return world({"v": v, "d": 2, "p": round(v, 2)})


class _Counted(np.ndarray[Any, Any]):
    """An array whose matrix products count their multiplications."""

    multiplications = 0

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        inputs = tuple(map(np.asarray, inputs))
        if "out" in options:
            options["out"] = tuple(map(np.asarray, options["out"]))
        result = np.asarray(getattr(ufunc, method)(*inputs, **options))
        if ufunc is np.matmul:
            _Counted.multiplications += result.size * inputs[0].shape[-1]
        return result.view(_Counted) if result.ndim else result[()]


@of("how-fast-is-it", "the-floor")
def multiplications(seed: int) -> World:
    """What the matrix products of a step multiply, counted by the arrays."""
    rng = np.random.default_rng(seed)
    n, N = (*(int(size) for size in rng.permutation(range(2, 7))[:3]), 7), 8
    network = random_network(rng, n)
    for layer in network:
        layer.W, layer.b = layer.W.view(_Counted), layer.b.view(_Counted)
    _Counted.multiplications = 0
    trace = network.forward(rng.normal(size=(N, n[0])))
    network.backward(trace, rng.normal(size=(N, n[-1]))).steps(1.0)
    sizes = Family(dict(enumerate(n)))
    counted = {"M": _Counted.multiplications, "N": N, "L": 3, "n_l": sizes}
    return world(counted, running={"l": range(4)})


@of("more-than-one-machine", "a-gradient-is-a-sum")
def parts(seed: int) -> World:
    """A batch in parts: loss and direction downhill of each, and of the whole."""
    rng = np.random.default_rng(seed)
    network, sizes = random_network(rng, (3, 4, 2), bp.tanh), (2, 3, 4)
    X, target = rng.normal(size=(9, 3)), rng.uniform(size=(9, 2))

    def backward(examples: Any) -> Any:
        return network.backward(network.forward(X[examples]), target[examples])

    each = [backward(part) for part in np.split(np.arange(9), np.cumsum(sizes)[:-1])]
    whole = backward(np.arange(9))

    def family(values: Any) -> Family:
        return Family(dict(enumerate(values, 1)))

    cuts = np.cumsum(sizes)[:-1]
    dealt = zip(np.split(X, cuts), np.split(target, cuts), strict=True)
    downhill = bp.downhill_over_parts(network, dealt) if seed % 2 else whole.steps(1.0)
    values = {"E": whole.loss, "d": downhill.W[1], "N": 9, "K": 3}
    values |= {"N_k": family(sizes), "E_k": family(one.loss for one in each)}
    return world({**values, "d_k": family(one.steps(1.0).W[1] for one in each)})


@of("more-than-one-machine", "where-scaling-stops")
def sent(seed: int) -> World:
    """How long a step takes, message by message, and for how many workers it is shortest."""
    rng = np.random.default_rng(seed)
    C, B, (s, T_0) = rng.uniform(1, 2), rng.uniform(1, 2), rng.uniform(1e-3, 2e-3, size=2)

    def with_server(K: int) -> float:
        return float(C / K + 2 * (sum(s / B for _ in range(K)) + T_0))

    def around_the_ring(K: int) -> float:
        return float(C / K + sum(s / K / B + T_0 for _ in range(2 * (K - 1))))

    def slope(K: float) -> float:
        return float(-C / K**2 + 2 * s / B)

    low, high = 1.0, 1e4
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    values = {"C": C, "s": s, "B": B, "T_0": T_0, "K": 7, r"K_{\text{best}}": low}
    values |= {"T": with_server, r"T_{\text{ring}}": around_the_ring}
    return world(values, typed=("T", "T_ring", "K_best"))
