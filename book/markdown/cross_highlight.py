"""What speaks of the same equation: formulas, lines of snippets, and parts of figures.

Each says so in `data-eq`, and docs/assets/linked.js lights up together what names the same
equation. A line speaks of the equations whose functions it calls, or defines if it quotes the
package. Where a program writes a formula out, its fence says `equations="delta_2:output-delta"`,
the name that is assigned and the equation, or a table whose first column is headed `line` gives
the equations of each line.
"""

from __future__ import annotations

import ast
import functools
import inspect
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from backprop import network
from book.errors import BookError
from book.source import fences, pages
from book.source.equations import REFERENCE, equations
from book.source.fences import Snippet

DRAWN = {
    "weighted-input": r"z\.",
    "activation": r"a\.",
    "sigmoid": r"a\.",
    "error": r"error\.",
    "squared-error": r"error\.",
    "output-delta": r"delta\.{L}\.",
    "hidden-error": r"W\.(?!1\.)",
    "hidden-delta": r"delta\.(?!{L}\.)",
    "weight-step": r"steps\.W\.",
    "bias-step": r"b\.",
    "update": r"(?:steps\.)?W\.",
}
"""What a drawing shows of an equation, by its `data-of`; L is the last layer.

The error of a hidden unit is in no drawing: the weights are, over which it comes.
"""

_OF = re.compile(r'<g data-of="([^"]*)"')
_LABEL = re.compile(r"\\label\{([^}]*)\}")
_TABLE = re.compile(r"^\| line \|.*\n\|[-| ]*\n((?:\|.*\n)+)", re.MULTILINE)
_START = re.compile(r'(?:</span>)?(?:<span class="hll">)?')
"""What may stand before a line, and is of the line before or around this one."""


def attribute(names: Iterable[str]) -> str:
    """Return what says in HTML that something speaks of equations; nothing if it does not."""
    joined = " ".join(names)
    return f' data-eq="{joined}"' if joined else ""


def figure(svg: str, snippet: Snippet) -> str:
    """Return a drawing whose parts say of which equations of its page they speak."""
    shown = set(DRAWN) if "explorer" in snippet.options else _shown(snippet.path)
    last = max((of.split(".")[1] for of in _OF.findall(svg) if of.startswith("W.")), default="")

    def tagged(part: re.Match[str]) -> str:
        speaks = (
            name
            for name, of in DRAWN.items()
            if name in shown and re.match(of.replace("{L}", last), part[1])
        )
        return part[0] + attribute(speaks)

    return _OF.sub(tagged, svg)


def source(html: str, snippet: Snippet) -> str:
    """Return highlighted code in which each line that speaks of an equation can be focused.

    Raises
    ------
    BookError
        The option or the table of the page names what is not there.
    """
    found = _lines(snippet)
    before, code, after = re.split(r"(?<=<code tabindex=\"0\">)(.*)(?=</code>)", html, flags=re.S)
    lines = code.split("\n")
    for number, names in found.items():
        line = lines[number - 1]
        at = _START.match(line).end()  # type: ignore[union-attr]  # it matches nothing, too
        said = attribute(names)
        lines[number - 1] = f'{line[:at]}<span tabindex="0"{said}>{line[at:]}</span>'
    return before + "\n".join(lines) + after


def _lines(snippet: Snippet) -> dict[int, list[str]]:
    """Return the equations of the lines of a snippet; the first line with code has number 1."""
    shown = _shown(snippet.path)
    code = snippet.code.strip("\n")
    found: dict[int, list[str]] = defaultdict(list)
    for line, name in [
        *_said(snippet, code),
        *_tabled(snippet.path, code),
        *(_called(code) if snippet.runs else []),
        *_quoted(snippet, code),
    ]:
        if name in shown and name not in found[line]:
            found[line].append(name)
    return {line: names for line, names in found.items() if names}


def _shown(page: Path) -> set[str]:
    """Return the equations that stand on a page, or that it refers to."""
    return _named(page.read_text(encoding="utf-8"))


# Each snippet of a page asks.
@functools.lru_cache(maxsize=4)
def _named(text: str) -> set[str]:
    text = fences.without_fences(text)
    return {*_LABEL.findall(text), *re.findall(REFERENCE, text)}


def _said(snippet: Snippet, code: str) -> Iterator[tuple[int, str]]:
    """Yield what the option of a fence says."""
    said = snippet.options.get("equations", "").split()
    assigned = {
        node.id: statement.lineno
        for statement in ast.walk(ast.parse(code) if said else ast.Module([], []))
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        for node in ast.walk(target)
        if isinstance(node, ast.Name)
    }
    for each in said:
        variable, _, name = each.partition(":")
        if variable not in assigned:
            do = "write a name that is assigned, a colon, and an equation"
            raise snippet.wrong(f"{each!r}: no line assigns {variable!r}", do)
        if name not in equations():
            raise snippet.wrong(f"there is no equation `{name}`", "correct the name")
        if name not in _shown(snippet.path):
            do = f"refer to equation `{name}` in the text"
            raise snippet.wrong(f"nothing on the page speaks of equation `{name}`", do)
        yield assigned[variable], name


def _tabled(page: Path, code: str) -> Iterator[tuple[int, str]]:
    """Yield what a table of lines says of a snippet, and refuse a line that no snippet has."""
    text = page.read_text(encoding="utf-8")
    for table in _TABLE.finditer(text):
        whole = {line for each in fences.read(page) for line in each.code.split("\n")}
        start = text.count("\n", 0, table.start(1)) + 1
        for number, row in enumerate(table[1].splitlines(), start):
            line = row.split("|")[1].strip().strip("`")
            if line not in whole:
                raise BookError(page, number, f"no snippet has the line `{line}`", "correct it")
            for at, each in enumerate(code.split("\n"), 1):
                if each == line:
                    yield from ((at, name) for name in re.findall(REFERENCE, row))


def _called(code: str) -> Iterator[tuple[int, str]]:
    """Yield the equations whose functions are called."""
    for call in ast.walk(ast.parse(code)):
        if isinstance(call, ast.Call):
            line = call.func.end_lineno or call.lineno
            called = getattr(call.func, "attr", getattr(call.func, "id", ""))
            for name in _implemented(pages.revision()).get(called, []):
                yield line, name


def _quoted(snippet: Snippet, code: str) -> Iterator[tuple[int, str]]:
    """Yield the equations of the functions that a snippet takes from the package."""
    names = {name.rpartition(".")[2] for name in snippet.options.get("of", "").split()}
    for node in ast.walk(ast.parse(code) if names else ast.Module([], [])):
        if isinstance(node, ast.FunctionDef) and node.name in names:
            for name in _implemented(pages.revision()).get(node.name.lstrip("_"), []):
                yield node.lineno, name


def _names(call: ast.Call) -> list[str]:
    """Return the names in what is called, the last one first: of a.b.c(), c, b and a."""
    parts = ast.unparse(call.func).split(".")
    return parts[::-1]


@functools.lru_cache(maxsize=1)
def _implemented(_revision: int) -> dict[str, list[str]]:
    """Return the equations of functions by their short names, and those of a network's methods."""
    found: dict[str, list[str]] = defaultdict(list)
    for equation in equations().values():
        for function in equation.functions:
            # Calling an activation calls its class; a class such as Adam is called by its name.
            called = function.endswith(".__call__")
            short = function.removesuffix(".__call__").rpartition(".")[2]
            name = short.lower() if called else short
            # An object such as sigmoid can do more; called, it computes its first equation.
            if name[0].isupper() or name not in found:
                found[name].append(equation.name)
    for method in ("forward", "backward", "steps"):
        calls = _calls_of_network()
        names = [*calls[method], *calls[f"_{method}"]]
        found[method] = [each for name in names for each in found.get(name, [])]
    return found


@functools.cache
def _calls_of_network() -> dict[str, list[str]]:
    """Return the names that each function of backprop.network calls."""
    found: dict[str, list[str]] = defaultdict(list)
    for function in ast.walk(ast.parse(inspect.getsource(network))):
        if isinstance(function, ast.FunctionDef):
            for call in ast.walk(function):
                if isinstance(call, ast.Call):
                    found[function.name] += _names(call)
    return found
