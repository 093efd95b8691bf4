"""Worlds of networks: the default one, and those of chapters 1, 2, 4 to 6, 8 to 10, 14."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import backprop as bp
from backprop.activations import log_sum_exp
from backprop.dense import hidden_delta, hidden_error
from backprop.losses import output_delta
from book.formulas import notation
from book.formulas.world import At, Draws, Family, Layers, World, derivative, key, world
from book.formulas.worlds import EVERY_PAGE, of

SIZES = (4, 3, 5, 2)
"""Sizes that all differ, so that no index can stand for another."""


def sigmoid(z: Any) -> Any:
    """Return what the sigmoid is: written here a second time, for complex numbers."""
    return 1 / (1 + np.exp(-z))


def _softmax(z: Any) -> Any:
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


PLAIN: dict[str, Callable[[Any], Any]] = {
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "relu": lambda z: np.where(np.real(z) > 0, z, 0),
    "softmax": _softmax,
}
"""The activations, written a second time."""

LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "squared_error": lambda t, y: (t - y) ** 2 / 2,
    "cross_entropy": lambda t, y: -t * np.log(y),
    "binary_cross_entropy": lambda t, y: -t * np.log(y) - (1 - t) * np.log(1 - y),
}
"""What each output adds to the losses, written a second time."""


def random_network(
    rng: np.random.Generator,
    sizes: Sequence[int] = SIZES,
    hidden: bp.Activation = bp.sigmoid,
    loss: bp.Loss = bp.squared_error,
    biases: bool = True,
) -> bp.Network:
    """Return a network of random weights and biases; its loss chooses the last activation."""
    activations = [hidden] * (len(sizes) - 2) + [loss.activation or hidden]
    layers = [
        bp.Layer(rng.normal(size=(m, n)), biases * rng.normal(size=n), f)
        for m, n, f in zip(sizes, sizes[1:], activations, strict=False)
    ]
    return bp.Network(layers, loss)


@of(EVERY_PAGE)
def network_world(
    seed: int,
    sizes: Sequence[int] = SIZES,
    examples: int | None = None,
    hidden: bp.Activation | None = None,
    loss: bp.Loss = bp.squared_error,
    biases: bool = True,
) -> World:
    """Return what the notation means in a random network: a forward pass, a way back, a step."""
    rng = np.random.default_rng(seed)
    hidden = hidden or (bp.sigmoid, bp.tanh)[seed % 2]
    network = random_network(rng, sizes, hidden, loss, biases)
    rows = () if examples is None else (examples,)
    x = rng.normal(size=(*rows, sizes[0]))
    target = rng.uniform(0.1, 0.9, size=(*rows, sizes[-1]))
    if loss is bp.cross_entropy:
        target /= target.sum(axis=-1, keepdims=True)
    quantities = _quantities(rng, network, x, target)
    meanings = notation.symbols(quantities)
    meanings |= {"L": len(network), "n_l": Family(dict(enumerate(sizes)))}
    moved = network.copy()
    moved.apply(network.backward(network.forward(x), target).steps(quantities["learning_rate"]))
    after = {"W^{(l)}": Layers({l: moved[l].W for l in range(1, len(sizes))})}
    if examples is not None:
        meanings |= {"N": examples, "T": target}
        meanings |= {"Z^{(l)}": quantities["z"], "A^{(l)}": quantities["a"]}
    return world(
        meanings, program(network, x, target), after, running={"l": range(len(network) + 1)}
    )


def _quantities(
    rng: np.random.Generator, network: bp.Network, x: Any, target: Any
) -> dict[str, Any]:
    """Return quantities by their names in the code, as the package computes them."""
    trace = network.forward(x)
    backward = network.backward(trace, target)
    rate = float(rng.uniform(0.1, 0.9))
    steps, downhill = backward.steps(rate), backward.steps(1.0).W[1]
    layers = range(1, len(network) + 1)
    activation = network[1].activation
    back = {
        l: hidden_error(backward.delta[l + 1], network[l + 1].W) for l in range(1, len(network))
    }
    return {
        "x": x,
        "W": Layers({l: network[l].W for l in layers}),
        "b": Layers({l: network[l].b for l in layers}),
        "z": Layers(trace.z),
        "activation": activation,
        "activation'": derivative(PLAIN[activation.name]),
        "a": Layers(trace.a),
        "output": trace.output,
        "target": target,
        "error": target - trace.output,
        "loss": backward.loss,
        "hidden_error": Layers(back),
        "delta": Layers(backward.delta),
        "learning_rate": rate,
        "steps.W": Layers(steps.W),
        "steps.b": Layers(steps.b),
        "h": float(rng.uniform(0.1, 0.9)),
        "sigmoid": bp.sigmoid,
        "downhill": downhill,
        "momentum": float(rng.uniform(0.1, 0.9)),
        "velocity": rng.normal(size=downhill.shape),
        "weight_decay": float(rng.uniform(0.1, 0.9)),
        "gradient": -downhill,
        r"\dot{v}": rng.normal(size=downhill.shape),
    }


def program(network: bp.Network, x: Any, target: Any) -> Callable[[At], None]:
    """Return a forward pass and its loss, written a second time, to take derivatives of."""

    def run(at: At) -> None:
        a = at("a^{(l)}", at("x", x), 0)
        for l, layer in enumerate(network, 1):
            z = a @ at("W^{(l)}", layer.W, l) + at("b^{(l)}", layer.b, l)
            a = at("a^{(l)}", PLAIN[layer.activation.name](at("z^{(l)}", z, l)), l)
        losses = LOSSES[network.loss.name](target, at(r"\hat{y}", a))
        at("E", losses.sum() / (len(x) if x.ndim > 1 else 1))

    return run


def _number_of_sigmoid(rng: np.random.Generator) -> dict[str, Any]:
    z = float(2 * rng.normal())
    return {"z": z, "a": bp.sigmoid(z), r"\sigma": bp.sigmoid, r"\sigma'": derivative(sigmoid)}


@of("01")
def with_one_number(seed: int) -> World:
    """A network, and beside it a single z with its sigmoid."""
    return network_world(seed).but(_number_of_sigmoid(np.random.default_rng(seed + 100)))


@of("01", "output-delta")
def at_the_output(seed: int) -> World:
    """A network, and the error term of its output by the function for it."""
    base = network_world(seed)
    e, y = base.values["e"], base.values[key(r"\hat{y}")]
    f = (bp.sigmoid, bp.tanh)[seed % 2]
    return base.but({r"\delta^{(l)}": Layers({3: output_delta(e, y, f)})})


@of("01", "hidden-delta")
def at_hidden_units(seed: int) -> World:
    """A network, and the error terms of its hidden units by the function for them."""
    base = network_world(seed)
    delta, W, a = (base.values[key(tex)] for tex in (r"\delta^{(l)}", "W^{(l)}", "a^{(l)}"))
    f = (bp.sigmoid, bp.tanh)[seed % 2]
    back = {l: hidden_delta(delta[l + 1], W[l + 1], a[l], f) for l in (1, 2)}
    return base.but({r"\delta^{(l)}": Layers(back)})


@of("01", "the-whole-path-for-one-weight")
def one_hidden_layer(seed: int) -> World:
    """A network with one hidden layer."""
    return network_world(seed, (4, 3, 2))


@of("02")
def by_hand(seed: int) -> World:
    """The network of two inputs, one hidden unit and one output."""
    rng = np.random.default_rng(seed)
    w, v = rng.normal(size=2), float(rng.normal())
    x, t, rate = rng.normal(size=2), rng.uniform(size=1), float(rng.uniform(0.1, 0.9))
    network = bp.Network([bp.Layer(w[:, np.newaxis]), bp.Layer([[v]])])
    trace = network.forward(x)
    backward = network.backward(trace, t)
    steps = backward.steps(rate)

    def run(at: At) -> None:
        z = at("z", x[0] * at("w_1", w[0]) + x[1] * at("w_2", w[1]))
        y = at(r"\hat{y}", sigmoid(at("a", sigmoid(z)) * at("v", v)))
        at("E", (t[0] - y) ** 2 / 2)

    values = {"x_1": x[0], "x_2": x[1], "x": x, "w_1": w[0], "w_2": w[1], "v": v, "t": t[0]}
    values |= {"z": trace.z[1][0], "a": trace.a[1][0], r"\hat{y}": trace.output[0]}
    values |= {"e": (t - trace.output)[0], "E": backward.loss, r"\eta": rate}
    values |= {r"\delta^{(l)}": Layers({l: delta[0] for l, delta in backward.delta.items()})}
    values |= {r"\Delta v": steps.W[2][0, 0], r"\Delta w": steps.W[1][:, 0], r"\sigma": bp.sigmoid}
    return world(values, run)


@of("02", "lines")
def lines_by_hand(seed: int) -> World:
    """What the names of chapter 2 mean in a network of 2-1-1, without biases."""
    steps = {"step_v": r"\Delta W^{(2)}", "eta": r"\eta"}
    steps |= {f"step_w_{i}": rf"\Delta W^{{(1)}}_{{{i},1}}" for i in (1, 2)}
    weights = {"w_1": "W^{(1)}_{1,1}", "w_2": "W^{(1)}_{2,1}", "v": "W^{(2)}"}
    forward = {"x_1": "x_1", "x_2": "x_2", "z": "z^{(1)}", "a": "a^{(1)}", "output": "a^{(2)}"}
    back = {"t": "t", "error": "e", "delta_1": r"\delta^{(1)}", "delta_2": r"\delta^{(2)}"}
    base = network_world(seed, (2, 1, 1), hidden=bp.sigmoid, biases=False)
    return base.but({}, code={**weights, **forward, **back, **steps, "after": ""})


@of("03", "lines")
def lines_in_code(seed: int) -> World:
    """What the names of chapter 3 mean in a network of 3-2-1, without biases."""
    names = {"x": "x", "target": "t", "output": "a^{(2)}", "error": "e", "learning_rate": r"\eta"}
    names["e_hidden"] = "e^{(1)}"
    for l, layer in ((1, "hidden"), (2, "output")):
        names |= {f"{letter}_{layer}": f"{letter}^{{({l})}}" for letter in "Wza"}
        names[f"delta_{layer}"] = rf"\delta^{{({l})}}"
        names[f"step_{layer}"] = rf"\Delta W^{{({l})}}"
    return network_world(seed, (3, 2, 1), hidden=bp.sigmoid, biases=False).but({}, code=names)


@of("04", "where-the-transpose-comes-from")
def with_a_change(seed: int) -> World:
    """A network, and a small change of the outputs of one of its layers."""
    base, rng = network_world(seed), np.random.default_rng(seed + 100)
    a = base.values[key("a^{(l)}")]
    return base.but({r"\mathrm{d}a^{(l)}": Layers({l: rng.normal(size=a[l].shape) for l in a})})


@of("05")
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


@of("06")
def of_classes(seed: int) -> World:
    """A network with softmax and cross-entropy."""
    base = _at_the_output(network_world(seed, loss=bp.cross_entropy))
    return base.but({r"\sigma'": derivative(sigmoid)})


@of("06", "binary-cross-entropy")
def of_answers(seed: int) -> World:
    """A network with sigmoid outputs and binary cross-entropy."""
    return _at_the_output(network_world(seed, loss=bp.binary_cross_entropy))


@of("06", "log-sum-exp")
def with_the_largest(seed: int) -> World:
    """The inputs to softmax, and the largest: of very large numbers, all others are lost."""
    z = np.random.default_rng(seed).normal(size=4)
    return world({"z": z, "c": float(log_sum_exp(1e6 * z)) / 1e6})


@of("06", "one-unit", "numbers-that-break")
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


@of("08")
def four_corners(seed: int) -> World:
    """The input to one unit of two inputs, at the four corners."""
    w_1, w_2, b = np.random.default_rng(seed).normal(size=3)
    unit = bp.Network([bp.Layer([[w_1], [w_2]], [b])])
    z = {f"z_{{{p}{q}}}": unit.forward([p, q]).z[1][0] for p in (0.0, 1.0) for q in (0.0, 1.0)}
    z = {tex.replace(".0", ""): value for tex, value in z.items()}
    return world({**z, "w_1": w_1, "w_2": w_2, "b": b})


@of("09")
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


@of("10", "forward")
def first_weights_of_relu(seed: int) -> World:
    """All draws of the first weights of a network of ReLU."""
    return _ensemble(seed, "relu")


@of("10", "backward")
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


@of("10", "glorot")
def glorot(seed: int) -> World:
    """The first weights of Glorot and Bengio."""
    return _variances(seed, bp.glorot)


@of("10", "he")
def he(seed: int) -> World:
    """The first weights of He and others."""
    return _variances(seed, bp.he)


@of("14", "jvp", "vjp")
def directions(seed: int) -> World:
    """Directions and gradients at each layer, by the package for parts of a network."""
    base, rng = network_world(seed), np.random.default_rng(seed + 100)
    values = base.values
    layers = [
        bp.Layer(values["W()"][l], values["b()"][l], (bp.sigmoid, bp.tanh)[seed % 2])
        for l in (1, 2, 3)
    ]
    x_dot, y_bar = rng.normal(size=SIZES[0]), rng.normal(size=SIZES[-1])
    dots = {l: bp.jvp(bp.Network(layers[:l]), values["x"], x_dot)[1] for l in (1, 2, 3)}
    bars = {l: bp.vjp(bp.Network(layers[l:]), values["a()"][l], y_bar)[1] for l in (0, 1, 2)}
    return base.but(
        {r"\dot a^{(l)}": Layers({0: x_dot, **dots}), r"\bar a^{(l)}": Layers({**bars, 3: y_bar})}
    )


@of("14", "a-product-from-either-end")
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
