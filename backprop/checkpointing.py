"""Backpropagation that keeps few layers and computes the others again.

The backward pass needs the output of every layer, last layer first. Here the forward pass keeps
only that of every few layers, the checkpoints; on the way back, the layers between two of them are
run again.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import index

from numpy.typing import ArrayLike

from backprop._arrays import Array, finite_array, require_shape
from backprop.network import (
    Network,
    Steps,
    bias_step,
    hidden_delta,
    weight_step,
    weighted_input,
)


@dataclass(frozen=True)
class Checkpointed:
    """What a checkpointed backward pass computed, and what that took.

    Attributes
    ----------
    downhill : Steps
        Minus the gradient: the steps of all weights and biases for a learning rate of 1.
    bytes_kept : int
        Most bytes of layer outputs, the input among them, that were held at once.
    layers_run : int
        How often a layer was run forward; a plain pass runs each once.
    """

    downhill: Steps
    bytes_kept: int
    layers_run: int


def checkpointed(network: Network, x: ArrayLike, target: ArrayLike, every: int) -> Checkpointed:
    """Go forward and back over a network, keeping the outputs of every few layers only.

    Parameters
    ----------
    network : Network
        It is not changed.
    x : (n_0,) or (N, n_0) array
        One example, or a batch of them in rows.
    target : (n_L,) or (N, n_L) array
        What the output is to be, in exactly its shape.
    every : int
        Number of layers from one checkpoint to the next; with as many as the network has, all is
        kept and nothing is computed again.

    Returns
    -------
    Checkpointed
        What `Backward.steps(1.0)` returns, with the memory and the forward work that it took.

    Raises
    ------
    TypeError
        x or the target holds anything but real numbers, or every is not an integer.
    ValueError
        They are not finite, do not fit the network, or every is not between 1 and its layers.

    References
    ----------
    T. Chen, B. Xu, C. Zhang and C. Guestrin, Training deep nets with sublinear memory cost (2016).
    """
    L, every = len(network), index(every)
    x, t = finite_array("x", x), finite_array("target", target)
    if not 1 <= every <= L:
        raise ValueError(f"every must be between 1 and {L}, the number of layers, not {every}")
    if x.ndim not in (1, 2) or x.shape[-1] != network.sizes[0]:
        n = network.sizes[0]
        raise ValueError(f"x must have shape ({n},) or (N, {n}), not {x.shape}")
    network.loss.require_target(t)

    starts = range(0, L, every)
    checkpoints = {0: x}
    for start in starts[:-1]:
        checkpoints[start + every] = _run(network, checkpoints[start], start, start + every)[-1]
    bytes_kept, layers_run = 0, starts[-1]
    W, b = {}, {}
    for start in reversed(starts):
        end = min(start + every, L)
        outputs = _run(network, checkpoints[start], start, end)
        a = dict(enumerate(outputs, start))
        held = [each for l, each in checkpoints.items() if l != start] + outputs
        bytes_kept = max(bytes_kept, sum(each.nbytes for each in held))
        layers_run += end - start
        for l in range(end, start, -1):
            f = network[l].activation
            if l == L:
                require_shape("target", t, "the output", a[L])
                delta = network.loss.output_delta(a[L], t.astype(a[L].dtype, copy=False), f)
            else:
                delta = hidden_delta(delta, network[l + 1].W, a[l], f)
            W[l] = weight_step(a[l - 1], delta, 1.0)
            if network[l].b is not None:
                b[l] = bias_step(delta, 1.0)
        del checkpoints[start]
    return Checkpointed(Steps(W, b), bytes_kept, layers_run)


def _run(network: Network, a: Array, start: int, end: int) -> list[Array]:
    """Return the outputs of layers start to end, of which the first is given."""
    outputs = [a]
    for l in range(start + 1, end + 1):
        z = weighted_input(outputs[-1], network[l].W, network[l].b)
        outputs.append(network[l].activation.function(z))
    return outputs
