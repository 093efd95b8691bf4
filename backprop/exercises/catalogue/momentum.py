"""Momentum: a step that remembers."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="momentum",
    title="Momentum",
    statement=(
        "Complete a step of gradient descent with momentum. The velocity `v` is kept from the step "
        "before, `downhill` is minus the gradient, and `mu` is the share of the velocity that "
        "stays. Return the new velocity, which is also what is added to the weights; the arrays "
        "that were passed must stay as they are."
    ),
    program="""
import numpy as np


def momentum_step(v, downhill, learning_rate, mu):
    return ...
""",
    setting="v = np.array([0.2, -0.4, 0.1]); d = np.array([1.0, 0.5, -2.0])",
    parts=[
        Part(
            "momentum_step",
            "return mu * v + learning_rate * downhill",
            cases=["momentum_step(v, d, 0.1, 0.9)", "momentum_step(v, d, 0.3, 0.5)"],
            hints=["A share of the old velocity, plus the usual step."],
            wrong=[
                Wrong(
                    "return mu * v - learning_rate * downhill",
                    "There is a minus sign too many: `downhill` points downhill already.",
                ),
                Wrong(
                    "return v + learning_rate * downhill",
                    "Nothing of the old velocity fades: the factor `mu` is missing.",
                ),
                Wrong("return mu * v + downhill", "The learning rate is missing."),
                Wrong(
                    "return learning_rate * (mu * v + downhill)",
                    "The learning rate multiplies the old velocity as well, which has it already.",
                ),
                Wrong(
                    "return mu * v + (1 - mu) * learning_rate * downhill",
                    "This is a running "
                    "mean: the new step has a factor `1 - mu` too many. It takes smaller steps.",
                ),
                Wrong(
                    "return learning_rate * downhill",
                    "This is plain gradient descent: the old velocity is missing.",
                ),
                Wrong(
                    "v *= mu\nv += learning_rate * downhill\nreturn v",
                    "`momentum_step` changes its argument `v`",
                ),
            ],
        ),
    ],
    praise="Right. One line, and one array that is kept.",
)
