"""A backward pass of one's own, for a whole network."""

from typing import Any

from backprop.diagnosis import Diagnosis
from backprop.exercises.catalogue._examined import downhill
from backprop.exercises.exercise import Exercise, Part, Wrong


def _doctor(setting: dict[str, Any], computed: Any) -> Diagnosis:
    return downhill(setting, computed)


EXERCISE = Exercise(
    name="whole-network",
    title="The whole backward pass",
    statement=(
        "Complete the backward pass of a network with two layers of sigmoid units and squared "
        "error, for **one example** `x` with the target `t`. Return minus the gradients of `W_1`, "
        "`b_1`, `W_2` and `b_2`, in this order, each in the shape of its array. Whatever you "
        "return is shown to the package's `diagnose`, which knows some hundred mistakes."
    ),
    program="""
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def backward(x, t, W_1, b_1, W_2, b_2):
    a = sigmoid(x @ W_1 + b_1)
    y = sigmoid(a @ W_2 + b_2)
    ...
""",
    setting=(
        "from backprop import Layer, Network\n"
        "W_1 = np.array([[0.5, -0.3, 0.8], [-0.6, 0.9, 0.2]]); b_1 = np.array([0.1, -0.2, 0.3])\n"
        "W_2 = np.array([[1.2, -0.7, 0.5], [-0.4, 0.6, 1.1], [0.3, 0.8, -0.9]])\n"
        "b_2 = np.array([0.2, 0.0, -0.1]); x = np.array([1.0, -0.5])\n"
        "t = np.array([0.1, 0.9, 0.4])\n"
        "network = Network([Layer(W_1, b_1), Layer(W_2, b_2)]); X, T = x, t\n"
        "del Layer, Network"
    ),
    tolerance=1e-12,
    parts=[
        Part(
            "backward",
            """
delta_2 = (t - y) * y * (1 - y)
delta_1 = (delta_2 @ W_2.T) * a * (1 - a)
return np.outer(x, delta_1), delta_1, np.outer(a, delta_2), delta_2
""",
            cases=[
                "backward(x - 0.3, 1 - t, W_1, b_1, W_2, b_2)",
                "backward(x, t, W_1, b_1, W_2, b_2)",
            ],
            doctor=_doctor,
            hints=[
                "First `delta_2`, the error times the slope; then `delta_1`; then the four arrays.",
                "A bias is a weight whose input is 1, so minus its gradient is the error term.",
            ],
            wrong=[
                Wrong("(t - y)", "is dropped, in layer 2, the output", "(t - y) * y * (1 - y)"),
                Wrong(
                    "(delta_2 @ W_2.T)", "is dropped, in layer 1", "(delta_2 @ W_2.T) * a * (1 - a)"
                ),
                Wrong(
                    "delta_2 @ W_2)", "over the weights, not their transpose", "delta_2 @ W_2.T)"
                ),
                Wrong(
                    "((t - y) @ W_2.T)",
                    "the error of layer 2 is carried back to layer 1",
                    "(delta_2 @ W_2.T)",
                ),
                Wrong("(y - t)", "the sign is that of the gradient", "(t - y)"),
                Wrong(
                    "0 * delta_1, np.outer(a",
                    "the gradient of the biases is missing, in layer 1",
                    "delta_1, np.outer(a",
                ),
            ],
        ),
    ],
    praise="Right: the same numbers as the package gives, from your own backward pass.",
)
