"""Small things that are promised: types of results, names, the first and last value of a range."""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from backprop import (
    Activation,
    Dense,
    Embedding,
    Layer,
    Network,
    Tied,
    Variable,
    binary_cross_entropy,
    cross_entropy,
    datasets,
    gradients,
    losses,
    sigmoid,
    squared_error,
    tanh,
)
from backprop.autodiff import vjp_terms
from backprop.blockwise import blockwise_attention, blockwise_error
from backprop.chain import Chain, Residual
from backprop.convolution import convolution_error
from backprop.dropout import Dropout, dropout_mask
from backprop.implicit import euler_error
from backprop.network import Steps


def draw(*shape):
    return np.random.default_rng(0).normal(size=shape)


class Zeros(np.random.Generator):
    """A generator whose uniform numbers are all the smallest that there is."""

    def __init__(self):
        super().__init__(np.random.PCG64(0))

    def random(self, size=None):
        return np.zeros(size)


def test_without_a_share_nothing_is_dropped_whatever_is_drawn():
    assert_array_equal(dropout_mask(np.ones(3), 0.0, Zeros()), np.ones(3))
    y, _ = Dropout(0.0, Zeros()).training_forward(np.array([2.0, -3.0]))
    assert_array_equal(y, [2, -3])


def test_an_activation_may_have_a_derivative_of_its_input_or_of_its_output():
    for of in ("input", "output"):
        assert Activation("a", abs, np.sign, of=of).of == of
    for of in ("INPUT", "", None):
        with pytest.raises(ValueError, match=r"\bof\b"):
            Activation("a", abs, np.sign, of=of)


@pytest.mark.parametrize(("of_delta", "of_w"), [("f4", "f8"), ("f8", "f4"), ("f4", "f4")])
def test_an_error_before_a_convolution_has_the_longer_of_both_types(of_delta, of_w):
    e = convolution_error(np.ones(3, of_delta), np.ones(2, of_w))
    assert e.dtype == np.result_type(of_delta, of_w)


def test_slopes_before_a_step_of_euler_are_told_how_many_axes_they_may_have():
    for n in (0, 3):
        with pytest.raises(ValueError, match=r"^slope must have 1 or 2 axes, not shape"):
            euler_error(np.ones(1), np.ones((1,) * n), np.ones((1, 1)), 0.5)


BLOCKS = "e q k v y log_sums".split()


@pytest.mark.parametrize("longer", BLOCKS)
def test_errors_of_blockwise_attention_have_the_longest_type_of_all_arguments(longer):
    q, k, v = draw(4, 3), draw(5, 3), draw(5, 2)
    y, log_sums = blockwise_attention(q, k, v, 1)
    arrays = dict(zip(BLOCKS, (draw(4, 2), q, k, v, y, log_sums), strict=True))
    given = {name: each.astype(np.float32) for name, each in arrays.items()}
    given[longer] = arrays[longer]
    assert {each.dtype for each in blockwise_error(**given, size=1)} == {np.dtype(np.float64)}


@pytest.mark.parametrize("name", "qkv")
@pytest.mark.parametrize("axis", [0, 1])
def test_attention_in_blocks_refuses_an_array_without_numbers_by_its_name(name, axis):
    q, k, v = draw(4, 3), draw(5, 3), draw(5, 2)
    y, log_sums = blockwise_attention(q, k, v, 2)
    given = {"q": q, "k": k, "v": v, "size": 2}
    back = {**given, "e": draw(4, 2), "y": y, "log_sums": log_sums}
    empty = given[name][:0] if axis == 0 else given[name][:, :0]
    for function, arguments in ((blockwise_attention, given), (blockwise_error, back)):
        with pytest.raises(ValueError, match=f"^{name} must have two axes .* not be empty"):
            function(**arguments | {name: empty})


def test_integers_have_no_direction_so_what_they_choose_does_not_move():
    table = Embedding(np.arange(6.0).reshape(3, 2))
    for layer in (table, Tied(table, Dense(np.eye(2)))):
        y, y_dot = layer.jvp(np.array([0, 2]), np.ones(2))
        assert y_dot.shape == y.shape == layer.forward(np.array([0, 2]))[0].shape
        assert y_dot.dtype == np.float64
        assert not y_dot.any()
        for wrong, message in (
            (["x", "y"], "a_dot must hold real numbers"),
            (np.ones(3), r"a_dot must have the shape of a, \(2,\), not \(3,\)"),
        ):
            with pytest.raises((TypeError, ValueError), match=f"^{message}"):
                layer.jvp(np.array([0, 2]), wrong)


def test_a_change_of_type_is_an_operation_and_its_gradient_has_the_type_of_before():
    v = Variable(np.ones(2, np.float32))
    longer = v.astype(np.float64)
    assert (longer.name, longer.value.dtype) == ("astype", np.float64)
    ((_, share),) = vjp_terms(longer, np.ones(2))
    assert share.dtype == gradients(longer.sum(), [v])[0].dtype == np.float32
    w = Variable(np.ones(2))
    assert w.astype(np.float32).value.dtype == np.float32


def test_layers_in_a_chain_are_shown_and_come_one_by_one_in_their_order():
    one, two = Layer(np.ones((1, 2)), None, tanh), Layer(np.ones((2, 1)))
    whole = Chain(one, two)
    assert repr(whole) == "Chain(Layer(1 to 2, tanh), Layer(2 to 1, sigmoid))"
    assert repr(Residual(whole)) == f"Residual({whole!r})"
    assert [*whole] == [one, two]


FAR = [
    (squared_error, [1e200], [0.0]),
    (squared_error, [1e308], [-1e308]),
    (cross_entropy, [0.0, 1.0], [1.0, 0.0]),
    (binary_cross_entropy, [0.0], [1.0]),
]


@pytest.mark.parametrize(("loss", "output", "target"), FAR)
def test_a_loss_that_is_too_large_is_said_in_the_same_words_where_numpy_raises(
    loss, output, target
):
    for whenever in ("raise", "ignore", "warn"):
        with np.errstate(all=whenever), pytest.raises(ValueError, match=r"that the loss is inf$"):
            loss(output, target)


def test_a_loss_may_meet_zero_times_infinity_on_its_way():
    def of_output(y, t):
        return np.nansum(np.array([np.inf]) * 0) + np.sum((t - y) ** 2)

    own = losses.Loss("own", of_output, lambda y, t: t - y)
    with np.errstate(all="raise"):
        assert own([1.0], [0.0]) == 1.0
        assert cross_entropy([0.0, 1.0], [0.0, 1.0]) == 0.0


def test_one_digit_at_least_is_held_out():
    pytest.importorskip("sklearn")
    learnt, tested = datasets.digits(1)
    assert (len(learnt.x), len(tested.x)) == (1796, 1)
    with pytest.raises(ValueError, match=r"^held_out must be at least 1 and at most 1796, not 0"):
        datasets.digits(0)


@pytest.mark.parametrize(
    ("key", "shown"),
    [("W1", "W1"), ((), "()"), (("W",), "W"), (7, "7"), (("W", 1, 2), "W of layer 2 of layer 1")],
)
def test_a_key_that_is_none_of_a_parameter_is_shown_as_it_is(key, shown):
    network = Network([Layer([[1.0]])])
    steps = Steps({("W", 1): np.ones((1, 1)), key: np.ones((1, 1))})
    with pytest.raises(ValueError, match=r"^steps must be those of this network") as raised:
        network.apply(steps)
    assert str(raised.value).endswith(f"but differ in {shown}")


@pytest.mark.parametrize(
    ("key", "shown"),
    [("W1", '"W1"'), ((), "()"), (("W",), '"W"'), (7, "7"), (("W", 1, 2), '"W", 1, 2')],
)
def test_a_step_that_is_no_array_is_shown_as_it_is_taken_from_the_steps(key, shown):
    network = Network([Layer([[1.0]])])
    with pytest.raises(TypeError) as raised:
        network.apply(Steps({("W", 1): np.ones((1, 1)), key: ["x"]}))
    assert str(raised.value).startswith(f"steps[{shown}] must hold real numbers")


def test_blanks_among_subscripts_say_nothing():
    a, b = Variable(np.arange(6.0).reshape(2, 3)), Variable(np.ones((3, 2)))
    product = np.einsum(" i j , jk -> i k ", a, b)
    assert_array_equal(product.value, [[3, 3], [12, 12]])
    assert_array_equal(gradients(product.sum(), [a])[0], [[2, 2, 2], [2, 2, 2]])
    assert_array_equal(gradients(product.sum(), [b])[0], [[3, 3], [5, 5], [7, 7]])


def test_in_which_order_to_multiply_is_handed_on_to_numpy():
    v = np.ones(2)
    for each in (v, Variable(v)):
        with pytest.raises(TypeError, match="path"):
            np.einsum("i,i->", each, each, optimize=["x"])


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (timedelta(1), "objects of class timedelta"),
        (datetime(2020, 1, 1), "objects of class datetime"),
        (
            Decimal(2),
            "objects of class Decimal, which NumPy has no type for: make a float of each",
        ),
        (
            Fraction(1, 2),
            "objects of class Fraction, which NumPy has no type for: make a float of each",
        ),
    ],
)
def test_numbers_of_pythons_own_libraries_are_no_class_of_the_caller(number, said):
    with pytest.raises(TypeError, match=f"^z must hold real numbers, not {said}$"):
        sigmoid(np.array([number, number], dtype=object))
    with pytest.raises(TypeError, match=f"^output must hold real numbers, not {said}$"):
        losses.error(np.array([number]), np.array([number]))
