"""Clipping: gradients that are too long are shortened."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="clipping",
    title="Clip a gradient by its length",
    statement=(
        "`gradients` is a list of arrays, one for each array of weights. Their length is that of "
        "all their numbers together, the root of the sum of the squares. Return a list: the same "
        "gradients if their length is at most `longest`, and otherwise new arrays, all of them "
        "multiplied by one factor, so that the length is `longest`."
    ),
    program="""
import numpy as np


def clipped(gradients, longest):
    ...
""",
    setting=(
        "steep = np.array([[3.0, -1.0], [0.5, 2.0]]); flat = np.array([0.3, -0.2, 0.1]); "
        "nothing = np.zeros(2); both = [steep, flat]"
    ),
    parts=[
        Part(
            "clipped",
            """
length = np.sqrt(sum(np.sum(g**2) for g in gradients))
factor = longest / max(length, longest)
return [factor * g for g in gradients]
""",
            cases=[
                "clipped(both, 1.5)",
                "clipped([steep, flat], 100.0)",
                "clipped([nothing, flat], 0.2)",
                "clipped([nothing], 1.0)",
            ],
            hints=[
                "First one number, the length of all arrays together.",
                "The factor is `longest` over the length, but never more than 1.",
                "Think of a gradient of which all numbers are 0.",
            ],
            wrong=[
                Wrong(
                    "factor = longest / length",
                    "A short gradient is made longer: the factor must never be more than 1.",
                    "factor = longest / max(length, longest)",
                ),
                Wrong(
                    "factor = longest / length if length else 1.0",
                    "A short gradient is made longer: only what is longer than the bound is "
                    "changed, so the factor must never be more than 1.",
                    "factor = longest / max(length, longest)",
                ),
                Wrong(
                    "return [g * longest / max(np.sqrt(np.sum(g**2)), longest) for g in gradients]",
                    "Each array is shortened by itself, which turns the gradient as a whole: take "
                    "one length of all arrays, and one factor.",
                ),
                Wrong(
                    "return [np.clip(g, -longest, longest) for g in gradients]",
                    "Each number is cut off by itself. This is clipping by value, which turns the "
                    "gradient; here all numbers get the same factor.",
                ),
                Wrong(
                    "length = sum(np.sum(g**2) for g in gradients)",
                    "The root is missing: this is the square of the length.",
                    "length = np.sqrt(sum(np.sum(g**2) for g in gradients))",
                ),
                Wrong(
                    "length = sum(np.sqrt(np.sum(g**2)) for g in gradients)",
                    "The lengths of the arrays are added. The squares add up, and the root is "
                    "taken once, at the end.",
                    "length = np.sqrt(sum(np.sum(g**2) for g in gradients))",
                ),
                Wrong(
                    "length = max(np.max(np.abs(g)) for g in gradients)",
                    "The largest number is taken for the length.",
                    "length = np.sqrt(sum(np.sum(g**2) for g in gradients))",
                ),
                Wrong(
                    "length = np.sqrt(sum(np.mean(g**2) for g in gradients))",
                    "Means are taken of the squares; a length is made of their sum.",
                    "length = np.sqrt(sum(np.sum(g**2) for g in gradients))",
                ),
                Wrong(
                    "length = np.sqrt(sum(np.sum(g) ** 2 for g in gradients))",
                    "The numbers are added before they are squared, so that they cancel: square "
                    "each of them first.",
                    "length = np.sqrt(sum(np.sum(g**2) for g in gradients))",
                ),
                Wrong(
                    "factor = max(length, longest) / longest",
                    "The fraction is upside down: what is too long gets longer.",
                    "factor = longest / max(length, longest)",
                ),
                Wrong(
                    "factor = longest / min(length, longest)",
                    "`min` and `max` are exchanged: what is too long stays, and what is short is "
                    "made longer.",
                    "factor = longest / max(length, longest)",
                ),
                Wrong(
                    "factor = 1 / max(length, 1)",
                    "The length becomes 1 at most; it must be `longest`.",
                    "factor = longest / max(length, longest)",
                ),
                Wrong(
                    "length = np.linalg.norm(gradients)",
                    "The arrays have different shapes, so NumPy cannot take the length of the "
                    "list: add up the squares of all of them.",
                    "length = np.sqrt(sum(np.sum(g**2) for g in gradients))",
                ),
                Wrong(
                    "factor = 1.0 if length <= longest else 1 / length",
                    "A gradient that is too long gets the length 1; it must get the length "
                    "`longest`.",
                    "factor = longest / max(length, longest)",
                ),
                Wrong(
                    "factor = 1.0 if length <= longest else 0.0",
                    "A gradient that is too long is thrown away; it must be shortened.",
                    "factor = longest / max(length, longest)",
                ),
            ],
        ),
    ],
    praise="Right. The direction stays, and one bad batch can no longer throw the weights far off.",
)
