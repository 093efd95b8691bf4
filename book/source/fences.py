"""The Python fences of a page, read from its Markdown."""

from __future__ import annotations

import functools
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from book import files
from book.errors import BookError
from book.source import claims, deceiving, quoting
from book.source.claims import Claim

OPTIONS = {
    "output": {"none", "markdown"},
    "source": {"none"},
    "raises": None,
    "norun": None,
    "varies": None,
    "prints": {"idle"},
    "caption": None,
    "explorer": {"two_one_one", "three_two_one"},
    "laboratory": {"boundary", "error-terms", "digit", "expression", "attention"},
    "title": None,
    "hl_lines": None,
    "equations": None,
    "of": None,
    "exercise": None,
}
"""The options of a Python fence, with the values each may take (None: any text)."""

_FENCE = re.compile(r"(?P<indent>[> \t]*)(?P<mark>`{3,}|~{3,})[ \t]*(?P<header>[^`]*?)[ \t]*$")
_OPTION = re.compile(r'([A-Za-z_]\w*)(?:="([^"]*)")?(?:\s+|$)')


_FENCED = re.compile(r"^(?P<i>[> \t]*)(?P<f>`{3,}|~{3,}).*?^(?P=i)(?P=f)[ \t]*$", re.M | re.S)


@functools.lru_cache(maxsize=256)
def without_fences(text: str) -> str:
    """Return Markdown with its fences blanked, so that lines keep their numbers."""
    return _FENCED.sub(lambda fence: _blank(fence[0]), text)


def _blank(text: str) -> str:
    return "\n".join(" " * len(line) for line in text.split("\n"))


@dataclass(frozen=True)
class Snippet:
    """A Python fence: where it stands, what it says, and how it is to be run and shown."""

    path: Path
    line: int
    """Line of the fence; the code begins on the next one."""
    code: str
    options: dict[str, str]
    claims: tuple[Claim, ...] = ()
    """What its caption claims, and the text after it, up to the next snippet that runs."""
    written: str | None = None
    """What stands in the fence, where the code is more than that: it quotes the package."""

    @property
    def length(self) -> int:
        """Number of lines between the marks of the fence."""
        body = self.code if self.written is None else self.written
        return body.count("\n") + 1 if body or self.written is None else 0

    @property
    def runs(self) -> bool:
        """Whether the snippet is executed."""
        return "norun" not in self.options

    @property
    def raises(self) -> tuple[str, str]:
        """The class of the exception that it must raise, and a part of its message, or nothing."""
        name, _, part = self.options.get("raises", "").partition(": ")
        return name, part

    def wrong(self, what: str, do: str, line: int | None = None) -> BookError:
        """Return the error that names this snippet's page and line."""
        return BookError(self.path, line or self.line, what, do)


def read(path: Path) -> list[Snippet]:
    """Return the Python fences of a Markdown file, in order.

    Raises
    ------
    BookError
        A fence is not closed, a Python fence is misspelt, or a claim cannot be read.
    """
    text = path.read_text(encoding="utf-8")
    # A fence may have its code of the package.
    quotes = 'of="' in text or 'exercise="' in text
    return list(_read(path, text, files.state(quoting.PACKAGE) if quotes else ()))


@functools.lru_cache(maxsize=256)
def _read(path: Path, text: str, _package: tuple[tuple[str, int], ...]) -> list[Snippet]:
    snippets: list[Snippet] = []
    for start, header, body in _fences(text):
        if body is None:
            raise BookError(path, start, "a fence is not closed", "end it with a line of its marks")
        if _meant_as_python(header):
            snippets.append(_snippet(path, start, header, body))
    return _with_claims(path, without_fences(text), snippets)


def _with_claims(path: Path, text: str, snippets: list[Snippet]) -> list[Snippet]:
    """Give each claim of a page to the snippet after which it must be true."""
    try:
        said = claims.read(text)
        captions = [claims.read(each.options.get("caption", "")) for each in snippets]
    except ValueError as error:
        line, what = error.args
        raise BookError(path, line, what, "write [words](claim: expression)") from None
    running = [each for each in snippets if each.runs]
    for claim in said:
        if not running or claim.line < running[0].line:
            raise BookError(path, claim.line, "a claim before any snippet", "write it after one")
    found = []
    for snippet, caption in zip(snippets, captions, strict=True):
        its = [replace(each, line=snippet.line) for each in caption]
        if snippet.runs:
            later = [each.line for each in running if each.line > snippet.line]
            end = later[0] if later else text.count("\n") + 2
            its += [each for each in said if snippet.line < each.line < end]
        elif its:
            raise snippet.wrong("claims something and is not run", "leave the claim out")
        found.append(replace(snippet, claims=tuple(its)))
    return found


def headers(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the header of every fence."""
    for start, header, _ in _fences(text):
        yield start, header


def _fences(text: str) -> Iterator[tuple[int, str, str | None]]:
    """Yield the line, the header and the body of every fence; no body where it is not closed."""
    lines = text.split("\n")
    start, mark, header = 0, "", ""
    for number, line in enumerate(lines, start=1):
        if mark:
            if line.lstrip("> \t").rstrip() == mark:
                yield start, header, textwrap.dedent("\n".join(lines[start : number - 1]))
                mark = ""
        elif fence := _FENCE.match(line):
            start, mark, header = number, fence["mark"], fence["header"]
    if mark:
        yield start, header, None


def _meant_as_python(header: str) -> bool:
    # A version number or braces do not make it another language.
    language = header.split(" ")[0].lower().strip(".{}0123456789")
    return language == "py" or bool(get_close_matches(language, ["python"], cutoff=0.8))


def _snippet(path: Path, line: int, header: str, code: str) -> Snippet:
    language, _, rest = header.partition(" ")
    snippet = Snippet(path, line, code, {})
    if language != "python":
        raise snippet.wrong(f"a Python fence is headed {header!r}", "write ```python")
    options = _options(snippet, rest.strip())
    if "of" in options:
        snippet = replace(snippet, code=_quoting(snippet, options["of"]), written=code)
    if "exercise" in options:
        code = _account(snippet, options["exercise"])
        # What the grader says of known answers is pinned, and not shown.
        options = {**options, "source": "none"}
        snippet = replace(snippet, code=code, written="")
    if snippet.code.strip() == "":
        raise snippet.wrong("the fence is empty", "write the code or delete the fence")
    snippet = replace(snippet, options=options)
    deceiving.refuse(snippet)
    return snippet


def _account(snippet: Snippet, name: str) -> str:
    """Return the code that tries the grader of an exercise: it raises if a verdict is not right."""
    if snippet.code.strip():
        raise snippet.wrong("an exercise with code of its own", "leave the fence empty")
    folder = quoting.PACKAGE / "exercises" / "catalogue"
    names = sorted(path.stem.replace("_", "-") for path in folder.glob("[!_]*.py"))
    if name not in names:
        raise snippet.wrong(f"there is no exercise {name!r}", f"name one of {', '.join(names)}")
    return f'from backprop.exercises import account, exercise\n\nprint(account(exercise("{name}")))'


def _quoting(snippet: Snippet, names: str) -> str:
    try:
        return quoting.whole(snippet.code, names)
    except LookupError as error:
        what = f"the package has no {error.args[0]!r}"
        raise snippet.wrong(what, 'write of="backprop.dense.hidden_delta", for example') from None


def _options(snippet: Snippet, text: str) -> dict[str, str]:
    options = {}
    while text:
        found = _OPTION.match(text)
        if not found or found[2] is None:
            raise snippet.wrong(f"cannot read the option at {text!r}", 'write key="value"')
        key, value = found.groups()
        if key not in OPTIONS:
            raise snippet.wrong(f"unknown option {key!r}", f"use one of {', '.join(OPTIONS)}")
        allowed = OPTIONS[key]
        if (allowed is not None and value not in allowed) or not value.strip():
            values = " or ".join(sorted(allowed)) if allowed else "a text"
            raise snippet.wrong(f"{key}={value!r} is not a value of {key}", f"give {values}")
        if key == "raises" and not re.fullmatch(r"\w+: .*\S.*", value):
            what = f"raises={value!r} promises any message"
            raise snippet.wrong(what, 'write raises="ValueError: words of its message"')
        if key in options:
            raise snippet.wrong(f"the option {key!r} stands twice", "delete one")
        options[key] = value
        text = text[found.end() :]
    return options
