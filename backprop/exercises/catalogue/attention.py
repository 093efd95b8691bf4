"""Attention, and back."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="attention",
    title="Attention, and back",
    statement=(
        "Given is attention over T places, of one sequence. `e` holds the errors of its outputs, "
        "minus derivatives of the loss. Go back to the values, to the weights `p`, through the "
        "softmax of each row to the scores, and from there to queries and keys."
    ),
    program="""
import numpy as np


def forward(q, k, v):
    scores = q @ k.T / np.sqrt(q.shape[1])
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = p / p.sum(axis=1, keepdims=True)
    return p @ v, p


def values_error(e, p):
    return ...


def weights_error(e, v):
    return ...


def scores_error(e_p, p):
    return ...


def queries_and_keys_error(delta, q, k):
    return ...
""",
    setting=(
        "q = np.array([[1.0, 0.2], [-0.3, 2.0], [1.0, 1.0]])\n"
        "k = np.array([[2.0, 0.1], [0.4, 1.0], [1.0, -1.0]])\n"
        "v = np.array([[1.0, 0.3, 0.5, -1], [0.2, 1, -0.7, 0], [2, 2, 0.1, 0.4]])\n"
        "e = np.array([[1.0, 0.1, -0.4, 2], [0.3, 1, 0.6, 0], [1, -1, 0.2, -0.8]])\n"
        "p = np.array([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.5, 0.25, 0.25]]); e_p = e @ v.T\n"
        "delta = np.array([[0.4, -0.3, -0.1], [0.2, 0.5, -0.7], [-0.6, 0.1, 0.5]])"
    ),
    tolerance=1e-12,
    parts=[
        Part(
            "values_error",
            "return p.T @ e",
            cases=["values_error(e, p)", "values_error(e[:, 1:], p)"],
            hints=[
                "Value j went to every place i, multiplied by the weight in row i and column j.",
                "Forward, each row of weights adds up values; back, each column adds up errors.",
            ],
            wrong=[
                Wrong(
                    "return e @ p.T",
                    "The shapes do not fit: the weights stand in front, transposed, and the "
                    "errors behind them.",
                ),
                Wrong(
                    "return p @ e",
                    "The transpose is missing: value j gets its errors over **column** j of the "
                    "weights.",
                ),
                Wrong(
                    "return e",
                    "The weights are missing: each place took only a share of a value.",
                ),
                Wrong(
                    "return p.T @ e / len(e)",
                    "The mean over the places is taken; what they send back adds up.",
                ),
                Wrong(
                    "return p.sum(axis=0)[:, np.newaxis] * e",
                    "Each value gets the error of its own place alone; it went to all places.",
                ),
            ],
        ),
        Part(
            "weights_error",
            "return e @ v.T",
            cases=["weights_error(e, v)", "weights_error(e[:, 1:], v[:, 1:])"],
            hints=[
                "The weight of row i and column j multiplied value j on its way to place i.",
                "Its error is the dot product of the error at place i and value j.",
            ],
            wrong=[
                Wrong(
                    "return v @ e.T",
                    "The matrix is transposed: rows belong to the places that ask.",
                ),
                Wrong(
                    "return e * v",
                    "Each place meets its own value alone; a weight belongs to each **pair** of "
                    "places, so all dot products are needed.",
                ),
                Wrong(
                    "return e @ v",
                    "The shapes do not fit: a dot product is needed of each error and each value, "
                    "so transpose the values.",
                ),
                Wrong(
                    "return e @ v.T / np.sqrt(v.shape[1])",
                    "The scale belongs to the scores of queries and keys; values have none.",
                ),
                Wrong(
                    "return e.T @ v",
                    "The places have been added up; here the features are to be added up, for each "
                    "pair of places.",
                ),
            ],
        ),
        Part(
            "scores_error",
            "return p * (e_p - (p * e_p).sum(axis=1, keepdims=True))",
            cases=["scores_error(e_p, p)", "scores_error(e_p.T, p[::-1])"],
            hints=[
                "A score acts on all weights of its row, because they must add up to 1.",
                "Subtract from each row the mean of its errors, weighted by `p`.",
                "Then multiply by `p`; each row of the result adds up to 0.",
            ],
            wrong=[
                Wrong(
                    "return p * (1 - p) * e_p",
                    "This is the diagonal of the derivative alone, as for sigmoid units; a score "
                    "also moves all other weights of its row.",
                ),
                Wrong(
                    "return p * e_p",
                    "The sum over the row is missing: when one weight rises, others must fall.",
                ),
                Wrong(
                    "return e_p - (p * e_p).sum(axis=1, keepdims=True)",
                    "The factor `p` in front is missing.",
                ),
                Wrong(
                    "return p * (e_p - (p * e_p).sum(axis=0))",
                    "The sum goes down the columns; softmax was taken along each row.",
                ),
                Wrong(
                    "return p * (e_p - e_p.mean(axis=1, keepdims=True))",
                    "The plain mean is subtracted; it must be the mean weighted by `p`.",
                ),
                Wrong(
                    "return p * (e_p - e_p.sum(axis=1, keepdims=True))",
                    "The plain sum is subtracted; each error in it must be weighted by `p`.",
                ),
                Wrong(
                    "return p * (e_p - (p * e_p).sum(axis=1))",
                    "The sums lie along the wrong axis: without `keepdims=True`, NumPy subtracts "
                    "the sum of row j from column j.",
                ),
                Wrong(
                    "return p * (e_p - (p * e_p).sum())",
                    "One sum is taken of all rows; each row has a softmax of its own.",
                ),
                Wrong(
                    "return e_p",
                    "The softmax is left out.",
                ),
            ],
        ),
        Part(
            "queries_and_keys_error",
            "return delta @ k / np.sqrt(q.shape[1]), delta.T @ q / np.sqrt(q.shape[1])",
            cases=[
                "queries_and_keys_error(delta, q, k)",
                "queries_and_keys_error(delta, np.hstack([q, k]), np.hstack([k, e]))",
            ],
            hints=[
                "A score is a product of a query and a key, and each gets the other one.",
                "Query i is in row i of the scores, and key j in column j.",
                "The scores were divided by the root of the number of features; that comes back as "
                "a factor.",
            ],
            wrong=[
                Wrong(
                    "return delta @ k, delta.T @ q",
                    "The scale is forgotten on the way back: divide by the root of the number of "
                    "features.",
                ),
                Wrong(
                    "return delta @ k * np.sqrt(q.shape[1]), delta.T @ q * np.sqrt(q.shape[1])",
                    "It is multiplied where it was divided; a factor comes back as the same "
                    "factor.",
                ),
                Wrong(
                    "return delta @ k, delta.T @ q / np.sqrt(q.shape[1])",
                    "For the queries the scale is forgotten; both are divided by the root of the "
                    "number of features.",
                ),
                Wrong(
                    "return delta @ k / np.sqrt(q.shape[1]), delta.T @ q",
                    "For the keys the scale is forgotten; both are divided by the root of the "
                    "number of features.",
                ),
                Wrong(
                    "return delta @ k, delta @ q",
                    "The scale is forgotten, and for the keys the transpose is missing.",
                ),
                Wrong(
                    "return delta @ k / q.shape[1], delta.T @ q / q.shape[1]",
                    "The root of the scale is missing.",
                ),
                Wrong(
                    "return delta @ k / np.sqrt(len(q)), delta.T @ q / np.sqrt(len(q))",
                    "The number of places stands under the root; it must be that of the features.",
                ),
                Wrong(
                    "return delta @ k / np.sqrt(q.shape[1]), delta @ q / np.sqrt(q.shape[1])",
                    "For the keys the transpose is missing: key j stands in **column** j of the "
                    "scores.",
                ),
                Wrong(
                    "return delta.T @ q / np.sqrt(q.shape[1]), delta @ k / np.sqrt(q.shape[1])",
                    "The two are exchanged: the queries come first.",
                ),
                Wrong(
                    "return delta @ q / np.sqrt(q.shape[1]), delta.T @ k / np.sqrt(q.shape[1])",
                    "Queries meet queries, and keys meet keys; of a product each factor gets the "
                    "other one.",
                ),
            ],
        ),
    ],
    praise="Right. Each score rises if its value is better than what the place takes on average.",
)
