"""The language model of the book, from many starts, and with the faults that its chapter tells of.

The model, the text and the training are those of the chapter; what they do is explained there.
"""

from __future__ import annotations

import numpy as np

from backprop import (
    Adam,
    Dense,
    Embedding,
    Layer,
    LayerNormalization,
    PositionalEncoding,
    Residual,
    SelfAttention,
    Tied,
    datasets,
    gelu,
    glorot,
    softmax,
)
from backprop.tied import tied_downhill

FAULTS = ("no mask", "not shifted", "as output only", "as embedding only")
TEXT = datasets.passage()
CHARACTERS = sorted(set(TEXT))
K, T, WIDTH, PLACES = len(CHARACTERS), 16, 32, 64
LEARN, HELD = np.split(np.array([CHARACTERS.index(c) for c in TEXT]), [6400])


def language_model(rng: np.random.Generator, k: int, n: int, causal: bool = True) -> Tied:
    """Return a model of one block for k characters, with n numbers per place."""
    ones, zeros = np.ones(n), np.zeros(n)
    table = Embedding(rng.normal(0, 0.5, (k, n)))
    W = [rng.normal(0, n**-0.5, (n, n)) for _ in range(4)]
    return Tied(
        table,
        PositionalEncoding(PLACES, n),
        Residual(LayerNormalization(ones, zeros), SelfAttention(*W, heads=2, causal=causal)),
        Residual(
            LayerNormalization(ones, zeros),
            Layer(glorot(rng, n, 4 * n), np.zeros(4 * n), gelu),
            Dense(glorot(rng, 4 * n, n), np.zeros(n)),
        ),
        LayerNormalization(0.3 * ones, zeros),
    )


def windows(tokens):
    """Return the text cut into windows of T characters, and the character after each."""
    count = (len(tokens) - 1) // T
    return tokens[: count * T].reshape(count, T), tokens[1 : count * T + 1].reshape(count, T)


def mean_loss(model, x, t) -> float:
    """Return the mean of minus the logarithm of what was predicted for each character."""
    p = softmax(model.forward(x)[0])
    return float(-np.log(np.take_along_axis(p, t[..., np.newaxis], -1)).mean())


def learned(seed: int, fault: str = "", steps: int = 150) -> list[float]:
    """Return the loss on held-out text as a program with a fault measures it, and as it is.

    With no fault the two are the same.
    """
    rng = np.random.default_rng(seed)
    model = language_model(rng, K, WIDTH, causal=fault != "no mask")
    adam, shift = Adam(0.015), int(fault != "not shifted")
    for _ in range(steps):
        start = rng.integers(0, len(LEARN) - T, (32, 1))
        x, t = (LEARN[start + np.arange(T) + i] for i in (0, shift))
        z, pullback = model.forward(x)
        delta = (np.eye(K)[t] - softmax(z)) / t.size
        _, downhill = pullback(delta)
        if fault.startswith("as "):
            table = downhill["W", 1]
            both = tied_downhill(np.zeros_like(table), _before_the_scores(model, x), delta)
            downhill["W", 1] = both if fault == "as output only" else table - both
        for key, w in model.parameters.items():
            w += adam.step(key, downhill[key])
    x, t = windows(HELD)
    measured = mean_loss(model, x, t if shift else x)
    honest = language_model(rng, K, WIDTH).with_parameters(model.parameters)
    return [measured, mean_loss(honest, x, t)]


def _before_the_scores(model: Tied, x):
    """Return what the last layer hands to the table."""
    for layer in model:
        x, _ = layer.forward(x)
    return x
