"""The search for the mistakes that explain what somebody's program computed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from backprop._arrays import Array
from backprop._comparison import length
from backprop._computed import CLOSE, precision
from backprop._mistakes import Key, Mistake, Problem, gradient, mistakes

GAP = 30.0
"""How many times as far everything else must be, where digits are few."""


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
    search = _Search(problem, given)
    fits = [search.fit(()), *(search.fit((each,)) for each in search.rows)]
    if not search.explained(fits):
        fits += [search.fit(pair) for pair in search.pairs()]
    best = search.explained(fits)
    nearest = min((fit.residual for fit in fits if fit not in best), default=np.inf)
    return Explanation(tuple(best), nearest, len(fits), search.right())


class _Search:
    """The explanations of arrays that were computed."""

    def __init__(self, problem: Problem, given: dict[Key, Array]) -> None:
        self.problem, self.given = problem, given
        self.c = np.concatenate([array.ravel() for array in given.values()])
        self.of_c = length(self.c)
        self.close = precision(self.c)
        self.rows = [*mistakes(problem)]
        self.known = _factors(problem)

    def fit(self, made: tuple[Mistake, ...]) -> Fit:
        choices = {about: how for each in made for about, how in each.choices.items()}
        of = gradient(self.problem, choices)
        if any(of[key].shape != array.shape for key, array in self.given.items()):
            return Fit(made, 1.0, np.inf, None)
        g = np.concatenate([of[key].ravel() for key in self.given])
        of_g = length(g)
        if of_g == 0 or self.of_c == 0:
            return Fit(made, 1.0, float(of_g > 0 or self.of_c > 0), ())
        cosine = float((self.c / self.of_c) @ (g / of_g))
        factor, residual = (
            cosine * (self.of_c / of_g),
            length(self.c / self.of_c - cosine * g / of_g),
        )
        for value, said in self.known:
            if abs(factor / value - 1) < max(1e-9, 3 * residual):
                return Fit(made, factor, residual, said)
        return Fit(made, factor, residual, None)

    def pairs(self) -> Iterator[tuple[Mistake, ...]]:
        """Yield the pairs of mistakes that are not ruled out by an array that one alone changes."""
        right = gradient(self.problem, {})
        alone = [gradient(self.problem, each.choices) for each in self.rows]
        changed = [
            {key for key in self.given if _moves_all(row) or _differ(of[key], right[key])}
            for row, of in zip(self.rows, alone, strict=True)
        ]
        fitting = [self._proportional(of) for of in alone]
        unchanged = self._proportional(right)
        moves = ["swapped" in str(each.choices.keys()) for each in self.rows]
        for i, j in itertools.combinations(range(len(self.rows)), 2):
            if self.rows[i].choices.keys() & self.rows[j].choices.keys():
                continue
            both, either = changed[i] & changed[j], changed[i] | changed[j]
            fits = (
                self.given.keys() - either <= unchanged
                and changed[i] - both <= fitting[i]
                and changed[j] - both <= fitting[j]
            )
            if fits or moves[i] or moves[j]:
                yield self.rows[i], self.rows[j]

    def _proportional(self, of: Mapping[Key, Array]) -> set[Key]:
        """Return the keys of the arrays of a gradient that a factor makes what was computed."""
        loose = max(1e-6, 100 * self.close)
        return {key for key, c in self.given.items() if _off(c, of[key]) <= loose}

    def right(self) -> tuple[Key, ...]:
        """Return the most arrays that one factor, a convention, makes the right ones."""
        of, most = gradient(self.problem, {}), tuple[Key, ...]()
        for factor, _ in self.known:
            its = tuple(
                key
                for key, c in self.given.items()
                if length(c - factor * of[key]) <= 10 * self.close * length(c)
            )
            most = max(most, its, key=len)
        return most

    def explained(self, fits: list[Fit]) -> list[Fit]:
        """Return the simplest of the fits that explain what was computed, if any does."""
        good = [fit for fit in fits if fit.residual <= self.close]
        others = [fit for fit in fits if self.close < fit.residual <= GAP * self.close]
        if not good or (others and self.close > CLOSE):
            return []
        best = min(good, key=lambda fit: fit.weight)
        alike = [fit for fit in good if fit.kind == best.kind]
        return sorted(alike, key=lambda fit: fit.weight)


def _moves_all(mistake: Mistake) -> bool:
    """Return whether a mistake changes every array, though the sum of some may stay the same."""
    return not mistake.choices.keys().isdisjoint({"rows", "target"})


def _differ(one: Array, other: Array) -> bool:
    return length(one - other) > 1e-12 * length(other)


def _off(c: Array, g: Array) -> float:
    """Return how far an array is from the nearest multiple of another, relative to its length."""
    size = float(np.sum(g * g))
    if size == 0:
        return float(c.any())
    return length(c - g * (float(np.sum(c * g)) / size)) / (length(c) or 1.0)


def _factors(problem: Problem) -> list[tuple[float, tuple[str, ...]]]:
    """Return the factors that are conventions, with what they mean: the simplest first."""
    N, n = len(problem.x), problem.t.shape[1]
    rate = problem.learning_rate or 1.0
    choices = [
        (rate, f"the learning rate, {rate:g}, is multiplied in"),
        (float(N), "summed over the examples, not averaged"),
        (2.0, "the loss is without its factor one half"),
        (1.0 / n, "the loss is averaged over the output units"),
        (-1.0, "minus the gradient: it points downhill"),
    ]
    choices = [each for each in choices if each[0] != 1]
    return [
        (float(np.prod([factor for factor, _ in its])), tuple(said for _, said in its))
        for number in range(len(choices) + 1)
        for its in itertools.combinations(choices, number)
    ]
