"""The explorer: a figure whose numbers a reader changes, and the formulas that give them, in steps.

A fence with the option `explorer` prints the figure of one of the two small networks. Below it come
its formulas with their numbers, all computed by the package while the book is built, and the fields
that change them. A page without scripts shows figure and formulas. With scripts,
docs/assets/explorer/ writes each number anew into its place, which says in `data-of` what it is:
`W.1.0.2` is W[1][0, 2].
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from book.execution import executor
from book.mathml import mathml
from book.source import pages
from book.source.equations import equations
from book.source.fences import Snippet

_COMPUTE = """
import json
from backprop import central_difference, check_gradient, datasets, draw_network
from backprop.network import hidden_error

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
    ("Output error", "What the output lacks to be the target, and the loss."),
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
    return _Explorer(name, numbers, "../" * pages.address(snippet.path).count("/")).html(figure)


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


class _Explorer:
    """The parts of the explorer of a network, as HTML."""

    def __init__(self, name: str, numbers: dict[str, Any], root: str) -> None:
        self.name, self.numbers, self.root = name, numbers, root
        self.n = [len(numbers["a"][l]) for l in "012"]

    def html(self, figure: str) -> str:
        """Return the whole. Its last part tells those who do not see it what has changed."""
        given = {key: self.numbers[key] for key in ("x", "W", "target", "learning_rate")}
        steps = "".join(map(self.step, range(len(STEPS))))
        # A section, not a div: the search would take the end of a div within for the end of this.
        return (
            f'<section class="explorer" id="explorer" data-search-exclude '
            f'data-network="{self.name}" data-state="{escape(json.dumps(given))}">{figure}'
            f'<div class="explorer-controls">{"".join(self.controls())}</div>'
            f'<div class="explorer-panel">{self.buttons()}{steps}</div>'
            f'<div class="explorer-training">{self.training()}</div>'
            '<p class="explorer-said explorer-unseen" aria-live="polite"></p></section>'
            '<script type="module" fetchpriority="low"'
            f' src="{self.root}assets/explorer/explorer.js"></script>'
        )

    def number(self, of: str, digits: int = 4, tag: str = "span", factor: bool = False) -> str:
        """Return a number in a place of its own; as a factor, a negative one is in brackets."""
        text = written(value(self.numbers, of), digits)
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

    def buttons(self) -> str:
        """Return what leads through the steps."""
        buttons = [("all", "All"), ("back", "← Back"), ("next", "Next →")]
        return _group("Steps", [_button(*each) for each in buttons])

    def step(self, step: int) -> str:
        """Return a step: its name, what happens, and its formulas."""
        name, said = STEPS[step]
        heading = f"{step}. {name}" if step else name
        body = "".join(self.formulas(step)) if step else self.values()
        return (
            f'<div class="explorer-step{" current" * (step == 0)}" data-step="{step}">'
            f'<p class="explorer-name">{heading}</p><p class="explorer-what">{said}</p>{body}</div>'
        )

    def values(self) -> str:
        """Return a table of all that is computed for the units."""
        _, n, _ = self.n
        rows = [
            ("z^{(1)}", "input to the hidden layer", [f"z.1.{j}" for j in range(n)]),
            ("a^{(1)}", "output of the hidden layer", [f"a.1.{j}" for j in range(n)]),
            ("z^{(2)}", "input to the output layer", ["z.2.0"]),
            (r"\hat{y}", "output", ["a.2.0"]),
            ("e", "error", ["error.0"]),
            ("E", "loss", ["loss"]),
            (r"\delta^{(2)}", "error term of the output", ["delta.2.0"]),
            ("e^{(1)}", "hidden errors", [f"hidden_error.1.{j}" for j in range(n)]),
            (r"\delta^{(1)}", "hidden error terms", [f"delta.1.{j}" for j in range(n)]),
        ]
        body = "".join(
            f'<tr><th scope="row"><span class="explorer-unseen">{words}</span>{self.math(tex)}</th>'
            + "".join(f"<td>{self.number(of)}</td>" for of in row)
            + "<td></td>" * (n - len(row))
            + "</tr>"
            for tex, words, row in rows
        )
        return f'<table class="explorer-values"><tbody>{body}</tbody></table>'

    def formulas(self, step: int) -> Iterable[str]:
        """Yield the formulas of a step, each in symbols, then with numbers."""
        n_0, n_1, _ = self.n
        hidden = [(j, f"_{j + 1}" if n_1 > 1 else "") for j in range(n_1)]
        j = "_j" if n_1 > 1 else ""
        both = [(2, j, 0) for j in range(n_1)]
        both += [(1, i, j) for j in range(n_1) for i in range(n_0)]
        if step == 1:
            yield self.symbols("z^{(1)} = x\\,W^{(1)}", "weighted-input")
            for k, index in hidden:
                yield self.sum(f"z{index}", "x", 1, k, f"z.1.{k}")
            yield self.symbols(r"a^{(1)} = \sigma(z^{(1)})", "activation")
            for k, index in hidden:
                yield self.line(f"a{index} ={{}}", rf"\sigma(@{{z.1.{k}}})", f"{{}}= @{{a.1.{k}}}")
        if step == 2:
            yield self.symbols("z^{(2)} = a^{(1)} W^{(2)}", "weighted-input")
            yield self.sum("z", "a.1", 2, 0, "z.2.0")
            yield self.symbols(r"\hat{y} = \sigma(z^{(2)})", "activation")
            yield self.line(r"\hat{y} ={}", r"\sigma(@{z.2.0})", "{}= @{a.2.0}")
        if step == 3:
            yield self.symbols(r"e = t - \hat{y}", "error")
            yield self.line("e ={}", "@{target.0}", "{}- @{a.2.0}", "{}= @{error.0}")
            yield self.symbols(r"E = \frac{1}{2} e^2", "squared-error")
            yield self.line("E ={}", r"\frac{1}{2} \cdot @{error.0|factor}^2", "{}= @{loss}")
        if step == 4:
            yield self.symbols(r"\delta^{(2)} = e\,\hat{y}\,(1 - \hat{y})", "output-delta")
            yield self.line(
                r"\delta ={}",
                "@{error.0}",
                r"{}\cdot @{a.2.0}",
                r"{}\cdot (1 - @{a.2.0})",
                "{}= @{delta.2.0}",
            )
        if step == 5:
            yield self.symbols(
                f"e^{{(1)}}{j} = \\delta^{{(2)}}\\,W^{{(2)}}{j or ''}", "hidden-error"
            )
            for k, index in hidden:
                yield self.line(
                    f"e{index} ={{}}",
                    "@{delta.2.0}",
                    rf"{{}}\cdot @{{W.2.{k}.0|factor}}",
                    f"{{}}= @{{hidden_error.1.{k}}}",
                )
            a = f"a^{{(1)}}{j}"
            yield self.symbols(rf"\delta^{{(1)}}{j} = e^{{(1)}}{j}\,{a} (1 - {a})", "hidden-delta")
            for k, index in hidden:
                yield self.line(
                    rf"\delta{index} ={{}}",
                    f"@{{hidden_error.1.{k}}}",
                    rf"{{}}\cdot @{{a.1.{k}}}",
                    rf"{{}}\cdot (1 - @{{a.1.{k}}})",
                    f"{{}}= @{{delta.1.{k}}}",
                )
        if step == 6:
            yield self.symbols(
                r"\Delta W^{(l)}_{ij} = \eta\,a^{(l-1)}_i\,\delta^{(l)}_j", "weight-step"
            )
            for l, i, k in both:
                yield self.line(
                    rf"\Delta {_weight(l, i, k)} ={{}}",
                    "@{learning_rate}",
                    rf"{{}}\cdot @{{a.{l - 1}.{i}|factor}}",
                    rf"{{}}\cdot @{{delta.{l}.{k}|factor}}",
                    f"{{}}= @{{steps.W.{l}.{i}.{k}}}",
                )
        if step == 7:
            yield self.symbols(r"W^{(l)} \leftarrow W^{(l)} + \Delta W^{(l)}", "update")
            for l, i, k in both:
                yield self.line(
                    f"{_weight(l, i, k)}:\\;",
                    f"@{{W.{l}.{i}.{k}}}",
                    f"{{}}+ @{{steps.W.{l}.{i}.{k}|factor}}",
                    f"{{}}= @{{after.W.{l}.{i}.{k}}}",
                    digits=5,
                )
            yield self.line(r"E:\;", r"@{loss}", r"{}\to @{after.loss}", digits=5)

    def symbols(self, tex: str, equation: str) -> str:
        """Return a formula in symbols, with a link to where it is derived."""
        found = equations()[equation]
        href = f"{self.root}{pages.address(found.path)}#eq-{equation}"
        link = f'<a href="{href}" aria-label="Equation {found.number}">({found.number})</a>'
        return f'<p class="explorer-symbols" data-eq="{equation}">{self.math(tex)} {link}</p>'

    def line(self, *pieces: str, digits: int = 4) -> str:
        """Return a formula with numbers, in pieces between which it may break."""
        broken = "<wbr>".join(self.math(each, digits) for each in pieces)
        return f'<p class="explorer-line">{broken}</p>'

    def sum(self, symbol: str, a: str, l: int, j: int, of: str) -> str:
        """Return a weighted sum with numbers."""
        terms = [
            rf"@{{{a}.{i}|factor}} \cdot @{{W.{l}.{i}.{j}|factor}}" for i in range(self.n[l - 1])
        ]
        plus = [f"{{}}+ {term}" for term in terms[1:]]
        return self.line(f"{symbol} ={{}}", terms[0], *plus, f"{{}}= @{{{of}}}")

    def controls(self) -> Iterable[str]:
        """Yield the choice of what to change, and the fields to change it."""
        n_0, n_1, _ = self.n
        hidden = [f"hidden unit {j + 1}" if n_1 > 1 else "the hidden unit" for j in range(n_1)]
        W = {
            (1, i, j): f"from input {i + 1} to {hidden[j]}" for j in range(n_1) for i in range(n_0)
        }
        W |= {(2, j, 0): f"from {hidden[j]} to the output" for j in range(n_1)}
        parts = {f"unit.0.{i}": f"input {i + 1}" for i in range(n_0)}
        parts |= {f"unit.1.{j}": f"weights to {hidden[j]}" for j in range(n_1)}
        parts |= {"unit.2.0": "weights to the output"}
        parts |= {f"W.{l}.{i}.{j}": f"weight {words}" for (l, i, j), words in W.items()}
        options = [
            f'<option value="{part}"{" selected" * (part == "unit.1.0")}>{words}</option>'
            for part, words in parts.items()
        ]
        yield f'<label>Change <select data-does="part">{"".join(options)}</select></label>'
        yield f'<div class="explorer-fields rows-{max(n_0, n_1)}">'
        for i in range(n_0):
            yield self.field(f"x.{i}", f"x_{i + 1}", f"input {i + 1}", (-1, 1, 0.01))
        for (l, i, j), words in W.items():
            yield self.field(f"W.{l}.{i}.{j}", _weight(l, i, j), f"weight {words}", (-2, 2, 0.01))
        yield "</div>"
        yield self.field("target.0", "t", "target", (0, 1, 0.01))
        yield self.field("learning_rate", r"\eta", "learning rate", (0.1, 10, 0.1))

    def field(self, of: str, tex: str, words: str, ranged: tuple[float, float, float]) -> str:
        """Return a slider and a field for a number."""
        least, most, step = ranged
        number = f"{value(self.numbers, of):.5g}"
        hidden = " hidden" * (of.startswith("x") or (of[0] == "W" and not _into_first(of)))
        return (
            f'<div class="explorer-field" data-field="{of}"{hidden}>{self.math(tex)}'
            f'<input type="range" min="{least}" max="{most}" step="{step}" value="{number}" '
            f'aria-label="{words}, slider">'
            f'<input type="number" step="{step}" value="{number}" aria-label="{words}"></div>'
        )

    def training(self) -> str:
        """Return what trains, the loss curve, and what it led from and to."""
        train = [("train", text, count) for text, count in (("1", 1), ("10", 10), ("100", 100))]
        more = [("before", "Show the start"), ("reset", "Reset"), ("copy", "Copy as Python")]
        rows = [
            ("output", r"\hat{y}", "a.2.0"),
            ("error", "e", "error.0"),
            ("loss", "E", "loss"),
        ]
        body = "".join(
            f'<tr><th scope="row">{words} {self.math(tex)}</th>'
            f"<td>{self.number(f'start.{of}', 5)}</td><td>{self.number(of, 5)}</td></tr>"
            for words, tex, of in rows
        )
        updates = '<span class="explorer-updates">0 updates</span>'
        return (
            '<div class="explorer-course">'
            + _group("Train", ["<span>Train</span>", *(_button(*each) for each in train), updates])
            + '<svg class="explorer-curve" viewBox="0 0 300 90" preserveAspectRatio="none" '
            'role="img" aria-labelledby="explorer-curve"><title id="explorer-curve">The loss, '
            "update by update</title>"
            '<polyline points="0,2 0,2" vector-effect="non-scaling-stroke"/></svg>'
            "<p>The loss, update by update. The axis begins at 0.</p></div>"
            '<div class="explorer-compared"><table class="explorer-values"><thead><tr><td></td>'
            '<th scope="col">start</th><th scope="col">now</th></tr></thead>'
            f"<tbody>{body}</tbody></table>"
            '<p class="explorer-check">Gradient check: by central differences, the gradient has a '
            "relative error below 1e−8.</p></div>"
            + _group("State", [_button(*each) for each in more])
        )


def _weight(l: int, i: int, j: int) -> str:
    return f"W^{{({l})}}_{{{i + 1}{j + 1}}}"


def _into_first(of: str) -> bool:
    return of.startswith("W.1.") and of.endswith(".0")


def _group(label: str, parts: Iterable[str]) -> str:
    return f'<div class="explorer-buttons" role="group" aria-label="{label}">{"".join(parts)}</div>'


def _button(does: str, text: str, count: int | None = None) -> str:
    counted = (
        f' data-count="{count}" aria-label="Train {count} update{"s" * (count > 1)}"'
        if count
        else ""
    )
    return f'<button type="button" data-does="{does}"{counted}>{text}</button>'
