"""Worlds of sequences whose places look at each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop import attention, blockwise
from backprop.activations import softmax, softmax_error
from backprop.embedding import embedding, embedding_downhill
from book.formulas.world import At, Family, World, world
from book.formulas.worlds import EXAMPLE, of


def _rows(array: Any) -> Family:
    """Return the rows of an array by the number of their place, from 1."""
    return Family(dict(enumerate(array, 1)))


@of("attention", "from-tokens-to-vectors")
def looked_up(seed: int) -> World:
    """Tokens that are looked up in a table, one of them twice; the errors by complex steps."""
    rng = np.random.default_rng(seed)
    tokens, W = np.array([2, 0, 2]), rng.normal(size=(3, 2) if seed == EXAMPLE else (4, 5))
    target = rng.normal(size=(3, W.shape[1]))
    one_hot = np.eye(len(W))[tokens]

    def run(at: At) -> None:
        rows = one_hot @ at("W", W)
        x = np.stack([at("x_i", row, i) for i, row in enumerate(rows, 1)])
        at("E", (np.tanh(x - target) ** 2).sum() / 2)

    base = world({}, run)
    e = np.stack([-base.slope(("E",), ("x_", i)) for i in (1, 2, 3)])
    values: dict[str, Any] = {"W": W, "u_i": _rows(one_hot), "x_i": _rows(embedding(tokens, W))}
    values |= {"T": 3, "e_i": _rows(e), "D": embedding_downhill(tokens, e, len(W))}
    values["E"] = base.run()["E",]
    return base.but(values)


@of("attention")
def places_that_ask(seed: int) -> World:
    """One head over a sequence; its errors by the package, or by complex steps of the forward."""
    rng = np.random.default_rng(seed)
    T, d, m = (2, 2, 2) if seed == EXAMPLE else (4, 3, 5)
    q, k = rng.normal(size=(T, d)), rng.normal(size=(T, d))
    v, target = rng.normal(size=(T, m)), rng.normal(size=(T, m))

    def placed(at: At, name: str, rows: Any) -> Any:
        return np.stack([at(f"{name}_i", row, i) for i, row in enumerate(rows, 1)])

    def run(at: At) -> None:
        scores = placed(at, "q", q) @ placed(at, "k", k).T / np.sqrt(d)
        shares = np.exp(at("s", scores))
        p = at("p", shares / shares.sum(axis=1, keepdims=True))
        y = placed(at, "y", p @ placed(at, "v", v))
        at("E", (np.tanh(y - target) ** 2).sum() / 2)

    base = world({}, run)

    def downhill(name: str) -> Any:
        return np.stack([-base.slope(("E",), (f"{name}_", i)) for i in range(1, T + 1)])

    p, e = attention.attention_weights(q, k), downhill("y")
    e_p = -base.slope(("E",), ("p",))
    if seed % 2:
        errors, delta = attention.attention_error(e, q, k, v, p), softmax_error(e_p, p)
    else:
        errors, delta = tuple(map(downhill, "qkv")), -base.slope(("E",), ("s",))
    _, log_sums = blockwise.blockwise_attention(q, k, v, 2)
    y, again = attention.attention(q, k, v), blockwise.recomputed_weights(q, k, log_sums)
    rows = {"q_i": q, "k_i": k, "v_i": v, "y_i": y, "e_i": e}
    rows |= {rf"e^{{\text{{{x}}}}}_i": each for x, each in zip("qkv", errors, strict=True)}
    values: dict[str, Any] = {name: _rows(array) for name, array in rows.items()}
    values |= {"s": attention.attention_scores(q, k), "p": again if seed % 2 else p}
    values |= {r"\delta": delta, "M": blockwise.mean_error(e, y)[:, 0]}
    values |= {r"e^{\text{p}}": e_p, r"\ell": log_sums[:, 0], "T": T, "d": d, "I": np.eye(T)}
    values["E"] = base.run()["E",]
    return base.but(values)


@of("attention", "matrices")
def all_places_at_once(seed: int) -> World:
    """The same head, with its places as the rows of matrices."""
    base = places_that_ask(seed)

    def matrix(name: str) -> Any:
        return np.stack(list(base.values[name].values()))

    values: dict[str, Any] = {name.upper(): matrix(f"{name}_") for name in "qkvy"}
    values |= {rf"e^{{\text{{{c.upper()}}}}}": matrix(f"e^{c}_") for c in "qkv"}
    values |= {"e": matrix("e_"), r"\delta": base.values["δ"], "P": base.values["p"]}
    means = np.tile(base.values["M"], (len(values["Q"]), 1)).T
    values |= {"M": means, "d": base.values["d"], r"\operatorname{softmax}": softmax.function}
    return world(values)
