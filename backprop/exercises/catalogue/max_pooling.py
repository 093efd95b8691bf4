"""Pooling, and the way back of its errors."""

from backprop.exercises.exercise import Exercise, Part, Wrong

_WINDOW = "k * i : k * i + k, k * j : k * j + k"

EXERCISE = Exercise(
    name="max-pooling",
    title="Back through pooling",
    statement=(
        "Pooling replaces each window of k by k numbers of `a` by one number; the windows lie side "
        "by side. `e` holds the errors of these numbers. Return the errors of `a`, first for the "
        "mean, and then for the maximum. Where several numbers of a window are the largest, they "
        "share the error evenly."
    ),
    program="""
import numpy as np


def mean_pooling_error(e, k):
    return ...


def max_pooling_error(a, e, k):
    ...
""",
    setting=(
        "a = np.array([[5.0, 1, 0, 3, 2, 9], [2, 4, -1, 1, 8, 7]]); e = np.array([[8.0, 6, -2]])\n"
        "tied = np.array([[5.0, 1], [2, 5], [-1, -3], [-2, -1]])\n"
        "e_tied = np.array([[4.0], [-6]])\n"
        "wide = np.array([[1.0, 4, 2, 0, -1, -2], [4, 3, 1, -3, -4, 5], [0, 2, 4, 1, 2, 3]])"
    ),
    tolerance=1e-12,
    parts=[
        Part(
            "mean_pooling_error",
            "return np.repeat(np.repeat(e, k, axis=0), k, axis=1) / k**2",
            cases=["mean_pooling_error(e, 2)", "mean_pooling_error(e_tied, 3)"],
            hints=[
                "A mean of k by k numbers changes with each of them at the rate 1 / k**2.",
                "`np.repeat` writes each number k times, along one axis.",
            ],
            wrong=[
                Wrong(
                    "return np.repeat(np.repeat(e, k, axis=0), k, axis=1)",
                    "Each number of a window gets the whole error; the mean gives each of them "
                    "only one part in `k**2`.",
                ),
                Wrong(
                    "return np.repeat(np.repeat(e, k, axis=0), k, axis=1) / k",
                    "A window holds `k**2` numbers, and not k.",
                ),
                Wrong(
                    "return np.tile(e, (k, k)) / k**2",
                    "The errors are laid out in a pattern that repeats; each must fill its own "
                    "window: `np.repeat`, and not `np.tile`.",
                ),
                Wrong(
                    "return np.repeat(np.repeat(e, k, axis=0), k, axis=1) * k**2",
                    "The error is multiplied where it should be divided.",
                ),
                Wrong(
                    "return e / k**2",
                    "The windows are missing: the result has the shape of `a`.",
                ),
            ],
        ),
        Part(
            "max_pooling_error",
            f"""
back = np.zeros(a.shape)
for i in range(e.shape[0]):
    for j in range(e.shape[1]):
        window = a[{_WINDOW}]
        won = window == window.max()
        back[{_WINDOW}] = e[i, j] * won / won.sum()
return back
""",
            cases=[
                "max_pooling_error(a, e, 2)",
                "max_pooling_error(tied, e_tied, 2)",
                "max_pooling_error(wide, e[:, :2], 3)",
            ],
            hints=[
                "Go through the windows: window (i, j) begins at row k i and column k j.",
                "`window == window.max()` is True where the largest number stands.",
                "Divide the error by the number of those that are the largest.",
            ],
            wrong=[
                Wrong(
                    "= e[i, j] / k**2\n",
                    "The error is spread over the window, as for a mean; the largest number "
                    "decides alone, and takes all.",
                    "= e[i, j] * won / won.sum()\n",
                ),
                Wrong(
                    "= e[i, j]\n",
                    "Each number of a window gets the whole error; only the largest gets it.",
                    "= e[i, j] * won / won.sum()\n",
                ),
                Wrong(
                    "= e[i, j] * won\n",
                    "Where several numbers are the largest, each gets the whole error; they must "
                    "share it.",
                    "= e[i, j] * won / won.sum()\n",
                ),
                Wrong(
                    "won = np.arange(k * k).reshape(k, k) == window.argmax()\n",
                    "Where several numbers are the largest, the first takes all. Frameworks do so, "
                    "too; here they share.",
                    "won = window == window.max()\n",
                ),
                Wrong(
                    "= e[i, j] * won * window / won.sum()\n",
                    "The error is multiplied by the number itself; a maximum hands the error on as "
                    "it is.",
                    "= e[i, j] * won / won.sum()\n",
                ),
                Wrong(
                    "= window.max() * won\n",
                    "The largest numbers themselves are put back; their errors belong there.",
                    "= e[i, j] * won / won.sum()\n",
                ),
                Wrong(
                    "won = window == a.max()\n",
                    "The largest number of all of `a` is asked for; each window has its own.",
                    "won = window == window.max()\n",
                ),
                Wrong(
                    "won = window > 0\n",
                    "This is the mask of a rectifier; a maximum lets through the largest number.",
                    "won = window == window.max()\n",
                ),
                Wrong(
                    "won = window == np.abs(window).max()\n",
                    "The largest in size is asked for; a maximum looks at the numbers with their "
                    "signs.",
                    "won = window == window.max()\n",
                ),
                Wrong(
                    "won = window == window.min()\n",
                    "The error goes to the smallest number.",
                    "won = window == window.max()\n",
                ),
                Wrong(
                    "back[:k, :k] +=",
                    "All errors land in the first window: add to the place of its window.",
                    f"back[{_WINDOW}] =",
                ),
                Wrong(
                    "a[i : i + k, j : j + k]\n",
                    "The windows overlap here: window (i, j) begins at row k i and column k j.",
                    f"a[{_WINDOW}]\n",
                ),
            ],
        ),
    ],
    praise="Right. No error is lost on the way, and none is made.",
)
