"""Loss scaling: small gradients in numbers of sixteen bits."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="loss-scaling",
    title="Loss scaling",
    statement=(
        "The loss was multiplied by `S` before the backward pass, which ran in float16, so "
        "`scaled` is `S` times the gradient, in float16. Return the gradient in float32, without "
        "losing what is too small for float16. Then complete a step of the float32 weights `W`: if "
        "a number of `scaled` is infinite or nan, leave the step out and halve `S`. Return the "
        "weights and `S`. The gradient points uphill, as in frameworks."
    ),
    program="""
import numpy as np


def unscaled(scaled, S):
    return ...


def step(W, scaled, S, learning_rate):
    ...
""",
    setting=(
        "scaled = np.array([0.5, 1e-3, -3e-4, 6.1e-5], np.float16); S = 2.0**15\n"
        "W = np.array([1.0, -0.5, 0.25], np.float32)\n"
        "good = np.array([3.25, -0.75, 2.0], np.float16)\n"
        "too_large = np.array([3.25, -np.inf, 2.0], np.float16)\n"
        "undefined = np.array([3.25, -0.75, np.nan], np.float16)\n"
        "nearly = np.array([65504.0, 65504.0, -2.0], np.float16)\n"
        "all_lost = np.array([np.nan, np.inf, -np.inf], np.float16)"
    ),
    tolerance=1e-6,
    parts=[
        Part(
            "unscaled",
            "return scaled.astype(np.float32) / S",
            cases=["unscaled(scaled, S)", "unscaled(scaled, 1024.0)"],
            hints=[
                "Divide by the factor with which the loss was multiplied.",
                "`scaled.astype(np.float32)` has room for small numbers, so change the type before "
                "anything gets small.",
            ],
            wrong=[
                Wrong(
                    "return (scaled / S).astype(np.float32)",
                    "The division is done in float16, where the small numbers that the factor "
                    "had saved become 0 after all: change the type first, and then divide.",
                ),
                Wrong(
                    "return scaled.astype(np.float32)",
                    "The division by `S` is missing: the step would be `S` times too long.",
                ),
                Wrong(
                    "return scaled.astype(np.float32) * S",
                    "The factor is multiplied in a second time; divide by it.",
                ),
                Wrong(
                    "return scaled.astype(np.float32) / np.sqrt(S)",
                    "The root is taken of the factor. The backward pass is linear in the loss, so "
                    "every gradient has the whole factor.",
                ),
                Wrong(
                    "return scaled.astype(np.float32) / S / len(scaled)",
                    "The mean is taken once more; it is in the loss already.",
                ),
            ],
        ),
        Part(
            "step",
            """
if not np.all(np.isfinite(scaled)):
    return W, S / 2
return W - learning_rate * unscaled(scaled, S), S
""",
            cases=[
                "step(W, good, 1024.0, 0.125)",
                "step(W, too_large, 1024.0, 0.125)",
                "step(W, undefined, 4096.0, 0.125)",
                "step(W, all_lost, 256.0, 0.125)",
                "step(W, nearly, 64.0, 0.125)",
            ],
            hints=[
                "`np.isfinite` is False for infinities and for nan.",
                "If one number is not finite, return the weights as they were, and `S / 2`.",
            ],
            wrong=[
                Wrong(
                    "return W - learning_rate * unscaled(scaled, S), S",
                    "Infinities and nan go into the weights, and never leave them again: look at "
                    "the gradient first, and leave the step out.",
                ),
                Wrong(
                    "return W, S\n",
                    "The step is left out, but the factor stays as it is, so the next one will "
                    "overflow as well: halve `S`.",
                    "return W, S / 2\n",
                ),
                Wrong(
                    "return W, 2 * S\n",
                    "The factor is doubled; a gradient that overflows needs a smaller one.",
                    "return W, S / 2\n",
                ),
                Wrong(
                    "if np.any(np.isnan(scaled))",
                    "Only nan is looked for, and too large numbers are infinite: use "
                    "`np.isfinite`.",
                    "if not np.all(np.isfinite(scaled))",
                ),
                Wrong(
                    "if np.any(np.isinf(scaled))",
                    "Only infinities are looked for, and their difference is nan: use "
                    "`np.isfinite`.",
                    "if not np.all(np.isfinite(scaled))",
                ),
                Wrong(
                    "if not np.any(np.isfinite(scaled))",
                    "The step is left out only if no number at all is finite; one that is not "
                    "finite is enough: `np.all`.",
                    "if not np.all(np.isfinite(scaled))",
                ),
                Wrong(
                    "if np.all(np.isfinite(scaled))",
                    "The two cases are exchanged: leave the step out where a number is not finite.",
                    "if not np.all(np.isfinite(scaled))",
                ),
                Wrong(
                    "W.astype(np.float16) - np.float16(learning_rate) * "
                    "unscaled(scaled, S).astype(np.float16)",
                    "The step is taken in float16, where a small step is lost beside its weight: "
                    "keep the weights in float32.",
                    "W - learning_rate * unscaled(scaled, S)",
                ),
                Wrong(
                    "return W - learning_rate * scaled.astype(np.float32), S",
                    "The gradient still has its factor: use `unscaled`.",
                    "return W - learning_rate * unscaled(scaled, S), S",
                ),
                Wrong(
                    "return W - learning_rate * unscaled(scaled, S)",
                    "Return two things, the weights and `S`.",
                    "return W - learning_rate * unscaled(scaled, S), S",
                ),
                Wrong(
                    "return W + learning_rate",
                    "The weights go uphill: this gradient is the true one, so its step is "
                    "subtracted.",
                    "return W - learning_rate",
                ),
                Wrong(
                    "return W - learning_rate * np.nan_to_num(unscaled(scaled, S)), S / 2",
                    "The numbers that are not finite are replaced, and the rest is kept. But if "
                    "one number overflowed, nothing says what the others are worth: leave the "
                    "whole step out.",
                    "return W, S / 2",
                ),
            ],
        ),
    ],
    praise="Right. A factor of a power of two costs nothing, and saves what would have been 0.",
)
