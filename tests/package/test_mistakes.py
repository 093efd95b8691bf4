"""What the page of common mistakes says of a gradient check that fails, measured."""

import re

import numpy as np
import pytest
from mistaken import ROOT, calls, causes

from backprop import (
    central_difference,
    compare_gradients,
    complex_step,
    relative_error,
    relu,
    sigmoid,
    softmax,
)

rng = np.random.default_rng(0)
N = 6
X, T = rng.normal(size=(N, 3)), np.eye(3)[rng.integers(0, 3, N)]
START = {
    "W1": rng.normal(size=(3, 4)),
    "b1": rng.normal(size=4),
    "W2": rng.normal(size=(4, 3)),
    "b2": rng.normal(size=3),
}


def run(p, f, last):
    a = f(X @ p["W1"] + p["b1"])
    return a, last(a @ p["W2"] + p["b2"])


def backward(p, a, delta, slope):
    """Gradients of a mean loss from dE/dz of the outputs, which are not divided by N yet."""
    delta = delta / N
    hidden = delta @ p["W2"].T * slope
    return {"W1": X.T @ hidden, "b1": hidden.sum(0), "W2": a.T @ delta, "b2": delta.sum(0)}


def squared(p, f=sigmoid.function):
    return ((run(p, f, sigmoid.function)[1] - T) ** 2).sum() / 2 / N


def squared_gradient(p):
    a, y = run(p, sigmoid, sigmoid)
    return backward(p, a, (y - T) * y * (1 - y), a * (1 - a))


def entropy(p):
    return -(T * np.log(run(p, sigmoid.function, softmax.function)[1])).sum() / N


def entropy_gradient(p):
    a, y = run(p, sigmoid, softmax)
    return backward(p, a, y - T, a * (1 - a))


def times(factor, gradient):
    return {name: factor * g for name, g in gradient.items()}


def only_wrong(found):
    return {name for name, error in found.items() if error > 1e-12}


@pytest.mark.parametrize(
    ("loss", "gradient"), [(squared, squared_gradient), (entropy, entropy_gradient)]
)
def test_the_programs_that_are_spoiled_are_right(loss, gradient):
    assert not only_wrong(compare_gradients(loss, gradient, START))


@pytest.mark.shows("all-arrays", 1)
def test_the_slope_of_softmax_is_not_its_diagonal():
    def diagonal(p):
        a, y = run(p, sigmoid, softmax)
        return backward(p, a, -T / y * y * (1 - y), a * (1 - a))

    found = compare_gradients(entropy, diagonal, START)
    assert only_wrong(found) == set(START)
    assert min(found.values()) > 0.4
    assert all(cosine < 0.95 for cosine in found.cosines.values())


@pytest.mark.shows("in-place", 1)
def test_a_slope_that_is_written_into_its_argument_spoils_the_next_layer():
    def slope_in_place(a):
        a[a > 0] = 1
        return a

    a = np.array([0.0, 2.0, 3.0])
    slope_in_place(a)
    assert list(a) == [0, 1, 1]

    def in_place(p):
        a, y = run(p, relu, sigmoid)
        slope = slope_in_place(a)
        return backward(p, a, (y - T) * y * (1 - y), slope)

    found = compare_gradients(lambda p: squared(p, relu.function), in_place, START)
    assert only_wrong(found) == {"W2"}


@pytest.mark.shows("some-layers", 1)
def test_the_error_of_the_output_without_its_slope_points_almost_the_same_way():
    """Of the last layer, the step is right; the error that goes on back has no slope in it."""

    def without(p):
        a, y = run(p, sigmoid, sigmoid)
        g, e = squared_gradient(p), (y - T) / N
        hidden = e @ p["W2"].T * a * (1 - a)
        return g | {"W1": X.T @ hidden, "b1": hidden.sum(0)}

    found = compare_gradients(squared, without, START)
    assert only_wrong(found) == {"W1", "b1"}
    assert found["W1"] > 0.7
    # y (1 - y) is 1/4 or less.
    assert found.factors["W1"] > 4 * found.cosines["W1"] > 3.2


@pytest.mark.parametrize("factor", [N, 1 / N])
@pytest.mark.shows("factor-n", 1)
def test_a_mean_that_is_missing_or_taken_twice_is_a_factor(factor):
    def spoiled(p):
        return {name: factor * g for name, g in squared_gradient(p).items()}

    found = compare_gradients(squared, spoiled, START)
    assert list(found.factors.values()) == pytest.approx([factor] * 4)
    assert list(found.values()) == pytest.approx([1 - 1 / N] * 4)


@pytest.mark.shows("bias-gradient", 1)
def test_a_mean_over_the_bias_alone_is_a_factor_of_it_alone():
    def mean(p):
        g = squared_gradient(p)
        return g | {"b1": g["b1"] / N}

    found = compare_gradients(squared, mean, START)
    assert only_wrong(found) == {"b1"}
    assert found.factors["b1"] == pytest.approx(1 / N)


@pytest.mark.shows("bias-gradient", 2)
def test_a_bias_step_that_is_one_number_is_refused_by_its_shape():
    with pytest.raises(ValueError, match=r"gradient of 'b1' must have the shape"):
        compare_gradients(
            squared, lambda p: squared_gradient(p) | {"b1": squared_gradient(p)["b1"].sum()}, START
        )


@pytest.mark.shows("passes-and-fails", 1)
def test_a_penalty_on_biases_is_not_seen_where_they_are_0():
    def penalized(p):
        return squared(p) + 0.1 * (p["b1"] ** 2).sum()

    at_0 = START | {"b1": np.zeros(4)}
    assert not only_wrong(compare_gradients(penalized, squared_gradient, at_0))
    assert only_wrong(compare_gradients(penalized, squared_gradient, START)) == {"b1"}


@pytest.mark.shows("few-digits", 1)
def test_one_sided_differences_are_off_in_the_sixth_digit():
    def one_sided(f, w, h=1e-5):
        steps = h * np.eye(w.size).reshape(-1, *w.shape)
        return np.reshape([(f(w + step) - f(w)) / h for step in steps], w.shape)

    def along(W):
        return squared(START | {"W1": W})

    exact = complex_step(along, START["W1"])
    assert 1e-7 < relative_error(one_sided(along, START["W1"]), exact) < 1e-4
    assert relative_error(central_difference(along, START["W1"]), exact) < 1e-8


@pytest.mark.shows("wrong-sign", 1)
def test_a_wrong_sign_is_an_error_of_2():
    found = compare_gradients(squared, lambda p: times(-1, squared_gradient(p)), START)
    assert list(found.values()) == pytest.approx([2] * 4)
    assert list(found.factors.values()) == pytest.approx([-1] * 4)


@pytest.mark.shows("factor-2", 1)
def test_the_2_of_a_square_is_a_factor():
    doubled = compare_gradients(squared, lambda p: times(2, squared_gradient(p)), START)
    assert list(doubled.factors.values()) == pytest.approx([2] * 4)
    halved = compare_gradients(lambda p: 2 * squared(p), squared_gradient, START)
    assert list(halved.factors.values()) == pytest.approx([1 / 2] * 4)
    assert list(doubled.values()) == pytest.approx(list(halved.values())) == [1 / 2] * 4


@pytest.mark.shows("ends-high", 1)
@pytest.mark.parametrize("wrong", [lambda a: 1 + 0 * a, lambda a: sigmoid(a) * (1 - sigmoid(a))])
def test_a_slope_that_is_dropped_or_of_the_wrong_thing_is_in_the_first_layer(wrong):
    def spoiled(p):
        a, y = run(p, sigmoid, sigmoid)
        return backward(p, a, (y - T) * y * (1 - y), wrong(a))

    found = compare_gradients(squared, spoiled, START)
    assert only_wrong(found) == {"W1", "b1"}
    assert found.cosines["W1"] > 0.8
    p = {name: array.copy() for name, array in START.items()}
    losses = [squared(p)]
    for _ in range(200):
        g = spoiled(p)
        p = {name: p[name] - 0.1 * g[name] for name in p}
        losses.append(squared(p))
    assert np.all(np.diff(losses) < 0)


@pytest.mark.shows("one-array", 1)
def test_a_line_with_the_wrong_array_is_named():
    """The input of the hidden units stands where their output belongs."""

    def swapped(p):
        a, y = run(p, sigmoid, sigmoid)
        z = X @ p["W1"] + p["b1"]
        return backward(p, z, (y - T) * y * (1 - y), a * (1 - a))

    assert only_wrong(compare_gradients(squared, swapped, START)) == {"W2"}


@pytest.mark.shows("all-arrays", 2)
def test_the_gradient_of_another_loss_is_wrong_in_all_arrays():
    found = compare_gradients(entropy, squared_gradient, START)
    assert only_wrong(found) == set(START)
    assert max(found.cosines.values()) < 1 - 1e-6


@pytest.mark.shows("no-effect", 1)
def test_a_bias_before_a_normalization_is_off_by_1_where_it_is_checked_alone():
    def normalized(p):
        z = X @ p["W1"] + p["b1"]
        return ((z - z.mean(0)) ** 3).sum()

    def gradient(p):
        e = X @ p["W1"] + p["b1"]
        e = 3 * (e - e.mean(0)) ** 2
        e = e - e.mean(0)
        return {"W1": X.T @ e, "b1": e.sum(0)}

    p = {name: START[name] for name in ("W1", "b1")}
    numerical = complex_step(lambda b: normalized(p | {"b1": b}), p["b1"])
    assert relative_error(gradient(p)["b1"], numerical) > 0.1
    assert not only_wrong(compare_gradients(normalized, gradient, p))


@pytest.mark.shows("imaginary", 1)
@pytest.mark.parametrize("drop", [np.var, np.std, np.linalg.norm, lambda w: np.abs(w).sum()])
def test_a_loss_that_drops_the_imaginary_part_is_refused(drop):
    def loss(p):
        return (p["w"] ** 2).sum() + drop(p["w"])

    def gradient(p):
        return {"w": central_difference(lambda w: loss({"w": w}), p["w"])}

    start = {"w": START["W1"]}
    with pytest.raises(TypeError, match="keep the imaginary part"):
        compare_gradients(loss, gradient, start)
    found = compare_gradients(loss, gradient, start, method=central_difference)
    assert found["w"] < 1e-7
    with pytest.raises(TypeError) as refused:
        compare_gradients(lambda p: drop(p["w"]), gradient, start)
    assert calls("imaginary", str(refused.value))


@pytest.mark.shows("unused", 1)
def test_a_loss_that_ignores_its_argument_is_refused():
    with pytest.raises(ValueError, match="loss must change with the parameters"):
        compare_gradients(lambda _: squared(START), squared_gradient, START)


@pytest.mark.shows("float32", 1)
def test_an_array_of_float32_is_wrong_by_a_ten_millionth():
    def short(p):
        return {name: g.astype(np.float32) for name, g in squared_gradient(p).items()}

    found = compare_gradients(squared, short, START)
    assert 1e-9 < max(found.values()) < 1e-6


@pytest.mark.shows("float32", 2)
def test_a_small_number_inside_a_logarithm_is_wrong_by_about_as_much():
    def shifted(p):
        return -(T * np.log(run(p, sigmoid.function, softmax.function)[1] + 1e-7)).sum() / N

    found = compare_gradients(shifted, entropy_gradient, START)
    assert 1e-9 < max(found.values()) < 1e-5
    assert not only_wrong(compare_gradients(entropy, entropy_gradient, START))


@pytest.mark.shows("thousandth", 1)
@pytest.mark.shows("order", 1)
def test_output_weights_that_move_first_are_wrong_in_proportion_to_the_learning_rate():
    def moved(p, rate):
        a, y = run(p, sigmoid, sigmoid)
        g = squared_gradient(p)
        late = p | {"W2": p["W2"] - rate * g["W2"]}
        return g | {
            name: array
            for name, array in backward(late, a, (y - T) * y * (1 - y), a * (1 - a)).items()
            if name in {"W1", "b1"}
        }

    found = [compare_gradients(squared, lambda p, r=r: moved(p, r), START) for r in (0.1, 0.01)]
    assert only_wrong(found[0]) == {"W1", "b1"}
    assert 1e-4 < found[0]["W1"] < 1e-2
    assert found[0]["W1"] / found[1]["W1"] == pytest.approx(10, rel=0.05)


@pytest.mark.shows("thousandth", 2)
def test_a_saturated_unit_is_wrong_by_a_thousandth_and_at_smaller_inputs_by_nothing():
    def error(z):
        return relative_error(sigmoid.derivative(sigmoid(z)), complex_step(sigmoid.function, z))

    assert 1e-4 < error(np.array(30.0)) < 1e-2
    assert error(np.array(3.0)) < 1e-14


@pytest.mark.shows("few-digits", 2)
def test_a_step_that_is_too_short_or_too_long_agrees_in_fewer_digits():
    def along(W):
        return squared(START | {"W1": W})

    exact = complex_step(along, START["W1"])
    error = {
        h: relative_error(central_difference(along, START["W1"], h), exact)
        for h in (1e-12, 1e-5, 1e-1)
    }
    assert error[1e-5] < 1e-3 * min(error[1e-12], error[1e-1])


@pytest.mark.shows("few-digits", 3)
def test_central_differences_step_over_a_kink_where_the_complex_step_does_not():
    z = np.array(2e-6)
    assert relative_error(central_difference(relu.function, z), 1.0) > 0.1
    assert complex_step(relu.function, z) == 1


@pytest.mark.shows("few-digits", 4)
def test_a_loss_that_is_large_beside_its_gradient_costs_digits():
    def along(W, offset=0.0):
        return squared(START | {"W1": W}) + offset

    exact = complex_step(along, START["W1"])
    large = central_difference(lambda W: along(W, 1e6), START["W1"])
    assert relative_error(large, exact) > 1e3 * relative_error(
        central_difference(along, START["W1"]), exact
    )
    assert relative_error(complex_step(lambda W: along(W, 1e6), START["W1"]), exact) < 1e-12


def test_each_cause_on_the_page_is_shown_by_a_test():
    """Where nothing else is said, by a mark `shows` in a file beside this one."""
    marked = re.compile(r'\.shows\("([\w-]+)", (\d+)\)')
    files = ROOT.glob("tests/*/test_*.py")
    shown = [
        (place, int(n)) for file in files for place, n in marked.findall(file.read_text("utf-8"))
    ]
    assert set(shown) == causes()
    assert len(causes()) > 70
