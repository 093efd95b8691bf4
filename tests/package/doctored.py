"""Small networks for the doctor, and what a program computes that makes each mistake it knows.

The program is that of `benchmarks/wrong_gradients.py`, which shares nothing with the package.
"""

import itertools
from dataclasses import replace

import numpy as np

from backprop import Layer, Network, activations, losses
from backprop._mistakes import Problem
from benchmarks.wrong_gradients import Case, called, computed, possible


def name(case, kind, place):
    """The whole sentence, of which `called` knows what no other has."""
    before = {
        "slope of a for z": "the slope, which ",
        "slope of z for a": "the slope, which ",
        "diagonal of softmax": "of softmax, ",
        "untransposed": "the error ",
        "updated weights": "the error ",
        "weights of another layer": "the error ",
        "biases over the units": "the gradient of the biases is ",
        "target of all examples": "each output is compared with the targets of all examples: ",
    }
    behind = {
        "softmax dropped": ": the error term is that of cross-entropy",
        "slope too many": ": it is that of squared error",
    }
    end = behind.get(kind, "")
    if kind == "z for a" and isinstance(place, int):
        end = f" {place}"
    if kind == "biases times":
        end = ", and the weights are " + ("summed" if place < 1 else "averaged")
    if (kind, place) == ("penalty times", 2):
        end = ": the half before the square is missing"
    return before.get(kind, "") + called(case, kind, place) + end


def drawn(f, sizes, loss="squared_error", N=3, biased=(True, True, True), dropout=False, **told):
    rng = np.random.default_rng(len(f) + N)
    pairs = [*itertools.pairwise(sizes)]
    W = [rng.normal(size=pair) for pair in pairs]
    b = [rng.normal(size=n) if has else None for n, has in zip(sizes[1:], biased, strict=False)]
    x, t = rng.normal(size=(N, sizes[0])), rng.uniform(0.1, 0.9, (N, sizes[-1]))
    if f[-1] == "softmax":
        t /= t.sum(axis=1, keepdims=True)
    if told.pop("stale", False):
        told["before"] = [1.1 * each for each in W], b
    masks = {l: rng.integers(0, 2, (N, sizes[l])) / 0.5 for l in range(1, len(f)) if dropout}
    return Case(W, b, f, loss, x, t, masks, **told)


def problem(case, moves=()):
    """The same for the doctor."""

    def of(W, b, before=None):
        return Problem(
            dict(enumerate(W, 1)),
            dict(enumerate(b, 1)),
            {l: getattr(activations, f) for l, f in enumerate(case.f, 1)},
            getattr(losses, case.loss),
            case.x,
            case.t,
            case.masks,
            case.rate or None,
            case.decay,
            before,
            moves,
        )

    return of(case.W, case.b, case.before and of(*case.before))


CASES = {
    "one layer": drawn(["sigmoid"], (2, 3), N=1, biased=[False]),
    "one of each": drawn(["tanh"], (1, 1), N=1),
    "one layer, four examples": drawn(["tanh"], (2, 2), N=4, decay=0.1),
    "square": drawn(["tanh", "relu", "sigmoid"], (3, 3, 3, 3), decay=0.1, rate=0.3, dropout=True),
    "softmax": drawn(["sigmoid", "softmax"], (2, 4, 3), "cross_entropy", N=4),
    "softmax with squared error": drawn(["silu", "softmax"], (2, 3, 2), N=5, dropout=True),
    "many examples": drawn(["leaky_relu", "sigmoid"], (2, 2, 1), "binary_cross_entropy", 13),
    "three layers": drawn(
        ["silu", "tanh", "softmax"], (3, 2, 4, 2), "cross_entropy", 3, decay=0.2, dropout=True
    ),
    "some biases": drawn(
        ["silu", "sigmoid", "tanh"], (2, 3, 2, 2), N=2, biased=[True, False, True], rate=None
    ),
}
STALE = drawn(["tanh", "identity"], (2, 3, 2), N=3, biased=[False] * 2, stale=True)
CASES["outputs of before"] = STALE


def expected(case):
    """By its name, what is known of each mistake: kind, place and what the programs compute."""
    told = {}
    for kind, place in possible(case):
        if kind == "updated weights" and not case.rate:
            continue
        ways = [computed(case, frozenset([(kind, place)]))]
        if kind == "examples counted":
            ways.append(computed(replace(case, over_all=True), frozenset([(kind, place)])))
        if kind == "factor" and len(case.x) == 2 and place[1] in (2, 0.5):
            ways *= 2  # a factor of its own, and the number of examples
        told[name(case, kind, place)] = kind, place, ways
    return told


def network(case):
    layers = zip(case.W, case.b, case.f, strict=False)
    made = [Layer(W, b, getattr(activations, f)) for W, b, f in layers]
    return Network(made, getattr(losses, case.loss))
