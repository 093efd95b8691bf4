"""A gradient checker of one's own."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="checker",
    title="A checker of your own",
    statement=(
        "Complete a gradient checker. `numerical_gradient` takes a function `f` of an array `w` of "
        "any shape, and returns the central differences in the shape of `w`, which it must not "
        "change. `relative_error` divides the length of the difference of two gradients by the "
        "larger of their lengths."
    ),
    program="""
import numpy as np


def numerical_gradient(f, w, h=1e-5):
    gradient = np.zeros_like(w)
    for index in np.ndindex(w.shape):
        ...
    return gradient


def relative_error(g, n):
    return ...
""",
    setting=(
        "w = np.array([[0.5, -1.0], [2.0, 0.3], [-0.4, 0.8]])\n"
        "g = np.array([3.0, -1.0, 2.0]); n = np.array([2.5, -1.0, 2.5]); z = -g\n"
        "def f(w): return (np.sin(w) * np.array([1.0, 3.0])).sum() + w[0, 0] ** 2 * w[2, 1]"
    ),
    # Differences are compared: rounding leaves some ten digits.
    tolerance=1e-7,
    parts=[
        Part(
            "numerical_gradient",
            """
up, down = w.copy(), w.copy()
up[index] += h
down[index] -= h
gradient[index] = (f(up) - f(down)) / (2 * h)
""",
            cases=["numerical_gradient(f, w)", "numerical_gradient(f, w, 0.25)"],
            hints=[
                "For each index, evaluate `f` a little above and a little below.",
                "Change copies: `up = w.copy()` and `up[index] += h`.",
                "Divide by the distance of the two places.",
            ],
            wrong=[
                Wrong(
                    "/ h",
                    "The difference is divided by h; the two places are 2 h apart.",
                    "/ (2 * h)",
                ),
                Wrong(
                    "/ 2 * h",
                    "Brackets are missing: `/ 2 * h` divides by 2 and then multiplies by h.",
                    "/ (2 * h)",
                ),
                Wrong(
                    "(f(down) - f(up))",
                    "The two losses are exchanged, which turns the sign round.",
                    "(f(up) - f(down))",
                ),
                Wrong(
                    "up, down = w, w",
                    "All three names stand for one array: what is added to `up` is subtracted "
                    "again from `down`. Make copies.",
                    "up, down = w.copy(), w.copy()",
                ),
                Wrong(
                    "up += h",
                    "All numbers are moved at once; only the one at `index` may move.",
                    "up[index] += h",
                ),
                Wrong(
                    "(f(up) - f(w)) / h",
                    "This is the forward difference, whose error shrinks with h alone: the central "
                    "one has the place below as well.",
                    "(f(up) - f(down)) / (2 * h)",
                ),
            ],
        ),
        Part(
            "relative_error",
            "return np.linalg.norm(g - n) / max(np.linalg.norm(g), np.linalg.norm(n))",
            cases=[
                "relative_error(g, n)",
                "relative_error(g, z)",
                "relative_error(n, 2 * g)",
                "relative_error(w, w**2)",
            ],
            hints=["`np.linalg.norm` is the root of the sum of squares."],
            wrong=[
                Wrong(
                    "return np.linalg.norm(g - n)",
                    "The division is missing: without it, large gradients seem wrong and small "
                    "ones seem right.",
                ),
                Wrong(
                    "return np.linalg.norm(g - n) / np.linalg.norm(g)",
                    "The length of `g` alone stands below; where `n` is longer, it must be that "
                    "of `n`.",
                ),
                Wrong(
                    "return np.linalg.norm(g - n) / np.linalg.norm(n)",
                    "The length of `n` alone stands below; where `g` is longer, it must be that "
                    "of `g`.",
                ),
                Wrong(
                    "return np.linalg.norm(g - n) / min(np.linalg.norm(g), np.linalg.norm(n))",
                    "This is the smaller of the two lengths, and the larger is asked for.",
                ),
                Wrong(
                    "return np.linalg.norm(g - n) / np.linalg.norm(g + n)",
                    "The denominator has the sum of the gradients, which is 0 where the sign is "
                    "wrong.",
                ),
                Wrong(
                    "return np.linalg.norm(g - n) / (np.linalg.norm(g) + np.linalg.norm(n))",
                    "The denominator adds both lengths; here it is to be the larger of them.",
                ),
                Wrong(
                    "return np.abs(g - n) / np.maximum(np.abs(g), np.abs(n))",
                    "This judges each number by itself; one number is asked for, from the lengths.",
                ),
                Wrong(
                    "return (g - n).sum() / max(np.linalg.norm(g), np.linalg.norm(n))",
                    "Differences of opposite sign cancel in this sum; take the length.",
                ),
            ],
        ),
    ],
    praise="Right. Keep these lines: they find most of the mistakes in this book.",
)
