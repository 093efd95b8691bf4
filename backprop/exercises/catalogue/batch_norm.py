"""Batch normalization, and back."""

from backprop.exercises.exercise import Exercise, Part, Wrong

_RIGHT = "(e_hat - e_hat.mean(axis=0) - a_hat * (e_hat * a_hat).mean(axis=0)) / spread"

EXERCISE = Exercise(
    name="batch-norm",
    title="Batch normalization, and back",
    statement=(
        "Batch normalization brings each column of `a`, over the examples, to mean 0 and spread 1, "
        "then multiplies it by its `gamma` and adds its `beta`. `e` holds the errors of the "
        "output, minus derivatives of the loss. Return minus the derivatives of `gamma` and "
        "`beta`, and the errors of `a`, over all of the three paths. At last complete the layer as "
        "it is used after training, with a mean and a variance that were kept."
    ),
    program="""
import numpy as np


def forward(a, gamma, beta, epsilon=1e-5):
    centered = a - a.mean(axis=0)
    spread = np.sqrt((centered**2).mean(axis=0) + epsilon)
    a_hat = centered / spread
    return gamma * a_hat + beta, a_hat, spread


def parameters_downhill(e, a_hat):
    return ...


def input_error(e, a_hat, spread, gamma):
    ...


def in_use(a, mean, variance, gamma, beta, epsilon=1e-5):
    return ...
""",
    setting=(
        "a = np.array([[1.0, -2, 0.5], [3, 0, -0.5], [2, 5, 1.5], [-1, 1, 0.2], [0.5, 2, -1]])\n"
        "gamma = np.array([1.5, -0.5, 2.0]); beta = np.array([0.3, 1.0, -0.2])\n"
        "e = np.array([[0.2, -1, 0.4], [2, -0.3, 1], [0.5, 0.8, -0.6], [1, 0.1, 0], [-2, 1, 3]])\n"
        "spread = np.sqrt(a.var(axis=0) + 1e-5); a_hat = (a - a.mean(axis=0)) / spread\n"
        "mean = np.array([0.8, 1.0, 0.1]); variance = np.array([2.5, 4.0, 0.04])"
    ),
    tolerance=1e-12,
    parts=[
        Part(
            "parameters_downhill",
            "return (e * a_hat).sum(axis=0), e.sum(axis=0)",
            cases=["parameters_downhill(e, a_hat)", "parameters_downhill(e[:4], a_hat[:4])"],
            hints=[
                "The output is `gamma * a_hat + beta`, in every row with the same two numbers.",
                "What is used in every row gets the sum over the rows.",
            ],
            wrong=[
                Wrong(
                    "return e.sum(axis=0), (e * a_hat).sum(axis=0)",
                    "The two are exchanged: `gamma` meets `a_hat`, and `beta` meets nothing.",
                ),
                Wrong(
                    "return (e * a_hat).mean(axis=0), e.mean(axis=0)",
                    "Means are taken; what is used in every row gets the sum.",
                ),
                Wrong(
                    "return (e * a_hat).mean(axis=0), e.sum(axis=0)",
                    "For `gamma` the mean is taken; both get the sum over the examples.",
                ),
                Wrong(
                    "return (e * a_hat).sum(axis=0), e.mean(axis=0)",
                    "For `beta` the mean is taken; both get the sum over the examples.",
                ),
                Wrong(
                    "return (e * a_hat).sum(axis=1), e.sum(axis=1)",
                    "The sums run along the rows; each column has its `gamma`, so add up over the "
                    "examples.",
                ),
                Wrong(
                    "return e.sum(axis=0) * a_hat.sum(axis=0), e.sum(axis=0)",
                    "The columns are added up before they are multiplied: multiply number by "
                    "number, and then add up.",
                ),
                Wrong(
                    "return e * a_hat, e",
                    "The examples are not added up yet: there is one `gamma` for each column.",
                ),
                Wrong(
                    "return -(e * a_hat).sum(axis=0), -e.sum(axis=0)",
                    "There is a minus sign too many: errors point downhill already.",
                ),
                Wrong(
                    "return (e * a_hat).sum(), e.sum()",
                    "All columns are added up; each has numbers of its own.",
                ),
            ],
        ),
        Part(
            "input_error",
            f"e_hat = e * gamma\nreturn {_RIGHT}",
            cases=[
                "input_error(e, a_hat, spread, gamma)",
                "input_error(e[:4], a_hat[:4], 2 * spread, gamma)",
            ],
            hints=[
                "First over the factor: the error of `a_hat` is `e * gamma`.",
                "An input acts in three ways: by itself, by the mean, and by the spread.",
                "Take out the mean of the errors, and `a_hat` times the mean of their products "
                "with `a_hat`; then divide by the spread.",
            ],
            wrong=[
                Wrong(
                    "return e_hat / spread",
                    "Mean and spread are treated as constants, but they depend on every input: the "
                    "paths by the mean and by the spread are missing.",
                    f"return {_RIGHT}",
                ),
                Wrong(
                    "(e_hat - a_hat *",
                    "The path by the mean is missing: the errors of a column must add up to 0.",
                    "(e_hat - e_hat.mean(axis=0) - a_hat *",
                ),
                Wrong(
                    "(e_hat - e_hat.mean(axis=0)) / spread",
                    "The path by the spread is missing: what stretches a column has no effect, so "
                    "the part of the error along `a_hat` is taken out as well.",
                    _RIGHT,
                ),
                Wrong(
                    "e_hat = e\n",
                    "The factor `gamma` is missing: the error comes back over it first.",
                    "e_hat = e * gamma\n",
                ),
                Wrong(
                    "(e_hat - e_hat.mean(axis=0) - a_hat * (e_hat * a_hat).mean(axis=0))",
                    "The division by the spread is missing.",
                    _RIGHT,
                ),
                Wrong(
                    "(e_hat - e_hat.mean(axis=1, keepdims=True)"
                    " - a_hat * (e_hat * a_hat).mean(axis=1, keepdims=True)) / spread",
                    "The means are taken along the rows, as in layer normalization; in batch "
                    "normalization they go over the examples.",
                    _RIGHT,
                ),
                Wrong(
                    "(e_hat - e_hat.sum(axis=0) - a_hat * (e_hat * a_hat).sum(axis=0)) / spread",
                    "Sums stand in the place of means: divide both by the number of examples.",
                    _RIGHT,
                ),
                Wrong(
                    "(e_hat + e_hat.mean(axis=0) + a_hat * (e_hat * a_hat).mean(axis=0)) / spread",
                    "The signs of the two other paths are wrong: what moves mean and spread is "
                    "taken out.",
                    _RIGHT,
                ),
                Wrong(
                    "(e_hat - e.mean(axis=0) - a_hat * (e * a_hat).mean(axis=0)) / spread",
                    "In the paths by mean and spread the factor `gamma` is missing.",
                    _RIGHT,
                ),
                Wrong(
                    "(len(e) * e_hat - e_hat.sum(axis=0) - a_hat * (e_hat * a_hat).sum(axis=0))"
                    " / spread",
                    "All is right but for the number of examples: with sums in the place of means, "
                    "the whole must be divided by it.",
                    _RIGHT,
                ),
                Wrong(
                    "/ spread**2",
                    "The division is by the variance; it must be by the spread, its root.",
                    "/ spread",
                ),
                Wrong(
                    "(e_hat - e_hat.mean(axis=0) - (e_hat * a_hat).mean(axis=0)) / spread",
                    "In the path by the spread the factor `a_hat` is missing: the output far from "
                    "the mean moves the most.",
                    _RIGHT,
                ),
                Wrong(
                    "(e_hat - e_hat.mean() - a_hat * (e_hat * a_hat).mean()) / spread",
                    "One mean is taken of all columns; each column has means of its own.",
                    _RIGHT,
                ),
            ],
        ),
        Part(
            "in_use",
            "return gamma * (a - mean) / np.sqrt(variance + epsilon) + beta",
            cases=[
                "in_use(a, mean, variance, gamma, beta)",
                "in_use(a[:1], mean, variance, gamma, beta, 0.01)",
            ],
            hints=[
                "The same formula, with the numbers that were kept in the place of those of the "
                "batch.",
                "What was kept is a variance, so a root must be taken.",
            ],
            wrong=[
                Wrong(
                    "return gamma * (a - a.mean(axis=0)) / np.sqrt(a.var(axis=0) + epsilon) + beta",
                    "Mean and variance of the batch are used, so that an answer depends on what "
                    "else is asked: use those that were kept.",
                ),
                Wrong(
                    "return gamma * (a - mean) / (variance + epsilon) + beta",
                    "The root is missing: a variance was kept, and not a spread.",
                ),
                Wrong(
                    "return gamma * (a - mean) / (np.sqrt(variance) + epsilon) + beta",
                    "Epsilon stands outside the root; in the forward pass it is added to the "
                    "variance.",
                ),
                Wrong(
                    "return gamma * (a - mean) / np.sqrt(variance) + beta",
                    "Epsilon is missing; the forward pass in training had it.",
                ),
                Wrong(
                    "return (a - mean) / np.sqrt(variance + epsilon)",
                    "`gamma` and `beta` are missing: they are parameters, in use as in training.",
                ),
                Wrong(
                    "return gamma * ((a - mean) / np.sqrt(variance + epsilon) + beta)",
                    "Brackets: `beta` is added behind the factor.",
                ),
                Wrong(
                    "return gamma * a / np.sqrt(variance + epsilon) + beta",
                    "The mean is not subtracted.",
                ),
            ],
        ),
    ],
    praise="Right. In training each example feels the others, and in use none does.",
)
