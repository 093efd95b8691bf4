"""What may come in: what messages show of it, and whose numbers are let through."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from backprop._arrays import (
    all_finite,
    finite_array,
    first_not_finite,
    floats,
    require_count,
    shown,
)
from backprop._comparison import _bounded, is_constant


class Dual:
    """A number of a caller's own class."""

    def __init__(self, value):
        self.value = value

    def __float__(self):
        return float(self.value)

    def __add__(self, other):
        return Dual(self.value + getattr(other, "value", other))

    __radd__ = __mul__ = __rmul__ = __add__


class Half:
    """One that can be added, and not multiplied."""

    def __radd__(self, other):
        return self


class Counting(np.ndarray):
    """An array that has taken NumPy's operations over."""

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return getattr(ufunc, method)(*(np.asarray(each) for each in inputs), **kwargs)


class Renamed(np.ndarray):
    """An array that has not."""


def test_sixty_characters_are_shown_and_of_more_the_beginning():
    assert shown("x" * 58) == repr("x" * 58)
    assert shown("x" * 59) == "'" + "x" * 56 + "..."
    assert len(shown("x" * 1000)) == 60


def test_what_has_no_representation_is_shown_by_its_class():
    class Silent:
        def __repr__(self):
            raise RuntimeError

    assert shown(Silent()) == "something of class Silent"


def test_numbers_of_a_class_of_their_own_are_let_through():
    for array in (np.array([Dual(1), Dual(2)]), np.array([Dual(1)]), np.array(Dual(1))):
        assert floats("z", array).dtype == object


@pytest.mark.parametrize(
    "numbers",
    [
        [Decimal(1), Decimal(2)],
        [Fraction(1, 2), Fraction(1, 3)],
        [date(2026, 1, 1)],
        [timedelta(1)],
        [np.float32(1)],
        [Dual(1), "x"],
        [Half()],
        [object()],
        [np.datetime64("2026-01-01"), None],
    ],
)
def test_objects_of_other_classes_are_refused(numbers):
    with pytest.raises(TypeError, match="z must hold real numbers, not"):
        floats("z", np.array(numbers, dtype=object))


def test_nothing_is_of_no_class():
    with pytest.raises(TypeError, match="z must hold real numbers"):
        floats("z", np.array([], dtype=object))


def test_an_array_that_counts_operations_is_let_through_as_it_is():
    counting, renamed = np.zeros(3).view(Counting), np.zeros(3).view(Renamed)
    assert floats("z", counting, (1,)) is counting
    assert type(floats("z", renamed, (1,))) is np.ndarray


def test_the_first_that_is_not_finite_is_found():
    assert first_not_finite(np.array([[1.0, 2.0], [np.nan, np.inf]])) == (1, 0)
    assert first_not_finite(np.array([[1.0, np.inf]], np.float32)) == (0, 1)
    assert first_not_finite(np.array([Dual(1), Dual(np.nan)])) == (1,)
    with pytest.raises(ValueError, match=r"w must be finite, but holds -inf at \(1,\)"):
        finite_array("w", [0.0, -np.inf])

    with pytest.raises(ValueError, match=r"^w must be finite, but holds nan$"):
        finite_array("w", np.nan)


def test_whether_all_is_finite_is_asked_of_numbers_of_a_class_of_their_own_and_of_nothing_else():
    for numbers in ([Dual(1)], [Dual(1), "no number"], [object()]):
        assert all_finite(np.array(numbers, dtype=object))
    for number in (np.nan, np.inf, -np.inf):
        assert not all_finite(np.array([Dual(1), Dual(number)]))


def test_complex_numbers_are_let_through_in_a_list_too():
    assert floats("z", [1j, 2]).dtype == complex
    with pytest.raises(ValueError, match=r"^z must have the same number of values in each row$"):
        floats("z", [[1], [1, 2]])


def test_a_count_has_its_bounds():
    assert require_count("n", np.int8(7), 7, 7) == 7
    for value, message in ((6, "at least 7 and at most 9, not 6"), (10, "at most 9, not 10")):
        with pytest.raises(ValueError, match=message):
            require_count("n", value, 7, 9)
    with pytest.raises(ValueError, match="n must be at least 1, not 0"):
        require_count("n", 0, 1)


def test_an_error_is_given_to_two_digits_or_as_below_a_bound():
    assert [_bounded(each) for each in (9e-13, 1e-12, 9e-9, 1e-8, 0.123)] == [
        "< 1e-12",
        "< 1e-08",
        "< 1e-08",
        "1e-08",
        "0.12",
    ]


def test_a_function_is_constant_if_nothing_it_is_given_changes_it():
    w = np.array([0.0, 1.0, -2.0])
    assert is_constant(lambda _: 3.0, w)
    for place in range(3):
        assert not is_constant(lambda w, place=place: w[place], w)


def test_each_number_is_moved_by_a_thousandth_or_less_and_by_another_share():
    w = np.array([0.0, 1.0, -2.0, 1e6])
    given = []
    is_constant(lambda values: given.append(values.copy()) or 0.0, w)
    first, moved = given
    assert np.array_equal(first, w)
    shares = (moved - w) / np.where(w == 0, 1, w)
    assert np.all((shares >= 0.5e-3 - 1e-9) & (shares <= 1e-3 + 1e-9))
    assert len(set(shares.round(9))) == 4
