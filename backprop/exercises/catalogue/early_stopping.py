"""Early stopping: the weights of the best epoch."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="early-stopping",
    title="Stop at the best epoch",
    statement=(
        "`one_epoch(W)` trains for one epoch and changes the array `W` **in place**, and "
        "`loss_of(W)` is the loss on the validation examples. Train for at most `epochs` epochs, "
        "and stop as soon as `patience` epochs in a row have brought no loss below the best one so "
        "far. Return the weights with the smallest validation loss, those of the start included, "
        "and the number of epochs that were trained."
    ),
    program="""
import numpy as np


def train(W, one_epoch, loss_of, patience, epochs):
    W = W.copy()  # one_epoch changes this array
    ...
""",
    setting="""
W = np.array([0.0, 1.0])
def one_epoch(W):
    W += 1.0
def along(losses):
    return lambda W: losses[min(int(W[0]), len(losses) - 1)]
falls_and_rises = along([0.9, 0.6, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
jitters = along([0.9, 0.5, 0.6, 0.4, 0.5, 0.45, 0.3, 0.6, 0.5, 0.35, 0.2])
only_rises = along([0.2, 0.4, 0.6, 0.8, 1.0])
only_falls = along([0.9, 0.8, 0.7, 0.6, 0.5])
stands_still = along([0.5, 0.4])
""",
    parts=[
        Part(
            "train",
            """
best, kept, waited = loss_of(W), W.copy(), 0
for epoch in range(1, epochs + 1):
    one_epoch(W)
    loss = loss_of(W)
    if loss < best:
        best, kept, waited = loss, W.copy(), 0
    else:
        waited += 1
    if waited == patience:
        return kept, epoch
return kept, epochs
""",
            cases=[
                "train(W, one_epoch, falls_and_rises, 2, 20)",
                "train(W, one_epoch, jitters, 3, 20)",
                "train(W, one_epoch, only_rises, 3, 20)",
                "train(W, one_epoch, only_falls, 2, 3)",
                "train(W, one_epoch, stands_still, 2, 20)",
            ],
            hints=[
                "Keep three things from epoch to epoch: the best loss, the weights that had it, "
                "and how many epochs have gone by since.",
                "The weights change in place, so keep a copy of them.",
                "A new best sets the count of epochs back to 0.",
            ],
            wrong=[
                Wrong(
                    "W, 0\nfor",
                    "The weights that were to be kept have gone on changing: `kept = W` gives the "
                    "same array a second name. Keep `W.copy()`.",
                    "W.copy(), 0\nfor",
                ),
                Wrong(
                    "best, kept, waited = loss, W, 0",
                    "The weights that were to be kept have gone on changing: where a new best is "
                    "found, `W` is one array with two names. Keep `W.copy()`.",
                    "best, kept, waited = loss, W.copy(), 0",
                ),
                Wrong(
                    "return W, epoch",
                    "The weights of the last epoch are returned, and not those of the best one: "
                    "return what was kept, and keep a copy, because `kept = W` only gives the same "
                    "array a second name.",
                    "return kept, epoch",
                ),
                Wrong(
                    "loss, W.copy(), waited",
                    "The count of epochs goes on after a new best; it must begin again at 0, since "
                    "only epochs in a row count.",
                    "loss, W.copy(), 0",
                ),
                Wrong(
                    "if loss >= best:\n        return kept, epoch",
                    "The first epoch that is no better ends the training: the patience is not "
                    "used.",
                    "if waited == patience:\n        return kept, epoch",
                ),
                Wrong(
                    "if waited > patience",
                    "The training waits one epoch too long: stop when the count has reached the "
                    "patience.",
                    "if waited == patience",
                ),
                Wrong(
                    "if loss > best",
                    "The worst epoch is kept: a smaller loss is better.",
                    "if loss < best",
                ),
                Wrong(
                    "if loss <= best",
                    "An epoch that is just as good counts as a new best; the loss must be below "
                    "the best one.",
                    "if loss < best",
                ),
                Wrong(
                    "        waited += 1\n        best = loss\n",
                    "The loss is compared with that of the epoch before; compare it with the best "
                    "one so far.",
                    "        waited += 1\n",
                ),
                Wrong(
                    "best, kept, waited = np.inf, W.copy(), 0",
                    "The loss at the start is not looked at, so an epoch that is worse than the "
                    "start counts as a new best.",
                    "best, kept, waited = loss_of(W), W.copy(), 0",
                ),
                Wrong(
                    "return kept, epoch - waited",
                    "The best epoch is returned; asked for is how many epochs were trained.",
                    "return kept, epoch",
                ),
                Wrong(
                    "for epoch in range(epochs):",
                    "The epochs are counted from 0, so the number is one too small: asked for is "
                    "how many were trained.",
                    "for epoch in range(1, epochs + 1):",
                ),
                Wrong(
                    "return best, epoch",
                    "The best loss is returned; asked for are the weights that had it.",
                    "return kept, epoch",
                ),
            ],
        ),
    ],
    praise="Right. And the weights are the best ones, for which a copy had to be kept.",
)
