"""Layers that compose: a chain and a branch that adds, of layers made for these tests."""

import numpy as np
from layered import Curve, check_batch, check_layer

from backprop._arrays import floats
from backprop.chain import Chain, Differentiable, Residual, _require_error

RNG = np.random.default_rng(0)


class Product(Differentiable):
    """A matrix."""

    names = ("W", "b")

    def __init__(self, n, m, b=True):
        self.W, self.b = RNG.normal(size=(n, m)), RNG.normal(size=m) if b else None

    def forward(self, a):
        a = floats("a", a)
        if not a.ndim or a.shape[-1] != len(self.W):
            raise ValueError(f"a must have a last axis of {len(self.W)}, not {a.shape}")
        W, b = self.W, self.b
        y = a @ W if b is None else a @ W + b

        def pullback(e):
            e = _require_error(e, y)
            downhill = {"W": a.T @ e} | ({} if b is None else {"b": e.sum(axis=0)})
            return e @ W.T, downhill

        return y, pullback


def chain():
    return Chain(Product(3, 5), Curve(), Product(5, 4, b=False), Curve(), Product(4, 2))


def test_a_chain_is_a_layer():
    layer = chain()
    check_layer(layer, RNG.normal(size=(7, 3)))
    check_batch(layer, RNG.normal(size=(7, 3)))
    assert list(layer.parameters) == [("W", 1), ("b", 1), ("W", 3), ("W", 5), ("b", 5)]


def test_a_chain_within_a_chain_and_a_branch():
    inner = Residual(Product(5, 6), Curve(), Product(6, 5))
    layer = Chain(Product(3, 5), inner, Chain(Curve(), Residual(Chain(Product(5, 5)))))
    check_layer(layer, RNG.normal(size=(7, 3)))
    assert list(layer.parameters)[2:4] == [("W", 2, 1), ("b", 2, 1)]
    assert ("W", 3, 2, 1, 1) in layer.parameters
    assert layer.parameters["W", 2, 1] is inner.layers[0].W
