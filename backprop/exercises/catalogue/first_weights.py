"""How large the first weights are drawn."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="first-weights",
    title="The rules of Glorot and He",
    statement=(
        "Each of the arrays `normal` holds standard normal numbers, with the mean 0 and the "
        "variance 1, in the shape of a matrix of weights: a row for each input, a column for each "
        "unit. Make of them first weights by the rule of Glorot and by the rule of He. Then return "
        "the bound `r` with which numbers that are drawn evenly between `-r` and `r`, whose "
        "variance is `r**2 / 3`, follow the rule of Glorot."
    ),
    program="""
import numpy as np


def glorot(normal):
    n_in, n_out = normal.shape
    return ...


def he(normal):
    n_in, n_out = normal.shape
    return ...


def glorot_bound(n_in, n_out):
    return ...
""",
    setting=(
        "wide = np.array([[0.3, -1.2, 0.8, 0.1, 1.5], [-0.6, 0.4, -0.2, 1.1, -0.9]])\n"
        "narrow = np.array([[0.5], [-2.4], [0.9], [0.2]])"
    ),
    parts=[
        Part(
            "glorot",
            "return normal * np.sqrt(2 / (n_in + n_out))",
            cases=["glorot(wide)", "glorot(narrow)"],
            hints=[
                "The variance is one, divided by the mean of the number of inputs and that of "
                "units.",
                "A number that is multiplied by c has a variance that is multiplied by c squared.",
            ],
            wrong=[
                Wrong(
                    "return normal * 2 / (n_in + n_out)",
                    "The numbers are multiplied by the variance itself; they must be multiplied by "
                    "the standard deviation, which is its root.",
                ),
                Wrong(
                    "return normal * np.sqrt(1 / (n_in + n_out))",
                    "The variance is halved: the mean of the two numbers is half of their sum, so "
                    "a 2 stands above the line.",
                ),
                Wrong("return normal * np.sqrt(2 / n_in)", "This is the rule of He."),
                Wrong(
                    "return normal * np.sqrt(1 / n_in)",
                    "This keeps the forward pass alone level; the rule of Glorot asks for a "
                    "compromise with the number of units.",
                ),
                Wrong(
                    "return normal * np.sqrt(6 / (n_in + n_out))",
                    "The 6 belongs to numbers that are drawn evenly between two bounds; normal "
                    "numbers have the variance 1 already.",
                ),
                Wrong(
                    "return normal / np.sqrt(2 / (n_in + n_out))",
                    "The numbers are divided by the standard deviation, so they get larger where "
                    "they should get smaller.",
                ),
                Wrong(
                    "return normal * np.sqrt(2 / (n_in * n_out))",
                    "The two sizes are multiplied; the rule adds them.",
                ),
            ],
        ),
        Part(
            "he",
            "return normal * np.sqrt(2 / n_in)",
            cases=["he(wide)", "he(narrow)"],
            hints=[
                "The rule keeps the forward pass level, so the number of inputs alone counts.",
                "ReLU lets through half of the mean square, for which a factor of 2 makes up.",
            ],
            wrong=[
                Wrong(
                    "return normal * 2 / n_in",
                    "The numbers are multiplied by the variance itself, and not by its root.",
                ),
                Wrong(
                    "return normal * np.sqrt(1 / n_in)",
                    "The factor of 2 is missing, which makes up for the half that ReLU takes away.",
                ),
                Wrong(
                    "return normal * np.sqrt(2 / n_out)",
                    "The number of units is taken; the rule counts the inputs of a unit, which are "
                    "the rows.",
                ),
                Wrong(
                    "return normal * np.sqrt(2 / (n_in + n_out))",
                    "This is the rule of Glorot again.",
                ),
                Wrong(
                    "return normal / np.sqrt(2 / n_in)",
                    "The numbers are divided by the standard deviation, so they get larger where "
                    "they should get smaller.",
                ),
                Wrong(
                    "return normal * np.sqrt(2 * n_in)",
                    "The weights grow with the number of inputs; they must shrink, because the "
                    "more numbers a unit adds up, the larger is the sum.",
                ),
            ],
        ),
        Part(
            "glorot_bound",
            "return np.sqrt(6 / (n_in + n_out))",
            cases=["glorot_bound(100, 300)", "glorot_bound(4, 1)"],
            hints=[
                "Set `r**2 / 3` equal to the variance of the rule, and solve for `r`.",
            ],
            wrong=[
                Wrong(
                    "return np.sqrt(2 / (n_in + n_out))",
                    "This is the standard deviation; the bound lies further out, by the root of 3.",
                ),
                Wrong(
                    "return 6 / (n_in + n_out)",
                    "The root is missing: this is the square of the bound.",
                ),
                Wrong(
                    "return np.sqrt(2 / (3 * (n_in + n_out)))",
                    "The 3 stands on the wrong side: the variance is `r**2 / 3`, so the square of "
                    "the bound is three times the variance.",
                ),
                Wrong(
                    "return np.sqrt(6 / n_in)",
                    "This is the bound for the rule of He.",
                ),
                Wrong(
                    "return np.sqrt(3 / (n_in + n_out))",
                    "This belongs to half the variance: the 2 of the rule is missing.",
                ),
            ],
        ),
    ],
    praise="Right. One root decides whether a signal arrives at the other end of a deep network.",
)
