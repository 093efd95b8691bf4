"""Odd values for an argument, and what a call may do with one.

A call either returns what is right, or raises an error that names the argument.
"""

import copy
import re
import types
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, is_dataclass, replace
from decimal import Decimal
from fractions import Fraction

import numpy as np

from backprop import Activation, Layer, Loss, Network, Variable

OWN = (Activation, Layer, Loss, Network, Variable, np.random.Generator)
"""Classes of which an argument must be an instance: no other value stands for one."""


class Marked(np.ndarray):
    """An array of a class of its own, which multiplies in another way."""

    def __mul__(self, other):
        return np.zeros_like(self)

    __rmul__ = __matmul__ = __rmatmul__ = __mul__


def nested(depth):
    value = 1.0
    for _ in range(depth):
        value = [value]
    return value


def read_only(array):
    array = np.array(array)
    array.flags.writeable = False
    return array


def masked(array):
    """Return an array whose last number is hidden."""
    hidden = np.ma.array(array, dtype=float)
    hidden[(-1,) * hidden.ndim] = np.ma.masked
    return hidden


def matrix(array):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return np.matrix(np.atleast_2d(array)[(0,) * (np.ndim(array) - 2)][:1])


def put(array, value):
    """Return the numbers with one of them replaced."""
    array = np.array(array, dtype=float)
    array[(-1,) * array.ndim] = value
    return array


WRONG = {
    "None": lambda: None,
    "text": lambda: "3",
    "text without letters": lambda: "",
    "bytes": lambda: b"3",
    "1j": lambda: 1j,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "-inf": lambda: float("-inf"),
    "np.float64 nan": lambda: np.float64("nan"),
    "Decimal nan": lambda: Decimal("nan"),
    "a date": lambda: np.datetime64("2026-01-01"),
    "a duration": lambda: np.timedelta64(3, "D"),
    "no list": list,
    "no dict": dict,
    "a dict": lambda: {0: 1.0, 1: 2.0},
    "a set": lambda: {1.0, 2.0},
    "a generator": lambda: (n for n in (0.5, 0.25)),
    "a range without numbers": lambda: range(0),
    "an object": object,
    "Ellipsis": lambda: ...,
    "a class": lambda: Network,
    "another class": lambda: float,
    "a module": lambda: np,
    "ragged": lambda: [[1.0], [1.0, 2.0]],
    "nested a hundred times": lambda: nested(100),
    "an object array": lambda: np.array([None, 0.5], dtype=object),
    "an array of None": lambda: np.array(None),
    "a text array": lambda: np.array(["0.5", "1"]),
    "a bytes array": lambda: np.array([b"0.5"]),
    "a bool array": lambda: np.array([True, False]),
    "a date array": lambda: np.array(["2026-01-01"], "datetime64[D]"),
    "a structured array": lambda: np.array([(1.0, 2)], dtype=[("a", float), ("b", int)]),
    "a complex array": lambda: np.array([1j, 0.5]),
    "an empty array": lambda: np.zeros(0),
    "an array without rows": lambda: np.zeros((0, 3)),
}
"""No number, and no array of finite numbers."""

NUMBERS = {
    "True": lambda: True,
    "np.True_": lambda: np.True_,
    "0": lambda: 0,
    "-1": lambda: -1,
    "-0.5": lambda: -0.5,
    "2.5": lambda: 2.5,
    "subnormal": lambda: 5e-324,
    "1e308": lambda: 1e308,
    "-1e308": lambda: -1e308,
    "2**62": lambda: 2**62,
    "10**400": lambda: 10**400,
    "-10**400": lambda: -(10**400),
    "Fraction": lambda: Fraction(1, 3),
    "Fraction too large": lambda: Fraction(10**400, 3),
    "Decimal": lambda: Decimal("0.1"),
    "np.int8": lambda: np.int8(-128),
    "np.uint64": lambda: np.uint64(2**64 - 1),
    "np.float16": lambda: np.float16(6e4),
    "np.longdouble": lambda: np.finfo(np.longdouble).max,
    "0-d array": lambda: np.array(0.5),
    "a function": lambda: lambda *_: 0.5,
    "a Variable": lambda: Variable([0.5, 0.25]),
    "a variable number": lambda: Variable(0.5),
    "ones (1,)": lambda: np.ones(1),
    "ones (1, 1)": lambda: np.ones((1, 1)),
    "ones (1, 1, 1)": lambda: np.ones((1, 1, 1)),
    "ones (1, 1, 1, 1)": lambda: np.ones((1, 1, 1, 1)),
    "ones (9,)": lambda: np.ones(9),
    "ones (9, 9)": lambda: np.ones((9, 9)),
    "ones (2, 2, 9)": lambda: np.ones((2, 2, 9)),
    "many": lambda: np.broadcast_to(1.0, (3, 100_000)),
    "masked": lambda: np.ma.array([0.5, 0.25], mask=[True, False]),
    "a list of a generator": lambda: [(n for n in (0.5, 0.25))],
}
"""Numbers and arrays that may be right for some arguments."""


def bent(right):
    """Yield what an array may be bent to, and whether it must be refused."""
    a = np.array(right, dtype=float)
    yield "with nan", put(a, np.nan), True
    yield "with inf", put(a, np.inf), True
    yield "with -inf", put(a, -np.inf), True
    yield "times 1j", a * 1j, False
    yield "as objects", a.astype(object), False
    yield "as objects with None", np.append(a.ravel(), None), True
    yield "as text", a.astype(str), True
    yield "as bool", a.astype(bool), True
    yield "masked numbers", masked(a), True
    yield "a matrix of its first row", matrix(a), False
    yield "negated", -a, False
    yield "zeros", np.zeros_like(a), False
    yield "subnormal numbers", np.full_like(a, 5e-324), False
    yield "huge numbers", np.sign(a + 0.5) * np.full_like(a, 1.7e308), False
    yield "huge float32", np.full(a.shape, 3e38, np.float32), False
    yield "huge float16", np.full(a.shape, 6e4, np.float16), False
    yield "two axes more", a[np.newaxis, np.newaxis], "shape"
    yield "an axis more", a[np.newaxis], False
    yield "an axis more at the end", a[..., np.newaxis], False
    if a.ndim:
        yield "one longer", np.concatenate([a, a[..., :1]], axis=-1), "shape"
        yield "without numbers", a[..., :0], True
        yield "one shorter", a[..., :-1], "shape"
        yield "an axis less", a[0], False
        yield "without rows", a[:0], True
    if a.ndim > 1:
        yield "a row more", np.concatenate([a, a[:1]]), False


def stored(right):
    """Yield the same numbers, stored in other ways, and how closely they must agree."""
    a = np.array(right, dtype=float)
    yield "read-only", read_only(a), a, 1e-13
    yield "Fortran", np.asfortranarray(a), a, 1e-13
    yield "big-endian", a.astype(">f8"), a, 1e-13
    yield "big-endian integers", np.rint(a).astype(">i4"), np.rint(a), 1e-13
    yield "of a class of its own", a.view(Marked), a, 1e-13
    yield "longdouble", a.astype(np.longdouble), a, 1e-13
    if a.ndim:
        yield "backwards", a[..., ::-1].copy()[..., ::-1], a, 1e-13
        yield "every other", np.repeat(a, 2, axis=-1)[..., ::2], a, 1e-13
        yield "as a list", a.tolist(), a, 1e-13
        yield "as a list of arrays", list(a), a, 1e-13
        yield "as tuples", tuple(tuple(row) if a.ndim > 1 else row for row in a.tolist()), a, 1e-13
    unaligned = np.zeros(a.nbytes + 1, np.uint8)[1:].view(float).reshape(a.shape)
    unaligned[...] = a
    yield "unaligned", unaligned, a, 1e-13
    for dtype, rtol in ((np.float32, 1e-4), (np.float16, 3e-2)):
        yield dtype.__name__, a.astype(dtype), a.astype(dtype).astype(float), rtol
    for factor in (1, 60):
        rounded = np.clip(np.rint(factor * a), -128, 127)
        yield f"int8, times {factor}", rounded.astype(np.int8), rounded, 1e-13
        rounded = np.abs(rounded)
        yield f"uint8, times {factor}", rounded.astype(np.uint8), rounded, 1e-13
        yield f"uint64, times {factor}", rounded.astype(np.uint64), rounded, 1e-13
        yield f"objects, times {factor}", rounded.astype(object), rounded, 1e-13


def integers(right):
    """Yield the same integers, stored in other ways."""
    yield "read-only", read_only(right), right, 1e-13
    yield "Fortran", np.asfortranarray(right), right, 1e-13
    yield "backwards", right[..., ::-1].copy()[..., ::-1], right, 1e-13
    yield "as a list", right.tolist(), right, 1e-13
    for dtype in ("i1", ">i2", "i4"):
        yield dtype, right.astype(dtype), right, 1e-13


def other_numbers(right):
    """Yield the same number in other types."""
    yield "np.float64", np.float64(right), right, 1e-13
    yield "np.longdouble", np.longdouble(right), right, 1e-13
    yield "Fraction of it", Fraction(right), right, 1e-13
    yield "0-d array of it", np.array(right), right, 1e-13
    yield "np.float32", np.float32(right), float(np.float32(right)), 1e-6
    if right == int(right):
        for kind in (int, float, np.int64, np.int8, np.uint64):
            yield f"{kind.__name__} of it", kind(right), right, 1e-13


def bent_parts(right):
    """Yield a record, a mapping or a sequence of which a part is bent."""
    if is_dataclass(right):
        for name in vars(right):
            if name.startswith("_"):
                continue
            for what, value, must in bent_parts(getattr(right, name)):
                yield f"{name} {what}", replace(right, **{name: value}), must
    elif isinstance(right, Mapping) and right:
        last = list(right)[-1]
        yield "without its last", {key: right[key] for key in list(right)[:-1]}, False
        yield "with one more", {**right, 99: right[last]}, False
        yield "with a key of text", {**right, "3": right[last]}, False
        yield "with None", {**right, last: None}, True
        for what, value, must in bent(right[last]) if isinstance(right[last], np.ndarray) else ():
            # An input of other numbers is another input, and right.
            yield f"with its last {what}", {**right, last: value}, must
    elif isinstance(right, list | tuple) and right:
        kind = type(right) if type(right) in (list, tuple) else list
        for what in ("None", "text", "an object", "a class", "nan", "-1", "10**400", "True"):
            odd = (WRONG | NUMBERS)[what]()
            yield (
                f"with its last {what}",
                kind([*right[:-1], odd]),
                what not in ("-1", "True", "10**400"),
            )
        yield "one fewer", kind(right[:-1]), False
        yield "one more", kind([*right, right[-1]]), False
        yield "the last twice", kind([*right[:-1], right[-1], right[-1]]), False


@dataclass(frozen=True)
class Right:
    """A right call."""

    function: object
    arguments: dict
    synonyms: dict = field(default_factory=dict)
    """Other words for an argument in a message."""
    free: frozenset = frozenset()
    """Arguments that have no shape to keep to."""
    optional: frozenset = frozenset()
    """Arguments for which anything goes that the caller can use."""
    endless: frozenset = frozenset()
    """Arguments of which a large number is right, but nobody waits for it."""
    changed: frozenset = frozenset()
    """Arguments that the call is there to change."""
    errors: tuple = ()
    """What it may raise besides, as its docstring says."""
    anything: frozenset = frozenset()
    """Arguments of which nothing is asked but that the caller can use them."""
    called: frozenset = frozenset()
    """Functions of the caller's, and what they are called with: their own errors come through."""
    noise: float = 0.0
    """How far results may differ that are rounding errors themselves."""
    typed: frozenset = frozenset()
    """Where a result says how much it took, which is less in a smaller type."""
    equation: bool = False
    """Whether NaN and infinities go through, and what is too large becomes one."""

    @property
    def name(self):
        return f"{self.function.__module__.removeprefix('backprop.')}.{self.function.__qualname__}"


def values(right):
    """Yield odd values for an argument: name, value, what it must be equal to and how closely.

    Of a value that must be refused, the third is `refused`; where nothing is known, it is None.
    """
    array = isinstance(right, np.ndarray)
    number = isinstance(right, int | float) and not isinstance(right, bool)
    strict = isinstance(right, OWN)
    for name, make in WRONG.items():
        must = array or strict or number or isinstance(right, bool)
        yield name, make(), "refused" if must else None, None
    for name, make in NUMBERS.items():
        if not (isinstance(right, Variable) and "ariable" in name):
            yield name, make(), "refused" if strict else None, None
    if array:
        for name, value, must in bent(right):
            yield name, value, {True: "refused", "shape": "reshaped", False: None}[must], None
        yield from integers(right) if right.dtype.kind == "i" else stored(right)
    elif number:
        yield from other_numbers(right)
    elif not isinstance(right, OWN):
        for name, value, must in bent_parts(right):
            yield name, value, "refused" if must is True else None, None
        if isinstance(right, list | tuple):
            yield "as a tuple", tuple(right), right, 1e-13
            yield "as a list", list(right), right, 1e-13
            yield "as a generator", (each for each in right), right, 1e-13
            yield "as an object array", as_objects(right), right, 1e-13


def as_objects(right):
    array = np.empty(len(right), dtype=object)
    for i, each in enumerate(right):
        array[i] = each
    return array


LEAVES = (np.ndarray, np.generic, int, float, complex, str, bytes, type(None))
OPAQUE = (np.random.Generator, type, types.FunctionType, types.ModuleType)


def parts(value):
    """Return every number, array and word in a value, each with where it stands."""
    found = []
    _collect(value, "", set(), found)
    return found


def _collect(value, path, seen, found):
    if isinstance(value, LEAVES):
        found.append((path, value))
        return
    if isinstance(value, OPAQUE) or id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, dict):
        for key, each in value.items():
            _collect(each, f"{path}[{key!r}]", seen, found)
    elif isinstance(value, list | tuple | set | frozenset):
        for i, each in enumerate(value):
            _collect(each, f"{path}[{i}]", seen, found)
    elif isinstance(value, types.MethodType):
        _collect(value.__self__, path, seen, found)
    else:
        for name in (*getattr(value, "__slots__", ()), *getattr(value, "__dict__", ())):
            _collect(getattr(value, name, None), f"{path}.{name}", seen, found)


def frozen(value):
    """Return what cannot change of a value, to compare later."""
    return [
        (path, type(each), each.dtype, each.shape, each.tobytes(), each.flags.writeable)
        if isinstance(each, np.ndarray)
        else (path, type(each), repr(each))
        for path, each in parts(value)
    ]


EXTREME = re.compile(
    "nan|inf|complex|no list|without|empty|range|"
    "huge|1e308|10\\*\\*400|longdouble|float16|subnormal"
)
"""What is not finite, or leads there."""


LARGE = re.compile(r"^(many|2\*\*62|10\*\*400|np.uint64)$")


def call(tried, arguments, extreme=False):
    """Return what a call returned, or the error that it raised; a warning is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if extreme:
            warnings.simplefilter("ignore", RuntimeWarning)
        # What lies beside the arrays may set the flag: see the settings of pytest.
        warnings.filterwarnings("ignore", "invalid value encountered in matmul")
        try:
            result = tried.function(**arguments)
            return list(result) if isinstance(result, Iterator) else result
        except Exception as error:  # noqa: BLE001 - which it is, is what is judged
            return error


class Tried:
    """A right call with arrays of its own, of which one argument is exchanged."""

    def __init__(self, right, argument):
        self.function, self.arguments = copy.deepcopy((right.function, right.arguments))
        self.others = {
            name: each
            for name, each in self.arguments.items()
            if name not in right.changed and name != argument
        }
        self.before = frozen(self.others)
        self.me = frozen(self.function)

    @property
    def kept(self):
        return frozen(self.others) == self.before

    @property
    def kept_me(self):
        return frozen(self.function) == self.me


def finite(number):
    return isinstance(number, int) or np.isfinite(number).all()


def agree(found, expected, rtol, typed=()):
    one, other = (
        [each for each in parts(value) if each[0] not in typed] for value in (found, expected)
    )
    if [path for path, _ in one] != [path for path, _ in other]:
        return False
    for (_, a), (_, b) in zip(one, other, strict=True):
        if isinstance(a, str | bytes | None):
            if a != b:
                return False
        elif np.shape(a) != np.shape(b) or not np.allclose(
            np.asarray(a, complex), np.asarray(b, complex), rtol=rtol, atol=rtol
        ):
            return False
    return True


def judge(right, tried, argument, what, value, demand, rtol):
    """Return what is wrong with a call, or nothing, and the class of the error that it raised."""
    given = frozen(value)
    extreme = right.equation and EXTREME.search(what)
    result = call(tried, {**tried.arguments, argument: value}, extreme)
    fault = _fault(right, tried, argument, value, given, extreme, result)
    if isinstance(result, Exception):
        if argument in right.called and _raised_by(result).endswith("calls.py"):
            return None, None
        return fault, type(result)
    if fault is None and not extreme:
        fault = _difference(right, argument, demand, rtol, result)
    return fault, None


def _fault(right, tried, argument, value, given, extreme, result):
    if argument not in right.changed and frozen(value) != given:
        return "was changed"
    if isinstance(result, Exception):
        if not isinstance(result, (TypeError, ValueError, *right.errors)):
            return f"raised {type(result).__name__}: {result}"
        if isinstance(result, FloatingPointError):
            if not re.search("finite|large|inf|nan", str(result)):
                return f"said nothing of what is not finite: {result}"
        elif not _named(result, [argument, *right.synonyms.get(argument, ())]):
            return f"was not named in {type(result).__name__}: {result}"
        return None if tried.kept and tried.kept_me else "was refused, but something was changed"
    if not tried.kept or not ("self" in right.changed or tried.kept_me):
        return "changed another argument, or the object"
    for path, each in parts(result):
        if isinstance(each, np.ndarray) and each.dtype.kind not in "biufc":
            return f"returned an array of {each.dtype} at {path}"
        if not extreme and not isinstance(each, str | bytes | None) and not finite(each):
            return f"returned {each!r:.60} at {path}"
    return None


def _difference(right, argument, demand, rtol, result):
    """Return in what a result is not that of the right call, if that is known."""
    if argument in right.anything:
        return None
    if rtol is None:
        kept = {"refused": right.optional, "reshaped": right.free}.get(demand)
        accepted = kept is not None and argument not in kept
        return f"was accepted: {result!r:.80}" if accepted else None
    again = Tried(right, argument)
    reference = call(again, {**again.arguments, argument: demand})
    if isinstance(reference, Exception):
        # In a type with few digits, what nearly adds up to 1 does.
        if rtol > 1e-6:
            return None
        return f"was accepted, but as floats: {reference}"
    if not agree(result, reference, max(rtol, right.noise), right.typed):
        return f"gave another result: {result!r:.60} and not {reference!r:.60}"
    return None


def _raised_by(error):
    """Return the file whose line raised an error."""
    place = error.__traceback__
    while place.tb_next is not None:
        place = place.tb_next
    return place.tb_frame.f_code.co_filename


def _named(error, names):
    every = "|".join(map(re.escape, names))
    return re.search(rf"(?<![A-Za-z_])({every})(?![A-Za-z_])", str(error))


@dataclass
class Swept:
    """What came of calling a function with odd values of each argument."""

    calls: int = 0
    faults: dict = field(default_factory=dict)
    """By argument, what is wrong with each value."""
    raised: set = field(default_factory=set)
    """Classes of the errors that named the argument."""


def sweep(rights):
    """Call a function with odd values of each argument, in each of its right calls."""
    swept = Swept()
    for right in rights:
        for argument in right.arguments:
            for what, fault, error in faults(right, argument):
                swept.calls += 1
                if error is not None and fault is None:
                    swept.raised.add(error)
                if fault is not None:
                    swept.faults.setdefault(argument, []).append(f"{what}: {fault}")
    return swept


def faults(right, argument):
    """Yield what is wrong with each call with an odd value, or None, and the error it raised."""
    tried = Tried(right, argument)
    for what, value, demand, rtol in values(right.arguments[argument]):
        if argument in right.endless and LARGE.search(what):
            continue
        if argument in right.called and what in ("a class", "another class", "a function"):
            continue
        if right.changed:
            tried = Tried(right, argument)
        fault, error = judge(right, tried, argument, what, value, demand, rtol)
        if fault is not None:
            tried = Tried(right, argument)
        yield what, " ".join(fault.split()) if fault else None, error
