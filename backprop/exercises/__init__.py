"""Exercises whose grader names the mistake, in the page and offline.

An exercise is a program with lines to write. For each of these lines the catalogue has the right
one and the wrong ones that people write, each with the sentence that names the mistake. A reader's
program is run, and what its lines give is compared with what each of these gives in its place. On
the command line, `python -m backprop.exercises NAME FILE.py` does the same.
"""

from backprop.exercises.account import account
from backprop.exercises.catalogue import NAMES, exercise
from backprop.exercises.exercise import Exercise, Part, Wrong
from backprop.exercises.grading import Finding, Report, grade

__all__ = [
    "NAMES",
    "Exercise",
    "Finding",
    "Part",
    "Report",
    "Wrong",
    "account",
    "exercise",
    "grade",
]
