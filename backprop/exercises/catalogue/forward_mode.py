"""Forward mode: a direction is carried through a network."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="forward-mode",
    title="A direction, carried forward",
    statement=(
        "A network has tanh units and then a linear output. Complete `jvp`: if the input `x` "
        "changes in the direction `x_dot`, in which direction `y_dot` does the output change? Then "
        "put together the whole Jacobian, which has a row for each input and a column for each "
        "output, by one call of `jvp` for each input."
    ),
    program="""
import numpy as np


def jvp(x, x_dot, W_1, b_1, W_2, b_2):
    a = np.tanh(x @ W_1 + b_1)
    y = a @ W_2 + b_2
    ...


def jacobian(x, W_1, b_1, W_2, b_2):
    return ...
""",
    setting=(
        "x = np.array([0.5, -1.0, 0.3]); x_dot = np.array([1.0, 0.4, -0.7])\n"
        "W_1 = np.array([[0.5, -0.3, 0.8, 0.1], [-0.6, 0.9, 0.2, -0.5], [0.4, 1.0, -0.7, 0.3]])\n"
        "b_1 = np.array([0.1, -0.2, 0.3, 0.4])\n"
        "W_2 = np.array([[1.2, -0.7], [-0.4, 0.6], [0.3, 0.8], [0.9, -0.2]])\n"
        "b_2 = np.array([0.2, -0.5]); still = np.zeros(3)"
    ),
    tolerance=1e-12,
    parts=[
        Part(
            "jvp",
            """
a_dot = (x_dot @ W_1) * (1 - a**2)
return a_dot @ W_2
""",
            cases=[
                "jvp(x, x_dot, W_1, b_1, W_2, b_2)",
                "jvp(x, still, W_1, b_1, W_2, b_2)",
            ],
            hints=[
                "A product with a matrix carries a direction on by the same product.",
                "A bias does not change, so it adds nothing to the direction.",
                "The activation multiplies the direction by its slope, `1 - a**2`.",
            ],
            wrong=[
                Wrong(
                    "a_dot = x_dot @ W_1",
                    "The slope of the hidden units is missing.",
                    "a_dot = (x_dot @ W_1) * (1 - a**2)",
                ),
                Wrong(
                    "a_dot = np.tanh(x_dot @ W_1)",
                    "The activation is applied to the direction; a direction is multiplied by the "
                    "slope.",
                    "a_dot = (x_dot @ W_1) * (1 - a**2)",
                ),
                Wrong(
                    "a_dot = (x_dot @ W_1 + b_1) * (1 - a**2)",
                    "The bias has been added to the direction; a bias stands still, so its "
                    "derivative is 0.",
                    "a_dot = (x_dot @ W_1) * (1 - a**2)",
                ),
                Wrong(
                    "return a_dot @ W_2 + b_2",
                    "The bias of the output has been added to the direction; a bias stands still, "
                    "so its derivative is 0.",
                    "return a_dot @ W_2",
                ),
                Wrong(
                    "(1 - (x @ W_1 + b_1) ** 2)",
                    "The slope is computed from the pre-activation; the formula `1 - a**2` is for "
                    "the output of the unit.",
                    "(1 - a**2)",
                ),
                Wrong(
                    "a * (1 - a)",
                    "This is the slope of a sigmoid unit; the units here are tanh.",
                    "(1 - a**2)",
                ),
                Wrong(
                    "(1 - (x_dot @ W_1) ** 2)",
                    "The slope is taken at the direction; it must be taken where the network is.",
                    "(1 - a**2)",
                ),
                Wrong(
                    "return y",
                    "This is the output itself, and not how it changes.",
                ),
                Wrong(
                    "a_dot = ((x + x_dot) @ W_1) * (1 - a**2)",
                    "The input has been moved by the whole direction; the direction alone is "
                    "carried on.",
                    "a_dot = (x_dot @ W_1) * (1 - a**2)",
                ),
                Wrong(
                    "return (a_dot @ W_2) * (1 - y**2)",
                    "The output is linear, so its slope is 1.",
                    "return a_dot @ W_2",
                ),
            ],
        ),
        Part(
            "jacobian",
            "return np.array([jvp(x, e, W_1, b_1, W_2, b_2) for e in np.eye(len(x))])",
            cases=["jacobian(x, W_1, b_1, W_2, b_2)", "jacobian(x[:2], W_1[:2], b_1, W_2, b_2)"],
            hints=[
                "The direction in which input i alone changes is 1 at place i, and 0 elsewhere.",
                "These directions are the rows of `np.eye(len(x))`.",
            ],
            wrong=[
                Wrong(
                    "return jvp(x, np.ones(len(x)), W_1, b_1, W_2, b_2)",
                    "All inputs change at once, so the rows of the Jacobian are added up. One "
                    "call of forward mode knows one direction.",
                ),
                Wrong(
                    "return np.array([jvp(x, e, W_1, b_1, W_2, b_2) for e in np.eye(len(x))]).T",
                    "The Jacobian is transposed: rows belong to the inputs.",
                ),
                Wrong(
                    "return np.array([jvp(e, x, W_1, b_1, W_2, b_2) for e in np.eye(len(x))])",
                    "Place and direction are exchanged: the network stays at `x`.",
                ),
                Wrong(
                    "return np.array([jvp(x, e, W_1, b_1, W_2, b_2) for e in np.diag(x)])",
                    "Each row is multiplied by its input: a direction is 1 at one place, and not "
                    "the input there.",
                ),
                Wrong(
                    "return (W_1 @ W_2)",
                    "This is the Jacobian of a network without activations: the slopes are "
                    "missing.",
                ),
            ],
        ),
    ],
    praise="Right. One pass for each input: now you know why a gradient is computed in reverse.",
)
