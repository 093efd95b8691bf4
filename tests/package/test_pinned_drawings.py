"""Drawings with all that they can show, compared with files that were looked at.

Their numbers are exact in binary, so that every processor draws the same. A file that is missing is
written, and the test fails once, so that somebody looks at the drawing.
"""

from pathlib import Path

import numpy as np
import pytest

from backprop import Layer, Network, Variable, draw_graph, draw_network, identity, relu
from backprop.autodiff import apply_activation

PINNED = Path(__file__).with_name("pinned")


def three_layers():
    """Layers of 4, 2, 3 and 1 units, the second without biases."""
    W_1 = np.array([[0.5, -1.0], [2.0, 0.25], [-0.5, 0.0], [0.125, 1.5]])
    W_2 = np.array([[1.0, -0.25, 0.5], [2.0, 0.75, -4.0]])
    W_3 = np.array([[1.0], [-2.0], [0.5]])
    return Network(
        [
            Layer(W_1, np.array([0.25, -0.5]), relu),
            Layer(W_2, None, relu),
            Layer(W_3, np.array([-1.0]), identity),
        ]
    )


def network_with_all():
    network = three_layers()
    trace = network.forward([1.0, 0.5, -2.0, 4.0])
    backward = network.backward(trace, [2.0])
    steps = backward.steps(2.0**-12)
    return draw_network(network, trace, backward, steps, title="All of it & <more>")


def network_with_errors_alone():
    network = three_layers()
    backward = network.backward(network.forward([1.0, 0.5, -2.0, 4.0]), [2.0])
    return draw_network(network, backward=backward, title="Errors", description="Said – in words.")


def network_as_it_is():
    layers = [Layer(np.eye(3, 2) / 2 - 1), Layer(np.zeros((2, 4)), np.zeros(4))]
    return draw_network(Network(layers), title="A plain network")


def graph_of_numbers():
    """Lanes past rows, a constant, long local derivatives, and values that are used twice."""
    a, b, c = Variable(0.5, "a"), Variable(-1024.5, "b & <c>"), Variable(2.0, "late")
    product = a * b
    unit = apply_activation(product + 3 * a, relu) + product * product
    return draw_graph((unit - a) * c + b / 2.0**20, title="Numbers & <more>")


def graph_of_arrays():
    W, x, large = (
        Variable([[1.0, -2.0], [0.5, 0.25], [4.0, 8.0]], "W"),
        Variable([1.0, 2.0], "x"),
        Variable(np.ones((5, 2)), "large"),
    )
    output = ((W @ x) * 0.5).sum() + (large * x).sum()
    return draw_graph(output, title="Arrays", description="Said – in words.")


DRAWINGS = [
    network_with_all,
    network_with_errors_alone,
    network_as_it_is,
    graph_of_numbers,
    graph_of_arrays,
]


@pytest.mark.parametrize("draw", DRAWINGS, ids=lambda draw: draw.__name__)
def test_a_drawing_is_the_one_that_was_looked_at(draw):
    file = PINNED / f"{draw.__name__}.svg"
    # A line for each part, so that a difference can be read.
    drawn = draw().replace("><", ">\n<") + "\n"
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        file.write_text(drawn, encoding="ascii", newline="\n")
        pytest.fail(f"look at {file.name}, which was missing")
    assert drawn == file.read_bytes().decode("ascii")
