"""Learning from many examples: epochs of mini-batches, when to stop, and how it went."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, finite_array, require_count, require_generator
from backprop.network import Network, Steps
from backprop.optimizers import Optimizer, decayed


class DivergenceError(FloatingPointError):
    """Training has left the finite numbers; the network keeps its last finite weights.

    Parameters
    ----------
    step : int
        Number of the step that was refused, from 1.
    what : str
        What is not finite.
    """

    def __init__(self, step: int, what: str) -> None:
        super().__init__(f"training diverged at step {step}: {what}; try a smaller learning rate")
        self.step = step


@dataclass
class History:
    """How training went.

    Attributes
    ----------
    losses : list of float
        Loss of all training examples before the first epoch and after each.
    validation : list of float
        The same of the examples that are not learned from, if there are any.
    best : int
        Epoch with the smallest loss of those, or else the last; its weights are kept.
    """

    losses: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    best: int = 0


def train(
    network: Network,
    x: ArrayLike,
    target: ArrayLike,
    *,
    epochs: int,
    optimizer: Optimizer,
    batch_size: int | None = None,
    rng: np.random.Generator | None = None,
    weight_decay: float = 0.0,
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    patience: int | None = None,
    progress: Callable[[Iterable[int]], Iterable[int]] = iter,
) -> History:
    """Train a network in place by mini-batch gradient descent.

    With validation examples, the weights that did best on them are kept in the end.

    Parameters
    ----------
    network : Network
        It is changed.
    x : (N, n_0) array
        Inputs, an example a row.
    target : (N, n_L) array
        Targets.
    epochs : int
        How often all examples are gone through.
    optimizer : Optimizer
        What turns gradients into steps.
    batch_size : int, optional
        Examples of one step, at most all; all of them where it is not given.
    rng : numpy.random.Generator, optional
        What shuffles the examples before each epoch; without it they keep their order.
    weight_decay : float
        How much weights are pulled to 0; biases are not.
    validation : pair of arrays, optional
        Inputs and targets to measure by, and not to learn from.
    patience : int, optional
        Epochs without a new best on the validation examples after which training stops.
    progress : callable
        Wraps the epochs, such as `tqdm.tqdm`.

    Returns
    -------
    History
        The losses.

    Raises
    ------
    DivergenceError
        A loss or a step is not finite. The network keeps its last finite weights.
    FloatingPointError
        The loss is not finite from the start: the weights are too large.
    TypeError
        Inputs or targets hold anything but real numbers, a number of examples or epochs is not an
        integer, or the optimizer or the generator is something else.
    ValueError
        Inputs or targets do not fit the network or each other, or a number of examples or epochs
        is too small or too large.
    """
    x, target = _examples(network, x, target)
    N = len(x)
    require_count("epochs", epochs, 0)
    if batch_size is not None:
        require_count("batch_size", batch_size, 1, N)
    if patience is not None:
        require_count("patience", patience, 1)
        if validation is None:
            raise ValueError("patience needs validation examples to lose it over")
    if not callable(getattr(optimizer, "step", None)):
        raise TypeError(f"optimizer must be one, such as GradientDescent(0.1), not {optimizer!r}")
    if rng is not None:
        require_generator(rng)
    history = History([_loss(network, x, target, 0)])
    kept = network.copy()
    if validation is not None:
        if len(validation) != 2:
            raise ValueError(f"validation must be inputs and targets, not {len(validation)} things")
        validation = _examples(network, *validation, "validation ")
        history.validation.append(_loss(network, *validation, 0))
    step = 0
    for epoch in progress(range(1, epochs + 1)):
        for rows in _batches(N, batch_size or N, rng):
            step += 1
            _learn(network, x[rows], target[rows], optimizer, weight_decay, step)
        history.losses.append(_loss(network, x, target, step))
        history.best = epoch
        if validation is None:
            continue
        history.validation.append(_loss(network, *validation, step))
        history.best = int(np.argmin(history.validation))
        if history.best == epoch:
            kept = network.copy()
        elif patience is not None and epoch - history.best >= patience:
            break
    if validation is not None:
        for layer, best in zip(network, kept, strict=True):
            layer.W[...] = best.W
            if layer.b is not None and best.b is not None:
                layer.b[...] = best.b
    return history


def _examples(
    network: Network, x: ArrayLike, target: ArrayLike, of: str = ""
) -> tuple[Array, Array]:
    """Return a batch that the network can learn from; `of` stands before the names of its parts."""
    x, target = finite_array(f"{of}x", x), finite_array(f"{of}target", target)
    n_0, n_L = network.sizes[0], network.sizes[-1]
    if x.ndim != 2 or x.shape[1] != n_0:
        raise ValueError(f"{of}x must have shape (N, {n_0}), not {x.shape}")
    if target.shape != (len(x), n_L):
        shape = (len(x), n_L)
        raise ValueError(
            f"{of}target must have the shape of the output, {shape}, not {target.shape}"
        )
    network.loss.require_target(target)
    return x, target


def _batches(N: int, size: int, rng: np.random.Generator | None) -> Iterator[Any]:
    order = np.arange(N) if rng is None else rng.permutation(N)
    for start in range(0, N, size):
        yield order[start : start + size]


def _learn(
    network: Network, x: Array, target: Array, optimizer: Optimizer, decay: float, step: int
) -> None:
    """Take one step."""
    with np.errstate(over="ignore", invalid="ignore"):
        backward = network._backward(network._forward(x), target.astype(x.dtype, copy=False))
        if not np.isfinite(backward.loss):
            raise DivergenceError(step, f"the loss is {backward.loss}")
        # A learning rate of 1 makes a step the direction downhill itself.
        downhill = backward.steps(1.0)
        W = {l: decayed(each, network[l].W, decay) for l, each in downhill.W.items()}
        steps = Steps(
            {l: optimizer.step(("W", l), each) for l, each in W.items()},
            {l: optimizer.step(("b", l), each) for l, each in downhill.b.items()},
        )
        moved = {
            l: (layer.W + steps.W[l], None if layer.b is None else layer.b + steps.b[l])
            for l, layer in enumerate(network, 1)
        }
    for l, arrays in moved.items():
        if not all(np.isfinite(each).all() for each in arrays if each is not None):
            raise DivergenceError(step, f"a weight of layer {l} would not be finite")
    for l, (W_moved, b_moved) in moved.items():
        network[l].W, network[l].b = W_moved, b_moved


def _loss(network: Network, x: Array, target: Array, step: int) -> float:
    """Return the loss after a step, or before the first, if it is finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        trace = network._forward(x)
        loss = float(network.loss.function(trace.z[len(network)], trace.output, target))
    if np.isfinite(loss):
        return loss
    if step == 0:
        raise FloatingPointError(f"the loss is {loss} before training: the weights are too large")
    raise DivergenceError(step, f"the loss is {loss}")


def accuracy(output: ArrayLike, target: ArrayLike) -> float:
    """Share of examples whose largest output is that of their target.

    Parameters
    ----------
    output : (N, n_L) array
        Output of the network.
    target : (N, n_L) array
        Targets, 1 for the right class.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    TypeError
        They hold anything but real numbers.
    ValueError
        They are not batches of one shape, or have one output only, which is always the largest.
    """
    y, t = finite_array("output", output), finite_array("target", target)
    if y.ndim != 2 or y.shape != t.shape:
        raise ValueError(f"output and target must have one shape (N, n), not {y.shape}, {t.shape}")
    if y.shape[1] < 2:
        raise ValueError("output and target must have a column for each class, at least 2, not 1")
    return float(np.mean(y.argmax(axis=1) == t.argmax(axis=1)))
