"""Worlds of the first chapters, 1 to 4: one example, and lines of code."""

from __future__ import annotations

from typing import Any

import numpy as np

import backprop as bp
from backprop.dense import hidden_delta
from backprop.losses import output_delta
from book.formulas.world import At, Layers, World, derivative, key, world
from book.formulas.worlds import EXAMPLE, LINES, of
from book.formulas.worlds.networks import network_world, sigmoid


def _with_sigmoid(z: float) -> dict[str, Any]:
    return {"z": z, "a": bp.sigmoid(z), r"\sigma": bp.sigmoid, r"\sigma'": derivative(sigmoid)}


@of("how-a-network-learns")
def with_one_number(seed: int) -> World:
    """A network, and beside it a single z with its sigmoid."""
    base = network_world(seed)
    z = float(2 * np.random.default_rng(seed + 100).normal())
    return base.but(_with_sigmoid(base.values[key("z^{(l)}")][1][0] if seed == EXAMPLE else z))


@of("how-a-network-learns", "output-delta")
def at_the_output(seed: int) -> World:
    """A network, and the error term of its output by the function for it."""
    base = network_world(seed)
    e, y = base.values["e"], base.values[key(r"\hat{y}")]
    f = (bp.sigmoid, bp.tanh)[seed % 2]
    return base.but({r"\delta^{(l)}": Layers({base.values["L"]: output_delta(e, y, f)})})


@of("how-a-network-learns", "hidden-delta")
def at_hidden_units(seed: int) -> World:
    """A network, and the error terms of its hidden units by the function for them."""
    base = network_world(seed)
    delta, W, a = (base.values[key(tex)] for tex in (r"\delta^{(l)}", "W^{(l)}", "a^{(l)}"))
    f = (bp.sigmoid, bp.tanh)[seed % 2]
    back = {l: hidden_delta(delta[l + 1], W[l + 1], a[l], f) for l in W if l + 1 in W}
    return base.but({r"\delta^{(l)}": Layers(back)})


@of("how-a-network-learns", "one-weight-followed-to-the-loss")
def one_output(seed: int) -> World:
    """A network with one hidden layer and one output."""
    return network_world(seed, (4, 3, 1))


@of("how-a-network-learns", "the-whole-path-for-one-weight")
def one_hidden_layer(seed: int) -> World:
    """A network with one hidden layer."""
    return network_world(seed, (4, 3, 2))


@of("by-hand")
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


@of("by-hand", LINES)
def lines_by_hand(seed: int) -> World:
    """What the names of chapter 2 mean in a network of 2-1-1, without biases."""
    steps = {"step_v": r"\Delta W^{(2)}", "eta": r"\eta"}
    steps |= {f"step_w_{i}": rf"\Delta W^{{(1)}}_{{{i},1}}" for i in (1, 2)}
    weights = {"w_1": "W^{(1)}_{1,1}", "w_2": "W^{(1)}_{2,1}", "v": "W^{(2)}"}
    forward = {"x_1": "x_1", "x_2": "x_2", "z": "z^{(1)}", "a": "a^{(1)}", "output": "a^{(2)}"}
    back = {"t": "t", "error": "e", "delta_1": r"\delta^{(1)}", "delta_2": r"\delta^{(2)}"}
    base = network_world(seed, (2, 1, 1), hidden=bp.sigmoid, biases=False)
    return base.but({}, code={**weights, **forward, **back, **steps, "after": ""})


@of("in-code", LINES)
def lines_in_code(seed: int) -> World:
    """What the names of chapter 3 mean in a network of 3-2-1, without biases."""
    names = {"x": "x", "target": "t", "output": "a^{(2)}", "error": "e", "learning_rate": r"\eta"}
    names["e_hidden"] = "e^{(1)}"
    for l, layer in ((1, "hidden"), (2, "output")):
        names |= {f"{letter}_{layer}": f"{letter}^{{({l})}}" for letter in "Wza"}
        names[f"delta_{layer}"] = rf"\delta^{{({l})}}"
        names[f"step_{layer}"] = rf"\Delta W^{{({l})}}"
    return network_world(seed, (3, 2, 1), hidden=bp.sigmoid, biases=False).but({}, code=names)


@of("any-number-of-layers", "what-it-costs")
def with_its_weights(seed: int) -> World:
    """A network, and the number of its weights."""
    base = network_world(seed)
    return base.but({"C": sum(W.size for W in base.values[key("W^{(l)}")].values())})


@of("any-number-of-layers", "where-the-transpose-comes-from")
def with_a_change(seed: int) -> World:
    """A network, and a small change of the outputs of one of its layers."""
    base, rng = network_world(seed), np.random.default_rng(seed + 100)
    a = base.values[key("a^{(l)}")]
    return base.but({r"\mathrm{d}a^{(l)}": Layers({l: rng.normal(size=a[l].shape) for l in a})})
