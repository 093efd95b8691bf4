"""Adam, in four lines."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="adam",
    title="Adam",
    statement=(
        "Complete a step of Adam. `m` and `s` are the running means of `d` and of its square, `d` "
        "is minus the gradient, and `tau` counts the steps from 1. Return the new `m`, the new `s` "
        "and the step. Epsilon, 1e-8, is added to the root."
    ),
    program="""
import numpy as np


def adam_step(m, s, d, tau, learning_rate, beta1=0.9, beta2=0.999):
    ...
""",
    setting=(
        "m = np.array([0.2, -0.4, 0.1]); s = np.array([0.3, 0.1, 0.5]); "
        "d = np.array([1.0, 0.5, -2.0]); zero = np.zeros(3)"
    ),
    parts=[
        Part(
            "adam_step",
            """
m = beta1 * m + (1 - beta1) * d
s = beta2 * s + (1 - beta2) * d**2
m_hat = m / (1 - beta1**tau)
s_hat = s / (1 - beta2**tau)
return m, s, learning_rate * m_hat / (np.sqrt(s_hat) + 1e-8)
""",
            cases=[
                "adam_step(zero, zero, d, 1, 0.01)",
                "adam_step(m, s, d, 7, 0.1, 0.8, 0.95)",
            ],
            hints=[
                "Both running means keep the share beta, and take in the share one minus beta.",
                "Both are divided by one minus beta to the power tau, because they begin at 0.",
                "The corrected means are for the step alone: `m` and `s` are kept uncorrected.",
            ],
            wrong=[
                Wrong(
                    "m_hat = m",
                    "The correction of `m` is missing: the first steps are too small.",
                    "m_hat = m / (1 - beta1**tau)",
                ),
                Wrong(
                    "s_hat = s",
                    "The correction of `s` is missing: the first steps are too large.",
                    "s_hat = s / (1 - beta2**tau)",
                ),
                Wrong(
                    "np.sqrt(s_hat + 1e-8)",
                    "Epsilon stands within the root; it is to be added to the root.",
                    "(np.sqrt(s_hat) + 1e-8)",
                ),
                Wrong(
                    "(s_hat + 1e-8)",
                    "The root is missing: the step would shrink as the gradient grows.",
                    "(np.sqrt(s_hat) + 1e-8)",
                ),
                Wrong(
                    "(1 - beta2) * d",
                    "The second mean is that of the squares: the square is missing.",
                    "(1 - beta2) * d**2",
                ),
                Wrong(
                    "return m_hat, s_hat,",
                    "The corrected means are returned, and will be "
                    "corrected again at the next step.",
                    "return m, s,",
                ),
                Wrong(
                    "(1 - beta1)\n",
                    "The correction has no power: it must fade as `tau` grows.",
                    "(1 - beta1**tau)\n",
                ),
                Wrong(
                    "m = beta1 * m + d",
                    "The new gradient comes in with the weight 1: the factor "
                    "`1 - beta1` is missing.",
                    "m = beta1 * m + (1 - beta1) * d",
                ),
                Wrong(
                    "-learning_rate * m_hat",
                    "There is a minus sign too many: `d` points downhill already.",
                    "learning_rate * m_hat",
                ),
            ],
        ),
    ],
    praise="Right. Now you know what stands behind the default of most libraries.",
)
