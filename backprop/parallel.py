"""The gradient over more data than one machine holds: the sum of those over its parts.

Who computes the parts is left to a `map`: the built-in one, that of an executor of
`concurrent.futures`, or that of a cluster. It is the only thing that this module asks of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array
from backprop.network import Network, Steps
from backprop.training import _examples

Part = tuple[ArrayLike, ArrayLike]
"""Inputs (N_k, n_0) and targets (N_k, n_L) of some of the examples."""


def downhill(
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
        It is not changed. Each call of the map is handed a copy, or a reference within a process.
    parts : iterable of pairs of arrays
        Inputs (N_k, n_0) and targets (N_k, n_L) of each part; none may be empty.
    map : callable
        Applies a function to arguments from several iterables, one from each, and returns the
        results in their order: the built-in `map`, or the method of an executor.

    Returns
    -------
    Steps
        What `Backward.steps(1.0)` returns for all examples in one batch, up to rounding.

    Raises
    ------
    TypeError
        A part is no pair, or holds anything but real numbers.
    ValueError
        There is no part, one is empty, not finite, or does not fit the network.
    FloatingPointError
        The loss of a part is not finite: the weights are too large.
    """
    checked = [_part(network, k, part) for k, part in enumerate(parts)]
    if not checked:
        raise ValueError("parts must not be empty, but there is none")
    sizes = [len(x) for x, _ in checked]
    every = map(of_part, [network] * len(checked), *zip(*checked, strict=True))
    return weighted_mean(list(every), sizes)


def of_part(network: Network, x: ArrayLike, target: ArrayLike) -> Steps:
    """Return minus the gradient over one part: what a worker is asked to compute.

    Parameters
    ----------
    network : Network
        It is not changed.
    x : (N_k, n_0) array
        Inputs of the part.
    target : (N_k, n_L) array
        Its targets.

    Returns
    -------
    Steps
        Those of the mean loss of the part, for a learning rate of 1.

    Raises
    ------
    TypeError
        Inputs or targets hold anything but real numbers.
    ValueError
        They are not finite, or do not fit the network.
    FloatingPointError
        The loss is not finite: the weights are too large.
    """
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
        Their sum, weighted by the shares of the examples.

    Raises
    ------
    ValueError
        There are not as many steps as sizes.
    """
    # A float of Python's own leaves float32 arrays what they are.
    N = sum(sizes)
    weighted = [(N_k / N, steps) for N_k, steps in zip(sizes, every, strict=True)]
    first = every[0]
    return Steps(
        {l: _sum(share * steps.W[l] for share, steps in weighted) for l in first.W},
        {l: _sum(share * steps.b[l] for share, steps in weighted) for l in first.b},
    )


def _sum(arrays: Iterable[Array]) -> Array:
    return reduce(np.add, arrays)


def _part(network: Network, k: int, part: Part) -> tuple[Array, Array]:
    if not isinstance(part, tuple | list) or len(part) != 2:
        raise TypeError(f"parts[{k}] must be a pair of inputs and targets, not {part!r:.60}")
    return _examples(network, *part, f"parts[{k}] ")
