"""Batch, layer and RMS normalization: right by three other methods, and exact for large numbers."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layered import (
    Curve,
    check_batch,
    check_engine,
    check_gradients,
    check_layer,
    check_refusals,
    check_types,
    weights_of_the_loss,
)
from numpy.testing import assert_allclose, assert_array_equal

from backprop import (
    BatchNormalization,
    LayerNormalization,
    RMSNormalization,
    complex_step,
    relative_error,
)
from backprop.chain import Chain, Differentiable, Residual
from backprop.normalization import (
    EPSILON,
    centered,
    normalized_error,
    root_mean_square,
    running_average,
    standardized_error,
)

RNG = np.random.default_rng(0)
BATCHES = [(7, 3), (7, 3, 5), (7, 3, 5, 4), (4, 3), (1, 3, 5)]
ROWS = [(3,), (7, 3), (7, 5, 3), (2, 7, 5, 3)]


class Trained(Differentiable):
    """A layer as it is while it is trained."""

    def __init__(self, layer):
        self.layer = layer

    @property
    def parameters(self):
        return self.layer.parameters

    def with_parameters(self, values):
        return Trained(self.layer.with_parameters(values))

    def forward(self, a):
        return self.layer.training_forward(a)


def parameters(n, rng=RNG):
    return rng.normal(size=n) + 2, rng.normal(size=n)


def batch_normalization(n=3, rng=RNG, **settings):
    """A layer that has seen a batch."""
    layer = BatchNormalization(*parameters(n, rng), **settings)
    layer.training_forward(rng.normal(1.5, 3, (9, n)))
    return layer


def wide(vector, a):
    """A vector of channels, beside a batch."""
    return np.reshape(vector, (1, -1) + (1,) * (a.ndim - 2))


def plain_batch(a, gamma, beta):
    axes = (0, *range(2, a.ndim))
    c = a - np.mean(a, axis=axes, keepdims=True)
    a_hat = c / np.sqrt(np.mean(c**2, axis=axes, keepdims=True) + EPSILON)
    return a_hat * wide(gamma, a) + wide(beta, a)


def plain_layer(a, gamma, beta):
    c = a - np.mean(a, axis=-1, keepdims=True)
    return gamma * c / np.sqrt(np.mean(c**2, axis=-1, keepdims=True) + EPSILON) + beta


def plain_rms(a, gamma):
    return gamma * a / np.sqrt(np.mean(a**2, axis=-1, keepdims=True) + EPSILON)


# The functions of the equations.


@pytest.mark.parametrize("shape", ROWS)
def test_eq_centered(shape):
    """What is centered has mean 0 and the same differences."""
    a = RNG.normal(5, 1, shape)
    c = centered(a)
    assert_allclose(np.mean(c, axis=-1), 0, atol=1e-15)
    assert_allclose(np.diff(c), np.diff(a), atol=1e-14)


@pytest.mark.parametrize("shape", ROWS)
def test_the_error_of_what_is_centered_goes_back_by_the_same_function(shape):
    a, e = RNG.normal(size=shape), RNG.normal(size=shape)
    assert relative_error(centered(e), complex_step(lambda a: np.sum(e * centered(a)), a)) < 1e-12


@pytest.mark.parametrize("shape", ROWS)
def test_eq_root_mean_square(shape):
    a = RNG.normal(size=shape)
    squares = np.einsum("...i,...i->...", a, a)
    assert_allclose(root_mean_square(a, 0.25)[..., 0] ** 2, squares / 3 + 0.25, rtol=1e-14)
    assert root_mean_square(np.zeros(shape), 0.25).shape == (*shape[:-1], 1)
    assert_allclose(root_mean_square(np.zeros(shape), 0.25), 0.5)


@pytest.mark.parametrize("epsilon", [1e-5, 0.7])
@pytest.mark.parametrize("shape", ROWS)
def test_eq_normalized_error(shape, epsilon):
    a, e = RNG.normal(size=shape), RNG.normal(size=shape)
    spread = root_mean_square(a, epsilon)

    def loss(a):
        return -np.sum(e * a / root_mean_square(a, epsilon))

    found = normalized_error(e, a / spread, spread)
    assert relative_error(-found, complex_step(loss, a)) < 1e-12


@pytest.mark.parametrize("epsilon", [1e-5, 0.7])
@pytest.mark.parametrize("shape", ROWS)
def test_eq_standardized_error(shape, epsilon):
    a, e = RNG.normal(size=shape), RNG.normal(size=shape)

    def standardized(a):
        c = a - np.mean(a, axis=-1, keepdims=True)
        return c / np.sqrt(np.mean(c**2, axis=-1, keepdims=True) + epsilon)

    spread = root_mean_square(centered(a), epsilon)
    found = standardized_error(e, centered(a) / spread, spread)
    assert relative_error(-found, complex_step(lambda a: -np.sum(e * standardized(a)), a)) < 1e-12
    by_steps = centered(normalized_error(e, centered(a) / spread, spread))
    assert relative_error(found, by_steps) < 1e-12


def test_eq_running_average():
    before, now = RNG.normal(size=(2, 5))
    assert_allclose(running_average(before, now, 0.75), 0.75 * before + 0.25 * now)
    assert_array_equal(running_average(before, now, 0), now)


def test_numbers_on_a_large_mean_lose_no_digits():
    """All are integers, so that the answer is known whatever stands before them."""
    small = RNG.integers(-9, 9, (4, 3, 50)).astype(float)
    for dtype, large in ((np.float64, 2.0**50), (np.float32, 2.0**20)):
        a = (small + large).astype(dtype)
        limit = 4 * np.finfo(dtype).eps
        assert_allclose(centered(a), centered(small), rtol=0, atol=9 * limit)
        for layer in (
            LayerNormalization(np.ones(50, dtype), np.zeros(50, dtype)),
            Trained(BatchNormalization(np.ones(3, dtype), np.zeros(3, dtype))),
        ):
            assert_allclose(layer.forward(a)[0], layer.forward(small)[0], rtol=0, atol=4 * limit)


@pytest.mark.parametrize("shape", [(200_000, 2), (4, 2, 50_000)])
def test_many_float32_are_normalized_as_well_as_few(shape):
    a = np.random.default_rng(1).uniform(3, 4, shape)
    layer = BatchNormalization(np.ones(2, np.float32), np.zeros(2, np.float32), share=0)
    y, _ = layer.training_forward(a.astype(np.float32))
    assert y.dtype == np.float32
    right, _ = layer.training_forward(a.astype(np.float32).astype(np.float64))
    assert_allclose(y, right, rtol=0, atol=3e-6)


def test_nan_stays_in_its_own_group():
    a = RNG.normal(size=(4, 3))
    a[1, 2] = np.nan
    for layer in (LayerNormalization(*parameters(3)), RMSNormalization(np.ones(3))):
        y, _ = layer.forward(a)
        assert np.isnan(y[1]).all()
        assert np.isfinite(y[[0, 2, 3]]).all()
    y, _ = BatchNormalization(*parameters(3)).training_forward(a)
    assert np.isnan(y[:, 2]).all()
    assert np.isfinite(y[:, :2]).all()


# The layers.


@pytest.mark.parametrize("shape", ROWS)
def test_layer_normalization(shape):
    layer = LayerNormalization(*parameters(3))
    check_layer(layer, RNG.normal(1, 2, shape), plain_layer)
    y, _ = LayerNormalization(np.ones(3), np.zeros(3)).forward(RNG.normal(1, 2, shape))
    assert_allclose(np.mean(y, axis=-1), 0, atol=1e-15)
    if len(shape) > 1:
        check_batch(layer, RNG.normal(1, 2, shape))


@pytest.mark.parametrize("shape", ROWS)
def test_rms_normalization(shape):
    layer = RMSNormalization(parameters(3)[0])
    check_layer(layer, RNG.normal(1, 2, shape), plain_rms)
    if len(shape) > 1:
        check_batch(layer, RNG.normal(1, 2, shape))


@pytest.mark.parametrize("shape", BATCHES)
def test_batch_normalization_by_the_running_averages(shape):
    layer = batch_normalization()

    def plain(a, gamma, beta):
        a_hat = (a - wide(layer.running_mean, a)) / wide(
            np.sqrt(layer.running_variance + EPSILON), a
        )
        return a_hat * wide(gamma, a) + wide(beta, a)

    check_layer(layer, RNG.normal(1, 2, shape), plain)
    check_batch(layer, RNG.normal(1, 2, shape))


@pytest.mark.parametrize("shape", BATCHES)
def test_batch_normalization_while_it_is_trained(shape):
    a = RNG.normal(1, 2, shape)
    layer = Trained(BatchNormalization(*parameters(3)))
    check_gradients(layer, a)
    check_types(layer, a)
    check_refusals(layer, a)
    y, pullback = layer.forward(a)
    assert_allclose(y, plain_batch(a, *layer.parameters.values()), rtol=1e-12, atol=1e-13)
    e, downhill = pullback(weights_of_the_loss(y))
    assert_array_equal(e, pullback(weights_of_the_loss(y))[0])
    # No error goes to a sum of a channel, nor to its size: both are taken out.
    axes = (0, *range(2, a.ndim))
    assert_allclose(np.sum(e, axis=axes), 0, atol=1e-13)
    assert list(downhill) == ["gamma", "beta"]


@pytest.mark.parametrize("shape", BATCHES)
def test_the_engine_finds_the_gradients_of_a_batch_as_well(shape):
    check_engine(Trained(BatchNormalization(*parameters(3))), RNG.normal(1, 2, shape), plain_batch)


def test_all_three_within_chains_and_branches():
    layers = [
        LayerNormalization(*parameters(3)),
        Residual(Curve(), RMSNormalization(parameters(3)[0])),
        Curve(),
        batch_normalization(),
    ]
    check_layer(Chain(*layers), RNG.normal(size=(7, 3)))
    check_gradients(Trained(Chain(*layers)), RNG.normal(size=(7, 3)))


@settings(max_examples=30)
@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(3, 5), min_size=2, max_size=4),
    st.floats(-3, 3),
    st.sampled_from([1e-8, 1e-5, 1e-3, 1.0]),
)
def test_any_size_and_mean_and_epsilon(seed, shape, mean, epsilon):
    rng = np.random.default_rng(seed)
    a = rng.normal(mean, 2, shape)
    gamma, beta = parameters(shape[-1], rng)
    for layer in (
        RMSNormalization(gamma, epsilon=epsilon),
        LayerNormalization(gamma, beta, epsilon=epsilon),
        batch_normalization(shape[1], rng, epsilon=epsilon),
        Trained(BatchNormalization(*parameters(shape[1], rng), epsilon=epsilon)),
    ):
        check_gradients(layer, a, tolerance=1e-10)


@pytest.mark.parametrize("shape", [(2, 2), (1, 2, 2), (2, 2, 1, 1)])
def test_two_numbers(shape):
    """They become 1 and -1 but for epsilon, which is large here, so that a gradient is left."""
    a = RNG.normal(size=shape)
    check_gradients(Trained(BatchNormalization(*parameters(2), epsilon=1.0)), a)
    n = shape[-1]
    check_gradients(LayerNormalization(*parameters(n), epsilon=1.0), a)
    check_gradients(RMSNormalization(parameters(n)[0], epsilon=1.0), a)


def test_one_feature_is_beta():
    layer = LayerNormalization([2.0], [0.5])
    y, pullback = layer.forward(RNG.normal(size=(4, 1)))
    assert_array_equal(y, np.full((4, 1), 0.5))
    e, _ = pullback(np.ones((4, 1)))
    assert_array_equal(e, np.zeros((4, 1)))


def test_channels_that_are_all_alike_are_beta():
    a = np.full((5, 3), 7.7)
    y, pullback = BatchNormalization([1.0, 2.0, 3.0], [0.1, 0.2, 0.3]).training_forward(a)
    assert_array_equal(y, np.tile([0.1, 0.2, 0.3], (5, 1)))
    assert np.isfinite(pullback(np.ones((5, 3)))[0]).all()


# The running averages.


def test_running_averages_are_those_of_the_batches():
    layer = BatchNormalization(*parameters(3), share=0.7)
    assert_array_equal(layer.running_mean, np.zeros(3))
    assert_array_equal(layer.running_variance, np.ones(3))
    mean, variance = np.zeros(3), np.ones(3)
    for _ in range(4):
        a = RNG.normal(2, 3, (7, 3, 5))
        layer.training_forward(a)
        mean = 0.7 * mean + 0.3 * a.mean(axis=(0, 2))
        variance = 0.7 * variance + 0.3 * a.var(axis=(0, 2), ddof=1)
    assert_allclose(layer.running_mean, mean, rtol=1e-13)
    assert_allclose(layer.running_variance, variance, rtol=1e-13)


def test_a_layer_that_keeps_nothing_takes_the_last_batch():
    layer, a = BatchNormalization(*parameters(3), share=0), RNG.normal(2, 3, (50, 3))
    y, _ = layer.training_forward(a)
    c = a - a.mean(axis=0)
    right = layer.gamma * c / np.sqrt(a.var(axis=0, ddof=1) + EPSILON) + layer.beta
    assert_allclose(layer.forward(a)[0], right, rtol=1e-12, atol=1e-12)
    assert relative_error(layer.forward(a)[0], y) > 1e-3


def test_using_a_layer_moves_nothing():
    layer = batch_normalization()
    mean, variance = layer.running_mean.copy(), layer.running_variance.copy()
    layer.forward(RNG.normal(size=(4, 3)))[1](np.ones((4, 3)))
    layer.jvp(RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3)))
    assert_array_equal(layer.running_mean, mean)
    assert_array_equal(layer.running_variance, variance)


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda layer: layer.with_parameters({})]
)
def test_a_copy_goes_its_own_way(copied):
    """No array is written into, so that what one layer sees the other does not."""
    layer = batch_normalization()
    other = copied(layer)
    assert_array_equal(other.running_mean, layer.running_mean)
    before = layer.running_mean.copy(), layer.running_variance.copy()
    other.training_forward(RNG.normal(9, 1, (4, 3)))
    assert_array_equal(layer.running_mean, before[0])
    assert_array_equal(layer.running_variance, before[1])
    assert np.all(other.running_mean != before[0])


def test_a_layer_that_is_pickled_keeps_its_averages():
    layer, a = batch_normalization(), RNG.normal(size=(4, 3))
    again = pickle.loads(pickle.dumps(layer))
    assert_array_equal(again.forward(a)[0], layer.forward(a)[0])


def test_an_earlier_pullback_belongs_to_the_averages_as_they_were():
    layer, a = batch_normalization(), RNG.normal(size=(4, 3))
    _, pullback = layer.forward(a)
    before = pullback(np.ones((4, 3)))[0]
    layer.training_forward(RNG.normal(9, 5, (4, 3)))
    assert_array_equal(pullback(np.ones((4, 3)))[0], before)


def test_a_complex_batch_leaves_real_averages():
    layer = BatchNormalization(*parameters(3))
    layer.training_forward(RNG.normal(size=(4, 3)) + 1e-30j)
    assert layer.running_mean.dtype == layer.running_variance.dtype == np.float64


# What is refused, and what may be empty.


@pytest.mark.parametrize("shape", [(1, 3), (0, 3), (1, 3, 1), (1, 3, 1, 1)])
def test_one_number_of_a_channel_cannot_be_trained_with(shape):
    layer = BatchNormalization(*parameters(3))
    with pytest.raises(ValueError, match="a must hold 2 numbers or more of each channel"):
        layer.training_forward(np.ones(shape))
    assert_array_equal(layer.running_mean, np.zeros(3))
    assert layer.forward(np.ones(shape))[0].shape == shape


def test_no_examples_give_none():
    for layer in (batch_normalization(), LayerNormalization(*parameters(3))):
        y, pullback = layer.forward(np.ones((0, 3)))
        e, downhill = pullback(y)
        assert y.shape == e.shape == (0, 3)
        assert_array_equal(downhill["gamma"], np.zeros(3))


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (BatchNormalization(*parameters(3)), (3,)),
        (BatchNormalization(*parameters(3)), (3, 4)),
        (BatchNormalization(*parameters(3)), (7, 4, 3)),
        (BatchNormalization(*parameters(3)), (1, 3, 1, 1, 1)),
        (LayerNormalization(*parameters(3)), ()),
        (LayerNormalization(*parameters(3)), (3, 4)),
        (RMSNormalization(parameters(3)[0]), (3, 1)),
    ],
)
def test_other_shapes_are_refused(layer, shape):
    for forward in (layer.forward, layer.training_forward):
        with pytest.raises(ValueError, match=r"\ba must have"):
            forward(np.ones(shape))


@pytest.mark.parametrize("kind", [BatchNormalization, LayerNormalization])
def test_parameters_that_do_not_fit_are_refused(kind):
    with pytest.raises(ValueError, match="beta must have the shape of gamma"):
        kind(np.ones(3), np.ones(1))
    with pytest.raises(ValueError, match="gamma must have shape"):
        kind(np.ones((3, 1)), np.ones(3))


def test_parameters_are_copies():
    gamma = np.ones(3)
    layer = RMSNormalization(gamma)
    gamma[0] = 9
    assert_array_equal(layer.gamma, np.ones(3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: centered(np.ones((2, 0))), "a must have numbers along a last axis"),
        (lambda: centered(1.0), "a must have numbers along a last axis"),
        (lambda: root_mean_square(np.ones(3), 0), "epsilon must be positive"),
        (
            lambda: normalized_error(np.ones(3), np.ones(1), np.ones(1)),
            r"a_hat must have the shape of e, \(3,\), not \(1,\)$",
        ),
        (lambda: standardized_error(np.ones(3), np.ones(1), np.ones(1)), "a_hat must have the"),
        (lambda: normalized_error(np.ones(3), np.ones(3), np.ones(3)), "spread must have shape"),
        (lambda: normalized_error(np.ones(3), np.ones(3), np.zeros(1)), "spread must be positive"),
        (lambda: running_average(np.ones(3), np.ones(1), 0.5), "now must have the shape of before"),
        (lambda: running_average(np.ones(3), np.ones(3), 1), "share must be at least 0 and less"),
        (lambda: LayerNormalization([1], [0], epsilon=0), "epsilon must be positive"),
        (lambda: RMSNormalization([1], epsilon=0), "epsilon must be positive"),
        (lambda: BatchNormalization([1], [0], epsilon=0), "epsilon must be positive"),
        (lambda: BatchNormalization([1], [0], share=1), "share must be at least 0 and less"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        call()


def test_epsilon_that_nobody_gives():
    assert EPSILON == 1e-5
    for layer in (
        LayerNormalization([1], [0]),
        RMSNormalization([1]),
        BatchNormalization([1], [0]),
    ):
        assert layer.epsilon == EPSILON


def test_each_layer_adds_the_epsilon_that_it_was_given():
    a, one = np.array([[3.0, -3.0], [-3.0, 3.0]]), np.ones(2)
    for forward in (
        LayerNormalization(one, np.zeros(2), epsilon=7.0).forward,
        RMSNormalization(one, epsilon=7.0).forward,
        BatchNormalization(one, np.zeros(2), epsilon=7.0).training_forward,
    ):
        assert_allclose(forward(a)[0], a / 4, rtol=1e-15)


def test_running_averages_that_the_type_of_the_input_has_not_are_refused_in_silence():
    for name in ("running_mean", "running_variance"):
        layer = BatchNormalization([1.0, 2.0], [0.0, 0.0])
        getattr(layer, name)[:] = 1e300
        layer.forward(np.ones((3, 2)))
        for whenever in ("warn", "raise"):
            with np.errstate(all=whenever):
                message = "^the running averages overflow float32, the type of a$"
                with pytest.raises(FloatingPointError, match=message):
                    layer.forward(np.ones((3, 2), np.float32))


def test_what_has_no_root_mean_square_is_called_by_its_name():
    for wrong in (1.0, np.ones((3, 0))):
        with pytest.raises(ValueError, match=r"^a must have numbers along a last axis, not shape"):
            root_mean_square(wrong)
