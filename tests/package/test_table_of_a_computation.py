"""What the table of a computation says of each value, to the letter."""

import numpy as np
import pytest

from backprop import Variable, sigmoid, tanh
from backprop.autodiff import apply_activation, describe


def lines(output):
    return describe(output).split("\n")


def test_a_line_has_number_name_sources_and_value_in_columns():
    a = Variable(0.5, "a")
    assert lines((a + a) * a) == [
        "  0  a                     0.5",
        "  1  add          0, 0     1.",
        "  2  multiply     1, 0     0.5",
    ]


def test_values_are_written_with_six_digits_and_in_one_line():
    assert lines(Variable(1 / 3, "third"))[0].endswith(" 0.333333")
    small = Variable(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]]), "W")
    assert lines(small) == ["  0  W                     [[1.  2.  3. ] [4.  5.  6.5]]"]


@pytest.mark.parametrize("shape", [(7,), (2, 4), (7, 1)])
def test_of_more_than_six_numbers_the_shape_is_said(shape):
    assert lines(Variable(np.ones(shape), "X"))[0].endswith(f" shape {shape}")
    assert "shape" not in describe(Variable(np.ones((3, 2))))


def test_each_result_is_called_by_its_operation():
    a, W = Variable(np.array([1.0, 2.0]), "a"), Variable(np.ones((2, 2)), "W")
    for output, name in [
        (a + 1.0, "add"),
        (a - a, "subtract"),
        (a / 2.0, "divide"),
        (-a, "negative"),
        (a**2.0, "power"),
        (a @ W, "matmul"),
        (np.exp(a), "exp"),
        (np.tanh(a), "tanh"),
        (a.sum(), "sum"),
        (W.T, "transpose"),
        (apply_activation(a, sigmoid), "sigmoid"),
        (apply_activation(a, tanh), "tanh"),
    ]:
        assert output.name == name
        assert lines(output)[-1].split()[1] == name
    assert Variable(1.0).name == "variable"
    assert (a + 1.0).parents[1].name == "constant"


def test_a_number_on_the_left_is_the_left_operand():
    a = Variable(4.0, "a")
    for output, value in [
        (1 + a, 5),
        (1 - a, -3),
        (2 * a, 8),
        (2 / a, 0.5),
        (2**a, 16),
        (a + 1, 5),
        (a - 1, 3),
        (a * 2, 8),
        (a / 2, 2),
        (a**2, 16),
    ]:
        assert float(output.value) == value
    A, v = np.array([[1.0, 2.0], [3.0, 4.0]]), Variable([1.0, 10.0])
    assert list((A @ v).value) == [21, 43]
    assert list((v @ A).value) == [31, 42]


def test_a_variable_shows_its_value_and_its_name():
    assert repr(Variable(0.5, "a")) == "Variable(array(0.5), 'a')"
    assert Variable([1.0, 2.0]).shape == (2,)
