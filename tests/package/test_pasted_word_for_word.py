"""What is pasted gives exact numbers and names, or exact sentences with the field and the place."""

import json

import numpy as np
import pytest

from backprop._pasted import answer, arrays, named

READ = {
    "1,2\n\n\n3\n4\n": {None: [[[1, 2]], [[3], [4]]]},
    "1,,2": {None: [[[1, 2]]]},
    "3": {None: [[[3]]]},
    "[[1. 2.]\n [3. 4.]\n [5. 6.]]": {None: [[[1, 2], [3, 4], [5, 6]]]},
    "[[1.e-03 2.e+00]\n [5.e-01 1.e+01]]": {None: [[[0.001, 2], [0.5, 10]]]},
    "W1 = [[1. 2.]\n      [3. 4.]]\nb1 = [5. 6.]": {"W1": [[[1, 2], [3, 4]]], "b1": [[5, 6]]},
    "(1, +2, -3)": {None: [[1, 2, -3]]},
    "[float32(0.5), np.float64(0.25)]": {None: [[0.5, 0.25]]},
    '["1", 2]': {None: [[1, 2]]},
    "Parameter containing:\ntensor([[1., 2.]])\nParameter containing:\ntensor([3., 4.])": {
        None: [[[1, 2]], [3, 4]]
    },
    "[[[1, 2]], [3, 4]]": {None: [[[1, 2]], [3, 4]]},
    "{('W', 1): [[1]], 'b1': [2]}": {("W", 1): [[[1]]], "b1": [[2]]},
}
"""By name, the arrays that a text has."""


@pytest.mark.parametrize("text", READ)
def test_a_text_has_these_arrays_by_these_names_in_float64(text):
    found = {}
    for name, array in arrays("Weights", text):
        assert array.dtype == np.float64
        found.setdefault(name, []).append(array.tolist())
    assert found == READ[text]


@pytest.mark.parametrize(
    "call", "array Array asarray tensor Tensor float32 float64 np.asarray jnp.Array".split()
)
def test_an_array_may_stand_in_a_call_that_makes_one(call):
    ((name, array),) = arrays("Weights", f"W1 = {call}([[1, 2]], dtype=x)")
    assert (name, array.tolist()) == ("W1", [[1, 2]])


@pytest.mark.parametrize(
    ("word", "number"),
    [("nan", "nan"), ("NaN", "nan"), ("inf", "inf"), ("Infinity", "inf"), ("-Infinity", "-inf")],
)
def test_a_number_that_is_not_finite_is_known_in_each_language(word, number):
    with pytest.raises(ValueError, match=f"the numbers must be finite, and one is {number}.$"):
        arrays("Weights", f"W1 = [[1, {word}]]")


NO_NUMBER = "is no number and no array."
ROWS = "the rows must be numbers, as many in each row."
REFUSED = {
    "W1 = [[1. ... 2.]\n ...\n [3. ... 4.]]": "Weights, line 1: the three dots stand for numbers "
    "that were not printed: paste all of them.",
    "-x": "Weights, line 1, number 1: '-x' is no number.",
    "1\n2,3": "Weights, line 2: 2 numbers, and the line before has 1.",
    "1,inf": "Weights: the numbers must be finite, and one is inf.",
    "W1 = [[1e999]]": "Weights, W1: the numbers must be finite, and one is inf.",
    "W1 = [[1, 2], [3]]": f"Weights, W1: {ROWS}",
    "[['a']]": f"Weights: {ROWS}",
    "W1 = [[1, 2],\n  [3, x]]": f"Weights, line 2, column 7: 'x' {NO_NUMBER}",
    "[[-x]]": f"Weights, line 1, column 4: 'x' {NO_NUMBER}",
    "[1, +x]": f"Weights, line 1, column 6: 'x' {NO_NUMBER}",
    "{x: [[1]]}": f"Weights, line 1, column 2: 'x' {NO_NUMBER}",
    '{"W1": [x]}': f"Weights, line 1, column 9: 'x' {NO_NUMBER}",
    "array([y])": f"Weights, line 1, column 8: 'y' {NO_NUMBER}",
    "W1 = np.zeros(3)": f"Weights, line 1, column 6: 'np.zeros(3)' {NO_NUMBER}",
    "{**x}": f"Weights, line 1, column 1: '{{**x}}' {NO_NUMBER}",
    "W1 += [1]": "Weights, line 1: only arrays can be read here, such as W1 = [[0.5, -0.6]].",
    "Wx = [[1]]": "Weights: 'Wx' is not the name of an array, such as W1 or b1.",
    "{('V', 1): [[1]]}": "Weights: ('V', 1) is not the name of an array, such as W1 or b1.",
    "b1 = [1]\nb_1 = [2]": "Weights: there are two arrays for b1.",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_read_is_refused_in_these_words(text):
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the message follows
        named("Weights", text)
    assert str(raised.value) == REFUSED[text]


def test_an_open_bracket_is_shown_by_its_line_and_column():
    with pytest.raises(ValueError, match=r"^Weights, line 2, column 6: this is no array \("):
        arrays("Weights", "W1 = [[1]]\nb1 = [1")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[[1, 2]]\n[3, 4]\n[5, 6]", "W1 b1 W2"),
        ("[[1], [2]]\n[[3]]\n[[4]]\n[[5]]", "W1 W2 b2 W3"),
        ("[1, 2]\n[3, 4]", "W1 b1"),
    ],
)
def test_a_vector_after_weights_is_their_biases_and_another_is_not(text, names):
    assert " ".join(f"{name}{l}" for name, l in named("Weights", text)) == names


X, T = np.array([[0.5, 0.1, -0.2], [-0.3, 0.8, 0.4]]), np.array([[0.6], [0.2]])
W1, b1 = np.array([[0.5, -0.6], [0.1, -0.2], [0.1, 0.7]]), np.array([0.3, -0.4])
W2, b2 = np.array([[0.1], [-0.3]]), np.array([0.2])
FORM = {
    "weights": f"W1 = {W1.tolist()}\nb1 = {b1.tolist()}\nW2 = {W2.tolist()}\nb2 = {b2.tolist()}",
    "inputs": "0.5, 0.1, -0.2\n-0.3, 0.8, 0.4",
    "targets": "0.6\n0.2",
    "hidden": "tanh",
    "output": "sigmoid",
    "loss": "squared_error",
}


def gradient(x, target, weight_decay=0.0, factor=1.0):
    """The gradient of the network of the form, of a sum over the examples, as it is pasted."""
    a = np.tanh(x @ W1 + b1)
    y = 1 / (1 + np.exp(-(a @ W2 + b2)))
    d2 = (y - target) * y * (1 - y)
    d1 = (d2 @ W2.T) * (1 - a**2)
    found = {
        "W1": np.atleast_2d(x).T @ np.atleast_2d(d1) + weight_decay * W1,
        "b1": np.atleast_2d(d1).sum(axis=0),
        "W2": np.atleast_2d(a).T @ np.atleast_2d(d2) + weight_decay * W2,
        "b2": np.atleast_2d(d2).sum(axis=0),
    }
    return json.dumps({name: (factor * array).tolist() for name, array in found.items()})


ONE = {"inputs": "[0.5, 0.1, -0.2]", "targets": "[0.6]"}
PENALTY = "the gradient of the penalty"
ANSWERED = {
    "a gradient": ({"gradients": gradient(X, T)}, "right", ""),
    "biases in rows": (
        {
            "weights": FORM["weights"].replace("[0.3, -0.4]", "[[0.3, -0.4]]"),
            "gradients": gradient(X, T),
        },
        "right",
        "",
    ),
    "one example": ({**ONE, "gradients": gradient(X[0], T[0])}, "right", ""),
    "with weight decay": (
        {"decay": " 0.01 ", "gradients": gradient(X, T, 0.01)},
        "right",
        "",
    ),
    "a step": (
        {"rate": "0.25", "gradients": gradient(X, T, factor=-0.25)},
        "right",
        "learning rate",
    ),
    "a step with weight decay": (
        {"rate": "0.25", "decay": "0.01", "gradients": gradient(X, T, 0.01, -0.25)},
        "right",
        "learning rate",
    ),
    "without the penalty": (
        {"rate": "", "decay": "0.01", "gradients": gradient(X, T)},
        "wrong",
        PENALTY,
    ),
    "columns": (
        {
            "inputs": "0.5, -0.3\n0.1, 0.8\n-0.2, 0.4",
            "targets": "0.6, 0.2",
            "gradients": gradient(X, T),
        },
        "right",
        "",
    ),
}
"""What is pasted beside the form, the verdict, and words of what is said."""


@pytest.mark.parametrize("name", ANSWERED)
def test_the_doctor_sees_all_that_is_pasted_and_its_program_says_the_same(name, capsys):
    given, verdict, words = ANSWERED[name]
    found = answer({**FORM, **given})
    assert found.get("verdict") == verdict, found
    assert words in found["said"]
    exec(found["program"], {})
    assert capsys.readouterr().out.strip() == found["said"]


def test_the_program_has_what_was_pasted():
    given = {"rate": "0.25", "decay": "0.01", "gradients": "[[1]]"}
    assert "program" not in answer({**FORM, **given})
    said = answer({**FORM, **given, "gradients": gradient(X, T)})["program"]
    assert said.startswith("from backprop import Layer, Network, diagnose, sigmoid, squared_error,")
    assert f"        Layer({W1.tolist()}, [0.3, -0.4], tanh),\n" in said
    assert f"        Layer({W2.tolist()}, [0.2], sigmoid),\n    ],\n    squared_error,\n)" in said
    assert f"\nx = {X.tolist()}\ntarget = {T.tolist()}\n" in said
    assert said.endswith("computed, learning_rate=0.25, weight_decay=0.01))\n")


SENTENCES = {
    "gradients": {
        "[[1]]": "Gradients: they must have the shapes {W1: (3, 2), b1: (2,), W2: (2, 1), "
        "b2: (1,)}, or transposed, not {W1: (1, 1)}",
        "v": "Gradients, line 1, number 1: 'v' is no number.",
    },
    "weights": {
        "V1=[1]": "Weights: 'V1' is not the name of an array, such as W1 or b1.",
        "W1 = [[1]]\nW3 = [[1]]\nb3 = [1]": "Weights: there must be W1, W2 and so on, "
        "not W1, W3, b3.",
        "W1 = [[1]]\nb2 = [1]": "Weights: there must be W1, W2 and so on, not W1, b2.",
        "[1, 2, 3]": "Weights, W1: a matrix is expected, as [[...], ...], not (3,).",
    },
    "inputs": {
        "1, 2\n3, 4\n5, 6\n7, 8": "Weights: their shapes do not follow on each other: "
        "inputs (4, 2), and weights (3, 2), (2, 1).",
        "z": "Inputs, line 1, number 1: 'z' is no number.",
        "[1]\n[2]": "Inputs: there must be one array, not 2.",
        "[[[[0.5, 0.1, -0.2]]]]": "Inputs: they must have shape (N, 3), not (1, 1, 1, 3)",
        "": "Inputs: paste the numbers here.",
    },
    "targets": {
        "w": "Targets, line 1, number 1: 'w' is no number.",
        "1\n\n2": "Targets: there must be one array, not 2.",
        "0.6\n0.2\n0.1": "Targets: they must have shape (N, 1), not (3, 1)",
    },
    "rate": {" x ": "Learning rate: 'x' is no number."},
    "decay": {"y": "Weight decay: 'y' is no number."},
    "loss": {
        "binary_cross_entropy": "binary_cross_entropy needs sigmoid units in the last layer, "
        "not identity"
    },
}


@pytest.mark.parametrize(
    ("field", "text"), [(field, text) for field, texts in SENTENCES.items() for text in texts]
)
def test_each_error_is_one_sentence_with_its_field(field, text):
    output = "identity" if field == "loss" else "sigmoid"
    form = {**FORM, "output": output, "gradients": gradient(X, T), field: text}
    assert answer(form) == {"error": SENTENCES[field][text]}
