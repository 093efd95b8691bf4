"""The slope of a sigmoid unit, from its output."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="slope",
    title="The slope of a sigmoid unit",
    statement=(
        "Complete the two functions. The first is the sigmoid of a pre-activation `z`. The second "
        "is the slope of the unit, the derivative of the sigmoid, and computes it from the "
        "**output** `a` of the unit alone. Both must work for a number and for an array."
    ),
    program="""
import numpy as np


def sigmoid(z):
    return ...


def slope(a):
    return ...


print(sigmoid(0.24), slope(0.56))
""",
    setting="z = np.array([-2.0, 0.0, 0.5, 3.0]); a = np.array([0.1, 0.5, 0.8, 0.97])",
    tolerance=1e-12,
    parts=[
        Part(
            "sigmoid",
            "return 1 / (1 + np.exp(-z))",
            cases=["sigmoid(0.24)", "sigmoid(z)"],
            hints=[
                "For large `z` the sigmoid is close to 1, and for very negative `z` close to 0.",
                "The exponential is `np.exp`, and its argument has a minus sign.",
            ],
            wrong=[
                Wrong(
                    "return 1 / (1 + np.exp(z))",
                    "The minus sign in the exponent is missing, so the function falls where the "
                    "sigmoid rises.",
                ),
                Wrong(
                    "return 1 / 1 + np.exp(-z)",
                    "Brackets are missing: `1 / 1 + np.exp(-z)` divides 1 by 1, and then adds the "
                    "exponential.",
                ),
                Wrong(
                    "return np.tanh(z)",
                    "This is the hyperbolic tangent, which is a relative of "
                    "the sigmoid and lies between -1 and 1.",
                ),
                Wrong("return np.maximum(z, 0)", "This is the rectifier (ReLU), not the sigmoid."),
            ],
        ),
        Part(
            "slope",
            "return a * (1 - a)",
            cases=["slope(0.56)", "slope(a)"],
            hints=[
                "Differentiate `1 / (1 + exp(-z))`, and write the result with `a` alone.",
                "At `z = 0` the output is one half and the slope is one quarter.",
            ],
            wrong=[
                Wrong(
                    "return sigmoid(a) * (1 - sigmoid(a))",
                    "The sigmoid has been applied twice: `a` is the output already, and not the "
                    "pre-activation.",
                ),
                Wrong(
                    "return 1 - a", "The factor `a` is missing: both factors belong to the slope."
                ),
                Wrong("return a", "This is the output itself, and not how steeply it rises."),
                Wrong(
                    "return a * (a - 1)",
                    "The sign is the other way round: a sigmoid rises everywhere, so its slope is "
                    "positive.",
                ),
                Wrong(
                    "return 1 - a**2",
                    "This is the slope of a tanh unit; a sigmoid unit has another.",
                ),
                Wrong("return a * 1 - a", "Brackets are missing: `a * 1 - a` is 0."),
            ],
        ),
    ],
    praise="Right. From now on a slope costs one product, because the output is known already.",
)
