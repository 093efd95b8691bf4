"""The explorer: a figure whose numbers a reader changes, and the formulas that give them, in steps.

A fence with the option `explorer` prints the figure of one of the two small networks. Below it come
its formulas with their numbers, all computed by the package while the book is built, and the fields
that change them. A page without scripts shows figure and formulas. With scripts,
docs/assets/explorer/ writes each number anew into its place, which says in `data-of` what it is:
`W.1.0.2` is W[1][0, 2]. Their HTML is a template of Jinja, `explorer.html.j2`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from book.execution import executor
from book.mathml import mathml
from book.source import pages
from book.source.equations import equations
from book.source.fences import Snippet

_COMPUTE = """
import json
from backprop import central_difference, check_gradient, datasets, draw_network
from backprop.dense import hidden_error

network, x, target, learning_rate = datasets.NAME()

def numbers():
    backward = network.backward(network.forward(x), target)
    return {
        "x": x, "W": {l: layer.W.copy() for l, layer in enumerate(network, 1)},
        "target": target, "learning_rate": learning_rate,
        "z": backward.trace.z, "a": backward.trace.a,
        "loss": backward.loss, "error": backward.error, "delta": backward.delta,
        "hidden_error": {1: hidden_error(backward.delta[2], network[2].W)},
        "steps": {"W": backward.steps(learning_rate).W},
    }

checked = check_gradient(network, x, target, central_difference)
assert max(checked.values()) < 1e-8, "the page says so"
backward = network.backward(network.forward(x), target)
steps = backward.steps(learning_rate)
drawn = draw_network(network, backward.trace, backward, steps, title="as it is")
now = numbers()
network.apply(steps)
whole = now | {"start": now, "after": numbers(), "drawn": drawn}
print(json.dumps(whole, default=lambda array: array.tolist()))
"""

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
)
_SLOT = re.compile(r"@\{([^}|]*)(\|factor)?\}")

STEPS = [
    (
        "All at once",
        "Drag a weight, an input or the output sideways, or choose one below. All numbers follow.",
    ),
    (
        "Hidden layer",
        "Each hidden unit adds up the inputs, weighted, and passes the sum through the sigmoid.",
    ),
    ("Output layer", "The output unit does the same with what the hidden layer gives."),
    ("Output error", "The target minus the output, and the loss."),
    ("Output error term", "The error, times the slope of the output unit."),
    (
        "Hidden error terms",
        "The error term flows back over the weights, then through the slopes of the hidden units.",
    ),
    (
        "Weight steps",
        "Learning rate, times the value where the weight begins, times the error term where it "
        "ends.",
    ),
    ("Apply", "Each step is added to its weight, and the network runs forward again."),
]
"""The steps of one update, after what stands for all of them."""


def render(snippet: Snippet, svg: str, figure: str) -> str:
    """Return a figure with all that a reader needs to explore it.

    Parameters
    ----------
    snippet
        What printed the figure; its option names the network.
    svg
        The drawing.
    figure
        The drawing with its caption.

    Raises
    ------
    BookError
        The figure is not that of the network, with all its numbers.
    """
    name = snippet.options["explorer"]
    numbers = _numbers(name)
    if _labels(svg) != _labels(numbers["drawn"]):
        what = f"the figure is not that of {name}, with all its numbers"
        raise snippet.wrong(what, "draw its network, trace, backward and steps")
    it = _Explorer(name, numbers, "../" * pages.address(snippet.path).count("/"))
    template = _TEMPLATES.get_template("explorer.html.j2")
    html = template.render(it=it, figure=figure, steps=STEPS)
    return "".join(line.strip() for line in html.split("\n"))


def _numbers(name: str) -> dict[str, Any]:
    """Return what the package computes, in a process of its own that imports it as it is now."""
    code = _COMPUTE.replace("NAME", name)
    (outcome,) = executor.outcomes([Snippet(Path(__file__), 1, code, {})])
    numbers: dict[str, Any] = json.loads(outcome.printed)
    return numbers


def _labels(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)", svg)


def value(numbers: Any, of: str) -> float:
    """Return the number of a name such as `W.1.0.2`."""
    for part in of.split("."):
        numbers = numbers[int(part) if isinstance(numbers, list) else part]
    return float(numbers)


def written(number: float, digits: int) -> str:
    """Return a number as drawings write it, with so many significant digits.

    The same as `written` in docs/assets/explorer/explorer.js.
    """
    text = f"{number + 0.0:.{digits}g}"
    if number and not 1e-3 <= abs(number) < 1e3:
        mantissa, _, power = f"{number:.{digits - 1}e}".partition("e")
        text = f"{mantissa}e{int(power)}"
    return text.replace("-", "−")


class _Formula(NamedTuple):
    """A formula in symbols, which has a number in the book, or one with numbers."""

    pieces: tuple[str, ...]
    """TeX; between two pieces it may break."""
    equation: str = ""
    digits: int = 4


class _Explorer:
    """What the template asks for: the numbers and the formulas of a network."""

    def __init__(self, name: str, numbers: dict[str, Any], root: str) -> None:
        self.name, self.numbers, self.root = name, numbers, root
        self.n = [len(numbers["a"][l]) for l in "012"]

    def state(self) -> str:
        """Return what the network is given, for the script to begin with."""
        given = ("x", "W", "target", "learning_rate")
        return json.dumps({key: self.numbers[key] for key in given})

    def value(self, of: str) -> float:
        """Return the number of a name."""
        return value(self.numbers, of)

    def number(self, of: str, digits: int = 4, tag: str = "span", factor: bool = False) -> str:
        """Return a number in a place of its own; as a factor, a negative one is in brackets."""
        text = written(self.value(of), digits)
        text = f"({text})" if factor and text.startswith("−") else text
        return (
            f'<{tag} data-of="{of}" data-digits="{digits}"{" data-factor" * factor}>{text}</{tag}>'
        )

    def math(self, tex: str, digits: int = 4) -> str:
        """Return a formula, in which `@{x.0}` is a number, and `@{x.0|factor}` one as a factor."""
        slots = list(_SLOT.finditer(tex))
        count = iter(range(70000, 80000))
        html = mathml(_SLOT.sub(lambda _: f"{{{next(count)}}}", tex), block=False)
        for mark, slot in enumerate(slots, start=70000):
            number = self.number(slot[1], digits, "mn", bool(slot[2]))
            html = html.replace(f"<mn>{mark}</mn>", number)
        return html

    def rows(self) -> list[tuple[str, str, list[str]]]:
        """Return all that is computed for the units: the symbol, its words, and its numbers."""
        units = range(self.n[1])
        return [
            ("z^{(1)}", "input to the hidden layer", [f"z.1.{j}" for j in units]),
            ("a^{(1)}", "output of the hidden layer", [f"a.1.{j}" for j in units]),
            ("z^{(2)}", "input to the output layer", ["z.2.0"]),
            (r"\hat{y}", "output", ["a.2.0"]),
            ("e", "error", ["error.0"]),
            ("E", "loss", ["loss"]),
            (r"\delta^{(2)}", "error term of the output", ["delta.2.0"]),
            ("e^{(1)}", "hidden errors", [f"hidden_error.1.{j}" for j in units]),
            (r"\delta^{(1)}", "hidden error terms", [f"delta.1.{j}" for j in units]),
        ]

    def formulas(self, step: int) -> Iterator[_Formula]:
        """Yield the formulas of a step, each in symbols, then with numbers."""
        n_0, n_1, _ = self.n
        hidden = [(j, f"_{j + 1}" if n_1 > 1 else "") for j in range(n_1)]
        j = "_j" if n_1 > 1 else ""
        both = [(2, j, 0) for j in range(n_1)]
        both += [(1, i, j) for j in range(n_1) for i in range(n_0)]
        if step == 1:
            yield _symbols("z^{(1)} = x\\,W^{(1)}", "weighted-input")
            for k, index in hidden:
                yield self.sum(f"z{index}", "x", 1, k, f"z.1.{k}")
            yield _symbols(r"a^{(1)} = \sigma(z^{(1)})", "activation")
            for k, index in hidden:
                yield _line(f"a{index} ={{}}", rf"\sigma(@{{z.1.{k}}})", f"{{}}= @{{a.1.{k}}}")
        if step == 2:
            yield _symbols("z^{(2)} = a^{(1)} W^{(2)}", "weighted-input")
            yield self.sum("z", "a.1", 2, 0, "z.2.0")
            yield _symbols(r"\hat{y} = \sigma(z^{(2)})", "activation")
            yield _line(r"\hat{y} ={}", r"\sigma(@{z.2.0})", "{}= @{a.2.0}")
        if step == 3:
            yield _symbols(r"e = t - \hat{y}", "error")
            yield _line("e ={}", "@{target.0}", "{}- @{a.2.0}", "{}= @{error.0}")
            yield _symbols(r"E = \frac{1}{2} e^2", "squared-error")
            yield _line("E ={}", r"\frac{1}{2} \cdot @{error.0|factor}^2", "{}= @{loss}")
        if step == 4:
            yield _symbols(r"\delta^{(2)} = e\,\hat{y}\,(1 - \hat{y})", "output-delta")
            yield _line(
                r"\delta ={}",
                "@{error.0}",
                r"{}\cdot @{a.2.0}",
                r"{}\cdot (1 - @{a.2.0})",
                "{}= @{delta.2.0}",
            )
        if step == 5:
            yield _symbols(f"e^{{(1)}}{j} = \\delta^{{(2)}}\\,W^{{(2)}}{j or ''}", "hidden-error")
            for k, index in hidden:
                yield _line(
                    f"e{index} ={{}}",
                    "@{delta.2.0}",
                    rf"{{}}\cdot @{{W.2.{k}.0|factor}}",
                    f"{{}}= @{{hidden_error.1.{k}}}",
                )
            a = f"a^{{(1)}}{j}"
            yield _symbols(rf"\delta^{{(1)}}{j} = e^{{(1)}}{j}\,{a} (1 - {a})", "hidden-delta")
            for k, index in hidden:
                yield _line(
                    rf"\delta{index} ={{}}",
                    f"@{{hidden_error.1.{k}}}",
                    rf"{{}}\cdot @{{a.1.{k}}}",
                    rf"{{}}\cdot (1 - @{{a.1.{k}}})",
                    f"{{}}= @{{delta.1.{k}}}",
                )
        if step == 6:
            yield _symbols(
                r"\Delta W^{(l)}_{ij} = \eta\,a^{(l-1)}_i\,\delta^{(l)}_j", "weight-step"
            )
            for l, i, k in both:
                yield _line(
                    rf"\Delta {_weight(l, i, k)} ={{}}",
                    "@{learning_rate}",
                    rf"{{}}\cdot @{{a.{l - 1}.{i}|factor}}",
                    rf"{{}}\cdot @{{delta.{l}.{k}|factor}}",
                    f"{{}}= @{{steps.W.{l}.{i}.{k}}}",
                )
        if step == 7:
            yield _symbols(r"W^{(l)} \leftarrow W^{(l)} + \Delta W^{(l)}", "update")
            for l, i, k in both:
                yield _line(
                    f"{_weight(l, i, k)}:\\;",
                    f"@{{W.{l}.{i}.{k}}}",
                    f"{{}}+ @{{steps.W.{l}.{i}.{k}|factor}}",
                    f"{{}}= @{{after.W.{l}.{i}.{k}}}",
                    digits=5,
                )
            yield _line(r"E:\;", r"@{loss}", r"{}\to @{after.loss}", digits=5)

    def sum(self, symbol: str, a: str, l: int, j: int, of: str) -> _Formula:
        """Return a weighted sum with numbers."""
        terms = [
            rf"@{{{a}.{i}|factor}} \cdot @{{W.{l}.{i}.{j}|factor}}" for i in range(self.n[l - 1])
        ]
        plus = [f"{{}}+ {term}" for term in terms[1:]]
        return _line(f"{symbol} ={{}}", terms[0], *plus, f"{{}}= @{{{of}}}")

    def place(self, equation: str) -> tuple[str, str]:
        """Return the number of an equation, and a link to where it is derived."""
        found = equations()[equation]
        return found.number, f"{self.root}{pages.address(found.path)}#eq-{equation}"

    def weights(self) -> dict[tuple[int, int, int], str]:
        """Return the words for each weight, by its layer and its place."""
        n_0, n_1, _ = self.n
        hidden = self.hidden()
        W = {
            (1, i, j): f"from input {i + 1} to {hidden[j]}" for j in range(n_1) for i in range(n_0)
        }
        return W | {(2, j, 0): f"from {hidden[j]} to the output" for j in range(n_1)}

    def hidden(self) -> list[str]:
        """Return the words for each hidden unit."""
        n_1 = self.n[1]
        return [f"hidden unit {j + 1}" if n_1 > 1 else "the hidden unit" for j in range(n_1)]

    def parts(self) -> list[tuple[str, str]]:
        """Return what a reader can choose to change, each with its words."""
        parts = [(f"unit.0.{i}", f"input {i + 1}") for i in range(self.n[0])]
        parts += [(f"unit.1.{j}", f"weights to {unit}") for j, unit in enumerate(self.hidden())]
        parts += [("unit.2.0", "weights to the output")]
        weights = self.weights().items()
        return parts + [(f"W.{l}.{i}.{j}", f"weight {words}") for (l, i, j), words in weights]

    def fields(self) -> Iterator[tuple[str, str, str, float, float, float]]:
        """Yield the numbers to change: symbol, words, the least, the most, and the step."""
        for i in range(self.n[0]):
            yield f"x.{i}", f"x_{i + 1}", f"input {i + 1}", -1, 1, 0.01
        for (l, i, j), words in self.weights().items():
            yield f"W.{l}.{i}.{j}", _weight(l, i, j), f"weight {words}", -2, 2, 0.01

    def is_hidden(self, of: str) -> bool:
        """Return whether a number is not of the part that is chosen at first."""
        return of.startswith("x") or (of[0] == "W" and not _into_first(of))


def _symbols(tex: str, equation: str) -> _Formula:
    return _Formula((tex,), equation)


def _line(*pieces: str, digits: int = 4) -> _Formula:
    return _Formula(pieces, digits=digits)


def _weight(l: int, i: int, j: int) -> str:
    return f"W^{{({l})}}_{{{i + 1}{j + 1}}}"


def _into_first(of: str) -> bool:
    return of.startswith("W.1.") and of.endswith(".0")
