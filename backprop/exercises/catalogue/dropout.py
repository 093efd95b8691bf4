"""Dropout, forward and back."""

from typing import Any

from backprop.diagnosis import Diagnosis
from backprop.exercises.catalogue._examined import downhill
from backprop.exercises.exercise import Exercise, Part, Wrong


def _doctor(setting: dict[str, Any], computed: Any) -> Diagnosis:
    return downhill(setting, computed, masks={1: setting["M"]})


EXERCISE = Exercise(
    name="dropout",
    title="Dropout, and back",
    statement=(
        "In training, dropout multiplies the outputs `A` of hidden sigmoid units by a mask `M`, "
        "whose numbers are 0 or `1 / kept`. Given is a forward pass with such a mask. Return minus "
        "the gradients of `W_1`, `b_1`, `W_2` and `b_2`, for squared error and the mean over the "
        "examples."
    ),
    program="""
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def backward(X, T, M, W_1, b_1, W_2, b_2):
    A = sigmoid(X @ W_1 + b_1)
    D = A * M
    Y = sigmoid(D @ W_2 + b_2)
    N = len(X)
    ...
""",
    setting=(
        "from backprop import Layer, Network\n"
        "W_1 = np.array([[0.5, -0.3, 0.8], [-0.6, 0.9, 0.2]]); b_1 = np.array([0.1, -0.2, 0.3])\n"
        "W_2 = np.array([[1.2, 0.5], [-0.4, 0.9], [0.7, -1.1]]); b_2 = np.array([0.2, -0.3])\n"
        "X = np.array([[1.0, -0.5], [0.2, 0.7], [-1.1, 0.4], [0.6, 1.3]])\n"
        "T = np.array([[0.1, 0.6], [0.9, 0.2], [0.4, 0.7], [0.8, 0.5]])\n"
        "M = np.array([[2.0, 0, 2], [0, 2, 2], [2, 2, 0], [0, 0, 2]])\n"
        "network = Network([Layer(W_1, b_1), Layer(W_2, b_2)])\n"
        "del Layer, Network"
    ),
    tolerance=1e-12,
    parts=[
        Part(
            "backward",
            """
delta_2 = (T - Y) * Y * (1 - Y)
delta_1 = (delta_2 @ W_2.T) * M * A * (1 - A)
return (
    X.T @ delta_1 / N,
    delta_1.mean(axis=0),
    D.T @ delta_2 / N,
    delta_2.mean(axis=0),
)
""",
            cases=[
                "backward(X[:3], T[:3], M[:3] * 0.625, W_1, b_1, W_2, b_2)",
                "backward(X, T, M, W_1, b_1, W_2, b_2)",
            ],
            doctor=_doctor,
            hints=[
                "A product by a mask goes back as a product by the same mask.",
                "What enters `W_2` is `D`; the slope of the units is that of `A`.",
            ],
            wrong=[
                Wrong(
                    "(delta_2 @ W_2.T) * A",
                    "the mask of dropout is missing on the way back",
                    "(delta_2 @ W_2.T) * M * A",
                ),
                Wrong("* (M > 0) *", "the factor of dropout, 1 / kept, is missing", "* M *"),
                Wrong("(T - Y)", "is dropped, in layer 2, the output", "(T - Y) * Y * (1 - Y)"),
                Wrong("* M\n", "is dropped, in layer 1", "* M * A * (1 - A)\n"),
            ],
        ),
    ],
    praise="Right. What did not go forward does not come back.",
)
