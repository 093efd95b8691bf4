"""The program a reader copies: a snippet, preceded by the earlier lines of its page that it needs.

A page's snippets share one namespace. The program of a snippet is found backwards, statement by
statement: from the names it mentions, to the statements that bind them or may change what they
stand for, to the names these mention in turn.

Only hidden state needs more than that: what is said to a module for all that follows, such as
`np.set_printoptions` or `random.seed`, stands in every program after it.
"""

from __future__ import annotations

import ast
import copy
import itertools
import re
import textwrap
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from book.execution import showing
from book.execution.statements import (
    ARGUMENT,
    BUILTINS,
    CHANGING_FIRST,
    MAKING,
    OPAQUE,
    Statement,
    parsed,
    statements,
)
from book.source.fences import Snippet

Binding = tuple[str, int]
"""A name, from one statement that binds it to the next that does."""

_STREAM = re.compile(r"(numpy\.)?random\.(?!default_rng)[a-z]\w*")
"""Functions that draw from one stream of random numbers, whoever calls them."""
_DRAWING = re.compile(r"matplotlib\.pyplot\.(?!rc|set_cmap|style|switch_backend)\w+")
"""Functions of a figure that is not named. It ends with its snippet, so no later one needs them."""


_HARMLESS = {
    "decimal.Decimal",
    "functools.partial",
    "itertools.combinations",
    "itertools.pairwise",
    "itertools.product",
}
_HARMLESS |= {f"backprop.{name}" for name in ("central_difference", "complex_step")}
_HARMLESS |= {f"backprop.convolution.{name}" for name in ("kernel_matrix", "kernel_places")}
"""Functions of other modules that change nothing."""


# Which lines a snippet needs


@dataclass(frozen=True)
class Part:
    """Lines of a snippet that a later one needs."""

    snippet: Snippet
    lines: tuple[int, ...]
    """From 1, in order."""

    @property
    def code(self) -> str:
        """The lines themselves."""
        lines = _code(self.snippet).split("\n")
        return "\n".join(lines[number - 1] for number in self.lines)

    @property
    def ranges(self) -> str:
        """The lines as a copy button names them: `1-4,7,9-`, from 9 to the end; nothing for all."""
        length = _code(self.snippet).count("\n") + 1
        if len(self.lines) == length:
            return ""
        runs: list[list[int]] = []
        for line in self.lines:
            if runs and line == runs[-1][-1] + 1:
                runs[-1].append(line)
            else:
                runs.append([line])
        ends = [(one[0], "" if one[-1] == length else one[-1]) for one in runs]
        return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in ends)


def parts(snippets: Sequence[Snippet]) -> list[Part]:
    """Return what the last snippet needs of those before it, in order."""
    return all_parts(snippets)[-1]


def all_parts(snippets: Sequence[Snippet]) -> list[list[Part]]:
    """Return what each snippet needs of those before it, in order.

    A snippet that raises cannot stand in a program that goes on; it is left out of all but its own.
    """
    page = _Page()
    earlier: list[tuple[Snippet, Statement, _Trace]] = []
    found = []
    for snippet in snippets:
        code, quoted = _code(snippet), _quoted(snippet)
        said = snippet.options.get("prints") == "idle"
        own, whole = [], copy.copy(page)
        silent: list[tuple[Snippet, Statement, _Trace]] = []
        for each in statements(code):
            # What is idle both before and after it is so within it.
            idle = [one for one in showing.prints(code, each) if page.is_idle(one, said)]
            own.append(whole.execute(each, quoted))
            if "raises" not in snippet.options:
                rest = showing.silenced(
                    code, each, [one for one in idle if whole.is_idle(one, said)]
                )
                trace = page.execute(rest, quoted)
                if said and showing.only_prints(code, rest):
                    trace = replace(trace, changes=set(), always=False)
                silent.append((snippet, rest, trace))
        found.append(_needed(earlier, own))
        earlier += silent
    return found


def _quoted(snippet: Snippet) -> set[str]:
    """Return the functions that a snippet shows from the package and that change nothing.

    `tests/package/test_odd_input.py` asks of all public functions that they change no argument. One
    that draws changes a stream of random numbers, and one that calls what it is given may do more.
    """
    names = {each.rpartition(".")[2] for each in snippet.options.get("of", "").split()}
    found = set()
    for each in parsed(_code(snippet)) if names else ():
        if isinstance(each, ast.FunctionDef) and each.name in names and each.name[0] != "_":
            given = {one.arg for one in each.args.args}
            called = {
                node.func.id
                for node in ast.walk(each)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            }
            found |= set() if "rng" in given or given & called else {each.name}
    return found


def _needed(earlier: list[tuple[Snippet, Statement, _Trace]], own: list[_Trace]) -> list[Part]:
    """Return what some statements need of those before them."""
    mentioned: set[Binding] = set()
    for trace in reversed(own):
        _mention(trace, mentioned)
    kept: dict[int, list[Statement]] = {}
    needed: list[Snippet] = []
    for snippet, statement, trace in reversed(earlier):
        if trace.always or not mentioned.isdisjoint(trace.stores | trace.changes):
            _mention(trace, mentioned)
            if id(snippet) not in kept:
                needed.insert(0, snippet)
            kept.setdefault(id(snippet), []).insert(0, statement)
    return [Part(each, _with_blank_lines(each, kept[id(each)])) for each in needed]


def _mention(trace: _Trace, mentioned: set[Binding]) -> None:
    """Add what a statement needs to what is needed after it."""
    mentioned |= {old for new, old in trace.perhaps.items() if new in mentioned}
    mentioned |= trace.mentions


def _code(snippet: Snippet) -> str:
    return snippet.code.strip("\n")


def _with_blank_lines(snippet: Snippet, kept: list[Statement]) -> tuple[int, ...]:
    """Return the lines of statements, as far apart as they are from their neighbours now."""
    code = _code(snippet).split("\n")
    lines = list(kept[0].lines)
    for one, other in itertools.pairwise(kept):
        first, last = one.lines[-1] + 1, other.lines[0] - 1
        after = [*itertools.takewhile(lambda n: not code[n - 1], range(first, last + 1))]
        before = [*itertools.takewhile(lambda n: not code[n - 1], range(last, first - 1, -1))]
        lines += after if len(after) > len(before) else before[::-1]
        lines += other.lines
    return tuple(lines)


@dataclass
class _Trace:
    """What a statement does to bindings, as far as that can be known without running it."""

    mentions: set[Binding]
    stores: set[Binding]
    changes: set[Binding]
    perhaps: dict[Binding, Binding]
    """Of what it may bind anew, what it was before: that it may stay."""
    always: bool


class _Page:
    """The bindings of a page, while its statements are gone through in order."""

    def __init__(self) -> None:
        self.current: dict[str, Binding] = {}
        self.imported: dict[Binding, str] = {}
        self.drawings: set[Binding] = set()
        """Figures, and parts of them."""
        self.functions: set[Binding] = set()
        self.calling: set[Binding] = set()
        """Functions that call what they are given."""
        self.harmless: set[Binding] = set()
        """Functions that change nothing but what they have made themselves."""
        self.closed: set[Binding] = set()
        """Those of them that know nothing of the page but such functions, so that what they give is
        made of what they are given."""
        self.telling: set[Binding] = set()
        """Functions that speak to a module."""
        self.groups: dict[Binding, set[Binding]] = {}
        """Of each binding, those that may by now stand for the same object, or one within it."""
        self.later: dict[Binding, frozenset[str]] = {}
        """What holds functions, with the names that these mention when they are called."""
        self.restless: set[Binding] = set()
        """What may change by being mentioned: an iterator, or an object of a class of its own."""
        self._count = 0

    def __copy__(self) -> _Page:
        """Return the same bindings, which go on by themselves: each collection is a new one.

        What the collections hold is replaced where it changes, and never changed itself.
        """
        twin = _Page()
        vars(twin).update({name: copy.copy(its) for name, its in vars(self).items()})
        return twin

    def is_idle(self, statement: Statement, said: bool = False) -> bool:
        """Return whether all that follows is the same without a statement, but what it prints.

        Where it is said that a statement changes nothing, only what it binds is asked for.
        """
        trace = copy.copy(self).execute(statement)
        return not (trace.stores or (not said and (trace.changes or trace.always)))

    def execute(self, statement: Statement, quoted: Set[str] = frozenset()) -> _Trace:
        """Go past a statement, which may define a function that is quoted from the package."""
        names, moves = self._reached(statement.mentions)
        for name in names - BUILTINS - self.current.keys():
            self._bind(name)
        mentions = {self.current[name] for name in names if name in self.current}
        is_opaque = not statement.mentions.isdisjoint(OPAQUE)
        if is_opaque:
            mentions |= set(self.current.values())
        tells = self._tells(statement)
        given = {self.current.get(name) for name in statement.mentions}
        all_harmless = (given & self.functions) <= self.harmless
        harmless = {
            name
            for name in statement.calls
            if self._is_harmless(name)
            and (all_harmless or self.current.get(name) not in self.calling)
        }
        is_partial = {self._origin(name) for name in statement.calls} == {"functools.partial"}
        trusted = all(map(self._is_what_it_seems, statement.trusts - harmless))
        loud = statement.loud or moves or not trusted or harmless < statement.calls
        keeps = statement.harmless_with
        before = {
            n: self.current[n] for n in statement.stores - statement.binds if n in self.current
        }
        for name in statement.stores:
            self._bind(name)
        perhaps = {self.current[name]: old for name, old in before.items()}
        stores = {self.current[name] for name in statement.stores}
        self.imported |= {self.current[name]: what for name, what in statement.imports.items()}
        self._open(statement)
        mutable = mentions - self.imported.keys() - self.closed
        # A drawing changes itself alone, whatever it is given.
        drawings = mutable & self.drawings
        # What goes through the parts of a figure is one of them.
        parts = statement.changers & statement.stores if drawings else set()
        draws = trusted and bool(statement.changers)
        draws = draws and all(map(self._draws, statement.changers - parts))
        if draws:
            made = stores if self._draws(statement.made_by) else {self.current[n] for n in parts}
            self.drawings |= made
            self._join(drawings | made)
            mutable, stores = mutable - drawings, stores - made
        if stores or (loud and not draws):
            old = {before[name] for name in before.keys() - statement.renews} - self.drawings
            self._join((mutable | stores | old) - self.imported.keys())
        stores = {self.current[name] for name in statement.stores}
        changed = drawings if draws else mutable if loud else set()
        changes = set().union(*(self.groups[each] for each in changed))
        is_quoted = statement.defines and statement.stores <= quoted
        if statement.later or statement.restless:
            for binding in stores | changes:
                self.later[binding] = self.later.get(binding, frozenset()) | statement.later
            self.restless |= stores | changes if statement.restless and not is_quoted else set()
        if statement.defines or is_partial:
            self.functions |= stores
        if keeps is not None and all(map(self._is_kept_to, keeps - {ARGUMENT})):
            self.harmless |= stores
            called = {self.current.get(name) for name in keeps}
            self.calling |= stores if ARGUMENT in keeps or called & self.calling else set()
        elif is_partial and all_harmless:
            self.harmless |= stores
            self.calling |= stores if given & self.calling else set()
        if is_quoted:
            self.harmless |= stores
        if statement.defines and not statement.remembers and stores <= self.harmless:
            uses = {self.current.get(name) for name in statement.later - BUILTINS}
            self.closed |= stores if uses <= self.imported.keys() | self.closed | stores else set()
        always = is_opaque or not mentions.isdisjoint(self.telling) or "*" in statement.imports
        if statement.defines:
            self.telling |= stores if tells else set()
        else:
            always |= tells
        return _Trace(mentions, stores, changes, perhaps, always)

    def _open(self, statement: Statement) -> None:
        """Take a function that is more than called for a thing that can be stored into."""
        called = statement.calls | statement.trusts
        stored = {path.partition(".")[0] for path in statement.orders if "." in path}
        self.closed -= {self.current.get(n) for n in (statement.mentions - called) | stored}

    def _bind(self, name: str) -> None:
        self._count += 1
        self.current[name] = binding = (name, self._count)
        self.groups[binding] = {binding}

    def _reached(self, names: Iterable[str]) -> tuple[set[str], bool]:
        """Return what is mentioned with some names, and whether any may change by it."""
        reached: set[str] = set()
        holding: set[Binding] = set()
        waiting = {*names}
        while waiting:
            name = waiting.pop()
            reached.add(name)
            if name in self.current:
                found = self.later.keys() & self.groups[self.current[name]]
                waiting |= set().union(*(self.later[each] for each in found - holding)) - reached
                holding |= found
        return reached, not holding.isdisjoint(self.restless)

    def _join(self, bindings: Iterable[Binding]) -> None:
        """Make one group of some bindings."""
        together = set().union(*(self.groups.get(each, {each}) for each in bindings))
        self.groups |= dict.fromkeys(together, together)

    def _tells(self, statement: Statement) -> bool:
        """Return whether a statement says something to a module for all that follows."""
        if any(_STREAM.fullmatch(self._origin(path)) for path in statement.paths):
            return True
        own = {self.current.get(name) for name in statement.mentions - BUILTINS}
        to_all = own <= self.imported.keys()
        told = [path for path in statement.orders if "." in path or to_all]
        origins = [self._origin(path) for path in told]
        return any(origin and not _DRAWING.fullmatch(origin) for origin in origins)

    def _draws(self, name: str) -> bool:
        """Return whether a name stands for a figure, for a part of one, or for their module."""
        is_one = self.current.get(name) in self.drawings
        return is_one or self._origin(name).startswith("matplotlib.pyplot")

    def _is_harmless(self, name: str) -> bool:
        """Return whether a name stands for a function that changes nothing, as far as is known."""
        return self.current.get(name) in self.harmless or self._origin(name) in _HARMLESS

    def _is_kept_to(self, name: str) -> bool:
        """Return whether what a function calls by a name changes nothing but what is its own."""
        is_ours = self._origin(name) == f"backprop.{name}"
        return self._is_harmless(name) or (name in MAKING | CHANGING_FIRST and is_ours)

    def _is_what_it_seems(self, function: str) -> bool:
        """Return whether a name stands for what Python, NumPy or the package calls by it."""
        if "." in function:
            return self._origin(function).startswith("numpy.")
        origin = self._origin(function)
        is_ours = origin.startswith("backprop.") and origin.endswith(f".{function}")
        return function not in self.current or is_ours

    def _origin(self, path: str) -> str:
        """Return what a path stands for, if it begins with an imported name."""
        root, dot, rest = path.partition(".")
        origin = self.imported.get(self.current.get(root, ("", 0)), "")
        return origin and origin + dot + rest


# The program that is made of them


def needed(snippets: Sequence[Snippet]) -> list[Snippet]:
    """Return the last snippet, preceded by those before it, cut to the lines that it needs."""
    return cut(parts(snippets), snippets[-1])


def cut(before: Sequence[Part], last: Snippet) -> list[Snippet]:
    """Return the snippets that some lines and a last snippet make."""
    return [*(replace(part.snippet, code=part.code) for part in before), last]


def program(snippets: Sequence[Snippet]) -> str:
    """Return the source of the program that shows what the last snippet shows."""
    return _joined(each.code for each in needed(snippets))


def into_file(code: str, name: str) -> str:
    """Return code whose drawing goes into a file, because a console cannot show it."""
    return f"""\
import contextlib

with open("{name}", "w", encoding="utf-8") as drawing, contextlib.redirect_stdout(drawing):
{textwrap.indent(code, "    ")}

print("drawn: {name}")"""


def beside(told: Sequence[Snippet]) -> str:
    """Return the source that is copied with the last of the snippets that the book does not run.

    Such fences stand beside the page's own program, those of one library beside those of another.
    Their titles tell them apart: what belongs together has the same title, up to a colon.
    """
    return program(next(each for each in families(told) if told[-1] in each))


def families(told: Iterable[Snippet]) -> list[list[Snippet]]:
    """Return the snippets that the book does not run, each among those that it belongs to."""
    found: dict[str, list[Snippet]] = {}
    for one in told:
        found.setdefault(_subject(one), []).append(one)
    return [*found.values()]


def of_block(tree: Any, block: Any) -> str:
    """Return the program that a snippet's copy button gives, from the tree of the built page.

    In a browser, docs/assets/linked.js does the same.
    """
    last = _button(block).get("data-last") or _code_of(block)
    return f"{before_block(tree, block)}{last}\n"


def before_block(tree: Any, block: Any) -> str:
    """Return the earlier lines in that program."""
    blocks = [each for each in tree.iter("div") if each.get("class") == "snippet"]
    before = ""
    for need in _button(block).get("data-needs").split():
        number, _, ranges = need.partition(".")
        lines = _code_of(blocks[int(number) - 1]).split("\n")
        before += _cut(lines, ranges).strip("\n") + "\n\n"
    return before


def _button(block: Any) -> Any:
    return block.find(".//button[@class='copy']")


def _cut(lines: list[str], ranges: str) -> str:
    """Return the lines that are named as in `Part.ranges`."""
    if not ranges:
        return "\n".join(lines)
    cut: list[str] = []
    for one in ranges.split(","):
        first, dash, last = one.partition("-")
        cut += lines[int(first) - 1 : int(last or len(lines)) if dash else int(first)]
    return "\n".join(cut)


def _joined(codes: Iterable[str]) -> str:
    return "\n\n".join(code.strip("\n") for code in codes) + "\n"


def _code_of(block: Any) -> str:
    hidden: str | None = block.get("data-code")
    return hidden or "".join(block.find(".//code").itertext()).strip("\n")


def _subject(snippet: Snippet) -> str:
    return snippet.options.get("title", "").partition(":")[0]
