"""Backpropagation that keeps few layers and computes the others again.

The backward pass needs the output of every layer, last layer first. Here the forward pass keeps
only that of every few layers, the checkpoints; on the way back, the layers between two of them are
run again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, finite_array, require_count, require_shape
from backprop.network import (
    Layer,
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
        Most bytes of layer outputs, the input among them, that were alive at once.
    layers_run : int
        How often a layer was run forward, counted over all layers; a plain pass runs each once.
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
        Number of layers from one checkpoint to the next. With 1, or with as many as the network
        has, all outputs are kept and nothing is computed again.

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
        The loss is not finite: the weights have grown too large.

    References
    ----------
    T. Chen, B. Xu, C. Zhang and C. Guestrin, Training deep nets with sublinear memory cost (2016).
    """
    if not isinstance(network, Network):
        raise TypeError(f"network must be a Network, not {type(network).__name__}")
    L = len(network)
    require_count("every", every, 1, L)
    x, t = finite_array("x", x), finite_array("target", target)
    if x.ndim not in (1, 2) or x.shape[-1] != network.sizes[0]:
        n = network.sizes[0]
        raise ValueError(f"x must have shape ({n},) or (N, {n}), not {x.shape}")
    network.loss.require_target(t)

    # Every output that is alive is in here, under the number of its layer.
    a = {0: x}
    last = (L - 1) // every * every
    for l in range(1, L + 1):
        z, a[l] = _run(network[l], a[l - 1])
        if l - 1 < last and (l - 1) % every:
            del a[l - 1]
    delta = _output_delta(network, z, a[L], t)
    # That of identity units is their output itself, which is to be freed in its turn.
    del z

    W, b = {}, {}
    bytes_kept, layers_run = 0, L
    for start in range(last, -1, -every):
        end = min(start + every, L)
        for l in range(start + 1, end + 1):
            if l not in a:
                a[l] = _run(network[l], a[l - 1])[1]
                layers_run += 1
        bytes_kept = max(bytes_kept, sum(each.nbytes for each in a.values()))
        for l in range(end, start, -1):
            layer = network[l]
            if l < L:
                delta = hidden_delta(delta, network[l + 1].W, a[l], layer.activation)
            W[l] = weight_step(a[l - 1], delta, 1.0)
            if layer.b is not None:
                b[l] = bias_step(delta, 1.0)
            del a[l]
    return Checkpointed(Steps(W, b), bytes_kept, layers_run)


def _run(layer: Layer, a: Array) -> tuple[Array, Array]:
    """Return the input to the units of a layer and their output."""
    z = weighted_input(a, layer.W, layer.b)
    return z, layer.activation.function(z)


def _output_delta(network: Network, z: Array, y: Array, t: Array) -> Array:
    """Return the error terms with which the way back begins, if the loss is finite."""
    require_shape("target", t, "the output", y)
    t = t.astype(y.dtype, copy=False)
    loss = float(network.loss.function(z, y, t))
    if not np.isfinite(loss):
        raise FloatingPointError(f"the loss is {loss}: the weights are too large")
    return network.loss.output_delta(y, t, network[len(network)].activation)
