"""What can be taken away: the package, and of each chapter a program and a notebook with outputs.

All are written into the built site. A program says what it needs as PEP 723 has it, so that
`uv run` finds it; a notebook installs it in its first cell.
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

from book.execution import needs, slicing
from book.execution.executor import Result
from book.formulas import inline
from book.formulas.displayed import ATTRIBUTES
from book.source import claims, distribution, pages, sentences
from book.source.equations import REFERENCE, equations

INSTALLING = "needs"
"""How the cell of a notebook is called that installs what the others need."""


def write(site: Path, page: Path, results: Iterable[Result]) -> None:
    """Write the program and the notebook of a chapter into a built site."""
    results = list(results)
    program, notebook = (site / address for address in pages.downloads(page))
    program.parent.mkdir(exist_ok=True)
    program.write_text(as_program(page, results), encoding="utf-8")
    notebook.write_text(as_notebook(page, results), encoding="utf-8")


def as_program(page: Path, results: Iterable[Result]) -> str:
    """Return all snippets of a page as one program that prints what they print.

    A drawing is written into a file, whose name is printed.
    """
    results = list(results)
    codes = [each.snippet.code.strip("\n") for each in results]
    cells = [_head(page, codes)]
    drawings = 0
    for code, result in zip(codes, results, strict=True):
        if result.outcome.draws:
            drawings += 1
            cells.append(slicing.into_file(code, f"{page.stem}-{drawings}.svg"))
        else:
            cells.append(guarded(code, result.snippet.raises[0]))
    return "\n\n# %%\n".join(cells) + "\n"


def _head(page: Path, codes: list[str]) -> str:
    """Return what a program begins with: its title, where it is from, and what it needs."""
    needed = "".join(f'\n#     "{each}",' for each in _needed(codes))
    return f"""\
# {pages.title(page)}
#
# All snippets of {distribution.site_url()}{pages.address(page)}
# `uv run {Path(pages.downloads(page)[0]).name}` installs what it needs beside it, and runs it.

# /// script
# requires-python = ">={distribution.least()["python"]}"
# dependencies = [{needed}
# ]
# ///"""


def _needed(codes: list[str]) -> list[str]:
    """Return what an installer is told of all that pieces of code need."""
    uses_it = needs.PACKAGE in needs.packages(codes)
    return [*([distribution.requirement()] if uses_it else []), *needs.requirements(codes)]


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
    shown = list(shown)
    text = absolute(page.read_text(encoding="utf-8"), page).split("\n")
    cells: list[Any] = [_installing([one.snippet.code for one in shown])]
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


def _installing(codes: list[str]) -> Any:
    """Return the cell that installs what a notebook needs."""
    needed = " ".join(f'"{each}"' if " " in each else each for each in _needed(codes))
    cell = v4.new_code_cell(f"%pip install --quiet {needed}")
    cell.id = INSTALLING
    return cell


def absolute(text: str, page: Path) -> str:
    """Return the text of a page with links to pages and files that hold wherever it is read."""
    root = distribution.site_url()

    def lead(link: re.Match[str]) -> str:
        target = (page.parent / link[1]).resolve() if link[1] else page
        if pages.is_page(target):
            return f"]({root}{pages.address(target)}{link[2] or ''})"
        if target.is_file():
            return f"]({root}{target.relative_to(pages.DOCS).as_posix()})"
        return link[0]

    return re.sub(r"\]\(([\w./-]+\.\w+|(?=#))(#[\w.-]+)?\)", lead, text)


def _text_cell(lines: list[str], number: int) -> list[Any]:
    shown = (line for line in lines if not ATTRIBUTES.match(line))
    text = re.sub(r"\A---\n.*?\n---\n", "", "\n".join(shown), flags=re.DOTALL)
    text = _numbered(claims.plain(sentences.without_excuses(inline.plain(text))))
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
    if outcome.draws:
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
