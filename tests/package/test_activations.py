"""Activations: their values to the last digits, their derivatives, and what they refuse."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import references
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from backprop import (
    Activation,
    activations,
    gelu,
    identity,
    leaky_relu,
    losses,
    relative_error,
    relu,
    sigmoid,
    silu,
    softmax,
    tanh,
)
from backprop.activations import log_sum_exp
from backprop.checking import complex_step
from backprop.dense import hidden_delta
from backprop.losses import output_delta

ACTIVATIONS = [sigmoid, tanh, relu, identity]


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
def test_eq_activation(activation):
    z = np.array([[-2.0, -0.5], [0.25, 3.0]])
    assert_array_equal(activation(z), activation.function(z))
    assert activation(0.25) == activation(z)[1, 0]
    assert np.ndim(activation(0.25)) == 0


def test_each_activation_and_loss_is_called_as_it_is_imported():
    for module, kind, names in (
        (activations, Activation, "sigmoid tanh relu leaky_relu silu gelu identity softmax"),
        (losses, losses.Loss, "squared_error binary_cross_entropy cross_entropy"),
    ):
        found = {name: each for name, each in vars(module).items() if isinstance(each, kind)}
        assert " ".join(found) == names
        for name, each in found.items():
            assert each.name == repr(each) == str(each) == name


def test_leaky_relu_has_one_slope_up_to_zero_and_another_beyond():
    z = np.array([-2.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.0])
    a, slope = leaky_relu(z), np.array([0.01, 0.01, 0.01, 0.01, 1, 1, 1])
    assert_allclose(a, z * slope, rtol=1e-15)
    assert_array_equal(leaky_relu.derivative(a), slope)
    assert_allclose(np.imag(leaky_relu.function(z + 1e-30j)) / 1e-30, slope, rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.longdouble])
def test_eq_sigmoid(dtype):
    """To 4 units in the last place, from where it is 0 to where it is 1; a warning is an error."""
    info = np.finfo(dtype)
    zero = float(np.log(info.smallest_subnormal)) - 2
    small = np.ldexp(info.smallest_subnormal, range(0, info.nmant - info.minexp, 20))
    grid = np.linspace(zero, -zero, 801).astype(dtype)
    z = np.concatenate([grid, small, -small, [0, info.max, -info.max]], dtype=dtype)
    a = sigmoid(z)
    assert a.dtype == dtype
    assert max(map(references.ulps, a, references.sigmoid(z))) < 4


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@given(data=st.data())
def test_sigmoid_of_any_number_is_exact_to_4_units_in_the_last_place(dtype, data):
    z = data.draw(references.rows(dtype))
    assert max(map(references.ulps, sigmoid(z), references.sigmoid(z))) < 4


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@given(data=st.data())
def test_eq_softmax(dtype, data):
    """To 6 units in the last place: in ties, far from the largest, and where that is huge."""
    z = data.draw(references.rows(dtype))
    a = softmax(z)
    assert a.dtype == dtype
    assert max(map(references.ulps, a, references.softmax(z))) < 6
    assert abs(a.sum() - 1) <= 4 * np.finfo(dtype).eps


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@given(data=st.data())
def test_eq_log_sum_exp(dtype, data):
    """To 4 units in the last place of it or of the largest number, whichever is larger."""
    z = data.draw(references.rows(dtype))
    value, exact = log_sum_exp(z), references.log_sum_exp(z)
    assert value.dtype == dtype
    larger = max(1.0, float(abs(z.max()) / abs(exact))) if exact else 1.0
    assert references.ulps(value, exact) < 4 * larger


def test_the_rows_of_a_batch_are_apart():
    z = np.array([[1000.0, -1000.0, 3.0], [-1e308, 1e308, 1e308], [0.0, 0.0, 0.0]])
    for row, a, logarithm in zip(z, softmax(z), log_sum_exp(z), strict=True):
        assert_array_equal(a, softmax(row))
        assert logarithm == log_sum_exp(row)


def name(value):
    """What a test is called by, in whichever process: a function has an address, too."""
    return getattr(value, "__name__", str(value))


INTEGERS = "int8 uint8 int16 uint16 int32 uint32 int64 uint64".split()


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("f", [*ACTIVATIONS, softmax, log_sum_exp], ids=name)
def test_integers_are_taken_for_the_numbers_they_are(f, dtype):
    """The negative of -128 in 8 bits is -128, and 0 - 1 of unsigned ones is large."""
    ends = np.array([np.iinfo(dtype).min, 0, 1, np.iinfo(dtype).max], dtype)
    a = f(ends)
    assert a.dtype == np.float64
    assert_array_equal(a, f(ends.astype(np.float64)))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_sigmoid_of_integers_does_not_overflow(dtype):
    ends = np.array([np.iinfo(dtype).min, np.iinfo(dtype).max], dtype)
    assert max(map(references.ulps, sigmoid(ends), references.sigmoid(ends))) < 4


def test_eq_sigmoid_derivative():
    z = np.linspace(-12, 12, 49)
    numerical = [complex_step(lambda z: sigmoid.function(z), each) for each in z]
    assert relative_error(sigmoid.derivative(sigmoid(z)), numerical) < 1e-14


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
def test_a_derivative_in_terms_of_the_output_is_that_of_the_function(activation):
    z = np.array([-3.0, -1.5, -0.25, 0.25, 1.0, 2.5])
    numerical = [complex_step(lambda z: activation.function(z), each) for each in z]
    assert relative_error(activation.derivative(activation(z)), numerical) < 1e-14


def test_the_derivative_of_relu_at_zero_is_zero():
    assert_array_equal(relu.derivative(relu(np.array([-1.0, 0.0, 1.0]))), [0, 0, 1])
    assert_array_equal(relu.derivative(np.array([-2.0, -0.0, 1e-320, np.inf])), [0, 0, 1, 1])
    # A step along the imaginary axis from 0 goes nowhere, too.
    z = np.array([-1, -0.0, 0, 1]) + 1e-30j
    assert_array_equal(relu.function(z).imag, [0, 0, 0, 1e-30])
    assert complex_step(relu.function, 0.0) == 0


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
@pytest.mark.parametrize("nan", [np.nan, complex(np.nan, 1), complex(-1, np.nan)], ids=str)
def test_nan_is_passed_on(activation, nan):
    """A unit that were 0 would hide that training has diverged."""
    z = np.array([1.0, nan])
    with np.errstate(invalid="ignore"):
        assert_array_equal(np.isnan(activation.function(z)), [False, True])
    if z.dtype == np.float64 and activation is not identity:
        assert_array_equal(np.isnan(activation.derivative(z)), [False, True])


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_precision_stays(activation, dtype):
    a = activation(np.array([-1, 0, 2], dtype))
    assert a.dtype == activation.derivative(a).dtype == dtype


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
def test_the_input_is_not_changed(activation):
    z = np.array([-1.0, 2.0])
    a = activation(z)
    a += 1
    assert_array_equal(z, [-1, 2])


def test_what_an_activation_is_made_of():
    with pytest.raises(TypeError, match="name must be text, not 3"):
        Activation(3, np.sin, np.cos)
    with pytest.raises(TypeError, match=r"function must be a function of arrays, not 1\.0"):
        Activation("one", 1.0, np.cos)
    with pytest.raises(TypeError, match="derivative must be a function of arrays, not None"):
        Activation("sin", np.sin, None)
    assert Activation("one", lambda _: 1.0, np.zeros_like)([2, 3]) == 1


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_derivative_keeps_what_the_output_knows(activation, dtype):
    """Given a, it is exact to 4 units in the last place, also where a is nearly saturated."""
    known = {
        "sigmoid": lambda a: [each * (1 - each) for each in a],
        "tanh": lambda a: [1 - each**2 for each in a],
        "relu": lambda a: [int(each > 0) for each in a],
        "identity": lambda a: [1 for _ in a],
    }
    small = dtype(1.1) * dtype(2) ** -np.arange(1, np.finfo(dtype).nmant, dtype=dtype)
    a = np.concatenate([1 - small, small], dtype=dtype)
    a = np.concatenate([a, -a]) if activation is not sigmoid else a
    exact = references.exactly(known[activation.name])(a)
    assert max(map(references.ulps, activation.derivative(a), exact)) < 4


EVERY = pytest.mark.parametrize("f", [*ACTIVATIONS, softmax, log_sum_exp], ids=name)


@EVERY
@pytest.mark.parametrize(
    "value",
    [
        1j,
        True,
        "text",
        b"bytes",
        None,
        [None, 1],
        [1, "2"],
        [Fraction(1, 2)],
        10**30,
        [True, False],
        np.array(["2020"], "M8[Y]"),
    ],
    ids=name,
)
def test_anything_but_real_numbers_is_refused(f, value):
    with pytest.raises(TypeError, match="z must hold real numbers, not "):
        f(value)


@EVERY
@pytest.mark.parametrize(
    ("value", "said"),
    [
        (10**400, "objects of class int, which NumPy has no type for: make a float of each"),
        ([0.5, 2**70], "objects of class int, which"),
        ([0.5, Fraction(1, 2)], "objects of class Fraction, which NumPy has no type for"),
        ([Decimal("0.5")], "objects of class Decimal, which NumPy has no type for"),
        ([None], "objects of class NoneType$"),
        (1j, "complex128"),
    ],
    ids=name,
)
def test_it_is_said_what_is_no_number(f, value, said):
    with pytest.raises(TypeError, match=f"z must hold real numbers, not {said}"):
        f(value)


@EVERY
def test_masked_numbers_are_refused(f):
    """NumPy would use what is masked, and without a word."""
    masked = np.ma.masked_array([1.0, 2.0], [True, False])
    for each in (masked, [masked, masked], ([masked],), np.ma.masked_array([1.0, 2.0])):
        with pytest.raises(TypeError, match="z must hold real numbers, not masked ones"):
            f(each)


def test_what_will_be_no_array_is_refused():
    class Unwilling:
        def __array__(self, *_, **__):
            raise RuntimeError("no")

    with pytest.raises(TypeError, match="z must hold real numbers, not Unwilling"):
        sigmoid(Unwilling())


@EVERY
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.longdouble])
def test_what_is_not_finite_is_refused(f, bad, dtype):
    with pytest.raises(ValueError, match=rf"z must be finite, but holds {bad} at \(0, 1\)"):
        f(np.array([[0, bad]], dtype))


@EVERY
def test_an_empty_or_ragged_array_is_refused(f):
    for empty in ([], [[]], np.zeros((0, 3))):
        with pytest.raises(ValueError, match="z must not be empty, but has shape"):
            f(empty)
    with pytest.raises(ValueError, match="z must have the same number of values in each row"):
        f([[1, 2], [3]])


def test_what_needs_a_row_refuses_a_number():
    with pytest.raises(ValueError, match="z must have an axis of units for softmax"):
        softmax(1.0)
    with pytest.raises(ValueError, match="z must have an axis to sum over"):
        log_sum_exp(1.0)


@EVERY
@pytest.mark.parametrize("dtype", [np.float16, np.longdouble])
def test_other_precisions_stay_what_they_are(f, dtype):
    z = np.array([-1, 0.5, 2], dtype)
    a = f(z)
    assert a.dtype == dtype
    tolerance = 4 * np.finfo(dtype if dtype is np.float16 else np.float64).eps
    assert_allclose(a, f(np.float64(z)), rtol=float(tolerance))


def slopes_agree(activation, function):
    z = np.linspace(-9, 9, 181)
    # Each output depends on its own input, so that the sum has the slopes as its gradient.
    numerical = complex_step(lambda z: np.sum(function(z)), z)
    assert_allclose(activation.derivative(z), numerical, rtol=1e-10, atol=1e-15)


def test_eq_silu_derivative():
    slopes_agree(silu, lambda z: z / (1 + np.exp(-z)))


def test_eq_gelu_derivative():
    slopes_agree(gelu, lambda z: z / (1 + np.exp(-np.sqrt(8 / np.pi) * (z + 0.044715 * z**3))))


@pytest.mark.parametrize("activation", [gelu, silu], ids=str)
def test_a_slope_by_the_input_is_not_computed_from_an_output(activation):
    for call in (
        lambda: hidden_delta(np.ones(2), np.ones((3, 2)), np.ones(3), activation),
        lambda: output_delta(np.ones(3), np.ones(3), activation),
    ):
        with pytest.raises(
            TypeError, match=r"^activation must have a slope that follows from the output"
        ):
            call()


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("activation", [gelu, silu, leaky_relu], ids=str)
def test_units_at_the_ends_of_their_type(activation, dtype):
    largest = np.finfo(dtype).max
    z = np.array([-largest, -50, 0, 50, largest], dtype)
    a = activation(z)
    slope = activation.derivative(z if activation.of == "input" else a)
    low = 0.01 if activation is leaky_relu else 0.0
    assert a.dtype == slope.dtype == np.dtype(dtype)
    assert_allclose(a[[0, 3, 4]], [low * z[0], 50, largest], rtol=1e-3)
    assert_allclose(slope, [low, low, low or 0.5, 1, 1], atol=2e-3)


def test_gelu_is_near_z_times_the_normal_distribution():
    z = np.linspace(-6, 6, 200)
    exact = z * np.array([(1 + math.erf(each / math.sqrt(2))) / 2 for each in z])
    assert 1e-4 < np.abs(gelu(z) - exact).max() < 5e-4


@pytest.mark.skipif(np.finfo(np.longdouble).minexp > -10000, reason="no longer type here")
def test_far_below_zero_the_longest_type_has_numbers_that_others_have_not():
    z = np.array([-52], np.longdouble)
    share = np.exp(float(np.sqrt(8 / np.pi)) * (z + 0.044715 * z**3))
    assert 0 < share < np.finfo(float).smallest_subnormal
    assert_allclose(gelu(z) / (z * share), 1, rtol=1e-12)
    rise = float(np.sqrt(8 / np.pi)) * (1 + 3 * 0.044715 * z**2)
    assert_allclose(gelu.derivative(z) / (share * (1 + z * rise)), 1, rtol=1e-12)
    z = np.array([-10500], np.longdouble)
    assert_allclose(silu.derivative(z) / (np.exp(z) * (1 + z)), 1, rtol=1e-12)


@pytest.mark.parametrize("activation", [gelu, silu], ids=str)
def test_a_complex_step_goes_through_however_large_the_number(activation):
    z = np.array([1e200 + 1e-30j, 70 + 1e-30j])
    assert_array_equal(activation.function(z), z)


def test_each_activation_has_the_name_by_which_it_is_imported():
    """Drawings, summaries and messages say it."""
    names = ["sigmoid", "tanh", "relu", "leaky_relu", "silu", "gelu", "identity", "softmax"]
    assert [getattr(activations, each).name for each in names] == names


def test_leaky_relu_and_its_slope_on_both_sides_of_zero():
    z = np.array([-2.0, -1e-3, 0.0, 1e-3, 0.5, 3.0])
    a = leaky_relu(z)
    assert_array_equal(a, [-0.02, -1e-5, 0.0, 1e-3, 0.5, 3.0])
    assert_array_equal(leaky_relu.derivative(a), [0.01, 0.01, 0.01, 1, 1, 1])
