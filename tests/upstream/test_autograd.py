"""What chapter "How fast is it?" says of the inside of HIPS autograd."""

import autograd
import pytest
from autograd.extend import primitive


def test_autograd_finds_a_derivative_on_the_way_forward():
    """The list of what a step costs says so; if it fails, mend the sentence in
    docs/how-fast-is-it.md."""
    done = []

    @primitive
    def without_derivative(x):
        return 2 * x

    def function(x):
        done.append("before")
        y = without_derivative(x)
        done.append("behind")
        return y

    with pytest.raises(NotImplementedError, match="VJP of without_derivative"):
        autograd.grad(function)(1.0)
    assert done == ["before"]
