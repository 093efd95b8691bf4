"""Grade a program: what is right so far, and which mistake the rest shows.

Each part is judged by itself: what its line gives is compared with what the right line gives from
the reader's own earlier values, so that one slip is not counted twice.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from backprop.exercises.borrowing import taken, written_into
from backprop.exercises.comparing import difference, same
from backprop.exercises.exercise import Exercise, Part, Wrong
from backprop.exercises.running import Endless, Ran, call, run, values

LONGEST = 200
"""Characters of what an error says."""
GOOD = ("right", "follows")
_ADVICE = {
    NameError: "Is a name misspelt, or is it used before it is given a value?",
    ValueError: "Print the shapes of what stands in this line: they must fit.",
    IndexError: "Print the shape of what is indexed.",
    RecursionError: "A function calls itself without an end.",
    EOFError: "There is nobody to answer input(): write the value into the program.",
}


@dataclass(frozen=True)
class Finding:
    """What is known of a part.

    Attributes
    ----------
    part : str
        The name of the variable or the function.
    state : str
        "right"; "follows", where it is right but for what stands before; "wrong", "todo", or
        "unknown" where the program came to no value of it.
    said : str
        What the reader is told.
    named : bool
        Whether the mistake has been recognized.
    """

    part: str
    state: str
    said: str
    named: bool = False


@dataclass(frozen=True)
class Report:
    """What is said of a program; printed, it is what the reader reads.

    Attributes
    ----------
    exercise : str
        Its title.
    findings : tuple of Finding
        One for each part.
    problem : str
        What is wrong with the program as a whole, or nothing.
    praise : str
        What is said if all is right; empty if it is not.
    printed : str
        What the program printed.
    """

    exercise: str
    findings: tuple[Finding, ...]
    problem: str = ""
    praise: str = ""
    printed: str = field(default="", repr=False)

    @property
    def passed(self) -> bool:
        """Whether everything is right.

        Returns
        -------
        bool
            True if it is.
        """
        return bool(self.praise)

    def as_dict(self) -> dict[str, Any]:
        """Return the report in plain values, for JSON.

        Returns
        -------
        dict
            Its attributes.
        """
        return asdict(self)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        marks = {"right": "right", "follows": "right", "wrong": "WRONG", "todo": "to do"}
        for each in self.findings:
            yield f"{marks.get(each.state, '-'):6} {each.part:16} {each.said}".rstrip()
        if self.problem:
            yield self.problem
        if self.praise:
            yield self.praise


def grade(exercise: Exercise, program: str) -> Report:
    """Grade a reader's program.

    Parameters
    ----------
    exercise : Exercise
        What was to be done.
    program : str
        The starter, with more or less of it completed. It is executed.

    Returns
    -------
    Report
        What is right, and what is not.
    """
    program = program.removeprefix("\ufeff")  # Some editors put it in front of a file.
    ran = run(program)
    if isinstance(ran.error, SyntaxError) or "__builtins__" not in ran.names:
        missing = tuple(Finding(part.name, "unknown", "") for part in exercise.parts)
        return Report(exercise.title, missing, _no_python(ran.error))
    truth = run(exercise.solution).names
    judge = _Judge(exercise, ran, truth, begun=_begun(program))
    findings = tuple(judge.findings())
    problem = _stopped(ran, program, findings)
    if not problem:
        findings, problem = _with_other_lines(exercise, program, judge, findings)
    if not problem and _all_right(findings):
        problem = _though_right(exercise, program, ran, truth)
    praise = exercise.praise if _all_right(findings) and not problem else ""
    return Report(exercise.title, findings, problem, praise, ran.printed)


def _though_right(exercise: Exercise, program: str, ran: Ran, truth: dict[str, Any]) -> str:
    """Say what is wrong with a program whose every part has the right value."""
    if name := taken(exercise, program):
        return f"`{name}` is the package's own. Write the lines yourself, and then compare."
    own = {part.name for part in exercise.parts}
    for name in sorted(written_into(program) & truth.keys() - own):
        if isinstance(truth[name], np.ndarray) and not same(ran.names.get(name), truth[name]):
            return (
                f"`{name}` is changed in place, and what comes later would compute with other "
                "numbers: make a new array."
            )
    return ""


def _no_python(error: BaseException | None) -> str:
    """Say why a program could not even be read."""
    if isinstance(error, SyntaxError):
        where = f"Line {error.lineno} is no Python" if error.lineno else "This is no Python"
        return f"{where}: {error.msg}."
    what = "a formula of it is too long" if isinstance(error, RecursionError) else str(error)
    return f"This cannot be read as Python: {what}."


def _begun(program: str) -> set[str]:
    """Return the functions in which a line of three dots still stands."""
    return {
        function.name
        for function in ast.parse(program).body
        if isinstance(function, ast.FunctionDef)
        for line in ast.walk(function)
        if isinstance(line, ast.Expr | ast.Return | ast.Assign)
        and isinstance(line.value, ast.Constant)
        and line.value.value is Ellipsis
    }


def _all_right(findings: tuple[Finding, ...]) -> bool:
    return all(each.state == "right" for each in findings)


def _stopped(ran: Ran, program: str, findings: tuple[Finding, ...]) -> str:
    """Say what ended a program before its end."""
    if ran.error is None:
        return ""
    if any(each.state == "todo" for each in findings) and "ellipsis" in str(ran.error):
        return ""  # What is not written yet cannot be computed with.
    if any(each.named for each in findings):
        return ""  # The mistake has its name already.
    return raised(ran.error, ran.line, _line(program, ran.line))


def _line(program: str, number: int) -> str:
    lines = program.split("\n")
    return lines[number - 1].strip() if 0 < number <= len(lines) else ""


def raised(error: BaseException, number: int, line: str) -> str:
    """Say what somebody's program raised.

    Parameters
    ----------
    error : exception
        What it was.
    number : int
        The line, from 1; 0 if it is not known.
    line : str
        The text of the line.

    Returns
    -------
    str
        Sentences.
    """
    where = f"Line {number}, `{line}`," if number else "The program"
    if isinstance(error, Endless):
        return f"{where} is executed again and again: a loop does not come to its end."
    if isinstance(error, SystemExit):
        return f"{where} ends the program before its last line."
    kind, what = type(error).__name__, said(error)
    advice = next((advice for its, advice in _ADVICE.items() if isinstance(error, its)), "")
    if "truth value of an array" in what:
        advice = "A comparison of arrays has an answer for each number; `max` and `if` need one."
    what = f"{kind}: {what}" if what else kind
    return f"{where} raises {what}. {advice}".replace("..", ".").strip()


def said(error: BaseException) -> str:
    """Return the first line of what an error says, without addresses of objects.

    Parameters
    ----------
    error : exception
        Any.

    Returns
    -------
    str
        A line, which may be empty.
    """
    line = re.sub(r" object at 0x[0-9a-f]+", "", str(error).split("\n")[0])
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} …"


def _with_other_lines(
    exercise: Exercise, program: str, own: _Judge, findings: tuple[Finding, ...]
) -> tuple[tuple[Finding, ...], str]:
    """Return what is found of what is right for the program's own numbers, with others, too."""
    for others in exercise.others:
        ran = run(program, others)
        judge = _Judge(exercise, ran, run(exercise.solution, others).names, own)
        found = tuple(judge.findings())
        if not _all_right(findings):
            findings = tuple(_of_both(*pair) for pair in zip(findings, found, strict=True))
            continue
        if any(each.named for each in found):
            return found, "It shows with other values than those of the program."
        first = next((each for each in found if each.state != "right"), None)
        if ran.error is not None and not _is_of(first, line := _line(program, ran.line)):
            what = raised(ran.error, ran.line, line)
            return findings, f"With other values it fails. {what}"
        if first is not None:
            return findings, (
                f"With the values given, all is right, and with others, `{first.part}` is not: "
                f"{_COMPUTE}"
            )
    return findings, ""


_COMPUTE = "compute it from the variables, rather than from their values."


def _is_of(finding: Finding | None, line: str) -> bool:
    """Return whether a part is to blame for the line that raised: its own, or one that used it."""
    if finding is None:
        return False
    return finding.state == "wrong" or re.match(rf"{finding.part}\b", line) is not None


def _of_both(finding: Finding, other: Finding) -> Finding:
    """Return what is known of a part by the program's own numbers, and by others."""
    if finding.state != "right" or other.state != "wrong":
        return finding
    if other.named:
        return other
    said = f"`{finding.part}` is right with the values given, and not with others: {_COMPUTE}"
    return Finding(finding.part, "wrong", said)


class _Judge:
    """What is found of the parts of a program that was run."""

    def __init__(
        self,
        exercise: Exercise,
        ran: Ran,
        truth: dict[str, Any],
        before: _Judge | None = None,
        begun: Collection[str] = (),
    ) -> None:
        self.exercise, self.ran, self.truth, self.begun = exercise, ran, truth, begun
        self.before = before
        """Of the same program with other values, which a mistake must explain as well."""
        known = values(exercise.setting) if exercise.setting else {}
        self.setting = {name: value for name, value in known.items() if name != "np"}

    def findings(self) -> Iterator[Finding]:
        for number, part in enumerate(self.exercise.parts):
            value = self.ran.names.get(part.name, None)
            if part.name not in self.ran.names:
                yield self._missing(number, part)
            elif value is Ellipsis:
                yield Finding(part.name, "todo", "Still to be written.")
            elif part.cases:
                yield self._function(number, part, value)
            else:
                yield self._value(number, part, value)

    def _missing(self, number: int, part: Part) -> Finding:
        if self.ran.error is None:
            said = f"The program gives nothing the name `{part.name}`."
            return Finding(part.name, "unknown", said)
        # A line that raises binds nothing, and the wrong line that raises the same is known, unless
        # the right line raises that as well, because of what stands before it. Later lines were not
        # reached.
        reached = all(each.name in self.ran.names for each in self.exercise.parts[:number])
        right = self._bound(number, part.right, part.name)
        for wrong in part.wrong if reached and not _alike(right, self.ran.error) else ():
            found = self._bound(number, part.written(wrong), part.name)
            if _alike(found, self.ran.error):
                return Finding(part.name, "wrong", wrong.said, named=True)
        return Finding(part.name, "unknown", "The program stops before this line has a value.")

    def _value(self, number: int, part: Part, value: Any) -> Finding:
        tolerance = self.exercise.tolerance
        own = self._bound(number, part.right, part.name)
        if same(value, self.truth[part.name], tolerance):
            return Finding(part.name, "right", "")
        if same(value, own, tolerance):
            return Finding(part.name, "follows", "Right, from what stands before it.")
        for wrong in part.wrong:
            if self.explains(number, wrong):
                return Finding(part.name, "wrong", wrong.said, named=True)
        right = self.truth[part.name] if isinstance(own, BaseException) else own
        return Finding(part.name, "wrong", f"`{part.name}` {difference(value, right, tolerance)}.")

    def explains(self, number: int, wrong: Wrong) -> bool:
        """Return whether a mistake gives what the program gives for a variable.

        Returns
        -------
        bool
            With these values, and with those before.
        """
        part = self.exercise.parts[number]
        its = self._bound(number, part.written(wrong), part.name)
        return same(self.ran.names.get(part.name), its, self.exercise.tolerance) and (
            self.before is None or self.before.explains(number, wrong)
        )

    def _function(self, number: int, part: Part, function: Any) -> Finding:
        name, tolerance = part.name, self.exercise.tolerance
        if not callable(function):
            return Finding(name, "wrong", f"`{name}` is to be a function: begin it with def.")
        ran = [call(case, self.ran.names, self.setting) for case in part.cases]
        given = [each.error or each.value for each in ran]
        if all(each is Ellipsis or each is None for each in given) and not any(
            each.printed or each.changed for each in ran
        ):
            return Finding(name, "todo", "Still to be written.")
        truth = [self._called(case, self.truth) for case in part.cases]
        right = self._called_with(number, part, part.right)
        changed = next((each.changed[0] for each in ran if each.changed), "")
        for state, expected, said in [
            ("right", truth, ""),
            ("follows", right, "Right, with what stands before it."),
        ]:
            if all(same(*pair, tolerance) for pair in zip(given, expected, strict=True)):
                if changed:
                    return Finding(name, "wrong", self._in_place(part, changed), named=True)
                return Finding(name, state, said)
        if name in self.begun:
            return Finding(name, "todo", "Still to be written.")
        if any(_only(*pair) for pair in zip(right, truth, strict=True)):
            return Finding(name, "unknown", "This can be judged once what it uses is right.")
        for wrong in part.wrong if part.doctor is None else ():
            its = self._called_with(number, part, part.written(wrong))
            if all(_alike(*pair, tolerance) for pair in zip(its, given, strict=True)):
                return Finding(name, "wrong", wrong.said, named=True)
        if changed:
            return Finding(name, "wrong", self._in_place(part, changed), named=True)
        off = [k for k in range(len(ran)) if not same(given[k], right[k], tolerance)]
        at = off[-1 if part.doctor else 0]  # The doctor knows the last case.
        if said := self._unusable(part, ran[at], part.cases[at]):
            return Finding(name, "wrong", said)
        if found := self._examined(part, given[-1], right[-1]):
            return found
        told = part.about or f"`{part.cases[at]}` {difference(given[at], right[at], tolerance)}."
        return Finding(name, "wrong", told)

    def _unusable(self, part: Part, ran: Ran, case: str) -> str:
        """Say what is wrong with a call that gives nothing to compare."""
        if ran.error is not None:
            where = f"in line {ran.line}" if ran.line else "when it is called"
            said = raised(ran.error, 0, "").removeprefix("The program ")
            return f"`{case}` {said.replace('raises', f'raises, {where},', 1)}"
        if ran.value is None and ran.printed:
            return f"`{part.name}` prints its answer and returns nothing: write return."
        if ran.value is None:
            return f"`{part.name}` returns nothing: end it with return."
        return ""

    def _in_place(self, part: Part, name: str) -> str:
        return (
            f"`{part.name}` changes its argument `{name}`: whoever called it goes on computing "
            "with another array. Make a new array, rather than write into this one."
        )

    def _examined(self, part: Part, given: Any, right: Any) -> Finding | None:
        """Ask the doctor what a gradient shows; what has another number of arrays shows it."""
        if part.doctor is None or _number(given) != _number(right):
            return None
        try:
            found = part.doctor(self.setting, copy.deepcopy(given))
        except (TypeError, ValueError, KeyError):
            return None  # Its shapes say what is wrong.
        if found.verdict == "unknown":
            return None
        said = [f"Mistake: {each}; right is `{line}`." for each, line in _lines(found)]
        said += [
            f"Or, with the same numbers: {'; and '.join(each)}." for each in found.alternatives
        ]
        said += [f"Not as it was asked for: {each}." for each in found.conventions]
        return Finding(part.name, "wrong", " ".join(said), named=True) if said else None

    def _bound(self, number: int, lines: str, name: str) -> Any:
        """Return what lines give in the place of the reader's, from the reader's own values."""
        return self._scope(number, lines).get(name)

    def _scope(self, number: int, lines: str) -> dict[str, Any]:
        piece = self.exercise.piece(number, lines)
        name = self.exercise.parts[number].name
        try:
            return values(piece, copy.copy(self.ran.names))
        except Exception as error:  # noqa: BLE001 - a wrong line may raise anything
            return {name: error}

    def _called_with(self, number: int, part: Part, lines: str) -> list[Any]:
        scope = self._scope(number, lines)
        return [self._called(case, scope) for case in part.cases]

    def _called(self, case: str, names: dict[str, Any]) -> Any:
        ran = call(case, names, self.setting)
        return ran.error or ran.value


def _lines(found: Any) -> Iterator[tuple[str, str]]:
    for mistake, advice in zip(found.mistakes, found.advice, strict=True):
        yield mistake, re.sub(r" +\(equation .*\)$", "", advice)


def _number(value: Any) -> int:
    """Return how many things a list or a tuple holds; 0 of anything else."""
    return len(value) if isinstance(value, tuple | list) else 0


def _only(one: Any, other: Any) -> bool:
    """Return whether one of two values alone is an error."""
    return isinstance(one, BaseException) and not isinstance(other, BaseException)


def _alike(one: Any, other: Any, tolerance: float = 1e-9) -> bool:
    """Return whether two values are the same, or two errors."""
    if isinstance(one, BaseException) or isinstance(other, BaseException):
        return type(one) is type(other) and said(one) == said(other)
    return same(one, other, tolerance)
