"""Backpropagation that keeps few layers and computes the others again.

The backward pass needs the output of every layer, last layer first. Here the forward pass keeps
only that of every few layers, the checkpoints; on the way back, the layers between two of them are
run again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from types import FunctionType

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, all_finite, finite_array, require_count
from backprop.chain import Forward, Pullback, _key_in_chain
from backprop.network import Network, Steps, _require_finite_steps


@dataclass(frozen=True, eq=False)
class Checkpointed:
    """What a checkpointed backward pass computed, and what that took.

    Attributes
    ----------
    downhill : Steps
        Minus the gradient: the steps of all weights and biases for a learning rate of 1.
    bytes_kept : int
        Most bytes of arrays that were kept for the way back at once, the input among them.
    layers_run : int
        How often a layer was run forward, counted over all layers; a plain pass runs each once.
    """

    downhill: Steps
    bytes_kept: int
    layers_run: int


def backward_with_checkpoints(
    network: Network, x: ArrayLike, target: ArrayLike, every: int
) -> Checkpointed:
    """Go forward and back over a network, keeping the outputs of every few layers only.

    Parameters
    ----------
    network : Network
        Network, which is not changed.
    x : (n_0,) or (N, n_0) array
        One example, or a batch of examples in rows.
    target : (n_L,) or (N, n_L) array
        What the output is to be, in exactly its shape.
    every : int
        Number of layers from one checkpoint to the next. With 1, or with as many as the network
        has, all is kept and nothing is computed again.

    Returns
    -------
    Checkpointed
        What `Backward.steps(1.0)` returns, with the memory and the forward work that it took.

    Raises
    ------
    TypeError
        The network is not a Network, x or the target holds anything but real numbers, or every is
        not an integer.
    ValueError
        x or the target is not finite or does not fit the network, or every is not between 1 and
        the number of layers.
    FloatingPointError
        The output, the loss, an error term or a step is not finite: what stands in the way is said.

    References
    ----------
    T. Chen, B. Xu, C. Zhang and C. Guestrin, Training deep nets with sublinear memory cost (2016).
    """
    if not isinstance(network, Network):
        raise TypeError(f"network must be a Network, not {type(network).__name__}")
    every = require_count("every", every, 1, len(network))
    x, t = network._input(x), finite_array("target", target)
    if x.base is not None:
        # Of a batch that was cut from more examples, the memory of all would be kept.
        x = x.copy()
    with np.errstate(over="ignore", invalid="ignore"):
        try:
            return _backward_with_checkpoints(network, x, t, every)
        except FloatingPointError:
            # A plain pass says what stands in the way.
            network.backward(network.forward(x), t).steps(1.0)
            raise


def _backward_with_checkpoints(
    network: Network, x: Array, t: ArrayLike, every: int
) -> Checkpointed:
    """Go forward and back, and refuse what is not finite where it arises."""
    L = len(network)
    starts = range(0, L, L if every == 1 else every)
    segments = [_between(network, start, start + starts.step) for start in starts]
    kept = [x]
    for segment in segments[:-1]:
        kept.append(_run(segment, kept[-1]))
    way: list[Pullback] = []
    e = _error_at_the_end(network, _run(segments[-1], kept[-1], way), t)
    downhill, bytes_kept, layers_run = Steps(), 0, L
    while segments:
        if not way:
            _run(segments[-1], kept[-1], way)
            layers_run += starts.step
        bytes_kept = max(bytes_kept, _bytes_in([kept, way], network))
        for l, _ in reversed(segments.pop()):
            e, own = way.pop()(e)
            downhill = Steps({_key_in_chain(key, l): d for key, d in own.items()} | downhill)
        kept.pop()
    _require_finite_steps(downhill)
    return Checkpointed(downhill, bytes_kept, layers_run)


def _between(network: Network, start: int, end: int) -> list[tuple[int, Forward]]:
    """Return what an input goes through from one layer to another, but not the loss's own units."""
    through = [(l, forward) for l, _, forward in network._stages() if start < l <= end]
    own_units = network.loss.activation is not None and end >= len(network)
    return through[:-1] if own_units else through


def _run(segment: list[tuple[int, Forward]], a: Array, way: list[Pullback] | None = None) -> Array:
    """Run some layers forward, and keep the way back if it is asked for."""
    for l, forward in segment:
        a, pullback = forward(a)
        if not all_finite(a):
            raise FloatingPointError(f"what layer {l} gives is not finite")
        if way is not None:
            way.append(pullback)
    return a


def _error_at_the_end(network: Network, y: Array, t: ArrayLike) -> Array:
    """Return the error with which the way back begins, if the loss is finite."""
    loss, z = network.loss, y
    if loss.activation is not None:
        y = loss.activation.function(z)
    target = network._target(t, y)
    if not isfinite(float(network._loss_of(z, y, target))):
        raise FloatingPointError("the loss is not finite")
    return loss.output_error(y, target)


def _bytes_in(held: object, network: Network) -> int:
    """Return how many bytes of arrays are held, by closures too, without those of the weights."""
    found: dict[int, int] = {}
    own = {id(_owner(array)) for array in network.parameters.values()}
    waiting = [held]
    while waiting:
        each = waiting.pop()
        if isinstance(each, np.ndarray):
            owner = _owner(each)
            if id(owner) not in own:
                found[id(owner)] = owner.nbytes
        elif isinstance(each, Mapping):
            waiting += each.values()
        elif isinstance(each, list | tuple):
            waiting += each
        elif isinstance(each, FunctionType):
            waiting += (cell.cell_contents for cell in each.__closure__ or ())
    return sum(found.values())


def _owner(array: Array) -> Array:
    """Return the array whose memory this one is a view of."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
