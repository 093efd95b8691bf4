"""What is said to write instead of a function of NumPy is said in full, and computes the same."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from backprop import Variable, central_difference, gradients
from backprop.derivatives import INSTEAD

VECTOR, MATRIX = np.array([0.7, 0.2]), np.array([[0.7, 0.2], [0.4, 0.5]])
AVERAGE = "np.mean, or np.sum of products"
SLICES = "slices, v[:n] and v[n:]"
TILE = "np.broadcast_to, or np.concatenate([v, v])"
STACK = "np.concatenate, or np.stack"
ADVICE = [
    ("np.average(v)", AVERAGE, "np.mean(v)", VECTOR),
    ("np.average(v, weights=[0.75, 0.25])", AVERAGE, "np.sum(v * [0.75, 0.25])", VECTOR),
    ("np.diagonal(v)", "v[np.arange(n), np.arange(n)]", None, MATRIX),
    ("np.flip(v)", "v[::-1]", None, VECTOR),
    ("np.hstack([v, v])", "np.concatenate", "np.concatenate([v, v])", VECTOR),
    ("np.linalg.norm(v)", "np.sqrt(np.sum(v * v))", None, VECTOR),
    ("np.prod(v)", "a product of numbers, v[0] * v[1]", "v[0] * v[1]", VECTOR),
    ("np.repeat(v, 2)", "v[[0, 0, 1, 1]]", None, VECTOR),
    ("np.roll(v, 1)", "np.concatenate([v[-1:], v[:-1]])", None, VECTOR),
    ("np.sort(v)", "v[np.argsort(v)]", None, VECTOR),
    ("np.split(v, [1])[0]", SLICES, "v[:1]", VECTOR),
    ("np.split(v, [1])[1]", SLICES, "v[1:]", VECTOR),
    ("np.tile(v, (3, 1))", TILE, "np.broadcast_to(v, (3, 2))", VECTOR),
    ("np.tile(v, 2)", TILE, "np.concatenate([v, v])", VECTOR),
    ("np.trace(v)", "np.sum(v * np.eye(n))", None, MATRIX),
    ("np.vstack([v, v])", STACK, "np.concatenate([v, v])", MATRIX),
    ("np.vstack([v, v])", STACK, "np.stack([v, v])", VECTOR),
]
"""A call, what is said of it, what a reader then writes, if it is not that itself, and for what."""


def run(program, v):
    return eval(program, {"np": np, "v": v, "n": len(v)})


@pytest.mark.parametrize(("call", "said", "program", "values"), ADVICE)
def test_what_is_said_to_write_instead_computes_the_same(call, said, program, values):
    v, name = Variable(values), call.partition("(")[0].removeprefix("np.")
    with pytest.raises(TypeError) as refused:
        run(call, v)
    assert str(refused.value) == (
        f"{name} has no derivative here, and takes no Variable: write {said}; "
        f"or give it v.value, where no gradient is wanted"
    )
    made, right = run(program or said, v), run(call, values)
    assert_allclose(made.value, right, rtol=1e-15)
    weights = np.arange(1.0, 1 + right.size).reshape(right.shape)
    (g,) = gradients(np.sum(made * weights), [v])
    numerical = central_difference(lambda a: np.sum(run(call, a) * weights), values)
    assert_allclose(g, numerical, rtol=1e-8)


def test_all_advice_is_tried():
    assert {run(call.partition("(")[0], VECTOR) for call, *_ in ADVICE} == {*INSTEAD}


def test_a_function_of_ones_own_is_refused_by_its_name():
    own = np.frompyfunc(lambda a: a + 1, 1, 1)
    with pytest.raises(TypeError, match=r"^<lambda> \(vectorized\) has no derivative here"):
        own(Variable([1.0]))


def test_a_power_of_zero_has_no_slope_by_its_exponent():
    for exponent, value in ((0.0, 1.0), (2.0, 0.0)):
        b = Variable(exponent)
        power = np.power(0.0, b)
        assert (power.value, gradients(power, [b])) == (value, [0.0])
