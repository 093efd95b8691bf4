"""A plot is made small for its page, and shows the same."""

import base64
import io
import itertools
import re

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from book.execution import figures


@pytest.fixture
def axes():
    mpl.use("agg")
    import matplotlib.pyplot as plt

    with plt.style.context(figures.STYLE):
        yield plt.subplots()[1]
    plt.close("all")


def drawn():
    (plot,) = figures.take_open_figures()
    return plot.svg


def points(path):
    """The points of a path of relative moves and lines."""
    numbers = [float(each) for each in re.findall(r"-?\d*\.?\d+", path)]
    return np.cumsum(np.reshape(numbers, (-1, 2)), axis=0)


def in_the_drawing(axes, x, y):
    """Where numbers stand in the drawing, in its units, from the top."""
    scale = 72 / axes.figure.dpi
    at = axes.transData.transform(np.column_stack([x, y])) * scale
    at[:, 1] = axes.figure.get_figheight() * 72 - at[:, 1]
    return at


def test_lines_and_marks_stand_where_the_data_are(axes):
    x, y = np.random.default_rng(0).normal(size=(2, 100))
    axes.plot(x, y, "o-")
    svg = drawn()
    expected = in_the_drawing(axes, x, y)
    assert svg.count("marker-start") == 1
    lines = [points(d) for d in re.findall(r' d="(m[^a-z]*l[^a-z]*)"', svg)]
    line, marks = (each for each in lines if len(each) == 100)
    np.testing.assert_allclose(line, expected, atol=0.051)
    np.testing.assert_allclose(marks, expected, atol=0.051)


def test_marks_of_two_series_are_told_apart(axes):
    axes.plot([0, 1, 2], [0, 1, 2], "o", color="C0")
    axes.plot([0, 1, 2], [2, 1, 0], "o", color="C0")
    names = re.findall(r'<marker id="([^"]*)"', drawn())
    assert len(names) == len(set(names)) == 2


def test_digits_that_are_not_seen_change_nothing(axes):
    import matplotlib.pyplot as plt

    for off in (0, 1e-9):
        axes = plt.subplots()[1]
        axes.plot([0, 1], [0, 1])
        axes.set_position([0.1, 0.1, 0.8, 0.8 + off])
    _, one, other = figures.take_open_figures()
    assert "#" in one.svg
    assert one == other


@pytest.mark.parametrize("cmap", ["gray", "RdBu"])
def test_an_image_has_a_pixel_for_each_number_in_its_color(axes, cmap):
    values = np.random.default_rng(0).random((5, 7))
    values[2, 3] = np.nan
    shown = axes.imshow(values, cmap=cmap)
    expected = shown.to_rgba(np.ma.masked_invalid(values), bytes=True)
    (data,) = re.findall(r"base64,([^\"]*)", drawn())
    image = Image.open(io.BytesIO(base64.b64decode(data)))
    assert image.mode == "P"
    pixels = np.asarray(image.convert("RGBA"))
    np.testing.assert_array_equal(pixels[..., 3], expected[..., 3])
    np.testing.assert_array_equal(pixels[~np.isnan(values)], expected[~np.isnan(values)])
    assert pixels[2, 3, 3] == 0


def test_an_image_with_more_colors_than_a_palette_is_left_as_it_is(axes):
    colors = list(itertools.product(range(0, 250, 25), repeat=3))
    axes.imshow(np.array(colors, np.uint8).reshape(20, 50, 3))
    (data,) = re.findall(r"base64,([^\"]*)", drawn())
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))
    np.testing.assert_array_equal(pixels.reshape(-1, 3), colors)


def test_groups_that_say_something_are_kept():
    svg = '<svg><g><g clip-path="url(#a)"><g><path/></g></g></g></svg>'
    assert figures._without_bare_groups(svg) == '<svg><g clip-path="url(#a)"><path/></g></svg>'


def test_an_image_is_summed_up_in_its_data(axes):
    axes.set_title("is 3, read 8")
    axes.imshow([[0, 1, 2], [3, 4, 5.5]])
    (plot,) = figures.take_open_figures()
    assert plot.table.splitlines()[0] == (
        "| rows of is 3, read 8 | columns | least | mean | largest |"
    )
    assert plot.table.splitlines()[2] == "| 2 | 3 | 0 | 2.6 | 5.5 |"
