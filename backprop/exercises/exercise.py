"""What an exercise is: a program with lines to write, the right lines, and known wrong ones."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from backprop.diagnosis import Diagnosis

BLANK = re.compile(r"^([ ]*)((?:return |\w+ = )?\.\.\.)$", re.MULTILINE)
"""A line of a starter that is to be written."""


@dataclass(frozen=True)
class Wrong:
    """A wrong answer that people give, and what to say about it.

    Attributes
    ----------
    new : str
        What they write.
    said : str
        The sentence that names the mistake. Where the doctor is asked, a part of what it says.
    old : str
        The piece of the right lines in whose place it stands; all of them without it.
    """

    new: str
    said: str
    old: str = ""


@dataclass(frozen=True)
class Part:
    """A line to write, or the lines of a function.

    Attributes
    ----------
    name : str
        The variable that the line binds, or the function in which the lines stand.
    right : str
        What is to be written.
    wrong : sequence of Wrong
        What is known to be written instead.
    hints : sequence of str
        Each says a little more than the one before.
    cases : sequence of str
        Calls of a function, by which what it returns is compared. A line needs none.
    doctor : function, optional
        Takes the setting, as a dict, and what the last case gave, and returns the diagnosis of it.
    about : str
        What is said of an answer that is wrong in no way that is known, where the cases say
        nothing to a reader.
    """

    name: str
    right: str
    wrong: Sequence[Wrong] = ()
    hints: Sequence[str] = ()
    cases: Sequence[str] = ()
    doctor: Callable[[dict[str, Any], Any], Diagnosis] | None = None
    about: str = ""

    def written(self, wrong: Wrong) -> str:
        """Return the lines of somebody who makes a mistake.

        Parameters
        ----------
        wrong : Wrong
            The mistake.

        Returns
        -------
        str
            The right lines, but for what is wrong.
        """
        return self.right.replace(wrong.old, wrong.new) if wrong.old else wrong.new


@dataclass(frozen=True)
class Exercise:
    """A program to complete.

    Attributes
    ----------
    name : str
        What the command line calls it.
    title : str
        Its heading.
    statement : str
        What is to be done, in Markdown.
    program : str
        The program, with a line that ends in three dots for each part, in their order.
    parts : sequence of Part
        What is to be written.
    praise : str
        What is said when all is right.
    setting : str
        Code that gives values to the names in the cases.
    others : sequence of str
        Other first lines, each giving values to some variables of the program: what is right must
        be right with them, too.
    tolerance : float
        How far a number may be from the right one, relative to it: more where numbers are typed.
    """

    name: str
    title: str
    statement: str
    program: str
    parts: Sequence[Part]
    praise: str
    setting: str = ""
    others: Sequence[str] = ()
    tolerance: float = 1e-9

    def __post_init__(self) -> None:
        blanks = len(BLANK.findall(self.starter))
        if blanks != len(self.parts):
            raise ValueError(f"{self.name}: {len(self.parts)} parts, and {blanks} lines to write")

    @property
    def starter(self) -> str:
        """The program as the reader gets it.

        Returns
        -------
        str
            With lines that end in three dots.
        """
        return self.program.strip("\n") + "\n"

    @property
    def solution(self) -> str:
        """The program with the right lines.

        Returns
        -------
        str
            It runs, and passes.
        """
        return self.filled([part.right for part in self.parts])

    def filled(self, lines: Sequence[str]) -> str:
        """Return the program with something written for each part.

        Parameters
        ----------
        lines : sequence of str
            What is written, in the order of the parts.

        Returns
        -------
        str
            The program.
        """
        waiting = iter(lines)
        return BLANK.sub(
            lambda blank: textwrap.indent(next(waiting).strip("\n"), blank[1]), self.starter
        )

    def piece(self, number: int, lines: str) -> str:
        """Return the statement of the program in which a part stands: a line, or a function.

        Parameters
        ----------
        number : int
            Which part, from 0.
        lines : str
            What is written for it.

        Returns
        -------
        str
            The statement with these lines, and with the right ones of all other parts.
        """
        written = [part.right for part in self.parts]
        written[number] = lines
        program = self.filled(written)
        line = self.starter[: [*BLANK.finditer(self.starter)][number].start()].count("\n") + 1
        line += sum(each.strip("\n").count("\n") for each in written[:number])
        for statement in ast.parse(program).body:
            if statement.lineno <= line <= (statement.end_lineno or line):
                return ast.get_source_segment(program, statement) or ""
        raise LookupError(f"{self.name}: no statement holds part {number + 1}")
