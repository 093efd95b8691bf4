"""The numerical gradients, where the answer is known."""

import math

import numpy as np
import pytest
from normalized import attention, before_normalization
from numpy.exceptions import ComplexWarning
from numpy.testing import assert_allclose, assert_array_equal

from backprop import (
    Layer,
    Network,
    central_difference,
    check_gradient,
    compare_gradients,
    complex_step,
    datasets,
    random_network,
    relative_error,
    relu,
    sigmoid,
    tanh,
)

METHODS = [complex_step, central_difference]


def cubic(w):
    return (w**3).sum() + w[0] * w[1]


W = np.array([0.5, -2.0, 3.0])
GRADIENT = np.array([3 * 0.25 - 2, 3 * 4 + 0.5, 27])


def test_eq_central_difference():
    assert relative_error(GRADIENT, central_difference(cubic, W)) < 1e-10
    # Of a cubic the truncation error is h^2 times its third derivative over 6, here h^2.
    assert_allclose(central_difference(cubic, W, h=0.5) - GRADIENT, [0.25] * 3, rtol=1e-12)


def test_eq_complex_step():
    assert_allclose(complex_step(cubic, W), GRADIENT, rtol=1e-15)


def test_eq_relative_error():
    assert relative_error([3, 4], [3, 4]) == 0
    assert relative_error([0, 0], [0, 0]) == 0
    assert relative_error([3, 4], [3, 5]) == 1 / np.sqrt(34)
    assert relative_error([1], [-1]) == 2
    assert relative_error([1e-200], [0]) == 1


@pytest.mark.parametrize("method", METHODS)
def test_a_gradient_has_the_shape_of_its_argument(method):
    w = np.arange(6.0).reshape(2, 3)
    gradient = method(lambda w: (w * w).sum(), w)
    assert_allclose(gradient, 2 * w, atol=1e-9)
    assert_array_equal(w, np.arange(6.0).reshape(2, 3))
    assert method(lambda w: w * w, 3.0) == pytest.approx(6)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_one_number_in_an_array_is_a_number(method, shape):
    assert_allclose(method(lambda w: (w**2).sum().reshape(shape), W), 2 * W, rtol=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (
            np.ones(6),
            ValueError,
            r"one number, not an array of shape \(6,\): return the sum or the me",
        ),
        (np.nan, ValueError, "f must return a finite number, not nan"),
        (None, TypeError, "f must return a number, not NoneType"),
        (True, TypeError, "f must return a number, not bool"),
        ("1", TypeError, "f must return a number, not str"),
        ([[1], [1, 2]], TypeError, "f must return a number, not"),
    ],
)
def test_what_is_no_number_is_named(method, value, error, message):
    with pytest.raises(error, match=message):
        method(lambda _: value, W)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("h", "error"),
    [
        *[(0, ValueError), (-1e-5, ValueError), (np.nan, ValueError), (np.inf, ValueError)],
        *[("1e-5", TypeError), (None, TypeError), (1j, TypeError), (True, TypeError)],
    ],
)
def test_a_step_is_a_positive_number(method, h, error):
    with pytest.raises(error, match="h must be"):
        method(cubic, W, h)


@pytest.mark.parametrize("method", METHODS)
def test_only_functions_of_numbers_have_a_gradient(method):
    with pytest.raises(TypeError, match="f must be a function, not 3"):
        method(3, W)
    with pytest.raises(TypeError, match="w must hold real numbers, not complex128"):
        method(cubic, W + 0j)
    with pytest.raises(ValueError, match="w must be finite"):
        method(cubic, [np.nan])


def test_central_differences_divide_by_the_step_that_was_taken():
    # Near 1e6 a float64 has steps of 1e-10, so w + 1e-8 and w - 1e-8 are 1 % off or more.
    w = 1e6 + 0.3
    up, down = w + 1e-8, w - 1e-8
    assert abs((up - down) / 2e-8 - 1) > 1e-4
    assert central_difference(lambda v: v - w, w, 1e-8) == 1


def test_a_step_that_is_lost_beside_a_weight_is_refused():
    with pytest.raises(
        ValueError, match=r"h must be larger: 1e-05 is lost beside w, which is 1000000000000.0"
    ):
        central_difference(lambda w: (w**2).sum(), [1.0, 1e12])
    assert_allclose(central_difference(lambda w: w**2, 1e12, 1e6), 2e12, rtol=1e-9)


@pytest.mark.parametrize("h", [1e308, 1.7e308])
def test_a_step_that_is_too_long_is_refused(h):
    with pytest.raises(FloatingPointError, match="h must be smaller: the distance"):
        central_difference(np.tanh, [1.0], h)


def test_a_slope_that_is_too_large_is_refused():
    for method, f in (
        (central_difference, lambda w: 1e308 * np.tanh(w / 1e-9)),
        (complex_step, lambda w: w * 1e200 * 1e120),
    ):
        with pytest.raises(FloatingPointError, match="the slope of f is inf: f is too large"):
            method(f, 0.0)


def test_the_array_whose_numbers_are_too_large_for_the_method_is_named():
    large = {"v": np.ones(2), "W": np.full(2, 3e38)}
    with pytest.raises(ValueError, match="along 'W', h must be larger: 1e-05 is lost beside w"):
        compare_gradients(
            lambda p: np.sum(p["v"]) + np.sum(p["W"]),
            lambda p: {name: np.ones(2) for name in p},
            large,
            central_difference,
        )


def test_an_error_of_the_loss_is_left_as_it_is():
    def loss(p):
        if p["W"].dtype == complex:
            raise UnicodeError("of the loss")
        return np.sum(p["W"])

    with pytest.raises(UnicodeError, match=r"^of the loss$"):
        compare_gradients(loss, lambda p: p, {"W": np.ones(2)})


def test_a_target_that_hides_what_the_parameters_do_is_named():
    network = Network([Layer([[0.5]], activation=tanh)])
    with pytest.raises(ValueError, match=r"loss must change .* x or target is so large that"):
        check_gradient(network, [1.0], [3e38], central_difference)


def test_a_function_of_real_numbers_may_have_a_complex_type():
    assert central_difference(lambda w: (w + 0j) ** 2, 3.0) == pytest.approx(6)
    with pytest.raises(TypeError, match="f must return a real number for real numbers, not"):
        central_difference(lambda w: w * 1j, 3.0)


@pytest.mark.parametrize("drops", [lambda w: w.real.sum(), np.linalg.norm, lambda w: abs(w[0])])
def test_complex_step_refuses_a_function_that_drops_the_imaginary_part(drops):
    with pytest.raises(TypeError, match=r"not float: it drops .* method=central_difference"):
        complex_step(drops, W)


def filled_in(w):
    buffer = np.zeros(3)
    buffer[:] = w
    return buffer.sum()


@pytest.mark.parametrize(
    "refuses",
    [lambda w: np.logaddexp(w, 0).sum(), lambda w: math.exp(w[0]), sigmoid, filled_in],
)
def test_what_refuses_complex_numbers_is_told_of_central_differences(refuses):
    def f(w):
        return refuses(w) if refuses is not sigmoid else sigmoid(w).sum()

    with pytest.raises(TypeError, match=r"f must take complex numbers .*method=central_difference"):
        complex_step(f, W)
    central_difference(f, W)


def test_an_error_that_real_numbers_raise_as_well_is_not_blamed_on_complex_ones():
    with pytest.raises(TypeError, match=r"^object of type 'int' has no len"):
        complex_step(lambda _: len(3), W)


def test_a_function_that_ignores_its_argument_is_told_so():
    with pytest.raises(
        TypeError, match=r"the same number for other values of w .* that it is given"
    ):
        complex_step(lambda _: 3.0, W)
    assert_array_equal(central_difference(lambda _: 3.0, W), [0, 0, 0])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_gradients_are_compared_in_float64(dtype):
    ones = np.ones(70_000, dtype)
    assert relative_error(ones, 2 * ones) == 0.5
    # In float16, 2049 is 2048.
    assert relative_error(np.array(2048, dtype), 2049.0) == pytest.approx(1 / 2049)


def test_a_gradient_may_be_tiny_or_huge():
    for scale in (5e-324, 1e-200, 1e200, 1e308):
        assert relative_error([scale, 0], [-scale, 0]) == 2


def test_gradients_of_different_shapes_are_not_compared():
    with pytest.raises(ValueError, match=r"must have the shape of analytic, \(2,\), not \(2, 1\)"):
        relative_error([1, 2], [[1], [2]])


def ridge(p):
    """A straight line's squared error, with a price on the slope."""
    x, t = np.arange(4.0), np.array([1.0, 3.0, 2.0, 5.0])
    return ((t - p["slope"] * x - p["offset"]) ** 2).sum() + 0.1 * p["slope"] ** 2


def ridge_gradient(p):
    x, t = np.arange(4.0), np.array([1.0, 3.0, 2.0, 5.0])
    e = t - p["slope"] * x - p["offset"]
    return {"offset": -2 * e.sum(), "slope": -2 * (e * x).sum() + 0.2 * p["slope"]}


RIDGE = {"slope": 0.5, "offset": np.array(-1.0)}


def test_any_gradient_can_be_compared():
    exact = compare_gradients(ridge, ridge_gradient, RIDGE)
    assert list(exact) == ["slope", "offset"]
    assert max(exact.values()) < 1e-14
    assert max(compare_gradients(ridge, ridge_gradient, RIDGE, central_difference).values()) < 1e-8


def test_which_gradient_is_wrong_is_said():
    def without_the_price(p):
        return ridge_gradient(p) | {"slope": ridge_gradient(p)["slope"] - 0.2 * p["slope"]}

    errors = compare_gradients(ridge, without_the_price, RIDGE)
    assert errors["offset"] < 1e-14
    # Of a slope of -31 + 0.1, 0.1 is missing.
    exact = ridge_gradient(RIDGE)["slope"]
    assert errors["slope"] == pytest.approx(0.1 / abs(exact - 0.1), rel=1e-12)


def test_a_gradient_that_changes_its_parameters_is_compared_where_they_were():
    def in_place(p):
        g = {"w": 2 * p["w"]}
        p["w"] -= 0.1 * g["w"]
        return g

    w = np.array([1.0, -2.0])
    assert compare_gradients(lambda p: (p["w"] ** 2).sum(), in_place, {"w": w})["w"] < 1e-15
    assert_array_equal(w, [1, -2])


@pytest.mark.parametrize(
    ("gradient", "error", "message"),
    [
        ({"v": [1.0, 2.0]}, ValueError, r"gradient must return \['w'\], not \['v'\]"),
        ({"w": [[1.0], [2.0]]}, ValueError, r"gradient of 'w' must have the shape of its param"),
        ({"w": 1.0}, ValueError, r"the shape of its parameter, \(2,\), not \(\)"),
        ({"w": [1.0, np.nan]}, ValueError, r"gradient of 'w' must be finite"),
        ({"w": [1j, 1]}, TypeError, r"gradient of 'w' must hold real numbers, not complex128"),
    ],
)
def test_what_is_no_gradient_is_refused(gradient, error, message):
    with pytest.raises(error, match=message):
        compare_gradients(lambda p: (p["w"] ** 2).sum(), lambda _: gradient, {"w": [1.0, 2.0]})


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((3, ridge_gradient, RIDGE), TypeError, "loss must be a function, not 3"),
        ((ridge, {}, RIDGE), TypeError, "gradient must be a function, not {}"),
        ((ridge, ridge_gradient, RIDGE, "complex"), TypeError, "method must be a function"),
        (
            (ridge, ridge_gradient, [1.0]),
            TypeError,
            "parameters must be a dict .*'W': W.* not list",
        ),
        (
            (ridge, ridge_gradient, W),
            TypeError,
            "parameters must be a dict of arrays.* not ndarray",
        ),
        ((ridge, ridge_gradient, {}), ValueError, "parameters must not be empty"),
        ((ridge, lambda _: [1.0], RIDGE), TypeError, "gradient must return a dict .* not list"),
        ((ridge, lambda _: None, RIDGE), TypeError, "gradient must return a dict .* not NoneType"),
        ((lambda _: W, ridge_gradient, RIDGE), ValueError, "loss must return one number"),
        ((lambda _: None, ridge_gradient, RIDGE), TypeError, "loss must return a number"),
    ],
)
def test_what_cannot_be_compared_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        compare_gradients(*arguments)


@pytest.mark.parametrize("method", METHODS)
def test_a_loss_that_changes_its_argument_is_compared_where_it_was(method):
    def loss(p):
        p["v"] += 1
        p["u"] *= 2
        return (p["u"] * p["v"]).sum()

    def gradient(p):
        return {"v": 2 * p["u"], "u": 2 * (p["v"] + 1)}

    v, u = np.array([0.0, 2.0]), np.array([3.0, 4.0])
    assert max(compare_gradients(loss, gradient, {"v": v, "u": u}, method).values()) < 1e-9
    assert_array_equal(v, [0, 2])
    assert_array_equal(u, [3, 4])


@pytest.mark.parametrize("method", METHODS)
def test_a_gradient_in_arrays_that_are_used_again_is_the_one_of_the_first_call(method):
    loss, gradient, parameters = before_normalization(np.random.default_rng(0))
    buffers = {name: np.zeros(w.shape) for name, w in parameters.items()}

    def in_buffers(p):
        for name, g in gradient(p).items():
            buffers[name][...] = g
        return buffers

    assert max(compare_gradients(loss, in_buffers, parameters, method).values()) < 1e-7


class Model:
    """It keeps its own weights, as most programs do."""

    def __init__(self):
        self.W = np.array([1.0, -2.0])

    def loss(self):
        return (self.W**3).sum()

    def gradient(self):
        return 3 * self.W**2


@pytest.mark.parametrize("method", METHODS)
def test_a_class_that_keeps_its_own_weights_takes_over_those_that_are_given(method):
    model = Model()

    def loss(p):
        model.W = p["W"]
        return model.loss()

    def gradient(p):
        model.W = p["W"]
        return {"W": model.gradient()}

    assert compare_gradients(loss, gradient, {"W": model.W}, method)["W"] < 1e-9

    def without(p):
        return model.loss()

    with pytest.raises(
        ValueError, match=r"loss must change with the parameters, but is -?\d.* class"
    ):
        compare_gradients(without, lambda p: {"W": 3 * p["W"] ** 2}, {"W": W[:2]}, method)


@pytest.mark.parametrize("method", METHODS)
def test_an_array_that_the_loss_does_not_use_has_gradient_0(method):
    def loss(p):
        return (p["W"] ** 2).sum()

    errors = compare_gradients(
        loss, lambda p: {"W": 2 * p["W"], "b": 0 * p["b"]}, {"W": W, "b": W}, method
    )
    assert max(errors.values()) < 1e-9
    errors = compare_gradients(
        loss, lambda p: {"W": 2 * p["W"], "b": p["b"]}, {"W": W, "b": W}, method
    )
    assert errors["b"] == 1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("factor", [-1, 2, 0.5, 6, 1 / 6])
def test_a_factor_can_be_read_off(factor, method):
    found = compare_gradients(ridge, times(factor, ridge_gradient), RIDGE, method)
    assert list(found.factors) == list(found.cosines) == list(found) == ["slope", "offset"]
    assert list(found.factors.values()) == pytest.approx([factor] * 2, rel=1e-8)
    assert list(found.cosines.values()) == pytest.approx([np.sign(factor)] * 2, rel=1e-8)
    assert found["slope"] == pytest.approx(abs(factor - 1) / max(1, abs(factor)), rel=1e-8)


def slope_3_4(p):
    return (p["w"] * [3, 4]).sum()


def test_a_direction_is_told_from_a_factor():
    found = compare_gradients(
        lambda p: (p["w"] * [3, 4]).sum(), lambda _: {"w": [3, 0]}, {"w": [0, 0]}
    )
    assert found["w"] == pytest.approx(4 / 5)
    assert found.cosines["w"] == pytest.approx(3 / 5)
    assert found.factors["w"] == pytest.approx(9 / 25)
    found = compare_gradients(
        lambda p: (p["w"] * [3, 4]).sum(), lambda _: {"w": [0, 0]}, {"w": [0, 0]}
    )
    assert found.factors["w"] == 0
    assert np.isnan(found.cosines["w"])


def test_a_comparison_prints_a_line_for_each_array():
    found = compare_gradients(
        ridge, lambda p: ridge_gradient(p) | {"offset": -ridge_gradient(p)["offset"]}, RIDGE
    )
    assert isinstance(found, dict)
    lines = str(found).splitlines()
    assert lines[0].split() == ["error", "factor", "cosine"]
    assert lines[1].split() == ["slope", "<", "1e-12", "1.000", "1.000"]
    assert lines[2].split() == ["offset", "2", "-1.000", "-1.000"]
    assert len({len(line) for line in lines}) == 1


def shifted(gradient, name, off):
    return lambda p: gradient(p) | {name: gradient(p)[name] + off}


# An array without effect, and small ones beside large ones.


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("case", "name"), [(before_normalization, "b"), (attention, "c")])
def test_an_array_without_effect_is_right_where_only_rounding_is_left(case, name, method):
    for seed in range(30):
        loss, gradient, parameters = case(np.random.default_rng(seed))
        assert np.any(gradient(parameters)[name])
        found = compare_gradients(loss, gradient, parameters, method)
        bound = 1e-11 if method is complex_step else 1e-6
        assert max(found.values()) < bound, (seed, found)
        assert np.isnan(found.factors[name])
        assert "- " in str(found).splitlines()[1 + list(found).index(name)]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("case", "name"), [(before_normalization, "b"), (attention, "c")])
def test_an_array_without_effect_is_wrong_where_its_gradient_is_a_millionth(case, name, method):
    for seed in range(30):
        loss, gradient, parameters = case(np.random.default_rng(seed))
        off = 1e-6 * np.linalg.norm(
            np.concatenate([g.ravel() for g in gradient(parameters).values()])
        )

        wrong = shifted(gradient, name, off)
        assert compare_gradients(loss, wrong, parameters, method)[name] > 0.3, seed


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("case", "name"), [(before_normalization, "b"), (attention, "c")])
def test_a_gradient_in_float32_is_right_to_its_digits(case, name, method):
    for seed in range(30):
        loss, gradient, parameters = case(np.random.default_rng(seed), np.float32)
        found = compare_gradients(loss, gradient, parameters, method)
        assert found[name] < 1e-5, (seed, found)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [1e-3, 1e-6, 1e-9])
def test_a_small_array_beside_a_large_one_is_judged_by_its_own_length(method, size):
    def loss(p):
        return np.sin(p["large"]).sum() + size * np.sin(p["small"]).sum()

    def gradient(p, factor=1):
        return {"large": np.cos(p["large"]), "small": factor * size * np.cos(p["small"])}

    start = {"large": W, "small": W}
    assert compare_gradients(loss, gradient, start, method)["small"] < 1e-7
    if method is complex_step or size > 1e-8:
        wrong = compare_gradients(loss, lambda p: gradient(p, 0.5), start, method)
        assert wrong["small"] == pytest.approx(0.5, rel=0.01)
        assert wrong.factors["small"] == pytest.approx(0.5, rel=0.01)


def test_vanishing_gradients_of_a_deep_network_are_still_compared():
    """The first of 20 sigmoid layers has a billionth of a billionth of the gradient of the last."""
    rng = np.random.default_rng(0)
    weights = [0.2 * rng.normal(size=(3, 3)) for _ in range(20)]
    x, t = rng.normal(size=(4, 3)), rng.uniform(size=(4, 3))

    def loss(p):
        a = x
        for l in range(20):
            a = sigmoid.function(a @ p[l])
        return ((a - t) ** 2).sum() / 2

    def gradient(p, factor=1.0):
        a = [x]
        for l in range(20):
            a.append(sigmoid.function(a[-1] @ p[l]))
        g, e = {}, a[-1] - t
        for l in reversed(range(20)):
            delta = e * sigmoid.derivative(a[l + 1])
            g[l], e = a[l].T @ delta, delta @ p[l].T
        return g | {0: factor * g[0]}

    start = dict(enumerate(weights))
    g = gradient(start)
    assert np.linalg.norm(g[0]) < 1e-15 * np.linalg.norm(g[19])
    assert max(compare_gradients(loss, gradient, start).values()) < 1e-12
    assert compare_gradients(loss, lambda p: gradient(p, 2.0), start)[0] == pytest.approx(0.5)


def test_a_gradient_that_is_drawn_anew_is_no_rounding():
    rng = np.random.default_rng(0)

    def gradient(p):
        return {"large": np.cos(p["large"]), "small": 0.05 * rng.normal(size=3)}

    def loss(p):
        return np.sin(p["large"]).sum() + 1e-9 * p["small"].sum()

    found = compare_gradients(loss, gradient, {"large": W, "small": W})
    assert found["small"] > 0.9
    assert not np.isnan(found.factors["small"])


# Losses of which a part drops the imaginary part.


def one_by_one(z):
    y = np.zeros(z.shape)
    for i in range(len(z)):
        y[i] = z[i]
    return (y**2).sum()


DROPS = {
    "var": lambda z: ((z - z.mean(0)) / np.sqrt(z.var(0) + 1e-5))[0].sum(),
    "std": lambda z: ((z - z.mean(0)) / z.std(0))[0].sum(),
    "norm": np.linalg.norm,
    "abs": lambda z: np.abs(z).sum(),
    "real": lambda z: (z.real**2).sum(),
    "conjugate": lambda z: np.vdot(z, z),
    "sign": lambda z: (z * np.sign(z)).sum(),
    "buffer": one_by_one,
}


def with_a_part(drop, seed):
    """A squared error with a part that drops the imaginary part, and its right gradient."""
    rng = np.random.default_rng(seed)
    X, t, W = rng.normal(size=(5, 3)), rng.normal(size=(5, 2)), rng.normal(size=(3, 2))

    def loss(p):
        z = X @ p["W"]
        return ((z - t) ** 2).sum() / 2 + 1e-2 * DROPS[drop](z)

    def gradient(p):
        return {"W": central_difference(lambda w: loss({"W": w}), p["W"])}

    return loss, gradient, {"W": W}


def times(factor, gradient):
    return lambda p: {name: factor * g for name, g in gradient(p).items()}


@pytest.mark.filterwarnings("ignore:Casting complex")
@pytest.mark.parametrize("drop", DROPS)
@pytest.mark.parametrize("factor", [1, 2])
def test_a_part_that_drops_the_imaginary_part_leaves_no_verdict(drop, factor):
    for seed in range(20):
        loss, gradient, start = with_a_part(drop, seed)
        with pytest.raises(TypeError, match="loss must keep the imaginary part, but along 'W'"):
            compare_gradients(loss, times(factor, gradient), start)
        found = compare_gradients(loss, times(factor, gradient), start, central_difference)
        assert found["W"] == pytest.approx(1 - 1 / factor, abs=1e-7)


def test_a_gradient_that_forgets_the_same_part_is_not_called_right():
    """The complex step takes np.var for a constant, as a common mistake does."""
    rng = np.random.default_rng(0)
    X, t = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))

    def loss(p, spread=None):
        z = X @ p["W"]
        return (((z - z.mean(0)) / np.sqrt(z.var(0) if spread is None else spread) - t) ** 2).sum()

    def forgetful(p):
        spread = (X @ p["W"]).var(0)
        return {"W": complex_step(lambda W: loss({"W": W}, spread), p["W"])}

    start = {"W": rng.normal(size=(3, 2))}
    along = complex_step(lambda W: loss({"W": W}), start["W"])
    assert relative_error(forgetful(start)["W"], along) < 1e-12
    with pytest.raises(TypeError, match="method=central_difference"):
        compare_gradients(loss, forgetful, start)
    assert compare_gradients(loss, forgetful, start, central_difference)["W"] > 0.1


def test_a_loss_that_drops_all_of_it_is_refused_by_a_long_imaginary_step_as_well():
    with pytest.raises(TypeError, match="it drops the imaginary part"):
        compare_gradients(
            lambda p: np.linalg.norm(p["w"]),
            lambda p: {"w": p["w"] / np.linalg.norm(p["w"])},
            {"w": W},
            lambda f, w: complex_step(f, w, 1e-2),
        )


def test_a_buffer_warns_where_only_the_complex_step_is_asked():
    with pytest.warns(ComplexWarning):
        complex_step(lambda w: one_by_one(w) + w.sum(), W)


def leaky(z):
    return np.maximum(z, 0.01 * z)


def near_kinks(f, seed):
    """A network of any scale with a unit at its kink, or at a distance of 1e-10 to 1e-4."""
    rng = np.random.default_rng(seed)
    N, D, H = rng.integers(1, 9, 3)
    x_size, W_size, E_size = 10.0 ** rng.uniform([-3, -2, -3], [3, 1.5, 3])
    X, t = x_size * rng.normal(size=(N, D)), rng.normal(size=(N, 1))
    W, V = W_size / x_size * rng.normal(size=(D, H)), rng.normal(size=(H, 1))
    b = W_size * rng.normal(size=H)
    b[0] = -(X[0] @ W)[0] + (seed % 3) * 10.0 ** rng.uniform(-10, -4) * rng.choice([-1, 1])

    def loss(p):
        return E_size * ((f(X @ p["W"] + p["b"]) @ p["V"] - t) ** 2).sum() / 2

    def gradient(p):
        return {name: complex_step(part(loss, p, name), p[name]) for name in p}

    return loss, gradient, {"W": W, "b": b, "V": V}


def part(loss, p, name):
    return lambda w: loss({**p, name: w})


@pytest.mark.parametrize("f", [relu.function, leaky, np.tanh, sigmoid.function, np.sin])
def test_nobody_is_accused_of_dropping_the_imaginary_part(f):
    for seed in range(25):
        loss, gradient, start = near_kinks(f, seed)
        assert max(compare_gradients(loss, gradient, start).values()) == 0
        twice = compare_gradients(loss, times(2, gradient), start)
        assert set(np.round(list(twice.values()), 12)) <= {0, 0.5}


def test_a_long_imaginary_step_has_an_error_of_its_own():
    """It is that of the series, and no imaginary part was dropped."""
    network, x, target, _ = datasets.three_two_one()
    found = check_gradient(network, x, target, lambda f, w: complex_step(f, w, 1e-2))
    assert 1e-7 < found["W", 1] < 1e-5


def test_backpropagation_agrees_with_both_methods(case):
    network, x, target = case
    before = network.copy()
    exact = check_gradient(network, x, target)
    assert set(exact) == {("W", l) for l in range(1, len(network) + 1)} | {
        ("b", l) for l in range(1, len(network) + 1) if network[l].b is not None
    }
    assert max(exact.values()) < 1e-12
    assert max(check_gradient(network, x, target, central_difference).values()) < 1e-8
    for l in range(1, len(network) + 1):
        assert_array_equal(before[l].W, network[l].W)


def test_only_a_network_has_a_gradient_to_check():
    with pytest.raises(TypeError, match="network must be a Network, not 3"):
        check_gradient(3, [1.0], [1.0])


def test_a_network_of_float32_is_right_to_its_digits(case):
    network, x, target = case
    for layer in network:
        layer.W = np.float32(layer.W)
        layer.b = None if layer.b is None else np.float32(layer.b)
    found = check_gradient(network, np.float32(x), np.float32(target))
    assert 1e-12 < max(found.values()) < 1e-5


def test_a_wrong_derivative_is_found(monkeypatch):
    network, x, target, _ = datasets.three_two_one()
    monkeypatch.setattr("backprop.activations.Activation._pullback", lambda _, e, *__: e)
    assert check_gradient(network, x, target)["W", 1] > 1e-3


def refuses(_loss, _w):
    raise ValueError("it cannot")


def asks_and_refuses(loss, w):
    loss(w)
    raise ValueError("it cannot")


@pytest.mark.parametrize(
    ("method", "raised", "said"),
    [
        (refuses, ValueError, "along ('W', 1), it cannot"),
        (asks_and_refuses, ValueError, "along ('W', 1), it cannot"),
        (
            lambda _loss, _w: np.ones(99),
            ValueError,
            "numerical gradient of ('W', 1) must have the shape of its parameter, (2, 3), "
            "not (99,)",
        ),
        (
            lambda _loss, w: np.full(w.shape, np.nan),
            ValueError,
            "numerical gradient of ('W', 1) must be finite, but holds nan at (0, 0)",
        ),
        (
            lambda _loss, _w: "a",
            TypeError,
            "numerical gradient of ('W', 1) must hold real numbers, not <U1",
        ),
    ],
)
def test_a_method_of_ones_own_that_gives_no_gradient_is_told_where(method, raised, said):
    network = random_network(np.random.default_rng(0), [2, 3, 1], [tanh, sigmoid])
    with pytest.raises(raised) as error:
        check_gradient(network, np.ones(2), np.ones(1), method)
    assert str(error.value) == said


def test_both_gradients_are_called_by_their_names():
    for analytic, numerical, said in [
        ([np.nan], [1.0], r"^analytic must be finite"),
        ([1.0], [np.nan], r"^numerical must be finite"),
        ([1.0], [1.0, 2.0], r"^numerical must have the shape of analytic, \(1,\), not \(2,\)"),
    ]:
        with pytest.raises(ValueError, match=said):
            relative_error(np.array(analytic), np.array(numerical))


def test_longer_numbers_than_those_of_float64_are_refused_in_silence():
    huge = np.full(2, np.longdouble("1e4000"))
    if not np.isfinite(huge).all():
        pytest.skip("no longer numbers on this processor")
    for whenever in ("warn", "raise"):
        with (
            np.errstate(all=whenever),
            pytest.raises(ValueError, match=r"^analytic must be finite"),
        ):
            relative_error(huge, np.ones(2))
        with pytest.raises(ValueError, match=r"^'W' must be finite"):
            compare_gradients(lambda _: 0.0, lambda at: at, {"W": huge})


def test_a_wrong_method_without_imaginary_numbers_is_not_told_of_an_imaginary_part():
    """What the slopes contradict is no complex step, and the difference is told as it is."""
    errors = compare_gradients(
        lambda at: float(np.sum(at["w"] ** 2)),
        lambda at: {"w": 2 * at["w"]},
        {"w": np.array([1.0, -2.0])},
        method=lambda f, w: 3 * central_difference(f, w),
    )
    assert errors["w"] == pytest.approx(2 / 3, rel=1e-6)


def test_what_drops_an_imaginary_part_and_what_to_do_is_said_in_full():
    with pytest.raises(TypeError) as refused:
        complex_step(lambda w: np.sum(np.abs(w) ** 2), [1.0, 2.0])
    assert str(refused.value) == (
        "f must return a complex number, not float: it drops the imaginary part (abs, .real, "
        "float, np.var, np.std, np.linalg.norm, a conjugate, or a real array filled in); use "
        "central differences, which need no complex numbers: method=central_difference"
    )
