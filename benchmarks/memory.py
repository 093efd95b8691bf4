"""Layers that are to remember the first of 30 symbols, from many starts, all trained at once.

Each array has an axis of starts in front. What happens at a time step is the package's; the loops
over the time steps are those of the chapter on memory, with one axis more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

from backprop import Adam, glorot
from backprop.activations import sigmoid
from backprop.gates import gru_step, gru_step_error, lstm_step, lstm_step_error

TIME_STEPS, UNITS, EXAMPLES, STEPS = 30, 8, 32, 160
RATES = (0.003, 0.01, 0.03)
GATES = {"simple": 1, "LSTM": 4, "GRU": 3}
LAYERS: dict[str, dict[str, Any]] = {
    "simple": {"kind": "simple"},
    "simple, orthogonal": {"kind": "simple", "orthogonal": True},
    "simple, five times the steps": {"kind": "simple", "steps": 5 * STEPS},
    "orthogonal, five times the steps": {
        "kind": "simple",
        "orthogonal": True,
        "steps": 5 * STEPS,
    },
    "LSTM, bias 0": {"kind": "LSTM"},
    "LSTM, bias 3": {"kind": "LSTM", "bias": 3.0},
    "GRU, bias 3": {"kind": "GRU", "bias": 3.0},
    "LSTM, bias 3, back over 10": {"kind": "LSTM", "bias": 3.0, "over": 10},
    "LSTM, bias 3, back over 20": {"kind": "LSTM", "bias": 3.0, "over": 20},
}
"""The bias is that of the gate which keeps: forget gate of an LSTM, update gate of a GRU."""

Back = Callable[[Any, Any], tuple[Any, Any, Any]]


def sequences(N: int, T: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """Return N sequences of symbols with a mark at the first, and whether the first is a 1."""
    x = np.zeros((N, T, 2))
    x[:, :, 0] = rng.choice([-1.0, 1.0], (N, T))
    x[:, 0, 1] = 1
    return x, (x[:, 0, :1] > 0).astype(float)


def start(
    kind: str, rng: np.random.Generator, bias: float = 0.0, orthogonal: bool = False
) -> dict[str, Any]:
    """Return the first weights of a layer and of the output on it."""
    n, k = UNITS, GATES[kind]
    W = np.hstack([glorot(rng, 2, n) for _ in range(k)])
    if orthogonal:
        V = np.linalg.qr(rng.normal(size=(n, n)))[0]
    else:
        V = np.hstack([glorot(rng, n, n) for _ in range(k)])
    b = np.zeros((1, k * n))
    b[:, n : 2 * n] = bias
    return {"W": W, "V": V, "b": b, "W_2": glorot(rng, n, 1), "b_2": np.zeros((1, 1))}


def time_step(kind: str, z: Any, u: Any, h: Any, c: Any) -> tuple[Any, Any, Back]:
    """Go a time step on; z comes from the input, u over the recurrent weights."""
    if kind == "LSTM":
        h_after, c_after, gates = lstm_step(z + u, c)

        def back_lstm(e: Any, e_c: Any) -> tuple[Any, Any, Any]:
            delta, e_c = lstm_step_error(e, e_c, c, c_after, gates)
            return delta, delta, e_c

        return h_after, c_after, back_lstm
    if kind == "GRU":
        h_after, gates = gru_step(z, u, h)
        return h_after, c, lambda e, e_c: gru_step_error(e + e_c, u, h, gates)
    a = np.tanh(z + u)

    def back(e: Any, e_c: Any) -> tuple[Any, Any, Any]:
        delta = e * (1 - a * a)
        return delta, delta, e_c

    return a, c, back


def forward(kind: str, p: dict[str, Any], x: Any) -> tuple[Any, Any, list[tuple[Any, Back]]]:
    """Return the last output of each layer, what the output on it says, and what is kept."""
    S, N, T, _ = x.shape
    n = p["V"].shape[1]
    h = c = np.zeros((S * N, n))
    kept = []
    for tau in range(T):
        z = (x[:, :, tau] @ p["W"] + p["b"]).reshape(S * N, -1)
        u = (h.reshape(S, N, n) @ p["V"]).reshape(S * N, -1)
        before = h.reshape(S, N, n)
        h, c, back = time_step(kind, z, u, h, c)
        kept.append((before, back))
    h = h.reshape(S, N, n)
    return h, sigmoid.function(h @ p["W_2"] + p["b_2"]), kept


def downhill(kind: str, p: dict[str, Any], x: Any, t: Any, over: int) -> dict[str, Any]:
    """Return the direction downhill, or what is left of it if errors go back over few steps."""
    S, N, T, _ = x.shape
    h, y, kept = forward(kind, p, x)
    delta_2 = (t - y) / N
    found = {name: np.zeros_like(p[name]) for name in "WVb"}
    found |= {"W_2": h.mT @ delta_2, "b_2": delta_2.sum(axis=1, keepdims=True)}
    e = (delta_2 @ p["W_2"].mT).reshape(S * N, -1)
    e_c = np.zeros_like(e)
    for tau in reversed(range(T - over, T)):
        before, back = kept[tau]
        delta, delta_u, e_c = back(e, e_c)
        delta, delta_u = delta.reshape(S, N, -1), delta_u.reshape(S, N, -1)
        found["W"] += x[:, :, tau].mT @ delta
        found["V"] += before.mT @ delta_u
        found["b"] += delta.sum(axis=1, keepdims=True)
        e = (delta_u @ p["V"].mT).reshape(S * N, -1)
    return found


def remembered(
    seeds: Sequence[int],
    rate: float,
    kind: str,
    steps: int = STEPS,
    over: int = TIME_STEPS,
    **first: Any,
) -> Any:
    """Return for each start the share of 200 new sequences that are answered rightly."""
    rngs = [np.random.default_rng(seed) for seed in seeds]
    starts = [start(kind, rng, **first) for rng in rngs]
    p = {name: np.stack([each[name] for each in starts]) for name in starts[0]}
    optimizer = Adam(rate)
    for _ in range(steps):
        drawn = [sequences(EXAMPLES, TIME_STEPS, rng) for rng in rngs]
        x, t = (np.stack(each) for each in zip(*drawn, strict=True))
        for name, direction in downhill(kind, p, x, t, over).items():
            p[name] = p[name] + optimizer.step(name, direction)
    x, t = sequences(200, TIME_STEPS, np.random.default_rng(99))
    _, y, _ = forward(kind, p, np.stack([x] * len(seeds)))
    return np.mean((y > 0.5) == t, axis=(1, 2))


def measured(choose: Sequence[int], show: Sequence[int]) -> dict[str, Any]:
    """Return for each layer its rate and the shares of right answers.

    The rate is that with the largest mean share over the first seeds, the shares are those of the
    others.
    """
    found: dict[str, Any] = {}
    for name, layer in LAYERS.items():
        shares = [
            remembered([*choose, *show], rate, **layer)
            for rate in tqdm(RATES, desc=name, disable=None)
        ]
        best = int(np.argmax([np.mean(each[: len(choose)]) for each in shares]))
        right = [float(f"{share:.4g}") for share in shares[best][len(choose) :]]
        found[name] = {"rate": RATES[best], "right": right}
    return found
