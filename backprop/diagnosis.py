"""What is wrong with a gradient: the mistake that explains what a program computed.

A gradient that is wrong can be compared with the gradients that known mistakes give. If one of them
is what was computed, to the last digits and for all arrays together, the mistake has a name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, all_finite, finite_array, require_real, shown
from backprop._computed import CLOSE, OF_FLOAT16, OF_FLOAT32, arranged
from backprop._explaining import Explanation, Fit, explain
from backprop._mistakes import Problem, gradient
from backprop.dense import Layer, _is_plain
from backprop.network import Network


@dataclass(frozen=True)
class Diagnosis:
    """What a gradient shows.

    Printed, it says what was found, the line that is right, and what was ruled out.

    Attributes
    ----------
    verdict : str
        "right", "wrong", or "unknown" where no known mistake gives what was computed.
    conventions : tuple of str
        In what the numbers differ from the gradient of the loss without being wrong: a sign, a sum
        for a mean, a learning rate, transposed arrays.
    mistakes : tuple of str
        What was done wrong; two if two mistakes together explain the numbers.
    alternatives : tuple of tuples of str
        Other mistakes that give the very same numbers in this network.
    residual : float
        How far what explains the numbers is from them, relative to their length; the nearest, where
        nothing explains them.
    nearest : float
        The same for the nearest of all that was ruled out.
    tried : int
        How many explanations were compared.
    advice : tuple of str
        The right line for each mistake, with the equation that it writes out.
    right : tuple
        Keys of the arrays that are right, apart from a convention that they share.
    """

    verdict: str
    conventions: tuple[str, ...]
    mistakes: tuple[str, ...]
    alternatives: tuple[tuple[str, ...], ...]
    residual: float
    nearest: float
    tried: int
    advice: tuple[str, ...]
    right: tuple[tuple[str, int], ...]

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        if self.verdict == "right":
            yield "The gradient is right."
        elif self.verdict == "unknown" and self.nearest < OF_FLOAT16:
            yield "None of the mistakes that are known can be told from others: too few numbers or"
            yield f"digits were given. {self.tried} explanations were compared."
        elif self.verdict == "unknown":
            yield f"None of the mistakes that are known: {self.tried} were compared, and the"
            yield f"nearest is off by {self.nearest:.2g} of the length of what was computed."
        if self.verdict != "right" and self.right:
            yield f"Right as they are: {', '.join(f'{name}_{l}' for name, l in self.right)}."
        for mistake, advice in zip(self.mistakes, self.advice, strict=True):
            yield f"Mistake: {mistake}."
            yield f"    right: {advice}"
        for other in self.alternatives:
            yield f"Or, with the same numbers: {'; and '.join(other)}."
        for convention in self.conventions:
            yield f"Convention: {convention}."
        if self.verdict != "unknown":
            off = max(self.residual, 1e-16)
            yield f"This explains all numbers but for {off:.0e} of their length."
            others = f"{self.tried - 1} other explanations"
            yield f"The nearest of {others} is off by {self.nearest:.2g}."


def diagnose(
    network: Network | Sequence[Any],
    x: ArrayLike,
    target: ArrayLike,
    computed: Mapping[Any, ArrayLike] | Sequence[Any],
    *,
    learning_rate: float | None = None,
    weight_decay: float = 0.0,
    masks: Mapping[int, ArrayLike] | None = None,
    before: Network | None = None,
) -> Diagnosis:
    """Find the mistake that explains a gradient, or the steps, that a program computed.

    The gradients that some hundred mistakes give, and pairs of mistakes, are computed and compared.
    A sign, a factor that all arrays share, and the transpose of all weights are conventions, and no
    mistakes. What fits none of them is called unknown.

    Parameters
    ----------
    network : Network
        The network with the weights for which the gradient was computed, made of `Layer`.
    x : (n_0,) or (N, n_0) array
        Input; examples may be columns.
    target : (n_L,) or (N, n_L) array
        Target, likewise; (N,) for one output.
    computed : dict or sequence of arrays
        Gradients or steps of the arrays: a dict with keys such as ("W", 1), "W1" or "db2", or the
        arrays in order, with or without biases. Weights may be transposed. Some may be missing.
    learning_rate : float, optional
        The learning rate, if it is multiplied in, or if weights were updated too early.
    weight_decay : float, optional
        What half the squared weights count in the loss.
    masks : dict of arrays, optional
        What the outputs of a layer l were multiplied by in dropout, (n_l,) or (N, n_l) each.
    before : Network, optional
        The network as it was before the last update, to recognize outputs that are stale.

    Returns
    -------
    Diagnosis
        What was found.

    Raises
    ------
    TypeError
        The network is no Network, or has other layers than `Layer`, or an array is not of real
        numbers.
    ValueError
        Shapes do not fit, or an array is not finite, or none is given.
    FloatingPointError
        The gradient of the network is not finite, so that nothing can be compared with it.
    """
    problem = _problem(network, x, target, learning_rate, weight_decay, masks, before)
    with np.errstate(over="ignore", invalid="ignore"):
        if not all(np.isfinite(each).all() for each in gradient(problem, {}).values()):
            raise FloatingPointError("the gradient of the network is not finite at this input")
        found = [(explain(problem, given), said) for given, said in arranged(problem, computed)]
    best, *others = sorted((_diagnosis(*each) for each in found), key=_order)
    return _merged(best, others)


def _diagnosis(found: Explanation, said: tuple[str, ...]) -> Diagnosis:
    if not found.best:
        off = found.nearest
        return Diagnosis("unknown", (), (), (), off, off, found.tried, (), found.right)
    best, *others = found.best
    return Diagnosis(
        "wrong" if best.made else "right",
        (*said, *_conventions(best)),
        tuple(map(str, best.made)),
        tuple(tuple(map(str, fit.made)) for fit in others),
        best.residual,
        found.nearest,
        found.tried,
        tuple(f"{each.right}  (equation {each.equation})" for each in best.made),
        found.right,
    )


def _merged(best: Diagnosis, others: list[Diagnosis]) -> Diagnosis:
    """Return the best of the diagnoses of arrays that may lie in two ways, with the other's names.

    Where all weights are square, nothing tells which of two ways is meant.
    """
    alike = [
        (*other.mistakes[:-1], f"{other.mistakes[-1]} ({', '.join(other.conventions)})")
        for other in others
        if best.verdict == other.verdict == "wrong" and _order(best)[:2] == _order(other)[:2]
    ]
    return replace(best, alternatives=(*best.alternatives, *alike))


def _conventions(fit: Fit) -> Iterator[str]:
    if fit.conventions is None:
        yield f"all arrays are multiplied by {fit.factor:.6g}, such as a learning rate"
    else:
        yield from fit.conventions
    if fit.residual > CLOSE:
        few = " or float16, or where few digits are printed" * (fit.residual > OF_FLOAT32)
        yield f"the numbers have been rounded, as in float32{few}"


def _order(diagnosis: Diagnosis) -> tuple[bool, int, int, int, float]:
    """Return what makes one diagnosis better than another: the smaller, the better."""
    return (
        diagnosis.verdict == "unknown",
        len(diagnosis.mistakes),
        -len(diagnosis.right),
        len(diagnosis.conventions),
        diagnosis.residual,
    )


# What is given


def _problem(
    network: Any,
    x: ArrayLike,
    target: ArrayLike,
    learning_rate: float | None,
    weight_decay: float,
    masks: Mapping[int, ArrayLike] | None,
    before: Network | None,
) -> Problem:
    if not isinstance(network, Network):
        raise TypeError(f"network must be a Network, not {shown(network)}")
    for l, layer in enumerate(network, 1):
        if not _is_plain(layer):
            raise TypeError(f"network must be made of Layer, not {shown(layer)} (layer {l})")
    sizes = network.sizes
    x = _rows("x", x, sizes[0])
    t = _rows("target", target, sizes[-1], len(x))
    if len(t) != len(x):
        raise ValueError(f"target must have the {len(x)} examples of x, not {len(t)}")
    network.loss.require_target(t)
    if learning_rate is not None:
        learning_rate = require_real("learning_rate", learning_rate, "positive and finite")
    weight_decay = require_real("weight_decay", weight_decay, "0 or more and finite")
    layers: list[Layer] = list(network)
    made = Problem(
        {l: _double(f"W of layer {l}", layer.W) for l, layer in enumerate(layers, 1)},
        {
            l: None if layer.b is None else _double(f"b of layer {l}", layer.b)
            for l, layer in enumerate(layers, 1)
        },
        {l: layer.activation for l, layer in enumerate(layers, 1)},
        network.loss,
        x,
        t,
        _masks(masks, sizes, len(x)),
        learning_rate,
        weight_decay,
    )
    if before is None:
        return made
    if not isinstance(before, Network) or before.sizes != sizes:
        raise ValueError(f"before must be a network of sizes {sizes}, not {shown(before)}")
    old = _problem(before, x, t, None, 0.0, masks, None)
    return Problem(**{**vars(made), "before": old})


def _masks(masks: Any, sizes: tuple[int, ...], N: int) -> dict[int, Array]:
    """Return what the outputs of hidden layers are multiplied by, (N, n_l) each."""
    if masks is None:
        return {}
    if not isinstance(masks, Mapping):
        raise TypeError(f"masks must be a dict of arrays by layer, not {shown(masks)}")
    hidden = range(1, len(sizes) - 1)
    if wrong := [l for l in masks if isinstance(l, bool) or l not in hidden]:
        raise ValueError(f"masks must be of layers {list(hidden)}, not of {shown(wrong[0])}")
    found = {}
    for l, mask in masks.items():
        array = _double(f"masks[{l}]", mask)
        if array.shape not in ((sizes[l],), (N, sizes[l])):
            raise ValueError(f"masks[{l}] must have shape {(N, sizes[l])}, not {array.shape}")
        found[l] = np.broadcast_to(array, (N, sizes[l]))
    return found


def _double(name: str, values: ArrayLike) -> Array:
    with np.errstate(over="ignore"):
        array = finite_array(name, values).astype(np.float64)
    if not all_finite(array):
        raise ValueError(f"{name} must be no larger than float64 can be")
    return array


def _rows(name: str, values: ArrayLike, n: int, N: int | None = None) -> Array:
    """Return examples as rows of n numbers each, in float64."""
    array = _double(name, values)
    if array.ndim == 1 and array.shape == (n,) and N in (None, 1):
        return array[np.newaxis]
    if array.ndim == 1 and n == 1:
        return array[:, np.newaxis]
    if array.ndim == 2 and array.shape[1] == n and N in (None, len(array)):
        return array
    if array.ndim == 2 and array.shape[0] == n:
        return array.T
    raise ValueError(f"{name} must have shape (N, {n}), not {array.shape}")
