"""The gradient of a table that is looked up."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="embedding",
    title="A table that is looked up",
    statement=(
        "An embedding turns tokens, the whole numbers in `tokens` of shape (N, T), into the rows "
        "of a table `W` that have these numbers, and adds to each the row of a second table `P` "
        "that belongs to its place. `e`, of shape (N, T, n), holds the errors of the result, minus "
        "derivatives of the loss. Complete the forward pass and minus the gradients of both "
        "tables. The table `W` has k rows, and a token may come more than once."
    ),
    program="""
import numpy as np


def forward(tokens, W, P):
    return ...


def table_downhill(tokens, e, k):
    ...


def places_downhill(e):
    return ...
""",
    setting=(
        "tokens = np.array([[3, 1, 3], [0, 3, 1]])\n"
        "W = np.array([[0.5, -0.3], [-0.6, 0.9], [0.4, 1.0], [0.1, -0.7], [1.2, 0.2]])\n"
        "P = np.array([[0.1, 0.2], [-0.3, 0.4], [0.6, -0.5]])\n"
        "e = np.array([[[1.0, 0.2], [-0.5, 0.3], [0.25, 2]], [[0.7, -1], [0.4, 0.6], [-2, 0.9]]])"
    ),
    tolerance=1e-12,
    parts=[
        Part(
            "forward",
            "return W[tokens] + P",
            cases=["forward(tokens, W, P)", "forward(tokens[1:, :2], W[:4, :1], P[:2, :1])"],
            hints=[
                "An array of whole numbers as an index takes the rows that have these numbers.",
                "The rows of `P` stand in the order of the places, so broadcasting adds them.",
            ],
            wrong=[
                Wrong("return W[tokens]", "The places are missing: add `P`."),
                Wrong(
                    "return W[tokens] + P[tokens % len(P)]",
                    "The second table is looked up by the tokens; its rows belong to the places.",
                ),
                Wrong(
                    "return W[tokens] * P",
                    "The place is multiplied in; it is added.",
                ),
                Wrong(
                    "return W[tokens[0]] + P",
                    "Only the first sequence is looked up; there are N of them.",
                ),
                Wrong(
                    "return W[tokens] + P[tokens]",
                    "The second table is looked up by the tokens, and it has a row for each place "
                    "only: NumPy finds no such row.",
                ),
            ],
        ),
        Part(
            "table_downhill",
            """
d = np.zeros((k, e.shape[-1]))
np.add.at(d, tokens, e)
return d
""",
            cases=["table_downhill(tokens, e, len(W))", "table_downhill(tokens, e[..., :1], 4)"],
            hints=[
                "Row c gets the errors of all places at which token c stood.",
                "What a token gets at several places is added up.",
                "`np.add.at(d, tokens, e)` adds at every index, also where an index comes again.",
            ],
            wrong=[
                Wrong(
                    "d[tokens] += e",
                    "A token that comes more than once gets only its last error: with an array of "
                    "indices, NumPy writes each row once, even with `+=`. Use `np.add.at`, or a "
                    "loop.",
                    "np.add.at(d, tokens, e)",
                ),
                Wrong(
                    "np.add.at(d, tokens, e)\nd /= np.maximum(np.bincount("
                    "tokens.ravel(), minlength=k), 1)[:, np.newaxis]",
                    "The errors of a token are divided by how often it came; they add up.",
                    "np.add.at(d, tokens, e)",
                ),
                Wrong(
                    "for row, errors in zip(tokens, e):\n    d[row] += errors",
                    "A token that comes twice in one sequence gets only its last error there: "
                    "with an array of indices, NumPy writes each row once, even with `+=`. Use "
                    "`np.add.at`, or a loop over the places, too.",
                    "np.add.at(d, tokens, e)",
                ),
                Wrong(
                    "np.add.at(d, tokens[0], e[0])",
                    "Only the first sequence is counted.",
                    "np.add.at(d, tokens, e)",
                ),
                Wrong(
                    "np.add.at(d, tokens, e / len(tokens))",
                    "The errors are divided by the number of sequences; the mean is in them "
                    "already.",
                    "np.add.at(d, tokens, e)",
                ),
                Wrong(
                    "np.add.at(d, tokens, -e)",
                    "There is a minus sign too many: errors point downhill already.",
                    "np.add.at(d, tokens, e)",
                ),
                Wrong(
                    "d[np.unique(tokens)] = 1.0",
                    "The rows that were looked up are marked; they must get their errors.",
                    "np.add.at(d, tokens, e)",
                ),
                Wrong(
                    "d += e.sum(axis=(0, 1))",
                    "Every row gets the errors of all places; a row gets those of its token alone.",
                    "np.add.at(d, tokens, e)",
                ),
                Wrong(
                    "np.add.at(d, np.arange(e.shape[1]), e.sum(axis=0))",
                    "The errors are added by their places; they must be added by the tokens that "
                    "stood there.",
                    "np.add.at(d, tokens, e)",
                ),
                Wrong(
                    "return e",
                    "These are the errors of the rows as they were looked up; add them up in a "
                    "table of k rows.",
                ),
            ],
        ),
        Part(
            "places_downhill",
            "return e.sum(axis=0)",
            cases=["places_downhill(e)", "places_downhill(e[1:, :2])"],
            hints=["Each row of `P` was added in every sequence."],
            wrong=[
                Wrong(
                    "return e.mean(axis=0)",
                    "The mean over the sequences is taken; what all of them use gets the sum.",
                ),
                Wrong(
                    "return e.sum(axis=1)",
                    "The sum runs over the places; run it over the sequences, since each place has "
                    "a row of its own.",
                ),
                Wrong(
                    "return e.sum(axis=(0, 1))",
                    "The places have been added up as well; each has a row of its own.",
                ),
                Wrong("return e", "The sequences are not added up yet; all of them share `P`."),
                Wrong("return e[0]", "Only the first sequence is counted."),
            ],
        ),
    ],
    praise="Right. A row that was never looked up gets 0, and a frequent one the most.",
)
