"""Losses with an array that has no effect on them, and their gradients by hand."""

import numpy as np


def before_normalization(rng, dtype=np.float64):
    """Biases b before a batch normalization, which takes them out again."""
    N, n_0, n = rng.integers(3, 20), *rng.integers(1, 5, 2)
    X, t = rng.normal(size=(N, n_0)), rng.normal(size=(N, n))
    parameters = {
        "W": rng.normal(size=(n_0, n)),
        "b": rng.normal(size=n),
        "scale": rng.normal(size=n) + 2,
        "shift": rng.normal(size=n),
    }

    def normalized(X, p):
        z = X @ p["W"] + p["b"]
        centered = z - z.mean(0)
        spread = np.sqrt((centered**2).mean(0) + 0.1)
        return centered / spread, spread

    def loss(p):
        return ((normalized(X, p)[0] * p["scale"] + p["shift"] - t) ** 2).sum() / 2

    def gradient(p):
        x, p = X.astype(dtype), {name: w.astype(dtype) for name, w in p.items()}
        a, spread = normalized(x, p)
        e = a * p["scale"] + p["shift"] - t.astype(dtype)
        e_a = e * p["scale"]
        e_z = (e_a - e_a.mean(0) - a * (e_a * a).mean(0)) / spread
        return {"W": x.T @ e_z, "b": e_z.sum(0), "scale": (e * a).sum(0), "shift": e.sum(0)}

    return loss, gradient, parameters


def attention(rng, dtype=np.float64):
    """Biases c of the keys, which move all scores of a query alike."""
    N, n = rng.integers(3, 8), rng.integers(2, 5)
    X, t = rng.normal(size=(N, n)), rng.normal(size=(N, n))
    parameters = {name: rng.normal(size=(n, n)) / np.sqrt(n) for name in "QKV"}
    parameters["c"] = rng.normal(size=n)

    def mixed(X, p):
        q, k, v = X @ p["Q"], X @ p["K"] + p["c"], X @ p["V"]
        scores = np.exp(q @ k.T)
        return q, k, v, scores / scores.sum(1, keepdims=True)

    def loss(p):
        _, _, v, a = mixed(X, p)
        return ((a @ v - t) ** 2).sum() / 2

    def gradient(p):
        x, p = X.astype(dtype), {name: w.astype(dtype) for name, w in p.items()}
        q, k, v, a = mixed(x, p)
        e = a @ v - t.astype(dtype)
        e_a = e @ v.T
        e_scores = a * (e_a - (e_a * a).sum(1, keepdims=True))
        e_q, e_k = e_scores @ k, e_scores.T @ q
        return {"Q": x.T @ e_q, "K": x.T @ e_k, "V": x.T @ (a.T @ e), "c": e_k.sum(0)}

    return loss, gradient, parameters
