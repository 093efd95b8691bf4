"""One time step of an LSTM, and back."""

from backprop.exercises.exercise import Exercise, Part, Wrong

EXERCISE = Exercise(
    name="lstm-cell",
    title="One step of an LSTM, and back",
    statement=(
        "Two cells of an LSTM have made one time step. `e` holds the errors of their outputs `h`, "
        "and `e_next` what the next time step has sent back to the states `c`, over its forget "
        "gates; both are minus derivatives of the loss. Complete the error of the states, the "
        "error terms of the four pre-activations, and what is sent back to the states before."
    ),
    program="""
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


z_i = np.array([0.2, -1.0])
z_f = np.array([3.0, 0.5])
z_g = np.array([1.0, -0.4])
z_o = np.array([0.1, 0.8])
c_before = np.array([0.5, -1.2])
e = np.array([1.0, -0.5])
e_next = np.array([0.6, 0.9])

i, f, o = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o)
g = np.tanh(z_g)
c = f * c_before + i * g
h = o * np.tanh(c)

e_cell = ...
delta_i = ...
delta_f = ...
delta_g = ...
delta_o = ...
e_before = ...
""",
    others=[
        "z_i = np.array([0.7, 0.3])\n"
        "z_f = np.array([-0.6, 1.4])\n"
        "z_g = np.array([0.9, 1.6])\n"
        "z_o = np.array([-0.2, -1.1])\n"
        "c_before = np.array([0.8, 0.4])\n"
        "e = np.array([-0.7, 0.2])\n"
        "e_next = np.array([0.1, -1.3])",
    ],
    tolerance=1e-12,
    parts=[
        Part(
            "e_cell",
            "e_cell = e * o * (1 - np.tanh(c) ** 2) + e_next",
            hints=[
                "The state acts on the loss in two ways: by the output, and by the next state.",
                "Through the output it meets the slope of tanh and the output gate.",
                "The forget gates of the next time step are in `e_next` already.",
            ],
            wrong=[
                Wrong(
                    "e_cell = e * o * (1 - np.tanh(c) ** 2)",
                    "What the next time step sends back, `e_next`, is missing.",
                ),
                Wrong(
                    "e_cell = e_next",
                    "The path by the output of this time step is missing.",
                ),
                Wrong(
                    "e_cell = e * o * (1 - np.tanh(c) ** 2) + e_next * f",
                    "The forget gates of this time step are multiplied in; those of the next one "
                    "are in `e_next` already.",
                ),
                Wrong(
                    "e_cell = e * (1 - np.tanh(c) ** 2) + e_next",
                    "The output gate is missing: it stands between the state and the output.",
                ),
                Wrong(
                    "e_cell = e + e_next",
                    "The error of the output comes to the state over the output gate and the "
                    "slope of tanh; both are missing.",
                ),
                Wrong(
                    "e_cell = e * o + e_next",
                    "The slope of tanh is missing: the output shows the tanh of the state.",
                ),
                Wrong(
                    "e_cell = e * o * (1 - c**2) + e_next",
                    "The slope of tanh is one minus the **tanh** of the state, squared.",
                ),
                Wrong(
                    "e_cell = (e + e_next) * o * (1 - np.tanh(c) ** 2)",
                    "`e_next` is an error of the state itself, so it does not pass the output gate "
                    "and the tanh.",
                ),
                Wrong(
                    "e_cell = e * o * (1 - h**2) + e_next",
                    "The slope is that of `tanh(c)`; the output `h` has the gate in it.",
                ),
            ],
        ),
        Part(
            "delta_i",
            "delta_i = e_cell * g * i * (1 - i)",
            hints=[
                "The state holds the product of input gate and candidate: each factor gets the "
                "other one.",
                "A gate is a sigmoid unit.",
            ],
            wrong=[
                Wrong(
                    "delta_i = e_cell * g",
                    "The slope of the gate is missing: this is its error, and not its error term.",
                ),
                Wrong("delta_i = e_cell * i * (1 - i)", "The candidate `g` is missing."),
                Wrong(
                    "delta_i = e * g * i * (1 - i)",
                    "The error of the output is taken; the input gate acts on the state.",
                ),
                Wrong(
                    "delta_i = e_cell * c_before * i * (1 - i)",
                    "The state before is the partner of the forget gate; that of the input gate is "
                    "the candidate.",
                ),
                Wrong(
                    "delta_i = e_cell * g * (1 - i**2)",
                    "This is the slope of tanh; the gate is a sigmoid unit.",
                ),
            ],
        ),
        Part(
            "delta_f",
            "delta_f = e_cell * c_before * f * (1 - f)",
            hints=["The forget gate multiplies the state of the time step before."],
            wrong=[
                Wrong(
                    "delta_f = e_cell * c * f * (1 - f)",
                    "The new state is taken; the forget gate multiplied the state **before**.",
                ),
                Wrong("delta_f = e_cell * c_before", "The slope of the gate is missing."),
                Wrong(
                    "delta_f = e_cell * c_before * (1 - f)",
                    "Of the slope of the gate, the factor `f` is missing.",
                ),
                Wrong(
                    "delta_f = e * c_before * f * (1 - f)",
                    "The error of the output is taken; the forget gate acts on the state.",
                ),
                Wrong(
                    "delta_f = e_cell * f * (1 - f)",
                    "The state before is missing: it is the other factor.",
                ),
                Wrong(
                    "delta_f = e_cell * g * f * (1 - f)",
                    "The candidate is the partner of the input gate.",
                ),
                Wrong(
                    "delta_f = e_next * c_before * f * (1 - f)",
                    "The error of the state has two parts, and here the output's is missing: take "
                    "`e_cell`.",
                ),
            ],
        ),
        Part(
            "delta_g",
            "delta_g = e_cell * i * (1 - g**2)",
            hints=["The candidate is a tanh unit, and its partner is the input gate."],
            wrong=[
                Wrong(
                    "delta_g = e_cell * i * g * (1 - g)",
                    "This is the slope of a sigmoid; the candidate is a tanh unit.",
                ),
                Wrong("delta_g = e_cell * i", "The slope of the candidate is missing."),
                Wrong("delta_g = e_cell * (1 - g**2)", "The input gate is missing."),
                Wrong(
                    "delta_g = e_cell * i * (1 - np.tanh(g) ** 2)",
                    "The tanh is applied twice: `g` is the output of the tanh already.",
                ),
                Wrong(
                    "delta_g = e_cell * f * (1 - g**2)",
                    "The forget gate is the partner of the state before.",
                ),
                Wrong(
                    "delta_g = e * i * (1 - g**2)",
                    "The error of the output is taken; the candidate acts on the state.",
                ),
            ],
        ),
        Part(
            "delta_o",
            "delta_o = e * np.tanh(c) * o * (1 - o)",
            hints=["The output gate alone acts on the output, and not on the state."],
            wrong=[
                Wrong(
                    "delta_o = e_cell * np.tanh(c) * o * (1 - o)",
                    "The error of the state is taken; the output gate acts on the output of this "
                    "time step alone.",
                ),
                Wrong(
                    "delta_o = e * c * o * (1 - o)",
                    "The state itself is taken; what the gate shows is its tanh.",
                ),
                Wrong("delta_o = e * np.tanh(c)", "The slope of the gate is missing."),
                Wrong(
                    "delta_o = e * h * o * (1 - o)",
                    "The output has the gate in it already; the other factor is `np.tanh(c)`.",
                ),
                Wrong(
                    "delta_o = e * np.tanh(c) * (1 - o**2)",
                    "This is the slope of tanh; the gate is a sigmoid unit.",
                ),
                Wrong(
                    "delta_o = (e + e_next) * np.tanh(c) * o * (1 - o)",
                    "`e_next` is an error of the state, on which the output gate does not act.",
                ),
                Wrong(
                    "delta_o = e * o * (1 - o)",
                    "The other factor, `np.tanh(c)`, is missing.",
                ),
                Wrong(
                    "delta_o = e * (1 - np.tanh(c) ** 2) * o * (1 - o)",
                    "The slope of tanh belongs to the way to the state; here tanh itself is the "
                    "other factor.",
                ),
            ],
        ),
        Part(
            "e_before",
            "e_before = e_cell * f",
            hints=["From one state to the next leads one product."],
            wrong=[
                Wrong(
                    "e_before = e_cell",
                    "The forget gate is missing: it multiplied the state on its way.",
                ),
                Wrong(
                    "e_before = e_next * f",
                    "What came in by the output of this time step is lost: take `e_cell`.",
                ),
                Wrong(
                    "e_before = e_cell * f * (1 - f)",
                    "The slope of the gate belongs to its own error term; the state meets the gate "
                    "itself.",
                ),
                Wrong(
                    "e_before = e * f",
                    "The error of the output is taken; along the state the error of the state "
                    "goes back, `e_cell`.",
                ),
                Wrong("e_before = e_cell * i", "This is the input gate; the forget gate is `f`."),
                Wrong(
                    "e_before = e_cell * f * c_before",
                    "The state before is no factor of its own error.",
                ),
                Wrong(
                    "e_before = delta_f * f",
                    "The error term of the gate is taken; the state has an error of its own, "
                    "`e_cell`.",
                ),
            ],
        ),
    ],
    praise="Right. Along the state, an error meets one forget gate at each time step, and no more.",
)
