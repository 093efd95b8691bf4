"""Worlds of a language model: its loss, a branch that adds, and a table that is used twice."""

from __future__ import annotations

import numpy as np

import backprop as bp
from backprop.activations import _gelu_exponent, gelu
from backprop.dense import hidden_error
from backprop.embedding import embedding_downhill
from backprop.tied import tied_downhill, tied_scores
from book.formulas.world import At, Family, World, world
from book.formulas.worlds import EXAMPLE, of
from book.formulas.worlds.networks import sigmoid

PAGE = "language-model"


@of(PAGE, "text-as-numbers", "at the scores")
def loss_per_character(seed: int) -> World:
    """Scores at each place of a batch of windows, and what the package computes of them."""
    rng = np.random.default_rng(seed)
    N, T, k = 2, 3, 4
    scores, t = rng.normal(size=(N, T, k)), np.eye(k)[rng.integers(0, k, (N, T))]
    network = bp.Network([bp.Units(bp.softmax)], bp.cross_entropy)
    y = network.predict(scores)

    def run(at: At) -> None:
        z = at("z", scores)
        top = z.real.max(axis=-1, keepdims=True)
        log_y = z - top - np.log(np.exp(z - top).sum(axis=-1, keepdims=True))
        at("E", -(t * log_y).sum() / (N * T))

    base = world({}, run)
    values = {"N": N, "T": T, "k": k, "t": t, r"\hat{y}": y, "E": network.loss_of(scores, t) / T}
    return base.but({**values, "z": scores, r"\delta": -base.slope(("E",), ("z",))})


@of(PAGE, "the-model")
def branch_and_units(seed: int) -> World:
    """A branch that adds to its input, and the units of GELU."""
    rng = np.random.default_rng(seed)
    n, inner = 3, bp.Layer(rng.normal(size=(3, 3)), rng.normal(size=3), bp.tanh)
    a, e_out = rng.normal(size=n), rng.normal(size=n)
    _, pullback = bp.Residual(inner).forward(a)

    def run(at: At) -> None:
        at("F", np.tanh(at("a", a) @ inner.W + inner.b))

    values = {"a": a, "e": pullback(e_out)[0], r"e^{\text{out}}": e_out, "f": _gelu}
    values |= {"F": inner.forward(a)[0], "u": _gelu_exponent, r"\sigma": sigmoid}
    return world({**values, "z": rng.normal()}, run)


def _gelu(z):  # type: ignore[no-untyped-def]
    return gelu.function(np.asarray(z))


def _tied(seed: int) -> tuple[dict[str, np.ndarray], World]:
    """Return the arrays of one window, and a world: the loss of it by complex steps."""
    rng = np.random.default_rng(seed)
    k, n, T = (3, 2, 3) if seed == EXAMPLE else (4, 3, 5)
    W, A = rng.normal(size=(k, n)), rng.normal(size=(n, n))
    x = np.r_[0, rng.integers(0, k, T - 2), 0]
    t = np.eye(k)[rng.integers(0, k, T)]

    def run(at: At) -> None:
        table = at("W", W)
        rows = at("r", table[x])
        # Each place mixes what is before it, so that rows act on later places too.
        h = at("h", np.tanh(np.cumsum(rows, axis=0) @ A))
        z = at("z", h @ table.T)
        at("E", np.log(np.exp(z).sum(axis=-1)).sum() - (t * z).sum())

    base = world({}, run)
    made = {place[0]: value for place, value in base.run().items()}
    made |= {name: -base.slope(("E",), (of,)) for name, of in (("delta", "z"), ("e_h", "h"))}
    return {**made, "e": -base.slope(("E",), ("r",)), "x": x}, base


@of(PAGE, "tied-scores")
def scores_of_a_window(seed: int) -> World:
    """Scores and errors by place, by the package."""
    found, base = _tied(seed)
    h, W, delta = found["h"][np.newaxis], found["W"], found["delta"][np.newaxis]
    by_place = {"z_i": tied_scores(h, W)[0], "h_i": h[0], r"\delta_i": delta[0]}
    by_place |= {r"e^{\text{out}}_i": found["e_h"] if seed % 2 else hidden_error(delta, W.T)[0]}
    values = {tex: Family(dict(enumerate(rows, 1))) for tex, rows in by_place.items()}
    return base.but({**values, "W": W})


@of(PAGE, "tied-downhill")
def table_used_twice(seed: int) -> World:
    """A table as embedding and as weights of the scores: both sums, and the gradient by steps."""
    found, base = _tied(seed)
    W, x, e, h, delta = (found[name] for name in ("W", "x", "e", "h", "delta"))
    looked_up = embedding_downhill(x[np.newaxis], e[np.newaxis], len(W))
    both = tied_downhill(looked_up, h[np.newaxis], delta[np.newaxis])
    if not np.allclose(both, -base.slope(("E",), ("W",)), rtol=1e-10):
        raise AssertionError("the package and the complex step differ")
    values = {"W": W, "e": e, "h": h, r"\delta": delta, "T": len(x), "x": np.eye(len(W))[x]}
    values["E"] = found["E"]
    return base.but(values)
