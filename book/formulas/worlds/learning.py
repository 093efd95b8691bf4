"""Worlds of batches, losses and first weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import backprop as bp
from backprop.activations import log_sum_exp
from backprop.dense import hidden_delta
from book.formulas.world import At, Draws, Family, Layers, World, derivative, key, world
from book.formulas.worlds import of
from book.formulas.worlds.networks import LOSSES, PLAIN, SIZES, network_world, sigmoid


@of("many-examples")
def batch(seed: int) -> World:
    """A batch, each of its examples alone, and rows and weights to be multiplied."""
    base, rng = network_world(seed, examples=6), np.random.default_rng(seed + 100)
    y, target = base.values[key(r"\hat{y}")], base.values[key("T")]
    alone = {r + 1: bp.squared_error(y[r], target[r]) for r in range(6)}
    A, W = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
    rows = {f"a_{r}": A[r - 1] for r in (1, 2, 3)}
    return base.but({"E_r": Family(alone), "A": A, "W": W, **rows})


def _at_the_output(base: World) -> World:
    """Let z and a without a layer be those of the output layer."""
    return base.standing({"z": "z^{(L)}", "a": "a^{(L)}"})


@of("other-activations-and-losses")
def of_classes(seed: int) -> World:
    """A network with softmax and cross-entropy."""
    base = _at_the_output(network_world(seed, loss=bp.cross_entropy))
    return base.but({r"\sigma'": derivative(sigmoid)})


@of("other-activations-and-losses", "binary-cross-entropy")
def of_answers(seed: int) -> World:
    """A network with sigmoid outputs and binary cross-entropy."""
    return _at_the_output(network_world(seed, loss=bp.binary_cross_entropy))


@of("other-activations-and-losses", "log-sum-exp")
def with_the_largest(seed: int) -> World:
    """The inputs to softmax, and the largest: of very large numbers, all others are lost."""
    z = np.random.default_rng(seed).normal(size=4)
    return world({"z": z, "c": float(log_sum_exp(1e6 * z)) / 1e6})


@of("other-activations-and-losses", "one-unit", "numbers-that-break")
def one_unit(seed: int) -> World:
    """One sigmoid unit with binary cross-entropy."""
    rng = np.random.default_rng(seed)
    z, t = float(2 * rng.normal()) * (-1) ** seed, float(rng.uniform(0.1, 0.9))
    network = bp.Network([bp.Layer([[1.0]])], bp.binary_cross_entropy)
    trace = network.forward([z])

    def run(at: At) -> None:
        a = at("a", sigmoid(at("z", z)))
        at("E", LOSSES["binary_cross_entropy"](t, a))

    loss = network.backward(trace, [t]).loss
    return world({"z": z, "a": trace.output[0], "t": t, "E": loss, r"\sigma": bp.sigmoid}, run)


@of("xor")
def four_corners(seed: int) -> World:
    """The input to one unit of two inputs, at the four corners and elsewhere."""
    w_1, w_2, b = np.random.default_rng(seed).normal(size=3)
    unit = bp.Network([bp.Layer([[w_1], [w_2]], [b])])
    z = {f"z_{{{p}{q}}}": unit.forward([p, q]).z[1][0] for p in (0.0, 1.0) for q in (0.0, 1.0)}
    z = {tex.replace(".0", ""): value for tex, value in z.items()}
    x = np.random.default_rng(seed + 100).normal(size=2)
    elsewhere = {"x_1": x[0], "x_2": x[1], "z": unit.forward(x).z[1][0]}
    return world({**z, **elsewhere, "w_1": w_1, "w_2": w_2, "b": b})


@of("reading-digits")
def of_digits(seed: int) -> World:
    """A batch in a network with a hidden layer of ReLU, and softmax."""
    base = network_world(seed, (4, 3, 2), 5, bp.relu, bp.cross_entropy)
    return base.but({r"\operatorname{relu}": bp.relu, r"\operatorname{softmax}": bp.softmax})


def _ensemble(seed: int, hidden: str) -> World:
    """Return all draws of first weights whose signs are random: means over them are exact.

    The error terms of layer 2 are drawn apart from all weights, as the chapter assumes. In one
    layer or the other, weights have the variance that keeps the mean square.
    """
    rng, n = np.random.default_rng(seed), (3, 2, 4)
    size = {1: (1 / 3) ** 0.5, 2: 1.3} if seed % 2 else {1: 0.7, 2: (1 / 2) ** 0.5}
    signs = np.array(np.meshgrid(*[(-1, 1)] * 14, indexing="ij")).reshape(14, -1).T
    W = {1: size[1] * signs[:, :6].reshape(-1, 3, 2), 2: size[2] * signs[:, 6:].reshape(-1, 2, 4)}
    a, z = {0: np.tile(rng.normal(size=3), (len(signs), 1))}, {}
    for l in (1, 2):
        z[l] = np.einsum("di,dij->dj", a[l - 1], W[l])
        a[l] = PLAIN[hidden](z[l])
    delta_2 = np.tile(rng.normal(size=4), (len(signs), 1))
    e_1 = np.einsum("dk,djk->dj", delta_2, W[2])
    slope = derivative(PLAIN[hidden])
    drawn = {"z^{(l)}": z, "a^{(l)}": a, "W^{(l)}": W, "e^{(l)}": {1: e_1}}
    drawn[r"\delta^{(l)}"] = {1: slope(z[1]) * e_1, 2: delta_2}
    values: dict[str, Any] = {
        tex: Layers({l: Draws.of(each) for l, each in layers.items()})
        for tex, layers in drawn.items()
    }
    values |= {"n_l": Family(dict(enumerate(n))), "f'": slope}
    return world(values, running={"l": range(3)})


@of("when-learning-stalls", "a-product-over-the-layers")
def carried_back(seed: int) -> World:
    """A network of four layers, and what carries error terms from each to the one before."""
    hidden = (bp.sigmoid, bp.tanh)[seed % 2]
    n = (4, 3, 5, 2, 3)
    base = network_world(seed, n, hidden=hidden)
    W, a = (base.values[key(tex)] for tex in ("W^{(l)}", "a^{(l)}"))

    def carried(l: int) -> Any:
        """Carry back each row of the identity."""
        return hidden_delta(np.eye(n[l]), W[l], np.tile(a[l - 1], (n[l], 1)), hidden)

    return base.but({"J_l": Family({l: carried(l) for l in range(2, 5)})})


@of("first-weights", "forward")
def first_weights_of_relu(seed: int) -> World:
    """All draws of the first weights of a network of ReLU."""
    return _ensemble(seed, "relu")


@of("first-weights", "backward")
def first_weights_of_tanh(seed: int) -> World:
    """All draws of the first weights of a network of tanh."""
    return _ensemble(seed, "tanh")


def _variances(seed: int, rule: Callable[..., Any]) -> World:
    """Return first weights, each the factor of its normal number with either sign."""
    n = SIZES

    def spread(l: int) -> Any:
        normal = np.random.default_rng(seed).normal(size=(n[l - 1], n[l]))
        ratio = rule(np.random.default_rng(seed), n[l - 1], n[l]) / normal
        return np.array([ratio, -ratio])

    W = Layers({l: spread(l) for l in (1, 2, 3)})
    return world({"n_l": Family(dict(enumerate(n))), "W^{(l)}": W}, running={"l": range(4)})


@of("first-weights", "glorot")
def glorot(seed: int) -> World:
    """The first weights of Glorot and Bengio."""
    return _variances(seed, bp.glorot)


@of("first-weights", "he")
def he(seed: int) -> World:
    """The first weights of He and others."""
    return _variances(seed, bp.he)
