"""Learning from many examples: mini-batches, optimizers, and a record of how it went."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import (
    Array,
    finite_array,
    real_number,
    require_count,
    require_generator,
    require_shape,
)
from backprop.network import Network, Steps


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


class Optimizer(Protocol):
    """Turns the direction downhill into a step, and may remember earlier ones."""

    def step(self, key: tuple[str, int], downhill: Array) -> Array:
        """Return what to add to one array of parameters.

        Parameters
        ----------
        key : tuple
            Which array: ("W", l) or ("b", l).
        downhill : array
            Minus the gradient of the loss.

        Returns
        -------
        array of the same shape
            The step.
        """


EPSILON = 1e-8
"""What RMSProp and Adam add to the size they divide by, which may be 0."""


@dataclass
class GradientDescent:
    """Gradient descent, with momentum if it is wanted.

    Implements equation `momentum` and equation `nesterov`. An optimizer remembers the steps of one
    network: take a new one for another.

    Attributes
    ----------
    learning_rate : float
        Size of a step, positive.
    momentum : float
        Share of the velocity that is kept from step to step, 0 to less than 1.
    nesterov : bool
        Whether the gradient is taken as if the kept velocity had been added before.
    velocity : dict of arrays
        The velocity of each array of parameters, the sum of all steps, each faded with its age.

    Raises
    ------
    TypeError
        The learning rate or the momentum is not a number.
    ValueError
        One of them is out of its range, or Nesterov's form is wanted without momentum.

    References
    ----------
    B. T. Polyak, Some methods of speeding up the convergence of iteration methods, USSR
    Computational Mathematics and Mathematical Physics 4 (1964).
    Y. Nesterov, A method for solving the convex programming problem with convergence rate
    O(1/k^2), Soviet Mathematics Doklady 27 (1983).
    """

    learning_rate: float
    momentum: float = 0.0
    nesterov: bool = False
    velocity: dict[tuple[str, int], Array] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self.learning_rate = real_number("learning_rate", self.learning_rate, "positive and finite")
        self.momentum = real_number("momentum", self.momentum, "at least 0 and less than 1")
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov needs a momentum to look ahead by, not 0")

    def step(self, key: tuple[str, int], downhill: Array) -> Array:
        """Return the new velocity, or with Nesterov's change where it leads next.

        Parameters
        ----------
        key : tuple
            Which array: ("W", l) or ("b", l).
        downhill : array
            Minus the gradient of the loss.

        Returns
        -------
        array of the same shape
            The step.

        Raises
        ------
        ValueError
            Earlier steps of that array had another shape.
        """
        push = self.learning_rate * downhill
        if not self.momentum:
            return push
        v = self.momentum * _kept(self.velocity, key, push) + push
        self.velocity[key] = v
        # The parameters are kept at the point that looks ahead, where gradients are taken.
        return self.momentum * v + push if self.nesterov else v


@dataclass
class RMSProp:
    """Steps divided by the recent size of the gradient, number by number.

    Implements equation `rmsprop`. An optimizer remembers the gradients of one network: take a new
    one for another.

    Attributes
    ----------
    learning_rate : float
        Size of a step, positive.
    decay : float
        Share of the mean square that is kept from step to step, 0 to less than 1.
    square : dict of arrays
        Mean square of the gradient of each array of parameters, recent ones counting most.

    Raises
    ------
    TypeError
        A setting is not a number.
    ValueError
        A setting is out of its range.

    References
    ----------
    T. Tieleman and G. Hinton, Lecture 6.5: rmsprop, Neural Networks for Machine Learning (2012).
    """

    learning_rate: float
    decay: float = 0.9
    square: dict[tuple[str, int], Array] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self.learning_rate = real_number("learning_rate", self.learning_rate, "positive and finite")
        self.decay = real_number("decay", self.decay, "at least 0 and less than 1")

    def step(self, key: tuple[str, int], downhill: Array) -> Array:
        """Return the step along a direction, scaled by its own recent size.

        Parameters
        ----------
        key : tuple
            Which array: ("W", l) or ("b", l).
        downhill : array
            Minus the gradient of the loss.

        Returns
        -------
        array of the same shape
            The step.

        Raises
        ------
        ValueError
            Earlier steps of that array had another shape.
        """
        s = self.decay * _kept(self.square, key, downhill) + (1 - self.decay) * downhill**2
        self.square[key] = s
        return self.learning_rate * downhill / (np.sqrt(s) + EPSILON)


@dataclass
class Adam:
    """Momentum and scaling together, each corrected for having begun at 0.

    Implements equation `adam`. An optimizer remembers the gradients of one network: take a new one
    for another.

    Attributes
    ----------
    learning_rate : float
        Size of a step, positive.
    first : float
        Share of the mean that is kept from step to step, 0 to less than 1.
    second : float
        Share of the mean square that is kept from step to step, 0 to less than 1.
    mean : dict of arrays
        Mean of the direction downhill of each array of parameters, recent ones counting most.
    square : dict of arrays
        Mean square, likewise.
    count : dict of int
        Steps that each array has taken.

    Raises
    ------
    TypeError
        A setting is not a number.
    ValueError
        A setting is out of its range.

    References
    ----------
    D. P. Kingma and J. Ba, Adam: a method for stochastic optimization, ICLR (2015).
    """

    learning_rate: float = 1e-3
    first: float = 0.9
    second: float = 0.999
    mean: dict[tuple[str, int], Array] = field(default_factory=dict, init=False, repr=False)
    square: dict[tuple[str, int], Array] = field(default_factory=dict, init=False, repr=False)
    count: dict[tuple[str, int], int] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self.learning_rate = real_number("learning_rate", self.learning_rate, "positive and finite")
        self.first = real_number("first", self.first, "at least 0 and less than 1")
        self.second = real_number("second", self.second, "at least 0 and less than 1")

    def step(self, key: tuple[str, int], downhill: Array) -> Array:
        """Return the step along the mean direction, scaled by its recent size.

        Parameters
        ----------
        key : tuple
            Which array: ("W", l) or ("b", l).
        downhill : array
            Minus the gradient of the loss.

        Returns
        -------
        array of the same shape
            The step.

        Raises
        ------
        ValueError
            Earlier steps of that array had another shape.
        """
        m = self.first * _kept(self.mean, key, downhill) + (1 - self.first) * downhill
        s = self.second * _kept(self.square, key, downhill) + (1 - self.second) * downhill**2
        tau = self.count.get(key, 0) + 1
        self.mean[key], self.square[key], self.count[key] = m, s, tau
        m_hat, s_hat = m / (1 - self.first**tau), s / (1 - self.second**tau)
        return self.learning_rate * m_hat / (np.sqrt(s_hat) + EPSILON)


def _kept(earlier: dict[tuple[str, int], Array], key: tuple[str, int], downhill: Array) -> Array:
    """Return what is remembered of one array of parameters, which begins at 0."""
    if key not in earlier:
        return np.zeros_like(downhill)
    require_shape("downhill", downhill, f"the earlier ones of {key}", earlier[key])
    return earlier[key]


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


def decayed(downhill: Array, W: Array, weight_decay: float) -> Array:
    """Return the direction downhill of the loss and half the squared weights together.

    Implements equation `weight-decay`.

    Parameters
    ----------
    downhill : (n_in, n_out) array
        Minus the gradient of the loss.
    W : (n_in, n_out) array
        Weights.
    weight_decay : float
        What half the squared weights count beside the loss, 0 or more.

    Returns
    -------
    (n_in, n_out) array
        Downhill, and a little towards 0.

    Raises
    ------
    TypeError
        The weight decay is not a number.
    ValueError
        It is negative or not finite, or the shapes differ.
    """
    weight_decay = real_number("weight_decay", weight_decay, "0 or more and finite")
    require_shape("W", W, "downhill", downhill)
    return downhill - weight_decay * W if weight_decay else downhill


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
