"""Small convolutional networks and dense ones, of as many weights, read digits of many kinds.

It is what the chapter on images says of many starts: part `images` of `benchmarks.starts`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

from backprop import (
    Convolution,
    Differentiable,
    Flatten,
    GradientDescent,
    Layer,
    MaxPooling,
    Network,
    Units,
    accuracy,
    cross_entropy,
    datasets,
    he,
    random_network,
    relu,
    softmax,
    train,
)

RATES = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0)
CHOOSE, SHOW = range(4), range(4, 12)
"""The seeds that rates are chosen by, and those whose readers are shown."""


class Unshared(Differentiable):
    """Kernels of 3 by 3 that are another at every place: the same connections, and no sharing."""

    names = ("w", "b")

    def __init__(self, w, b) -> None:
        self.w, self.b = w, b  # (9, channels, height, width) and (channels, height, width)

    def forward(self, a):
        """Weigh each window by the kernels of its place; minus gradients go back."""
        w, (m, n) = self.w, self.b.shape[1:]
        places = [(..., slice(i, i + m), slice(j, j + n)) for i in range(3) for j in range(3)]

        def back(e):
            e_in = np.zeros_like(a)
            for each, at in zip(w, places, strict=True):
                e_in[at] += (e * each).sum(axis=1, keepdims=True)
            return e_in, {"w": np.stack([(a[at] * e).sum(axis=0) for at in places]), "b": e.sum(0)}

        return sum(a[at] * each for each, at in zip(w, places, strict=True)) + self.b, back


def dense(rng) -> Network:
    """Return a network of 16 hidden units, as one of those of the chapter on digits."""
    return random_network(rng, (64, 16, 10), (relu, softmax), cross_entropy, he)


def _with_pooling(rng, layer) -> Network:
    output = Layer(he(rng, 108, 10), np.zeros(10), softmax)
    return Network([layer, Units(relu), MaxPooling(2), Flatten(), output], cross_entropy)


def convolutional(rng) -> Network:
    """Return the network of the chapter: 12 kernels, and as many weights as the dense one."""
    w = he(rng, 9, 12).T.reshape(12, 1, 3, 3)
    return _with_pooling(rng, Convolution(w, np.zeros(12)))


def unshared(rng) -> Network:
    """Return the same with a kernel of its own at each place, so more weights."""
    w = he(rng, 9, 12 * 36).reshape(9, 12, 6, 6)
    return _with_pooling(rng, Unshared(w, np.zeros((12, 6, 6))))


def shifted(images):
    """Return images, (N, 8, 8), a pixel to each of four sides, one side after the other."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    corners = [(0, 1), (2, 1), (1, 0), (1, 2)]
    return np.concatenate([padded[:, i : i + 8, j : j + 8] for i, j in corners])


SETTINGS: dict[str, tuple[Callable[..., Network], bool, bool]] = {
    "dense": (dense, False, False),
    "convolution": (convolutional, False, False),
    "unshared": (unshared, False, False),
    "dense, shuffled": (dense, True, False),
    "convolution, shuffled": (convolutional, True, False),
    "dense, copies": (dense, False, True),
    "convolution, copies": (convolutional, False, True),
}
"""The network, whether pixels are shuffled, and whether moved copies are learned from, too."""


def right(name: str, rate: float, seed: int, learn, held) -> list[int]:
    """Return how many digits a network that learned from some reads of others, and of these moved.

    Where pixels are shuffled, all images have one order, and each seed has another. Moved copies
    make an epoch five times as long, so there are a fifth of the epochs.
    """
    make, shuffled, copies = SETTINGS[name]
    rng = np.random.default_rng(seed)
    network = make(rng)
    order = np.random.default_rng(seed).permutation(64)

    def inputs(images):
        x = images.reshape(-1, 64)
        x = x[:, order] if shuffled else x
        return x if make is dense else x.reshape(-1, 1, 8, 8)

    images, target = learn[0].reshape(-1, 8, 8), learn[1]
    if copies:
        images, target = np.concatenate([images, shifted(images)]), np.vstack([target] * 5)
    for size in (rate, rate / 5):
        train(
            network,
            inputs(images),
            target,
            epochs=1 if copies else 5,
            optimizer=GradientDescent(size),
            batch_size=32,
            rng=rng,
        )
    images, target = held[0].reshape(-1, 8, 8), held[1]
    shares = [
        (accuracy(network.predict(inputs(images)), target), len(images)),
        (
            accuracy(network.predict(inputs(shifted(images))), np.vstack([target] * 4)),
            len(images) * 4,
        ),
    ]
    return [round(share * count) for share, count in shares]


def chosen(name: str, rate: float, seed: int) -> int:
    """Return how many of 360 validation digits, as they are, are read by a network."""
    digits, _ = datasets.digits()
    order = np.random.default_rng(10 + seed).permutation(len(digits.x))
    held, learn = order[:360], order[360:]
    return right(
        name, rate, seed, *((digits.x[each], digits.target[each]) for each in (learn, held))
    )[0]


def tested(name: str, rate: float, seed: int) -> list[int]:
    """Return how many test digits are read of 360 as they are, and of 1,440 moved by a pixel."""
    digits, test = datasets.digits()
    return right(name, rate, seed, (digits.x, digits.target), (test.x, test.target))


def measured(choose: Sequence[int] = CHOOSE, show: Sequence[int] = SHOW) -> dict[str, Any]:
    """Return for each network the rate by which it reads most, and what it reads then."""
    found: dict[str, Any] = {}
    for name in SETTINGS:
        best = max(
            tqdm(RATES, desc=name, disable=None),
            key=lambda rate: sum(chosen(name, rate, seed) for seed in choose),
        )
        found[name] = {"rate": best, "test": [tested(name, best, seed) for seed in show]}
        print(f"  {name:30} {found[name]}", flush=True)
    return found
