"""What is promised at the edges: who is named in a message, the last value of a range, types."""

import copy
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from backprop import (
    GradientDescent,
    RMSProp,
    Variable,
    central_difference,
    check_gradient,
    compare_gradients,
    datasets,
    draw_network,
    glorot,
    gradients,
    random_network,
    recorded_gradients,
    sigmoid,
    tanh,
)
from backprop._arrays import first_not_finite
from backprop._comparison import Comparison, factor_and_cosine, is_constant, is_refuted, nudged
from backprop.autodiff import topological_order, vjp_terms
from backprop.convolution import (
    convolution_error,
    kernel_matrix,
    kernel_places,
    kernel_step,
    shared_step,
)
from backprop.derivatives import unbroadcast
from backprop.drawing import number
from backprop.network import Trace
from backprop.optimizers import with_weight_decay


def rng():
    return np.random.default_rng(0)


def refused(kind, message, call, *arguments, **settings):
    """The message begins with the name of the argument."""
    with pytest.raises(kind, match=f"^{message}"):
        call(*arguments, **settings)


def test_a_number_of_a_longer_type_is_finite():
    array = np.array([np.finfo(np.longdouble).max, np.nan], np.longdouble)
    assert first_not_finite(array) == (1,)


def test_an_error_of_a_tenth_has_a_factor():
    for error, kept in ((0.1, True), (0.11, False)):
        comparison = Comparison()
        comparison.add("W", error, 1.0, 0.5)
        comparison.add_rounding("W", 1e-9)
        assert comparison["W"] == 1e-9
        assert np.isfinite([comparison.factors["W"], comparison.cosines["W"]]).all() == kept


def test_a_function_is_looked_at_in_the_same_places_each_time():
    places = []
    for _ in range(2):
        is_constant(lambda w: places.append(w.copy()) or 0.0, np.ones(3))
    assert_array_equal(places[:2], places[2:])


def test_a_gradient_is_doubted_in_places_that_are_the_same_each_time_and_as_far_as_weights_are():
    places = []
    for w in (np.ones(3), np.ones(3), np.full(3, 1e6), np.zeros(3)):
        moved = []
        # No slope fits what has a kink everywhere.
        is_refuted(lambda at, w=w, moved=moved: moved.append(at - w) or len(moved) % 3, w, w)
        assert np.abs(moved).max() > 0
        places.append(moved[:5])
    ones, again, large, zeros = places
    assert_array_equal(ones, again)
    np.testing.assert_allclose(large, 1e6 * np.array(ones), atol=1e-9)
    np.testing.assert_allclose(zeros, ones, atol=1e-15)


@pytest.mark.parametrize(
    ("E", "unit", "around", "refuted"),
    [
        (0, None, (1, -1, 2, -2), True),
        (0, None, (2, 0, 6, 2), True),
        (0, None, (1, -1, 2.19, -2.19), True),
        (0, None, (1, -1, 2.21, -2.21), False),
        (1, np.finfo(float).eps, (16, -17, 31, -35), True),
        (1, np.finfo(float).eps, (16, -16, 32, -32), False),
    ],
    ids=["line", "bow", "small kink", "large kink", "beyond rounding", "within rounding"],
)
def test_which_differences_refute_a_gradient_of_zero(E, unit, around, refuted):
    """The function is at w, on both sides of it, and twice as far away, for two lengths."""
    values = [E, *(E + each * (unit or h) for h in (1e-5, 1e-7) for each in around)]
    later = iter(values)
    assert is_refuted(lambda _: next(later), np.ones(1), np.zeros(1)) == refuted


def test_a_quotient_of_zeros_is_no_factor():
    zeros, g = np.zeros(2), np.ones(2)
    assert_array_equal(factor_and_cosine(zeros, g), (0, np.nan))
    for each in (g, zeros):
        assert_array_equal(factor_and_cosine(each, zeros), (np.nan, np.nan))


def test_a_function_that_gives_no_number_is_called_f():
    w = np.ones(2)
    refused(TypeError, "f must return a number", is_constant, lambda _: "x", w)
    later = iter([1.0, "x"])
    refused(TypeError, "f must return a number", is_constant, lambda _: next(later), w)
    later = iter([1.0, "x"])
    refused(TypeError, "f must return a number", central_difference, lambda _: next(later), w)


def test_what_is_nudged_moves_each_by_its_own_share_of_the_largest_at_most():
    start = {"W": np.linspace(-2, 1, 300), "b": np.ones(3, np.float32)}
    near = nudged(start, 0.01, rng())
    moved = (near["W"] - start["W"]) / 0.02
    assert len(set(moved.round(9))) > 290
    assert 0.9 < moved.max() <= 1.000001
    assert -0.9 > moved.min() >= -1.000001
    assert near["b"].dtype == np.float32


def test_what_the_loss_does_not_change_with_is_advised_of():
    W = np.ones(2)
    with pytest.raises(ValueError, match=r": it must compute with .* takes them over first$"):
        compare_gradients(lambda _: 1.0 + 0j, lambda _: {"W": W}, {"W": W})


def test_a_method_that_is_no_function_is_named():
    network, x, target, _ = datasets.two_one_one()
    refused(TypeError, "method must be a function", check_gradient, network, x, target, "step")


def test_arguments_of_a_convolution_are_named():
    a, w = np.ones(4), np.ones(3)
    no, stack = ["x"], np.ones((1, 2, 4))
    refused(TypeError, "delta must hold real", convolution_error, no, w)
    refused(ValueError, "delta must have 1 or 2 axes", convolution_error, stack, w)
    refused(TypeError, "a must hold real", kernel_step, no, w, 0.5)
    refused(ValueError, "a must have 1 or 2 axes", kernel_step, stack, stack, 0.5)
    refused(TypeError, "delta must hold real", kernel_step, a, no, 0.5)
    refused(ValueError, "delta must have 1 or 2 axes", kernel_step, a, stack, 0.5)
    refused(TypeError, "k must be an integer", kernel_places, 4, "x")
    refused(TypeError, "n must be an integer", kernel_matrix, w, "x")
    refused(TypeError, "step must hold real", shared_step, no, np.zeros(1, int))
    refused(ValueError, "step must have 1 or 2 axes", shared_step, stack, np.zeros((1, 2, 4), int))
    refused(TypeError, "places must hold real", shared_step, a, ["x"] * 4)
    refused(ValueError, "places must hold the numbers", shared_step, a, np.array([0, 1, 2, 4]))


def test_a_kernel_may_be_as_small_as_one_weight_on_one_input():
    assert_array_equal(kernel_places(1, 1), [[0]])
    assert_array_equal(kernel_matrix(np.array([2.0]), 1), [[2.0]])


def test_a_matrix_of_just_the_largest_size_is_made(monkeypatch):
    monkeypatch.setattr("backprop.convolution.LARGEST", 12)
    assert kernel_places(4, 2).size == 12
    monkeypatch.setattr("backprop.convolution.LARGEST", 11)
    refused(ValueError, "n must be smaller", kernel_places, 4, 2)


def test_a_shape_that_nothing_is_broadcast_from_is_refused():
    g = np.ones((2, 3))
    refused(TypeError, "gradient must hold real", unbroadcast, ["x"], (1,))
    for shape in ([2, 3], ("2", 3)):
        refused(TypeError, "shape must be a tuple of integers", unbroadcast, g, shape)
    for shape in ((2,), (4, 3), (1, 2, 3), (2, 4)):
        refused(ValueError, "shape must be one that can be broadcast", unbroadcast, g, shape)
    assert_array_equal(unbroadcast(g, (1, 3)), [[2, 2, 2]])


REDUCED = {
    "mean": np.mean,
    "var": np.var,
    "std": np.std,
    "max": np.max,
    "sum along an axis": lambda v: v.sum(axis=1),
    "mean along an axis": lambda v: v.mean(axis=1),
    "mean that keeps its axis": lambda v: v.mean(axis=1, keepdims=True),
    "max along an axis": lambda v: v.max(axis=1),
}


@pytest.mark.parametrize("name", REDUCED)
def test_a_share_has_the_type_and_the_shape_of_what_was_reduced(name):
    values = np.arange(12, dtype=np.float32).reshape(3, 4) ** 2
    v = Variable(values)
    made = REDUCED[name](v)
    weights = np.arange(1, 1 + made.value.size, dtype=np.float32).reshape(made.shape)
    ((_, share),) = vjp_terms(made, weights)
    assert share.dtype == np.float32
    assert share.shape == (3, 4)
    if "mean" in name and "axis" in name:
        assert_array_equal(share, np.repeat([[0.25], [0.5], [0.75]], 4, axis=1))
    if name == "sum along an axis":
        assert_array_equal(share, np.repeat([[1], [2], [3]], 4, axis=1))
    if name == "max along an axis":
        assert_array_equal(share, [[0, 0, 0, 1], [0, 0, 0, 2], [0, 0, 0, 3]])


@pytest.mark.parametrize("index", [[0, 0], slice(0, 2), 1], ids=str)
def test_a_share_of_an_item_has_the_type_of_its_gradient(index):
    made = Variable(np.arange(3, dtype=np.float32))[index]
    for dtype in (np.float32, np.float64):
        ((_, share),) = vjp_terms(made, np.ones(made.shape, dtype))
        assert share.dtype == dtype
        assert share.sum() == made.size


def test_a_gradient_of_an_item_that_is_recorded_is_put_and_can_be_differentiated():
    v = Variable([1.0, 2.0, 3.0])
    (g,) = recorded_gradients((v[[0, 0, 1]] ** 3).sum(), [v])
    assert g.name == "put"
    assert_array_equal(g.value, [6, 12, 0])
    assert_array_equal(gradients((g * [1, 10, 100]).sum(), [v])[0], [12, 120, 0])


def test_the_mean_of_one_number_is_that_number():
    v = Variable([3.0])
    assert_array_equal(gradients(v.mean(), [v])[0], [1.0])


def test_axes_may_be_given_one_by_one():
    v, M = Variable([1.0, 2.0]), Variable(np.ones((2, 3)))
    assert v.transpose(0).shape == (2,)
    assert M.transpose(np.array(1), np.array(0)).shape == (3, 2)


def test_an_index_that_does_not_fit_is_shown():
    with pytest.raises(IndexError, match=r"index must be one of an array of .* not 7: "):
        Variable([1.0])[7]


def test_what_was_chosen_is_called_an_item():
    assert Variable([1.0, 2.0])[0].name == "item"


def test_a_copy_has_the_value():
    v = Variable([1.0, -2.0])
    for made in (copy.copy(v), copy.deepcopy(v)):
        assert_array_equal(made.value, [1, -2])


def test_numbers_that_count_what_is_done_with_them_set_no_type_of_a_constant():
    class Counted(float):
        pass

    v = Variable([1.0, 2.0])
    v.value = np.vectorize(Counted, otypes=[object])(v.value)
    for dtype in (np.float32, np.float64):
        assert (v * np.ones(2, dtype)).parents[1].value.dtype == dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_constant_is_kept_as_floating_point_numbers_of_the_type_of_the_result(dtype):
    v = Variable(np.ones(2, dtype))
    for other in (2, np.arange(2), np.arange(2, dtype=np.float32)):
        product = v * other
        assert product.parents[1].value.dtype == product.value.dtype


def test_arguments_of_the_engine_are_named():
    v = Variable([1.0, 2.0])
    refused(TypeError, "output must be a Variable", topological_order, 1.0)
    refused(TypeError, "node must be a Variable", vjp_terms, 1.0, np.ones(()))
    refused(TypeError, "gradient must hold real", vjp_terms, v * v, ["x", "y"])
    message = r"gradient must have the shape of node, \(2,\), not \(3,\)"
    refused(ValueError, message, vjp_terms, v * v, np.ones(3))


def test_a_gradient_that_overflows_on_the_way_is_refused_with_its_name():
    v = Variable(1e-300, "v")
    with np.errstate(over="raise"):
        refused(FloatingPointError, "the gradient of 'v'", gradients, (v * 1e300) * 1e300, [v])


def test_a_gradient_of_zero_has_the_shape_of_its_variable():
    a, b = Variable(1.0), Variable(np.ones((2, 3)))
    assert gradients(a * 2, [b])[0].shape == (2, 3)


def test_one_array_may_be_joined_and_a_product_of_matrices_is_one_operation():
    v = Variable(np.ones((2, 2)))
    assert np.concatenate([v]).shape == (2, 2)
    assert np.dot(v, v).name == "matmul"


def test_a_product_with_a_number_of_pythons_own_has_the_type_that_it_has_to_numpy():
    values = np.ones(2, np.float32)
    for f in (np.dot, np.inner):
        assert f(Variable(values), 2.0).value.dtype == f(values, 2.0).dtype


def test_axes_to_sum_over_are_a_pair():
    v = Variable(np.ones((2, 2)))
    with pytest.raises(ValueError, match="argument"):
        np.tensordot(v, v, ([0], [0], [1]))


def test_any_letter_may_name_an_axis_and_an_axis_of_one_is_stretched():
    M, v = Variable(np.ones((2, 3))), Variable([1.0, 2.0])
    (found,) = gradients(np.einsum("iX,i,i->", M, v, v), [M])
    assert_array_equal(found, [[1, 1, 1], [4, 4, 4]])
    row = Variable([[1.0, 2.0, 3.0]])
    (found,) = gradients(np.einsum("ij,ij->", row, np.ones((2, 3))), [row])
    assert_array_equal(found, [[2, 2, 2]])


def test_a_layer_may_have_one_weight_and_no_more_than_the_largest_number():
    assert glorot(rng(), 1, 1).shape == (1, 1)
    message = r"sizes\[1\] must be at least 1 and at most 2147483648"
    refused(ValueError, message, random_network, rng(), (1, 2**31 + 1), [tanh])


def test_sizes_may_be_an_array_with_one_axis_and_an_initializer_is_no_class():
    assert random_network(rng(), np.array([2, 3]), [tanh]).sizes == (2, 3)
    refused(TypeError, "sizes must be a seq", random_network, rng(), np.ones((1, 2), int), [tanh])
    message = "initializer must be a function"
    refused(TypeError, message, random_network, rng(), (1, 2), [tanh], initializer=dict)
    message = "activations must be a sequence"
    refused(TypeError, message, random_network, rng(), (1, 2), tanh)
    message = "what the initializer draws must hold"
    refused(TypeError, message, random_network, rng(), (1, 2), [tanh], initializer=lambda *_: ["x"])


def test_without_weight_decay_the_array_that_came_in_comes_back():
    downhill = np.ones(2)
    assert with_weight_decay(downhill, np.ones(2), 0.0) is downhill
    refused(TypeError, "downhill must hold", with_weight_decay, ["x"], np.ones(1), 0.1)
    refused(TypeError, "W must hold", with_weight_decay, np.ones(1), ["x"], 0.1)
    refused(TypeError, "momentum must be", GradientDescent, 0.1, "x")


def test_squares_of_half_precision_are_kept_in_single_precision():
    optimizer = RMSProp(0.1)
    optimizer.step(("W", 1), np.ones(2, np.float16))
    assert optimizer.square["W", 1].dtype == np.float32


def test_numbers_change_their_form_at_a_thousandth_and_a_thousand():
    said = {1e-3: "0.001", 9.994e-4: "9.99e−4", 999.4: "999", 999.5: "1.00e3", -999.5: "−1.00e3"}
    assert {value: number(value) for value in said} == said


def test_what_a_drawing_is_not_given_rightly_is_named():
    network, x, target, _ = datasets.two_one_one()
    trace = network.forward(x)
    backward = network.backward(trace, target)
    refused(TypeError, "backward must be of", draw_network, network, backward=1, title="t")
    refused(TypeError, "steps must be of", draw_network, network, steps=1, title="t")
    two, bad = np.ones(2), np.array([np.nan])
    for z, message in ((two, "trace.z must be of one"), (bad, r"trace.z\[1\] must be finite")):
        changed = Trace({**trace.z, 1: z}, trace.a)
        refused(ValueError, message, draw_network, network, changed, title="t")
    changed = replace(backward, error=two)
    message = "backward.error must be of one"
    refused(ValueError, message, draw_network, network, backward=changed, title="t")


def test_what_xml_has_no_character_for_is_replaced_in_the_description_as_well():
    network = random_network(rng(), (1, 1), [sigmoid])
    svg = draw_network(network, title="a\0b", description="c\0d")
    assert ">a&#65533;b<" in svg
    assert ">c&#65533;d<" in svg


def test_what_the_loss_gives_later_is_called_that_of_the_loss():
    W, later = np.ones(10), iter([1.0])

    def far(at):
        return "x" if np.abs(at["W"].real - 1).max() > 2e-3 else 1.0 + 0j

    for loss in (lambda _: next(later, "x"), far):
        refused(
            TypeError, "loss must return", compare_gradients, loss, lambda _: {"W": W}, {"W": W}
        )


def test_whether_a_loss_moves_is_asked_near_the_parameters_and_in_the_same_places_each_time():
    W, places = np.ones(5), ([], [])
    for seen in places:

        def loss(at, seen=seen):
            seen.append(at["W"].copy())
            return 1.0 + 0j

        with pytest.raises(ValueError, match=r"^loss must change"):
            compare_gradients(loss, lambda _: {"W": W}, {"W": W})
    assert_array_equal(*places)
    assert 1e-3 < np.abs(places[0][-1] - W).max() <= 0.0100001
