"""The explorer that a page comes with: refused where its figure is another's."""

import re

import pytest

from backprop import datasets, draw_network
from book.errors import BookError
from book.interactive import explorer
from book.source.fences import Snippet
from book.source.pages import DOCS


def snippet(name):
    return Snippet(DOCS / "by-hand.md", 7, "", {"explorer": name})


def drawing(name, learning_rate=None):
    network, x, target, given = getattr(datasets, name)()
    trace = network.forward(x)
    backward = network.backward(trace, target)
    steps = backward.steps(learning_rate or given)
    return draw_network(network, trace, backward, steps, title="drawn")


@pytest.mark.parametrize("name", ["two_one_one", "three_two_one"])
def test_every_number_of_the_figure_stands_in_the_formulas_too(name):
    svg = drawing(name)
    html = explorer.render(snippet(name), svg, "")
    named = set(re.findall(r'data-of="([^"]*)"', svg))
    assert named <= set(re.findall(r'data-of="([^"]*)"', html))
    assert 'src="../assets/explorer/explorer.js"' in html


def test_another_figure_is_refused():
    for svg in (drawing("three_two_one"), drawing("two_one_one", learning_rate=0.25)):
        with pytest.raises(BookError, match=r"by-hand.md:7: the figure is not that of two_one"):
            explorer.render(snippet("two_one_one"), svg, svg)


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [
        (0.0, 3, "0"),
        (-0.0, 3, "0"),
        (-7.0849e-5, 3, "−7.08e−5"),
        (0.24, 4, "0.24"),
        (12.3456, 4, "12.35"),
    ],
)
def test_numbers_are_written_as_in_drawings(number, digits, text):
    assert explorer.written(number, digits) == text
