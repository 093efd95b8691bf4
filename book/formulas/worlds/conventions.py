"""Worlds of the page on other conventions: the same networks, in the letters of other texts.

The values are those of the package, with their sign and their axes exchanged as the page says; the
derivatives are those of a program in the layout of the text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import backprop as bp
from backprop.dense import hidden_error
from book.formulas.world import At, Layers, World, derivative, world
from book.formulas.worlds import of
from book.formulas.worlds.networks import PLAIN, SIZES, random_network

PAGE = "conventions"
Values = dict[str, Any]


@dataclass(frozen=True)
class _Step:
    """What the package computes for one step of a random network."""

    network: bp.Network
    x: Any
    target: Any
    rate: float

    @property
    def activation(self) -> bp.Activation:
        found: bp.Activation = self.network[1].activation
        return found

    @property
    def plain(self) -> Callable[[Any], Any]:
        """The activation, written a second time."""
        return PLAIN[self.activation.name]

    def functions(self, name: str) -> Values:
        """Return the activation and its slope under the name of a text."""
        return {name: self.activation, f"{name}'": derivative(self.plain)}

    def quantities(self) -> Values:
        """Return what the package computes, by its names."""
        trace = self.network.forward(self.x)
        backward = self.network.backward(trace, self.target)
        steps = backward.steps(self.rate)
        layers = range(1, len(self.network) + 1)
        moved = self.network.copy()
        moved.apply(steps)
        errors = {
            l: hidden_error(backward.delta[l + 1], self.network[l + 1].W) for l in layers[:-1]
        }
        return {
            "W": {l: self.network[l].W for l in layers},
            "b": {l: self.network[l].b for l in layers},
            "z": trace.z,
            "a": trace.a,
            "delta": backward.delta,
            "error": errors,
            "dW": backward.steps(1.0).W,
            "moved": {l: moved[l].W for l in layers},
            "loss": backward.loss,
        }


def _step(seed: int, *, examples: int | None = None, sizes: Any = SIZES) -> _Step:
    rng = np.random.default_rng(seed)
    network = random_network(rng, sizes, (bp.sigmoid, bp.tanh)[seed % 2])
    rows = () if examples is None else (examples,)
    x = rng.normal(size=(*rows, sizes[0]))
    target = rng.uniform(0.1, 0.9, size=(*rows, sizes[-1]))
    return _Step(network, x, target, float(rng.uniform(0.1, 0.9)))


def _column(row: Any) -> Any:
    return np.reshape(row, (-1, 1))


def _columns(by_layer: Any, sign: int = 1, further: int = 0) -> Layers:
    """Return the rows of all layers as columns, with another sign, or layers numbered further."""
    return Layers({l + further: sign * _column(row) for l, row in by_layer.items()})


def _transposed(by_layer: Any, further: int = 0) -> Layers:
    return Layers({l + further: W.T for l, W in by_layer.items()})


@of(PAGE, "the-sign")
def the_sign(seed: int) -> World:
    """A step of this book, and the derivative from which others make the same step."""
    step = _step(seed)
    known = step.quantities()

    def run(at: At) -> None:
        a = step.x
        for l, layer in enumerate(step.network, 1):
            a = step.plain(at("z^{(l)}", a @ at("W^{(l)}", layer.W, l) + layer.b, l))
        at("E", ((step.target - a) ** 2).sum() / 2)

    values: Values = {"W^{(l)}": Layers(known["W"]), "a^{(l)}": Layers(known["a"])}
    values |= {r"\delta^{(l)}": Layers(known["delta"]), r"\eta": step.rate, "E": known["loss"]}
    values |= {"z^{(l)}": Layers(known["z"])}
    values |= {r"\Delta W^{(l)}": Layers({l: step.rate * W for l, W in known["dW"].items()})}
    return world(values, run, running={"l": range(len(step.network) + 1)})


@of(PAGE, "nielsen")
def nielsen(seed: int) -> World:
    """Columns, weights by out and in, layers from 1, gradients."""
    step = _step(seed)
    known = step.quantities()

    def run(at: At) -> None:
        a = at("a^{(l)}", _column(step.x), 1)
        for l, layer in enumerate(step.network, 2):
            z = at("w^{(l)}", layer.W.T, l) @ a + at("b^{(l)}", _column(layer.b), l)
            a = at("a^{(l)}", step.plain(at("z^{(l)}", z, l)), l)
        at("C", ((_column(step.target) - a) ** 2).sum() / 2)

    values = {
        "w^{(l)}": _transposed(known["W"], further=1),
        "b^{(l)}": _columns(known["b"], further=1),
        "z^{(l)}": _columns(known["z"], further=1),
        "a^{(l)}": _columns(known["a"], further=1),
        r"\delta^{(l)}": _columns(known["delta"], -1, further=1),
        "C": known["loss"],
        "y": _column(step.target),
        r"\eta": step.rate,
        "L": len(step.network) + 1,
    }
    after = {"w^{(l)}": _transposed(known["moved"], further=1)}
    running = {"l": range(1, len(step.network) + 2)}
    return world(values | step.functions(r"\sigma"), run, after, running=running)


@of(PAGE, "goodfellow-bengio-and-courville")
def goodfellow(seed: int) -> World:
    """Columns, weights by out and in, other letters, gradients."""
    step = _step(seed)
    known = step.quantities()

    def run(at: At) -> None:
        h = at("h^{(k)}", _column(step.x), 0)
        for k, layer in enumerate(step.network, 1):
            a = at("b^{(k)}", _column(layer.b), k) + at("W^{(k)}", layer.W.T, k) @ h
            h = at("h^{(k)}", step.plain(at("a^{(k)}", a, k)), k)
        at("J", ((at(r"\hat{y}", h) - _column(step.target)) ** 2).sum() / 2)

    values = {
        "W^{(k)}": _transposed(known["W"]),
        "b^{(k)}": _columns(known["b"]),
        "a^{(k)}": _columns(known["z"]),
        "h^{(k)}": _columns(known["a"]),
        "g^{(k)}": _columns(known["delta"], -1),
        r"\hat{y}": _column(known["a"][len(step.network)]),
        "J": known["loss"],
        r"\epsilon": step.rate,
        "l": len(step.network),
    }
    after = {"W^{(k)}": _transposed(known["moved"])}
    running = {"k": range(len(step.network) + 1)}
    return world(values | step.functions("f"), run, after, running=running)


@of(PAGE, "cs231n")
def cs231n(seed: int) -> World:
    """Rows, weights by in and out, gradients named after what they are of."""
    step = _step(seed, examples=6, sizes=(4, 3, 2))
    known = step.quantities()

    def run(at: At) -> None:
        z = step.x @ at("W_1", step.network[1].W) + at("b_1", step.network[1].b)
        h = at("H", step.plain(at("Z_1", z)))
        z = h @ at("W_2", step.network[2].W) + at("b_2", step.network[2].b)
        y = at("Y", step.plain(at("Z_2", z)))
        at("L", ((y - step.target) ** 2).sum() / (2 * len(step.x)))

    steps = step.network.backward(step.network.forward(step.x), step.target).steps(1.0)
    values: Values = {"X": step.x, "H": known["a"][1], "Y": known["a"][2], "L": known["loss"]}
    for l in (1, 2):
        values |= {f"W_{l}": known["W"][l], f"b_{l}": known["b"][l], f"Z_{l}": known["z"][l]}
        values |= {rf"\mathrm{{d}}W_{l}": -known["dW"][l], rf"\mathrm{{d}}b_{l}": -steps.b[l]}
        values[rf"\mathrm{{d}}Z_{l}"] = -known["delta"][l]
    values[r"\eta"] = step.rate
    after = {f"W_{l}": known["moved"][l] for l in (1, 2)}
    return world(values | step.functions("f"), run, after)


@of(PAGE, "dive-into-deep-learning")
def d2l(seed: int) -> World:
    """Columns, weights by out and in; what is after the last weights is part of the loss."""
    step = _step(seed, sizes=(4, 3, 2))
    known = step.quantities()

    def run(at: At) -> None:
        z = at("W^{(l)}", step.network[1].W.T, 1) @ _column(step.x) + _column(step.network[1].b)
        h = at("h", step.plain(at("z", z)))
        o = at("W^{(l)}", step.network[2].W.T, 2) @ h + _column(step.network[2].b)
        y = step.plain(at("o", o))
        at("J", ((y - _column(step.target)) ** 2).sum() / 2)

    values = {
        "x": _column(step.x),
        "W^{(l)}": _transposed(known["W"]),
        "z": _column(known["z"][1]),
        "h": _column(known["a"][1]),
        "o": _column(known["z"][2]),
        "y": _column(step.target),
        "J": known["loss"],
        r"\eta": step.rate,
    }
    after = {"W^{(l)}": _transposed(known["moved"])}
    return world(values | step.functions(r"\phi"), run, after)


@of(PAGE, "pytorch")
def pytorch(seed: int) -> World:
    """Rows, weights by out and in, and a loss that is a mean over all numbers of the output."""
    step = _step(seed, examples=6, sizes=(4, 3, 2))
    known = step.quantities()
    # A mean over outputs, of squares that are not halved, is so many times the loss of this book.
    times = 2 / known["a"][2].shape[1]

    def run(at: At) -> None:
        z = step.x @ at("W_1", step.network[1].W.T).T + step.network[1].b
        a = at("A", step.plain(at("Z_1", z)))
        z = a @ at("W_2", step.network[2].W.T).T + step.network[2].b
        y = at("Y", step.plain(at("Z_2", z)))
        at("E", ((y - step.target) ** 2).mean())

    values: Values = {
        "X": step.x,
        "A": known["a"][1],
        "Y": known["a"][2],
        "E": times * known["loss"],
    }
    for l in (1, 2):
        values |= {f"W_{l}": known["W"][l].T, f"Z_{l}": known["z"][l]}
        values[f"G_{l}"] = -times * known["delta"][l]
    values[r"\eta"] = step.rate / times
    after = {f"W_{l}": known["moved"][l].T for l in (1, 2)}
    return world(values | step.functions("f"), run, after)
