"""A residual block, and back."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="residual",
    title="A block with a path past it",
    statement=(
        "A residual block adds to its input `a` what a branch makes of it: rectifiers, and then a "
        "linear layer. `e` holds the errors of the output, minus derivatives of the loss, which "
        "has the mean over the examples in it. Return the errors that come back through the "
        "branch alone, then those of the whole block, and at last minus the gradients of `W_1` and "
        "`W_2`."
    ),
    program="""
import numpy as np


def forward(a, W_1, W_2):
    z = a @ W_1
    h = np.maximum(z, 0)
    return a + h @ W_2, z, h


def branch_error(e, z, W_1, W_2):
    return ...


def block_error(e, z, W_1, W_2):
    return ...


def weights_downhill(e, a, z, h, W_2):
    ...
""",
    setting=(
        "W_1 = np.array([[0.5, -0.3, 0.8, 0.1], [-0.6, 0.9, 0.2, -0.5], [0.4, 1.0, -0.7, 0.3]])\n"
        "W_2 = np.array([[1.2, -0.7, 0.5], [-0.4, 0.6, 1.1], [0.3, 0.8, -0.9], [0.7, -0.2, 0.4]])\n"
        "a = np.array([[1.0, -0.5, 0.2], [0.3, 0.7, -0.4]]); z = a @ W_1; h = np.maximum(z, 0)\n"
        "e = np.array([[0.4, -1.0, 0.3], [0.9, 0.2, -0.6]])"
    ),
    tolerance=1e-12,
    parts=[
        Part(
            "branch_error",
            "return ((e @ W_2.T) * (z > 0)) @ W_1.T",
            cases=["branch_error(e, z, W_1, W_2)", "branch_error(e[1:], z[1:], W_1, W_2)"],
            hints=[
                "Back over `W_2`, through the rectifiers, and over `W_1`.",
                "A rectifier lets an error through where its input was positive.",
            ],
            wrong=[
                Wrong(
                    "return (e @ W_2.T) @ W_1.T",
                    "The slope of the rectifiers is missing: those that were closed let no error "
                    "through.",
                ),
                Wrong(
                    "return ((e @ W_2.T) * np.maximum(z, 0)) @ W_1.T",
                    "The error is multiplied by the output of the rectifiers; their slope is 1 or "
                    "0.",
                ),
                Wrong(
                    "return ((e @ W_2.T) * (z < 0)) @ W_1.T",
                    "The closed rectifiers are those that let the error through here: it must be "
                    "the open ones.",
                ),
                Wrong(
                    "return (e @ W_2.T) * (z > 0)",
                    "The way back ends at the rectifiers; it goes on over `W_1`.",
                ),
                Wrong(
                    "return ((e @ W_2.T) * (z > 0)) @ W_1.T + e",
                    "This is the error of the whole block; here the branch alone is asked for.",
                ),
                Wrong(
                    "return ((e @ W_2) * (z > 0)) @ W_1",
                    "The shapes do not fit: an error goes back over the transposed weights.",
                ),
                Wrong(
                    "e = e * (e > 0)\nreturn (e @ W_2.T) @ W_1.T",
                    "The rectifier is applied to the error; what counts is whether its input was "
                    "positive on the way forward.",
                ),
            ],
        ),
        Part(
            "block_error",
            "return e + branch_error(e, z, W_1, W_2)",
            cases=["block_error(e, z, W_1, W_2)", "block_error(e[1:], z[1:], W_1, W_2)"],
            hints=["The input was used twice: past the branch, and through it."],
            wrong=[
                Wrong(
                    "return branch_error(e, z, W_1, W_2)",
                    "The path past the branch is missing, for which the block was built.",
                ),
                Wrong(
                    "return e",
                    "Only the path past the branch is there; the input acts through the branch as "
                    "well.",
                ),
                Wrong(
                    "return e + (e @ W_2.T) @ W_1.T",
                    "On the path through the branch the slope of the rectifiers is missing.",
                ),
                Wrong(
                    "return e * branch_error(e, z, W_1, W_2)",
                    "The two paths are multiplied; what comes back on two paths is added.",
                ),
                Wrong(
                    "return (e + branch_error(e, z, W_1, W_2)) / 2",
                    "The mean of both paths is taken; they add up.",
                ),
                Wrong(
                    "return e + branch_error(e + branch_error(e, z, W_1, W_2), z, W_1, W_2)",
                    "The error has gone through the branch a second time.",
                ),
                Wrong(
                    "return e - branch_error(e, z, W_1, W_2)",
                    "The branch was added on the way forward, so its error is added, too.",
                ),
                Wrong(
                    "return 1 + branch_error(e, z, W_1, W_2)",
                    "The derivative of the input itself is 1, and the chain rule multiplies it by "
                    "the error `e`.",
                ),
            ],
        ),
        Part(
            "weights_downhill",
            """
delta = (e @ W_2.T) * (z > 0)
return a.T @ delta, h.T @ e
""",
            cases=[
                "weights_downhill(e, a, z, h, W_2)",
                "weights_downhill(e[1:], a[1:], z[1:], h[1:], W_2)",
            ],
            hints=[
                "The sum hands the same error `e` to the branch.",
                "Each matrix gets what goes into it, times the error term at its end.",
            ],
            wrong=[
                Wrong(
                    "delta = e @ W_2.T\n",
                    "The slope of the rectifiers is missing in the gradient of `W_1`.",
                    "delta = (e @ W_2.T) * (z > 0)\n",
                ),
                Wrong(
                    "a.T @ delta / len(a), h.T @ e / len(a)",
                    "The mean over the examples is taken a second time: the errors have it in them "
                    "already.",
                    "a.T @ delta, h.T @ e",
                ),
                Wrong(
                    "a.T @ delta, z.T @ e",
                    "The inputs of the rectifiers have been taken for their outputs, `h`.",
                    "a.T @ delta, h.T @ e",
                ),
                Wrong(
                    "h.T @ e, a.T @ delta",
                    "The two are exchanged: `W_1` comes first.",
                    "a.T @ delta, h.T @ e",
                ),
                Wrong(
                    "a.T @ delta, (a + h @ W_2).T @ e",
                    "What goes into `W_2` are the outputs of the rectifiers, and not the output of "
                    "the block.",
                    "a.T @ delta, h.T @ e",
                ),
                Wrong(
                    "-a.T @ delta, -h.T @ e",
                    "There is a minus sign too many: errors point downhill already.",
                    "a.T @ delta, h.T @ e",
                ),
                Wrong(
                    "delta.T @ a, e.T @ h",
                    "Both gradients are transposed.",
                    "a.T @ delta, h.T @ e",
                ),
            ],
        ),
    ],
    praise="Right. However deep the network, a share of the error arrives unchanged.",
)
