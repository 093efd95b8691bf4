"""The composed functions in all ranks that they take: values, and gradients by complex step."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from backprop import Variable, complex_step, gradients, relative_error

BEFORE_NUMPY_2_1 = np.lib.NumpyVersion(np.__version__) < "2.1.0"
SINCE_NUMPY_2_1 = pytest.mark.skipif(BEFORE_NUMPY_2_1, reason="NumPy itself refuses it before 2.1")
KINDS = [np.int8, np.int64, np.uint8, pytest.param(np.uint64, marks=SINCE_NUMPY_2_1)]

RNG = np.random.default_rng(0)


def check(f, *arrays):
    """Compare f of variables with f of arrays, and its gradient with that of complex step."""
    variables = [Variable(each) for each in arrays]
    expected = f(*arrays)
    found = f(*variables)
    assert isinstance(found, Variable)
    assert found.value.shape == np.shape(expected)
    assert relative_error(found.value, expected) < 1e-14
    weights = RNG.normal(size=np.shape(expected))
    downwards = gradients(np.sum(found * weights), variables)
    for i, (array, gradient) in enumerate(zip(arrays, downwards, strict=True)):

        def loss(values, i=i):
            return np.sum(f(*arrays[:i], values, *arrays[i + 1 :]) * weights)

        assert gradient.shape == array.shape
        assert relative_error(gradient, complex_step(loss, array)) < 1e-13


def draw(*shape):
    return RNG.normal(size=shape)


PRODUCTS = {
    "two numbers": ((), ()),
    "a number and a vector": ((), (3,)),
    "a matrix and a number": ((2, 3), ()),
    "two vectors": ((3,), (3,)),
    "a matrix and a vector": ((2, 3), (3,)),
    "a number and a stack": ((), (2, 3, 4)),
}
DOTS = {
    "a vector and a matrix": ((3,), (3, 4)),
    "two matrices": ((2, 3), (3, 4)),
    "a stack and a matrix": ((5, 2, 3), (3, 4)),
    "a vector and a stack": ((3,), (2, 3, 4)),
    "a matrix and a stack": ((5, 3), (2, 3, 4)),
    "two stacks": ((2, 5, 3), (4, 3, 2)),
    "a stack and four axes": ((5, 3), (2, 2, 3, 4)),
}
INNERS = {
    "a vector and a matrix": ((3,), (4, 3)),
    "two matrices": ((2, 3), (4, 3)),
    "a stack and a vector": ((2, 5, 3), (3,)),
    "two stacks": ((2, 5, 3), (4, 2, 3)),
}


@pytest.mark.parametrize("name", [*PRODUCTS, *DOTS])
def test_dot(name):
    check(np.dot, *(draw(*shape) for shape in {**PRODUCTS, **DOTS}[name]))


@pytest.mark.parametrize("name", [*PRODUCTS, *INNERS])
def test_inner(name):
    check(np.inner, *(draw(*shape) for shape in {**PRODUCTS, **INNERS}[name]))


@pytest.mark.parametrize("shapes", [((), ()), ((3,), (4,)), ((2, 3), (4,)), ((2, 3), (2, 2, 2))])
def test_outer(shapes):
    check(np.outer, *(draw(*shape) for shape in shapes))


@pytest.mark.parametrize(
    ("shapes", "axes"),
    [
        (((2, 3, 4), (3, 4, 5)), 2),
        (((2, 3), (4, 5)), 0),
        (((2, 3), (3, 4)), 1),
        (((2, 3, 4), (4, 3, 5)), ((1, 2), (1, 0))),
        (((2, 3, 4), (4, 3, 5)), (2, 0)),
        (((2, 3, 4), (5, 4, 3)), ((-1, -2), (-2, -1))),
    ],
)
def test_tensordot(shapes, axes):
    check(lambda a, b: np.tensordot(a, b, axes), *(draw(*shape) for shape in shapes))
    if axes == 2:
        check(np.tensordot, *(draw(*shape) for shape in shapes))


def test_axes_of_other_lengths_are_refused():
    a, b = Variable(draw(2, 3)), Variable(draw(4, 5))
    with pytest.raises(ValueError, match=r"axes must pair axes of one length, not \[3\] and \[4\]"):
        np.tensordot(a, b, 1)


@pytest.mark.parametrize("axis", [0, 1, -1, -2, None])
def test_concatenate(axis):
    shapes = {0: [(2, 3), (1, 3)], 1: [(2, 3), (2, 1), (2, 2)], None: [(2, 3), (4,), ()]}
    along = axis if axis is None else axis % 2
    check(lambda *all: np.concatenate(all, axis), *(draw(*shape) for shape in shapes[along]))


def test_what_is_joined_need_not_be_variable():
    check(lambda a: np.concatenate([np.ones((1, 3)), a, np.zeros((2, 3))]), draw(2, 3))
    check(lambda a: np.concatenate([np.ones((1, 3)), a[:1], a[1:] * 2]), draw(2, 3))


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_stack(axis):
    check(lambda *all: np.stack(all, axis), draw(2, 3), draw(2, 3), draw(2, 3))


def test_where():
    holds = np.array([[True, False, True], [False, False, True]])
    check(lambda a, b: np.where(holds, a, b), draw(2, 3), draw(2, 3))
    check(lambda a: np.where(holds, a, 2.0), draw(2, 3))
    check(lambda b: np.where(holds, -1.0, b), draw(2, 3))
    check(lambda a, b: np.where(holds, a, b), draw(3), draw(2, 1))
    check(lambda a: np.where([2, 0, -1], a, 0.0), draw(3))


def test_where_of_plain_arrays_is_plain():
    holds = Variable([1.0, -1.0, 2.0]) > 0
    chosen = np.where(holds, np.array([1, 2, 3]), np.array([4, 5, 6]))
    assert_array_equal(chosen, [1, 5, 3])
    assert_array_equal(np.where(Variable([0.0, 3.0]), [1, 2], [3, 4]), [3, 2])


@pytest.mark.parametrize(
    ("bounds", "named"),
    [
        ((-0.5, 0.5), {}),
        ((None, 0.5), {}),
        ((-0.5, None), {}),
        pytest.param((), {"min": 0.1}, marks=SINCE_NUMPY_2_1),
        pytest.param((), {"max": 0.1}, marks=SINCE_NUMPY_2_1),
    ],
)
def test_clip(bounds, named):
    a = np.array([-2.0, -0.4, 0.3, 0.45, 2.0])
    v = Variable(a)
    clipped = np.clip(v, *bounds, **named)
    assert_array_equal(clipped.value, np.clip(a, *bounds, **named))
    (g,) = gradients(np.sum(clipped * np.arange(1, 6)), [v])
    inside = clipped.value == a
    assert_array_equal(g, np.where(inside, np.arange(1, 6), 0))


@pytest.mark.parametrize("few", [(1,), (1, 2, 3)])
def test_clip_takes_two_bounds(few):
    with pytest.raises(TypeError):
        np.clip(Variable([1.0]), *few)
    with pytest.raises(TypeError, match="lower and an upper"):
        Variable([1.0]).clip(0, 1, min=0)


@pytest.mark.parametrize("axis", [0, 1, -1, None])
@pytest.mark.parametrize("kind", KINDS)
def test_take(axis, kind):
    places = np.array([[0, 1], [1, 1]], kind)
    check(lambda a: np.take(a, places, axis), draw(2, 3))


def test_places_to_take_are_integers():
    for places in ([0.0, 1.0], [True, False], ["0"]):
        with pytest.raises(TypeError, match="indices of take must be integers"):
            np.take(Variable([1.0, 2.0]), places)
    check(lambda a: np.sum(np.take(a, [])) + np.sum(a), draw(3))


EINSUMS = {
    "ij,jk->ik": ((2, 3), (3, 4)),
    "ij,jk->ki": ((2, 3), (3, 4)),
    "bij,bjk->bik": ((5, 2, 3), (5, 3, 4)),
    "i,i->": ((3,), (3,)),
    "i,j->ij": ((2,), (3,)),
    "ij->i": ((2, 3),),
    "ij->ji": ((2, 3),),
    "ij->": ((2, 3),),
    "ij, j, jk -> ik": ((2, 3), (3,), (3, 4)),
    "ij,k->j": ((2, 3), (4,)),
    ",ij->ij": ((), (2, 3)),
    "bthd,bshd->bhts": ((2, 3, 2, 4), (2, 5, 2, 4)),
}


@pytest.mark.parametrize("subscripts", EINSUMS)
def test_einsum(subscripts):
    arrays = [draw(*shape) for shape in EINSUMS[subscripts]]
    check(lambda *all: np.einsum(subscripts, *all), *arrays)


@pytest.mark.parametrize("subscripts", ["ij,jk", "ii->i", "...i->i", "ij->ij", "i1,jk->ik"])
def test_subscripts_that_are_refused(subscripts):
    with pytest.raises(TypeError, match="einsum of a Variable takes subscripts such as"):
        np.einsum(subscripts, Variable(draw(2, 2)), Variable(draw(2, 2)))


def test_a_node_says_by_what_it_was_made():
    v = Variable([1.0, 2.0])
    assert repr(np.concatenate([v, v])).endswith("'concatenate')")
    assert repr(np.where([True, False], v, 0.0)).endswith("'where')")
    assert repr(np.einsum("i->", v)).endswith("'einsum')")
