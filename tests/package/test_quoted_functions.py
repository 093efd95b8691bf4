"""What pages show of a function computes what the function does; only its checks are left out."""

import copy
import inspect
import sys

import numpy as np
import pytest
from calls import OF

from backprop import Variable
from book.source import quoting

QUOTED = {
    f"backprop.{name}": its
    for name, its in OF.items()
    if inspect.isfunction(its[0].function) and its[0].function.__qualname__ == name.split(".")[-1]
}


def as_quoted(name, function):
    """The function as its page shows it, among the names of its module."""
    module = sys.modules[function.__module__]
    names = dict(vars(module))
    exec(compile(quoting.quote(name), name, "exec"), names)
    return names[function.__name__]


def assert_same(one, other):
    if isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, other)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        assert_same([*one.values()], [*other.values()])
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for left, right in zip(one, other, strict=True):
            assert_same(left, right)
    elif isinstance(one, Variable):
        assert_same(one.value, other.value)
    elif inspect.isgenerator(one):
        assert_same([*one], [*other])
    elif hasattr(one, "__dict__") and not callable(one):
        assert type(one) is type(other)
        assert_same(vars(one), vars(other))
    elif not callable(one):
        assert one == other or (one != one and other != other)


@pytest.mark.parametrize("name", QUOTED)
def test_what_is_quoted_computes_the_same(name):
    for right in QUOTED[name]:
        whole, quoted = right.function, as_quoted(name, right.function)
        given, again = copy.deepcopy(right.arguments), copy.deepcopy(right.arguments)
        assert_same(whole(**given), quoted(**again))


def test_there_are_many():
    assert len(QUOTED) >= 40


def test_checks_types_and_docstrings_are_left_out():
    assert quoting.quote("backprop.dense.hidden_error") == (
        "def hidden_error(delta_next, W_next):\n    return delta_next @ W_next.T"
    )
    for name in QUOTED:
        code = quoting.quote(name)
        assert '"""' not in code
        assert "require_" not in code, code
        assert "raise TypeError" not in code or "except" in code
        assert "noqa" not in code
        assert "->" not in code.replace('"->"', ""), code
        # A text cannot be broken.
        wide = [line for line in code.split("\n") if len(line) > quoting.WIDTH]
        assert all('"' in line for line in wide), wide


def test_what_a_fence_says_stands_around_what_it_quotes():
    name = "backprop.rules.EPSILON"
    assert quoting.whole("", name) == "EPSILON = 1e-8"
    assert quoting.whole("import numpy as np\n", name) == "import numpy as np\n\n\nEPSILON = 1e-8"
    assert quoting.whole("a = 1\n...\nprint(a)", name) == "a = 1\n\n\nEPSILON = 1e-8\n\n\nprint(a)"


@pytest.mark.parametrize("name", ["backprop.dense.none", "numpy.dot", "backprop.dense", "sigmoid"])
def test_what_the_package_has_not_is_refused(name):
    with pytest.raises(LookupError):
        quoting.quote(name)
