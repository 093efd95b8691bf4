"""The search for the mistakes that explain what somebody's program computed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from backprop._arrays import Array
from backprop._comparison import length
from backprop._computed import CLOSE, precision
from backprop._mistakes import (
    Choices,
    Key,
    Mistake,
    Passes,
    Problem,
    gradient,
    in_passing,
    mistakes,
    passes,
)

BETTER = 10.0
"""How many times as near an explanation must be to be preferred to a simpler one."""
CHANCE = 3.0
"""To how many decimal digits it must be ruled out that an explanation fits by chance."""
KEPT = 10**7
"""How many numbers of what programs have after both passes are kept at most."""
LOOSE = 0.01
"""How far an array may be from the right one, relative to its length, to be called right itself."""


@dataclass(frozen=True)
class Fit:
    """How well some mistakes explain a gradient."""

    made: tuple[Mistake, ...]
    factor: float
    residual: float
    conventions: tuple[str, ...] | None
    """What the common factor says; None for a factor that is none of those that are known."""

    @property
    def kind(self) -> tuple[int, bool]:
        """How many mistakes there are, and whether the factor is known: no other is as simple.

        Returns
        -------
        tuple
            Both.
        """
        return len(self.made), self.conventions is None

    @property
    def weight(self) -> float:
        """How much must be believed, the less the simpler.

        Returns
        -------
        float
            A number to compare with that of another explanation.
        """
        free = 1.5 if self.conventions is None else 0.01 * len(self.conventions)
        return sum(each.weight for each in self.made) + free


@dataclass(frozen=True)
class Explanation:
    """What explains a gradient, and what does not."""

    best: tuple[Fit, ...]
    """The simplest that do, the likeliest first; none if nothing does."""
    nearest: float
    """How far the nearest of all others is, relative to the length of what was computed."""
    tried: int
    right: tuple[Key, ...]
    """The arrays that are those of the right gradient, all times one factor."""


def explain(problem: Problem, given: dict[Key, Array]) -> Explanation:
    """Compare arrays that were computed with what known mistakes give, and pairs of them.

    Parameters
    ----------
    problem : Problem
        What was to be differentiated.
    given : dict of arrays
        Gradients or steps, in the shapes of the parameters.

    Returns
    -------
    Explanation
        What was found.
    """
    loss_scales = [1.0, *_scales(problem)] if problem.weight_decay else [1.0]
    passed = _kept(problem)
    searches = [_Search(problem, given, scale, passed) for scale in loss_scales]
    first = searches[0]
    fits = [fit for search in searches for fit in search.alone()]
    best = first.explained(fits)
    if not best or first.doubts(best[0]):
        fits += [search.fit(pair) for search in searches for pair in search.pairs()]
        best = first.explained(fits)
    named = {tuple(map(str, fit.made)) for fit in best}
    others = [fit for fit in fits if tuple(map(str, fit.made)) not in named]
    nearest = min(fit.residual for fit in others)
    return Explanation(tuple(best), nearest, len(fits), first.right())


class _Search:
    """The explanations of arrays that were computed, for a loss that may be scaled.

    A loss that is summed over the examples, or is otherwise multiplied, may have a penalty that is
    not: with a scale, the penalty is that of such a loss, and the factor must say so.
    """

    def __init__(
        self,
        problem: Problem,
        given: dict[Key, Array],
        scale: float,
        passed: Callable[[frozenset[Any]], Passes] | None = None,
    ) -> None:
        self.given, self.scale = given, scale
        self.passed = passed or _kept(problem)
        self.c = np.concatenate([array.ravel() for array in given.values()])
        self.of_c = length(self.c)
        self.unit_c = self.c / (self.of_c or 1.0)
        self.shapes = [array.shape for array in given.values()]
        self.close = precision(self.c)
        problem = replace(problem, weight_decay=problem.weight_decay / scale)
        self.problem = replace(problem, moves=_moves(problem, given))
        self.rows = [*mistakes(self.problem)]
        self.known = _factors(problem, scale)

    def alone(self) -> Iterator[Fit]:
        """Yield how well no mistake fits, and each by itself."""
        yield self.fit(())
        for each in self.rows:
            yield self.fit((each,))

    def gradient(self, choices: Choices) -> dict[Key, Array]:
        """Return the gradient that a program computes; both passes may have been kept."""
        if any("updated" in about for about in choices):  # and the scale of the penalty matters
            return gradient(self.problem, choices)
        return gradient(self.problem, choices, self.passed(in_passing(choices)))

    def fit(self, made: tuple[Mistake, ...]) -> Fit:
        choices = {about: how for each in made for about, how in each.choices.items()}
        of = self.gradient(choices)
        if [of[key].shape for key in self.given] != self.shapes:
            return Fit(made, 1.0, np.inf, None)
        g = np.concatenate([of[key].ravel() for key in self.given])
        of_g = length(g)
        if of_g == 0 or self.of_c == 0:
            # Of zeros alone, only the right gradient can be said to be the same.
            return Fit(made, 1.0, float(of_g > 0 or self.of_c > 0), ())
        cosine = float(self.unit_c @ (g / of_g))
        factor = cosine * (self.of_c / of_g)
        residual = length(self.unit_c - cosine * g / of_g)
        for value, said in self.known:
            if abs(factor / value - 1) < max(1e-9, 3 * residual):
                return Fit(made, factor, residual, said)
        return Fit(made, factor, residual if self.scale == 1 else np.inf, None)

    def pairs(self) -> Iterator[tuple[Mistake, ...]]:
        """Yield the pairs of mistakes that are not ruled out by an array that one alone changes."""
        common = [row for row in self.rows if row.common]
        changed = [_reached(row, self.given) for row in common]
        # Neither alone changes an array to what was not computed, nor leaves one so.
        unlike = [self._unlike(_reached(row, self.given), row.choices) for row in common]
        wrong = self._unlike({*self.given}, {})
        exchanges = [any("swapped" in about for about in row.choices) for row in common]
        for i, j in itertools.combinations(range(len(common)), 2):
            if common[i].choices.keys() & common[j].choices.keys():
                continue
            fits = (
                wrong <= changed[i] | changed[j]
                and unlike[i] <= changed[j]
                and unlike[j] <= changed[i]
            )
            if fits or exchanges[i] or exchanges[j]:
                yield common[i], common[j]

    def _unlike(self, keys: set[Key], choices: Choices) -> set[Key]:
        """Return the arrays that no factor makes what was computed, of those a program computes."""
        of = self.gradient(choices)
        return {key for key in keys if not self._proportional(key, of)}

    def _proportional(self, key: Key, of: Mapping[Key, Array]) -> bool:
        """Return whether a factor makes an array of a gradient what was computed."""
        c, loose = self.given[key], max(1e-6, 100 * self.close)
        return c.shape == of[key].shape and (
            _off(c, of[key]) <= loose or length(c) <= loose * self.of_c
        )

    def right(self) -> tuple[Key, ...]:
        """Return the most arrays that one factor, a convention, makes the right ones."""
        of, most = gradient(self.problem, {}), tuple[Key, ...]()
        for factor, _ in self.known:
            its = tuple(
                key
                for key, c in self.given.items()
                if length(c - factor * of[key]) <= min(10 * self.close, LOOSE) * length(c)
            )
            most = max(most, its, key=len)
        return most

    def explained(self, fits: list[Fit]) -> list[Fit]:
        """Return the simplest of the fits that explain what was computed, if any does."""
        good = [fit for fit in fits if fit.residual <= self.close and self._tells(fit, fits)]
        if not good:
            return []
        bound = max(CLOSE, BETTER * min(fit.residual for fit in good))
        good = [fit for fit in good if fit.residual <= bound]
        best = min(good, key=lambda fit: fit.weight)
        alike = [fit for fit in good if fit.kind == best.kind]
        named = {
            tuple(map(str, fit.made)): fit for fit in sorted(alike, key=lambda fit: -fit.weight)
        }
        return sorted(named.values(), key=lambda fit: fit.weight)

    def doubts(self, fit: Fit) -> bool:
        """Return whether two mistakes might explain better what was explained."""
        return bool(fit.made) and (
            fit.conventions is None or fit.residual * BETTER > self.close / 3
        )

    def _tells(self, fit: Fit, fits: list[Fit]) -> bool:
        """Return whether there are numbers and digits enough that it does not fit by chance."""
        if self.of_c == 0:
            return not fit.made
        numbers = np.count_nonzero(self.c) - (fit.conventions is None)
        as_simple = sum(len(each.made) <= len(fit.made) for each in fits)
        tried = math.log10(as_simple * len(self.known))
        return bool(-math.log10(self.close) * numbers >= tried + CHANCE)


def _kept(problem: Problem) -> Callable[[frozenset[Any]], Passes]:
    """Return a function that gives what is there after both passes, and keeps it.

    Most of the programs differ in what they do later, or in nothing but the scale of the loss.
    """
    # z and delta of each example, and a product for each weight.
    numbers: int = sum(2 * len(problem.x) * W.shape[1] + W.size for W in problem.W.values())

    @lru_cache(maxsize=KEPT // numbers)
    def passed(choices: frozenset[Any]) -> Passes:
        return passes(problem, dict(choices))

    return passed


def _reached(mistake: Mistake, given: Mapping[Key, Array]) -> set[Key]:
    """Return the arrays that a mistake may change, alone or with another one."""
    reached: set[Key] = set()
    for about, how in mistake.choices.items():
        match about:
            case ("slope" | "carrier" | "updated" | "carried" | "mask", l):
                reached |= {key for key in given if key[1] <= l}
            case ("input", l):
                reached |= {("W", l)}
            case ("bias", l):
                reached |= {("b", l)}
            case ("factor", name, l):
                reached |= {key for key in given if key in ((name, l), (name, key[1] + l))}
            case ("swapped", *_):
                reached |= {*how}
            case ("turned", *_):
                reached |= {how}
            case _:
                reached |= {*given}
    return reached & given.keys()


def _moves(problem: Problem, given: Mapping[Key, Array]) -> tuple[dict[int, Array], ...]:
    """Return by what a program has moved its weights, if it moved them by what it computed.

    What is given may be steps, or gradients that a learning rate is still to make steps of.
    """
    weights = {l: array for (name, l), array in given.items() if name == "W" and l > 1}
    if not weights:
        return ()
    # The last of them came before any error was carried back, so that it tells the direction.
    last = max(weights)
    along = float(np.sum(weights[last] * gradient(problem, {})["W", last]))
    steps = {l: -math.copysign(1.0, along) * array for l, array in weights.items()}
    if problem.learning_rate is None:
        return (steps,)
    return steps, {l: problem.learning_rate * step for l, step in steps.items()}


def _off(c: Array, g: Array) -> float:
    """Return how far an array is from the nearest multiple of another, relative to its length."""
    size = float(np.sum(g * g))
    if size == 0:
        return float(c.any())
    return length(c - g * (float(np.sum(c * g)) / size)) / (length(c) or 1.0)


def _loss_factors(problem: Problem) -> list[tuple[float, str]]:
    """Return by what a loss may be multiplied, and what that means."""
    choices = [
        (float(len(problem.x)), "summed over the examples, not averaged"),
        (2.0, "the loss is without its factor one half"),
        (1.0 / problem.t.shape[1], "the loss is averaged over the output units"),
    ]
    return [each for each in choices if each[0] != 1]


def _scales(problem: Problem) -> list[float]:
    """Return by what a loss may be multiplied while its penalty is not."""
    scales = {math.prod(value for value, _ in its) for its in _subsets(_loss_factors(problem))}
    return sorted(scales - {1.0})


def _factors(problem: Problem, scale: float) -> list[tuple[float, tuple[str, ...]]]:
    """Return the factors that are conventions, with what they mean: the simplest first."""
    rate = problem.learning_rate or 1.0
    outer = [
        (rate, f"the learning rate, {rate:g}, is multiplied in"),
        (-1.0, "minus the gradient: it points downhill"),
    ]
    outer, inner = [each for each in outer if each[0] != 1], _loss_factors(problem)
    found = []
    for of_loss in _subsets(inner):
        if scale not in (1.0, math.prod(value for value, _ in of_loss)):
            continue
        once = ("the penalty is counted once, and not multiplied with the loss",) * (scale != 1)
        for others in _subsets(outer):
            its = [*others[:1], *of_loss, *others[1:]]
            value = math.prod(each for each, _ in its)
            found.append((value, (*(said for _, said in its), *once)))
    return sorted(found, key=lambda each: len(each[1]))


def _subsets(choices: list[tuple[float, str]]) -> Iterator[tuple[tuple[float, str], ...]]:
    for number in range(len(choices) + 1):
        yield from itertools.combinations(choices, number)
