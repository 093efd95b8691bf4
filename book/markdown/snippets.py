"""The executed Python fence: superfences hands it a fence, it gives back source and output.

The page's snippets are read and executed whole (`book.execution`); this puts each result in its
place. markdown-exec renders it, with our executor in the place of its own.
"""

from __future__ import annotations

from html import escape, unescape
from pathlib import Path

from markdown import Markdown
from markdown_exec import base_format
from pymdownx.highlight import Highlight

from book.errors import BookError
from book.execution import executor, figures, slicing
from book.execution.worker import Outcome
from book.interactive import exercise, explorer, laboratory, playground
from book.markdown import claims, context, cross_highlight
from book.markdown.problems import is_draft, refuse
from book.source import fences, pages, quoting
from book.source.fences import Snippet

_CODE = "<pre><span></span><code>"
_REACHED = '<pre><span></span><code tabindex="0">'
"""What scrolls must be within reach of the keyboard."""


def validate(*_: object) -> bool:
    """Take every Python fence; its options are read, and refused, with the page."""
    return True


def render(
    source: str, _language: str, _class: str, _options: object, md: Markdown, **_: object
) -> str:
    """Return the HTML of a fence: its source, and what running it showed.

    Raises
    ------
    BookError
        The fence stands in no page, or is not shown as it is written.
    """
    page = context.current(md)
    if page is None:
        raise BookError(None, 0, f"a Python fence outside a page:\n{source}", "write it as >>>")
    placed: _Placed | None = md.__dict__.get("book_fences")
    # The converter may be used for many pages, and one in which something is wrong is left early.
    if placed is None or placed.page is not page:
        try:
            placed = md.__dict__["book_fences"] = _Placed(page)
        except BookError:
            if not is_draft():
                raise
            # The page says what is wrong with its fences, before the one that cannot be read.
            return f"<pre><code>{escape(source)}</code></pre>"
    try:
        return placed.next(source, md)
    except BookError as problem:
        return refuse(problem)


def _results(page: Path) -> list[executor.Result]:
    return executor.draft_results(page) if is_draft() else executor.results(page)


class _Placed:
    """The Python fences of a page, placed in order while it is converted."""

    def __init__(self, page: pages.Page) -> None:
        self.page = page
        self.results = {one.snippet.line: one for one in _results(page.path)}
        written = fences.read(page.path)
        self.numbers: dict[int, int] = {}
        """By the lines of the fences, which block of the page is that of a snippet, from 1."""
        self.waiting = iter(written)
        ran = [snippet for snippet in written if snippet.runs]
        told = [snippet for snippet in written if not snippet.runs]
        self.needs = {
            one.line: its
            for together in (ran, *slicing.families(told))
            for one, its in zip(together, slicing.all_parts(together), strict=True)
        }
        copying = [one for one in written if one.options.get("source") != "none"]
        self.asked_for = {part.snippet.line for one in copying for part in self.needs[one.line]}

    def next(self, source: str, md: Markdown) -> str:
        snippet = next(self.waiting)
        written = snippet.code if snippet.written is None else snippet.written
        if written.strip() != source.strip():
            raise snippet.wrong("this fence is not shown as it stands", "indent it evenly")
        if not snippet.runs:
            reason = f'<p class="norun">{escape(snippet.options["norun"])}</p>'
            return self._block(snippet, _source(snippet, self._needs(snippet), "") + reason)
        result = self.results.get(snippet.line)
        if result is None:  # in a draft, after one that fails
            return self._block(snippet, _source(snippet, "", ""))
        outcome = result.outcome
        if "exercise" in snippet.options and not result.failed:
            return self._block(snippet, "") + exercise.render(snippet.options["exercise"])
        html = refuse(result.failure()) if result.failed else _output(snippet, outcome, md)
        if "laboratory" in snippet.options and not result.failed:
            html += laboratory.render(snippet)
        if snippet.options.get("source") == "none":
            hidden = snippet.code.strip("\n") if snippet.line in self.asked_for else ""
            return self._block(snippet, html, code=hidden)
        copied = slicing.cut(self.needs[snippet.line], snippet)
        drawing = self._file(snippet) if outcome.draws else ""
        code = _source(snippet, self._needs(snippet), playground.buttons(copied), drawing)
        html = code + playground.why_not(copied) + html
        told = _promised(snippet, outcome) if playground.runs(copied) else {}
        return self._block(snippet, html, **told)

    def _block(self, snippet: Snippet, html: str, **data: str) -> str:
        """Return the place of a snippet on the page."""
        self.numbers[snippet.line] = len(self.numbers) + 1
        said = "".join(f' data-{name}="{_attribute(text)}"' for name, text in data.items() if text)
        said += "" if html else " hidden"
        return f'<div class="snippet"{said}>{html}</div>'

    def _file(self, snippet: Snippet) -> str:
        """Return the name of the file into which a copied program draws."""
        drawings = [one for one in self.results.values() if one.outcome.draws]
        number = [one.snippet.line for one in drawings].index(snippet.line) + 1
        return f"{snippet.path.stem}-{number}.svg"

    def _needs(self, snippet: Snippet) -> str:
        """Return what the snippet's copy button needs: `3.1-4,7 5`, lines and a whole snippet."""
        parts = self.needs[snippet.line]
        named = [(str(self.numbers[part.snippet.line]), part.ranges) for part in parts]
        return " ".join(".".join(filter(None, pair)) for pair in named)


def _promised(snippet: Snippet, outcome: Outcome) -> dict[str, str]:
    """Return what running a snippet in the page needs to know and the page does not say."""
    said = {"varies": snippet.options.get("varies", "")}
    if "title" not in snippet.options:
        said["room"] = "above"  # for the buttons, which otherwise stand beside the title
    if snippet.options.get("output") == "markdown":
        said["prints"] = outcome.printed.rstrip()
    return said


def _attribute(text: str) -> str:
    return escape(text).replace("\n", "&#10;")


def _source(snippet: Snippet, needs: str, others: str, drawing: str = "") -> str:
    """Return the highlighted source, and a copy button that says what it needs of earlier ones.

    The button of a drawing has its own last lines, which draw into a file.
    """
    html: str = Highlight(None).highlight(
        snippet.code.strip("\n"),
        "python",
        css_class="language-python highlight",
        hl_lines=snippet.options.get("hl_lines", "").split() or None,
        title=snippet.options.get("title"),
    )
    # docs/assets/linked.js joins them to the program: in the page, each would stand many times.
    last = slicing.into_file(snippet.code.strip("\n"), drawing) if drawing else ""
    last = f' data-last="{_attribute(last)}"' if last else ""
    copy = f'<button type="button" class="copy" data-needs="{needs}"{last}>Copy</button>'
    tools = f'<div class="tools">{others}{copy}</div>'
    shown = cross_highlight.source(html.replace(_CODE, _REACHED, 1), snippet) + tools
    return shown + _where_from(snippet)


def _where_from(snippet: Snippet) -> str:
    """Say of which modules of the package the code is, and link to the pages of public ones."""
    modules = dict.fromkeys(
        quoting.place(name)[0].stem for name in snippet.options.get("of", "").split()
    )
    if not modules:
        return ""
    root = "../" * pages.address(snippet.path).count("/")
    named = [
        f"<code>backprop.{each}</code>"
        if each.startswith("_")
        else f'<a href="{root}api/{each}/">backprop.{each}</a>'
        for each in modules
    ]
    without = "without its docstrings, types and checks of input"
    return f'<p class="quoted">From {" and ".join(named)}, {without}.</p>'


def _output(snippet: Snippet, outcome: Outcome, md: Markdown) -> str:
    if snippet.options.get("output") == "markdown":
        return _rendered(snippet, outcome.printed, md, html=False).replace(_CODE, _REACHED)
    return _rendered(snippet, _shown(snippet, outcome, md), md, html=True)


def _rendered(snippet: Snippet, output: str, md: Markdown, *, html: bool) -> str:
    """Return what markdown-exec makes of an output; it has been executed with its page."""
    return str(
        base_format(
            language="python", run=lambda *_, **__: output, code=snippet.code, md=md, html=html
        )
    )


def _shown(snippet: Snippet, outcome: Outcome, md: Markdown) -> str:
    """Return the HTML of what a snippet printed and drew."""
    if outcome.draws:
        svg = outcome.printed.strip()
        figure = _figure(snippet, outcome, cross_highlight.figure(svg, snippet), _numbers(svg))
        return explorer.render(snippet, svg, figure) if "explorer" in snippet.options else figure
    text = "\n".join(
        part for part in (outcome.printed.rstrip(), outcome.raised and outcome.error) if part
    )
    html = f'<pre class="output" tabindex="0"><samp>{escape(text)}</samp></pre>' if text else ""
    return html + "".join(_plot(snippet, outcome, plot, md) for plot in outcome.figures)


def quoted(snippet: Snippet, outcome: Outcome, md: Markdown) -> str:
    """Return what a snippet showed for another page: a figure without what stands below it."""
    if outcome.draws:
        html = f'<figure class="figure">{outcome.printed.strip()}</figure>'
    elif outcome.figures:
        html = "".join(f'<figure class="figure">{each.svg}</figure>' for each in outcome.figures)
    else:
        html = _output(snippet, outcome, md)
    return f'<div class="shown">{html}</div>'


def quoted_code(text: str) -> str:
    """Return code for another page, where no button copies it."""
    html: str = Highlight(None).highlight(text, "python", css_class="language-python highlight")
    return f'<div class="shown">{html.replace(_CODE, _REACHED, 1)}</div>'


def _figure(snippet: Snippet, outcome: Outcome, svg: str, data: str = "") -> str:
    caption = claims.caption(snippet.options.get("caption", ""), outcome.claims)
    below = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f'<figure class="figure">{svg}{below}{data}</figure>'


def _numbers(svg: str) -> str:
    """Return all numbers of a drawing that has no room for some of them."""
    if ' class="network partial"' not in svg:
        return ""
    said = unescape(svg.partition("<desc")[2].partition(">")[2].partition("</desc>")[0])
    units = "".join(f"<li>{escape(unit)}</li>" for unit in said.split("; "))
    return (
        f'<details class="data numbers"><summary>All numbers of this drawing</summary>'
        f"<ul>{units}</ul></details>"
    )


def _plot(snippet: Snippet, outcome: Outcome, plot: figures.Plot, md: Markdown) -> str:
    if not plot.table:
        return _figure(snippet, outcome, plot.svg)
    table = _rendered(snippet, plot.table, md, html=False)
    return _figure(
        snippet,
        outcome,
        plot.svg,
        f'<details class="data"><summary>Data of this plot</summary>{table}</details>',
    )
