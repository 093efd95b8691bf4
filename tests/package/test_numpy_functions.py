"""Every function of NumPy that meets a variable is right in value and gradient, or refused by name.

All that NumPy exports is called, with one variable, with two, with arrays beside them. What comes
back is compared with what the same call gives for arrays, and its gradient with central
differences of that.
"""

import warnings

import numpy as np
import pytest

from backprop import Variable, central_difference, gradients, relative_error
from backprop.autodiff import COMPOSED
from backprop.derivatives import PLAIN, PULLBACKS

OTHER_WORDS = {
    "bmat": "gives None for everything that is neither text nor arrays",
    "isfortran": "asks for flags, which a variable has not: an AttributeError",
    "linalg.norm": "looks at the axis that it is given before all else",
    "nditer": "would write into what it goes over: NumPy's own TypeError",
    "poly1d": "takes anything for the name of its variable",
}
"""Functions that answer otherwise in some call, and how. None of them gives a number."""

RNG = np.random.default_rng(0)
MATRIX, OTHER = RNG.uniform(0.2, 0.9, (3, 3)), RNG.uniform(0.2, 0.9, (3, 3))
VECTOR, LONGER = RNG.uniform(0.2, 0.9, 3), RNG.uniform(0.2, 0.9, (4, 3))
CUBE = RNG.uniform(0.2, 0.9, (2, 3, 3))
MASK, PLACES = np.array([True, False, True]), np.array([2, 0, 2])


class Here:
    """Where a variable stands in a call."""

    def __init__(self, value):
        self.value = value


ONE, TWO, THREE, FOUR = Here(MATRIX), Here(OTHER), Here(VECTOR[::-1] + 0.05), Here(CUBE)
NUMBER = Here(np.array(0.7))

CALLS = [
    ((ONE,), {}),
    ((THREE,), {}),
    ((NUMBER,), {}),
    ((FOUR,), {}),
    ((ONE, TWO), {}),
    ((THREE, THREE), {}),
    ((ONE, THREE), {}),
    ((FOUR, TWO), {}),
    ((FOUR, FOUR), {}),
    ((ONE, OTHER), {}),
    ((MATRIX, TWO), {}),
    ((LONGER, THREE), {}),
    ((ONE, VECTOR), {}),
    ((NUMBER, THREE), {}),
    ((ONE, 1), {}),
    ((ONE, 2.5), {}),
    ((2, ONE), {}),
    ((ONE, 0, 1), {}),
    ((ONE, (9,)), {}),
    ((ONE, (2, 3, 3)), {}),
    ((FOUR, (2, 0, 1)), {}),
    ((FOUR, (0, 2)), {}),
    ((ONE, PLACES), {}),
    ((ONE, PLACES, 1), {}),
    ((ONE, [0, 2]), {}),
    ((ONE, None), {}),
    ((MASK, ONE, TWO), {}),
    ((MASK, ONE, 0.0), {}),
    ((MASK, 0, THREE), {}),
    ((MASK, ONE), {}),
    ((ONE, MASK), {}),
    ((ONE, TWO, OTHER), {}),
    ((ONE, 0.3, 0.6), {}),
    (([ONE, TWO],), {}),
    (([THREE, VECTOR, THREE],), {}),
    (((ONE, OTHER), 1), {}),
    (("ij,jk->ik", ONE, TWO), {}),
    (("ij->j", ONE), {}),
    (("ij,ij", ONE, OTHER), {}),
    (("...i,i->...", ONE, THREE), {}),
    ((ONE,), {"axis": 0}),
    ((FOUR,), {"axis": -1}),
    ((FOUR,), {"axis": (0, 2)}),
    ((ONE,), {"axis": 1, "keepdims": True}),
    ((FOUR,), {"axis": (0, -1), "keepdims": True}),
    ((FOUR,), {"axis": 1, "ddof": 1}),
    ((ONE,), {"order": "F"}),
    ((ONE, (9,), "F"), {}),
    ((ONE,), {"dtype": np.float32}),
    ((ONE,), {"where": MASK}),
    ((ONE,), {"initial": 0.5}),
    ((ONE, TWO), {"axis": 1}),
    ((ONE, TWO), {"where": MASK}),
    ((ONE, THREE), {"mode": "same"}),
    ((ONE, [(1, 1), (0, 2)]), {}),
    ((ONE, lambda each: each), {}),
    ((lambda each: each, 0, ONE), {}),
    ((3, THREE), {}),
    ((3, NUMBER), {}),
    ((NUMBER, 1.0, 3), {}),
    ((VECTOR, VECTOR, THREE), {}),
    ((THREE, VECTOR, VECTOR), {}),
    ((OTHER.copy(), ONE), {}),
    ((OTHER.copy(), 0, NUMBER), {}),
    ((OTHER.copy(), [0, 4], THREE), {}),
    ((OTHER.copy(), MASK, THREE), {}),
]
"""What is tried of every function: operands by position, options by name."""

SIDE_EFFECTS = (
    "fromfile fromregex genfromtxt info load loadtxt memmap save savetxt savez savez_compressed "
    "show_config show_runtime test fromstring fromfunction fromiter frombuffer from_dlpack"
).split()
"""What reads or writes files, or prints; no variable can come in by them as anything but a name."""


def exported(module, prefix=""):
    return {
        prefix + name: getattr(module, name)
        for name in dir(module)
        if not name.startswith("_") and callable(getattr(module, name))
    }


def makes_no_number(value):
    """A type of text or of objects, an exception, a manager of settings."""
    other = (np.character, np.object_, np.void, BaseException)
    return value in (np.errstate, np.printoptions) or (
        isinstance(value, type) and issubclass(value, other)
    )


FUNCTIONS = {
    name: function
    for name, function in {
        **exported(np),
        **exported(np.linalg, "linalg."),
        **exported(np.fft, "fft."),
    }.items()
    if name.rpartition(".")[2] not in SIDE_EFFECTS and not makes_no_number(function)
}


def places(argument):
    """The variables to be in an argument, in order."""
    if isinstance(argument, Here):
        return [argument]
    if isinstance(argument, list | tuple):
        return [each for part in argument for each in places(part)]
    return []


def filled(argument, values):
    """An argument with values where variables are to be."""
    if isinstance(argument, Here):
        return next(values)
    if isinstance(argument, list | tuple):
        return type(argument)(filled(each, values) for each in argument)
    return argument.copy() if isinstance(argument, np.ndarray) else argument


def call(function, arguments, options, values):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = iter(values)
        return function(*[filled(each, values) for each in arguments], **options)


def numbers(result):
    """All arrays of a result, in order."""
    if isinstance(result, list | tuple):
        return [array for each in result for array in numbers(each)]
    return [np.asarray(result)]


def are_alike(found, expected):
    pairs = zip(numbers(found), numbers(expected), strict=True)
    return all(
        a.dtype == b.dtype != object and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
        for a, b in pairs
    )


def verdict(name, function, arguments, options):
    """What a call does with variables: 'right' or 'refused', else what is wrong with it."""
    values = [each.value for each in places(list(arguments))]
    variables = [Variable(value) for value in values]

    def slope(weights, i):
        def moved(w):
            given = [np.array(w) if j == i else each.copy() for j, each in enumerate(values)]
            arrays = numbers(call(function, arguments, options, given))
            return sum((array * weights).sum() for array in arrays if array.dtype.kind == "f")

        return central_difference(moved, values[i])

    before = [each.value.copy() for each in variables]
    try:
        expected = call(function, arguments, options, [each.copy() for each in values])
    except Exception:  # noqa: BLE001 - whatever NumPy raises
        expected = None
    try:
        found = call(function, arguments, options, variables)
    except Exception as error:  # noqa: BLE001
        words = (name.rpartition(".")[2], "Variable", "operand must hold real numbers")
        named = any(word in str(error) for word in words)
        if expected is None or (isinstance(error, TypeError) and named):
            return "refused", str(error)
        return f"raises {type(error).__name__}", str(error)
    if any(not np.array_equal(a, b.value) for a, b in zip(before, variables, strict=True)):
        return "changes its argument", ""
    if isinstance(found, Variable):
        if expected is None:
            return "computes what NumPy refuses", repr(found)
        if found.value.dtype.kind != "f" or found.shape != np.shape(expected):
            return f"gives {found.value.dtype}{found.shape}, not {np.shape(expected)}", ""
        if not np.allclose(found.value, expected, rtol=1e-13, atol=1e-15, equal_nan=True):
            return f"gives {found.value}, not {expected}", ""
        if not np.isfinite(expected).all():
            return "right", ""
        weights = np.cos(np.arange(found.value.size)).reshape(found.shape)
        got = gradients((found * weights).sum(), variables)
        for i, gradient in enumerate(got):
            if relative_error(gradient, slope(weights, i)) > 1e-6:
                return f"has the gradient {gradient}", ""
        return "right", ""
    if found is expected:
        return "plain", ""
    if expected is not None and are_alike(found, expected):
        if all(array.dtype.kind in "biuM" for array in numbers(found)):
            return "plain", ""
        if not any(slope(1.0, i).any() for i in range(len(values))):
            return "plain", ""
    return f"gives {found!r:.200}", f"expected {expected!r:.100}"


def test_what_is_called_is_all_of_numpy():
    assert len(FUNCTIONS) > 450
    assert set(PULLBACKS) | set(COMPOSED) | PLAIN <= set(FUNCTIONS.values())
    assert set(OTHER_WORDS) <= set(FUNCTIONS)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_function_of_numpy_is_right_or_refused_by_name(name):
    function = FUNCTIONS[name]
    found = [(call, *verdict(name, function, *call)) for call in CALLS]
    wrong = [each for each in found if each[1] not in ("right", "plain", "refused")]
    if name in OTHER_WORDS:
        assert wrong
        assert all(
            said.startswith(("raises", "gives None", "gives poly1d")) for _, said, _ in wrong
        )
    else:
        assert not wrong
    if function in PULLBACKS or function in COMPOSED:
        assert any(said == "right" for _, said, _ in found)
    assert function not in PLAIN or any(said == "plain" for _, said, _ in found)
