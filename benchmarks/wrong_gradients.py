"""Backward passes with mistakes, written without the package, for the doctor to be tried on.

They share nothing with the package, so that what names a mistake is not what made it. Mistakes are
pairs of a kind and a place: a layer, several, an array, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Arrays = dict[tuple[str, int], np.ndarray]
"""What was computed, by ("W", l) and ("b", l)."""
Made = frozenset[tuple[str, Any]]
"""Mistakes: what was done, and where."""


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


F: dict[str, Callable] = {
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "relu": lambda z: np.where(z > 0, z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, z / 100),
    "silu": lambda z: z * _sigmoid(z),
    "identity": lambda z: z,
}
OF_Z: dict[str, Callable] = {
    "sigmoid": lambda z: _sigmoid(z) * (1 - _sigmoid(z)),
    "tanh": lambda z: 1 / np.cosh(z) ** 2,
    "relu": lambda z: np.where(z > 0, 1, 0),
    "leaky_relu": lambda z: np.where(z > 0, 1, 0.01),
    "silu": lambda z: _sigmoid(z) * (1 + z * (1 - _sigmoid(z))),
    "identity": np.ones_like,
}
OF_A: dict[str, Callable] = {
    "sigmoid": lambda a: a - a**2,
    "tanh": lambda a: 1 - a**2,
    "relu": OF_Z["relu"],
    "leaky_relu": OF_Z["leaky_relu"],
    "identity": np.ones_like,
}


@dataclass(frozen=True)
class Case:
    """A network with examples, and the conventions of a program that trains it."""

    W: list[np.ndarray]
    b: list[np.ndarray | None]
    f: list[str]
    loss: str
    x: np.ndarray
    t: np.ndarray
    masks: dict[int, np.ndarray] = field(default_factory=dict)
    decay: float = 0.0
    rate: float = 0.1
    scale: float = 1.0
    """What the loss of the package is multiplied by, without the penalty."""
    penalty_scaled: bool = True
    """Whether the penalty is multiplied by the same."""
    over: dict[int, np.ndarray] = field(default_factory=dict)
    """Over what the error is carried back to a layer, if not over the weights."""
    over_all: bool = False
    """Whether a sum over some examples is divided by the number of all."""
    before: tuple[list[np.ndarray], list[np.ndarray | None]] | None = None

    @property
    def L(self) -> int:  # noqa: N802 - the symbol
        return len(self.W)

    @property
    def joined(self) -> bool:
        """Whether the slope of the output has canceled."""
        return self.loss != "squared_error"


def computed(case: Case, made: Made = frozenset()) -> Arrays:
    """Return the gradients by ("W", l) and ("b", l) of a program that makes some mistakes."""
    kinds = {kind for kind, _ in made}
    x, t, masks = case.x, case.t, case.masks
    if "target of all examples" in kinds:
        t = np.tile(t.mean(axis=0), (len(t), 1))
    rows = next((place for kind, place in made if kind == "examples counted"), None)
    if rows is not None:
        counted = [*rows]
        x, t = x[counted], t[counted]
        masks = {l: mask[counted] for l, mask in masks.items()}
    z, a = _forward(case, x, masks, "outputs of before" in kinds)
    found: Arrays = {}
    N, d, e = len(x), None, a[case.L] - t
    for l in range(case.L, 0, -1):
        if l == case.L:
            d = _output(case, made, z[l], a[l], t)
        else:
            d, e = _hidden(case, made, l, z[l], (d, e), masks, found)
        into = z[l - 1] if _at(made, "z for a", l - 1) else a[l - 1]
        if _at(made, "inputs rolled", l):
            into = np.roll(into, 1, axis=0)
        times = case.scale / (len(case.x) if case.over_all else N)
        found["W", l] = times * sum(np.outer(*each) for each in zip(into, d, strict=True))
        if case.b[l - 1] is not None:
            found["b", l] = times * _bias(made, l, d)
        _penalize(case, made, l, found)
        for key in (("W", l), ("b", l)):
            for kind, place in made:
                if kind == "factor" and place[0] == key and key in found:
                    found[key] = found[key] * place[1]
                if kind == "biases times" and key[0] == "b" and key in found:
                    found[key] = found[key] * place
    return _exchanged(found, made)


def _forward(case, x, masks, before):
    W, b = case.before if before else (case.W, case.b)
    z, a = [None], [x]
    for l in range(1, case.L + 1):
        z.append(a[-1] @ W[l - 1] + (0 if b[l - 1] is None else b[l - 1]))
        if case.f[l - 1] == "softmax":
            powers = np.exp(z[l] - z[l].max(axis=1, keepdims=True))
            a.append(powers / powers.sum(axis=1, keepdims=True))
        else:
            a.append(F[case.f[l - 1]](z[l]))
        if l in masks:
            a[l] = a[l] * masks[l]
    return z, a


def _at(made: Made, kind: str, l: int) -> bool:
    return any(
        its == kind and (l in place if isinstance(place, tuple) else l == place)
        for its, place in made
    )


def _slope(case, made, l, z, output):
    f = case.f[l - 1]
    if _at(made, "slope dropped", l):
        return np.ones_like(z)
    if _at(made, "slope squared", l):
        return OF_Z[f](z) ** 2
    if _at(made, "slope with a plus", l):
        return output * (1 + output)
    if _at(made, "slope of z for a", l):
        return OF_A[f](z)
    return OF_Z[f](output if _at(made, "slope of a for z", l) else z)


def _output(case, made, z, y, t):
    """Return dE/dz of the outputs, for each example."""
    f, L = case.f[-1], case.L
    kinds = {kind for kind, _ in made}
    if "diagonal of softmax" in kinds:
        # dE/dy is -t / y for cross-entropy.
        return (-t / y if case.joined else y - t) * y * (1 - y)
    if case.joined:
        return (y - t) * (y * (1 - y) if "slope too many" in kinds else 1)
    if f == "softmax":
        if "softmax dropped" in kinds:
            return y - t
        return np.stack([
            (np.diag(each) - np.outer(each, each)) @ (each - its)
            for each, its in zip(y, t, strict=True)
        ])  # fmt: skip
    return (y - t) * _slope(case, made, L, z, y)


def _hidden(case, made, l, z, behind, masks, found):
    """Return dE/dz of a hidden layer and dE/da, from those of the layer behind."""
    over = case.over.get(l, case.W[l])
    for kind, place in made:
        if kind == "weights of another layer" and place[0] == l:
            over = case.W[place[1] - 1]
    if _at(made, "updated weights", l):
        over = over - case.rate * found["W", l + 1]
    if _at(made, "untransposed", l):
        over = over.T
    e = behind[_at(made, "error for error term", l)] @ over.T
    d = e * _slope(case, made, l, z, F[case.f[l - 1]](z))
    if l in masks and not _at(made, "mask missing", l):
        d = d * ((masks[l] > 0) if _at(made, "factor of dropout missing", l) else masks[l])
    return d, e


def _bias(made, l, d):
    if _at(made, "biases missing", l):
        return 0 * d[0]
    if _at(made, "biases of the last example", l):
        return len(d) * d[-1]
    if _at(made, "biases of the first example", l):
        return len(d) * d[0]
    if _at(made, "biases over the units too", l):
        return 0 * d[0] + d.sum()
    return d.sum(axis=1 if _at(made, "biases over the units", l) else 0)


def _penalize(case, made, l, found):
    times = case.decay * (case.scale if case.penalty_scaled else 1)
    for kind, place in made:
        if kind == "penalty times":
            times *= place
    found["W", l] = found["W", l] + times * case.W[l - 1]
    if case.b[l - 1] is not None and "biases penalized" in {kind for kind, _ in made}:
        found["b", l] = found["b", l] + times * case.b[l - 1]


def _exchanged(found, made):
    for kind, place in sorted(made, key=str):
        if kind == "arrays exchanged":
            one, other = place
            found[one], found[other] = found[other], found[one]
        if kind == "transposed":
            found[place] = found[place].T
    return found


# What can be done wrongly, and what it is called


def possible(case: Case) -> Iterator[tuple[str, Any]]:
    """Yield the mistakes of which the package says that it knows them, where they can be made."""
    L, N = case.L, len(case.x)
    hidden, every = tuple(range(1, L)), tuple(range(1, L + 1))
    sloped = hidden if case.joined or case.f[-1] == "softmax" else every
    sets = [*sloped, *[hidden] * (len(hidden) > 1), *[sloped] * (sloped == every and L > 1)]
    for place in sets:
        layers = place if isinstance(place, tuple) else (place,)
        yield "slope dropped", place
        yield "slope of a for z", place
        if all(case.f[l - 1] in OF_A for l in layers):
            yield "slope of z for a", place
    if case.f[-1] == "softmax":
        yield "diagonal of softmax", None
        if not case.joined:
            yield "softmax dropped", None
    if case.joined:
        yield "slope too many", None
    for place in [*hidden, *[hidden] * (len(hidden) > 1)]:
        layers = place if isinstance(place, tuple) else (place,)
        yield "updated weights", place
        yield "error for error term", place
        yield "z for a", place
        if all(len(set(case.W[l].shape)) == 1 for l in layers):
            yield "untransposed", place
        if all(l in case.masks for l in layers):
            yield "mask missing", place
            yield "factor of dropout missing", place
    for l in hidden:
        for m in every:
            if m != l + 1 and case.W[m - 1].shape == case.W[l].shape:
                yield "weights of another layer", (l, m)
    if case.before is not None:
        yield "outputs of before", None
    biased = tuple(l for l in every if case.b[l - 1] is not None)
    for place in [*biased, *[biased] * (len(biased) > 1)]:
        layers = place if isinstance(place, tuple) else (place,)
        yield "biases missing", place
        yield "biases over the units too", place
        yield "biases of the last example", place
        yield "biases of the first example", place
        if all(len(case.b[l - 1]) == N for l in layers):
            yield "biases over the units", place
    if N > 1 and biased:
        yield "biases times", N
        yield "biases times", 1 / N
    if N > 1:
        yield "target of all examples", None
        for k in range(N):
            yield "examples counted", range(k, k + 1)
        for k in range(2, N):
            yield "examples counted", range(k)
            yield "examples counted", range(N - k, N)
    if case.decay:
        yield "penalty times", 0
        yield "penalty times", 2
        yield "penalty times", 0.5
        if biased:
            yield "biases penalized", None
    shapes = {("W", l): case.W[l - 1].shape for l in every}
    shapes |= {("b", l): case.b[l - 1].shape for l in biased}
    for one in shapes:
        for factor in {-1, 2, 0.5, N, 1 / N} - {1}:
            yield "factor", (one, factor)
        if len(shapes[one]) == 2 and shapes[one][0] == shapes[one][1] > 1:
            yield "transposed", one
        for other in shapes:
            if one < other and one[0] == other[0] and shapes[one] == shapes[other]:
                yield "arrays exchanged", (one, other)


def about(kind: str, place: Any) -> set[Any]:
    """Return what a mistake is about: two that are about the same are not made together."""
    layers = place if isinstance(place, tuple) else (place,)
    for group in ("slope", "mask", "biases of", "biases over"):
        if kind.startswith(group) or (group, kind) in {
            ("mask", "factor of dropout missing"),
            ("biases of", "biases missing"),
            ("biases of", "biases over the units"),
            ("biases of", "biases over the units too"),
        }:
            return {(group.split()[0], l) for l in layers}
    if kind in ("diagonal of softmax", "softmax dropped", "slope too many"):
        return {"output"}
    if kind in ("untransposed", "updated weights"):
        return {("over", l) for l in layers}
    if kind == "weights of another layer":
        return {("over", place[0])}
    if kind == "arrays exchanged":
        return set(place)
    if kind == "factor":
        return {place[0]}
    if kind == "transposed":
        return {place}
    if kind.startswith(("penalty", "biases times", "examples")):
        return {kind}
    return {(kind, l) for l in layers}


def called(case: Case, kind: str, place: Any) -> str:
    """Return what the package is to call a mistake, in words that no other has."""
    L, N = case.L, len(case.x)
    if isinstance(place, int):
        in_layer = f"in layer {place}" + (", the output" if place == L else "")
        to_layer = f"to layer {place}"
    else:
        in_layer = (
            "in all layers" if isinstance(place, tuple) and L in place else "in all hidden layers"
        )
        to_layer = "to each hidden layer"
    in_biased = f"in layer {place}" if isinstance(place, int) else "in all layers"
    match kind:
        case "slope dropped":
            return f"the slope of the activation is dropped, {in_layer}"
        case "slope of a for z":
            return f"is computed from the pre-activation z, is given the output a, {in_layer}"
        case "slope of z for a":
            return f"is computed from the output a, is given the pre-activation z, {in_layer}"
        case "untransposed":
            return f"is carried back {to_layer} over the weights, not their transpose"
        case "updated weights":
            return f"is carried back {to_layer} over weights that have been updated already"
        case "weights of another layer":
            return f"is carried back to layer {place[0]} over the weights of layer {place[1]}"
        case "error for error term":
            of = f"layer {place + 1}" if isinstance(place, int) else "the layer after"
            return f"the error of {of} is carried back {to_layer}, not its error term"
        case "mask missing":
            return f"the mask of dropout is missing on the way back {to_layer}"
        case "factor of dropout missing":
            return f"the factor of dropout, 1 / kept, is missing on the way back {to_layer}"
        case "z for a":
            if not isinstance(place, int):
                return "the steps of all layers but the first are made with pre-activations z"
            return f"the step of layer {place + 1} is made with the pre-activation z of layer"
        case "biases missing":
            return f"the gradient of the biases is missing, {in_biased}"
        case "biases over the units too":
            return f"the gradient of the biases is summed over the units, too, {in_biased}"
        case "biases over the units":
            return f"summed over the units, not the examples, {in_biased}"
        case "biases of the last example" | "biases of the first example":
            return f"of the biases, the {kind.split()[3]} example alone is counted, {in_biased}"
        case "examples counted":
            if place.stop == place.start + 1:
                return f"of the {N} examples, example {place.stop} alone is counted"
            end, k = ("first" if place.start == 0 else "last"), place.stop - place.start
            return f"the {end} {k} of the {N} examples alone are counted"
        case "factor":
            (name, l), factor = place
            return f"{name}_{l} is {factor:.4g} times what it should be"
        case "transposed":
            return f"{place[0]}_{place[1]} is transposed"
        case "arrays exchanged":
            return " and ".join(f"{name}_{l}" for name, l in place) + " are exchanged"
        case "biases times":
            return f"the biases are {'averaged' if place < 1 else 'summed'} over the examples"
        case "penalty times":
            word = {0: "forgotten", 2: "doubled", 0.5: "halved"}[place]
            return f"the gradient of the penalty is {word}"
    return {
        "diagonal of softmax": "the diagonal of its derivative alone is taken",
        "softmax dropped": "the slope of softmax is dropped",
        "slope too many": "the error term of the output has a slope too many",
        "outputs of before": "the outputs are those of the forward pass before the last update",
        "target of all examples": "t was broadcast",
        "biases penalized": "the biases are penalized as well",
    }[kind]
