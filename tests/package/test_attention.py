"""Attention: its equations against their definitions, and the layer of several heads."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layered import (
    EXACTLY,
    check_batch,
    check_gradients,
    check_layer,
    largest_error,
    numerical_gradients,
    own_gradients,
)
from numpy.testing import assert_allclose, assert_array_equal

from backprop import SelfAttention, complex_step, relative_error, softmax
from backprop.activations import softmax_error
from backprop.attention import (
    attention,
    attention_error,
    attention_scores,
    attention_weights,
    causal_mask,
    join_heads,
    split_heads,
)

RNG = np.random.default_rng(0)
N, T, n = 2, 5, 4
SIZES = {"T_q": 3, "T_k": 5, "d": 4, "m": 2}
BEFORE = [(), (7,), (6, 7)]


def normal(*shape, rng=None):
    return (rng or RNG).normal(size=shape)


def operands(*before):
    """Return queries, keys and values; no two of their sizes are the same."""
    T_q, T_k, d, m = SIZES.values()
    return normal(*before, T_q, d), normal(*before, T_k, d), normal(*before, T_k, m)


def some_mask(*before):
    """Return a mask that allows each query something, and forbids each something."""
    mask = RNG.random((*before, 3, 5)) < 0.5
    mask[..., 1], mask[..., 3] = True, False
    return mask


def test_eq_attention_scores():
    q, k, _ = operands()
    right = [[sum(one * key) / math.sqrt(4) for key in k] for one in q]
    assert_allclose(attention_scores(q, k), right, rtol=1e-14)


def test_eq_attention_weights():
    q, k, _ = operands()
    for scores, found in zip(attention_scores(q, k), attention_weights(q, k), strict=True):
        shares = [math.exp(s) for s in scores]
        assert_allclose(found, [share / sum(shares) for share in shares], rtol=1e-14)


def test_eq_attention():
    """Written out in single numbers."""
    q, k, v = operands()
    for one, found in zip(q, attention(q, k, v), strict=True):
        shares = [math.exp(sum(one * key) / math.sqrt(4)) for key in k]
        mean = sum(s * value for s, value in zip(shares, v, strict=True)) / sum(shares)
        assert_allclose(found, mean, rtol=1e-14)


def test_eq_value_error():
    """In single numbers: what a value gave to each query, times the error of the query."""
    q, k, v = operands()
    p, e = attention_weights(q, k), normal(3, 2)
    _, _, e_v = attention_error(e, q, k, v, p)
    for j, found in enumerate(e_v):
        assert_allclose(found, sum(p[i, j] * e[i] for i in range(3)), rtol=1e-14)


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("masked", [True, False])
def test_eq_query_key_error(before, masked):
    q, k, v = operands(*before)
    mask = some_mask(*before) if masked else None
    e = normal(*before, 3, 2)

    def loss(q, k, v):
        return -np.sum(e * attention(q, k, v, mask))

    found = attention_error(e, q, k, v, attention_weights(q, k, mask))
    right = (
        complex_step(lambda q: loss(q, k, v), q),
        complex_step(lambda k: loss(q, k, v), k),
        complex_step(lambda v: loss(q, k, v), v),
    )
    for each, gradient in zip(found, right, strict=True):
        assert relative_error(-each, gradient) < EXACTLY


@pytest.mark.parametrize("rows", [(), (3,), (2, 3)])
def test_eq_softmax_error(rows):
    z, e = normal(*rows, 5), normal(*rows, 5)
    delta = softmax_error(e, softmax(z))
    right = complex_step(lambda z: -np.sum(e * softmax.function(z)), z)
    assert relative_error(-delta, right) < EXACTLY
    assert_allclose(delta.sum(axis=-1), 0, atol=1e-15)


class TestEquations:
    @pytest.mark.parametrize("before", BEFORE)
    def test_axes_before_the_last_two_are_treated_alike(self, before):
        q, k, v = operands(*before)
        y, p = attention(q, k, v), attention_weights(q, k)
        assert y.shape == (*before, 3, 2)
        assert p.shape == (*before, 3, 5)
        for i in np.ndindex(*before):
            assert_allclose(y[i], attention(q[i], k[i], v[i]), rtol=1e-13)
            assert_allclose(p[i], attention_weights(q[i], k[i]), rtol=1e-13)

    @pytest.mark.parametrize("kind", [np.float32, np.float64])
    def test_types_stay(self, kind):
        q, k, v = (each.astype(kind) for each in operands())
        mask, e = some_mask(), np.ones((3, 2), kind)
        p = attention_weights(q, k, mask)
        assert {p.dtype, attention(q, k, v, mask).dtype} == {np.dtype(kind)}
        assert {each.dtype for each in attention_error(e, q, k, v, p)} == {np.dtype(kind)}

    @pytest.mark.parametrize(
        ("function", "names"),
        [(attention_weights, "qk"), (attention, "qkv"), (attention_error, "qkvpe")],
    )
    def test_arrays_that_do_not_fit_are_refused_by_name(self, function, names):
        q, k, v = operands(7)
        arrays = {"q": q, "k": k, "v": v, "p": attention_weights(q, k), "e": normal(7, 3, 2)}
        right = {name: arrays[name] for name in names}
        function(**right)
        for name, array in right.items():
            wrong = [array[:-1], array[0], array[np.newaxis]]
            # A narrower key, fewer values than keys, and so on; fewer queries are right.
            wrong += [array[..., :-1]] if name in "kpe" else []
            wrong += [array[:, :-1]] if name in "vpe" else []
            for each in wrong:
                with pytest.raises(ValueError, match=rf"\b{name}\b"):
                    function(**right | {name: each})
            with pytest.raises(TypeError, match=rf"^{name} must hold real numbers"):
                function(**right | {name: array.astype(str)})
            with pytest.raises(ValueError, match=rf"^{name} must have two axes or more"):
                function(**right | {name: array[0, 0]})
            with pytest.raises(ValueError, match=rf"^{name} must .*not be empty"):
                function(**right | {name: array[..., :0]})

    def test_softmax_errors_that_do_not_fit_are_refused(self):
        with pytest.raises(ValueError, match=r"^e must have the shape of a"):
            softmax_error(np.ones(3), np.ones(4))
        with pytest.raises(ValueError, match=r"^a must have an axis of units"):
            softmax_error(np.ones(()), np.ones(()))


class TestMasks:
    @pytest.mark.parametrize("before", BEFORE)
    def test_what_is_masked_is_as_if_it_were_not_there(self, before):
        q, k, v = operands(*before)
        mask = some_mask()
        p, y = attention_weights(q, k, mask), attention(q, k, v, mask)
        assert (p[..., ~mask] == 0).all()
        assert (p[..., mask] > 0).all()
        assert_allclose(p.sum(axis=-1), 1, rtol=1e-15)
        for t, row in enumerate(mask):
            left = q[..., t : t + 1, :], k[..., row, :], v[..., row, :]
            assert_allclose(y[..., t : t + 1, :], attention(*left), rtol=1e-13)

    @pytest.mark.parametrize("kind", [np.float32, np.float64])
    @pytest.mark.parametrize("size", [1e3, 1e30, "largest", np.inf, np.nan])
    @pytest.mark.parametrize("sign", [-1, 1])
    def test_masked_scores_do_no_harm_however_large(self, kind, size, sign):
        q, k, _ = (each.astype(kind) for each in operands())
        mask = np.array([True, True, False, True, True])
        right = attention_weights(q, k, mask)
        k[2] = sign * (np.finfo(kind).max if size == "largest" else size)
        assert_array_equal(attention_weights(q, k, mask), right)

    def test_allowed_scores_may_be_as_low_as_can_be(self):
        q, k = np.array([[1.0]]), np.array([[-1.7e308], [-1.7e308], [0.0]])
        assert_array_equal(attention_weights(q, k, np.array([True, True, False])), [[0.5, 0.5, 0]])
        assert_array_equal(attention_weights(q, -k, np.array([True, True, False])), [[0.5, 0.5, 0]])

    def test_a_mask_stretches_to_the_shape_of_the_scores(self):
        q, k, _ = operands(7)
        columns, rows = some_mask()[0], some_mask(7)
        for short, whole in (
            (columns, np.broadcast_to(columns, (7, 3, 5))),
            (rows, rows),
            (rows[:, :1], np.broadcast_to(rows[:, :1], (7, 3, 5))),
            (rows.tolist(), rows),
            (np.True_, np.ones((7, 3, 5), bool)),
        ):
            assert_array_equal(attention_weights(q, k, short), attention_weights(q, k, whole))

    def test_a_mask_that_does_not_fit_is_refused(self):
        q, k, v = operands()
        for wrong in (some_mask().T, some_mask(1), np.ones(4, bool), np.ones((4, 5), bool)):
            with pytest.raises(
                ValueError, match=r"^mask must fit the scores of q and k, \(3, 5\), not"
            ):
                attention(q, k, v, wrong)
        for wrong in (some_mask().astype(float), some_mask().astype(int), "True", some_mask() * 1j):
            with pytest.raises(TypeError, match=r"^mask must hold"):
                attention(q, k, v, wrong)

    def test_a_row_that_allows_nothing_is_refused(self):
        q, k, v = operands()
        mask = some_mask()
        mask[1] = False
        for wrong in (mask, np.False_, np.zeros(5, bool)):
            with pytest.raises(ValueError, match=r"^mask must allow each query at least one place"):
                attention(q, k, v, wrong)

    def test_a_causal_mask_shows_each_place_itself_and_what_is_before(self):
        for T in (1, 2, 5):
            mask = causal_mask(T)
            assert mask.dtype == bool
            assert mask.tolist() == [[k <= q for k in range(T)] for q in range(T)]
        with pytest.raises(
            ValueError, match=r"^T must be at least 1 and at most 46340, not 46341$"
        ):
            causal_mask(46341)
        for wrong in (0, -1, 2**16, 10**400):
            with pytest.raises(ValueError, match=r"^T must be at least 1"):
                causal_mask(wrong)
        with pytest.raises(TypeError, match=r"^T must be an integer"):
            causal_mask(2.0)


class TestHeads:
    def test_columns_of_a_head_stand_beside_each_other(self):
        a = np.arange(2 * 3 * 8).reshape(2, 3, 8) / 2
        parts = split_heads(a, 4)
        assert parts.shape == (2, 4, 3, 2)
        for head in range(4):
            assert_array_equal(parts[:, head], a[:, :, 2 * head : 2 * head + 2])
        assert_array_equal(join_heads(parts), a)

    def test_each_takes_errors_back_for_the_other(self):
        a, e = normal(2, 3, 8), normal(2, 4, 3, 2)
        assert_allclose(np.sum(split_heads(a, 4) * e), np.sum(a * join_heads(e)), rtol=1e-13)

    def test_heads_that_do_not_divide_are_refused(self):
        for wrong in (0, 3, 16, -1):
            with pytest.raises(ValueError, match=r"^heads must"):
                split_heads(normal(2, 3, 8), wrong)
        with pytest.raises(TypeError, match=r"^heads must be an integer"):
            split_heads(normal(2, 3, 8), 2.0)
        with pytest.raises(ValueError, match=r"^a must have 3 axes"):
            split_heads(normal(3, 8), 2)
        with pytest.raises(ValueError, match=r"^a must have 4 axes"):
            join_heads(normal(2, 3, 8))


def make(heads=3, biases="qkvo", sizes=(n, 6, 9, 8), rng=None, **options):
    """Return a layer; no two of its sizes are the same."""
    n, m, m_v, n_out = sizes
    W = {"q": (n, m), "k": (n, m), "v": (n, m_v), "o": (m_v, n_out)}
    given = {f"W_{x}": normal(*shape, rng=rng) / 2 for x, shape in W.items()}
    given |= {f"b_{x}": normal(W[x][1], rng=rng) for x in biases}
    return SelfAttention(**given, heads=heads, **options)


def plain(heads, causal):
    """Multi-head attention as anyone would write it in NumPy."""

    def run(a, W_q, W_k, W_v, W_o, b_q=0.0, b_k=0.0, b_v=0.0, b_o=0.0):
        N, T, _ = np.shape(a)

        def of_heads(W, b):
            x = a @ W + b
            return x.reshape(N, T, heads, np.shape(W)[1] // heads).transpose(0, 2, 1, 3)

        q, k, v = of_heads(W_q, b_q), of_heads(W_k, b_k), of_heads(W_v, b_v)
        s = q @ k.transpose(0, 1, 3, 2) / np.sqrt(np.shape(q)[-1])
        p = np.exp(s - np.max(s, axis=-1, keepdims=True))
        p = np.where(np.tri(T) > 0, p, 0.0) if causal else p
        y = (p / np.sum(p, axis=-1, keepdims=True)) @ v
        return y.transpose(0, 2, 1, 3).reshape(N, T, np.shape(W_v)[1]) @ W_o + b_o

    return run


class TestSelfAttention:
    @pytest.mark.parametrize("causal", [False, True])
    @pytest.mark.parametrize("heads", [1, 3])
    @pytest.mark.parametrize("biases", ["", "qkvo", "vo"])
    def test_it_is_a_layer(self, causal, heads, biases):
        layer, a = make(heads, biases, causal=causal), normal(N, T, n)
        check_layer(layer, a, plain(heads, causal))
        check_batch(layer, a)
        y, _ = layer.forward(a)
        assert y.shape == (N, T, 8)

    @settings(max_examples=25)
    @given(st.integers(0, 2**32 - 1), st.tuples(*[st.integers(1, 4)] * 7), st.booleans())
    def test_gradients_of_any_size(self, seed, sizes, causal):
        rng = np.random.default_rng(seed)
        N, T, n, heads, d, d_v, n_out = sizes
        sizes = (n, heads * d, heads * d_v, n_out)
        layer = make(heads, sizes=sizes, rng=rng, causal=causal)
        a = normal(N, T, n, rng=rng)
        assert largest_error(own_gradients(layer, a), numerical_gradients(layer, a)) < EXACTLY

    def test_one_place_takes_from_itself_alone(self):
        layer, a = make(), normal(N, 1, n)
        y, _ = layer.forward(a)
        assert_allclose(y, (a @ layer.W_v + layer.b_v) @ layer.W_o + layer.b_o, rtol=1e-13)
        check_gradients(layer, a)

    def test_each_head_attends_by_itself(self):
        layer, a = make(biases=""), normal(N, T, n)
        total = 0
        for head in range(3):
            m, m_v = slice(2 * head, 2 * head + 2), slice(3 * head, 3 * head + 3)
            q, k, v = a @ layer.W_q[:, m], a @ layer.W_k[:, m], a @ layer.W_v[:, m_v]
            total = total + attention(q, k, v) @ layer.W_o[m_v]
        assert_allclose(layer.forward(a)[0], total, rtol=1e-12, atol=1e-14)

    def test_it_sees_no_order(self):
        """Places that are exchanged have their outputs exchanged, and nothing else changes."""
        layer, a = make(), normal(N, T, n)
        order = [3, 0, 4, 1, 2]
        assert_allclose(layer.forward(a[:, order])[0], layer.forward(a)[0][:, order], rtol=1e-12)

    def test_a_causal_layer_sees_nothing_of_later_places(self):
        layer, a = make(causal=True), normal(N, T, n)
        other = a.copy()
        other[:, 3:] += 1
        y, pullback = layer.forward(a)
        assert_array_equal(layer.forward(other)[0][:, :3], y[:, :3])
        assert (make().forward(other)[0][:, :3] != make().forward(a)[0][:, :3]).all()
        e = np.zeros_like(y)
        e[:, 1] = 1
        e_in, _ = pullback(e)
        assert (e_in[:, :2] != 0).all()
        assert (e_in[:, 2:] == 0).all()

    def test_biases_of_keys_change_nothing(self):
        layer, a = make(), normal(N, T, n)
        y, pullback = layer.forward(a)
        other = layer.with_parameters({"b_k": layer.b_k + 3})
        assert_allclose(other.forward(a)[0], y, rtol=1e-12)
        downhill = pullback(normal(*y.shape))[1]
        assert np.linalg.norm(downhill["b_k"]) < 1e-14 * np.linalg.norm(downhill["b_q"])

    def test_it_is_shown_with_its_sizes(self):
        assert repr(make()) == "SelfAttention(4 to 8, 3 heads)"
        assert repr(make(1, causal=True)) == "SelfAttention(4 to 8, 1 head, causal)"

    def test_parameters_are_copied(self):
        given = make().parameters
        layer = SelfAttention(**given)
        assert layer.heads == 1
        assert layer.parameters.keys() == given.keys()
        for name, array in layer.parameters.items():
            assert_array_equal(array, given[name])
            assert not np.shares_memory(array, given[name])

    def test_an_input_of_another_shape_is_refused(self):
        for shape in ((N, T), (N, T, n + 1), (1, N, T, n), (N, 0, n)):
            with pytest.raises(ValueError, match=r"^a must have .*(shape|place)"):
                make().forward(normal(*shape))

    def test_parameters_that_do_not_fit_are_refused_by_name(self):
        right = make().parameters
        for name, array in right.items():
            for wrong in (array[np.newaxis], array[..., np.newaxis], array[:-1]):
                with pytest.raises(ValueError, match=rf"\b{name}\b"):
                    SelfAttention(**right | {name: wrong})
            with pytest.raises(ValueError, match=rf"^{name} must be finite"):
                SelfAttention(**right | {name: array * np.inf})
            with pytest.raises(TypeError, match=rf"^{name} must hold real numbers"):
                SelfAttention(**right | {name: array * 1j})

    def test_settings_that_do_not_fit_are_refused_by_name(self):
        for heads, of in ((2, "W_v, 9"), (6, "W_v, 9"), (9, "W_q, 6"), (4, "W_q, 6")):
            with pytest.raises(ValueError, match=rf"^heads must divide the columns of {of}"):
                make(heads)
        with pytest.raises(ValueError, match=r"^heads must be at least 1"):
            make(0)
        with pytest.raises(TypeError, match=r"^heads must be an integer"):
            make(1.0)
        with pytest.raises(TypeError, match=r"^causal must be True or False, not 1"):
            make(causal=1)


def test_what_does_not_fit_in_attention_is_told_its_shape_and_beside_what():
    q, k, v, p, e = (np.ones(s) for s in ((2, 4, 3), (2, 5, 3), (2, 5, 7), (2, 4, 5), (2, 4, 7)))
    for name, message in (
        ("v", r"v must have shape \(2, 5, m\) to fit p, q and k, not \(2, 4, 7\)"),
        ("e", r"e must have shape \(2, 4, 7\) to fit q and v, not \(2, 3, 7\)"),
        ("p", r"p must have shape \(2, 4, 5\) to fit q and k, not \(2, 3, 5\)"),
    ):
        right = {"e": e, "q": q, "k": k, "v": v, "p": p}
        with pytest.raises(ValueError, match=f"^{message}$"):
            attention_error(**right | {name: right[name][:, 1:]})


def test_weights_and_biases_of_attention_are_told_what_they_must_fit():
    right = {f"W_{x}": np.ones((3, 4)) for x in "qkv"} | {"W_o": np.ones((4, 3))}
    for name, message in (
        ("W_v", r"W_v must have as many rows as rows of W_q, 3, not \(2, 4\)"),
        ("W_o", r"W_o must have as many rows as columns of W_v, 4, not \(3, 3\)"),
    ):
        with pytest.raises(ValueError, match=f"^{message}$"):
            SelfAttention(**right | {name: right[name][1:]})
    for x, n in zip("qkvo", (4, 4, 4, 3), strict=True):
        message = rf"^b_{x} must have shape \({n},\) to fit W_{x}, not \({n + 1},\)$"
        with pytest.raises(ValueError, match=message):
            SelfAttention(**right, **{f"b_{x}": np.ones(n + 1)})


@pytest.mark.parametrize("dtype", [np.float64, np.longdouble])
def test_what_a_masked_key_holds_is_seen_by_nobody(dtype):
    """Zero times infinity is not a number, but stands where the mask is False."""
    q, k = np.array([[0, 1]], dtype), np.array([[np.inf, 0], [1, 0]], dtype)
    with np.errstate(over="raise", invalid="raise"):
        assert_array_equal(attention_weights(q, k, np.array([[False, True]])), [[0, 1]])


def test_no_examples_attend_to_nothing():
    q, k, v = np.ones((0, 4, 3)), np.ones((0, 5, 3)), np.ones((0, 5, 2))
    assert attention(q, k, v).shape == (0, 4, 2)
