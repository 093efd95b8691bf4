"""Softmax, for large numbers, too."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="softmax",
    title="Softmax that does not overflow",
    statement=(
        "Complete softmax for a batch of logits `Z`, of which each **row** is one example. The "
        "function must be right for logits such as 1000, too, whose exponential overflows."
    ),
    program="""
import numpy as np


def softmax(Z):
    return ...
""",
    setting=(
        "Z = np.array([[2.0, 1.0, 0.0], [-1.0, 0.5, 0.5]]); "
        "large = np.array([[1000.0, 999.0, 0.0], [-1000.0, -1001.0, -999.0]])"
    ),
    parts=[
        Part(
            "softmax",
            """
E = np.exp(Z - Z.max(axis=1, keepdims=True))
return E / E.sum(axis=1, keepdims=True)
""".replace("\n", "\n"),
            cases=["softmax(Z)", "softmax(large)", "softmax(20 * large[:, [2, 2, 0]])"],
            hints=[
                "Exponentials, divided by their sum along each row.",
                "Softmax stays the same if a number is subtracted from a whole row: subtract the "
                "largest.",
                "With `keepdims=True`, a sum along rows has the shape (N, 1), and broadcasts.",
            ],
            wrong=[
                Wrong(
                    "return np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)",
                    "The formula is right, and the exponential overflows: subtract the largest "
                    "logit of each row first, which changes nothing else.",
                ),
                Wrong(
                    "E = np.exp(Z - Z.max(axis=1, keepdims=True))\nreturn E / E.sum()",
                    "The sum is taken over the whole batch; each row is to add up to 1.",
                ),
                Wrong(
                    "E = np.exp(Z - Z.max(axis=0))\nreturn E / E.sum(axis=0)",
                    "The sum goes down the columns, over the examples; it must go along each row.",
                ),
                Wrong(
                    "return Z / Z.sum(axis=1, keepdims=True)",
                    "The exponential is missing: without it, outputs may be negative.",
                ),
                Wrong(
                    "return np.exp(Z - Z.max(axis=1, keepdims=True))",
                    "The division by the sum is missing, so the outputs do not add up to 1.",
                ),
                Wrong(
                    "E = np.exp(Z - Z.max())\nreturn E / E.sum(axis=1, keepdims=True)",
                    "The largest logit of the whole batch is subtracted: in another row all "
                    "exponentials may then be 0, and 0 / 0 is nan. Take the largest of each row.",
                ),
                Wrong(
                    "return 1 / (1 + np.exp(-Z))",
                    "This is the sigmoid of each logit by itself; the outputs do not add up to 1.",
                ),
            ],
        ),
    ],
    praise="Right, and for logits of any size.",
)
