"""A penalty in the loss, and in the gradient."""

from dataclasses import replace
from typing import Any

from backprop.diagnosis import Diagnosis
from backprop.exercises.catalogue._examined import downhill
from backprop.exercises.exercise import Exercise, Part, Wrong


def _doctor(setting: dict[str, Any], computed: Any) -> Diagnosis:
    found = downhill(setting, computed, weight_decay=setting["decay"])
    # This is how it is asked for.
    rest = tuple(
        each for each in found.conventions if not each.startswith("the penalty is counted")
    )
    return replace(found, conventions=rest)


EXERCISE = Exercise(
    name="weight-decay",
    title="A penalty on the weights",
    statement=(
        "The loss of one layer of sigmoid units is the mean squared error, with its half, plus "
        "`decay` times half the sum of the squared **weights**. The biases have no penalty. Return "
        "minus the gradients of `W` and `b`."
    ),
    program="""
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def backward(X, T, W, b, decay):
    Y = sigmoid(X @ W + b)
    delta = (T - Y) * Y * (1 - Y)
    ...
""",
    setting=(
        "from backprop import Layer, Network\n"
        "W = np.array([[0.5, -0.3], [-0.6, 0.9], [0.4, 1.0]]); b = np.array([0.4, -0.7])\n"
        "X = np.array([[1, -0.5, 0.2], [0.3, 0.7, -0.4], [-1.1, 0.4, 0.9], [0.6, 1.3, -0.8]])\n"
        "T = np.array([[0.1, 0.9], [0.8, 0.3], [0.5, 0.2], [0.7, 0.6]]); decay = 0.1\n"
        "network = Network([Layer(W, b)])\n"
        "del Layer, Network"
    ),
    tolerance=1e-12,
    parts=[
        Part(
            "backward",
            "return X.T @ delta / len(X) - decay * W, delta.mean(axis=0)",
            cases=["backward(X[1:], T[1:], W, b, 0.3)", "backward(X, T, W, b, decay)"],
            doctor=_doctor,
            hints=[
                "Differentiate half the square of one weight.",
                "The result is minus the gradient, so the penalty pulls each weight towards 0.",
            ],
            wrong=[
                Wrong(
                    "return X.T @ delta / len(X), delta.mean(axis=0)",
                    "the gradient of the penalty is forgotten",
                ),
                Wrong(
                    "return X.T @ delta / len(X) - 2 * decay * W, delta.mean(axis=0)",
                    "the gradient of the penalty is doubled",
                ),
                Wrong(
                    "return X.T @ delta / len(X) - decay * W / 2, delta.mean(axis=0)",
                    "the gradient of the penalty is halved",
                ),
                Wrong(
                    "return X.T @ delta / len(X) - decay * W, delta.mean(axis=0) - decay * b",
                    "the biases are penalized as well",
                ),
            ],
        ),
    ],
    praise="Right. The penalty takes the same share of every weight at each step.",
)
