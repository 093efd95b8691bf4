"""Many examples at once."""

from typing import Any

from backprop.diagnosis import Diagnosis
from backprop.exercises.catalogue._examined import downhill
from backprop.exercises.exercise import Exercise, Part, Wrong


def _doctor(setting: dict[str, Any], computed: Any) -> Diagnosis:
    return downhill(setting, computed)


EXERCISE = Exercise(
    name="batch",
    title="Many examples at once",
    statement=(
        "Examples are rows now: `X` has the shape (N, 2), `T` has the shape (N, 1), and the loss "
        "is the **mean** over the examples. Return minus the gradients of `W_1`, `b_1`, `W_2` and "
        "`b_2` in the shapes of these arrays."
    ),
    program="""
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def backward(X, T, W_1, b_1, W_2, b_2):
    A = sigmoid(X @ W_1 + b_1)
    Y = sigmoid(A @ W_2 + b_2)
    N = len(X)
    ...
""",
    setting=(
        "from backprop import Layer, Network\n"
        "W_1 = np.array([[0.5, -0.3, 0.8], [-0.6, 0.9, 0.2]]); b_1 = np.array([0.1, -0.2, 0.3])\n"
        "W_2 = np.array([[1.2], [-0.4], [0.7]]); b_2 = np.array([0.2])\n"
        "X = np.array([[1.0, -0.5], [0.2, 0.7], [-1.1, 0.4], [0.6, 1.3]])\n"
        "T = np.array([[0.1], [0.9], [0.4], [0.8]])\n"
        "network = Network([Layer(W_1, b_1), Layer(W_2, b_2)])\n"
        "del Layer, Network"
    ),
    tolerance=1e-12,
    parts=[
        Part(
            "backward",
            """
delta_2 = (T - Y) * Y * (1 - Y)
delta_1 = (delta_2 @ W_2.T) * A * (1 - A)
return (
    X.T @ delta_1 / N,
    delta_1.mean(axis=0),
    A.T @ delta_2 / N,
    delta_2.mean(axis=0),
)
""",
            cases=[
                "backward(X[1:], T[1:] - 0.1, W_1[:, :2], b_1[:2], W_2[:2], b_2)",
                "backward(X, T, W_1, b_1, W_2, b_2)",
            ],
            doctor=_doctor,
            hints=[
                "The formulas for the error terms stay the same, with a row for each example.",
                "`X.T @ delta_1` adds up over the examples; the mean divides the sum by N.",
            ],
            wrong=[
                Wrong("delta_1.sum(axis=0)", "b_1 is 4 times", "delta_1.mean(axis=0)"),
                Wrong("(T.mean() - Y)", "t was broadcast", "(T - Y)"),
                Wrong("delta_1[-1]", "the last example alone is counted", "delta_1.mean(axis=0)"),
                Wrong("(T - Y)", "is dropped, in layer 2", "(T - Y) * Y * (1 - Y)"),
                Wrong(
                    "(delta_2 @ W_2.T)",
                    "is dropped, in layer 1",
                    "(delta_2 @ W_2.T) * A * (1 - A)",
                ),
                Wrong("N = 1\ndelta_2 =", "the weights are summed", "delta_2 ="),
            ],
        ),
    ],
    praise="Right. One matrix product adds up over all examples, however many there are.",
)
