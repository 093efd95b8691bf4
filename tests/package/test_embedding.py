"""Embedding and positional encoding: rows that are looked up, and places that are told apart."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layered import Curve, check_batch, check_engine, check_layer, check_types
from numpy.testing import assert_allclose, assert_array_equal

from backprop import Embedding, PositionalEncoding
from backprop.chain import Chain
from backprop.embedding import embedding, embedding_downhill, positional_encoding

RNG = np.random.default_rng(0)
SHAPES = [(7,), (7, 5), (1,), (1, 1), (2, 40)]


def indices(shape, k=11):
    return RNG.integers(0, k, shape)


@pytest.mark.parametrize("shape", SHAPES)
def test_eq_embedding(shape):
    """A row is looked up as a vector with a single 1 finds it."""
    a, W = indices(shape), RNG.normal(size=(11, 3))
    assert_array_equal(embedding(a, W), np.eye(11)[a] @ W)


@pytest.mark.parametrize("shape", SHAPES)
def test_eq_embedding_downhill(shape):
    a = indices(shape)
    one_hot = np.eye(11)[a]
    e = RNG.normal(size=(*shape, 3))
    axes = list(range(len(shape)))
    right = np.tensordot(one_hot, e, (axes, axes))
    assert_allclose(embedding_downhill(a, e, 11), right, rtol=1e-13, atol=1e-14)


def test_a_row_that_is_taken_twice_gets_both_errors():
    e = np.array([[1.0, 2.0], [10.0, 20.0], [100.0, 200.0]])
    found = embedding_downhill([3, 0, 3], e, 4)
    assert_array_equal(found, [[10, 20], [0, 0], [0, 0], [101, 202]])


@pytest.mark.parametrize("shape", SHAPES)
def test_embedding(shape):
    layer, a = Embedding(RNG.normal(size=(11, 3))), indices(shape)
    check_layer(layer, a, lambda a, W: np.take(W, a, axis=0))
    check_batch(layer, a)
    y, pullback = layer.forward(a)
    e, _ = pullback(y)
    assert_array_equal(e, np.zeros(shape))
    assert e.dtype == np.float64


def test_embedding_at_the_beginning_of_a_chain():
    layer = Chain(Embedding(RNG.normal(size=(11, 4))), Curve(), PositionalEncoding(6, 4))
    a = indices((7, 5))
    check_layer(layer, a)
    check_engine(layer.layers[0], a, lambda a, W: W[a])
    assert_allclose(layer.forward(a)[0], np.sin(layer.layers[0].W[a]) + places(5, 4), rtol=1e-13)


def places(T, n):
    """What tells places apart, a number at a time."""
    found = np.empty((T, n))
    for t in range(T):
        for j in range(n):
            angle = t / 10000 ** (2 * (j // 2) / n)
            found[t, j] = math.cos(angle) if j % 2 else math.sin(angle)
    return found


@settings(max_examples=20)
@given(
    st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 5), st.integers(1, 4), st.data()
)
def test_any_table_and_indices(seed, k, N, n, data):
    rng = np.random.default_rng(seed)
    a = rng.integers(0, k, data.draw(st.sampled_from([(N,), (N, 3)])))
    check_layer(Embedding(rng.normal(size=(k, n))), a)


def test_forward_mode_finds_that_integers_do_not_move():
    layer, a = Embedding(RNG.normal(size=(11, 3))), indices((7, 5))
    y, y_dot = layer.jvp(a, RNG.normal(size=(7, 5)))
    assert_array_equal(y, layer.forward(a)[0])
    assert_array_equal(y_dot, np.zeros((7, 5, 3)))
    with pytest.raises(ValueError, match="a_dot must have the shape of a"):
        layer.jvp(a, np.ones(7))


@pytest.mark.parametrize("kind", ["i1", "u1", ">i4", "u8"])
def test_integers_of_any_type(kind):
    a, W = indices((7, 5)), RNG.normal(size=(11, 3))
    assert_array_equal(embedding(a.astype(kind), W), W[a])
    e = RNG.normal(size=(7, 5, 3))
    assert_array_equal(embedding_downhill(a.astype(kind), e, 11), embedding_downhill(a, e, 11))


def test_no_indices_find_no_rows():
    y, pullback = Embedding(RNG.normal(size=(11, 3))).forward(np.zeros((0, 5), int))
    assert y.shape == (0, 5, 3)
    assert_array_equal(pullback(y)[1]["W"], np.zeros((11, 3)))


@pytest.mark.parametrize(
    ("a", "error", "message"),
    [
        ([0, 11], ValueError, r"a must hold numbers of rows of W, 0 to 10, not 0 to 11"),
        ([-1, 3], ValueError, r"a must hold numbers of rows of W, 0 to 10, not -1 to 3"),
        ([0.0, 1.0], TypeError, "a must hold integers, the numbers of rows, not float64"),
        ([1 + 0j], TypeError, "a must hold integers, the numbers of rows, not complex128"),
        ([True, False], TypeError, "a must hold real numbers, not bool"),
        (["a"], TypeError, "a must hold real numbers, not <U1"),
        (np.ma.array([1, 2], mask=[0, 1]), TypeError, "a must hold real numbers, not masked"),
        (3, ValueError, "a must have 1 or 2 axes"),
        ([[[3]]], ValueError, "a must have 1 or 2 axes"),
        (np.array([2**63], np.uint64), ValueError, "a must hold numbers of rows"),
    ],
)
def test_what_is_no_row_is_refused_by_name(a, error, message):
    layer = Embedding(RNG.normal(size=(11, 3)))
    with pytest.raises(error, match=rf"^{message}"):
        layer.forward(a)
    with pytest.raises(error, match=rf"^{message}"):
        embedding_downhill(a, np.ones((*np.shape(a), 3)), 11)


def test_tables_that_are_none_are_refused():
    for W in (np.ones(3), np.ones((2, 3, 4))):
        with pytest.raises(ValueError, match=r"W must have shape \(k, n\)"):
            Embedding(W)
        with pytest.raises(ValueError, match="W must have 2 axes"):
            embedding([0, 1], W)
    with pytest.raises(ValueError, match="e must have shape"):
        embedding_downhill([0, 1], np.ones((3, 2)), 5)


def test_a_table_is_copied():
    W = np.ones((2, 3))
    layer = Embedding(W)
    W[0] = 9
    assert_array_equal(layer.W, np.ones((2, 3)))


# Positional encoding.


@pytest.mark.parametrize(("T", "n"), [(1, 1), (1, 2), (50, 6), (50, 7), (3, 64)])
def test_the_encoding_is_that_of_the_formula(T, n):
    found = positional_encoding(T, n)
    assert found.shape == (T, n)
    assert_allclose(found, places(T, n), rtol=0, atol=1e-14)


def test_a_shift_in_place_turns_each_pair():
    """For any distance there is one matrix that takes the row of each place to that further on."""
    encoding, n = positional_encoding(40, 8), 8
    for distance in (1, 5):
        for i in range(0, n, 2):
            angle = distance / 10000 ** (i / n)
            turn = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
            pair = encoding[:-distance, i : i + 2]
            assert_allclose(pair @ turn, encoding[distance:, i : i + 2], atol=1e-13)


@pytest.mark.parametrize("shape", [(5, 4), (7, 5, 4), (7, 6, 4), (1, 1, 4)])
def test_positional_encoding(shape):
    T = shape[-2]
    check_layer(PositionalEncoding(6, 4), RNG.normal(size=shape), lambda a: a + places(T, 4))
    if len(shape) == 3:
        check_batch(PositionalEncoding(6, 4), RNG.normal(size=shape))
    y, _ = PositionalEncoding(6, 4).forward(np.zeros(shape, np.complex64))
    assert y.dtype == np.complex64


def test_an_error_that_comes_back_can_be_changed():
    _, pullback = PositionalEncoding(6, 4).forward(np.zeros((6, 4)))
    e = np.ones((6, 4))
    pullback(e)[0][0] = 9
    assert_array_equal(e, np.ones((6, 4)))


@pytest.mark.parametrize("shape", [(7, 4), (2, 7, 4), (6, 3), (2, 6, 5), (4,), (2, 2, 6, 4)])
def test_sequences_that_do_not_fit_are_refused(shape):
    with pytest.raises(ValueError, match=r"a must have (up to 6 places of 4 features|2 or 3 axes)"):
        PositionalEncoding(6, 4).forward(np.ones(shape))


@pytest.mark.parametrize("T", [0, 2**31, 10**400])
def test_lengths_that_cannot_be_are_refused(T):
    with pytest.raises(ValueError, match=r"^T (must be at least 1|and n must be smaller)"):
        PositionalEncoding(T, 4)


def test_float32_tables_and_sequences():
    check_types(Embedding(RNG.normal(size=(11, 3))), indices((7, 5)))
    check_types(PositionalEncoding(6, 4), RNG.normal(size=(7, 5, 4)))


def test_an_encoding_of_just_the_largest_size_is_made(monkeypatch):
    monkeypatch.setattr("backprop.embedding.LARGEST", 12)
    assert positional_encoding(4, 3).shape == (4, 3)
    with pytest.raises(ValueError, match=r"^T and n must be smaller.*not \(13, 1\)$"):
        positional_encoding(13, 1)


def test_an_index_one_too_large_is_told_with_the_range_and_what_was_given():
    for a, held in (([0, 3], "0 to 3"), ([[-1], [2]], "-1 to 2")):
        with pytest.raises(ValueError, match=f"^a must hold .* of W, 0 to 2, not {held}$"):
            embedding(a, np.eye(3))


def test_the_error_of_indices_is_zeros_in_the_type_of_the_error():
    y, pullback = Embedding(np.eye(3, dtype=np.float32)).forward(np.array([0, 2]))
    e, downhill = pullback(np.ones_like(y))
    assert e.dtype == downhill["W"].dtype == np.float32
    assert_array_equal(e, [0, 0])


def test_what_no_computer_holds_is_refused_before_any_array_is_made(monkeypatch):
    e = np.ones((1, 3))
    with pytest.raises(
        ValueError, match=f"^k must be at least 1 and at most {2**31}, not {2**32}$"
    ):
        embedding_downhill(np.array([0]), e, 2**32)
    monkeypatch.setattr("backprop.embedding.np", None)
    with pytest.raises(AttributeError, match="arange"):
        positional_encoding(2**16, 2**15)
    with pytest.raises(ValueError, match=r"^T and n must be smaller"):
        positional_encoding(2**16, 2**15 + 1)
