"""What depends on the start: digits, deep layers, optimizers, sequences, images and text.

Nothing is timed. The same versions write the same file, up to the rounding of a processor. Parts
that are named, as in `python -m benchmarks.starts dead parity`, are measured alone, and the file
keeps the others.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

from backprop import (
    Adam,
    DivergenceError,
    GradientDescent,
    Layer,
    Network,
    RecurrentLayer,
    RMSProp,
    accuracy,
    binary_cross_entropy,
    cross_entropy,
    datasets,
    glorot,
    he,
    identity,
    random_network,
    relu,
    sigmoid,
    softmax,
    tanh,
    train,
)
from backprop.normalization import EPSILON
from benchmarks import images, language, measuring, memory

CHOOSE, SHOW = range(12), range(12, 24)
"""The seeds that settings are chosen by, and those whose losses are shown."""

READERS = {
    "8, as they are": (8, False, 1),
    "16, as they are": (16, False, 1),
    "128, as they are": (128, False, 1),
    "128, as they are, five times the epochs": (128, False, 5),
    "128, moved too": (128, True, 1),
}
"""Hidden units, whether moved copies are learned from, and how many times the epochs."""

DEEP = {
    "sigmoid, Glorot": (sigmoid, glorot),
    "tanh, Glorot": (tanh, glorot),
    "ReLU, Glorot": (relu, glorot),
    "ReLU, He": (relu, he),
}
DEEP_RATES = {
    "gradient descent": (GradientDescent, (0.03, 0.1, 0.2, 0.3, 1.0, 3.0)),
    "Adam": (Adam, (0.003, 0.01, 0.03)),
}

NORMALIZED = {
    "sigmoid, Glorot": (sigmoid, glorot, 1),
    "tanh, Glorot": (tanh, glorot, 1),
    "ReLU, He": (relu, he, 1),
    "ReLU, twice He": (relu, he, 2),
}
"""Activation, first weights, and the factor that these are multiplied by."""
KINDS = ("none", "batch")
NORMALIZED_RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)

SCHEDULES: dict[str, tuple[Callable[[float], float], float]] = {
    "constant": (lambda _: 1, np.inf),
    "falling": (lambda s: 1 - s, np.inf),
    "warm-up": (lambda s: min(1, s / 0.1), np.inf),
    "warm-up, falling": (lambda s: min(s / 0.1, (1 - s) / 0.9), np.inf),
    "clipped at 3": (lambda _: 1, 3.0),
    "clipped at 1": (lambda _: 1, 1.0),
    "clipped at 0.3": (lambda _: 1, 0.3),
}
"""What the learning rate is multiplied by, by the share of training done; the longest gradient."""
SCHEDULE_RATES = {
    "gradient descent": (GradientDescent, (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2)),
    "Adam": (Adam, (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3)),
}
LARGE_RATES = {"gradient descent": 0.8, "Adam": 0.3}
"""Rates above the best of a schedule that falls."""

DEAD_RATES = (0.1, 1.0, 3.0)

EPOCHS = 30
RATES = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
SHARES, SQUARES = (0.5, 0.9, 0.95), (0.9, 0.99, 0.999)
METHODS: dict[str, tuple[Callable[..., Any], list[tuple[float, ...]]]] = {
    "gradient descent": (GradientDescent, [(rate,) for rate in RATES]),
    "momentum": (GradientDescent, [(rate, mu) for rate in RATES for mu in SHARES]),
    "Nesterov": (
        lambda rate, mu: GradientDescent(rate, mu, nesterov=True),
        [(rate, mu) for rate in RATES for mu in SHARES],
    ),
    "RMSProp": (RMSProp, [(rate, rho) for rate in RATES for rho in SQUARES]),
    "Adam": (
        Adam,
        [(rate, mu, rho) for rate in RATES for mu in SHARES for rho in SQUARES],
    ),
}


def rounded(numbers: Any) -> list[float]:
    """Return them with four digits, and infinity for those that are not finite."""
    return [float(f"{each:.4g}") if np.isfinite(each) else np.inf for each in numbers]


def moved(x, target):
    """Return the images, and copies a pixel to each side, as chapter 9 does."""
    padded = np.pad(x.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    corners = [(1, 1), (0, 1), (2, 1), (1, 0), (1, 2)]
    images = [padded[:, i : i + 8, j : j + 8] for i, j in corners]
    return np.vstack(images).reshape(-1, 64), np.vstack([target] * 5)


def reader(seed: int, hidden: int, examples, times: int = 1):
    """Return a network that has learned to read digits, as in chapter 9."""
    rng = np.random.default_rng(seed)
    network = random_network(rng, (64, hidden, 10), (relu, softmax), cross_entropy, initializer=he)
    for rate, epochs in ((0.5, 5), (0.1, 1)):
        train(
            network,
            *examples,
            epochs=times * epochs,
            optimizer=GradientDescent(rate),
            batch_size=32,
            rng=rng,
        )
    return network


def validated(seed: int, hidden: int, move: bool, times: int) -> int:
    """Return how many of 360 validation digits are read rightly, in a division as in chapter 9.

    Each seed has a division of its own, none of them that of the chapter, which has the seed 9.
    """
    digits, _ = datasets.digits()
    order = np.random.default_rng(10 + seed).permutation(len(digits.x))
    held, learn = order[:360], order[360:]
    examples = digits.x[learn], digits.target[learn]
    network = reader(seed, hidden, moved(*examples) if move else examples, times)
    share = accuracy(network.forward(digits.x[held]).output, digits.target[held])
    return round(360 * share)


def tested(seed: int) -> tuple[int, int, int]:
    """Return how many test digits are right, answered with 0.9, and wrong among these."""
    digits, test = datasets.digits()
    output = reader(seed, 128, moved(*digits)).forward(test.x).output
    right = output.argmax(axis=1) == test.target.argmax(axis=1)
    sure = output.max(axis=1) >= 0.9
    return int(right.sum()), int(sure.sum()), int((sure & ~right).sum())


def deep(name: str, optimizer, seed: int) -> float:
    """Return the last loss of a network of ten layers, as in chapter 10."""
    activation, initializer = DEEP[name]
    rng = np.random.default_rng(seed)
    data = datasets.two_moons(50, 0.15, rng)
    network = random_network(
        rng,
        [2] + [20] * 9 + [1],
        [activation] * 9 + [sigmoid],
        binary_cross_entropy,
        initializer,
    )
    try:
        return train(network, *data, epochs=150, optimizer=optimizer).losses[-1]
    except DivergenceError:
        return np.inf


def ten_layers(name: str, kind: str, rate: float, seeds: Sequence[int]) -> np.ndarray:
    """Return the last losses of networks of ten layers, (seeds,), all trained at once.

    Each array has an axis of starts in front. Hidden pre-activations are normalized over the
    examples, or not at all; one minibatch holds all examples.
    """
    activation, initializer, factor = NORMALIZED[name]
    rngs = [np.random.default_rng(seed) for seed in seeds]
    data = [datasets.two_moons(50, 0.15, rng) for rng in rngs]
    x, target = (np.stack(each) for each in zip(*data, strict=True))
    sizes = [2] + [20] * 9 + [1]
    W = [
        np.stack([factor * initializer(rng, m, n) for rng in rngs])
        for m, n in itertools.pairwise(sizes)
    ]
    shape = (len(rngs), 1)
    gamma, beta = ([np.full((*shape, n), value) for n in sizes[1:]] for value in (1.0, 0.0))
    normalizes = kind == "batch"

    def forward():
        a, hats, spreads = [x], [], []
        for l in range(10):
            z = a[l] @ W[l]
            if normalizes and l < 9:
                z = z - z.mean(axis=1, keepdims=True)
                spreads.append(np.sqrt((z * z).mean(axis=1, keepdims=True) + EPSILON))
                z = z / spreads[l]
                hats.append(z)
                z = gamma[l] * z
            a.append((activation if l < 9 else sigmoid).function(z + beta[l]))
        return a, hats, spreads

    def loss(y):
        y = np.clip(y, 1e-12, 1 - 1e-12)
        return -np.mean(target * np.log(y) + (1 - target) * np.log(1 - y), axis=(1, 2))

    for _ in range(150):
        a, hats, spreads = forward()
        e = (target - a[10]) / x.shape[1]
        for l in range(9, -1, -1):
            if l < 9:
                e = e * activation.derivative(a[l + 1])
            d_beta = e.sum(axis=1, keepdims=True)
            if normalizes and l < 9:
                d_gamma = (e * hats[l]).sum(axis=1, keepdims=True)
                e = e * gamma[l]
                along = hats[l] * (e * hats[l]).mean(axis=1, keepdims=True)
                e = (e - e.mean(axis=1, keepdims=True) - along) / spreads[l]
                gamma[l] = gamma[l] + rate * d_gamma
            beta[l] = beta[l] + rate * d_beta
            d_W = a[l].mT @ e
            e = e @ W[l].mT
            W[l] = W[l] + rate * d_W
    return np.nan_to_num(loss(forward()[0][10]), nan=np.inf)


def dead(network, x) -> int:
    """Return how many units of the two hidden layers are 0 for all examples."""
    a = network.forward(x).a
    return sum(int(np.sum(a[l].max(axis=0) == 0)) for l in (1, 2))


def dying(rate: float, seed: int) -> tuple[int, int, float]:
    """Return how many units of chapter 10 are dead before and after learning, and the loss."""
    rng = np.random.default_rng(seed)
    x, target = datasets.two_moons(50, 0.15, rng)
    network = random_network(rng, (2, 50, 50, 1), (relu, relu, sigmoid), binary_cross_entropy, he)
    before = dead(network, x)
    history = train(network, x, target, epochs=100, optimizer=GradientDescent(rate))
    return before, dead(network, x), history.losses[-1]


def running_parity(N: int, T: int, rng):
    """Return bits, and whether the ones so far are odd, both (N, T, 1)."""
    bits = rng.integers(0, 2, (N, T, 1)).astype(float)
    return bits, np.cumsum(bits, axis=1) % 2


def counted(seed: int) -> list[float]:
    """Return the shares of 12 and of 200 bits that a network of the chapter on time is right on."""
    rng = np.random.default_rng(seed)
    hidden = RecurrentLayer(glorot(rng, 1, 8), glorot(rng, 8, 8), np.zeros(8))
    output = Layer(glorot(rng, 8, 1), np.zeros(1), sigmoid)
    network = Network([hidden, output], binary_cross_entropy)
    bits, parity = running_parity(64, 12, rng)
    train(network, bits, parity, epochs=250, optimizer=Adam(0.02))
    shares = []
    for T in (12, 200):
        bits, parity = running_parity(100, T, np.random.default_rng(9))
        shares.append(float(np.mean((network.predict(bits) > 0.5) == parity)))
    return shares


def sines(optimizer, seeds: Sequence[int]) -> np.ndarray:
    """Return the last losses of the networks that race to a sine, (seeds,), all trained at once.

    Each array has an axis of starts in front. An optimizer works number by number, so that it
    does for the stack what it does for each.
    """
    x = np.linspace(-1, 1, 40)[:, np.newaxis]
    target = np.sin(4 * x)
    rngs = [np.random.default_rng(seed) for seed in seeds]
    networks = [random_network(rng, (1, 16, 16, 1), (tanh, tanh, identity)) for rng in rngs]
    W = {l: np.stack([each[l].W for each in networks]) for l in (1, 2, 3)}
    b = {l: np.stack([each[l].b[np.newaxis] for each in networks]) for l in (1, 2, 3)}

    def forward(x):
        a = [x, np.tanh(x @ W[1] + b[1])]
        a.append(np.tanh(a[1] @ W[2] + b[2]))
        return [*a, a[2] @ W[3] + b[3]]

    with np.errstate(all="ignore"):
        for _ in range(EPOCHS):
            order = np.stack([rng.permutation(40) for rng in rngs])
            for start in range(0, 40, 8):
                rows = order[:, start : start + 8]
                a = forward(x[rows])
                delta = {3: (target[rows] - a[3]) / 8}
                for l in (2, 1):
                    delta[l] = delta[l + 1] @ W[l + 1].mT * (1 - a[l]) * (1 + a[l])
                for l in (1, 2, 3):
                    W[l] = W[l] + optimizer.step(("W", l), a[l - 1].mT @ delta[l])
                    b[l] = b[l] + optimizer.step(("b", l), delta[l].sum(axis=1, keepdims=True))
        losses = np.mean((target - forward(x)[3]) ** 2, axis=(1, 2)) / 2
    return np.nan_to_num(losses, nan=np.inf)


def race(choose: Sequence[int], show: Sequence[int]) -> dict[str, Any]:
    """Return for each method its settings and its losses.

    The settings are those with the smallest median over the first seeds, the losses those of the
    others.
    """
    found: dict[str, Any] = {}
    for name, (method, settings) in METHODS.items():
        losses = [
            sines(method(*each), [*choose, *show])
            for each in tqdm(settings, desc=name, disable=None)
        ]
        best = int(np.argmin([np.median(each[: len(choose)]) for each in losses]))
        found[name] = {
            "settings": list(settings[best]),
            "losses": rounded(losses[best][len(choose) :]),
        }
    return found


def layers(choose: Sequence[int], show: Sequence[int]) -> dict[str, Any]:
    """Return the same for the networks of ten layers and their learning rates."""
    found: dict[str, Any] = {}
    with np.errstate(all="ignore"):
        for name in DEEP:
            found[name] = {}
            for method, (optimizer, rates) in DEEP_RATES.items():
                best = min(
                    tqdm(rates, desc=f"{name}, {method}", disable=None),
                    key=lambda rate: np.median([deep(name, optimizer(rate), s) for s in choose]),
                )
                losses = [deep(name, optimizer(best), seed) for seed in show]
                found[name][method] = {"rate": best, "losses": rounded(losses)}
    return found


def scheduled(optimizer, rate: float, method: str, wild: bool, seeds: Sequence[int]) -> np.ndarray:
    """Return the last losses of networks that learn the sine of `sines` with a schedule, (seeds,).

    With wild targets, one target in twenty is off by some thirty, which stays so. The loss is that
    of the right targets. Training that is not finite has an infinite loss.
    """
    x = np.linspace(-1, 1, 40)[:, np.newaxis]
    right = np.sin(4 * x)
    rngs = [np.random.default_rng(seed) for seed in seeds]
    networks = [random_network(rng, (1, 16, 16, 1), (tanh, tanh, identity)) for rng in rngs]
    parameters = {("W", l): np.stack([each[l].W for each in networks]) for l in (1, 2, 3)}
    parameters |= {
        ("b", l): np.stack([each[l].b[np.newaxis] for each in networks]) for l in (1, 2, 3)
    }
    off = [(rng.random((40, 1)) < 0.05) * 30 * rng.normal(size=(40, 1)) for rng in rngs]
    target = right + wild * np.stack(off)
    schedule, longest = SCHEDULES[method]

    def forward(x):
        a = [x]
        for l in (1, 2, 3):
            z = a[-1] @ parameters["W", l] + parameters["b", l]
            a.append(np.tanh(z) if l < 3 else z)
        return a

    steps = 5 * EPOCHS
    descent = optimizer(rate)
    with np.errstate(all="ignore"):
        for step in range(steps):
            if step % 5 == 0:
                order = np.stack([rng.permutation(40) for rng in rngs])
            rows = order[:, step % 5 * 8 : step % 5 * 8 + 8]
            a = forward(x[rows])
            delta = (np.take_along_axis(target, rows[:, :, np.newaxis], 1) - a[3]) / 8
            downhill = {}
            for l in (3, 2, 1):
                downhill["W", l] = a[l - 1].mT @ delta
                downhill["b", l] = delta.sum(axis=1, keepdims=True)
                delta = delta @ parameters["W", l].mT * (1 - a[l - 1]) * (1 + a[l - 1])
            squares = sum((each**2).sum(axis=(1, 2), keepdims=True) for each in downhill.values())
            shorter = np.minimum(1, longest / np.sqrt(squares))
            descent.learning_rate = rate * schedule((step + 0.5) / steps)
            try:
                for key, each in downhill.items():
                    parameters[key] = parameters[key] + descent.step(key, each * shorter)
            except (FloatingPointError, ValueError):
                return np.full(len(rngs), np.inf)
        losses = np.mean((right - forward(x)[3]) ** 2, axis=(1, 2)) / 2
    return np.nan_to_num(losses, nan=np.inf)


def schedules(choose: Sequence[int], show: Sequence[int]) -> list[list[Any]]:
    """Return optimizer, whether targets are wild, method, rate and losses."""
    found = []
    for name, (optimizer, rates) in SCHEDULE_RATES.items():
        for wild in (False, True):
            for method in SCHEDULES:
                losses = [
                    scheduled(optimizer, rate, method, wild, [*choose, *show]) for rate in rates
                ]
                best = int(np.argmin([np.median(each[: len(choose)]) for each in losses]))
                shown = rounded(losses[best][len(choose) :])
                found.append([name, wild, method, rates[best], shown])
    return found


def large_rates(show: Sequence[int]) -> list[list[Any]]:
    """Return optimizer, method, rate and losses where a rate that falls begins with a large one."""
    return [
        [name, method, rate, rounded(scheduled(SCHEDULE_RATES[name][0], rate, method, False, show))]
        for name, rate in LARGE_RATES.items()
        for method in ("falling", "warm-up, falling")
    ]


def normalizations(choose: Sequence[int], show: Sequence[int]) -> dict[str, Any]:
    """Return the same for ten layers with and without normalization, by gradient descent."""
    found: dict[str, Any] = {}
    with np.errstate(all="ignore"):
        for name in NORMALIZED:
            found[name] = {}
            for kind in KINDS:
                losses = [
                    ten_layers(name, kind, rate, [*choose, *show])
                    for rate in tqdm(NORMALIZED_RATES, desc=f"{name}, {kind}", disable=None)
                ]
                best = int(np.argmin([np.median(each[: len(choose)]) for each in losses]))
                found[name][kind] = {
                    "rate": NORMALIZED_RATES[best],
                    "losses": rounded(losses[best][len(choose) :]),
                }
    return found


def digits(seeds: Sequence[int]) -> dict[str, Any]:
    """Return what the readers of chapter 9 got right."""
    return {
        "validation": {
            name: [validated(seed, *settings) for seed in tqdm(seeds, desc=name, disable=None)]
            for name, settings in READERS.items()
        },
        "test": [list(tested(seed)) for seed in tqdm(seeds, desc="test", disable=None)],
    }


def dying_units(seeds: Sequence[int]) -> dict[str, Any]:
    """Return for each rate what became of the units of chapter 10."""
    found: dict[str, Any] = {}
    for rate in DEAD_RATES:
        ends = [dying(rate, seed) for seed in tqdm(seeds, desc=f"dead, {rate}", disable=None)]
        found[str(rate)] = [[before, after, *rounded([loss])] for before, after, loss in ends]
    return found


def parity(seeds: Sequence[int]) -> list[list[float]]:
    """Return the shares of the networks of the chapter on time."""
    return [rounded(counted(seed)) for seed in tqdm(seeds, desc="parity", disable=None)]


def sentences(seeds: Sequence[int], few: Sequence[int]) -> dict[str, Any]:
    """Return the losses of the language model, and those of programs with a fault."""
    found: dict[str, Any] = {
        "right": rounded([language.learned(s)[1] for s in tqdm(seeds, desc="text", disable=None)])
    }
    for fault in language.FAULTS:
        ends = [language.learned(s, fault) for s in tqdm(few, desc=fault, disable=None)]
        found[fault] = [rounded(each) for each in ends]
    return found


PARTS: dict[str, Callable[[bool], Any]] = {
    "digits": lambda quick: digits(range(2) if quick else range(8)),
    "layers": lambda quick: layers(*_chosen_and_shown(quick)),
    "normalized": lambda quick: normalizations(*_chosen_and_shown(quick)),
    "schedules": lambda quick: schedules(*_chosen_and_shown(quick)),
    "large rates": lambda quick: large_rates(_chosen_and_shown(quick)[1]),
    "dead": lambda quick: dying_units(range(2 if quick else 20)),
    "race": lambda quick: race(*_chosen_and_shown(quick)),
    "parity": lambda quick: parity(range(2 if quick else 20)),
    "images": lambda quick: images.measured(*([range(1), range(4, 5)] if quick else [])),
    "memory": lambda quick: memory.measured(range(2 if quick else 6), range(6, 8 if quick else 18)),
    "text": lambda quick: sentences(range(2 if quick else 20), range(1 if quick else 8)),
}


def _chosen_and_shown(quick: bool) -> tuple[Sequence[int], Sequence[int]]:
    return (range(2), range(12, 14)) if quick else (CHOOSE, SHOW)


def main(quick: bool = False, parts: Sequence[str] = ()) -> None:
    """Measure, print and save; where parts are named, keep the others as they were measured."""
    file = measuring.RESULTS / "starts.json"
    kept = json.loads(file.read_text(encoding="utf-8")) if parts else {}
    found = {"versions": measuring.versions("numpy")}
    for name, measure in PARTS.items():
        found[name] = measure(quick) if not parts or name in parts else kept[name]
    for name, right in found["digits"]["validation"].items():
        print(f"  {name:40} {right} of 360")
    for name, methods in found["layers"].items():
        for method, each in methods.items():
            print(f"  {name:16} {method:17} {each['rate']:6} {np.median(each['losses']):.4f}")
    for name, kinds in found["normalized"].items():
        for kind, each in kinds.items():
            print(f"  {name:16} {kind:17} {each['rate']:6} {np.median(each['losses']):.4f}")
    for name, wild, method, rate, losses in found["schedules"]:
        print(f"  {name:17} {wild:d} {method:17} {rate:5} {np.median(losses):.4f}")
    for name, method, rate, losses in found["large rates"]:
        print(f"  {name:17} {method:17} {rate:5} {np.median(losses):.4f}")
    for rate, ends in found["dead"].items():
        print(f"  {rate:4} before, after and loss: {np.median(ends, axis=0)}")
    for name, each in found["race"].items():
        print(f"  {name:17} {each['settings']} {np.median(each['losses']):.4f}")
    print(f"  parity of 12 and of 200 bits: {np.median(found['parity'], axis=0)}")
    for name, each in found["memory"].items():
        print(f"  {name:34} {each['rate']:6} {np.median(each['right']):.3f}")
    for name, losses in found["text"].items():
        print(f"  text, {name:18} {np.median(losses, axis=0)}")
    measuring.RESULTS.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few starts")
    parser.add_argument(
        "parts", nargs="*", choices=[[], *PARTS], metavar="part", help="all if none"
    )
    arguments = parser.parse_args()
    main(arguments.quick, arguments.parts)
