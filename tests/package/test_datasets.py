"""The networks have the numbers of their sources; data have the shapes that they say."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from backprop import datasets


def test_the_networks_numbers():
    network, x, target, learning_rate = datasets.three_two_one()
    assert_array_equal(x, [0.5, 0.1, -0.2])
    assert_array_equal(network[1].W, [[0.5, -0.6], [0.1, -0.2], [0.1, 0.7]])
    assert_array_equal(network[2].W, [[0.1], [-0.3]])
    assert (target, learning_rate) == (0.6, 0.5)
    network, x, target, learning_rate = datasets.two_one_one()
    assert_array_equal(x, [0.1, 0.3])
    assert_array_equal(network[1].W, [[0.4], [-0.2]])
    assert_array_equal(network[2].W, [[0.1]])
    assert (target, learning_rate) == (1, 0.5)
    network, x, target, learning_rate = datasets.two_two_two()
    assert_array_equal(x, [0.05, 0.1])
    # Rows are where a weight comes from: w1 and w2 of the source lead into the first hidden unit.
    assert_array_equal(network[1].W.T, [[0.15, 0.2], [0.25, 0.3]])
    assert_array_equal(network[2].W.T, [[0.4, 0.45], [0.5, 0.55]])
    assert_array_equal([network[1].b, network[2].b], [[0.35, 0.35], [0.6, 0.6]])
    assert_array_equal(target, [0.01, 0.99])
    assert learning_rate == 0.5


NETWORKS = [datasets.two_one_one, datasets.three_two_one, datasets.two_two_two]


@pytest.mark.parametrize("make", NETWORKS)
def test_each_call_gives_arrays_of_its_own(make):
    first = make()
    first.network[1].W[:] = 0
    first.x[:] = 0
    assert make().network[1].W.any()
    assert make().x.any()


def test_data_sets_have_the_shapes_and_classes_that_they_say():
    rng = np.random.default_rng(0)
    for data in (datasets.two_moons(10, 0.1, rng), datasets.spirals(10, 0.1, rng)):
        assert data.x.shape == (20, 2)
        assert data.target.shape == (20, 1)
        assert data.target.sum() == 10
    learn, test = datasets.digits()
    assert (len(learn.x), len(test.x)) == (1437, 360)
    assert (learn.x.min(), learn.x.max()) == (0, 1)
    assert (learn.target.sum(axis=1) == 1).all()
    assert len(np.unique(np.vstack([learn.x, test.x]), axis=0)) > 1790


def test_digits_held_out_are_no_digits_to_learn_from():
    learn, test = datasets.digits(100)
    assert (len(learn.x), len(test.x)) == (1697, 100)
    everything = np.vstack([learn.x, test.x])
    assert_array_equal(np.unique(everything, axis=0), np.unique(digits_of_sklearn() / 16, axis=0))
    # Spread evenly, so that no class is left out of what is measured.
    assert test.target.sum(axis=0).min() >= 5


def digits_of_sklearn():
    from sklearn.datasets import load_digits

    return load_digits().data


def test_without_noise_the_moons_are_half_circles_and_the_spirals_mirror_each_other():
    rng = np.random.default_rng(0)
    upper, lower = np.split(datasets.two_moons(9, 0, rng).x, 2)
    assert_allclose(np.hypot(*upper.T), 1, rtol=1e-14)
    assert_allclose(np.hypot(*(lower - [1, 0.5]).T), 1, rtol=1e-14)
    one, other = np.split(datasets.spirals(9, 0, rng).x, 2)
    assert_array_equal(one, -other)


def test_a_spiral_winds_around_the_middle_as_often_as_it_says():
    arm, _ = np.split(datasets.spirals(1000, 0, np.random.default_rng(0)).x, 2)
    angle = np.unwrap(np.arctan2(*arm.T[::-1]))
    assert (angle[-1] - angle[0]) / (2 * np.pi) == pytest.approx(1.35, rel=1e-12)
    assert "1.35 times" in datasets.spirals.__doc__


def test_noise_that_leaves_no_finite_point_is_refused():
    with pytest.raises(ValueError, match=r"noise must leave the points finite, which 1e\+308 does"):
        datasets.two_moons(50, 1e308, np.random.default_rng(0))


@pytest.mark.parametrize("make", [datasets.two_moons, datasets.spirals])
@pytest.mark.parametrize(
    ("n", "noise", "kind", "message"),
    [
        (0, 0.1, ValueError, "n must be at least 1 and at most 10000000, not 0"),
        (2.0, 0.1, TypeError, "n must be an integer, not 2.0"),
        (5, -0.1, ValueError, "noise must be 0 or more and finite, not -0.1"),
        (5, np.nan, ValueError, "noise must be 0 or more"),
        (5, "much", TypeError, "noise must be a number, not 'much'"),
    ],
)
def test_bad_points_and_noise_are_refused(make, n, noise, kind, message):
    with pytest.raises(kind, match=message):
        make(n, noise, np.random.default_rng(0))


@pytest.mark.parametrize("make", [datasets.two_moons, datasets.spirals])
def test_a_seed_is_no_generator(make):
    with pytest.raises(TypeError, match=r"rng must be a numpy.random.Generator, not 0"):
        make(5, 0.1, 0)


@pytest.mark.parametrize(
    ("held_out", "kind"), [(0, ValueError), (1797, ValueError), (9.5, TypeError)]
)
def test_digits_must_be_left_on_both_sides(held_out, kind):
    with pytest.raises(kind, match="held_out must be"):
        datasets.digits(held_out)
