"""Convolution with channels: against its definition by sums, the engine, and complex step."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layered import EXACTLY, check_batch, check_gradients, check_layer
from numpy.testing import assert_allclose, assert_array_equal

from backprop import Convolution, complex_step, relative_error
from backprop._windows import windows_along
from backprop.channels import (
    channel_bias_step,
    channel_convolution,
    channel_convolution_error,
    channel_kernel_step,
)
from backprop.convolution import convolution, convolution_error, kernel_step

RNG = np.random.default_rng(0)

# Along each axis: length of the input, length of the kernel, stride, padding. In the last of either
# number of axes the stride does not divide, and leaves one or two columns unseen.
SETTINGS = [
    ((7,), (3,), 1, 0),
    ((7,), (1,), 1, 0),
    ((6,), (6,), 1, 5),
    ((9,), (4,), 2, 3),
    ((9,), (3,), 4, 0),
    ((6, 7), (2, 3), 1, 0),
    ((5, 6), (3, 3), 1, 1),
    ((6, 7), (1, 2), (3, 1), (0, 1)),
    ((8, 9), (3, 2), (2, 4), (2, 0)),
]
EACH = pytest.mark.parametrize(("n", "k", "stride", "padding"), SETTINGS, ids=str)


def arrays(n, k, N=3, channels_in=2, channels_out=4):
    """Return an input, kernels and biases; all sizes differ."""
    a, w = RNG.normal(size=(N, channels_in, *n)), RNG.normal(size=(channels_out, channels_in, *k))
    return a, w, RNG.normal(size=channels_out)


def per_axis(setting, n):
    return np.broadcast_to(setting, len(n)).tolist()


def by_sums(a, w, b, stride, padding):
    """The definition: at each place of the output, a sum over what its window sees."""
    n, k = a.shape[2:], w.shape[2:]
    stride, padding = per_axis(stride, n), per_axis(padding, n)
    m = [
        (length + 2 * p - size) // s + 1
        for length, size, s, p in zip(n, k, stride, padding, strict=True)
    ]
    z = np.zeros((len(a), len(w), *m), np.result_type(a, w, b))
    for i in np.ndindex(*m):
        z[(..., *i)] = b
        for j in np.ndindex(*k):
            at = [s * i + j - p for s, i, j, p in zip(stride, i, j, padding, strict=True)]
            if all(0 <= where < length for where, length in zip(at, n, strict=True)):
                z[(..., *i)] += a[(..., *at)] @ w[(..., *j)].T  # over the channels
    return z


def plain(stride, padding):
    """The forward pass of whole arrays, of operations that the engine knows."""

    def forward(a, w, b):
        axes = range(2, np.ndim(a))
        for axis, p in zip(axes, per_axis(padding, axes), strict=True):
            beyond = np.zeros([p if i == axis else size for i, size in enumerate(np.shape(a))])
            a = np.concatenate([beyond, a, beyond], axis)
        k, z = np.shape(w)[2:], 0
        for j in np.ndindex(*k):
            seen = a
            for axis, first, size, s in zip(axes, j, k, per_axis(stride, axes), strict=True):
                seen = np.take(seen, np.arange(first, first + a.shape[axis] - size + 1, s), axis)
            rows = np.reshape(seen, (*np.shape(a)[:2], -1))
            z = z + np.reshape(w[(..., *j)] @ rows, (len(a), len(w), *np.shape(seen)[2:]))
        return z + np.reshape(b, (-1, *(1 for _ in k)))

    return forward


@EACH
def test_eq_channel_convolution(n, k, stride, padding):
    """A number of the output is a sum over its window."""
    a, w, b = arrays(n, k)
    right = by_sums(a, w, b, stride, padding)
    assert_allclose(channel_convolution(a, w, b, stride, padding), right, rtol=1e-12)
    right = by_sums(a, w, np.zeros(4), stride, padding)
    assert_allclose(channel_convolution(a, w, None, stride, padding), right, rtol=1e-12)


@EACH
def test_the_layer(n, k, stride, padding):
    a, w, b = arrays(n, k)
    layer = Convolution(w, b, stride=stride, padding=padding)
    check_layer(layer, a, plain(stride, padding))
    check_batch(layer, a)
    check_gradients(Convolution(w, stride=stride, padding=padding), a)


@pytest.mark.parametrize("n", range(1, 12))
def test_as_many_windows_as_fit(n):
    """A window is wherever it begins at a multiple of the stride and ends within."""
    for k in range(1, n + 1):
        for s in range(1, 6):
            starts = [first for first in range(0, n, s) if first + k <= n]
            assert windows_along((n, n + 1), (k, k + 1), s) == (len(starts), len(starts))
            assert windows_along((n,), k, (s,)) == (len(starts),)


def with_loss(n, k, stride, padding):
    """Return arrays, error terms, and minus a loss that has these error terms."""
    a, w, b = arrays(n, k)
    delta = RNG.normal(size=channel_convolution(a, w, b, stride, padding).shape)
    return a, w, b, delta, lambda a, w, b: np.sum(delta * by_sums(a, w, b, stride, padding))


@EACH
def test_eq_channel_convolution_error(n, k, stride, padding):
    """Of the definition by sums, complex step finds the error of each input."""
    a, w, b, delta, loss = with_loss(n, k, stride, padding)
    e = channel_convolution_error(delta, w, n, stride, padding)
    assert relative_error(e, complex_step(lambda a: loss(a, w, b), a)) < EXACTLY


@EACH
def test_eq_channel_kernel_step(n, k, stride, padding):
    a, w, b, delta, loss = with_loss(n, k, stride, padding)
    step = channel_kernel_step(a, delta, k, 0.5, stride, padding)
    assert relative_error(step, 0.5 * complex_step(lambda w: loss(a, w, b), w)) < EXACTLY


@EACH
def test_eq_channel_bias_step(n, k, stride, padding):
    a, w, b, delta, loss = with_loss(n, k, stride, padding)
    step = channel_bias_step(delta, 0.5)
    assert relative_error(step, 0.5 * complex_step(lambda b: loss(a, w, b), b)) < EXACTLY


@st.composite
def cases(draw):
    """Any sizes and settings that go together."""

    def each_axis(least, most):
        return [draw(st.integers(least, bound)) for bound in np.broadcast_to(most, axes)]

    axes = draw(st.integers(1, 2))
    k = each_axis(1, 4)
    padding = each_axis(0, np.subtract(k, 1))
    n = each_axis(1, 6)
    n = np.maximum(n, np.subtract(k, np.multiply(2, padding))).tolist()
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    N, channels_in, channels_out = rng.integers(1, 4, 3)
    a, w = rng.normal(size=(N, channels_in, *n)), rng.normal(size=(channels_out, channels_in, *k))
    return a, w, each_axis(1, 3), padding, rng


@given(cases())
def test_both_ways_back_are_those_of_a_product(case):
    """Linear in input and kernels, it has one number that all three equations must agree on."""
    a, w, stride, padding, rng = case
    z = channel_convolution(a, w, None, stride, padding)
    assert_allclose(z, by_sums(a, w, np.zeros(len(w)), stride, padding), rtol=1e-11, atol=1e-13)
    delta = rng.normal(size=z.shape)
    e = channel_convolution_error(delta, w, a.shape[2:], stride, padding)
    step = channel_kernel_step(a, delta, w.shape[2:], 1.0, stride, padding)
    assert (e.shape, step.shape) == (a.shape, w.shape)
    scale = np.sum(np.abs(delta)) * np.abs(w).sum() * np.abs(a).max()
    assert_allclose([np.sum(e * a), np.sum(step * w)], np.sum(delta * z), atol=1e-13 * scale)


@given(cases())
@settings(max_examples=40)
def test_gradients_whatever_the_sizes(case):
    a, w, stride, padding, rng = case
    layer = Convolution(w, rng.normal(size=len(w)), stride=stride, padding=padding)
    check_gradients(layer, a, tolerance=1e-11)


@pytest.mark.parametrize("k", [1, 3, 7])
def test_with_one_channel_it_is_the_convolution_of_one_kernel(k):
    a, w, delta = RNG.normal(size=(5, 7)), RNG.normal(size=k), RNG.normal(size=(5, 8 - k))
    channel, kernel = (slice(None), np.newaxis), (np.newaxis, np.newaxis)
    z = channel_convolution(a[channel], w[kernel])
    assert_allclose(z[:, 0], convolution(a, w), rtol=1e-13)
    e = channel_convolution_error(delta[channel], w[kernel], 7)
    assert_allclose(e[:, 0], convolution_error(delta, w), rtol=1e-13)
    step = channel_kernel_step(a[channel], delta[channel], k, 0.5)
    assert_allclose(step[0, 0], kernel_step(a, delta, 0.5), rtol=1e-13)


def test_a_signal_is_an_image_of_one_row():
    a, w, b = arrays((9,), (3,))
    z = channel_convolution(a, w, b, 2, 1)
    image = channel_convolution(a[:, :, np.newaxis], w[:, :, np.newaxis], b, (1, 2), (0, 1))
    assert_array_equal(image[:, :, 0], z)


def test_an_image_turned_round_gives_an_output_turned_round():
    a, w, b = arrays((5, 6), (2, 3))
    z = channel_convolution(a, w, b, (1, 2), (0, 1))
    turned = channel_convolution(a.swapaxes(2, 3), w.swapaxes(2, 3), b, (2, 1), (1, 0))
    assert_allclose(turned.swapaxes(2, 3), z, rtol=1e-12)


def test_what_no_window_sees_has_no_effect_and_no_error():
    """Windows of 3 that move by 4 begin at 0 and at 4, and end at 7: two of 9 are unseen."""
    a, w, _ = arrays((9,), (3,))
    changed = a.copy()
    changed[..., [3, 7, 8]] += 1
    assert_array_equal(
        channel_convolution(changed, w, stride=4), channel_convolution(a, w, stride=4)
    )
    e = channel_convolution_error(np.ones((3, 4, 2)), w, 9, stride=4)
    assert_array_equal(e[..., [3, 7, 8]], 0)
    assert np.all(e[..., [0, 1, 2, 4, 5, 6]] != 0)


def test_the_way_back_is_linear_in_complex_errors_too():
    a, w, b = arrays((6, 5), (2, 3))
    y, pullback = Convolution(w, b, stride=2).forward(a)
    real, imaginary = RNG.normal(size=(2, *y.shape))
    e, downhill = pullback(real + 1j * imaginary)
    for part, error in ((np.real, real), (np.imag, imaginary)):
        e_part, downhill_part = pullback(error)
        assert_allclose(part(e), e_part, rtol=1e-12, atol=1e-14)
        for key, right in downhill_part.items():
            assert_allclose(part(downhill[key]), right, rtol=1e-12, atol=1e-13)


def test_integers_do_not_wrap_around():
    a, w = np.full((1, 1, 5), 100, np.int8), np.full((1, 1, 3), 100, np.int8)
    assert_array_equal(channel_convolution(a, w), np.full((1, 1, 3), 30_000.0))
    assert_array_equal(channel_kernel_step(a, w, 3, 0.5), np.full((1, 1, 3), 15_000.0))
    assert_array_equal(channel_convolution_error(w, w, 5)[0, 0, 2], 30_000.0)


def test_nan_goes_through_to_the_windows_that_see_it():
    a, w, b = arrays((6,), (2,))
    a[0, 0, 0] = np.nan
    z = channel_convolution(a, w, b)
    assert np.isnan(z[0, :, 0]).all()
    assert np.isfinite(z[0, :, 1:]).all()
    assert np.isfinite(z[1:]).all()


def test_a_layer_owns_its_parameters():
    _, w, b = arrays((6,), (2,))
    layer = Convolution(w, b)
    w[:], b[:] = 0, 0
    assert np.all(layer.w != 0)
    assert np.all(layer.b != 0)
    assert layer.parameters.keys() == {"w", "b"}
    assert Convolution(w + 1).parameters.keys() == {"w"}


def test_a_layer_is_shown_with_its_sizes():
    assert repr(Convolution(np.ones((4, 2, 3, 5)))) == (
        "Convolution(2 to 4 channels, kernels of 3 x 5)"
    )


def test_what_is_no_array_of_numbers_is_refused():
    a, w, b = arrays((6,), (2,))
    for call, message in [
        (lambda: channel_convolution(a, [[["1"]]]), "w must hold real numbers, not <U1"),
        (lambda: channel_convolution(a, w, b, 1.0), "stride must be an integer, not 1.0"),
        (lambda: channel_convolution(a, w, b, "2"), "stride must be an integer, not '2'"),
        (lambda: channel_convolution(a, w, b, 1, (True,)), "padding must be an integer, not True"),
        (lambda: Convolution(w + 1j), "w must hold real numbers, not complex128"),
        (lambda: Convolution(w, b.astype(str)), "b must hold real numbers, not <U"),
        (lambda: channel_kernel_step(a, a, 6, "1"), "learning_rate must be a number, not '1'"),
    ]:
        with pytest.raises(TypeError, match=message):
            call()


def test_what_does_not_fit_is_refused():
    a, w, b = arrays((6,), (3,))
    delta = np.ones((3, 4, 4))
    for call, message in [
        (lambda: Convolution(w[0]), r"w must have 3 or 4 axes, not shape \(2, 3\)"),
        (lambda: Convolution(w[:0]), "w must not be empty"),
        (lambda: Convolution(w * np.inf), "w must be finite"),
        (lambda: Convolution(w, b[:3]), r"b must have shape \(4,\), .* not \(3,\)"),
        (lambda: Convolution(w, stride=0), "stride must be at least 1, not 0"),
        (lambda: Convolution(w, padding=-1), "padding must be at least 0, not -1"),
        (lambda: Convolution(w, padding=3), r"padding must be less than the length of a kernel"),
        (lambda: Convolution(w, stride=()), "stride must be one number, or one for each axis"),
        (lambda: Convolution(w, stride=(1, 1)), "stride must be one number, or one for each axis"),
        (lambda: Convolution(w, padding=(1, 1)), r"padding .* which a has 1, not \(1, 1\)"),
        (lambda: channel_convolution_error(delta, w, (6, 6)), r"n .* which w has 1, not \(6, 6\)"),
        (lambda: channel_convolution(a, w[:, :, :0]), "w must not be empty"),
        (lambda: channel_convolution(a[0], w), r"a must have 3 axes, .* not shape \(2, 6\)"),
        (lambda: channel_convolution(a[:, :1], w), r"the second of 2, as w has, .* \(3, 1, 6\)"),
        (lambda: channel_convolution(a[..., :2], w), r"a must not be smaller than the window"),
        (lambda: channel_convolution_error(delta, w, 7), r"delta must have shape \(3, 4, 5\)"),
        (lambda: channel_convolution_error(delta, w, 2), "n must not be smaller than the window"),
        (lambda: channel_convolution_error(delta[:, :3], w, 6), r"shape \(3, 4, 4\) for that w"),
        (lambda: channel_convolution_error(delta[0], w, 6), "delta must have 3 axes"),
        (lambda: channel_kernel_step(a, delta[:2], 3, 1.0), r"delta must have shape \(3, 4, 4\)"),
        (lambda: channel_kernel_step(a, delta, 2, 1.0), r"delta must have shape \(3, 4, 5\)"),
        (lambda: channel_kernel_step(a, delta, 0, 1.0), "k must be at least 1, not 0"),
        (lambda: channel_kernel_step(a, delta, 3, 0.0), "learning_rate must be positive"),
        (lambda: channel_bias_step(delta[0], 1.0), "delta must have 3 or 4 axes"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
