"""Programs and notebooks of readers: read from files, and written for them to begin with."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from typing import Any

from backprop.exercises.exercise import Exercise


def program(path: Path) -> str:
    """Return the program of a file.

    Parameters
    ----------
    path : pathlib.Path
        A program, or a notebook: of this, the cells marked as an exercise, or all of code.

    Returns
    -------
    str
        Python.

    Raises
    ------
    ValueError
        The file holds no text, or should be a notebook and is none.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path.name} holds no text in UTF-8") from None
    if path.suffix != ".ipynb":
        return text
    try:
        cells = [each for each in json.loads(text)["cells"] if each["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{path.name} is no notebook, though its name ends so") from None
    marked = [each for each in cells if "exercise" in each.get("metadata", {})]
    return "\n\n".join(_source(each) for each in marked or cells)


def _source(cell: dict[str, Any]) -> str:
    source = cell["source"]
    text = source if isinstance(source, str) else "".join(source)
    # What only notebooks understand.
    return re.sub(r"^[%!].*$", "", text, flags=re.MULTILINE)


def begun(exercise: Exercise) -> str:
    """Return a program to begin with: the statement as comments, and the starter.

    Parameters
    ----------
    exercise : Exercise
        Which.

    Returns
    -------
    str
        A file of Python.
    """
    said = textwrap.wrap(exercise.statement, 78)
    comment = "\n".join(f"# {line}" for line in [f"{exercise.title}.", *said])
    ask = f"# To have it checked: python -m backprop.exercises {exercise.name} THIS_FILE.py"
    return f"{comment}\n{ask}\n\n{exercise.starter}"


def notebook(exercise: Exercise) -> str:
    """Return a notebook to begin with, without the solution.

    Parameters
    ----------
    exercise : Exercise
        Which.

    Returns
    -------
    str
        JSON.
    """
    check = (
        "# Run the cell above, and then this one.\n"
        "from backprop.exercises import exercise, grade\n\n"
        f'print(grade(exercise("{exercise.name}"), In[-2]))'
    )
    cells = [
        _cell("markdown", f"# {exercise.title}\n\n{exercise.statement}"),
        _cell("code", exercise.starter.rstrip(), exercise=exercise.name),
        _cell("code", check, grader=exercise.name),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 4,
    }
    # The cell that grades is no part of the answer: `program` takes the marked one.
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _cell(kind: str, text: str, **metadata: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "metadata": metadata}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return {**cell, "source": text.splitlines(keepends=True)}
