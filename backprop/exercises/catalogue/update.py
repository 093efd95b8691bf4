"""One step of learning: all error terms first."""

from dataclasses import replace
from typing import Any

from backprop.diagnosis import Diagnosis
from backprop.exercises.catalogue._examined import MULTIPLIED, downhill
from backprop.exercises.exercise import Exercise, Part, Wrong

MISSING = "the learning rate is missing"


def _doctor(setting: dict[str, Any], computed: Any) -> Diagnosis:
    steps = [new - old for new, old in zip(computed, (setting["W_1"], setting["W_2"]), strict=True)]
    found = downhill(setting, steps, learning_rate=setting["learning_rate"])
    rest = tuple(each for each in found.conventions if not each.startswith("the learning rate"))
    if rest == found.conventions and found.verdict != "unknown" and not _scaled(rest):
        rest = (*rest, MISSING)
    return replace(found, conventions=rest)


def _scaled(conventions: tuple[str, ...]) -> bool:
    return any(each.startswith(MULTIPLIED) for each in conventions)


EXERCISE = Exercise(
    name="update",
    title="One step, in the right order",
    statement=(
        "Complete one step of gradient descent for a network of two layers of sigmoid units "
        "without biases, with squared error and one example. Return the **new** weights; the "
        "arrays that were passed must stay as they are."
    ),
    program="""
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def updated(x, t, W_1, W_2, learning_rate):
    a = sigmoid(x @ W_1)
    y = sigmoid(a @ W_2)
    ...
""",
    setting=(
        "from backprop import Layer, Network\n"
        "W_1 = np.array([[0.5, -0.3, 0.8], [-0.6, 0.9, 0.2]])\n"
        "W_2 = np.array([[1.2, -0.7], [-0.4, 0.6], [0.3, 0.8]])\n"
        "x = np.array([1.0, -0.5]); t = np.array([0.1, 0.9]); learning_rate = 0.5\n"
        "network = Network([Layer(W_1), Layer(W_2)]); X, T = x, t\n"
        "del Layer, Network"
    ),
    parts=[
        Part(
            "updated",
            """
delta_2 = (t - y) * y * (1 - y)
delta_1 = (delta_2 @ W_2.T) * a * (1 - a)
new_1 = W_1 + learning_rate * np.outer(x, delta_1)
new_2 = W_2 + learning_rate * np.outer(a, delta_2)
return new_1, new_2
""",
            cases=["updated(-x, t, W_1, W_2, 0.2)", "updated(x, t, W_1, W_2, learning_rate)"],
            doctor=_doctor,
            hints=[
                "Both error terms belong to the weights of the forward pass.",
                "Compute both error terms before the first weight changes.",
            ],
            wrong=[
                Wrong(
                    "new_2 = W_2 + learning_rate * np.outer(a, delta_2)\n"
                    "delta_1 = (delta_2 @ new_2.T) * a * (1 - a)\n",
                    "over weights that have been updated already",
                    "delta_1 = (delta_2 @ W_2.T) * a * (1 - a)\n",
                ),
                Wrong(
                    "new_1 = W_1 - learning_rate",
                    "W_1 is -1 times what it should be",
                    "new_1 = W_1 + learning_rate",
                ),
                Wrong("(t - y)", "is dropped, in layer 2, the output", "(t - y) * y * (1 - y)"),
                Wrong("(y - t)", "the sign is that of the gradient", "(t - y)"),
                Wrong(
                    "((t - y) @ W_2.T)", "the error of layer 2 is carried back", "(delta_2 @ W_2.T)"
                ),
            ],
        ),
    ],
    praise="Right. In a loop, these lines are all that learning is.",
)
