"""Wrong gradients that the doctor does not know: of these it must say so, and name nothing.

Each takes a random generator and a case, and returns what such a program computes, or None where
the mistake cannot be made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.wrong_gradients import Arrays, Case, computed

Strange = Callable[[np.random.Generator, Case], Arrays | None]


def _spoiled(case: Case, spoil: Callable[[np.ndarray], Any]) -> Arrays:
    """Return the right arrays, each after something was done to it."""
    return {key: np.asarray(spoil(each)) for key, each in computed(case).items()}


def _one_entry(rng: np.random.Generator, case: Case, factor: float) -> Arrays:
    arrays = computed(case)
    key = [*arrays][rng.integers(len(arrays))]
    spoiled = arrays[key].copy()
    spoiled.flat[rng.integers(spoiled.size)] *= factor
    return {**arrays, key: spoiled}


def squared_slopes(_, case):
    return computed(case, frozenset([("slope squared", tuple(range(1, case.L)))]))


def slopes_with_a_plus(_, case):
    return computed(case, frozenset([("slope with a plus", tuple(range(1, case.L)))]))


def wrong_sign_of_one_number(rng, case):
    return _one_entry(rng, case, -1)


def one_number_missing(rng, case):
    return _one_entry(rng, case, 0)


def stale_batch(rng, case):
    """The inputs are those of another batch."""
    return computed(replace(case, x=rng.normal(size=case.x.shape).astype(case.x.dtype)))


def targets_of_the_next_example(_, case):
    return computed(replace(case, t=np.roll(case.t, 1, axis=0)))


def inputs_of_the_next_example(_, case):
    """Error terms meet the outputs of other examples."""
    return computed(case, frozenset([("inputs rolled", case.L)]))


def weights_partly_updated(_, case):
    if case.L == 1 or len(case.W[-1]) == 1:
        return None
    over = case.W[-1].copy()
    over[:1] -= case.rate * computed(case)["W", case.L][:1]
    return computed(replace(case, over={case.L - 1: over}))


def noise(rng, case):
    def spoil(each):
        return each * (1 + 0.001 * rng.normal(size=each.shape))

    return _spoiled(case, spoil)


def numbers_clipped(_, case):
    largest = max(np.abs(each).max() for each in computed(case).values())
    return _spoiled(case, lambda each: np.clip(each, -largest / 3, largest / 3))


def arrays_of_length_one(_, case):
    return _spoiled(case, lambda each: each / (np.linalg.norm(each) or 1))


def signs_alone(_, case):
    return _spoiled(case, np.sign)


def average_with_the_last_batch(rng, case):
    last = replace(
        case,
        x=rng.normal(size=case.x.shape).astype(case.x.dtype),
        t=case.t[rng.permutation(len(case.t))],
    )
    now, then = computed(case), computed(last)
    return {key: (0.1 * now[key] + 0.9 * then[key]).astype(case.x.dtype) for key in now}


def smoothed_targets(_, case):
    return computed(replace(case, t=(0.9 * case.t + 0.05).astype(case.t.dtype)))


def forward_without_biases(_, case):
    if case.b[0] is None:
        return None
    return computed(replace(case, b=[0 * each for each in case.b]))


def penalty_of_absolute_values(_, case):
    arrays = computed(replace(case, decay=0.0))
    return {
        (name, l): each + (0.05 * np.sign(case.W[l - 1]) if name == "W" else 0)
        for (name, l), each in arrays.items()
    }


def examples_weighted(rng, case):
    weights = rng.uniform(0.5, 2, len(case.x))
    parts = [
        computed(replace(
            case, x=case.x[[n]], t=case.t[[n]],
            masks={l: mask[[n]] for l, mask in case.masks.items()},
        ))
        for n in range(len(case.x))
    ]  # fmt: skip
    return {
        key: sum(w * part[key] for w, part in zip(weights, parts, strict=True)) / len(parts)
        for key in parts[0]
    }


def first_array_upside_down(_, case):
    arrays = computed(case)
    return {**arrays, ("W", 1): arrays["W", 1][::-1]}


def three_mistakes(_, case):
    if case.L < 3 or case.b[0] is None:
        return None
    return computed(case, frozenset([
        ("slope dropped", 1), ("biases missing", 2), ("factor", (("W", case.L), 2)),
    ]))  # fmt: skip


def a_factor_of_its_own(rng, case):
    """One array is multiplied by what no convention gives."""
    arrays = computed(case)
    key = [*arrays][rng.integers(len(arrays))]
    return {**arrays, key: np.float32(rng.uniform(1.1, 1.9)) * arrays[key]}


STRANGE: dict[str, Strange] = {
    each.__name__.replace("_", " "): each
    for each in (
        squared_slopes,
        slopes_with_a_plus,
        wrong_sign_of_one_number,
        one_number_missing,
        stale_batch,
        targets_of_the_next_example,
        inputs_of_the_next_example,
        weights_partly_updated,
        noise,
        numbers_clipped,
        arrays_of_length_one,
        signs_alone,
        average_with_the_last_batch,
        smoothed_targets,
        forward_without_biases,
        penalty_of_absolute_values,
        examples_weighted,
        first_array_upside_down,
        three_mistakes,
        a_factor_of_its_own,
    )
}
