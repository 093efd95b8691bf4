"""Reverse-mode differentiation of any computation with arrays.

A `Variable` remembers what it was computed from, and by which operation. `gradients` goes through
what was remembered once, from the end to the beginning. It works with true gradients: the error
terms of the network part are their negatives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, finite_array
from backprop.activations import Activation
from backprop.derivatives import PULLBACKS, Pullback, unbroadcast


def _operators(operation: np.ufunc) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the methods of an operator, for a variable on its left and on its right."""
    return lambda a, b: operation(a, b), lambda b, a: operation(a, b)


class Variable:
    """An array that remembers how it was computed.

    Operators and the NumPy functions of `backprop.derivatives.PULLBACKS` take it like an array, and
    give another. Numbers and arrays that they meet on the way are constants.

    Parameters
    ----------
    value : array_like
        Numbers. Integers become float64.
    name : str
        What to call it where the graph is printed or drawn.

    Attributes
    ----------
    value : array
        What was given, or computed.
    name : str
        Its name, or the operation that made it.
    parents : tuple of Variable
        What it was computed from.
    pullbacks : tuple of callables
        For each of those, how to carry a gradient back to it.
    constant : bool
        Whether nothing is to be carried back to it.

    Raises
    ------
    TypeError
        The value holds anything but real numbers.
    ValueError
        A number is not finite, or there is none.
    """

    __slots__ = ("constant", "name", "parents", "pullbacks", "value")

    def __init__(self, value: ArrayLike, name: str = "variable") -> None:
        self.value = finite_array("value", value)
        self.name = name
        self.parents: tuple[Variable, ...] = ()
        self.pullbacks: tuple[Pullback, ...] = ()
        self.constant = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value.

        Returns
        -------
        tuple of int
            As of an array.
        """
        return self.value.shape

    @property
    def T(self) -> Variable:  # noqa: N802 - as of an array
        """The variable with its axes turned round.

        Returns
        -------
        Variable
            Rows become columns.
        """
        return _result("transpose", self.value.T, (self,), (lambda g, *_: g.T,))

    def sum(self, axis: int | None = None, keepdims: bool = False) -> Variable:
        """Return the sum of all numbers, or along an axis; each gets the gradient of its sum.

        Parameters
        ----------
        axis : int, optional
            Along which to sum; without it, over all.
        keepdims : bool
            Whether the axis stays, with length 1.

        Returns
        -------
        Variable
            A number, or an array.
        """

        def back(g: Array, _: Array, a: Array) -> Array:
            alongside = g if keepdims or axis is None else np.expand_dims(g, axis)
            return np.broadcast_to(alongside, a.shape)

        return _result("sum", self.value.sum(axis, keepdims=keepdims), (self,), (back,))

    def __getitem__(self, index: Any) -> Variable:
        def back(g: Array, _: Array, a: Array) -> Array:
            gradient = np.zeros_like(a)
            # An element that is taken twice collects twice.
            np.add.at(gradient, index, g)
            return gradient

        return _result("item", self.value[index], (self,), (back,))

    def __repr__(self) -> str:
        return f"Variable({self.value!r}, {self.name!r})"

    def __neg__(self) -> Any:
        return np.negative(self)

    __add__, __radd__ = _operators(np.add)
    __sub__, __rsub__ = _operators(np.subtract)
    __mul__, __rmul__ = _operators(np.multiply)
    __truediv__, __rtruediv__ = _operators(np.divide)
    __pow__, __rpow__ = _operators(np.power)
    __matmul__, __rmatmul__ = _operators(np.matmul)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        # NumPy hands over to this method whenever one of its operations meets a variable.
        pullbacks = PULLBACKS.get(ufunc)
        if pullbacks is None or method != "__call__" or kwargs:
            known = ", ".join(each.__name__ for each in PULLBACKS)
            called = ufunc.__name__ + (f".{method}" if method != "__call__" else "")
            options = "".join(f" with {each}=" for each in kwargs)
            raise TypeError(f"operation must be one of {known}, not {called}{options}")
        variables = [each for each in inputs if isinstance(each, Variable)]
        dtype = np.result_type(*(each.value for each in variables))
        nodes = [each if isinstance(each, Variable) else _constant(each, dtype) for each in inputs]
        y = ufunc(*(node.value for node in nodes))
        return _result(ufunc.__name__, y, tuple(nodes), pullbacks)


def _constant(value: Any, dtype: np.dtype[Any]) -> Variable:
    """Return what a variable meets: a Python number takes the precision of the variable."""
    array = finite_array("operand", value)
    made = Variable(array.astype(dtype) if isinstance(value, int | float) else array, "constant")
    made.constant = True
    return made


def _result(
    name: str, value: Any, parents: tuple[Variable, ...], pullbacks: tuple[Pullback, ...]
) -> Variable:
    # What was computed from finite numbers is not looked through again.
    made = Variable.__new__(Variable)
    made.value, made.name, made.constant = np.asarray(value), name, False
    made.parents, made.pullbacks = parents, pullbacks
    return made


def activate(a: Variable, activation: Activation) -> Variable:
    """Output of units, with the slope that their activation has there.

    Parameters
    ----------
    a : Variable
        Input to the units.
    activation : Activation
        One that has a slope by unit, such as `sigmoid`.

    Returns
    -------
    Variable
        f(a), number by number.

    Raises
    ------
    TypeError
        a is not a variable: the activation itself takes arrays.
    """
    _require_variable("a", a)
    y = activation.function(a.value)
    return _result(activation.name, y, (a,), (lambda g, y, _: g * activation.derivative(y),))


def topological_order(output: Variable) -> list[Variable]:
    """Return what an output was computed from, each before all that use it, and the output last.

    Parameters
    ----------
    output : Variable
        The end of the computation.

    Returns
    -------
    list of Variable
        Each once.
    """
    order: list[Variable] = []
    seen: set[Variable] = set()
    # A stack of our own: a long computation is deeper than Python lets functions call.
    waiting = [(output, False)]
    while waiting:
        node, parents_are_done = waiting.pop()
        if parents_are_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            waiting.append((node, True))
            waiting.extend((parent, False) for parent in reversed(node.parents))
    return order


def shares(node: Variable, gradient: Array) -> Iterator[tuple[Variable, Array]]:
    """Yield what the gradient of a result gives to each variable that it was computed from.

    Parameters
    ----------
    node : Variable
        The result.
    gradient : array
        Its gradient. Of a result that is a number, 1 gives the local derivatives.

    Yields
    ------
    Variable, array
        One that the result was computed from, and its share; one that was used twice comes twice.
    """
    values = [parent.value for parent in node.parents]
    for parent, pullback in zip(node.parents, node.pullbacks, strict=True):
        if not parent.constant:
            share = pullback(gradient, node.value, *values)
            yield parent, unbroadcast(share, parent.shape)


def gradients(output: Variable, inputs: Sequence[Variable]) -> list[Array]:
    """Return the derivatives of a number by variables that it was computed from.

    Implements equation `adjoint`.

    Parameters
    ----------
    output : Variable
        A number.
    inputs : sequence of Variable
        What to differentiate by.

    Returns
    -------
    list of arrays
        One for each input, of its shape; zeros where the output does not depend on it.

    Raises
    ------
    TypeError
        The output or an input is not a variable.
    ValueError
        The output is not a number: sum it, or choose one.

    References
    ----------
    S. Linnainmaa, Taylor expansion of the accumulated rounding error, BIT 16 (1976).
    A. Griewank and A. Walther, Evaluating Derivatives, second edition, SIAM (2008).
    """
    _require_variable("output", output)
    if isinstance(inputs, Variable):
        raise TypeError("inputs must be a sequence of variables, not one: write [x]")
    for each in inputs:
        _require_variable("each of inputs", each)
    if output.value.size != 1:
        raise ValueError(f"output must be a number, not of shape {output.shape}: sum it first")
    wanted = set(inputs)
    adjoint = {output: np.ones_like(output.value)}
    for node in reversed(topological_order(output)):
        # All uses of the node have been visited, so its gradient is whole.
        gradient = adjoint.get(node)
        if gradient is None:
            continue
        for parent, share in shares(node, gradient):
            known = adjoint.get(parent)
            adjoint[parent] = share if known is None else known + share
        if node not in wanted:
            del adjoint[node]
    return [
        np.array(adjoint.get(each, np.zeros_like(each.value)), each.value.dtype) for each in inputs
    ]


def _require_variable(name: str, value: Any) -> None:
    if not isinstance(value, Variable):
        raise TypeError(f"{name} must be a Variable, not {type(value).__name__}")


def describe(output: Variable) -> str:
    """Say in a table how an output was computed.

    Parameters
    ----------
    output : Variable
        The end of the computation.

    Returns
    -------
    str
        A line for each variable: its number, its name, those it was computed from, its value, or
        its shape if it is large.
    """
    order = topological_order(output)
    number = {node: n for n, node in enumerate(order)}
    lines = []
    for n, node in enumerate(order):
        uses = ", ".join(str(number[parent]) for parent in node.parents)
        value = f"shape {node.shape}"
        if node.value.size <= 6:
            value = np.array2string(node.value, precision=6).replace("\n", "")
        lines.append(f"{n:3}  {node.name:12} {uses:8} {value}")
    return "\n".join(lines)
