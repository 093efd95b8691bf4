"""The gradient over more data than one machine holds: the sum of those over its parts.

Who computes the parts is left to a `map`: the built-in one, that of an executor of
`concurrent.futures`, or that of a cluster. This `map` is the only thing that the module asks of
either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, require_count, shown
from backprop.network import Network, Steps
from backprop.training import _examples

Part: TypeAlias = tuple[ArrayLike, ArrayLike]
"""Inputs (N_k, n_0) and targets (N_k, n_L) of some of the examples."""


def downhill_over_parts(
    network: Network,
    parts: Iterable[Part],
    map: Callable[..., Iterable[Any]] = map,  # noqa: A002 - it stands for the built-in one
) -> Steps:
    """Return minus the gradient over all examples, computed part by part.

    Implements equation `sum-over-parts`. The loss is a mean over examples, so each part counts by
    its share of them.

    Parameters
    ----------
    network : Network
        Network, which is not changed. Each call of map gets a copy, or a reference within a
        process.
    parts : iterable of pairs of arrays
        Inputs (N_k, n_0) and targets (N_k, n_L) of each part; none may be empty.
    map : callable
        Applies a function to arguments from several iterables, one from each, and returns the
        results in their order: the built-in `map`, or the method of an executor. For one of
        processes, an activation or a loss of your own must be made of functions that have a name,
        since pickle sends no others.

    Returns
    -------
    Steps
        What `Backward.steps(1.0)` returns for all examples in one batch, up to rounding.

    Raises
    ------
    TypeError
        The network is no Network, the parts are no pairs, or hold anything but real numbers, or the
        map is none.
    ValueError
        There is no part, one is empty, not finite, or does not fit the network; or the map returns
        more results than there are parts, or fewer.
    FloatingPointError
        What a part gives is not finite: which part, and what stands in the way, is said.
    """
    _require_network(network)
    try:
        each_part = iter(parts)
    except TypeError as error:
        raise TypeError(f"parts must be pairs of inputs and targets, not {shown(parts)}") from error
    checked = [_part(network, k, part) for k, part in enumerate(each_part)]
    if not checked:
        raise ValueError("parts must not be empty")
    sizes = [len(x) for x, _ in checked]
    try:
        every = iter(map(downhill_of_part, [network] * len(checked), *zip(*checked, strict=True)))
    except TypeError as error:
        raise TypeError(
            f"map must apply a function to several iterables, as the built-in one, not {shown(map)}"
        ) from error
    return weighted_mean(_results(every), sizes)


def downhill_of_part(network: Network, x: ArrayLike, target: ArrayLike) -> Steps:
    """Return minus the gradient over one part: what a worker is asked to compute.

    Parameters
    ----------
    network : Network
        Network, which is not changed.
    x : (N_k, n_0) array
        Inputs of the part.
    target : (N_k, n_L) array
        Targets of the part.

    Returns
    -------
    Steps
        Steps of the mean loss of the part, for a learning rate of 1.

    Raises
    ------
    TypeError
        The network is no Network, or inputs or targets hold anything but real numbers.
    ValueError
        x or target is not finite, or does not fit the network.
    FloatingPointError
        The output, the loss, an error term or a step is not finite: what stands in the way is said.
    """
    _require_network(network)
    return network.backward(network.forward(x), target).steps(1.0)


def weighted_mean(every: Sequence[Steps], sizes: Sequence[int]) -> Steps:
    """Return the mean of steps, each counted by how many examples it stands for.

    Parameters
    ----------
    every : sequence of Steps
        The steps of each part.
    sizes : sequence of int
        Number of examples of each part.

    Returns
    -------
    Steps
        Sum of the steps, weighted by the shares of the examples.

    Raises
    ------
    TypeError
        An element of every is no Steps, or a size is not an integer.
    ValueError
        There are none, or not as many steps as sizes; a size is less than 1; or the steps are those
        of different networks.
    """
    every = _require_list("every", every)
    sizes = _require_list("sizes", sizes)
    if len(every) != len(sizes) or not len(every):
        raise ValueError(
            f"every and sizes must have one entry per part, not {len(every)} and {len(sizes)}"
        )
    sizes = _require_counts(sizes)
    for k, steps in enumerate(every):
        if not isinstance(steps, Steps):
            raise TypeError(f"every[{k}] must be Steps, not {shown(steps)}")
        if _shapes(steps) != _shapes(every[0]):
            raise ValueError(f"every[{k}] must have the shapes of every[0]")
    N = sum(sizes)
    weighted = [(N_k / N, steps) for N_k, steps in zip(sizes, every, strict=True)]
    d: dict[Any, Any] = {
        key: sum(share * steps[key] for share, steps in weighted) for key in every[0]
    }
    return Steps(d)


def _require_list(name: str, values: Iterable[Any]) -> list[Any]:
    try:
        return list(values)
    except TypeError as error:
        raise TypeError(f"{name} must be a sequence, not {shown(values)}") from error


def _require_counts(sizes: Sequence[int]) -> list[int]:
    """Return sizes as Python's own integers: their quotients leave float32 arrays as they are."""
    return [require_count(f"sizes[{k}]", N_k, 1) for k, N_k in enumerate(sizes)]


def _shapes(steps: Steps) -> dict[Any, tuple[int, ...]]:
    return {key: np.shape(step) for key, step in steps.items()}


def _results(every: Iterable[Steps]) -> list[Steps]:
    """Return the steps of all parts; an error, wherever it was raised, says that of which it is."""
    found: list[Steps] = []
    try:
        found.extend(every)
    except FloatingPointError as error:
        raise FloatingPointError(f"parts[{len(found)}]: {error}") from error
    return found


def _require_network(network: Network) -> None:
    if not isinstance(network, Network):
        raise TypeError(f"network must be a Network, not {shown(network)}")


def _part(network: Network, k: int, part: Part) -> tuple[Array, Array]:
    if not isinstance(part, tuple | list) or len(part) != 2:
        raise TypeError(f"parts[{k}] must be a pair of inputs and targets, not {shown(part)}")
    return _examples(network, *part, f"parts[{k}] ")
