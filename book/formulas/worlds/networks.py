"""The default world: a random network of the package, with the meanings of the notation page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import backprop as bp
from backprop.datasets import three_two_one
from backprop.dense import hidden_error
from book.formulas import notation
from book.formulas.world import At, Family, Layers, World, derivative, world
from book.formulas.worlds import EVERY_PAGE, EXAMPLE, of

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
    if seed == EXAMPLE and loss is bp.squared_error and examples is None:
        example, x, target, rate = three_two_one()
        sizes = example.sizes
        network = bp.Network([bp.Layer(each.W, np.zeros(each.W.shape[1])) for each in example])
    else:
        network = random_network(rng, sizes, hidden, loss, biases)
        rows = () if examples is None else (examples,)
        x = rng.normal(size=(*rows, sizes[0]))
        target = rng.uniform(0.1, 0.9, size=(*rows, sizes[-1]))
        rate = float(rng.uniform(0.1, 0.9))
    if loss is bp.cross_entropy:
        target /= target.sum(axis=-1, keepdims=True)
    quantities = _quantities(rng, network, x, target, rate)
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
    rng: np.random.Generator, network: bp.Network, x: Any, target: Any, rate: float
) -> dict[str, Any]:
    """Return quantities by their names in the code, as the package computes them."""
    trace = network.forward(x)
    backward = network.backward(trace, target)
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
