"""Dropout: what is drawn, what is left, and how errors go back over it."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layered import (
    Curve,
    check_engine,
    check_gradients,
    check_layer,
    check_refusals,
    check_types,
    weights_of_the_loss,
)
from numpy.testing import assert_allclose, assert_array_equal

from backprop import Dropout, complex_step
from backprop.chain import Chain, Differentiable
from backprop.dropout import dropout_mask, dropped

RNG = np.random.default_rng(0)
SHAPES = [(), (3,), (7, 3), (7, 5, 3), (7, 2, 4, 3)]


class Trained(Differentiable):
    """A layer as it is while it is trained, whose draws are the same each time."""

    def __init__(self, share, seed=5):
        self.share, self.seed = share, seed

    def forward(self, a):
        return Dropout(self.share, np.random.default_rng(self.seed)).training_forward(a)


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.875])
def test_the_share_that_is_left_out_and_the_mean(share):
    mask = dropout_mask(np.zeros((500, 400)), share, np.random.default_rng(1))
    assert set(np.unique(mask)) <= {0.0, 1 / (1 - share)}
    # Five standard deviations.
    off = 5 * np.sqrt(share * (1 - share) / mask.size)
    assert_allclose(np.mean(mask == 0), share, atol=off)
    assert_allclose(np.mean(mask), 1, atol=off / (1 - share))
    # Neither rows nor columns are left out as a whole.
    if share:
        assert (mask == 0).any(axis=0).all()
        assert (mask != 0).any(axis=1).all()


def test_a_mask_has_the_type_of_its_numbers():
    for kind, expected in [("f4", "f4"), ("f8", "f8"), ("c16", "f8"), ("c8", "f4")]:
        mask = dropout_mask(np.ones(3, kind), 0.5, np.random.default_rng(1))
        assert mask.dtype == np.dtype(expected)


def test_each_call_draws_anew_and_a_seed_repeats_it():
    a = np.ones((20, 5))
    layer, again = (Dropout(0.5, np.random.default_rng(4)) for _ in range(2))
    first = layer.training_forward(a)[0]
    assert_array_equal(again.training_forward(a)[0], first)
    assert np.any(layer.training_forward(a)[0] != first)
    assert_array_equal(
        Dropout(0.5, np.random.default_rng(4)).training_forward(np.ones((20, 5), np.float32))[0],
        first,
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_left_is_made_larger(shape):
    a = RNG.normal(size=shape)
    y, pullback = Trained(0.75).forward(a)
    kept = y != 0
    assert_array_equal(y[kept], 4 * a[kept])
    e = RNG.normal(size=shape)
    assert_array_equal(pullback(e)[0], np.where(kept, 4 * e, 0))
    assert pullback(e)[1] == {}


def test_eq_dropout():
    """Output and error go over one mask."""
    a, e = RNG.normal(size=(2, 9))
    mask = dropout_mask(a, 0.4, RNG)
    assert_array_equal(dropped(a, mask), np.where(mask > 0, a / 0.6, 0))
    numerical = complex_step(lambda a: -np.sum(e * dropped(a, mask)), a)
    assert_allclose(-dropped(e, mask), numerical, rtol=1e-13)


@pytest.mark.parametrize("shape", SHAPES[1:])
def test_dropout_while_it_is_trained(shape):
    layer, a = Trained(0.4), RNG.normal(size=shape)
    check_gradients(layer, a)
    check_types(layer, a)
    check_refusals(layer, a)
    mask = dropout_mask(a, 0.4, np.random.default_rng(5))
    check_engine(layer, a, lambda a: a * mask)


@pytest.mark.parametrize("shape", SHAPES[1:])
def test_dropout_in_use_does_nothing(shape):
    rng = np.random.default_rng(1)
    before = copy.deepcopy(rng.bit_generator.state)
    a = RNG.normal(size=shape)
    check_layer(Dropout(0.4, rng), a, lambda a: +a)
    y, pullback = Dropout(0.4, rng).forward(a)
    assert_array_equal(y, a)
    assert_array_equal(pullback(a)[0], a)
    assert rng.bit_generator.state == before


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.floats(0, 0.99), st.integers(1, 30))
def test_any_share_and_draw(seed, share, n):
    layer, a = Trained(share, seed), np.random.default_rng(seed).normal(size=(n, 3))
    c = weights_of_the_loss(a)
    right = complex_step(lambda a: np.sum(c * layer.forward(a)[0]), a)
    assert_allclose(-layer.forward(a)[1](-c)[0], right, rtol=1e-14)


def test_dropout_within_a_chain():
    a = RNG.normal(size=(7, 3))
    layer = Chain(Curve(), Dropout(0.5, np.random.default_rng(2)), Curve())
    y, _ = layer.training_forward(a)
    mask = dropout_mask(a, 0.5, np.random.default_rng(2))
    assert_array_equal(y, np.sin(np.sin(a) * mask))
    assert_array_equal(layer.forward(a)[0], np.sin(np.sin(a)))


def test_layers_with_other_parameters_draw_on_from_the_same_generator():
    layer, a = Chain(Dropout(0.5, np.random.default_rng(2))), np.ones((20, 5))
    first = layer.training_forward(a)[0]
    second = layer.with_parameters({}).training_forward(a)[0]
    assert np.any(first != second)


def test_nan_is_not_dropped():
    a = np.full(50, np.nan)
    assert np.isnan(Trained(0.5).forward(a)[0]).all()


def test_an_output_can_be_changed_without_the_input():
    a, e = np.ones(3), np.ones(3)
    for y, pullback in (Dropout(0.5, RNG).forward(a), Trained(0).forward(a)):
        e_in, _ = pullback(e)
        y[0] = e_in[0] = 9
    assert_array_equal(a, np.ones(3))
    assert_array_equal(e, np.ones(3))


@pytest.mark.parametrize("share", [1, 1.0, -0.1, 2, np.nan])
def test_shares_that_leave_nothing_are_refused(share):
    for make in (lambda: Dropout(share, RNG), lambda: dropout_mask(np.ones(3), share, RNG)):
        with pytest.raises(ValueError, match="share must be at least 0 and less than 1"):
            make()


def test_a_seed_is_no_generator():
    for make in (lambda: Dropout(0.5, 3), lambda: dropout_mask(np.ones(3), 0.5, 3)):
        with pytest.raises(TypeError, match=r"rng must be a numpy\.random\.Generator, not 3"):
            make()


def test_a_mask_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="mask must have the shape of a"):
        dropped(np.ones((7, 3)), np.ones(3))


@pytest.mark.parametrize("share", [0.99999, 1 - 1e-12])
def test_a_share_that_leaves_no_finite_factor_is_refused(share):
    a, rng = np.ones(4, np.float16), np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"^share must leave 1 / \(1 - share\) finite in float16"):
        dropout_mask(a, share, rng)
    assert np.isfinite(dropout_mask(a, 0.99998, rng)).all()
    assert np.isfinite(dropout_mask(a.astype(np.float32), share, rng)).all()
