"""The program of chapter 3, with five lines to write."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="the-program",
    title="The program with five lines to write",
    statement=(
        "This is a complete program for one step of a 3-2-1 network, but without the five lines of "
        "its backward pass. Write these lines, with the error as the target minus the output, and "
        "steps that are **added** to the weights."
    ),
    program="""
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


x = np.array([0.5, 0.1, -0.2])
target = 0.6
learning_rate = 0.5
W_hidden = np.array([[0.5, -0.6], [0.1, -0.2], [0.1, 0.7]])
W_output = np.array([0.1, -0.3])

# Forward
a_hidden = sigmoid(x @ W_hidden)
output = sigmoid(a_hidden @ W_output)

# TODO 1: the error
error = ...
# TODO 2: the error term of the output unit
delta_output = ...
# TODO 3: the error terms of the two hidden units
delta_hidden = ...
# TODO 4: the steps of the weights from the hidden units to the output
step_output = ...
# TODO 5: the steps of the weights from the inputs to the hidden units
step_hidden = ...

print("Change in weights for hidden layer to output layer:")
print(step_output)
print("Change in weights for input layer to hidden layer:")
print(step_hidden)
""",
    others=[
        "x = np.array([-1.0, 0.8, 0.3]); target = 0.2; learning_rate = 0.1",
        "W_hidden = np.array([[1.5, 0.4], [-0.7, 0.2], [0.3, -1.1]]); "
        "W_output = np.array([-0.9, 1.4])",
    ],
    tolerance=1e-12,
    parts=[
        Part(
            "error",
            "error = target - output",
            hints=["The error says in which direction the output should move, and how far."],
            wrong=[
                Wrong(
                    "error = output - target",
                    "The sign is the other way round: with the output minus the target, steps that "
                    "are added lead uphill.",
                ),
                Wrong(
                    "error = (target - output) ** 2 / 2",
                    "This is the loss, half the squared error. The backward pass begins with the "
                    "difference itself.",
                ),
                Wrong(
                    "error = (target - output) ** 2",
                    "This is the squared error, which has lost the sign of the difference.",
                ),
                Wrong(
                    "error = abs(target - output)",
                    "The absolute value has lost the sign, which says in which direction to go.",
                ),
            ],
        ),
        Part(
            "delta_output",
            "delta_output = error * output * (1 - output)",
            hints=[
                "The error, times the slope of the output unit.",
                "The slope of a sigmoid unit is its output times one minus its output.",
            ],
            wrong=[
                Wrong("delta_output = error", "The slope of the output unit is missing."),
                Wrong(
                    "delta_output = error * output",
                    "Of the slope, the factor `1 - output` is missing.",
                ),
                Wrong(
                    "delta_output = error * (1 - output)",
                    "Of the slope, the factor `output` is missing.",
                ),
                Wrong(
                    "delta_output = error * sigmoid(output) * (1 - sigmoid(output))",
                    "The sigmoid has been applied twice: the output is the value of a sigmoid "
                    "already.",
                ),
                Wrong(
                    "delta_output = error * target * (1 - target)",
                    "The slope is taken at the target, and not at the output.",
                ),
                Wrong(
                    "delta_output = error + output * (1 - output)",
                    "The chain rule multiplies: the slope has been added to the error.",
                ),
            ],
        ),
        Part(
            "delta_hidden",
            "delta_hidden = delta_output * W_output * a_hidden * (1 - a_hidden)",
            hints=[
                "The error term of the output goes back over the weights that led to the output.",
                "At each hidden unit it is then multiplied by the slope of that unit.",
            ],
            wrong=[
                Wrong(
                    "delta_hidden = delta_output * W_output",
                    "The slopes of the hidden units are missing.",
                ),
                Wrong(
                    "delta_hidden = error * W_output * a_hidden * (1 - a_hidden)",
                    "The error goes back, and not the error term: the slope of the output unit is "
                    "missing on the way.",
                ),
                Wrong(
                    "delta_hidden = delta_output * a_hidden * (1 - a_hidden)",
                    "The weights are missing: an error term goes back over them.",
                ),
                Wrong(
                    "delta_hidden = delta_output * W_output * a_hidden",
                    "Of the slopes, the factor `1 - a_hidden` is missing.",
                ),
                Wrong(
                    "delta_hidden = delta_output * W_output * output * (1 - output)",
                    "The slope is that of the output unit; each hidden unit has its own.",
                ),
                Wrong(
                    "delta_hidden = np.dot(delta_output * W_output, a_hidden * (1 - a_hidden))",
                    "The two hidden units have been added up to one number: each has an error term "
                    "of its own, so multiply elementwise.",
                ),
            ],
        ),
        Part(
            "step_output",
            "step_output = learning_rate * delta_output * a_hidden",
            hints=[
                "The learning rate, times the error term where the weight ends, times the value "
                "where the weight begins."
            ],
            wrong=[
                Wrong("step_output = delta_output * a_hidden", "The learning rate is missing."),
                Wrong(
                    "step_output = learning_rate * error * a_hidden",
                    "The error is taken for the error term: the slope of the output unit is "
                    "missing.",
                ),
                Wrong(
                    "step_output = learning_rate * delta_output * W_output",
                    "The weights are taken for the values where they begin.",
                ),
                Wrong(
                    "step_output = -learning_rate * delta_output * a_hidden",
                    "There is a minus sign too many: these error terms point downhill already.",
                ),
                Wrong(
                    "step_output = learning_rate * delta_output * output",
                    "The value is taken where the weights end; it must be the one where they "
                    "begin, `a_hidden`.",
                ),
                Wrong(
                    "step_output = W_output + learning_rate * delta_output * a_hidden",
                    "These are the new weights; the step is what is added to the old ones.",
                ),
            ],
        ),
        Part(
            "step_hidden",
            "step_hidden = learning_rate * x[:, np.newaxis] * delta_hidden",
            hints=[
                "There is a step for each pair of an input and a hidden unit: the shape is (3, 2).",
                "Make the inputs a column, `x[:, np.newaxis]`, and let NumPy broadcast.",
            ],
            wrong=[
                Wrong(
                    "step_hidden = learning_rate * delta_hidden * x",
                    "The shapes do not fit: three inputs and two hidden units make a table of "
                    "products, for which the inputs must be a column, `x[:, np.newaxis]`.",
                ),
                Wrong(
                    "step_hidden = learning_rate * delta_hidden[:, np.newaxis] * x",
                    "The table is transposed: rows belong to the inputs, and columns to the hidden "
                    "units, as in `W_hidden`.",
                ),
                Wrong(
                    "step_hidden = x[:, np.newaxis] * delta_hidden",
                    "The learning rate is missing.",
                ),
                Wrong(
                    "step_hidden = learning_rate * x[:, np.newaxis] * delta_output",
                    "The error term is that of the output; these weights end at the hidden units.",
                ),
                Wrong(
                    "step_hidden = learning_rate * W_hidden * delta_hidden",
                    "The weights are taken for the inputs where they begin.",
                ),
                Wrong(
                    "step_hidden = -learning_rate * x[:, np.newaxis] * delta_hidden",
                    "There is a minus sign too many: these error terms point downhill already.",
                ),
            ],
        ),
    ],
    praise="Well done: these are the right steps, and the ones that the post printed.",
)
