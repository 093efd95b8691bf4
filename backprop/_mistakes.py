"""A backward pass that can be told to be wrong, and the table of what it can be told.

Each row of the table is a mistake that people make. What a program with that mistake computes is
found by making it, so that a gradient that somebody computed can be compared with each of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np

from backprop._arrays import Array
from backprop.activations import Activation, softmax, softmax_error
from backprop.losses import Loss

Key: TypeAlias = tuple[str, int]
"""Which array: ("W", l) or ("b", l)."""
Choices: TypeAlias = Mapping[Any, Any]
"""What is done otherwise than right, by what it is about."""


MANY = 12
"""Of more examples, the first, the last and the last half alone are looked for in pairs."""


@dataclass(frozen=True)
class Problem:
    """A dense network in plain arrays, with the examples of which the gradient is asked."""

    W: Mapping[int, Array]
    b: Mapping[int, Array | None]
    f: Mapping[int, Activation]
    loss: Loss
    x: Array
    t: Array
    masks: Mapping[int, Array] = field(default_factory=dict)
    """What the outputs of a layer are multiplied by: 0, or one over the share that is kept."""
    learning_rate: float | None = None
    weight_decay: float = 0.0
    before: Problem | None = None
    """The same with the weights of the step before."""
    moves: tuple[Mapping[int, Array], ...] = ()
    """By what a program may have moved its weights, by layer: what it computed, in some reading."""

    def forward(self) -> tuple[dict[int, Array], dict[int, Array]]:
        """Return the pre-activations of the layers, and their outputs after the masks.

        Returns
        -------
        z, a : dicts of (N, n_l) arrays
            By layer; a[0] is the input.
        """
        z, a = {}, {0: self.x}
        for l, W in self.W.items():
            b = self.b[l]
            z[l] = a[l - 1] @ W + (0 if b is None else b)
            a[l] = self.f[l].function(z[l]) * self.masks.get(l, 1.0)
        return z, a


@dataclass(frozen=True)
class Mistake:
    """What somebody did, and the line that is right."""

    name: str
    choices: Choices
    right: str
    """The line of a right program."""
    equation: str
    """The equation that it writes out."""
    common: bool = True
    """Whether it is also looked for beside another mistake."""
    weight: float = 1.0
    """How much it explains nothing: a mistake that fits by a number of its own weighs more."""

    def __str__(self) -> str:
        return self.name


# The backward pass


@dataclass(frozen=True)
class Passes:
    """What a program has after both passes, and makes a gradient of."""

    N: int
    """How many examples it takes."""
    z: Mapping[int, Array]
    delta: Mapping[int, Array]
    """The error terms by layer, times the number of examples."""
    products: Mapping[int, Array]
    """Minus the inputs of each layer times its error terms."""


_PASSES = {"target", "rows", "stale", "slope", "carrier", "carried", "mask"}
"""What choices are about that are made in a pass, but for early updates, which know the penalty."""


def in_passing(choices: Choices) -> frozenset[tuple[Any, Any]]:
    """Return the choices that are made in a pass: where they are the same, so are both passes.

    Parameters
    ----------
    choices : dict
        What a program does otherwise than right.

    Returns
    -------
    frozenset of tuples
        What each is about, and how it is done.
    """
    return frozenset(
        (about, how)
        for about, how in choices.items()
        if (about[0] if isinstance(about, tuple) else about) in _PASSES
    )


def passes(problem: Problem, choices: Choices) -> Passes:
    """Return what a program has after both passes that does some things otherwise than right.

    Parameters
    ----------
    problem : Problem
        What is to be differentiated.
    choices : dict
        What the program does otherwise.

    Returns
    -------
    Passes
        What its gradient is made of.
    """
    problem = _examples(problem, choices)
    z, a = (problem.before if "stale" in choices and problem.before else problem).forward()
    delta = _error_terms(problem, choices, z, a)
    products = {l: -a[l - 1].T @ delta[l] for l in delta}
    return Passes(len(problem.x), z, delta, products)


def gradient(problem: Problem, choices: Choices, after: Passes | None = None) -> dict[Key, Array]:
    """Return the gradient that a program computes which does some things otherwise than right.

    Parameters
    ----------
    problem : Problem
        What is to be differentiated.
    choices : dict
        What the program does otherwise; the gradient is right where it is empty.
    after : Passes, optional
        What the program has after both passes, where it is known.

    Returns
    -------
    dict of arrays
        By ("W", l) and ("b", l).
    """
    its = after or passes(problem, choices)
    N = len(problem.x) if "rows of all" in choices else its.N
    found: dict[Key, Array] = {}
    for l in problem.W:
        is_z = choices.get(("input", l)) == "z"
        found["W", l] = (-its.z[l - 1].T @ its.delta[l] if is_z else its.products[l]) / N
        if problem.b[l] is not None:
            found["b", l] = _bias(choices.get(("bias", l)), -its.delta[l] / N)
    decay = problem.weight_decay * choices.get("penalty", 1.0)
    for (name, l), array in found.items():
        penalized = problem.W[l] if name == "W" else problem.b[l]
        if decay and (name == "W" or "penalized biases" in choices):
            found[name, l] = array + decay * penalized
    return _spoiled(found, choices)


def _examples(problem: Problem, choices: Choices) -> Problem:
    """Return the problem with the examples and targets that a program takes."""
    if choices.get("target") == "mean":
        problem = replace(problem, t=np.broadcast_to(problem.t.mean(axis=0), problem.t.shape))
    if "rows" not in choices:
        return problem
    rows = slice(*choices["rows"])
    masks = {l: mask[rows] for l, mask in problem.masks.items()}
    before = problem.before and _examples(problem.before, choices)
    return replace(problem, x=problem.x[rows], t=problem.t[rows], masks=masks, before=before)


def _error_terms(
    problem: Problem, choices: Choices, z: Mapping[int, Array], a: Mapping[int, Array]
) -> dict[int, Array]:
    L = len(problem.W)
    delta = {L: _at_the_output(problem, choices, z[L], a[L])}
    e = problem.t - a[L]
    for l in range(L - 1, 0, -1):
        back = e if choices.get(("carried", l)) == "error" else delta[l + 1]
        e = back @ _carrier(problem, choices, l, delta, a).T
        at_units = e * _mask(problem, choices, l)
        delta[l] = _through_units(problem, choices.get(("slope", l)), at_units, z[l], a[l], l)
    return delta


def _through_units(
    problem: Problem, how: str | None, e: Array, z: Array, a: Array, l: int
) -> Array:
    """Return the error term of hidden units, from the error of their outputs."""
    if problem.f[l] is softmax and how is None:
        return softmax_error(e, softmax.function(z))
    through: Array = e * _slope(problem.f[l], how, z, a, problem, l)
    return through


def _at_the_output(problem: Problem, choices: Choices, z: Array, y: Array) -> Array:
    """Return the error term of the last layer, times the number of examples."""
    L = len(problem.W)
    e: Array = problem.t - y
    f, how = problem.f[L], choices.get(("slope", L))
    if problem.loss.activation is not None:
        # The slope of the units has canceled against the derivative of the loss.
        forms: dict[str, Array] = {"diagonal": problem.t * (1 - y), "twice": e * y * (1 - y)}
        return forms.get(how or "", e)
    if f is softmax:
        forms = {"none": e, "diagonal": e * y * (1 - y)}
        return forms.get(how or "", softmax_error(e, y))
    delta: Array = e * _slope(f, how, z, y, problem, L)
    return delta


def _slope(f: Activation, how: str | None, z: Array, a: Array, problem: Problem, l: int) -> Array:
    """Return the slopes of units, or what is taken for them."""
    mask = problem.masks.get(l)
    output = a if mask is None else f.function(z)
    if how == "none":
        return np.ones_like(z)
    if f.of == "input":
        return f.derivative(output if how == "of a for z" else z)
    if how == "of z for a":
        return f.derivative(z)
    return f.derivative(f.function(output) if how == "of a for z" else output)


def _mask(problem: Problem, choices: Choices, l: int) -> Array | float:
    mask = problem.masks.get(l)
    how = choices.get(("mask", l))
    if mask is None or how == "none":
        return 1.0
    return (mask != 0).astype(float) if how == "no factor" else mask


def _carrier(
    problem: Problem,
    choices: Choices,
    l: int,
    delta: Mapping[int, Array],
    a: Mapping[int, Array],
) -> Array:
    """Return the weights over which the error comes back to a layer."""
    how, W = choices.get(("carrier", l)), problem.W[l + 1]
    moved = choices.get(("updated", l))
    if moved is True:
        downhill = a[l].T @ delta[l + 1] / len(problem.x)
        decay = problem.weight_decay * choices.get("penalty", 1.0)
        W = W + (problem.learning_rate or 0.0) * (downhill - decay * W)
    elif moved is not None:
        W = W + moved
    if how == "untransposed":
        return W.T
    return problem.W[how] if isinstance(how, int) else W


def _bias(how: str | None, each: Array) -> Array:
    """Return the gradient of biases from that of each example, over the number of examples."""
    if how == "missing":
        return np.zeros(each.shape[1])
    if how == "last":
        each = each[-1:] * len(each)
    if how == "first":
        each = each[:1] * len(each)
    if how == "all units":
        return np.full(each.shape[1], each.sum())
    total: Array = each.sum(axis=1 if how == "other axis" else 0)
    return total


def _spoiled(found: dict[Key, Array], choices: Choices) -> dict[Key, Array]:
    """Return gradients of which some are multiplied, exchanged or turned."""
    made = dict(found)
    for about, how in choices.items():
        if isinstance(about, tuple) and about[0] == "factor":
            for key in found:
                if about[1:] in (key, (key[0], 0)):
                    made[key] = made[key] * how
        if isinstance(about, tuple) and about[0] == "swapped":
            one, other = how
            made[one], made[other] = made[other], made[one]
        if isinstance(about, tuple) and about[0] == "turned":
            made[how] = made[how].T
    return made


# The table


def mistakes(problem: Problem) -> Iterator[Mistake]:
    """Yield the mistakes that can be made with a network of this form.

    Parameters
    ----------
    problem : Problem
        What is to be differentiated.

    Yields
    ------
    Mistake
        Each with the choices that make it.
    """
    yield from _at_slopes(problem)
    yield from _on_the_way_back(problem)
    yield from _at_biases(problem)
    yield from _with_examples(problem)
    yield from _with_penalty(problem)
    yield from _with_arrays(problem)


_HIDDEN = "delta = (delta_next @ W_next.T) * slope"
_OUTPUT = "delta = (t - y) * slope"


def _of_layers(L: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield which layers a mistake may be made in."""
    for l in range(1, L + 1):
        yield f"in layer {l}" + (", the output" if l == L else ""), (l,)
    if L > 2:
        yield "in all hidden layers", tuple(range(1, L))
    if L > 1:
        yield "in all layers", tuple(range(1, L + 1))


_SLOPES = {
    "none": "the slope of the activation is dropped",
    "of z for a": "the slope, which is computed from the output a, is given the pre-activation z",
    "of a for z": "the slope, which is computed from the pre-activation z, is given the output a",
}


def _at_slopes(problem: Problem) -> Iterator[Mistake]:
    L = len(problem.W)
    canceled = problem.loss.activation is not None
    for where, layers in _of_layers(L):
        for how, said in _SLOPES.items():
            if (canceled or problem.f[L] is softmax) and L in layers:
                continue
            if how != "none" and any(problem.f[l] is softmax for l in layers):
                continue
            choices = {("slope", l): how for l in layers}
            right = _OUTPUT if layers == (L,) else _HIDDEN
            equation = "output-delta" if layers == (L,) else "hidden-delta"
            yield Mistake(f"{said}, {where}", choices, right, equation)
    if problem.f[L] is softmax:
        choices = {("slope", L): "diagonal"}
        said = "of softmax, the diagonal of its derivative alone is taken"
        right = (
            "delta = t - y" if canceled else "delta = a * (e - (e * a).sum(axis=1, keepdims=True))"
        )
        yield Mistake(said, choices, right, "cross-entropy-delta" if canceled else "softmax-error")
        if not canceled:
            said = "the slope of softmax is dropped: the error term is that of cross-entropy"
            yield Mistake(said, {("slope", L): "none"}, right, "softmax-error")
    if canceled:
        said = "the error term of the output has a slope too many: it is that of squared error"
        yield Mistake(said, {("slope", L): "twice"}, "delta = t - y", "cross-entropy-delta")


def _on_the_way_back(problem: Problem) -> Iterator[Mistake]:
    hidden = tuple(range(1, len(problem.W)))
    for l in hidden:
        yield from _carried_back(problem, f"to layer {l}", f"layer {l + 1}", (l,))
        for m, other in problem.W.items():
            if m != l + 1 and other.shape == problem.W[l + 1].shape:
                said = f"the error is carried back to layer {l} over the weights of layer {m}"
                yield Mistake(said, {("carrier", l): m}, _HIDDEN, "hidden-error")
        said = f"the step of layer {l + 1} is made with the pre-activation z of layer {l}"
        right = "step = learning_rate * a.T @ delta"
        yield Mistake(said, {("input", l + 1): "z"}, right, "weight-step")
    if len(hidden) > 1:
        yield from _carried_back(problem, "to each hidden layer", "the layer after", hidden)
        said = "the steps of all layers but the first are made with pre-activations z"
        choices = {("input", l + 1): "z" for l in hidden}
        yield Mistake(said, choices, "step = learning_rate * a.T @ delta", "weight-step")
    if problem.before is not None:
        said = "the outputs are those of the forward pass before the last update"
        yield Mistake(said, {"stale": True}, "forward again after each step", "weighted-input")


def _carried_back(problem: Problem, at: str, of: str, layers: tuple[int, ...]) -> Iterator[Mistake]:
    """Yield what can be done wrongly on the way back to some layers, in all of them alike."""
    if all(problem.W[l + 1].shape[0] == problem.W[l + 1].shape[1] for l in layers):
        said = f"the error is carried back {at} over the weights, not their transpose"
        choices: Choices = {("carrier", l): "untransposed" for l in layers}
        yield Mistake(said, choices, _HIDDEN, "hidden-error")
    said = f"the error is carried back {at} over weights that have been updated already"
    right = "all error terms first, then the steps"
    if problem.learning_rate:
        yield Mistake(said, {("updated", l): True for l in layers}, right, "hidden-error")
    for move in problem.moves:
        if all(l + 1 in move for l in layers):
            choices = {("updated", l): move[l + 1] for l in layers}
            yield Mistake(said, choices, right, "hidden-error")
    said = f"the error of {of} is carried back {at}, not its error term"
    yield Mistake(said, {("carried", l): "error" for l in layers}, _HIDDEN, "hidden-error")
    if all(l in problem.masks for l in layers):
        right = "delta = delta * mask"
        said = f"the mask of dropout is missing on the way back {at}"
        yield Mistake(said, {("mask", l): "none" for l in layers}, right, "hidden-delta")
        said = f"the factor of dropout, 1 / kept, is missing on the way back {at}"
        yield Mistake(said, {("mask", l): "no factor" for l in layers}, right, "hidden-delta")


_BIASES = {
    "missing": "the gradient of the biases is missing",
    "last": "of the biases, the last example alone is counted",
    "first": "of the biases, the first example alone is counted",
    "all units": "the gradient of the biases is summed over the units, too",
    "other axis": "the gradient of the biases is summed over the units, not the examples",
}


def _at_biases(problem: Problem) -> Iterator[Mistake]:
    right = "step = learning_rate * delta.sum(axis=0)"
    biased = [l for l, b in problem.b.items() if b is not None]
    sets: list[tuple[str, tuple[int, ...]]] = [(f"in layer {l}", (l,)) for l in biased]
    sets += [("in all layers", tuple(biased))] * (len(biased) > 1)
    for how, said in _BIASES.items():
        for where, layers in sets:
            fits = all(problem.W[l].shape[1] == len(problem.x) for l in layers)
            if how == "other axis" and not fits:
                continue
            choices = {("bias", l): how for l in layers}
            yield Mistake(f"{said}, {where}", choices, right, "bias-step")
    N = len(problem.x)
    if N > 1 and biased:
        said = "the biases are averaged over the examples, and the weights are summed"
        yield Mistake(said, {("factor", "b", 0): 1 / N}, right, "bias-step")
        said = "the biases are summed over the examples, and the weights are averaged"
        yield Mistake(said, {("factor", "b", 0): float(N)}, right, "bias-step")


def _with_examples(problem: Problem) -> Iterator[Mistake]:
    N = len(problem.x)
    if N > 1:
        right = "e = t - y, of one shape: t.reshape(y.shape)"
        said = "each output is compared with the targets of all examples: t was broadcast"
        yield Mistake(said, {"target": "mean"}, right, "error")
        right = "a.T @ delta adds up over all examples"
        for said, rows in _parts(N):
            common = N <= MANY or rows in ((0, 1), (N - 1, N), (N // 2, N))
            # What is divided by the number of all examples is smaller, beside a penalty, too.
            for choices in ({"rows": rows}, {"rows": rows, "rows of all": True}):
                yield Mistake(said, choices, right, "weight-step", common)


def _parts(N: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield which examples may be counted alone."""
    for k in range(N):
        yield f"of the {N} examples, example {k + 1} alone is counted", (k, k + 1)
    for k in range(2, N):
        yield f"the last {k} of the {N} examples alone are counted", (N - k, N)
        yield f"the first {k} of the {N} examples alone are counted", (0, k)


def _with_penalty(problem: Problem) -> Iterator[Mistake]:
    if problem.weight_decay:
        right = "gradient = gradient + weight_decay * W"
        for much, said in [
            (0.0, "the gradient of the penalty is forgotten"),
            (2.0, "the gradient of the penalty is doubled: the half before the square is missing"),
            (0.5, "the gradient of the penalty is halved"),
        ]:
            yield Mistake(said, {"penalty": much}, right, "weight-decay")
        said = "the biases are penalized as well"
        yield Mistake(said, {"penalized biases": True}, right, "weight-decay")


def _with_arrays(problem: Problem) -> Iterator[Mistake]:
    shapes = {("W", l): W.shape for l, W in problem.W.items()}
    shapes |= {("b", l): b.shape for l, b in problem.b.items() if b is not None}
    for one, other in itertools.combinations(shapes, 2):
        if shapes[one] == shapes[other] and one[0] == other[0]:
            said = f"{_written(one)} and {_written(other)} are exchanged"
            yield Mistake(said, {("swapped", one, other): (one, other)}, "one each", "update")
    for key, its in shapes.items():
        if len(its) == 2 and its[0] == its[1] > 1:
            said = f"{_written(key)} is transposed"
            yield Mistake(said, {("turned", *key): key}, "a.T @ delta", "weight-step")
        for factor in (-1.0, 2.0, 0.5, float(len(problem.x)), 1 / len(problem.x)):
            if factor != 1:
                said = f"{_written(key)} is {factor:.4g} times what it should be"
                choices = {("factor", *key): factor}
                yield Mistake(said, choices, "the same factor for all", "weight-step", weight=1.2)


def _written(key: Key) -> str:
    return f"{key[0]}_{key[1]}"
