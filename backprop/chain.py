"""One idea for all that stands between input and loss: a layer hands back its pullback.

`forward(a)` returns the output y and a function, the pullback. Given e, the error attributed to the
output (minus dE/dy), the pullback returns the error attributed to the input (minus dE/da) and the
direction downhill of each parameter (minus dE/dw). So whoever runs a layer forward holds what is
needed to go back, and layers compose: forward in their order, and back in the reverse order.

Layers check shapes and types, and let NaN and infinities through. Layers also take complex arrays,
which complex-step differentiation needs.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Self, TypeAlias

import numpy as np

from backprop._arrays import Array, floats, require_shape, shown

Key: TypeAlias = str | tuple[Any, ...]
"""Which array of parameters: "W" of a layer, ("W", l) of layer l of a chain, and ("W", l, k) of
layer k of a chain that is itself layer l."""

Pullback: TypeAlias = Callable[[Array], tuple[Array, dict[Any, Array]]]
"""Takes the error attributed to the output; returns that of the input, and each downhill."""

Forward: TypeAlias = Callable[[Array], tuple[Array, Pullback]]
"""Takes an input, returns the output and the pullback."""

TINY = 2.0**-60
"""How far forward mode moves an input, in the imaginary direction."""


class Differentiable(ABC):
    """A function of its input and its parameters that can be gone back over.

    A layer of your own names its parameters, and has a method `forward`. Its pullback keeps what it
    needs without a copy, so write into neither input nor output before the way back is done.

    Attributes
    ----------
    names : tuple of str
        The attributes that are parameters. One that is None is not there.

    Examples
    --------
    >>> class Scale(Differentiable):
    ...     names = ("w",)
    ...
    ...     def __init__(self, w):
    ...         self.w = np.array(w)
    ...
    ...     def forward(self, a):
    ...         return self.w * a, lambda e: (self.w * e, {"w": np.sum(e * a)})
    >>> y, pullback = Scale(3.0).forward(np.array([1.0, 2.0]))
    >>> e, downhill = pullback(np.array([1.0, 1.0]))
    >>> print(y, e, downhill["w"])
    [3. 6.] [3. 3.] 3.0
    """

    names: tuple[str, ...] = ()
    _state_names: tuple[str, ...] = ()
    """The attributes that are arrays which training changes, but no gradient."""

    @abstractmethod
    def forward(self, a: Array) -> tuple[Array, Pullback]:
        """Run the layer forward.

        Parameters
        ----------
        a : array
            Input of the layer; the layer says which shapes are possible.

        Returns
        -------
        y : array
            Output of the layer.
        pullback : callable
            Takes minus dE/dy, in the shape of y, and returns minus dE/da and a mapping from the key
            of each parameter to minus dE/dw. It belongs to the parameters as they were.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            The input has a shape that the layer cannot take. So does the pullback for another
            shape.
        """

    def training_forward(self, a: Array) -> tuple[Array, Pullback]:
        """Run the layer forward while it is trained: another thing for a few layers, as dropout is.

        Parameters
        ----------
        a : array
            Input.

        Returns
        -------
        y : array
            Output.
        pullback : callable
            As that of `forward`, which this is unless the layer says something else.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            The input has a shape that the layer cannot take.
        """
        return self.forward(a)

    @property
    def parameters(self) -> dict[Any, Array]:
        """The arrays that are learned, by their keys: the layer's own, and no copies.

        Returns
        -------
        dict of arrays
            Empty for a layer that has none.
        """
        found = {name: getattr(self, name) for name in self.names}
        return {name: array for name, array in found.items() if array is not None}

    @property
    def _state(self) -> dict[Any, Array]:
        return {name: getattr(self, name) for name in self._state_names}

    def with_parameters(self, values: Mapping[Any, Array]) -> Self:
        """Return a layer like this one that has other arrays as its parameters.

        Parameters
        ----------
        values : mapping
            Arrays by the keys of some of the parameters or all; the others are shared.

        Returns
        -------
        Differentiable
            Of the same class; this one stays as it is.

        Raises
        ------
        TypeError
            The values are no mapping.
        ValueError
            There is no parameter of a key, or it has another shape.
        """
        _require_keys(values, self.parameters)
        other = copy.copy(self)
        for name, array in values.items():
            setattr(other, name, floats("values", array))
        for name, array in self._state.items():
            setattr(other, name, array.copy())
        return other

    def _frozen(self) -> Differentiable:
        """Return a layer whose pullback gives the error of the input alone, if it can do without.

        A pullback that does so may also take several errors at once, a row each.
        """
        return self

    def jvp(self, a: Array, a_dot: Array) -> tuple[Array, Array]:
        """Return the output, and how it changes as the input moves in a direction.

        A layer that says nothing else moves its input by a tiny imaginary number: the imaginary
        part of the output is then the change, without any difference that could cancel.

        Parameters
        ----------
        a : array
            Input.
        a_dot : array of the shape of a
            Direction in which the input moves; or several, along an axis before the others.

        Returns
        -------
        y : array
            Output at a.
        y_dot : array of the shape of y
            The Jacobian times the direction, or times each.

        Raises
        ------
        TypeError
            An argument holds anything but real numbers.
        ValueError
            The arguments do not fit the layer or each other.
        """
        a, a_dot = _with_direction("a", a, a_dot)
        if a_dot.ndim > a.ndim:
            every = [self.jvp(a, each) for each in a_dot]
            return every[0][0], np.stack([each for _, each in every])
        # In float16, so small a number would be 0.
        tiny = np.result_type(a.dtype, np.float32).type(TINY)
        y, _ = self.forward(a + a_dot * tiny * 1j)
        return self.forward(a)[0], y.imag / tiny


def _with_direction(name: str, a: Array, a_dot: Array) -> tuple[Array, Array]:
    """Return an input and how it moves, as arrays that fit.

    Parameters
    ----------
    name : str
        What the input is called.
    a : array
        Input.
    a_dot : array
        A direction in the shape of the input; or some, along an axis before the others.

    Returns
    -------
    tuple of two arrays
        Both.

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The direction has another shape, or there is none.
    """
    a, a_dot = floats(name, a), floats(f"{name}_dot", a_dot)
    fits = a_dot.shape == a.shape or (a_dot.shape[1:] == a.shape and a_dot.ndim and len(a_dot))
    if not fits:
        require_shape(f"{name}_dot", a_dot, name, a)
    return a, a_dot


def _require_keys(values: Mapping[Any, Array], own: Mapping[Any, Array]) -> None:
    """Refuse arrays that are not those of some parameters.

    Parameters
    ----------
    values : mapping
        What came.
    own : mapping
        The parameters.

    Raises
    ------
    TypeError
        The values are no mapping.
    ValueError
        There is no parameter of a key, or it has another shape.
    """
    if not isinstance(values, Mapping):
        raise TypeError(f"values must be arrays by the keys of parameters, not {shown(values)}")
    for key, array in values.items():
        if key not in own:
            known = ", ".join(map(repr, own)) or "there are none"
            raise ValueError(f"values must be by the keys of parameters, {known}, not {key!r}")
        shape = floats(f"values[{key!r}]", array).shape
        if shape != own[key].shape:
            raise ValueError(f"values[{key!r}] must have shape {own[key].shape}, not {shape}")


def _key_in_chain(key: Key, l: int) -> tuple[Any, ...]:
    """Return the key, in a chain, of a parameter of its layer l.

    Parameters
    ----------
    key : str or tuple
        The key of the parameter within the layer.
    l : int
        Number of the layer, from 1.

    Returns
    -------
    tuple
        The name first, then the numbers of layers, outermost first.
    """
    name, *inner = key if isinstance(key, tuple) else (key,)
    return (name, l, *inner)


def _parameters_of(layers: Sequence[Differentiable]) -> dict[Any, Array]:
    """Return the parameters of layers that stand in a chain, by their keys there."""
    return _in_chain([layer.parameters for layer in layers])


def _state_of(layers: Sequence[Differentiable]) -> dict[Any, Array]:
    """Return what the layers of a chain remember beside their parameters."""
    return _in_chain([layer._state for layer in layers])


def _in_chain(every: Sequence[Mapping[Any, Array]]) -> dict[Any, Array]:
    return {
        _key_in_chain(key, l): array for l, own in enumerate(every, 1) for key, array in own.items()
    }


class Chain(Differentiable):
    """Layers, of which each takes the output of the one before. A chain is itself a layer.

    Parameters
    ----------
    *layers : Differentiable
        Layers 1 to L.

    Raises
    ------
    TypeError
        An argument is no layer.
    ValueError
        There is none, or one stands in two places.
    """

    def __init__(self, *layers: Differentiable) -> None:
        self.layers = _require_layers(layers)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.layers))})"

    def __iter__(self) -> Iterator[Differentiable]:
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    @property
    def parameters(self) -> dict[Any, Array]:
        """The arrays that are learned: `("W", l)` is W of layer l.

        Returns
        -------
        dict of arrays
            Parameters of all layers, those of layer 1 first.
        """
        return _parameters_of(self.layers)

    @property
    def _state(self) -> dict[Any, Array]:
        return _state_of(self.layers)

    def with_parameters(self, values: Mapping[Any, Array]) -> Self:
        """Return a chain like this one that has other arrays as its parameters.

        Parameters
        ----------
        values : mapping
            Arrays by the keys of some of the parameters or all; the others are shared.

        Returns
        -------
        Chain
            A new chain; this one stays as it is.

        Raises
        ------
        TypeError
            The values are no mapping.
        ValueError
            There is no parameter of a key, or it has another shape.
        """
        _require_keys(values, self.parameters)
        layers = []
        for l, layer in enumerate(self.layers, 1):
            own = {key: _key_in_chain(key, l) for key in layer.parameters}
            given = {key: values[outer] for key, outer in own.items() if outer in values}
            layers.append(layer.with_parameters(given))
        other = copy.copy(self)
        other.layers = tuple(layers)
        return other

    def _frozen(self) -> Self:
        """Return a chain of layers whose pullbacks need not compute what is downhill."""
        other = copy.copy(self)
        other.layers = tuple(layer._frozen() for layer in self.layers)
        return other

    def forward(self, a: Array) -> tuple[Array, Pullback]:
        """Run all layers forward, each on what the one before gave.

        Parameters
        ----------
        a : array
            Input of layer 1.

        Returns
        -------
        y : array
            Output of layer L.
        pullback : callable
            Goes through the pullbacks of all layers, the last first.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            A layer cannot take what it is given.
        """
        return _run([layer.forward for layer in self.layers], a)

    def training_forward(self, a: Array) -> tuple[Array, Pullback]:
        """Run all layers forward as they are run while they are trained.

        Parameters
        ----------
        a : array
            Input of layer 1.

        Returns
        -------
        y : array
            Output of layer L.
        pullback : callable
            Goes through the pullbacks of all layers, the last first.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            A layer cannot take what it is given.
        """
        return _run([layer.training_forward for layer in self.layers], a)

    def jvp(self, a: Array, a_dot: Array) -> tuple[Array, Array]:
        """Return the output, and how it changes as the input moves in a direction.

        Parameters
        ----------
        a : array
            Input.
        a_dot : array of the shape of a
            Direction in which the input moves.

        Returns
        -------
        y : array
            Output at a.
        y_dot : array of the shape of y
            The Jacobian times the direction.

        Raises
        ------
        TypeError
            An argument holds anything but real numbers.
        ValueError
            The arguments do not fit a layer or each other.
        """
        a, a_dot = _with_direction("a", a, a_dot)
        for layer in self.layers:
            a, a_dot = layer.jvp(a, a_dot)
        return a, a_dot


def _run(forwards: Sequence[Forward], a: Array) -> tuple[Array, Pullback]:
    """Go forward, and hand back what goes through the pullbacks in reverse."""
    pullbacks = []
    for forward in forwards:
        a, pullback = forward(a)
        pullbacks.append(pullback)

    def back(e: Array) -> tuple[Array, dict[Any, Array]]:
        downhill: dict[Any, Array] = {}
        for l in range(len(pullbacks), 0, -1):
            e, own = pullbacks[l - 1](e)
            downhill = {_key_in_chain(key, l): d for key, d in own.items()} | downhill
        return e, downhill

    return a, back


class Residual(Chain):
    """A branch that adds what its layers make of its input to that input.

    The error goes back both ways, and is added up: through the layers, and past them.

    Its layers are given as those of a chain; what they make of an input must have its shape.

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, Deep residual learning for image recognition, CVPR (2016).
    """

    def forward(self, a: Array) -> tuple[Array, Pullback]:
        """Run the layers forward, and add the input to what they give.

        Implements equation `residual-error`.

        Parameters
        ----------
        a : array
            Input.

        Returns
        -------
        y : array of the shape of a
            The input, and what the layers make of it.
        pullback : callable
            Takes minus dE/dy; returns minus dE/da and each direction downhill.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            A layer cannot take what it is given, or the shape is not that of the input in the end.
        """
        return _added(a, super().forward)

    def training_forward(self, a: Array) -> tuple[Array, Pullback]:
        """Do the same as the layers are run while they are trained.

        Parameters
        ----------
        a : array
            Input.

        Returns
        -------
        y : array of the shape of a
            The input, and what the layers make of it.
        pullback : callable
            Takes minus dE/dy; returns minus dE/da and each direction downhill.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            A layer cannot take what it is given, or the shape is not that of the input in the end.
        """
        return _added(a, super().training_forward)

    def jvp(self, a: Array, a_dot: Array) -> tuple[Array, Array]:
        """Return the output, and how it changes as the input moves in a direction.

        Parameters
        ----------
        a : array
            Input.
        a_dot : array of the shape of a
            Direction in which the input moves.

        Returns
        -------
        y : array
            Output at a.
        y_dot : array of the shape of y
            The Jacobian times the direction.

        Raises
        ------
        TypeError
            An argument holds anything but real numbers.
        ValueError
            The arguments do not fit a layer or each other.
        """
        change, change_dot = super().jvp(a, a_dot)
        return a + change, a_dot + change_dot


def _added(a: Array, forward: Forward) -> tuple[Array, Pullback]:
    """Return the input plus what a branch makes of it, and the way back over both."""
    a = floats("a", a)
    change, pullback = forward(a)
    require_shape("what the layers give", change, "their input", a)

    def back(e: Array) -> tuple[Array, dict[Any, Array]]:
        e_branch, downhill = pullback(e)
        return e + e_branch, downhill

    return a + change, back


def _require_layers(layers: Sequence[Differentiable]) -> tuple[Differentiable, ...]:
    """Refuse what is no layer, and a layer that stands in two places.

    Its directions downhill would have one key each, and only one of them would be kept.

    Parameters
    ----------
    layers : sequence of Differentiable
        What is to be a chain.

    Returns
    -------
    tuple of Differentiable
        The same.

    Raises
    ------
    TypeError
        An element is no layer.
    ValueError
        There is none, or one stands in two places.
    """
    for l, layer in enumerate(layers, 1):
        if not isinstance(layer, Differentiable):
            raise TypeError(
                f"layers must be of class Differentiable, but layer {l} is {shown(layer)}"
            )
    if not layers:
        raise ValueError("layers must not be empty")
    # A layer that stands in a chain among them, too, is known by its arrays.
    arrays = [array for layer in layers for array in layer.parameters.values()]
    for each in (layers, arrays):
        if len(set(map(id, each))) < len(each):
            raise ValueError("layers must all be different: each can stand in one place alone")
    return tuple(layers)


def _require_error(e: Array, y: Array | tuple[int, ...], several: bool = False) -> Array:
    """Return an error as an array, if it can be that of an output.

    Parameters
    ----------
    e : array
        What a pullback is given: minus the gradient with respect to the output.
    y : array or tuple of int
        The output, or its shape where a pullback need not keep it.
    several : bool
        Whether it may be several, along an axis before the others.

    Returns
    -------
    array
        The error.

    Raises
    ------
    TypeError
        The error holds anything but numbers.
    ValueError
        The error has another shape than the output.
    """
    e = floats("e", e)
    shape = y if isinstance(y, tuple) else y.shape
    if e.shape != shape and not (several and e.shape[1:] == shape):
        raise ValueError(f"e must have the shape of the output, {shape}, not {e.shape}")
    return e
