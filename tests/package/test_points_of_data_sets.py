"""Every point of a data set, by the formula or the corner that it stands for."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits

from backprop import datasets


def test_xor_is_the_four_corners_and_whether_just_one_input_is_1():
    x, target = datasets.xor()
    assert_array_equal(x, [[0, 0], [0, 1], [1, 0], [1, 1]])
    assert_array_equal(target[:, 0], [first != second for first, second in x])
    assert target.shape == (4, 1)
    assert {x.dtype, target.dtype} == {np.dtype(np.float64)}


def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("n", [1, 2, 9])
def test_the_moons_are_half_circles_each_begun_where_the_other_is_open(n):
    x, target = datasets.two_moons(n, 0, rng())
    angle = [k * np.pi / max(n - 1, 1) for k in range(n)]
    assert_allclose(x[:n], [[np.cos(a), np.sin(a)] for a in angle], atol=1e-15)
    assert_allclose(x[n:], [[1 - np.cos(a), 1 / 2 - np.sin(a)] for a in angle], atol=1e-15)
    assert_array_equal(target, [[0.0]] * n + [[1.0]] * n)


@pytest.mark.parametrize("n", [2, 10])
def test_the_spirals_wind_from_a_tenth_to_1_as_the_angle_grows_with_the_radius(n):
    x, target = datasets.spirals(n, 0, rng())
    for k, (point, opposite) in enumerate(zip(x[:n], x[n:], strict=True)):
        radius = 0.1 + 0.9 * k / (n - 1)
        turned = radius * np.exp(3j * np.pi * radius)
        assert_allclose(point, [turned.real, turned.imag], atol=1e-14)
        assert_allclose(opposite, -point, atol=1e-15)
    assert_array_equal(target, [[0.0]] * n + [[1.0]] * n)


@pytest.mark.parametrize("make", [datasets.two_moons, datasets.spirals])
def test_noise_is_normal_of_the_given_size_and_about_the_points(make):
    moved = make(2000, 0.3, rng()).x - make(2000, 0, rng()).x
    assert abs(moved.mean()) < 4 * 0.3 / np.sqrt(moved.size)
    assert moved.std() == pytest.approx(0.3, rel=0.03)
    assert abs(np.corrcoef(moved.T)[0, 1]) < 0.1
    within = np.mean(np.abs(moved) < 0.3)
    assert within == pytest.approx(0.683, abs=0.03)
    assert_array_equal(make(5, 0.3, rng()).x, make(5, 0.3, rng()).x)


@pytest.mark.parametrize("held_out", [1, 2, 360, 1796])
def test_digits_are_parted_evenly_from_the_first_to_the_last(held_out):
    pixels, labels = load_digits(return_X_y=True)
    learn, test = datasets.digits(held_out)
    places = [k * (len(pixels) - 1) // max(held_out - 1, 1) for k in range(held_out)]
    assert_array_equal(test.x, pixels[places] / 16)
    assert_array_equal(test.target.argmax(axis=1), labels[places])
    assert_array_equal(learn.x, np.delete(pixels, places, axis=0) / 16)
    assert_array_equal(learn.target.argmax(axis=1), np.delete(labels, places))
    for data in (learn, test):
        assert data.target.shape == (len(data.x), 10)
        assert_array_equal(np.sort(data.target, axis=1), [[0] * 9 + [1]] * len(data.x))
    assert len(datasets.digits()[1].x) == 360
