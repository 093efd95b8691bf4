"""Pooling and flattening: against their definitions, the engine, and complex step."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layered import (
    EXACTLY,
    Curve,
    check_batch,
    check_engine,
    check_gradients,
    check_jvp,
    check_layer,
    largest_error,
    numerical_gradients,
    own_gradients,
)
from numpy.testing import assert_allclose, assert_array_equal

from backprop import (
    Convolution,
    Flatten,
    MaxPooling,
    MeanPooling,
    complex_step,
    relative_error,
)
from backprop.chain import Chain
from backprop.pooling import max_pooling, max_pooling_error, mean_pooling, mean_pooling_error

RNG = np.random.default_rng(0)

# Along each axis: length of the input, size of the window, stride. Windows lie side by side,
# overlap, or leave something between them or at the end.
SETTINGS = [
    ((6,), 2, None),
    ((7,), 3, None),
    ((7,), (3,), 1),
    ((9,), 2, 3),
    ((7,), 1, 1),
    ((4, 6), 2, None),
    ((6, 7), 3, 2),
    ((5, 8), (3, 2), (1, 3)),
    ((5, 7), (5, 7), None),
]
EACH = pytest.mark.parametrize(("n", "size", "stride"), SETTINGS, ids=str)
BOTH = [
    (MaxPooling, max_pooling, np.max),
    (MeanPooling, mean_pooling, np.mean),
]
KINDS = pytest.mark.parametrize(("kind", "function", "reduce"), BOTH)


def starts_and_sizes(n, size, stride):
    """Return, for each axis, where windows begin and how long they are."""
    size = np.broadcast_to(size, len(n)).tolist()
    stride = size if stride is None else np.broadcast_to(stride, len(n)).tolist()
    starts = [range(0, length - k + 1, s) for length, k, s in zip(n, size, stride, strict=True)]
    return starts, size


def plain(size, stride, reduce):
    """The forward pass of whole arrays, of operations that the engine knows."""

    def forward(a):
        starts, size_of_each = starts_and_sizes(np.shape(a)[2:], size, stride)
        places = []
        for j in np.ndindex(*size_of_each):
            seen = a
            for axis, (first, start) in enumerate(zip(j, starts, strict=True), 2):
                seen = np.take(seen, np.array(start) + first, axis)
            places.append(seen)
        return reduce(np.stack(places), axis=0)

    return forward


@KINDS
@EACH
def test_a_number_of_the_output_is_that_of_its_window(n, size, stride, kind, function, reduce):
    a = RNG.normal(size=(3, 2, *n))
    starts, size_of_each = starts_and_sizes(n, size, stride)
    y = function(a, size, stride)
    assert y.shape == (3, 2, *map(len, starts))
    for i in np.ndindex(y.shape[2:]):
        window = tuple(
            slice(start[first], start[first] + k)
            for first, start, k in zip(i, starts, size_of_each, strict=True)
        )
        right = reduce(a[(..., *window)], axis=tuple(range(2, a.ndim)))
        assert_allclose(y[(..., *i)], right, rtol=1e-14)


@KINDS
@EACH
def test_the_layers(n, size, stride, kind, function, reduce):
    a = RNG.normal(size=(3, 2, *n))
    layer = kind(size, stride)
    assert not layer.parameters
    check_layer(layer, a, plain(size, stride, reduce))
    check_batch(layer, a)


@EACH
def test_eq_max_pooling_error(n, size, stride):
    a = RNG.normal(size=(3, 2, *n))
    e = RNG.normal(size=max_pooling(a, size, stride).shape)
    numerical = complex_step(lambda a: np.sum(e * max_pooling(a, size, stride)), a)
    assert relative_error(max_pooling_error(e, a, size, stride), numerical) < EXACTLY


@EACH
def test_eq_mean_pooling_error(n, size, stride):
    a = RNG.normal(size=(3, 2, *n))
    e = RNG.normal(size=mean_pooling(a, size, stride).shape)
    numerical = complex_step(lambda a: np.sum(e * mean_pooling(a, size, stride)), a)
    assert relative_error(mean_pooling_error(e, n, size, stride), numerical) < EXACTLY


@EACH
def test_numbers_that_tie_share_the_error_evenly(n, size, stride):
    """So does the engine; complex step, and forward mode with it, take the mean of directions."""
    a = RNG.integers(0, 3, size=(3, 2, *n)).astype(float)
    layer = MaxPooling(size, stride)
    check_engine(layer, a, plain(size, stride, np.max))
    assert largest_error(own_gradients(layer, a), numerical_gradients(layer, a)) < EXACTLY
    check_gradients(layer, a)
    check_jvp(layer, a)


def test_shares_of_an_error():
    a = np.array([[[2.0, 1.0, 2.0, 2.0, 0.0, -0.0]]])
    assert_array_equal(max_pooling_error(np.array([[[6.0, 6.0]]]), a, 3), [[[3, 0, 3, 6, 0, 0]]])
    # Where windows overlap, their shares add up.
    e = np.array([[[4.0, 8.0, 16.0, 32.0, 64.0]]])
    assert_array_equal(max_pooling_error(e, a, 2, 1), [[[4, 0, 16, 40, 32, 32]]])
    assert_array_equal(mean_pooling_error(e, 6, 2, 1), [[[2, 6, 12, 24, 48, 32]]])


def test_of_complex_numbers_the_real_parts_are_compared():
    a = np.array([[[1 + 9j, 2 - 1j, 3 + 1j, 3 + 5j]]])
    assert_array_equal(max_pooling(a, 2), [[[2 - 1j, 3 + 3j]]])
    e = np.array([[[1 + 1j, 2 + 2j]]])
    assert_array_equal(max_pooling_error(e, a, 2), [[[0, 1 + 1j, 1 + 1j, 1 + 1j]]])


def test_nan_is_never_taken_for_a_small_number():
    a = np.array([[[np.nan, 1.0, 2.0, 3.0, np.inf, np.inf]]])
    assert_array_equal(max_pooling(a, 2), [[[np.nan, 3, np.inf]]])
    assert_array_equal(mean_pooling(a, 2), [[[np.nan, 2.5, np.inf]]])
    assert np.isnan(max_pooling(a + 0j, 2)[0, 0, 0])
    e = np.array([[[2.0, 4.0, 8.0]]])
    assert_array_equal(max_pooling_error(e, a, 2), [[[1, 1, 0, 4, 4, 4]]])
    # What is not the largest gets 0, also of an error that is not finite.
    assert_array_equal(max_pooling_error(np.inf * e, a, 2)[0, 0, 2:4], [0, np.inf])


def test_what_no_window_sees_has_no_effect_and_no_error():
    a = RNG.normal(size=(3, 2, 5, 7))
    changed = a.copy()
    changed[:, :, 4:], changed[..., 6:] = 99, 99
    for kind, function, _ in BOTH:
        assert_array_equal(function(changed, 2), function(a, 2))
        y, pullback = kind(2).forward(a)
        e, _ = pullback(np.ones_like(y))
        assert not e[:, :, 4:].any()
        assert not e[..., 6:].any()


def test_a_window_of_one_number_gives_an_array_of_its_own():
    a = RNG.normal(size=(3, 2, 5))
    for _, function, _ in BOTH:
        y = function(a, 1)
        assert_array_equal(y, a)
        assert not np.shares_memory(y, a)


@st.composite
def cases(draw):
    """Any sizes and settings that go together."""
    axes = draw(st.integers(1, 2))
    n = [draw(st.integers(1, 6)) for _ in range(axes)]
    size = [draw(st.integers(1, length)) for length in n]
    stride = draw(st.none() | st.lists(st.integers(1, 4), min_size=axes, max_size=axes))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    a = rng.normal(size=(*rng.integers(1, 4, 2), *n))
    return np.round(a) if draw(st.booleans()) else a, size, stride


@given(cases())
@settings(max_examples=40)
def test_gradients_whatever_the_sizes(case):
    a, size, stride = case
    for kind, _, reduce in BOTH:
        layer = kind(size, stride)
        assert largest_error(own_gradients(layer, a), numerical_gradients(layer, a)) < EXACTLY
        check_engine(layer, a, plain(size, stride, reduce))
        y, pullback = layer.forward(a)
        # No error is lost, and none is made.
        assert_allclose(pullback(np.ones_like(y))[0].sum(), y.size, rtol=1e-13)


@pytest.mark.parametrize("shape", [(3,), (3, 5), (3, 2, 5), (3, 2, 5, 4)], ids=str)
def test_flatten_makes_a_row_of_each_example(shape):
    a = RNG.normal(size=shape)
    y, _ = Flatten().forward(a)
    assert_array_equal(y, [np.ravel(each) for each in a])
    check_layer(Flatten(), a, lambda a: np.reshape(a, (3, -1)))
    check_batch(Flatten(), a)


def test_flatten_takes_a_batch_without_examples():
    assert Flatten().forward(np.ones((0, 2, 3)))[0].shape == (0, 6)


def test_layers_for_images_in_a_chain():
    """Convolution, curve and pooling twice over, and a row in the end."""
    layer = Chain(
        Convolution(RNG.normal(size=(3, 2, 3, 2)), RNG.normal(size=3), padding=1),
        Curve(),
        MaxPooling(2),
        Convolution(RNG.normal(size=(4, 3, 2, 3)), stride=(1, 2)),
        Curve(),
        MeanPooling((2, 1), 1),
        Flatten(),
    )
    a = RNG.normal(size=(5, 2, 8, 9))
    assert layer.forward(a)[0].shape == (5, 4 * 2 * 2)
    check_layer(layer, a)
    check_batch(layer, a)


def test_layers_are_shown_as_they_are_made():
    for text in ("MaxPooling(2, 2)", "MeanPooling((2, 3), 1)", "Flatten()"):
        assert repr(eval(text)) == text


def test_settings_are_those_of_the_layer_alone():
    size = [2, 3]
    layer = MaxPooling(size)
    size[0] = 5
    assert layer.size == layer.stride == (2, 3)


def test_what_is_no_number_is_refused():
    a = np.ones((2, 3, 6))
    for call, message in [
        (lambda: max_pooling(a.astype(str), 2), "a must hold real numbers, not <U"),
        (lambda: mean_pooling(a, 2.0), "size must be an integer, not 2.0"),
        (lambda: mean_pooling_error(a, "6", 1), "n must be an integer, not '6'"),
        (lambda: MaxPooling(2, 1.5), "stride must be an integer, not 1.5"),
        (lambda: MaxPooling((2, "2")), "size must be an integer, not '2'"),
    ]:
        with pytest.raises(TypeError, match=message):
            call()


def test_what_does_not_fit_is_refused():
    a = np.ones((2, 3, 6))
    for call, message in [
        (lambda: max_pooling(a[0], 2), r"a must have 3 or 4 axes, not shape \(3, 6\)"),
        (lambda: mean_pooling(a, 7), r"a must not be smaller than the window, \(7,\), but has \(6"),
        (lambda: max_pooling(a, (2, 2)), r"each axis of space, of which a has 1, not \(2, 2\)"),
        (lambda: max_pooling(a[..., np.newaxis], [2]), r"of which a has 2, not \[2\]"),
        (lambda: mean_pooling(a, 2, (1, 2)), r"^stride must be .* which a has 1, not \(1, 2\)"),
        (lambda: mean_pooling_error(a, 6, 1, ()), r"^stride must be .* which n has 1, not \(\)"),
        (lambda: max_pooling_error(a, a, 2), r"e must have shape \(2, 3, 3\) for that a"),
        (lambda: max_pooling_error(a[0], a, 1), r"e must have shape \(2, 3, 6\) for that a"),
        (lambda: mean_pooling_error(a, 6, 2), r"e must have shape \(2, 3, 3\) for that n"),
        (lambda: mean_pooling_error(a[0], 6, 1), r"e must have 3 or 4 axes, not shape \(3, 6\)"),
        (lambda: MaxPooling(0), "size must be at least 1, not 0"),
        (lambda: MeanPooling((1, 2, 3)), r"size must be one number, or one or two in a tuple"),
        (lambda: MeanPooling(2, ()), r"stride must be one number, or one or two in a tuple"),
        (lambda: MaxPooling((2, 2), (1,)), r"stride must be for as many axes as size, \(2, 2\)"),
        (lambda: Flatten().forward(1.0), r"a must have an axis of examples"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
