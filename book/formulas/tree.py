"""What a formula says, as a tree: each node is one thing that mathematics writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields

Names = tuple[str, ...]


class Node:
    """Something that has a value once its symbols have one."""


@dataclass(frozen=True)
class Number(Node):
    """A number; its digits tell the subscript 00 from 0."""

    value: float
    digits: str


@dataclass(frozen=True)
class Word(Node):
    """A word as a subscript: K_best."""

    text: str


@dataclass(frozen=True)
class Symbol(Node):
    """A letter with its accents and primes, the layer in brackets above it, its indices below."""

    name: str
    layer: Node | None = None
    indices: tuple[Node, ...] = ()

    @property
    def stem(self) -> str:
        """The name without indices: z of layer l is `z()`."""
        return self.name if self.layer is None else f"{self.name}()"


@dataclass(frozen=True)
class Dots(Node):
    """What is left out: it stands for the rest of a series."""


@dataclass(frozen=True)
class Sum(Node):
    """Terms, each after its sign: one of + − ± ∓."""

    terms: tuple[tuple[str, Node], ...]


@dataclass(frozen=True)
class Product(Node):
    """Two things side by side: of numbers, of a number and an array, of matrices."""

    left: Node
    right: Node


@dataclass(frozen=True)
class Signed(Node):
    """A product with a sign between: ⊙ is elementwise, · is also that of two rows."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Run(Node):
    """A product whose middle is left out: the same symbol, its index going by ones."""

    first: tuple[Symbol, ...]
    last: tuple[Symbol, ...]


@dataclass(frozen=True)
class Quotient(Node):
    """A fraction."""

    above: Node
    below: Node


@dataclass(frozen=True)
class Power(Node):
    """A power; of an array, that of each number."""

    base: Node
    exponent: Node


@dataclass(frozen=True)
class Exponential(Node):
    """The letter e with an exponent."""

    exponent: Node


@dataclass(frozen=True)
class Transpose(Node):
    """A transposed matrix; a row becomes a column."""

    of: Node


@dataclass(frozen=True)
class Element(Node):
    """An element of what stands in brackets."""

    of: Node
    indices: tuple[Node, ...]


@dataclass(frozen=True)
class Call(Node):
    """A function and its arguments; roots, bars and factorials are functions, too."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Mean(Node):
    """The mean over all draws of what stands between angle brackets."""

    of: Node


@dataclass(frozen=True)
class Derivative(Node):
    """A partial derivative of one symbol by another."""

    of: Node
    by: Node


@dataclass(frozen=True)
class Row(Node):
    """Things in brackets with commas between."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Matrix(Node):
    """Rows of things in brackets."""

    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True)
class Brace(Node):
    """Something over a brace, and the name that it is given under it."""

    body: Node
    label: Node


@dataclass(frozen=True)
class Chain(Node):
    """Things with relations between them: a = b ≤ c."""

    sides: tuple[Node, ...]
    relations: Names


@dataclass(frozen=True)
class Cases(Node):
    """Values, each with its condition; the one without is for all other cases."""

    cases: tuple[tuple[Node, Chain | None], ...]


@dataclass(frozen=True)
class Over(Node):
    """A sum, product, maximum or minimum over indices, or over all numbers if there are none."""

    kind: str
    names: Names
    start: Node | None
    stop: Node | None
    condition: Chain | None
    body: Node
    words: str = ""
    """What it goes over, where that is said in words."""


@dataclass(frozen=True)
class Statement:
    """What a formula asserts, and the condition under which it does."""

    chain: Chain
    condition: Chain | None = None
    row: int = field(default=0, compare=False)
    """Which row of an aligned block it stands in, from 0."""


@dataclass(frozen=True)
class Range:
    """What an index runs over: i = 0, ..., n - k."""

    name: str
    first: Node
    last: Node


def parts(node: object) -> Iterator[Node]:
    """Yield the nodes that a node holds, at any depth, after itself."""
    if isinstance(node, tuple):
        for each in node:
            yield from parts(each)
    elif isinstance(node, Node):
        yield node
        for field in fields(node):  # type: ignore[arg-type] # every node is a dataclass
            yield from parts(getattr(node, field.name))


def key(symbol: Node) -> str:
    """Return the name under which the meaning of a symbol is kept: its first index is a part."""
    match symbol:
        case Derivative(of, by):
            return f"∂{family(of)}/∂{family(by)}"
        case Call(name):
            return name
        case Symbol():
            return family(symbol) + literal(symbol.indices[:1])
    raise TypeError(f"no symbol: {symbol}")


def family(symbol: Node) -> str:
    """Return the name under which all values of a first index are kept: d_k is one of `d_`."""
    if not isinstance(symbol, Symbol):
        raise TypeError(f"no symbol: {symbol}")
    return f"{symbol.stem}_" if symbol.indices else symbol.stem


def literal(indices: tuple[Node, ...]) -> str:
    """Return a subscript as a part of a name, if it can be one: a number, a word, a letter."""
    match indices:
        case (Number(digits=text),) | (Word(text=text),) | (Symbol(text, None, ()),):
            return text
    return ""
