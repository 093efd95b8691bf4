"""Layer normalization, back over its graph."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="layer-norm",
    title="Layer normalization, node by node",
    statement=(
        "Layer normalization brings the features `a` of one example to mean 0 and spread 1. Go "
        "back over the graph of its forward pass, a node for each line, from the error `e` of the "
        "output to that of `a`. Each `e_` is minus the derivative of the loss with respect to that "
        "quantity, and numbers that were used twice add up what comes back."
    ),
    program="""
import numpy as np

a = np.array([1.0, 7.0, 9.0, 14.0])
gamma = np.array([1.0, 2.0, 0.5, -1.0])
beta = np.array([0.0, 0.1, 0.2, 0.3])
e = np.array([2.0, 1.0, -1.0, 0.5])

n = len(a)
c = a - a.mean()
square = (c**2).mean()
spread = np.sqrt(square + 1e-5)
a_hat = c / spread
y = gamma * a_hat + beta

e_hat = ...
e_spread = ...
e_square = ...
e_c = ...
e_a = ...
""",
    others=[
        "a = np.array([0.5, -1.0, 0.3])\n"
        "gamma = np.array([-0.4, 1.5, 0.8])\n"
        "beta = np.array([0.2, 0.1, -0.3])\n"
        "e = np.array([0.7, -0.2, 1.1])",
    ],
    tolerance=1e-12,
    parts=[
        Part(
            "e_hat",
            "e_hat = e * gamma",
            hints=["The output is `gamma` times `a_hat`, and something added."],
            wrong=[
                Wrong("e_hat = e", "The factor `gamma` is missing."),
                Wrong(
                    "e_hat = e * a_hat",
                    "This is the error of `gamma`: of a product, each factor gets the other one.",
                ),
                Wrong("e_hat = e / gamma", "A factor comes back as a factor, and not divided."),
                Wrong(
                    "e_hat = e * gamma * a_hat",
                    "The factor `a_hat` is one too many: of its product with `gamma`, it gets the "
                    "other factor alone.",
                ),
                Wrong(
                    "e_hat = e * gamma + beta",
                    "What was added on the way forward adds nothing on the way back.",
                ),
                Wrong(
                    "e_hat = e * y",
                    "The output is no factor of `a_hat`: `gamma` is.",
                ),
            ],
        ),
        Part(
            "e_spread",
            "e_spread = -(e_hat * c).sum() / spread**2",
            hints=[
                "Differentiate `c / spread` with respect to the spread.",
                "There is one spread for all numbers, so what they send back is added up.",
            ],
            wrong=[
                Wrong(
                    "e_spread = (e_hat * c).sum() / spread**2",
                    "The minus sign is missing: a larger spread makes the quotients smaller.",
                ),
                Wrong(
                    "e_spread = -(e_hat * c).sum() / spread",
                    "The derivative of one over the spread has the square of the spread below the "
                    "line.",
                ),
                Wrong(
                    "e_spread = -e_hat * c / spread**2",
                    "All numbers have the same spread, so what they send back must be added up.",
                ),
                Wrong(
                    "e_spread = -(e_hat * c).mean() / spread**2",
                    "The mean is taken; what is used for every number gets the sum.",
                ),
                Wrong(
                    "e_spread = -e_hat.sum() / spread**2",
                    "The centered numbers `c` are missing above the line.",
                ),
                Wrong(
                    "e_spread = -(e_hat * a_hat).sum() / spread**2",
                    "The quotient stands in the place of `c`: it has been divided already, so that "
                    "one more division by the spread is enough.",
                ),
            ],
        ),
        Part(
            "e_square",
            "e_square = e_spread / (2 * spread)",
            hints=["The derivative of a root is one over twice the root."],
            wrong=[
                Wrong("e_square = e_spread / spread", "The 2 is missing."),
                Wrong(
                    "e_square = e_spread * 2 * spread",
                    "This is the derivative of a square; here it is a root.",
                ),
                Wrong(
                    "e_square = e_spread * spread / 2",
                    "The root stands above the line; it belongs below.",
                ),
                Wrong(
                    "e_square = e_spread / (2 * np.sqrt(square))",
                    "All is right but for epsilon, which stands within the root: the root is "
                    "`spread`.",
                ),
                Wrong(
                    "e_square = e_spread / (2 * square)",
                    "The mean square itself stands below the line; its root belongs there.",
                ),
            ],
        ),
        Part(
            "e_c",
            "e_c = e_hat / spread + e_square * 2 * c / n",
            hints=[
                "`c` was used twice: above the line of the quotient, and in the mean square.",
                "The mean square changes with one number c at the rate `2 * c / n`.",
            ],
            wrong=[
                Wrong(
                    "e_c = e_hat / spread",
                    "The path by the spread is missing: `c` was used in the mean square, too.",
                ),
                Wrong(
                    "e_c = e_square * 2 * c / n",
                    "The direct path is missing: `c` is divided by the spread.",
                ),
                Wrong(
                    "e_c = e_hat / spread + e_square * c / n",
                    "The 2 is missing, which the square brings.",
                ),
                Wrong(
                    "e_c = e_hat / spread + e_square * 2 * c",
                    "The mean square is divided by the number of features: so is what comes back.",
                ),
                Wrong(
                    "e_c = e_hat * spread + e_square * 2 * c / n",
                    "On the direct path it is divided by the spread.",
                ),
                Wrong(
                    "e_c = e_hat / spread - e_square * 2 * c / n",
                    "What comes back on two paths is added; the minus sign is in `e_spread` "
                    "already.",
                ),
                Wrong(
                    "e_c = e_hat / spread + e_square * 2 * a / n",
                    "The squares are those of the centered numbers, `c`.",
                ),
            ],
        ),
        Part(
            "e_a",
            "e_a = e_c - e_c.mean()",
            hints=[
                "Each number of `a` was used for itself, and in the mean that was subtracted.",
                "Centering carries an error back by centering it.",
            ],
            wrong=[
                Wrong(
                    "e_a = e_c",
                    "The mean is treated as a constant; it depends on every number of `a`.",
                ),
                Wrong(
                    "e_a = e_c - e_c.sum()",
                    "The sum is subtracted: each number moves the mean by one part in n only.",
                ),
                Wrong(
                    "e_a = e_c + e_c.mean()",
                    "The mean was subtracted, so what comes back by it has a minus sign.",
                ),
                Wrong(
                    "e_a = e_c - a.mean()",
                    "The mean of the inputs is subtracted; it must be that of the errors.",
                ),
                Wrong(
                    "e_a = e_c * (1 - 1 / n)",
                    "Each number's own share of the mean is counted, but the mean also moves the "
                    "centered values of all the others.",
                ),
                Wrong(
                    "e_a = -e_c.mean() * np.ones(n)",
                    "Only the path by the mean is there; each number also acts by itself.",
                ),
            ],
        ),
    ],
    praise="Right. The graph needs no formula: one local derivative for each node, and sums.",
)
