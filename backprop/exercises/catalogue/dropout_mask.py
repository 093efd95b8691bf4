"""The mask of dropout: how it is made, and when it is used."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="dropout-mask",
    title="A mask and its factor",
    statement=(
        "`u` holds numbers that were drawn evenly between 0 and 1, one for each output in `A`. "
        "Make a mask that drops an output where `u` is less than `p`, and that multiplies the "
        "others by what keeps the mean as it was. Then complete the layer, which drops nothing "
        "while the network is not being trained, and the error that goes back through it."
    ),
    program="""
import numpy as np


def mask(u, p):
    return ...


def forward(A, u, p, training):
    return ...


def backward(e, u, p, training):
    return ...
""",
    setting=(
        "u = np.array([[0.1, 0.7, 0.3], [0.9, 0.2, 0.6]]); "
        "A = np.array([[1.0, 2, -3], [0.5, 4, -1]]); e = np.array([[0.2, -1, 0.4], [2, -0.3, 1]])"
    ),
    parts=[
        Part(
            "mask",
            "return (u >= p) / (1 - p)",
            cases=["mask(u, 0.5)", "mask(u, 0.25)"],
            hints=[
                "A comparison gives True and False, which count as 1 and 0 where they are divided.",
                "Of many outputs the share `1 - p` is kept, so what is kept is divided by `1 - p`.",
            ],
            wrong=[
                Wrong(
                    "return (u >= p) * 1.0",
                    "The factor is missing: the mean of the outputs shrinks to its share `1 - p`. "
                    "Divide what is kept by `1 - p`.",
                ),
                Wrong(
                    "return (u >= p) / p",
                    "The factor is `1 / p`; the share that is **kept** is `1 - p`.",
                ),
                Wrong(
                    "return (u < p) / (1 - p)",
                    "Dropped and kept are exchanged: an output is dropped where `u` is less than "
                    "`p`.",
                ),
                Wrong(
                    "return (u < p) / p",
                    "`p` is taken for the share that is kept; here it is the share that is "
                    "dropped.",
                ),
                Wrong(
                    "return (u >= p) * (1 - p)",
                    "What is kept is multiplied by `1 - p`; divide, so that it gets larger.",
                ),
                Wrong(
                    "return u * (u >= p) / (1 - p)",
                    "The random numbers themselves are in the mask; it holds only 0 and "
                    "`1 / (1 - p)`.",
                ),
            ],
        ),
        Part(
            "forward",
            "return A * mask(u, p) if training else A",
            cases=["forward(A, u, 0.25, True)", "forward(A, u, 0.25, False)"],
            hints=["In training the outputs are multiplied by the mask, and else left alone."],
            wrong=[
                Wrong(
                    "return A * mask(u, p)",
                    "Outputs are dropped in use as well, so the same input gives another answer "
                    "each time: look at `training`.",
                ),
                Wrong(
                    "return A * mask(u, p) if training else A * (1 - p)",
                    "In use the outputs are made smaller, as in the first papers. Here the mask "
                    "has made up for what is dropped already, so leave them as they are.",
                ),
                Wrong(
                    "return A * mask(u, p) / (1 - p) if training else A",
                    "The factor is applied twice: the mask has it already.",
                ),
                Wrong("return A", "Nothing is dropped in training."),
                Wrong(
                    "return A if training else A * mask(u, p)",
                    "The two modes are exchanged: drop in training.",
                ),
                Wrong(
                    "return A + mask(u, p) if training else A",
                    "The mask is added; it must multiply.",
                ),
            ],
        ),
        Part(
            "backward",
            "return e * mask(u, p) if training else e",
            cases=["backward(e, u, 0.25, True)", "backward(e, u, 0.25, False)"],
            hints=[
                "For the way back, the mask is a factor like any other.",
                "The same `u` gives the same mask.",
            ],
            wrong=[
                Wrong(
                    "return e",
                    "The mask is missing on the way back: an output that was dropped gets no "
                    "error.",
                ),
                Wrong(
                    "return e * (u >= p) if training else e",
                    "The factor is missing on the way back: what went forward larger comes back "
                    "larger, too.",
                ),
                Wrong(
                    "return e * mask(u, p)",
                    "The error is masked in use as well, when nothing was dropped.",
                ),
                Wrong(
                    "return e / mask(u, p) if training else e",
                    "The error is divided by the mask, where 0 gives infinities. A factor comes "
                    "back as a factor.",
                ),
                Wrong(
                    "return e * mask(np.random.default_rng(0).random(u.shape), p) "
                    "if training else e",
                    "Another mask is drawn on the way back; it must be that of the forward pass, "
                    "made of the same `u`.",
                ),
                Wrong(
                    "return e * mask(u, p) ** 2 if training else e",
                    "The mask is applied twice on the way back.",
                ),
            ],
        ),
    ],
    praise="Right. The same numbers make the same mask, forward and back.",
)
