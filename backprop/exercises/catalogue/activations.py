"""Slopes of three activations."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="activations",
    title="The slopes of tanh, ReLU and leaky ReLU",
    statement=(
        "Complete three slopes, each for an array. The slope of tanh is computed from the output "
        "`a`, and those of the rectifiers are computed from the pre-activation `z`. At 0 the slope "
        "of ReLU counts as 0, and that of the leaky one as 0.01."
    ),
    program="""
import numpy as np


def tanh_slope(a):
    return ...


def relu_slope(z):
    return ...


def leaky_relu_slope(z):
    return ...
""",
    setting="a = np.array([-0.9, -0.2, 0.0, 0.7]); z = np.array([-2.0, -0.1, 0.0, 0.3, 4.0])",
    tolerance=1e-12,
    parts=[
        Part(
            "tanh_slope",
            "return 1 - a**2",
            cases=["tanh_slope(a)", "tanh_slope(a[:3] / 2)"],
            hints=["The derivative of tanh is one minus its square, and `a` is tanh already."],
            wrong=[
                Wrong(
                    "return 1 - np.tanh(a) ** 2",
                    "The tanh has been applied twice: `a` is the output already.",
                ),
                Wrong("return a * (1 - a)", "This is the slope of a sigmoid unit."),
                Wrong("return 1 - a", "The square is missing."),
                Wrong("return (1 - a) ** 2", "The square belongs to `a` alone."),
            ],
        ),
        Part(
            "relu_slope",
            "return np.where(z > 0, 1.0, 0.0)",
            cases=["relu_slope(z)", "relu_slope(z[1:] / 100)"],
            hints=["The slope is 1 where the unit lets its input through, and 0 elsewhere."],
            wrong=[
                Wrong(
                    "return np.maximum(z, 0)",
                    "This is ReLU itself; its slope is 1 or 0.",
                ),
                Wrong(
                    "return np.where(z >= 0, 1.0, 0.0)",
                    "All is right but for 0 itself, where the slope is to count as 0.",
                ),
                Wrong("return np.ones_like(z)", "Where the input is negative, the slope is 0."),
                Wrong("return np.sign(z)", "Where the input is negative, the slope is 0, not -1."),
                Wrong(
                    "return 1.0 if z > 0 else 0.0",
                    "An `if` decides once for the whole array, and NumPy refuses: use `np.where`, "
                    "or a comparison, which decide for each number.",
                ),
            ],
        ),
        Part(
            "leaky_relu_slope",
            "return np.where(z > 0, 1.0, 0.01)",
            cases=["leaky_relu_slope(z)", "leaky_relu_slope(z[1:] / 100)"],
            hints=["As before, with 0.01 in the place of 0."],
            wrong=[
                Wrong("return np.where(z > 0, z, 0.01 * z)", "This is the leaky ReLU itself."),
                Wrong(
                    "return np.where(z > 0, 1.0, 0.0)", "This is the slope of ReLU: nothing leaks."
                ),
                Wrong(
                    "return np.where(z > 0, 1.0, -0.01)",
                    "The sign is the other way round: the function rises on the left, too.",
                ),
                Wrong(
                    "return np.where(z > 0, 1.0, 0.01 * z)",
                    "On the left stands the value; the slope there is the same number everywhere.",
                ),
            ],
        ),
    ],
    praise="Right. A backward pass needs nothing else of an activation than its slope.",
)
