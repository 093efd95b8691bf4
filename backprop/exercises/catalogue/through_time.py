"""One recurrent unit, over time."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="through-time",
    title="Back through time",
    statement=(
        "One recurrent unit without a bias is the whole network. At each time step its "
        "output is `tanh(w * x + v * a)`, with `a` its output of the time step before, which is 0 "
        "at first. The loss is half the sum of the squared errors at all time steps. Complete the "
        "forward pass, which returns all outputs with the 0 in front, and minus the derivatives of "
        "`w` and `v`."
    ),
    program="""
import numpy as np


def forward(x, w, v):
    a = [0.0]
    for now in x:
        ...
    return a


def backward(x, t, w, v):
    a = forward(x, w, v)
    delta = d_w = d_v = 0.0
    for k in reversed(range(len(x))):  # a[k + 1] is the output for x[k]
        ...
    return d_w, d_v
""",
    setting="x = np.array([1.0, 0.5, -2.0, 0.7]); t = np.array([0.5, -0.3, 0.2, 0.9])",
    tolerance=1e-12,
    parts=[
        Part(
            "forward",
            "a.append(np.tanh(w * now + v * a[-1]))",
            cases=["forward(x, 0.8, -0.6)", "forward(x, 0.3, 1.2)"],
            hints=["The output of the time step before is `a[-1]`."],
            wrong=[
                Wrong("a.append(w * now + v * a[-1])", "The activation is missing."),
                Wrong(
                    "a.append(np.tanh(w * now))",
                    "The memory is missing: `v` times the output before.",
                ),
                Wrong(
                    "a.append(np.tanh(w * now) + v * a[-1])",
                    "The memory is added behind the activation; it belongs into it.",
                ),
            ],
        ),
        Part(
            "backward",
            """
error = t[k] - a[k + 1] + delta * v
delta = error * (1 - a[k + 1] ** 2)
d_w += delta * x[k]
d_v += delta * a[k]
""",
            cases=["backward(x, t, 0.8, -0.6)", "backward(x, t, 0.3, 1.2)"],
            hints=[
                "The error has two parts: that of this time step, and the error term of the next "
                "one, carried back over `v`.",
                "The slope of tanh is one minus its output squared.",
                "Each weight is used at every time step, so what it gets adds up.",
            ],
            wrong=[
                Wrong(
                    "error = t[k] - a[k + 1]\n",
                    "Nothing comes back from the next time step: `delta * v` is missing.",
                    "error = t[k] - a[k + 1] + delta * v\n",
                ),
                Wrong(
                    "error = delta * v if k < len(x) - 1 else t[k] - a[k + 1]\n",
                    "The error is "
                    "taken at the last time step alone; here every output has a target.",
                    "error = t[k] - a[k + 1] + delta * v\n",
                ),
                Wrong(
                    "delta = error\n",
                    "The slope of the unit is missing.",
                    "delta = error * (1 - a[k + 1] ** 2)\n",
                ),
                Wrong(
                    "(1 - a[k] ** 2)",
                    "The slope is taken at the time step before.",
                    "(1 - a[k + 1] ** 2)",
                ),
                Wrong(
                    "d_v += delta * a[k + 1]",
                    "The recurrent weight meets the output of the time step **before**, `a[k]`.",
                    "d_v += delta * a[k]",
                ),
                Wrong(
                    "d_w = delta * x[k]",
                    "Of `w`, one time step alone is counted: add up with `+=`.",
                    "d_w += delta * x[k]",
                ),
                Wrong(
                    "+ delta\n",
                    "The error term comes back without the weight `v`.",
                    "+ delta * v\n",
                ),
            ],
        ),
    ],
    praise="Right. That is backpropagation through time, in one loop.",
)
