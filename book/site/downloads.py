"""A page's code to take away: one program, and one notebook with its outputs.

Both are written into the built site; the chapter links to them.
"""

from __future__ import annotations

import builtins
import re
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
from nbformat import v4

from book.execution.executor import Result
from book.formulas.displayed import ATTRIBUTES
from book.source import claims, pages
from book.source.equations import REFERENCE, equations
from book.source.fences import Snippet


def write(site: Path, page: Path, results: Iterable[Result]) -> None:
    """Write the program and the notebook of a chapter into a built site."""
    results = list(results)
    program, notebook = (site / address for address in pages.downloads(page))
    program.parent.mkdir(exist_ok=True)
    program.write_text(as_program(page, [each.snippet for each in results]), encoding="utf-8")
    notebook.write_text(as_notebook(page, results), encoding="utf-8")


def as_program(page: Path, snippets: Iterable[Snippet]) -> str:
    """Return all snippets of a page as one program that prints what they print."""
    cells = [f"# {pages.title(page)}\n#\n# Needs backprop, and matplotlib for its plots."]
    cells += [guarded(each.code.strip("\n"), each.options.get("raises", "")) for each in snippets]
    return "\n\n# %%\n".join(cells) + "\n"


def guarded(code: str, raises: str) -> str:
    """Return code that prints the exception it raises, if it is to raise one, and goes on."""
    if not raises:
        return code
    # The program need not know an exception of the package by name.
    caught = raises if hasattr(builtins, raises) else "Exception"
    shows = "import traceback\n\nprint(*traceback.format_exception_only(error), end='')"
    return (
        f"try:\n{textwrap.indent(code, '    ')}\n"
        f"except {caught} as error:\n{textwrap.indent(shows, '    ')}"
    )


def as_notebook(page: Path, shown: Iterable[Result]) -> str:
    """Return a page as a notebook: its text between its snippets, and their outputs."""
    text = page.read_text(encoding="utf-8").split("\n")
    cells: list[Any] = []
    at = 0
    for number, one in enumerate(shown, start=1):
        snippet = one.snippet
        cells += _text_cell(text[at : snippet.line - 1], len(cells))
        at = snippet.line + snippet.length + 1
        cell = v4.new_code_cell(snippet.code.strip("\n"), execution_count=number)
        cell.outputs = _outputs(one)
        if "raises" in snippet.options:
            cell.metadata.tags = ["raises-exception"]
        cell.id = f"cell-{len(cells)}"
        cells.append(cell)
    cells += _text_cell(text[at:], len(cells))
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    notebook = v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.validate(notebook)
    written: str = nbformat.writes(notebook)
    return written + "\n"


def _text_cell(lines: list[str], number: int) -> list[Any]:
    shown = (line for line in lines if not ATTRIBUTES.match(line))
    text = re.sub(r"\A---\n.*?\n---\n", "", "\n".join(shown), flags=re.DOTALL)
    text = _numbered(claims.plain(text))
    # What the book folds or boxes, a notebook quotes.
    text = re.sub(r'^(?:!!!|\?\?\?\+?) \w+ "(.*)"$', r"**\1**", text, flags=re.MULTILINE)
    text = re.sub(r"^ {4}", "", text, flags=re.MULTILINE).strip()
    if not text:
        return []
    cell = v4.new_markdown_cell(text)
    cell.id = f"cell-{number}"
    return [cell]


def _numbered(text: str) -> str:
    """Return text in which equations and references to them have the numbers of the book."""
    numbers = {each.name: each.number for each in equations().values()}
    text = re.sub(r"\\label\{([^}]*)\}", lambda name: rf"\tag{{{numbers[name[1]]}}}", text)
    return re.sub(REFERENCE, lambda said: f"{said[0].partition(' ')[0]} ({numbers[said[1]]})", text)


def _outputs(one: Result) -> list[Any]:
    outcome = one.outcome
    outputs = []
    if outcome.printed.lstrip().startswith("<svg"):
        data = {"image/svg+xml": outcome.printed.strip(), "text/plain": "<figure>"}
        outputs.append(v4.new_output("display_data", data=data))
    elif outcome.printed:
        outputs.append(v4.new_output("stream", name="stdout", text=outcome.printed))
    for plot in outcome.figures:
        data = {"image/svg+xml": plot.svg, "text/plain": "<figure>"}
        outputs.append(v4.new_output("display_data", data=data))
    if outcome.raised:
        message = outcome.error.removeprefix(f"{outcome.raised}: ")
        outputs.append(
            v4.new_output("error", ename=outcome.raised, evalue=message, traceback=[outcome.error])
        )
    return outputs
