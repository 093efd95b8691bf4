"""The step of a 2-1-1 network, with numbers to type in."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="by-hand",
    title="One step by hand",
    statement=(
        "Do one step of backpropagation with pen, paper and a pocket calculator, for sigmoid units "
        "without biases, and type the numbers in, to four significant digits. The network has two "
        "inputs, one hidden unit and one output. Each of your numbers is compared with what "
        "follows from your earlier ones, so that one slip is counted once."
    ),
    program="""
from math import exp  # for those who let Python do the arithmetic

x_1, x_2 = 0.4, -0.6  # the input
w_1, w_2 = 0.5, 0.2  # the weights to the hidden unit
v = -0.8  # the weight to the output unit
t = 0.9  # the target
eta = 2.0  # the learning rate

# TODO: type in numbers
z = ...
a = ...
output = ...
error = ...
delta_2 = ...
delta_1 = ...
step_v = ...
step_w_1 = ...
step_w_2 = ...
""",
    tolerance=1.2e-3,
    parts=[
        Part(
            "z",
            "z = x_1 * w_1 + x_2 * w_2",
            hints=["Each input times its weight, added up."],
            wrong=[
                Wrong("z = x_1 * w_1 - x_2 * w_2", "The sign of the second input has been lost."),
                Wrong("z = x_1 * w_2 + x_2 * w_1", "The two weights are exchanged."),
                Wrong("z = x_1 + x_2", "The inputs are added without their weights."),
            ],
        ),
        Part(
            "a",
            "a = 1 / (1 + exp(-z))",
            hints=["The sigmoid of z: one, divided by one plus the exponential of minus z."],
            wrong=[
                Wrong("a = z", "The sigmoid is missing: this is the pre-activation itself."),
                Wrong(
                    "a = 1 / (1 + exp(z))",
                    "The sign in the exponent is wrong: the sigmoid of a positive number is above "
                    "one half.",
                ),
            ],
        ),
        Part(
            "output",
            "output = 1 / (1 + exp(-a * v))",
            hints=["The pre-activation of the output unit is a times v. Then the sigmoid of it."],
            wrong=[
                Wrong("output = a * v", "The sigmoid of the output unit is missing."),
                Wrong(
                    "output = 1 / (1 + exp(-z * v))",
                    "The pre-activation `z` of the hidden unit has gone on to the output unit, in "
                    "the place of its output `a`.",
                ),
                Wrong(
                    "output = 1 / (1 + exp(a * v))",
                    "A sign has been lost: the weight `v` is negative, so the output is below one "
                    "half.",
                ),
            ],
        ),
        Part(
            "error",
            "error = t - output",
            hints=["The target minus the output, in this order."],
            wrong=[
                Wrong(
                    "error = output - t",
                    "The error is the target minus the output: the sign is the other way round.",
                ),
                Wrong(
                    "error = (t - output) ** 2 / 2",
                    "This is the loss, half the squared error. The error is the difference itself.",
                ),
            ],
        ),
        Part(
            "delta_2",
            "delta_2 = error * output * (1 - output)",
            hints=["The error, times the slope of the output unit."],
            wrong=[
                Wrong("delta_2 = error", "The slope of the output unit is missing."),
                Wrong(
                    "delta_2 = error * output",
                    "Of the slope, the factor one minus the output is missing.",
                ),
                Wrong(
                    "delta_2 = error * a * (1 - a)",
                    "The slope is that of the hidden unit: here the output unit's is needed.",
                ),
            ],
        ),
        Part(
            "delta_1",
            "delta_1 = delta_2 * v * a * (1 - a)",
            hints=[
                "The error term goes back over v, and is then multiplied by the slope of the "
                "hidden unit."
            ],
            wrong=[
                Wrong("delta_1 = delta_2 * v", "The slope of the hidden unit is missing."),
                Wrong(
                    "delta_1 = delta_2 * a * (1 - a)",
                    "The weight `v` is missing: the error term goes back over it.",
                ),
                Wrong(
                    "delta_1 = error * v * a * (1 - a)",
                    "The error has been carried back, and "
                    "not the error term: the slope of the output unit is missing on the way.",
                ),
                Wrong(
                    "delta_1 = -delta_2 * v * a * (1 - a)",
                    "A sign has been lost: the weight `v` is negative.",
                ),
            ],
        ),
        Part(
            "step_v",
            "step_v = eta * delta_2 * a",
            hints=[
                "The learning rate, times the error term where the weight ends, times the value "
                "where it begins."
            ],
            wrong=[
                Wrong("step_v = delta_2 * a", "The learning rate is missing."),
                Wrong(
                    "step_v = eta * delta_2 * output",
                    "The value is taken where the weight "
                    "ends; it must be the one where the weight begins, `a`.",
                ),
                Wrong(
                    "step_v = eta * delta_1 * a",
                    "The error term is that of the hidden unit; it "
                    "must be the one where the weight ends.",
                ),
                Wrong(
                    "step_v = eta * delta_2", "The value where the weight begins, `a`, is missing."
                ),
                Wrong(
                    "step_v = eta * delta_2 * z",
                    "The pre-activation `z` is taken for the output `a`.",
                ),
            ],
        ),
        Part(
            "step_w_1",
            "step_w_1 = eta * delta_1 * x_1",
            hints=["The same rule: the weight begins at x_1 and ends at the hidden unit."],
            wrong=[
                Wrong(
                    "step_w_1 = eta * delta_2 * x_1",
                    "The error term is that of the output "
                    "unit; this weight ends at the hidden unit.",
                ),
                Wrong(
                    "step_w_1 = eta * delta_1 * w_1",
                    "The weight itself is taken for the input where it begins.",
                ),
                Wrong("step_w_1 = delta_1 * x_1", "The learning rate is missing."),
                Wrong("step_w_1 = eta * delta_1 * x_2", "The inputs are exchanged."),
            ],
        ),
        Part(
            "step_w_2",
            "step_w_2 = eta * delta_1 * x_2",
            hints=["As before, with the second input."],
            wrong=[
                Wrong(
                    "step_w_2 = eta * delta_2 * x_2",
                    "The error term is that of the output "
                    "unit; this weight ends at the hidden unit.",
                ),
                Wrong(
                    "step_w_2 = eta * delta_1 * w_2",
                    "The weight itself is taken for the input where it begins.",
                ),
                Wrong(
                    "step_w_2 = -eta * delta_1 * x_2",
                    "A sign has been lost: the second input is negative.",
                ),
            ],
        ),
    ],
    praise="All nine numbers are right. You have done by hand what a library does.",
)
