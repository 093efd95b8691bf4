"""The network of the chapter on digits, its weights rounded to 64 levels, and digits to begin with.

A weight is a character of base 64: so many steps from the middle of the alphabet, of a size that
each layer has for itself. A pixel is a digit of base 17, from 0 for paper to g, 16, for ink.
"""

import json
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any

import numpy as np

from backprop import (
    GradientDescent,
    Network,
    cross_entropy,
    datasets,
    random_network,
    relu,
    softmax,
    train,
)
from backprop.initialization import he

LEVELS = np.array([*f"{ascii_uppercase}{ascii_lowercase}{digits}+/"])
INKS = np.array([*"0123456789abcdefg"])


def moved(x: Any, target: Any) -> tuple[Any, Any]:
    """Return the images and copies of them, a pixel to the left, right, up and down."""
    padded = np.pad(x.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    corners = [(1, 1), (0, 1), (2, 1), (1, 0), (1, 2)]
    x_all = [padded[:, i : i + 8, j : j + 8] for i, j in corners]
    return np.vstack(x_all).reshape(-1, 64), np.vstack([target] * 5)


def learned(data: tuple[Any, Any]) -> Network:
    """Return the network of the chapter, which has learned from the examples and their copies."""
    rng = np.random.default_rng(9)
    network = random_network(rng, (64, 128, 10), (relu, softmax), cross_entropy, initializer=he)
    for learning_rate, epochs in ((0.5, 5), (0.1, 1)):
        optimizer = GradientDescent(learning_rate)
        train(network, *data, epochs=epochs, optimizer=optimizer, batch_size=32, rng=rng)
    return network


def rounded(network: Network) -> list[dict[str, Any]]:
    """Round the weights to 64 levels, and return them as they are written."""
    written = []
    for layer in network:
        scale = float(f"{np.abs(layer.W).max() / 31:.4g}")
        steps = np.clip(np.round(layer.W / scale), -32, 31).astype(int)
        layer.W[:] = steps * scale
        layer.b[:] = np.round(layer.b, 4)
        text = "".join(LEVELS[steps.ravel() + 32])
        written.append({"W": text, "scale": scale, "b": layer.b.tolist()})
    return written


def example(test: Any, answer: Any, i: int) -> dict[str, Any]:
    """Return a digit of the test set, with what it is and what it is read as."""
    inks = np.round(16 * test.x[i]).astype(int)
    label = int(test.target[i].argmax())
    return {"pixels": "".join(INKS[inks]), "label": label, "read": int(answer[i])}


examples, test = datasets.digits()
network = learned(moved(*examples))
layers = rounded(network)
answer, truth = network.predict(test.x).argmax(axis=1), test.target.argmax(axis=1)
chosen = [np.flatnonzero((truth == k) & (answer == k))[0] for k in range(10)]
chosen += np.flatnonzero(truth != answer)[:4].tolist()
shown = [example(test, answer, i) for i in chosen]
right = int((truth == answer).sum())
print(json.dumps({"layers": layers, "examples": shown, "right": right, "of": len(truth)}))
