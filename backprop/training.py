"""Learning from many examples: epochs of mini-batches, when to stop, and how it went."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import (
    Array,
    all_finite,
    finite_array,
    real_array,
    require_count,
    require_generator,
    require_real,
    require_shape,
    shown,
)
from backprop._workspace import Workspace, fits
from backprop.network import Network, _add
from backprop.optimizers import Adam, GradientDescent, Key, Optimizer, RMSProp, with_weight_decay


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
        # These are what a copy is made of, in another process too.
        super().__init__(step, what)
        self.step = step
        self.what = what

    def __str__(self) -> str:
        return f"training diverged at step {self.step}: {self.what}; try a smaller learning rate"


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

    Weights and biases stay the arrays that they are, of their own type, and the numbers in them are
    changed, as by `Network.apply`. With validation examples, those that did best on them stand
    there in the end, and beside them the running averages of that epoch.

    Parameters
    ----------
    network : Network
        Network, which is changed.
    x : (N, n_0) array
        Inputs, with one example per row.
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
        Wraps the epochs, such as `tqdm.tqdm`. A generator may change the learning rate of the
        optimizer before it yields an epoch, which is a schedule.

    Returns
    -------
    History
        The losses.

    Raises
    ------
    DivergenceError
        A loss or a step is not finite. The network keeps its last finite weights.
    FloatingPointError
        The loss is not finite from the start: what stands in the way is said.
    TypeError
        Inputs or targets hold anything but real numbers, a number of examples or epochs is not an
        integer, the weight decay is not a number, or the network, the optimizer, the generator, the
        validation examples or the progress are something else.
    ValueError
        Inputs or targets do not fit the network or each other, a number of examples or epochs is
        too small or too large, the weight decay is negative, a weight cannot be written, or the
        optimizer returns a step of another shape.
    """
    if not isinstance(network, Network):
        raise TypeError(f"network must be a Network, not {shown(network)}")
    network._writable()
    x, target = _unchanged(network, *_examples(network, x, target))
    N = len(x)
    epochs = require_count("epochs", epochs, 0)
    batch_size = N if batch_size is None else require_count("batch_size", batch_size, 1, N)
    if patience is not None:
        require_count("patience", patience, 1)
        if validation is None:
            raise ValueError("patience needs validation examples, whose loss it waits for")
    if isinstance(optimizer, type) or not callable(getattr(optimizer, "step", None)):
        raise TypeError(
            f"optimizer must be an optimizer such as GradientDescent(0.1), not {shown(optimizer)}"
        )
    if rng is not None:
        require_generator(rng)
    weight_decay = require_real("weight_decay", weight_decay, "0 or more and finite")
    if validation is not None:
        validation = _unchanged(network, *_pair(network, "validation", validation))
    if not callable(progress):
        raise TypeError(
            f"progress must wrap the epochs, as `tqdm.tqdm` does, not {shown(progress)}"
        )
    history = History([_loss(network, x, target, 0)])
    best = _arrays(network.copy())
    if validation is not None:
        history.validation.append(_loss(network, *validation, 0))
    step, learner = 0, _Learner(network, optimizer, weight_decay, x)
    for epoch, _ in enumerate(_wrapped(progress, epochs), 1):
        if not learner.is_current():
            learner = _Learner(network, optimizer, weight_decay, x)
        with np.errstate(over="ignore", invalid="ignore"):
            for rows in _batches(N, batch_size, rng):
                step += 1
                learner.learn(x[rows], target[rows], step)
        history.losses.append(_loss(network, x, target, step))
        history.best = epoch
        if validation is None:
            continue
        history.validation.append(_loss(network, *validation, step))
        history.best = int(np.argmin(history.validation))
        if history.best == epoch:
            best = _arrays(network.copy())
        elif patience is not None and epoch - history.best >= patience:
            break
    if validation is not None:
        for key, array in _arrays(network).items():
            array[...] = best[key]
    return history


def _examples(
    network: Network, x: ArrayLike, target: ArrayLike, of: str = ""
) -> tuple[Array, Array]:
    """Return a batch that the network can learn from; `of` stands before the names of its parts."""
    if network._is_dense:
        x, n_0, n_L = finite_array(f"{of}x", x), network.sizes[0], network.sizes[-1]
        if x.ndim != 2 or x.shape[1] != n_0:
            raise ValueError(f"{of}x must have shape (N, {n_0}), not {x.shape}")
        shape: tuple[int, ...] = (len(x), n_L)
    else:
        x = network._input(x)
        shape = network._forward(x).output.shape
    target = finite_array(f"{of}target", target)
    if target.shape != shape:
        raise ValueError(
            f"{of}target must have the shape of the output, {shape}, not {target.shape}"
        )
    network.loss._require_probabilities(f"{of}target", target)
    return x, target


def _pair(network: Network, name: str, pair: object) -> tuple[Array, Array]:
    """Return two arrays, inputs and targets, that the network can be run on."""
    if not isinstance(pair, tuple | list):
        raise TypeError(f"{name} must be a pair of inputs and targets, not {shown(pair)}")
    if len(pair) != 2:
        raise ValueError(f"{name} must be inputs and targets, not {len(pair)} things")
    x, target = pair
    return _examples(network, x, target, f"{name} ")


def _unchanged(network: Network, x: Array, target: Array) -> tuple[Array, Array]:
    """Return a batch that no step changes: a copy of what lies in the memory of a weight."""
    weights = network.parameters.values()
    own = [any(np.may_share_memory(each, w) for w in weights) for each in (x, target)]
    return x.copy() if own[0] else x, target.copy() if own[1] else target


def _arrays(network: Network) -> dict[Any, Array]:
    """Return the arrays that training changes: parameters, and what layers remember beside them."""
    return network.parameters | network._state


def _wrapped(progress: Callable[[Iterable[int]], Iterable[int]], epochs: int) -> Iterable[int]:
    try:
        return iter(progress(range(1, epochs + 1)))
    except TypeError as error:
        raise TypeError(f"progress must wrap the epochs, not {shown(progress)}") from error


def _batches(N: int, size: int, rng: np.random.Generator | None) -> Iterator[Any]:
    order = None if rng is None else rng.permutation(N)
    for start in range(0, N, size):
        rows = slice(start, start + size)
        yield rows if order is None else order[rows]


class _Learner:
    """Takes a step for each batch: in arrays that are there already, if the network allows it."""

    def __init__(self, network: Network, optimizer: Optimizer, decay: float, x: Array) -> None:
        self.network, self.optimizer, self.decay = network, optimizer, decay
        self.parameters = network.parameters
        self.in_place = fits(network, x)
        self.workspaces: dict[int, Workspace] = {}
        # What remembers a direction must be given one of its own.
        self.keeps = type(optimizer) not in (GradientDescent, RMSProp, Adam)
        kinds = {w.dtype for w in self.parameters.values()}
        self.limit = min((float(np.finfo(each).max) / 4 for each in kinds), default=0.0)
        self.reach = self._largest()

    def is_current(self) -> bool:
        """Return whether the parameters are still the arrays that they were."""
        now = self.network.parameters
        return all(now.get(key) is array for key, array in self.parameters.items())

    def learn(self, x: Array, target: Array, step: int) -> None:
        """Take one step."""
        try:
            loss, downhill = self._downhill(x, target)
        except FloatingPointError as error:
            raise DivergenceError(step, str(error)) from None
        if not isfinite(loss):
            raise DivergenceError(step, f"the loss is {loss}")
        rate = self._plain_rate()
        if rate is not None and self._descend(self.workspaces[len(x)], rate):
            return
        if self.decay:
            of = self.parameters
            downhill = {
                key: _with_weight_decay(d, of[key], self.decay) for key, d in downhill.items()
            }
        try:
            steps = {}
            for key, d in downhill.items():
                step_of_one = _step(self.optimizer, key, d)
                # Another optimizer may compute its next step in the same memory.
                steps[key] = step_of_one.copy() if self.keeps else step_of_one
            self._apply(steps)
        except FloatingPointError as error:
            raise DivergenceError(step, str(error)) from None
        except ValueError:
            # Optimizers refuse a gradient that is not finite.
            if all(map(all_finite, downhill.values())):
                raise
            raise DivergenceError(step, "the gradient is not finite") from None

    def _downhill(self, x: Array, target: Array) -> tuple[float, Mapping[Any, Array]]:
        """Return the loss, or 0 where it is known to be finite, and minus the gradient."""
        if not self.in_place:
            trace = self.network._forward(x, training=True)
            backward = self.network._backward(trace, target.astype(trace.output.dtype, copy=False))
            return backward.loss, backward.downhill
        N = len(x)
        if N not in self.workspaces:
            self.workspaces[N] = Workspace(self.network, N)
        workspace = self.workspaces[N]
        loss = workspace.go(x, target.astype(x.dtype, copy=False))
        if self.keeps:
            return loss, {key: d.copy() for key, d in workspace.downhill.items()}
        return loss, workspace.downhill

    def _plain_rate(self) -> float | None:
        """Return the learning rate of plain gradient descent, which needs no array of its own.

        It is asked for at each step, because a schedule may have changed it.
        """
        optimizer = self.optimizer
        if not self.in_place or self.keeps or not isinstance(optimizer, GradientDescent):
            return None
        return None if optimizer.momentum or self.decay else optimizer._rate()

    def _descend(self, workspace: Workspace, eta: float) -> bool:
        """Take a step of plain gradient descent in place, if it is sure to stay finite."""
        reach = self.reach + eta * _norm(workspace.all)
        if not reach < self.limit:
            return False
        np.multiply(eta, workspace.all, out=workspace.all)
        for key, w in self.parameters.items():
            np.add(w, workspace.downhill[key], out=w)
        self.reach = reach
        return True

    def _apply(self, steps: Mapping[Any, Array]) -> None:
        """Add steps in place, all or none.

        No weight can overflow as long as all that was ever added to it stays far from that. Only
        where it does not, the weights are copied before a step and looked at after it.
        """
        reach = self.reach + sum(map(_norm, steps.values()))
        if reach < self.limit:
            for key, w in self.parameters.items():
                w += steps[key]
            self.reach = reach
        else:
            _add(self.parameters, steps)
            self.reach = self._largest()

    def _largest(self) -> float:
        """Return what no weight exceeds."""
        return sum(map(_norm, self.parameters.values()))


def _norm(w: Array) -> float:
    """Return the root of the sum of squares, which no number exceeds; infinite where that is."""
    return sqrt(np.vdot(w, w))


def _with_weight_decay(downhill: Array, w: Array, decay: float) -> Array:
    """Pull weights to 0, and leave biases and scales, which have one axis, as they are."""
    return with_weight_decay(downhill, w, decay) if w.ndim > 1 else downhill


def _step(optimizer: Optimizer, key: Key, downhill: Array) -> Array:
    """Return the step of one array, which must not be broadcast to it."""
    step = optimizer.step(key, downhill)
    if type(step) is np.ndarray and step.dtype.kind == "f" and step.shape == downhill.shape:
        return step
    step = real_array(f"what optimizer.step returns for {key}", step)
    require_shape(f"what optimizer.step returns for {key}", step, "the parameters", downhill)
    return step


def _loss(network: Network, x: Array, target: Array, step: int) -> float:
    """Return the loss after a step, or before the first, if it is finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        try:
            trace = network._forward(x)
        except FloatingPointError as error:
            if step == 0:
                raise
            raise DivergenceError(step, str(error)) from None
        loss = float(network._loss(trace, target))
    if step == 0:
        network._require_finite_loss(loss, trace, " before training")
    if not isfinite(loss):
        raise DivergenceError(step, f"the loss is {loss}")
    return loss


def accuracy(output: ArrayLike, target: ArrayLike) -> float:
    """Share of examples whose largest output is that of their target.

    Of equal ones, the first counts as the largest.

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
        An argument holds anything but real numbers.
    ValueError
        The arrays are not batches of one shape, or have only one output, which is always the
        largest.
    """
    y, t = finite_array("output", output), finite_array("target", target)
    if y.ndim != 2 or y.shape != t.shape:
        raise ValueError(f"output and target must have one shape (N, n), not {y.shape}, {t.shape}")
    if y.shape[1] < 2:
        raise ValueError("output and target must have a column for each class, at least 2, not 1")
    return float(np.mean(y.argmax(axis=1) == t.argmax(axis=1)))
