"""Nesterov's step: momentum that looks ahead."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="nesterov",
    title="Nesterov's step",
    statement=(
        "Complete a step of Nesterov's method, in the form in which the network stands at the "
        "place that looks ahead. `downhill` is minus the gradient there, `v` is the velocity of "
        "the step before, and `mu` is the share of it that stays. Return the new velocity and what "
        "is added to the weights; the arrays that were passed must stay as they are."
    ),
    program="""
import numpy as np


def nesterov_step(v, downhill, learning_rate, mu):
    ...
""",
    setting=("v = np.array([0.2, -0.4, 0.1]); d = np.array([1.0, 0.5, -2.0]); zero = np.zeros(3)"),
    parts=[
        Part(
            "nesterov_step",
            """
push = learning_rate * downhill
v = mu * v + push
return v, mu * v + push
""",
            cases=["nesterov_step(zero, d, 1.0, 0.9)", "nesterov_step(v, d, 0.1, 0.8)"],
            hints=[
                "The velocity is that of momentum: a share of the old one, and a push downhill.",
                "The step is the push, and the share of the **new** velocity that is to come.",
                "From rest, with a share of 0.9 and a push of 1, the step is 1.9.",
            ],
            wrong=[
                Wrong(
                    "return v, v",
                    "This is the step of momentum: nothing looks ahead. The step is the push, and "
                    "`mu` times the **new** velocity.",
                    "return v, mu * v + push",
                ),
                Wrong(
                    "return v, mu * v",
                    "The push is missing in the step: the new velocity holds one push, and the "
                    "step needs another one beside the share of it.",
                    "return v, mu * v + push",
                ),
                Wrong(
                    "return v, v + push",
                    "The new velocity comes into the step whole; only the share `mu` of it is "
                    "kept by the step that follows.",
                    "return v, mu * v + push",
                ),
                Wrong(
                    "return v, mu * v + downhill",
                    "The learning rate is missing in the step.",
                    "return v, mu * v + push",
                ),
                Wrong(
                    "v = v + push",
                    "Nothing of the old velocity fades: its factor `mu` is missing.",
                    "v = mu * v + push",
                ),
                Wrong(
                    "push = -learning_rate * downhill",
                    "There is a minus sign too many: `downhill` points downhill already.",
                    "push = learning_rate * downhill",
                ),
                Wrong(
                    "push = downhill",
                    "The learning rate is missing.",
                    "push = learning_rate * downhill",
                ),
                Wrong(
                    "return mu * v + push",
                    "The step alone is returned; the new velocity is needed at the next step, so "
                    "return both.",
                    "return v, mu * v + push",
                ),
                Wrong(
                    "return v, v + mu * v",
                    "The new velocity is added whole, and its share as well; the step is one push, "
                    "and then the share of the new velocity.",
                    "return v, mu * v + push",
                ),
                Wrong(
                    "v = mu * v + (1 - mu) * push",
                    "This is a running mean: the new push has a factor `1 - mu` too many.",
                    "v = mu * v + push",
                ),
                Wrong(
                    "return v, mu * (v + push)",
                    "The share `mu` multiplies the push as well; it belongs to the new velocity "
                    "alone.",
                    "return v, mu * v + push",
                ),
                Wrong(
                    "return mu * v + push, v",
                    "The two are exchanged: the velocity comes first, and then the step.",
                    "return v, mu * v + push",
                ),
                Wrong(
                    "v *= mu\nv += learning_rate * downhill\n"
                    "return v, mu * v + learning_rate * downhill",
                    "`nesterov_step` changes its argument",
                ),
            ],
        ),
    ],
    praise="Right. The same two arrays as momentum, and a step that knows where it is going.",
)
