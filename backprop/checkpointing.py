"""Backpropagation that keeps few layers and computes the others again.

The backward pass needs the output of every layer, last layer first. Here the forward pass keeps
only that of every few layers, the checkpoints; on the way back, the layers between two of them are
run again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, finite_array, require_count
from backprop.network import (
    Layer,
    Network,
    Steps,
    _require_finite_delta,
    _require_finite_steps,
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
        The output, the loss, an error term or a step is not finite: what stands in the way is said.

    References
    ----------
    T. Chen, B. Xu, C. Zhang and C. Guestrin, Training deep nets with sublinear memory cost (2016).
    """
    if not isinstance(network, Network):
        raise TypeError(f"network must be a Network, not {type(network).__name__}")
    every = require_count("every", every, 1, len(network))
    x, t = network._input(x), finite_array("target", target)
    with np.errstate(over="ignore", invalid="ignore"):
        return _checkpointed(network, x, t, every)


def _checkpointed(network: Network, x: Array, t: Array, every: int) -> Checkpointed:
    """Go forward and back, and refuse what is not finite where it arises."""
    L = len(network)
    # Every output that is alive is in here, under the number of its layer.
    a = {0: x}
    last = (L - 1) // every * every
    for l in range(1, L + 1):
        z, a[l] = _run(network[l], a[l - 1])
        network._require_finite_sums({l: z}, a[l])
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
            _require_finite_delta({l: delta})
            W[l] = weight_step(a[l - 1], delta, 1.0)
            if layer.b is not None:
                b[l] = bias_step(delta, 1.0)
            del a[l]
    downhill = Steps(W, b)
    _require_finite_steps(downhill)
    return Checkpointed(downhill, bytes_kept, layers_run)


def _run(layer: Layer, a: Array) -> tuple[Array, Array]:
    """Return the input to the units of a layer and their output."""
    z = weighted_input(a, layer.W, layer.b)
    return z, layer.activation.function(z)


def _output_delta(network: Network, z: Array, y: Array, t: Array) -> Array:
    """Return the error terms with which the way back begins, if the loss is finite."""
    t = network._target(t, y)
    network._require_finite(float(network.loss.function(z, y, t)), {len(network): z})
    return network.loss.output_delta(y, t, network[len(network)].activation)
