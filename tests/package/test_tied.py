"""A table that is looked up and gives scores: both of its gradients, and a whole language model."""

import numpy as np
import pytest
from layered import check_gradients, check_layer, check_types
from numpy.testing import assert_allclose, assert_array_equal

from backprop import (
    Chain,
    Dense,
    Dropout,
    Embedding,
    Layer,
    LayerNormalization,
    Network,
    PositionalEncoding,
    Residual,
    SelfAttention,
    Tied,
    Units,
    check_gradient,
    complex_step,
    cross_entropy,
    datasets,
    gelu,
    softmax,
)
from backprop.embedding import embedding_downhill
from backprop.tied import tied_downhill, tied_scores

RNG = np.random.default_rng(0)
K, N, T, n = 5, 3, 4, 6


def normal(*shape):
    return RNG.normal(size=shape)


def language_model(blocks=1):
    layers = [Embedding(normal(K, n)), PositionalEncoding(T, n)]
    for _ in range(blocks):
        W = [normal(n, n) for _ in range(4)]
        layers += [
            Residual(LayerNormalization(normal(n), normal(n)), SelfAttention(*W, 2, causal=True)),
            Residual(
                LayerNormalization(normal(n), normal(n)),
                Layer(normal(n, 8), normal(8), gelu),
                Dense(normal(8, n), normal(n)),
            ),
        ]
    return Tied(*layers, LayerNormalization(normal(n), normal(n)))


def test_eq_tied_scores():
    """Each score is an inner product, written out in single numbers."""
    h, W = normal(N, T, n), normal(K, n)
    z = tied_scores(h, W)
    assert z.shape == (N, T, K)
    for r, tau, c in np.ndindex(N, T, K):
        assert_allclose(z[r, tau, c], sum(h[r, tau, i] * W[c, i] for i in range(n)), rtol=1e-13)
    assert_array_equal(tied_scores(h[0], W), z[0])


@pytest.mark.parametrize("shape", [(N, T), (7,)])
def test_eq_tied_downhill(shape):
    """The sum of both places is minus the gradient, which the complex step finds of the whole."""
    W, A, x = normal(K, n), normal(n, n), RNG.integers(0, K - 1, shape)
    target = np.eye(K)[RNG.integers(0, K, shape)]

    def loss(W):
        z = np.tanh(W[x] @ A) @ W.T
        return np.log(np.exp(z).sum(axis=-1)).sum() - np.sum(target * z)

    h = np.tanh(W[x] @ A)
    delta = target - softmax(tied_scores(h, W))
    e = (delta @ W * (1 - h**2)) @ A.T
    both = tied_downhill(embedding_downhill(x, e, K), h, delta)
    assert_allclose(both, -complex_step(loss, W), rtol=1e-12, atol=1e-14)
    # The last character is looked up nowhere, and learns from the scores alone.
    assert_array_equal(embedding_downhill(x, e, K)[-1], np.zeros(n))
    assert np.all(both[-1] != 0)


@pytest.mark.parametrize("blocks", [0, 1, 2])
def test_each_array_of_a_language_model_has_the_gradient_of_the_complex_step(blocks):
    model, x = language_model(blocks), RNG.integers(0, K, (N, T))
    check_gradients(model, x)
    network = Network([model, Units(softmax)], cross_entropy)
    target = np.eye(K)[RNG.integers(0, K, (N, T))]
    errors = check_gradient(network, x, target)
    assert len(errors) == 3 + 12 * blocks
    assert max(errors.values()) < 1e-11


@pytest.mark.parametrize("shape", [(N, T), (7,)])
def test_tied(shape):
    model = Tied(Embedding(normal(K, n)), Dense(normal(n, n)))
    check_layer(model, RNG.integers(0, K, shape))
    check_types(model, RNG.integers(0, K, shape))


def test_the_table_is_one_parameter():
    model = language_model()
    assert sum(w.shape == (K, n) for w in model.parameters.values()) == 1
    W = normal(K, n)
    other = model.with_parameters({("W", 1): W})
    assert isinstance(other, Tied)
    x = RNG.integers(0, K, (N, T))
    h, _ = Chain(*other.layers).forward(x)
    assert_allclose(other.forward(x)[0], h @ W.T, rtol=1e-13)


def test_each_place_sees_nothing_of_what_comes_after():
    model, x = language_model(2), RNG.integers(0, K, (N, T))
    changed = np.c_[x[:, :-1], (x[:, -1:] + 1) % K]
    (before, _), (after, _) = model.forward(x), model.forward(changed)
    assert_array_equal(before[:, :-1], after[:, :-1])
    assert np.all(before[:, -1] != after[:, -1])


def test_dropout_acts_while_it_is_trained():
    rng = np.random.default_rng(1)
    model = Tied(Embedding(normal(K, n)), Dropout(0.5, rng))
    x = RNG.integers(0, K, (N, T))
    assert_array_equal(model.forward(x)[0], model.forward(x)[0])
    z, pullback = model.training_forward(x)
    assert not np.allclose(z, model.forward(x)[0])
    _, downhill = pullback(np.ones_like(z))
    assert downhill.keys() == {("W", 1)}


def test_forward_mode_finds_that_integers_do_not_move():
    model, x = language_model(), RNG.integers(0, K, (N, T))
    z, z_dot = model.jvp(x, normal(N, T))
    assert_array_equal(z, model.forward(x)[0])
    assert_array_equal(z_dot, np.zeros((N, T, K)))


def test_what_does_not_begin_with_a_table_is_refused():
    with pytest.raises(TypeError, match=r"^the first layer must be an Embedding, not Dense"):
        Tied(Dense(normal(n, n)))
    with pytest.raises(ValueError, match=r"^layers must not be empty"):
        Tied()


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"^of_rows must have shape"):
        tied_downhill(normal(K, n + 1), normal(N, T, n), normal(N, T, K))
    z, pullback = language_model().forward(RNG.integers(0, K, (N, T)))
    with pytest.raises(ValueError, match=r"^e must have the shape of the output"):
        pullback(z[:, 1:])


def test_the_passage_is_never_edited():
    """Each output of the chapter depends on every character."""
    text = datasets.passage()
    assert len(text) == 7275
    assert "".join(sorted(set(text))) == " ,.abcdefghiklmnopqrstuvwxy"
    assert "  " not in text
    assert sum((i + 1) * ord(c) for i, c in enumerate(text)) % 1_000_003 == 279277
