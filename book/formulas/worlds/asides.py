"""Worlds of formulas that stand in a line: an aside of a few symbols, on any page."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

import backprop as bp
from backprop.dense import weight_step
from book.formulas.world import At, Layers, World, derivative, key, world
from book.formulas.worlds import of
from book.formulas.worlds.graphs import directions
from book.formulas.worlds.learning import glorot, of_classes
from book.formulas.worlds.networks import network_world
from book.formulas.worlds.shapes import row_of_numbers


@of("how-a-network-learns", "one layer")
def one_layer(seed: int) -> World:
    """A network, and letters without a layer for one of its layers."""
    return network_world(seed).standing({"z": "z^{(l)}", "a": "a^{(l-1)}", "W": "W^{(l)}"})


@of("how-a-network-learns", "the output")
def the_output(seed: int) -> World:
    """A network, and z for the input to its outputs."""
    return network_world(seed).standing({"z": "z^{(L)}"})


@of("how-a-network-learns", "absolute error")
def absolute_error(seed: int) -> World:
    """A network whose loss is the sum of absolute errors."""
    base = network_world(seed)
    t, output = base.values["t"], base.values[key(r"\hat{y}")]

    def run(at: At) -> None:
        y = at(r"\hat{y}", output)
        at("E", np.where(np.real(t - y) > 0, t - y, y - t).sum())

    loss = np.abs(t - output).sum()
    return base.but({"E": loss, r"\operatorname{sign}": np.sign}, program=run)


@of("other-activations-and-losses", "one number")
def one_number(seed: int) -> World:
    """A number, and the sigmoid."""
    return world({"z": float(np.random.default_rng(seed).normal()), r"\sigma": bp.sigmoid})


@of("other-activations-and-losses", "slopes of softmax")
def slopes_of_softmax(seed: int) -> World:
    """A network with softmax, and the slopes of its outputs by complex steps."""
    base = of_classes(seed)
    L = base.values["L"]
    return base.but({"J": base.slope(("a()", L), ("z()", L)).T})


@of("is-the-gradient-right", "best step")
def best_step(seed: int) -> World:
    """Sizes of two errors of a difference, and the step at which their sum is least."""
    E, third, epsilon = np.random.default_rng(seed).uniform(1, 2, size=3)
    best = _root(derivative(lambda h: h**2 / 6 * third + epsilon / h * E), 0.1, 10.0)
    return world({"E": -E, "E'''": -third, r"\varepsilon": epsilon, "h": best})


def _root(f: Callable[[float], float], low: float, high: float) -> float:
    """Return where a growing function is 0."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if f(middle) < 0 else (low, middle)
    return low


@of("first-weights", "small numbers")
def small_numbers(seed: int) -> World:
    """A small number, of either sign, and its tanh."""
    z = 0.01 * float(np.random.default_rng(seed).uniform(1, 2)) * (-1) ** seed
    values: dict[str, Any] = {"z": z, "a": float(bp.tanh(z)), "f": bp.tanh}
    return world({**values, "f'": derivative(np.tanh)})


@of("first-weights", "one draw")
def one_draw(seed: int) -> World:
    """A network without biases, and letters without a layer for one of its layers."""
    names = {"z": "z^{(l)}", "a": "a^{(l-1)}", "W": "W^{(l)}"}
    return network_world(seed, biases=False).standing(names)


@of("first-weights", "two inputs")
def two_inputs(seed: int) -> World:
    """A unit with two inputs."""
    a, w = np.random.default_rng(seed).uniform(-2, 2, size=(2, 2))
    named = {f"{name}_{i + 1}": each[i] for name, each in (("a", a), ("w", w)) for i in (0, 1)}
    return world({"z": float(a @ w), **named})


@of("first-weights", "one draw back")
def one_draw_back(seed: int) -> World:
    """A network, and letters without a layer for what an error of one of its layers is made of."""
    names = {"e": "e^{(l)}", r"\delta": r"\delta^{(l+1)}", "W": "W^{(l+1)}"}
    return network_world(seed).standing(names)


@of("first-weights", "drawn evenly")
def drawn_evenly(seed: int) -> World:
    """Glorot's first weights of one layer, and how far evenly drawn ones of that variance go."""
    base, l = glorot(seed), 1 + seed
    variance = float(np.var(base.values["W()"][l]))
    return base.but({"l": l, "r": (3 * variance) ** 0.5})


@of("first-weights", "leaky")
def leaky(seed: int) -> World:
    """First weights that keep the mean square of leaky ReLU, of inputs of either sign."""
    base = glorot(seed)
    share, n = float(np.random.default_rng(seed).uniform(0.1, 0.9)), base.values["n_"]
    z = np.array([1.0, -1.0])
    kept = np.mean(np.where(z > 0, z, share * z) ** 2) / np.mean(z**2)
    W = {l: z / (n[l - 1] * kept) ** 0.5 for l in (1, 2, 3)}
    return base.but({r"\alpha": share, "W^{(l)}": Layers(W)})


@of("faster-descent", "stable")
def stable(seed: int) -> World:
    """The curvature across the valley, and a learning rate with which no path leaves it."""
    edge = _root(lambda rate: abs(1 - rate * 20) - 1, 0.06, 1.0)
    share = float(np.random.default_rng(seed).uniform(0.9, 1))
    return world({"c_2": 20, r"\eta": edge * share}, typed=("c_2",))


@of("faster-descent", "steady")
def steady(seed: int) -> World:
    """RMSProp after many steps in the same direction."""
    optimizer, d = bp.RMSProp(0.3, 0.8), np.random.default_rng(seed).normal(size=3)
    for _ in range(60):
        optimizer.step(("W", 1), d)
    return world({"d": d, "s": optimizer.square["W", 1]})


@of("learning-too-much", "one weight")
def one_weight(seed: int) -> World:
    """A bowl around 3 with weight decay, and the place where its slope is 0."""
    c, pull = np.random.default_rng(seed).uniform(0.5, 2, size=2)
    E = (
        c / 2 * np.polynomial.Polynomial([-3, 1]) ** 2
        + pull / 2 * np.polynomial.Polynomial([0, 1]) ** 2
    )
    return world({"c": c, r"\lambda": pull, "w": float(E.deriv().roots()[0])})


@of("computational-graphs", "error terms")
def error_terms(seed: int) -> World:
    """A network, and letters without a layer for one of its layers."""
    return network_world(seed).standing({r"\delta": r"\delta^{(l)}", "z": "z^{(l)}"})


def _by_the_engine(seed: int, f: Callable[[Any, Any], Any], result: str, *names: str) -> World:
    """Return two numbers, what an operation makes of them, and their adjoints by the engine."""
    a, b = map(float, np.random.default_rng(seed).uniform(0.5, 2, size=2))

    def run(at: At) -> None:
        at("E", np.sin(at(result, f(at(names[0], a), at(names[1], b)))))

    left, right = bp.Variable(a), bp.Variable(b)
    made = f(left, right)
    E = np.sin(made)
    adjoints = map(float, bp.gradients(E, [left, right, made]))
    values = {names[0]: a, names[1]: b, result: float(made.value), "E": float(E.value)}
    bars = (rf"\bar{{{name}}}" for name in (*names, result))
    return world(values | dict(zip(bars, adjoints, strict=True)), run)


@of("an-engine-in-a-page", "quotient")
def quotient(seed: int) -> World:
    """A quotient."""
    return _by_the_engine(seed, lambda a, b: a / b, "y", "a", "b")


@of("an-engine-in-a-page", "power")
def power(seed: int) -> World:
    """A power."""
    return _by_the_engine(seed, lambda a, n: a**n, "y", "a", "n")


@of("what-a-gradient-costs", "a product")
def product(seed: int) -> World:
    """A product, with the names of chapter 14."""
    return _by_the_engine(seed, lambda u, v: u * v, "c", "u", "v")


@of("what-a-gradient-costs", "a quotient")
def divided(seed: int) -> World:
    """A quotient, with the names of chapter 14."""
    return _by_the_engine(seed, lambda u, v: u / v, "c", "u", "v")


@of("an-engine-in-a-page", "matrix product")
def matrix_product(seed: int) -> World:
    """A product of matrices, what comes back to it by the engine, and a loss by complex steps."""
    rng = np.random.default_rng(seed)
    A, B = rng.normal(size=(4, 3)), rng.normal(size=(3, 2))

    def run(at: At) -> None:
        at("E", np.sin(at("Y", at("A", A) @ at("B", B))).sum())

    Y = bp.Variable(A) @ bp.Variable(B)
    E = np.sum(np.sin(Y))
    (G,) = bp.gradients(E, [Y])
    return world({"A": A, "B": B, "Y": Y.value, "G": G, "E": float(E.value)}, run)


@of("what-a-gradient-costs", "two modes")
def two_modes(seed: int) -> World:
    """The Jacobian of a network by complex steps, and both products with it by the package."""
    base = directions(seed)
    ends = {name: base.values[key(name)] for name in (r"\dot x", r"\dot y", r"\bar x", r"\bar y")}
    columns = {name: np.reshape(v, (-1, 1)) if "dot" in name else v for name, v in ends.items()}
    return world({**columns, "J": base.slope((key(r"\hat{y}"),), ("x",))})


@of("what-a-gradient-costs", "one layer")
def layer_of_rows(seed: int) -> World:
    """The Jacobian of a tanh layer by complex steps, and rows for both of its products."""
    rng = np.random.default_rng(seed)
    W, x = rng.normal(size=(4, 3)), rng.normal(size=4)

    def output(x: np.ndarray) -> np.ndarray:
        return np.tanh(x @ W)

    J = np.array([bp.complex_step(lambda x: output(x) @ one, x) for one in np.eye(3)])  # noqa: B023
    slopes = {"f'": derivative(np.tanh)}
    rows = {"z": x @ W, r"\dot x": rng.normal(size=4), r"\bar y": rng.normal(size=3)}
    return world({**rows, **slopes, "J": J, "W": W})


@of("what-a-gradient-costs", "linear")
def linear(seed: int) -> World:
    """Directions at a layer, without layers in the notation."""
    names = {r"\dot z": r"\dot z^{(l)}", r"\dot a": r"\dot a^{(l-1)}", "W": "W^{(l)}"}
    return directions(seed).standing(names)


@of("what-a-gradient-costs", "reversal")
def reversal(seed: int) -> World:
    """How many steps must be run again to reverse a chain, by trying all places."""
    L, s = (12, 17, 30)[seed], (2, 3, 3)[seed]

    @functools.cache
    def least(L: int, s: int) -> int:
        if s == 1:
            return L * (L - 1) // 2
        tried = (j + least(L - j, s - 1) + least(j, s) for j in range(1, L))
        return min(tried, default=0)

    # As many runs as the last step needs: one more than with one step less, as often as that rises.
    r = least(L, s) - least(L - 1, s)
    return world({"L": L, "s": s, "r": r, "t": least(L, s)})


@of("convolution", "places")
def places(seed: int) -> World:
    """The step of a dense layer whose weights are those of a kernel."""
    base = row_of_numbers(seed)
    delta = np.array([base.values["δ_"][i] for i in sorted(base.values["δ_"])])
    step = weight_step(base.values["a"], delta, base.values["η"])
    running = {"i": range(len(delta)), "j": range(len(base.values["w"]))}
    return base.but({r"\Delta W": step}, running=running)


@of("mistakes")
def mistakes(seed: int) -> World:
    """A network with softmax and cross-entropy, and a share of a running mean."""
    share = float(np.random.default_rng(seed).uniform(0.1, 0.9))
    base = network_world(seed, loss=bp.cross_entropy).standing({r"\delta": r"\delta^{(L)}"})
    return base.but({r"\beta": share})


@of("notation")
def of_one_layer(seed: int) -> World:
    """A network, and W for the weights of one of its layers."""
    return network_world(seed).standing({"W": "W^{(l)}"})
