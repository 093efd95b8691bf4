"""What somebody pastes: arrays as Python, as NumPy prints them, JSON or CSV, and a diagnosis."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from backprop import activations, losses
from backprop._arrays import Array
from backprop._computed import _key
from backprop._mistakes import Key
from backprop.dense import Layer
from backprop.diagnosis import diagnose
from backprop.network import Network

_CALLS = ("array", "Array", "asarray", "tensor", "Tensor", "float32", "float64")
_NOT_FINITE = ("nan", "NaN", "inf", "Infinity")
_ARGUMENTS = {"computed": "Gradients", "x": "Inputs", "target": "Targets"}


def arrays(field: str, text: str) -> list[tuple[Any, Array]]:
    """Return the arrays that a text holds, each with its name or None.

    Parameters
    ----------
    field : str
        Where the text was pasted, for messages.
    text : str
        Python, what NumPy prints, JSON, or rows of numbers with blank lines between arrays.

    Returns
    -------
    list of (name, array)
        In order.

    Raises
    ------
    ValueError
        The text is none of these; the message names the field, the line and the place.
    """
    if not text.strip():
        raise ValueError(f"{field}: paste the numbers here.")
    text = _without_remarks(text)
    if "..." in text:
        line = text[: text.index("...")].count("\n") + 1
        what = "the three dots stand for numbers that were not printed: paste all of them"
        raise ValueError(f"{field}, line {line}: {what}.")
    if _is_of_rows(text):
        return [(None, _array(field, None, each)) for each in _rows(field, text)]
    text = _with_commas(text)
    try:
        tree = ast.parse(text.strip())
    except SyntaxError as error:
        place = f"line {error.lineno}, column {error.offset}"
        raise ValueError(f"{field}, {place}: this is no array ({error.msg}).") from None
    found = [each for statement in tree.body for each in _of_statement(field, statement)]
    return [(name, _array(field, name, values)) for name, values in found]


def _without_remarks(text: str) -> str:
    """Return a text without comments and what PyTorch adds, and with a hyphen for each minus."""
    text = re.sub(r"#.*", "", text)
    text = re.sub(r",\s*grad_fn=<[^>]*>", "", text).replace("\N{MINUS SIGN}", "-")
    return re.sub(r"^[ \t]*Parameter containing:", "", text, flags=re.MULTILINE)


def _is_of_rows(text: str) -> bool:
    return not re.search(r"[\[\]{}()=:]", text)


def _rows(field: str, text: str) -> Iterator[Array]:
    """Yield the arrays of rows of numbers; a blank line ends an array."""
    rows: list[list[float]] = []
    lines = text.splitlines()
    for number, line in enumerate([*lines, ""], 1):
        if not line.strip():
            if rows:
                yield np.array(rows)
            rows = []
            continue
        if re.search(r"\d,\d", line) and re.search(r"\d[ \t;]+[-+.\d]", line):
            what = "a comma stands between digits, and something else between numbers: write 0.5"
            raise ValueError(f"{field}, line {number}: {what} for 0,5.")
        cells = [cell for cell in re.split(r"[,;\s]+", line.strip()) if cell]
        values = []
        for place, cell in enumerate(cells, 1):
            try:
                values.append(float(cell))
            except ValueError:
                where = f"line {number}, number {place}"
                raise ValueError(f"{field}, {where}: {cell!r} is no number.") from None
        if rows and len(values) != len(rows[0]):
            what = f"{len(values)} numbers, and the line before has {len(rows[0])}"
            raise ValueError(f"{field}, line {number}: {what}.")
        rows.append(values)


def _with_commas(text: str) -> str:
    """Put commas where NumPy prints blanks between numbers and between rows."""
    number = r"(?<=[\d.\]])"
    pieces, depth = [], 0
    for piece in re.split(rf"{number}([ \t]*\n?[ \t]*)(?=\[)", text):
        # What stands between arrays, and not between the rows of one, stays.
        pieces.append(piece if piece.strip() or not depth else f",{piece}")
        depth += piece.count("[") - piece.count("]")
    text = "".join(pieces)
    before, after = r"(?<=[\d.nf])", r"(?=[-+]?(?:\.?\d[\d.eE+-]*|nan|inf)[\s\]])"
    return re.sub(rf"{before}([ \t]+|[ \t]*\n[ \t]*){after}", r",\1", text)


def _of_statement(field: str, statement: ast.stmt) -> Iterator[tuple[Any, Any]]:
    if isinstance(statement, ast.Assign):
        names = [each.id for each in statement.targets if isinstance(each, ast.Name)]
        if len(names) == len(statement.targets):
            values = _value(field, statement.value)
            yield from ((name, values) for name in names)
            return
    if not isinstance(statement, ast.Expr):
        what = "only arrays can be read here, such as W1 = [[0.5, -0.6]]"
        raise ValueError(f"{field}, line {statement.lineno}: {what}.")
    value = _value(field, statement.value)
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list) and any(np.ndim(_plain(each)) == 2 for each in value):
        yield from ((None, each) for each in value)
    else:
        yield None, value


def _plain(values: Any) -> Any:
    try:
        return np.array(values, dtype=float)
    except (ValueError, TypeError):
        return 0.0


def _value(field: str, node: ast.expr) -> Any:
    """Return numbers, lists, and dicts of them; of a call such as array(...), what it is given."""
    match node:
        case ast.Constant(value=bool() | int() | float() | str()):
            return node.value
        case ast.Name(id=name) if name in _NOT_FINITE:
            return float(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(field, operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(field, operand)
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [_value(field, each) for each in parts]
        case ast.Dict(keys=keys, values=values) if None not in keys:
            names = [_value(field, each) for each in keys if each]
            names = [tuple(name) if isinstance(name, list) else name for name in names]
            return dict(zip(names, (_value(field, each) for each in values), strict=True))
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[first, *_]):
            if name in _CALLS:
                return _value(field, first)
    place = f"line {node.lineno}, column {node.col_offset + 1}"
    raise ValueError(f"{field}, {place}: {ast.unparse(node)[:40]!r} is no number and no array.")


def _array(field: str, name: Any, values: Any) -> Array:
    of = f"{field}, {name}" if name else field
    try:
        array = np.array(values, dtype=float)
    except (ValueError, TypeError):
        raise ValueError(f"{of}: the rows must be numbers, as many in each row.") from None
    if not np.isfinite(array).all():
        first = array[~np.isfinite(array)][0]
        raise ValueError(f"{of}: the numbers must be finite, and one is {first}.")
    return array


def named(field: str, text: str) -> dict[Key, Array]:
    """Return arrays of layers by ("W", l) and ("b", l): by their names, or by their order.

    Parameters
    ----------
    field, text : str
        As for `arrays`.

    Returns
    -------
    dict of arrays
        An array without a name is weights, or, with one axis after weights, their biases.

    Raises
    ------
    ValueError
        A name is none of a layer, or is there twice.
    """
    found: dict[Key, Array] = {}
    l = 0
    for name, array in arrays(field, text):
        if name is None:
            is_bias = l > 0 and ("b", l) not in found and (array.ndim == 1 or len(array) == 1 != l)
            l += not is_bias
            key = ("b" if is_bias else "W", l)
        else:
            key = _key(name)
        if not (isinstance(key, tuple) and key[0] in ("W", "b")):
            raise ValueError(f"{field}: {name!r} is not the name of an array, such as W1 or b1.")
        if key in found:
            raise ValueError(f"{field}: there are two arrays for {key[0]}{key[1]}.")
        found[key] = array
    return found


def answer(form: Mapping[str, str]) -> dict[str, str]:
    """Return what the doctor says of what was pasted, and the program that asks the same.

    Parameters
    ----------
    form : dict of str
        weights, inputs, targets, gradients, hidden, output, loss, rate and decay.

    Returns
    -------
    dict of str
        Either an error, or a verdict, what is said, and a program.
    """
    try:
        return _answer(form)
    except (ValueError, TypeError, FloatingPointError) as error:
        said = str(error)
        for argument, field in _ARGUMENTS.items():
            if said.startswith(f"{argument} must"):
                said = said.replace(argument, f"{field}: they", 1).replace("but has", "but have")
        said = re.sub(r"\('([Wb])', (\d+)\)", r"\1\2", said)
        return {"error": said}


def _answer(form: Mapping[str, str]) -> dict[str, str]:
    parameters = named("Weights", form["weights"])
    x, t = (_examples(name, form[name.lower()]) for name in ("Inputs", "Targets"))
    layers = sorted(l for name, l in parameters if name == "W")
    if layers != [*range(1, len(layers) + 1)] or any(l not in layers for _, l in parameters):
        raise ValueError(f"Weights: there must be W1, W2 and so on, not {_listed(parameters)}.")
    _turn(parameters, layers, x)
    computed = named("Gradients", form["gradients"])
    functions = [form["hidden"]] * (len(layers) - 1) + [form["output"]]
    rate, decay = (_number(name, form.get(name, "")) for name in ("rate", "decay"))
    network = Network(
        [
            Layer(parameters["W", l], _bias(parameters, l), getattr(activations, f))
            for l, f in zip(layers, functions, strict=True)
        ],
        getattr(losses, form["loss"]),
    )
    said = diagnose(network, x, t, computed, learning_rate=rate, weight_decay=decay or 0.0)
    program = _program(parameters, functions, form["loss"], (x, t), computed, (rate, decay))
    return {"verdict": said.verdict, "said": str(said), "program": program}


def _listed(keys: Any) -> str:
    return ", ".join(f"{name}{l}" for name, l in keys)


def _bias(parameters: Mapping[Key, Array], l: int) -> Array | None:
    b = parameters.get(("b", l))
    return None if b is None else b.ravel()


def _examples(field: str, text: str) -> Array:
    found = arrays(field, text)
    if len(found) != 1:
        raise ValueError(f"{field}: there must be one array, not {len(found)}.")
    return found[0][1]


def _turn(parameters: dict[Key, Array], layers: list[int], x: Array) -> None:
    """Transpose weights that were pasted as (n_out, n_in), and see that they fit."""
    for l in layers:
        if parameters["W", l].ndim != 2:
            shape = parameters["W", l].shape
            raise ValueError(f"Weights, W{l}: a matrix is expected, as [[...], ...], not {shape}.")
    chains = {
        turned: [parameters["W", l].shape[:: -1 if turned else 1] for l in layers]
        for turned in (False, True)
    }
    for turned, shapes in chains.items():
        meet = all(a[1] == b[0] for a, b in itertools.pairwise(shapes))
        if meet and shapes[0][0] in (x.shape[-1], x.shape[0]):
            for l in layers:
                parameters["W", l] = parameters["W", l].T if turned else parameters["W", l]
            return
    said = f"inputs {x.shape}, and weights {', '.join(map(str, chains[False]))}"
    raise ValueError(f"Weights: their shapes do not follow on each other: {said}.")


def _number(name: str, text: str) -> float | None:
    field = {"rate": "Learning rate", "decay": "Weight decay"}[name]
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{field}: {text.strip()!r} is no number.") from None


def _program(
    parameters: Mapping[Key, Array],
    functions: list[str],
    loss: str,
    examples: tuple[Array, Array],
    computed: Mapping[Key, Array],
    numbers: tuple[float | None, float | None],
) -> str:
    names = sorted({"Layer", "Network", "diagnose", loss, *functions})
    lines = [f"from backprop import {', '.join(names)}", "", "network = Network(", "    ["]
    for l, f in enumerate(functions, 1):
        b = _bias(parameters, l)
        its = [repr(parameters["W", l].tolist()), "None" if b is None else repr(b.tolist()), f]
        lines.append(f"        Layer({', '.join(its)}),")
    lines += ["    ],", f"    {loss},", ")"]
    lines += [f"x = {examples[0].tolist()}", f"target = {examples[1].tolist()}", "computed = {"]
    lines += [f'    "{name}{l}": {array.tolist()},' for (name, l), array in computed.items()]
    lines.append("}")
    rate, decay = numbers
    more = f", learning_rate={rate}" * (rate is not None) + f", weight_decay={decay}" * bool(decay)
    return "\n".join([*lines, f"print(diagnose(network, x, target, computed{more}))", ""])
