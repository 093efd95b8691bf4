"""Exact values with 50 digits, the distance from them, and numbers to try."""

import mpmath
import numpy as np
from hypothesis import strategies as st
from mpmath import mpf

DIGITS = 50


def number(value):
    """NumPy's number as one of mpmath's: a long double is more than a float can hold."""
    if isinstance(value, np.integer):
        return mpf(int(value))
    mantissa, power = np.frexp(value)
    head = float(mantissa)
    return mpmath.ldexp(mpf(head) + mpf(float(mantissa - value.dtype.type(head))), int(power))


def exactly(reference):
    """Make a function of mpmath's numbers one of NumPy's, computed with 50 digits."""

    def of_numpy(*arrays):
        with mpmath.workdps(DIGITS):
            return reference(*[[number(each) for each in np.ravel(a)] for a in arrays])

    return of_numpy


def ulps(value, exact):
    """Distance from the exact value, in units in the last place of the value's own type."""
    info = np.finfo(value.dtype)
    with mpmath.workdps(DIGITS):
        power = int(mpmath.frexp(exact)[1]) - 1 if exact else int(info.minexp)
        unit = mpmath.ldexp(1, max(power, int(info.minexp)) - int(info.nmant))
        return float(abs(number(value) - exact) / unit)


def _exp(z):
    """Below this, no type has a number but 0, and mpmath would need long to find it."""
    return mpmath.exp(z) if z > -20000 else mpf(0)


def _log_sum_exp_minus_max(z):
    others = sorted(z)[:-1]
    return mpmath.log1p(mpmath.fsum(_exp(each - max(z)) for each in others))


@exactly
def sigmoid(z):
    return [1 / (1 + _exp(-each)) if each > 0 else _exp(each) / (1 + _exp(each)) for each in z]


@exactly
def softmax(z):
    terms = [_exp(each - max(z)) for each in z]
    return [each / mpmath.fsum(terms) for each in terms]


@exactly
def log_sum_exp(z):
    return max(z) + _log_sum_exp_minus_max(z)


@exactly
def cross_entropy(z, target):
    below = [t * (max(z) - each) for each, t in zip(z, target, strict=True)]
    return _log_sum_exp_minus_max(z) + mpmath.fsum(below)


@exactly
def cross_entropy_of_output(output, target):
    return -mpmath.fsum(t * mpmath.log(y) for y, t in zip(output, target, strict=True))


@exactly
def binary_cross_entropy(z, target):
    return mpmath.fsum(
        mpmath.log1p(_exp(-abs(each))) + (each * (1 - t) if each > 0 else -each * t)
        for each, t in zip(z, target, strict=True)
    )


@exactly
def binary_cross_entropy_of_output(output, target):
    return -mpmath.fsum(
        t * mpmath.log(y) + (1 - t) * mpmath.log1p(-y) for y, t in zip(output, target, strict=True)
    )


def numbers(dtype, **limits):
    """Any finite number of a type, and more often those at which something happens."""
    info = np.finfo(dtype)
    ends = [info.max, info.tiny, info.smallest_subnormal, info.eps]
    log = [np.log(info.max), np.log(info.eps), np.log(info.smallest_subnormal)]
    corners = [0, *(sign * each for each in [*ends, *log, 1] for sign in (1, -1))]
    low, high = limits.get("min_value", -np.inf), limits.get("max_value", np.inf)
    inside = [each for each in map(dtype, corners) if low < each < high]
    limits = {name: float(dtype(limit)) for name, limit in limits.items()}
    anywhere = st.floats(
        **limits,
        width=info.bits,
        allow_nan=False,
        allow_infinity=False,
        exclude_min=bool(limits),
        exclude_max=bool(limits),
    )
    near = (
        st.floats(0.125, 0.875, width=info.bits) if limits else st.floats(-64, 64, width=info.bits)
    )
    return st.sampled_from(inside) | anywhere | near


def rows(dtype, **limits):
    """One to five numbers, some of them equal."""
    drawn = st.lists(numbers(dtype, **limits), min_size=1, max_size=4)
    tied = drawn.map(lambda row: [*row, row[0]])
    return (drawn | tied).map(lambda row: np.array(row, dtype))
