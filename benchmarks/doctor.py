"""What the doctor says of wrong gradients: named, unknown or wrongly named, by random trial.

Nothing is timed. The same versions write the same file, up to the rounding of a processor. Parts
that are named are tried alone, and the file keeps the others.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from tqdm import tqdm

from backprop import Layer, Network, activations, diagnose, losses
from backprop.diagnosis import Diagnosis
from benchmarks import measuring
from benchmarks.strange_gradients import STRANGE
from benchmarks.wrong_gradients import Arrays, Case, Made, about, called, computed, possible

ENDS = [
    ("squared_error", "sigmoid"),
    ("squared_error", "tanh"),
    ("squared_error", "identity"),
    ("squared_error", "softmax"),
    ("binary_cross_entropy", "sigmoid"),
    ("cross_entropy", "softmax"),
]
HIDDEN = ("sigmoid", "tanh", "relu", "leaky_relu", "silu", "identity")
SAME = {np.float64: 1e-9, np.float32: 1e-5}
"""What digits cannot tell apart, relative to the length of all numbers."""


def drawn(rng: np.random.Generator, single: bool = False) -> Case:
    """Return a random network with examples, and random conventions."""
    L, N = int(rng.integers(1, 5)), int(rng.integers(1, 9))
    sizes = [int(n) for n in rng.integers(1, 7, L + 1)]
    if rng.random() < 0.3:
        sizes[1:] = [sizes[1]] * L
    loss, last = ENDS[rng.integers(len(ENDS))]
    if last == "softmax":
        sizes[-1] = max(sizes[-1], 2)
    f = [str(rng.choice(HIDDEN, p=(0.25, 0.25, 0.25, 0.1, 0.1, 0.05))) for _ in range(L - 1)]
    W = [rng.normal(size=(m, n)) / math.sqrt(m) for m, n in itertools.pairwise(sizes)]
    biased = rng.random() < 0.8
    b = [rng.normal(size=n) / 2 if biased else None for n in sizes[1:]]
    if last == "softmax":
        t = np.eye(sizes[-1])[rng.integers(sizes[-1], size=N)]
    else:
        t = rng.uniform(0.1, 0.9, (N, sizes[-1]))
    masks, before = {}, None
    if rng.random() < 0.25:
        kept = float(rng.choice([0.5, 0.8]))
        masks = {l: (rng.random((N, sizes[l])) < kept) / kept for l in range(1, L)}
    if rng.random() < 0.25:
        before = (
            [w + 0.1 * rng.normal(size=w.shape) for w in W],
            [each if each is None else each + 0.1 * rng.normal(size=each.shape) for each in b],
        )
    dtype = np.float32 if single else np.float64
    of = [W, b, *(before or ())]
    W, b, *before = [[each if each is None else each.astype(dtype) for each in its] for its in of]
    scale = float(rng.choice([1, N]) * rng.choice([1, 2, 1 / sizes[-1]], p=(0.6, 0.2, 0.2)))
    return Case(
        W,
        b,
        [*f, last],
        loss,
        rng.normal(size=(N, sizes[0])).astype(dtype),
        t.astype(dtype),
        {l: mask.astype(dtype) for l, mask in masks.items()},
        float(rng.choice([0.01, 0.1])) if rng.random() < 0.3 else 0.0,
        float(rng.choice([0.05, 0.1, 0.5])),
        scale,
        bool(rng.random() < 0.5),
        over_all=bool(rng.random() < 0.5),
        before=tuple(before) or None,
    )


def diagnosed(case: Case, arrays: dict[Any, np.ndarray], rng: np.random.Generator) -> Diagnosis:
    """Return what the doctor says of arrays, in a convention of their own."""
    factor = rng.choice([1, -1]) * rng.choice([1, case.rate])
    turned = rng.random() < 0.3
    given = {key: factor * (each.T if turned else each) for key, each in arrays.items()}
    network = _network(case, case.W, case.b)
    return diagnose(
        network,
        case.x,
        case.t,
        {key: each.astype(case.x.dtype) for key, each in given.items()},
        learning_rate=case.rate,
        weight_decay=case.decay,
        masks=case.masks or None,
        before=_network(case, *case.before) if case.before else None,
    )


def _network(case: Case, W: list[Any], b: list[Any]) -> Network:
    layers = zip(W, b, case.f, strict=True)
    return Network(
        [Layer(W, b, getattr(activations, f)) for W, b, f in layers], getattr(losses, case.loss)
    )


def alike(case: Case, one: dict[Any, np.ndarray], other: dict[Any, np.ndarray]) -> bool:
    """Return whether the digits of two results cannot tell them apart, but for a common factor."""
    c, g = (np.concatenate([each.ravel() for each in its.values()]) for its in (one, other))
    c, g = c.astype(float), g.astype(float)
    if not g.any() or not c.any():
        return not (g.any() or c.any())
    return bool(
        np.linalg.norm(c - g * (c @ g / (g @ g))) < SAME[case.x.dtype.type] * np.linalg.norm(c)
    )


def mistaken(rng: np.random.Generator, case: Case, number: int) -> tuple[Made, Any] | None:
    """Return that many mistakes and what they give, or None if one of them changes nothing."""
    kinds = [*possible(case)]
    names = sorted({kind for kind, _ in kinds})
    made: set[tuple[str, Any]] = set()
    for _ in range(number):
        kind = names[rng.integers(len(names))]
        places = [each for each in kinds if each[0] == kind]
        made.add(places[rng.integers(len(places))])
    if len(made) < number or (number == 2 and set.intersection(*(about(*each) for each in made))):
        return None
    # One mistake in two layers is one mistake, where these layers are all that have it.
    places = tuple(sorted(place for _, place in made if isinstance(place, int)))
    if any((kind, places) in kinds for kind, _ in made):
        return None
    arrays = computed(case, frozenset(made))
    fewer = [frozenset(), *(frozenset([each]) for each in made)][: 1 + number * (number > 1)]
    if not np.any([each.any() for each in arrays.values()]):
        return None
    turned = {key: each.T for key, each in arrays.items()}
    for its, each in itertools.product(conventions(case), fewer):
        others = computed(its, each)
        if alike(case, arrays, others) or _alike_turned(case, turned, others):
            return None
    return frozenset(made), arrays


def _alike_turned(case: Case, turned: Arrays, others: Arrays) -> bool:
    """Return whether the weights of all layers are transposed, which is no mistake."""
    same = all(each.shape == others[key].shape for key, each in turned.items())
    return same and alike(case, turned, others)


def outcome(case: Case, made: Made, diagnosis: Diagnosis) -> str:
    """Return what a diagnosis is worth: named, unknown or wrongly named."""
    if diagnosis.verdict == "unknown":
        return "unknown"
    names = [called(case, *each) for each in made]
    for said in (diagnosis.mistakes, *diagnosis.alternatives):
        if len(said) == len(made) and all(any(name in each for each in said) for name in names):
            return "named"
    return "wrongly named"


def trials(number: int, mistakes: int, first: int) -> Iterator[tuple[Case, Made, Diagnosis]]:
    """Yield random cases with that many mistakes each, and what the doctor says of them."""
    for seed in tqdm(range(first, first + number), desc=f"{mistakes} mistakes", disable=None):
        rng = np.random.default_rng(seed)
        single = rng.random() < 0.2
        while True:
            case = drawn(rng, single)
            arrays, made = computed(case), frozenset()
            if not any(each.any() for each in arrays.values()):
                continue
            if mistakes == 0:
                break
            if found := mistaken(rng, case, mistakes):
                made, arrays = found
                break
        yield case, made, diagnosed(case, arrays, rng)


def held_out(number: int, first: int) -> Iterator[tuple[str, Case, Arrays, Diagnosis]]:
    """Yield random cases of each mistake that the doctor does not know, and what it says."""
    for at, (name, strange) in enumerate(tqdm(STRANGE.items(), desc="held out", disable=None)):
        for seed in range(number):
            rng = np.random.default_rng([first, at, seed])
            while True:
                case = drawn(rng, bool(rng.random() < 0.2))
                arrays, right = strange(rng, case), computed(case)
                if arrays is not None and not alike(case, arrays, right):
                    break
            yield name, case, arrays, diagnosed(case, arrays, rng)


def explains(case: Case, arrays: Arrays, names: tuple[str, ...]) -> bool:
    """Return whether the mistakes of these names, made without the package, give the same."""
    kinds = [*possible(case)]
    made = frozenset(next(each for each in kinds if called(case, *each) in name) for name in names)
    return any(alike(case, arrays, computed(its, made)) for its in conventions(case))


def conventions(case: Case) -> Iterator[Case]:
    """Yield the case with each loss that has the gradient of another penalty."""
    yield case
    if case.decay:
        for m, k, n in itertools.product((1, 2), (1, len(case.x)), (1, case.W[-1].shape[1])):
            for over_all in (False, True):
                yield replace(case, scale=m * k / n, penalty_scaled=False, over_all=over_all)


def matrix(mistakes: int, number: int, first: int = 0) -> dict[str, int]:
    """Return how often each outcome came, of gradients with that many mistakes."""
    found: Counter[str] = Counter()
    for case, made, diagnosis in trials(number, mistakes, first):
        found[outcome(case, made, diagnosis) if made else called_right(diagnosis)] += 1
    return dict(sorted(found.items()))


def called_right(diagnosis: Diagnosis) -> str:
    """Return what a diagnosis of a right gradient is worth."""
    return {"right": "named", "unknown": "unknown", "wrong": "wrongly named"}[diagnosis.verdict]


def by_kind(number: int, first: int = 0) -> dict[str, dict[str, int]]:
    """Return how often each outcome came of each mistake that the doctor does not know."""
    found: dict[str, Counter[str]] = {name: Counter() for name in STRANGE}
    for name, case, arrays, diagnosis in held_out(number, first):
        said = "unknown" if diagnosis.verdict == "unknown" else "wrongly named"
        if diagnosis.mistakes and explains(case, arrays, diagnosis.mistakes):
            said = "same numbers"
        found[name][said] += 1
    return {name: dict(sorted(each.items())) for name, each in found.items()}


PARTS: dict[str, Callable[[bool], Any]] = {
    "right": lambda quick: matrix(0, 20 if quick else 500),
    "one mistake": lambda quick: matrix(1, 20 if quick else 1000, 10_000),
    "two mistakes": lambda quick: matrix(2, 5 if quick else 500, 20_000),
    "held out": lambda quick: by_kind(1 if quick else 10),
}


def main(quick: bool = False, parts: Sequence[str] = ()) -> None:
    """Try the doctor, print and save; where parts are named, keep the others as they were."""
    made = {name: measure(quick) for name, measure in PARTS.items() if not parts or name in parts}
    file = measuring.RESULTS / "doctor.json"
    kept = json.loads(file.read_text(encoding="utf-8")) if parts and file.exists() else {}
    found = {"versions": measuring.versions("numpy"), **{k: kept.get(k) for k in PARTS}, **made}
    for name, outcomes in made.items():
        print(f"  {name:14} {outcomes}")
    measuring.RESULTS.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few trials")
    parser.add_argument(
        "parts", nargs="*", choices=[[], *PARTS], metavar="part", help="all if none"
    )
    arguments = parser.parse_args()
    main(arguments.quick, arguments.parts)
