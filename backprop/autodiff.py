"""Reverse-mode differentiation of computations that are made of NumPy's operations.

A `Variable` remembers what it was computed from, and by which operation. `gradients` goes through
what was remembered once, from the end to the beginning. The engine works with true gradients, of
which the error terms of the network part are the negatives. `recorded_gradients` remembers the way
back as well, so that gradients can be differentiated again.

What the engine knows stands in `backprop.derivatives`; everything else it refuses by name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import (
    Array,
    all_finite,
    finite_array,
    first_not_finite,
    real_array,
    require_shape,
    shown,
)
from backprop.activations import Activation, softmax
from backprop.derivatives import INSTEAD, PLAIN, PULLBACKS, Pullback, _collected

COMPOSED: dict[Callable[..., Any], Callable[..., Any]] = {}
"""Functions that are composed of those with a derivative; `backprop._composed` enters them."""


def _reshape(v: Any, *shape: Any) -> Any:
    """Do as the method of an array, which takes a shape as one argument or as several."""
    return np.reshape(v, shape[0] if len(shape) == 1 else shape)


def _transpose(v: Any, *axes: Any) -> Any:
    """Do as the method of an array, which takes axes as one argument or as several."""
    several = len(axes) > 1 or (axes and isinstance(axes[0], int | np.integer))
    return np.transpose(v, axes if several else axes[0] if axes else None)


_NO_TYPES = {
    "b": "which keeps only what is not 0, and has no slope",
    "i": "which would round, and has no slope",
    "u": "which would round, and has no slope",
    "c": "whose imaginary parts no gradient of a real loss has",
    "O": "whose numbers NumPy hands to Python one by one, past the graph",
}
"""Why a variable is not turned into a type, by its kind."""


def _astype(v: Any, dtype: Any) -> Any:
    """Do as the method of an array: the same numbers in another type."""
    kind = np.dtype(dtype).kind
    if np.dtype(dtype) != v.value.dtype and kind != "f":
        why = _NO_TYPES.get(kind, "which holds no numbers")
        raise TypeError(
            f"astype of a Variable takes a type of real numbers, such as np.float32, not "
            f"{dtype!r}, {why}: write v.value.astype for plain arrays"
        )
    return _apply("astype", lambda a: a.astype(dtype), [lambda g, _, a: g.astype(a.dtype)], (v,))


_AS_FUNCTIONS = (
    "argmax argmin argsort clip cumsum dot max mean min ravel squeeze std sum swapaxes take var"
)
METHODS: dict[str, Callable[..., Any]] = {
    "reshape": _reshape,
    "transpose": _transpose,
    "astype": _astype,
    **{name: getattr(np, name) for name in _AS_FUNCTIONS.split()},
}
"""Methods of an array that a variable has as well: v.mean(axis=0) is np.mean(v, axis=0)."""


def _operators(operation: np.ufunc) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the methods of an operator, for a variable on its left and on its right."""
    return lambda a, b: operation(a, b), lambda b, a: operation(a, b)


def _conversion(name: str) -> Callable[..., NoReturn]:
    """Return a method that refuses to make a variable a number that has forgotten its graph."""

    def refuse(_: Variable) -> NoReturn:
        raise TypeError(
            f"{name} of a Variable would forget how it was computed, and its gradient with that: "
            f"compute with NumPy's functions, or write {name}(v.value) for the number"
        )

    return refuse


class Variable:
    """An array that remembers how it was computed.

    Operators, the NumPy functions of `backprop.derivatives.PULLBACKS` and those composed of them
    take it like an array, and give another; `METHODS` are methods of it too. Those of
    `backprop.derivatives.PLAIN` give plain arrays. Every other function that NumPy hands over to it
    is refused. Numbers and arrays that it meets on the way are constants: each is copied at each
    use, so make one variable of an array that is used often.

    Parameters
    ----------
    value : array_like
        Numbers, which are copied; integers become float64.
    name : str
        What to call it where the graph is printed or drawn.

    Attributes
    ----------
    value : array
        What was given, or computed. The array cannot be written into, since slopes are made of it.
        Another may be put in its place once the gradients have been taken, and not before.
    name : str
        Name of the variable, or of the operation that made it.
    parents : tuple of Variable
        What it was computed from.
    pullbacks : tuple of callables
        For each of those, how to carry a gradient back to it.
    constant : bool
        Whether it is a number or an array that a variable met.

    Raises
    ------
    TypeError
        The value holds anything but real numbers, or the name is no text.
    ValueError
        A number is not finite, or there is none.
    """

    __slots__ = ("constant", "name", "parents", "pullbacks", "value")

    value: Array
    name: str
    parents: tuple[Variable, ...]
    pullbacks: tuple[Pullback, ...]
    constant: bool

    def __init__(self, value: ArrayLike, name: str = "variable") -> None:
        if not isinstance(name, str):
            raise TypeError(f"name must be text, not {shown(name)}")
        _fill(self, finite_array("value", value).copy(), name)

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
        turned: Variable = _transpose(self)
        return turned

    def __getattr__(self, name: str) -> Any:
        if name in METHODS:
            return partial(METHODS[name], self)
        if name in ("ndim", "size"):
            return getattr(self.value, name)
        if name == "real":  # as all its numbers are
            return self
        raise AttributeError(f"a Variable has no {name!r}; its methods are {_listed(METHODS)}")

    def __getitem__(self, index: Any) -> Variable:
        """Return what an index chooses; what it takes twice collects both gradients.

        Parameters
        ----------
        index : int, slice, Ellipsis, None, array of int or bool, or a tuple of them
            As NumPy takes it; the index is copied.

        Returns
        -------
        Variable
            The numbers that are chosen.

        Raises
        ------
        TypeError
            The index is of another kind.
        IndexError
            The index does not fit the shape.
        """
        try:
            index = _kept_index(index)
            value = self.value[index]
        except (IndexError, OverflowError, TypeError, ValueError) as error:
            said = (
                f"index must be one of an array of shape {self.shape}, not {shown(index)}: {error}"
            )
            raise (TypeError if isinstance(error, TypeError) else IndexError)(said) from None

        def put(g: Array) -> Array:
            gradient = np.zeros(self.shape, g.dtype)
            if _takes_each_once(index):
                gradient[index] = g
            else:  # What is taken twice collects twice.
                np.add.at(gradient, index, g)
            return gradient

        def back(g: Any, *_: Any) -> Any:
            if not isinstance(g, Variable):
                return put(g)
            return _apply("put", put, [lambda h, *_: h[index]], (g,))

        return _result("item", value, (self,), (back,))

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise TypeError(
            "a Variable cannot be written into, because slopes are made of its value: "
            "make another, by np.where(mask, new, v) or np.concatenate"
        )

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator[Variable]:
        return (self[i] for i in range(len(self)))

    def __contains__(self, item: Any) -> bool:
        return bool(np.any(self == item))

    def __bool__(self) -> bool:
        if self.value.size != 1:
            raise TypeError(
                f"bool of a Variable of shape {self.shape} is not one answer: compare its numbers, "
                f"and write (v > 0).any() or (v > 0).all()"
            )
        return bool(self.value)

    def __repr__(self) -> str:
        return f"Variable({self.value!r}, {self.name!r})"

    # A graph is looked through by which node it is, whatever its numbers.
    __hash__ = object.__hash__

    def __pos__(self) -> Any:
        return np.positive(self)

    def __neg__(self) -> Any:
        return np.negative(self)

    def __abs__(self) -> Any:
        return np.absolute(self)

    __add__, __radd__ = _operators(np.add)
    __sub__, __rsub__ = _operators(np.subtract)
    __mul__, __rmul__ = _operators(np.multiply)
    __truediv__, __rtruediv__ = _operators(np.divide)
    __pow__, __rpow__ = _operators(np.power)
    __matmul__, __rmatmul__ = _operators(np.matmul)

    def __eq__(self, other: object) -> Any:
        return self.value == _plain(other)

    def __ne__(self, other: object) -> Any:
        return self.value != _plain(other)

    __lt__, __gt__ = _operators(np.less)
    __le__, __ge__ = _operators(np.less_equal)

    __int__, __float__ = _conversion("int"), _conversion("float")
    __complex__, __index__ = _conversion("complex"), _conversion("operator.index")
    __round__, __trunc__ = _conversion("round"), _conversion("math.trunc")

    # A copy is computed from what it is a copy of.
    def __copy__(self) -> Any:
        return +self

    def __deepcopy__(self, _: Any) -> Any:
        return +self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Variable cannot be pickled, as its graph cannot: pickle v.value")

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        raise TypeError(
            "an array made of a Variable would forget how it was computed, and its gradient with "
            "that: write np.stack or np.concatenate for an array of variables, "
            "apply_activation(v, f) for an activation f, and v.value for the plain array"
        )

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        # NumPy hands over to this method whenever one of its operations meets a variable,
        if method != "__call__" or "out" in kwargs:
            called = ufunc.__name__ + (f".{method}" if method != "__call__" else " with out=")
            raise TypeError(
                f"{called} takes no Variable: write a = a + v for a += v, and np.sum, np.max, "
                f"np.cumsum or np.outer for the methods of operations"
            )
        return _call(ufunc, inputs, kwargs)

    def __array_function__(
        self, function: Callable[..., Any], _: Any, inputs: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> Any:
        # and to this one whenever one of its other functions does.
        return _call(function, inputs, kwargs)


def _call(function: Callable[..., Any], inputs: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """Compute a function of NumPy of variables, or refuse it."""
    if function in PULLBACKS:
        return _record(function, PULLBACKS[function], inputs, options)
    if function in COMPOSED:
        _require_call(function, _arguments(COMPOSED[function], 0), inputs, options)
        return COMPOSED[function](*inputs, **options)
    if function in PLAIN and not (options and isinstance(function, np.ufunc)):
        settings = {name: _plain(each) for name, each in options.items()}
        return function(*map(_plain, inputs), **settings)
    instead = INSTEAD.get(function) or f"functions that have one, {_listed(map(_name, _known()))}"
    raise TypeError(
        f"{_name(function)} has no derivative here, and takes no Variable: write {instead}; "
        f"or give it v.value, where no gradient is wanted"
    )


def _record(
    function: Callable[..., Any],
    pullbacks: Sequence[Pullback],
    inputs: Sequence[Any],
    options: Mapping[str, Any],
) -> Variable:
    """Compute a function that has a line in the table, with options or without."""
    n = len(pullbacks)
    operands, settings = inputs[:n], tuple(map(_kept_setting, inputs[n:]))
    options = {name: _kept_setting(each) for name, each in options.items()}
    if len(operands) == n and not settings and not options:
        return _apply(_name(function), function, pullbacks, operands)
    if len(operands) < n:
        raise TypeError(f"{_name(function)} of a Variable takes each operand by position")
    _require_call(function, _arguments(pullbacks[0], 2), inputs, options)

    def compute(*values: Array) -> Any:
        return function(*values, *settings, **options)

    def with_options(pullback: Pullback) -> Pullback:
        return lambda g, y, *values: pullback(g, y, *values, *settings, **options)

    return _apply(_name(function), compute, [with_options(each) for each in pullbacks], operands)


def _apply(
    name: str,
    function: Callable[..., Any],
    pullbacks: Sequence[Pullback],
    operands: Sequence[Any],
) -> Variable:
    """Compute an operation of plain arrays, and remember its pullbacks, one for each operand."""
    nodes = tuple(
        each if isinstance(each, Variable) else _constant(name, each, operands) for each in operands
    )
    return _result(name, function(*(node.value for node in nodes)), nodes, tuple(pullbacks))


def _plain(value: Any) -> Any:
    """Return the array of a variable, and everything else as it is."""
    return value.value if isinstance(value, Variable) else value


def _constant(operation: str, value: Any, operands: Sequence[Any]) -> Variable:
    """Return what variables meet, in the type in which NumPy would compute with all of them."""
    if isinstance(value, np.matrix):
        raise TypeError(f"{operation} operand must be an array, not a matrix of NumPy's: A @ v")
    array = real_array(f"{operation} operand", value)
    if array.size:
        array = finite_array(f"{operation} operand", array)
    types = {each.value.dtype for each in operands if isinstance(each, Variable)}
    types.discard(np.dtype(object))  # numbers that count what is done with them set no type
    # A number of Python's own takes the type of the variables.
    met = value if type(value) in (int, float) else np.asarray(value).dtype
    dtype = np.result_type(met, *types)
    if dtype != array.dtype:
        with np.errstate(over="ignore"):
            array = array.astype(dtype)
        if not all_finite(array):
            raise ValueError(f"{operation} operand, in {dtype}, must be finite, but has overflowed")
    # A copy: slopes are made of it, and what it was copied from may change before they are.
    made = _fill(Variable.__new__(Variable), array.copy(), "constant")
    made.constant = True
    return made


def _result(
    name: str, value: Any, parents: tuple[Variable, ...], pullbacks: tuple[Pullback, ...]
) -> Variable:
    # What was computed from finite numbers is not looked through again.
    made = _fill(Variable.__new__(Variable), np.asarray(value), name)
    made.parents, made.pullbacks = parents, pullbacks
    return made


def _fill(made: Variable, value: Array, name: str) -> Variable:
    """Give a new variable its value, which nobody may write into from now on."""
    value.setflags(write=False)
    made.value, made.name, made.constant = value, name, False
    made.parents, made.pullbacks = (), ()
    return made


def _kept_index(index: Any) -> Any:
    """Return an index that does not change with the array that it was made of."""
    if isinstance(index, tuple):
        return tuple(map(_kept_index, index))
    if isinstance(index, list) and not index:
        return np.array(index, int)
    return np.array(index) if isinstance(index, np.ndarray | list) else index


def _kept_setting(setting: Any) -> Any:
    """Return a setting, such as axes, that does not change with the list that it came in."""
    return setting.copy() if isinstance(setting, np.ndarray | list) else setting


def _takes_each_once(index: Any) -> bool:
    """Return whether an index is made of places and slices, so that nothing is taken twice."""
    parts = index if isinstance(index, tuple) else (index,)
    simple = (int, np.integer, slice, type(None), type(Ellipsis))
    return all(isinstance(part, simple) and not isinstance(part, bool) for part in parts)


def _require_call(
    function: Callable[..., Any],
    takes: inspect.Signature,
    inputs: Sequence[Any],
    options: Mapping[str, Any],
) -> None:
    """Refuse what a function of NumPy may be given, and its counterpart for variables may not."""
    try:
        takes.bind(*inputs, **options)
    except TypeError as error:
        raise TypeError(f"{_name(function)} of a Variable takes {takes}: {error}") from None


@cache
def _arguments(function: Callable[..., Any], skipped: int) -> inspect.Signature:
    """Return what a function takes after some arguments, without types."""
    given = list(inspect.signature(function).parameters.values())[skipped:]
    return inspect.Signature([each.replace(annotation=each.empty) for each in given])


@cache
def _name(function: Callable[..., Any]) -> str:
    """Return what a function of NumPy is called."""
    module = getattr(function, "__module__", None) or "numpy"
    return f"{module}.{function.__name__}".removeprefix("numpy.")


def _known() -> list[Callable[..., Any]]:
    """Return all functions of NumPy that give a variable of variables."""
    return [*PULLBACKS, *COMPOSED]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def apply_activation(a: Variable, activation: Activation) -> Variable:
    """Output of units, with the slope that their activation has there.

    Parameters
    ----------
    a : Variable
        Pre-activation.
    activation : Activation
        Activation that has a slope per unit, such as `sigmoid`.

    Returns
    -------
    Variable
        f(a), elementwise.

    Raises
    ------
    TypeError
        a is not a variable, as the activation itself takes arrays; or the activation is none, or is
        softmax, which has no slope per unit.
    """
    _require_variable("a", a)
    if not isinstance(activation, Activation):
        raise TypeError(f"activation must be an Activation, not {activation!r}")
    if activation is softmax:
        raise TypeError(
            "activation must have a slope per unit, not softmax: "
            "write e = np.exp(a - a.max(axis=-1, keepdims=True)); e / e.sum(axis=-1, keepdims=True)"
        )
    y = activation.function(a.value)

    def slope(g: Array, y: Array, a: Array) -> Array:
        return activation._pullback(g, a if activation.of == "input" else y)

    return _result(activation.name, y, (a,), (slope,))


def topological_order(output: Variable) -> list[Variable]:
    """Return what an output was computed from, each before all that use it, and the output last.

    Parameters
    ----------
    output : Variable
        The end of the computation.

    Returns
    -------
    list of Variable
        All variables, each once.

    Raises
    ------
    TypeError
        The output is not a variable.
    """
    _require_variable("output", output)
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


def vjp_terms(node: Variable, gradient: Array) -> Iterator[tuple[Variable, Array]]:
    """Return what the gradient of a result gives to each variable that it was computed from.

    Parameters
    ----------
    node : Variable
        The result.
    gradient : array of its shape
        Gradient of the result. Of a result that is a number, 1 gives the local derivatives.

    Returns
    -------
    iterator of pairs of a Variable and an array
        One that the result was computed from, and its share; one that was used twice comes twice,
        and constants do not come.

    Raises
    ------
    TypeError
        The node is not a variable, or the gradient holds anything but real numbers.
    ValueError
        The gradient is not finite, or has another shape.
    """
    _require_variable("node", node)
    gradient = finite_array("gradient", gradient)
    require_shape("gradient", gradient, "node", node.value)
    return _vjp_terms(node, gradient, {each for each in node.parents if not each.constant}, _plain)


def _vjp_terms(
    node: Variable, gradient: Any, wanted: Container[Variable], known: Callable[[Variable], Any]
) -> Iterator[tuple[Variable, Any]]:
    """Yield the terms of those that are wanted, computed with what is known of each variable."""
    values = [known(parent) for parent in node.parents]
    for parent, pullback in zip(node.parents, node.pullbacks, strict=True):
        if parent in wanted:
            share = pullback(gradient, known(node), *values)
            yield parent, _collected(share, parent.shape)


def _needed(order: Iterable[Variable], wanted: Iterable[Variable]) -> set[Variable]:
    """Return the nodes that a path connects with what is wanted: only to these a gradient goes."""
    needed = set(wanted)
    for node in order:
        if not needed.isdisjoint(node.parents):
            needed.add(node)
    return needed


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
        A gradient for each input, of the input's shape; zeros where the output does not depend on
        it.

    Raises
    ------
    TypeError
        The output or an input is not a variable.
    ValueError
        The output is not a number: sum it, or choose one.
    FloatingPointError
        The output or a gradient is not finite.

    References
    ----------
    S. Linnainmaa, Taylor expansion of the accumulated rounding error, BIT 16 (1976).
    A. Griewank and A. Walther, Evaluating Derivatives, second edition, SIAM (2008).
    """
    _require_variable("output", output)
    inputs = _require_inputs(inputs)
    adjoint = _adjoints(output, inputs, _plain)
    found = [
        np.array(adjoint.get(each, np.zeros_like(each.value)), each.value.dtype) for each in inputs
    ]
    _require_finite_gradients(inputs, found)
    return found


def recorded_gradients(output: Variable, inputs: Sequence[Variable]) -> list[Variable]:
    """Return the derivatives of a number as variables, which can be differentiated again.

    The way back of `gradients`, with variables where that has arrays. The pullbacks are made of the
    same operations as what they carry back, so that the engine records the way back too.

    Parameters
    ----------
    output : Variable
        A number.
    inputs : sequence of Variable
        What to differentiate by.

    Returns
    -------
    list of Variable
        One for each input, of its shape; zeros where the output does not depend on it.

    Raises
    ------
    TypeError
        The output or an input is not a variable.
    ValueError
        The output is not a number: sum it, or choose one.
    FloatingPointError
        The output or a gradient is not finite.
    """
    _require_variable("output", output)
    inputs = _require_inputs(inputs)
    adjoint = _adjoints(output, inputs, lambda node: node)
    found = [
        adjoint[each] if each in adjoint else Variable(np.zeros_like(each.value)) for each in inputs
    ]
    _require_finite_gradients(inputs, [each.value for each in found])
    return found


def _adjoints(
    output: Variable, inputs: Sequence[Variable], known: Callable[[Variable], Any]
) -> dict[Variable, Any]:
    """Return the gradients of an output by inputs that it depends on, as arrays or variables."""
    if output.value.size != 1:
        raise ValueError(f"output must be a number, not of shape {output.shape}: sum it first")
    _require_finite("output", output.value)
    order, wanted = topological_order(output), set(inputs)
    needed = _needed(order, wanted)
    one = np.ones_like(output.value)
    adjoint: dict[Variable, Any] = {output: Variable(one) if known(output) is output else one}
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        for node in reversed(order):
            # All uses of the node have been visited: its gradient is whole.
            gradient = adjoint.get(node)
            if gradient is None:
                continue
            for parent, term in _vjp_terms(node, gradient, needed, known):
                so_far = adjoint.get(parent)
                adjoint[parent] = term if so_far is None else so_far + term
            if node not in wanted:
                del adjoint[node]
    return adjoint


def _require_inputs(inputs: Any) -> list[Variable]:
    if isinstance(inputs, Variable):
        raise TypeError("inputs must be a sequence of variables, not one: write [x]")
    try:
        found = list(inputs)
    except TypeError:
        message = f"inputs must be a sequence of variables, not {shown(inputs)}"
        raise TypeError(message) from None
    for each in found:
        _require_variable("each of inputs", each)
    return found


def _require_finite_gradients(inputs: Sequence[Variable], found: Sequence[Array]) -> None:
    for each, gradient in zip(inputs, found, strict=True):
        _require_finite(f"the gradient of {each.name!r}", gradient)


def _require_finite(name: str, values: Array) -> None:
    if not all_finite(values):
        where = first_not_finite(values)
        raise FloatingPointError(
            f"{name} must be finite, but holds {values[where]} at {where}: a number has overflowed "
            f"on the way, or a slope is infinite there, as that of a root at 0"
        )


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

    Raises
    ------
    TypeError
        The output is not a variable.
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
