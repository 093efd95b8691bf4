"""What is pasted is read as it was meant, or refused with its field and its place."""

import json

import numpy as np
import pytest

from backprop._pasted import answer, arrays, named

MATRIX = [[0.5, -0.6], [1.0, 2.0]]


@pytest.mark.parametrize(
    "text",
    [
        "[[0.5, -0.6], [1, 2]]",
        "np.asarray([[0.5, -0.6], [1, 2]])",
        "W1 = np.array([[0.5, -0.6],\n               [1.0, 2.0]])",
        "array([[ 0.5, -0.6],\n       [ 1. ,  2. ]], dtype=float32)",
        "[[ 0.5 -0.6]\n [ 1.   2. ]]",
        "tensor([[0.5, -0.6], [1., 2.]], requires_grad=True)",
        '{"W1": [[0.5, -0.6], [1, 2]]}',
        "0.5,-0.6\n1,2",
        "0.5\t-0.6\n1\t2\n",
        "5e-1; -6e-1\n1; 2",
        "[[5E-1 -6E-1]\n [1.E+00 2.]]",
        "tensor([[0.5, -0.6], [1., 2.]], grad_fn=<AddBackward0>)",
        "tensor([[0.5, -0.6],\n        [1., 2.]], grad_fn=<MulBackward0 object at 0x7f>)",
        "Parameter containing:\ntensor([[0.5, -0.6], [1., 2.]], requires_grad=True)",
        "Array([[0.5, -0.6], [1., 2.]], dtype=float32)",
        "tf.Tensor([[0.5 -0.6]\n [1. 2.]], shape=(2, 2), dtype=float32)",
        "[[0.5, \u22120.6], [1, 2]]",
        "# of the first layer ...\n0.5 -0.6\n1 2",
    ],
)
def test_a_matrix_is_read_in_many_forms(text):
    ((name, array),) = arrays("Weights", text)
    assert name in (None, "W1")
    np.testing.assert_array_equal(array, MATRIX)


@pytest.mark.parametrize(
    "text",
    [
        "W1 = [[1, 2]]\nb1 = [3, 4]\nW2 = [[5], [6]]",
        '{"dW1": [[1, 2]], "db1": [3, 4], "dW2": [[5], [6]]}',
        "[[1, 2]]\n[3, 4]\n[[5], [6]]",
        "[array([[1., 2.]]), array([3., 4.]), array([[5.], [6.]])]",
        "{('W', 1): [[1, 2]], ('b', 1): [3, 4], ('W', 2): [[5], [6]]}",
    ],
)
def test_arrays_of_layers_are_told_by_name_or_order(text):
    found = named("Weights", text)
    assert [*found] == [("W", 1), ("b", 1), ("W", 2)]
    np.testing.assert_array_equal(found["W", 2], [[5], [6]])


def test_an_array_with_two_names_is_read_by_both():
    found = named("Weights", "W1 = W2 = [[1, 2], [3, 4]]")
    assert [*found] == [("W", 1), ("W", 2)]
    np.testing.assert_array_equal(found["W", 2], found["W", 1])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Weights: paste the numbers here."),
        ("1,2\n3,x", "Weights, line 2, number 2: 'x' is no number."),
        ("1,2\n3", "Weights, line 2: 1 numbers, and the line before has 2."),
        ("[[1, 2], [3]]", "Weights: the rows must be numbers"),
        ("1.5 2\n0,5 0,6", "Weights, line 2: a comma stands between digits"),
        ("0,5; -0,6", "Weights, line 1: a comma stands between digits"),
        ("[[1, 2", "Weights, line 1, column 2: this is no array"),
        ("W1 = [[1]]\nW2 = open('x')", "Weights, line 2, column 6: \"open('x')\" is no number"),
        ("import os", "Weights, line 1, number 1: 'import' is no number"),
        ("for x in []: pass", "Weights, line 1: only arrays can be read here"),
        ("1,nan", "Weights: the numbers must be finite, and one is nan."),
        ("[[1, nan]]", "Weights: the numbers must be finite, and one is nan."),
        ("[[nan 1.]\n [2. 3.]]", "Weights: the numbers must be finite, and one is nan."),
        ("W1 = [[1. -inf]\n [2. 3.]]", "Weights, W1: the numbers must be finite, and one is -inf."),
        ("[[Infinity, 1]]", "Weights: the numbers must be finite, and one is inf."),
        ("[[1. 2. ... 3. 4.]]", "Weights, line 1: the three dots stand for numbers that were not"),
        ("W1 = [[1.]\n ...\n [2.]]", "Weights, line 2: the three dots stand for numbers that"),
        ("W1, W2 = [[1]], [[2]]", "Weights, line 1: only arrays can be read here"),
        ("V1 = [[1]]", "Weights: 'V1' is not the name of an array"),
        ("W1 = [[1]]\ndW1 = [[1]]", "Weights: there are two arrays for W1."),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text, said):
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the message follows
        named("Weights", text)
    assert str(raised.value).startswith(said)


FORM = {
    "weights": "W1 = [[0.5, -0.6], [0.1, -0.2], [0.1, 0.7]]\nW2 = [[0.1], [-0.3]]",
    "inputs": "0.5, 0.1, -0.2\n-0.3, 0.8, 0.4",
    "targets": "0.6\n0.2",
    "hidden": "sigmoid",
    "output": "sigmoid",
    "loss": "squared_error",
    "rate": "",
    "decay": "",
}


def dropped():
    """The gradients of a program that forgets the slope of the hidden units."""
    W = named("Weights", FORM["weights"])
    x, t = (arrays(name, FORM[name])[0][1] for name in ("inputs", "targets"))
    a = 1 / (1 + np.exp(-x @ W["W", 1]))
    y = 1 / (1 + np.exp(-a @ W["W", 2]))
    d = (y - t) * y * (1 - y)
    return json.dumps([(x.T @ (d @ W["W", 2].T)).tolist(), (a.T @ d).tolist()])


def test_the_answer_names_the_mistake_and_its_program_says_the_same(capsys):
    given = answer({**FORM, "gradients": dropped()})
    assert given["verdict"] == "wrong"
    assert "Mistake: the slope of the activation is dropped, in layer 1." in given["said"]
    exec(given["program"], {})
    assert capsys.readouterr().out.strip() == given["said"]


def test_weights_may_have_a_row_for_each_unit():
    turned = "W1 = [[0.5, 0.1, 0.1], [-0.6, -0.2, 0.7]]\nW2 = [[0.1, -0.3]]"
    given = answer({**FORM, "weights": turned, "gradients": dropped()})
    assert "slope of the activation is dropped" in given["said"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"rate": "x"}, "Learning rate: 'x' is no number."),
        ({"gradients": "[[1]]"}, "Gradients: they must have the shapes"),
        ({"targets": "1\n2\n3"}, "Targets: they must have shape (N, 1)"),
        ({"inputs": "1, 2\n3, 4\n5, 6\n7, 8"}, "Weights: their shapes do not follow"),
        ({"weights": "W2 = [[1]]"}, "Weights: there must be W1, W2 and so on, not W2."),
        ({"weights": "[1, 2, 3]"}, "Weights, W1: a matrix is expected"),
        ({"loss": "cross_entropy"}, "cross_entropy needs softmax units"),
    ],
)
def test_an_error_names_its_field(changed, said):
    assert answer({**FORM, "gradients": dropped(), **changed})["error"].startswith(said)


@pytest.mark.parametrize("word", ["nan", "NaN", "inf", "Infinity"])
def test_a_number_that_is_none_is_told_as_such_however_it_is_written(word):
    """As Python, JSON and NumPy write it."""
    with pytest.raises(ValueError, match=r"Inputs: the numbers must be finite, and one is \w+\."):
        arrays("Inputs", f"[[1.0, {word}]]")


def test_inputs_without_a_number_are_told_by_the_name_of_their_field():
    form = {"weights": "W1 = [[1.0]]", "inputs": "[[]]", "targets": "[[]]"}
    form |= {"gradients": "W1 = [[]]", "hidden": "tanh", "output": "sigmoid"}
    error = answer({**form, "loss": "squared_error"})["error"]
    assert error == "Inputs: they must not be empty, but have shape (1, 0)"
