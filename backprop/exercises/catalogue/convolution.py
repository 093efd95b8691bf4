"""A convolution in one dimension, and back."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="convolution",
    title="A convolution, and back",
    statement=(
        "A kernel `w` of k weights slides over an input `a` of n numbers. Complete the forward "
        "pass, the error that is attributed to the input, and minus the gradient of the kernel. "
        "Error terms `delta`, one for each place of the window, are minus derivatives of the loss."
    ),
    program="""
import numpy as np


def convolution(a, w):
    z = np.zeros(len(a) - len(w) + 1)
    for i in range(len(z)):
        ...
    return z


def input_error(delta, w):
    e = np.zeros(len(delta) + len(w) - 1)
    for i in range(len(delta)):
        ...
    return e


def kernel_downhill(a, delta):
    d = np.zeros(len(a) - len(delta) + 1)
    for i in range(len(delta)):
        ...
    return d
""",
    setting=(
        "a = np.array([0.5, -1.0, 2.0, 0.3, 0.8]); w = np.array([1.0, -0.5, 0.25]); "
        "delta = np.array([0.2, -0.7, 0.4])"
    ),
    tolerance=1e-12,
    parts=[
        Part(
            "convolution",
            "z[i] = a[i : i + len(w)] @ w",
            cases=["convolution(a, w)", "convolution(a, w[:2])"],
            hints=["At place i the window holds the numbers from i up to i + k."],
            wrong=[
                Wrong(
                    "z[i] = a[i : i + len(w)] @ w[::-1]",
                    "The kernel is turned round, as in signal processing; here it stands as it is.",
                ),
                Wrong("z[i] = a[: len(w)] @ w", "The window does not move: it begins at `i`."),
                Wrong(
                    "z[i] = a[i] * w[0]",
                    "Only the first weight is used; the window has as many numbers as the kernel.",
                ),
            ],
        ),
        Part(
            "input_error",
            "e[i : i + len(w)] += delta[i] * w",
            cases=["input_error(delta, w)", "input_error(a, w)", "input_error(delta, a)"],
            hints=[
                "The error term at place i goes back to all numbers that its window held.",
                "An input stands in several windows, so its errors add up.",
            ],
            wrong=[
                Wrong(
                    "e[i : i + len(w)] = delta[i] * w",
                    "What other windows sent back is overwritten: add to it, with `+=`.",
                ),
                Wrong(
                    "e[i : i + len(w)] += delta[i] * w[::-1]",
                    "The kernel is turned round: each "
                    "weight carries the error back to the number that it met.",
                ),
                Wrong(
                    "e[i : i + len(w)] += delta[i]",
                    "The weights are missing: an error term goes back over them.",
                ),
                Wrong(
                    "e[i] += delta[i] * w[0]",
                    "Only the first number of each window gets its error.",
                ),
            ],
        ),
        Part(
            "kernel_downhill",
            "d += delta[i] * a[i : i + len(d)]",
            cases=["kernel_downhill(a, delta)", "kernel_downhill(a, delta[:2])"],
            hints=["The kernel is used at every place: add up what it gets from each."],
            wrong=[
                Wrong(
                    "d = delta[i] * a[i : i + len(d)]",
                    "The last place alone is counted: add up over all, with `+=`.",
                ),
                Wrong(
                    "d += delta[i] * a[: len(d)]",
                    "The window does not move: at place i it begins at `a[i]`.",
                ),
                Wrong(
                    "d += delta[i] * a[i : i + len(d)] / len(delta)",
                    "The mean over the places is taken; a shared weight gets the sum.",
                ),
                Wrong(
                    "d -= delta[i] * a[i : i + len(d)]",
                    "There is a minus sign too many: error terms point downhill already.",
                ),
            ],
        ),
    ],
    praise="Right. A weight that is used at many places gets the sum of what each place asks for.",
)
