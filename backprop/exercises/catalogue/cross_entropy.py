"""Cross-entropy, and the gradient of a classifier."""

from typing import Any

from backprop.diagnosis import Diagnosis
from backprop.exercises.catalogue._examined import downhill
from backprop.exercises.exercise import Exercise, Part, Wrong


def _doctor(setting: dict[str, Any], computed: Any) -> Diagnosis:
    return downhill(setting, computed)


EXERCISE = Exercise(
    name="cross-entropy",
    title="Softmax and cross-entropy",
    statement=(
        "A classifier has tanh units, then softmax with cross-entropy. The rows of `T` are "
        "one-hot, and the loss is the mean over the N examples. Complete the loss, from the "
        "probabilities `Y`, and then minus the gradients of `W_1`, `b_1`, `W_2` and `b_2`."
    ),
    program="""
import numpy as np


def softmax(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def loss(Y, T):
    return ...


def backward(X, T, W_1, b_1, W_2, b_2):
    A = np.tanh(X @ W_1 + b_1)
    Y = softmax(A @ W_2 + b_2)
    N = len(X)
    ...
""",
    setting=(
        "from backprop import Layer, Network, cross_entropy, softmax as units, tanh\n"
        "W_1 = np.array([[0.5, -0.3], [-0.6, 0.9], [0.4, 1.0]]); b_1 = np.array([0.1, -0.2])\n"
        "W_2 = np.array([[1.2, -0.7, 0.5], [-0.4, 0.6, 1.1]]); b_2 = np.array([0.2, 0.0, -0.1])\n"
        "X = np.array([[1, -0.5, 0.2], [0.3, 0.7, -0.4], [-1.1, 0.4, 0.9], [0.6, 1.3, -0.8]])\n"
        "T = np.array([[1.0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 0, 1]])\n"
        "Y = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.5, 0.25, 0.25], [0.2, 0.2, 0.6]])\n"
        "halves = np.array([[0.3, 0.7], [0.6, 0.4], [0.5, 0.5]])\n"
        "network = Network([Layer(W_1, b_1, tanh), Layer(W_2, b_2, units)], cross_entropy)\n"
        "del Layer, Network, cross_entropy, units, tanh"
    ),
    tolerance=1e-12,
    parts=[
        Part(
            "loss",
            "return -np.sum(T * np.log(Y)) / len(Y)",
            cases=["loss(Y, T)", "loss(halves, T[1:, 1:])"],
            hints=[
                "Minus the logarithm of the probability of the right class, averaged over rows."
            ],
            wrong=[
                Wrong(
                    "return np.sum(T * np.log(Y)) / len(Y)",
                    "The minus sign is missing: the logarithm of a probability is negative.",
                ),
                Wrong(
                    "return -np.sum(T * np.log(Y))",
                    "The sum must be divided by the number of examples.",
                ),
                Wrong(
                    "return -np.mean(T * np.log(Y))",
                    "The mean is taken over all numbers of the "
                    "array; it must be taken over the examples alone.",
                ),
                Wrong(
                    "return -np.sum(Y * np.log(Y)) / len(Y)",
                    "This is the entropy of the outputs: the targets are missing.",
                ),
                Wrong(
                    "return -np.sum(T * np.log2(Y)) / len(Y)",
                    "The logarithm is the natural one, `np.log`.",
                ),
                Wrong("return np.sum((T - Y) ** 2) / 2 / len(Y)", "This is the squared error."),
                Wrong(
                    "return -np.sum(T * np.log(Y) + (1 - T) * np.log(1 - Y)) / len(Y)",
                    "This is the binary cross-entropy, for sigmoid outputs.",
                ),
            ],
        ),
        Part(
            "backward",
            """
delta_2 = T - Y
delta_1 = (delta_2 @ W_2.T) * (1 - A**2)
return (
    X.T @ delta_1 / N,
    delta_1.mean(axis=0),
    A.T @ delta_2 / N,
    delta_2.mean(axis=0),
)
""",
            cases=[
                "backward(X[1:], T[1:, 1:], W_1, b_1, W_2[:, 1:], b_2[1:])",
                "backward(X, T, W_1, b_1, W_2, b_2)",
            ],
            doctor=_doctor,
            hints=[
                "For softmax with cross-entropy, the error term of the output is very short.",
                "The slope of a tanh unit is one minus its output squared.",
            ],
            wrong=[
                Wrong("(T - Y) * Y * (1 - Y)", "has a slope too many", "T - Y"),
                Wrong("T * (1 - Y)", "the diagonal of its derivative alone", "T - Y"),
                Wrong("Y - T", "the sign is that of the gradient", "T - Y"),
                Wrong(
                    "(delta_2 @ W_2.T)", "is dropped, in layer 1", "(delta_2 @ W_2.T) * (1 - A**2)"
                ),
                Wrong("N = 1\ndelta_2 =", "the weights are summed", "delta_2 ="),
            ],
        ),
    ],
    praise="Right. The slope of softmax has canceled, so the error term is target minus output.",
)
