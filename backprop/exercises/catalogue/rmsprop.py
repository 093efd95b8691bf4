"""RMSProp: a learning rate for every weight."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="rmsprop",
    title="RMSProp",
    statement=(
        "Complete a step of RMSProp. `s` is the running mean of the squares of `d`, which is minus "
        "the gradient, and `rho` is the share of the mean that stays. Return the new `s` and the "
        "step, in which epsilon, 1e-8, is added to the root. Where every gradient so far was 0, "
        "the step is 0; the arrays that were passed must stay as they are."
    ),
    program="""
import numpy as np


def rmsprop_step(s, d, learning_rate, rho):
    ...
""",
    setting=(
        "s = np.array([0.3, 0.1, 0.5]); d = np.array([1.0, 0.5, -2.0]); "
        "resting = np.zeros(3); still = np.array([0.0, 0.5, -2.0])"
    ),
    parts=[
        Part(
            "rmsprop_step",
            """
s = rho * s + (1 - rho) * d**2
return s, learning_rate * d / (np.sqrt(s) + 1e-8)
""",
            cases=[
                "rmsprop_step(s, d, 0.1, 0.9)",
                "rmsprop_step(resting, still, 0.01, 0.8)",
            ],
            hints=[
                "The mean keeps the share `rho`, and takes in the share `1 - rho` of the squares.",
                "The step divides by the root of the **new** mean, number by number.",
            ],
            wrong=[
                Wrong(
                    "(s + 1e-8)",
                    "The root is missing: the step would shrink as the gradient grows.",
                    "(np.sqrt(s) + 1e-8)",
                ),
                Wrong(
                    "np.sqrt(s + 1e-8)",
                    "Epsilon stands within the root; it is to be added to the root.",
                    "(np.sqrt(s) + 1e-8)",
                ),
                Wrong(
                    "np.sqrt(s)",
                    "Epsilon is missing, and without it a weight whose gradients were all 0 gets "
                    "0 / 0, which is nan.",
                    "(np.sqrt(s) + 1e-8)",
                ),
                Wrong(
                    "(1 - rho) * d\n",
                    "The mean is that of the squares: the square is missing.",
                    "(1 - rho) * d**2\n",
                ),
                Wrong(
                    "s = rho * s + d**2",
                    "The squares come in with the weight 1: the factor `1 - rho` is missing, so "
                    "this is no mean.",
                    "s = rho * s + (1 - rho) * d**2",
                ),
                Wrong(
                    "s = s + d**2",
                    "This is AdaGrad: the squares are added up for ever, and the steps get "
                    "shorter and shorter. In RMSProp the mean forgets.",
                    "s = rho * s + (1 - rho) * d**2",
                ),
                Wrong(
                    "s = (1 - rho) * s + rho * d**2",
                    "The two shares are exchanged: `rho` is what stays of the old mean.",
                    "s = rho * s + (1 - rho) * d**2",
                ),
                Wrong(
                    "step = learning_rate * d / (np.sqrt(s) + 1e-8)\n"
                    "return rho * s + (1 - rho) * d**2, step",
                    "The step divides by the root of the old mean; it must be that of the new one, "
                    "or the first step divides by 0.",
                ),
                Wrong(
                    "s = rho * s + (1 - rho) * np.mean(d**2)",
                    "One mean is taken for all weights; each weight has a mean, and so a learning "
                    "rate, of its own.",
                    "s = rho * s + (1 - rho) * d**2",
                ),
                Wrong(
                    "return s, -learning_rate",
                    "There is a minus sign too many: `d` points downhill already.",
                    "return s, learning_rate",
                ),
                Wrong(
                    "return s, d /",
                    "The learning rate is missing.",
                    "return s, learning_rate * d /",
                ),
                Wrong(
                    "return s, learning_rate /",
                    "The gradient is missing in the step: the same step would be taken whatever "
                    "its sign.",
                    "return s, learning_rate * d /",
                ),
                Wrong(
                    "return s, learning_rate * np.sign(d) /",
                    "Only the sign of the gradient is used; the step is the gradient itself, "
                    "divided.",
                    "return s, learning_rate * d /",
                ),
            ],
        ),
    ],
    praise="Right. However steep the ground, each weight now moves by about the learning rate.",
)
