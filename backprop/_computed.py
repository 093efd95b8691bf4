"""The arrays that somebody's program computed: which is which, in which way they lie, how exact."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from backprop._arrays import Array, finite_array, shown
from backprop._comparison import length
from backprop._mistakes import Key, Problem

CLOSE = 1e-9
"""How far, relative to its length, a gradient in full digits may be from what explains it."""
OF_FLOAT32 = 1e-5
"""The same for a gradient that was computed in float32."""
OF_FLOAT16 = 5e-3
"""The same for float16."""

_NAME = re.compile(r"(?:\w*?[_ ]?)([Wb])[_ ]?\(?(\d+)\)?(?:[._ ]?grad)?$")


def arranged(problem: Problem, computed: Any) -> Iterator[tuple[dict[Key, Array], tuple[str, ...]]]:
    """Yield the arrays that were computed by their keys, in each way in which their shapes fit.

    Parameters
    ----------
    problem : Problem
        What was to be differentiated.
    computed : dict or sequence of arrays
        As `diagnose` takes them.

    Yields
    ------
    arrays : dict of arrays
        In the shapes of the parameters, in float64.
    said : tuple of str
        The convention in which they came.

    Raises
    ------
    TypeError
        The arrays are neither in a dict nor in a sequence.
    ValueError
        The names or the shapes of the arrays do not fit.
    """
    shapes: dict[Key, tuple[int, ...]] = {}
    for l in problem.W:
        shapes["W", l] = problem.W[l].shape
        if (b := problem.b[l]) is not None:
            shapes["b", l] = b.shape
    given = {key: finite_array(str(key), array) for key, array in _named(shapes, computed).items()}
    if not given:
        raise ValueError("computed must have at least one array")
    weights = [key for key in given if key[0] == "W"]
    # Weights in a column lie in one of two ways, unless others say that they lie in neither.
    for same in (_same_shape, _same_but_ones):
        ways = []
        for turned in (False, True):
            its = {k: a.T if turned and k in weights else a for k, a in given.items()}
            if all(same(array.shape, shapes[key]) for key, array in its.items()):
                made = {key: array.reshape(shapes[key]).astype(float) for key, array in its.items()}
                ways.append((made, ("weights have shape (n_out, n_in)",) * turned))
        if ways and all(given[key].ndim < 2 or 1 in given[key].shape for key in weights):
            ways = ways[:1]
        yield from ways
        if ways:
            return
    wrong = {key: array.shape for key, array in given.items()}
    raise ValueError(f"computed must have the shapes {shapes}, or transposed, not {wrong}")


def _same_shape(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return one == other or (not len(one) == len(other) == 2 and _same_but_ones(one, other))


def _same_but_ones(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return [n for n in one if n > 1] == [n for n in other if n > 1]


def _named(shapes: Mapping[Key, tuple[int, ...]], computed: Any) -> dict[Key, Any]:
    if isinstance(computed, Mapping):
        named: dict[Key, Any] = {}
        for name, array in computed.items():
            if named.setdefault(_key(name), array) is not array:
                raise ValueError(f"computed must have one array each, not two: {[*computed]}")
        if unknown := [name for name in named if name not in shapes]:
            raise ValueError(f"computed must have keys of {list(shapes)}, not {unknown}")
        return named
    if not isinstance(computed, Sequence) or isinstance(computed, str):
        raise TypeError(f"computed must be a dict or a list of arrays, not {shown(computed)}")
    flat = [*_flat(computed)]
    weights = [key for key in shapes if key[0] == "W"]
    for keys in (weights, [*shapes]):
        if len(keys) == len(flat):
            return dict(zip(keys, flat, strict=True))
    raise ValueError(f"computed must have {len(weights)} or {len(shapes)} arrays, not {len(flat)}")


def _flat(computed: Iterable[Any]) -> Iterator[Any]:
    for each in computed:
        if isinstance(each, tuple) or (isinstance(each, list) and _is_of_arrays(each)):
            yield from _flat(each)
        else:
            yield each


def _is_of_arrays(values: list[Any]) -> bool:
    """Return whether a list holds arrays of a layer, which may be lists themselves."""
    if any(isinstance(each, np.ndarray) for each in values):
        return True
    # Its weights and biases have not as many axes; but the rows of weights are no arrays.
    return _axes(values) is None and any(
        isinstance(each, list) and _axes(each) == 2 for each in values
    )


def _axes(values: list[Any]) -> int | None:
    """Return how many axes nested lists have, or None if they make no array."""
    try:
        return np.ndim(values)
    except ValueError:
        return None


def _key(name: Any) -> Any:
    if isinstance(name, int):
        return "W", name
    found = _NAME.match(name) if isinstance(name, str) else None
    return (found[1], int(found[2])) if found else name


def precision(c: Array) -> float:
    """Return how far numbers may be from what they stand for, relative to their length.

    Numbers that are printed with few digits, or were computed in float32, are known less well than
    others: all of them then are what they are after rounding.

    Parameters
    ----------
    c : (n,) array
        All numbers that were computed.

    Returns
    -------
    float
        The bound, relative to the length of c.
    """
    size, longest = np.sqrt(len(c)), length(c) or 1.0
    found = [CLOSE]
    for places in range(1, 10):
        if np.array_equal(np.round(c, places), c):
            found.append(float(10.0**-places * size / longest))
            break
    for digits in range(2, 10):
        if all(float(f"{each:.{digits - 1}e}") == each for each in c):
            found.append(10.0 ** (1 - digits))
            break
    with np.errstate(over="ignore"):
        for dtype, bound in ((np.float32, OF_FLOAT32), (np.float16, OF_FLOAT16)):
            if np.array_equal(c.astype(dtype), c):
                found.append(bound)
    return max(found)
