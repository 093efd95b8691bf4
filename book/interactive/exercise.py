"""An exercise on a page: what is to be done, the starter, hints, the solution, and a button.

The button and the editor need the runtime (`book.interactive.pyodide`), and work by
`docs/assets/run/exercise.js`, which asks the grader of the package. Without scripts, or without the
runtime, the rest stands there, and the command line grades.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from pymdownx.highlight import Highlight

from backprop.exercises import Exercise
from backprop.exercises import exercise as find
from book.interactive import pyodide


def render(name: str) -> str:
    """Return the HTML of an exercise."""
    asked = find(name)
    return (
        f'<div class="exercise" data-exercise="{name}">'
        f"<p>{marked(asked.statement)}</p>"
        f"{_code(asked.starter)}{_buttons()}"
        f'<details class="question"><summary>Hints</summary><ul>{"".join(_hints(asked))}</ul>'
        "</details>"
        f'<details class="success"><summary>Solution</summary>{_code(_solved(asked))}</details>'
        "</div>"
    )


def _buttons() -> str:
    if not pyodide.is_there():
        return ""
    return (
        '<div class="actions"><button type="button" class="write">Write here</button>'
        '<button type="button" class="check">Check</button></div>'
    )


def _hints(asked: Exercise) -> Iterator[str]:
    for part in asked.parts:
        for hint in part.hints:
            yield f'<li data-part="{part.name}"><code>{part.name}</code>: {marked(hint)}</li>'


def _solved(asked: Exercise) -> str:
    """Return the lines that are to be written, as they stand in the whole program."""
    shown = []
    for number, part in enumerate(asked.parts):
        piece = asked.piece(number, part.right)
        shown.append(piece if part.cases else part.right.strip("\n"))
    return ("\n\n\n" if asked.parts[0].cases else "\n").join(shown)


def _code(text: str) -> str:
    html: str = Highlight(None).highlight(
        text.strip("\n"), "python", css_class="language-python highlight"
    )
    # What scrolls must be within reach of the keyboard.
    return html.replace("<pre><span></span><code>", '<pre><span></span><code tabindex="0">', 1)


def marked(text: str) -> str:
    """Return a sentence of the catalogue as HTML: code in backquotes, and what is stressed."""
    html = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", html)
