"""Back over a layer: the transpose, and the outer product."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="transpose",
    title="Back over a layer",
    statement=(
        "Weights have the shape (inputs, units), and one example is a vector. Complete the two "
        "functions: the error that is attributed to the units of a layer, from the error terms of "
        "the next layer and the weights `W` between the two, and `downhill`, minus the gradient of "
        "such weights, from the output `a` of the layer before and the error terms `delta` of the "
        "layer after."
    ),
    program="""
import numpy as np


def hidden_error(delta_next, W):
    return ...


def downhill(a, delta):
    return ...
""",
    setting=(
        "W = np.array([[0.5, -1.0, 2.0], [0.3, 0.7, -0.4], [1.1, 0.2, 0.6]]); "
        "V = np.array([[0.5, -1.0, 0.4], [0.3, 0.7, -0.2]]); "
        "d = np.array([0.2, -0.5, 1.0]); a = np.array([0.9, 0.1]); b = np.array([0.3, -0.8, 0.5])"
    ),
    tolerance=1e-12,
    parts=[
        Part(
            "hidden_error",
            "return delta_next @ W.T",
            cases=["hidden_error(d, W)", "hidden_error(d, V)"],
            hints=[
                "The result has a number for each row of the weights.",
                "The error of unit j adds up, over the next units k, delta_next[k] times W[j, k].",
            ],
            wrong=[
                Wrong(
                    "return delta_next @ W",
                    "The transpose is missing. With a square matrix the product runs all the same, "
                    "and gives other numbers.",
                ),
                Wrong(
                    "return delta_next * W",
                    "The products are not added up: the error of a unit is a sum over the units of "
                    "the next layer.",
                ),
                Wrong(
                    "return (delta_next * W).sum(axis=0)",
                    "The sum goes down the columns; it must go over the units of the next layer, "
                    "along each row.",
                ),
                Wrong(
                    "return W.sum(axis=1) * delta_next.sum()",
                    "The sums are taken before the product: each error term goes back over its own "
                    "weight.",
                ),
            ],
        ),
        Part(
            "downhill",
            "return np.outer(a, delta)",
            cases=["downhill(a, d)", "downhill(b, d)"],
            hints=[
                "There is a number for each weight, so the shape is that of the weights.",
                "`np.outer` makes a table of products.",
            ],
            wrong=[
                Wrong(
                    "return np.outer(delta, a)",
                    "The table is transposed: rows belong to the layer before, columns to the "
                    "layer after.",
                ),
                Wrong(
                    "return a * delta",
                    "This multiplies number by number, which runs only where both layers have the "
                    "same size; every value must meet every error term.",
                ),
                Wrong(
                    "return a @ delta",
                    "The inner product is a single number; the gradient has one for each weight.",
                ),
                Wrong(
                    "return -np.outer(a, delta)",
                    "There is a minus sign too many: error terms point downhill already.",
                ),
            ],
        ),
    ],
    praise="Right. These two lines are the backward pass of a dense layer, but for the slope.",
)
