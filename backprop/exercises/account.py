"""Show that a grader is right: try the solution, the starter, and every known wrong answer."""

from __future__ import annotations

from collections.abc import Iterator

from backprop.exercises.exercise import Exercise, Wrong
from backprop.exercises.grading import GOOD, grade


def account(exercise: Exercise) -> str:
    """Grade what is known to be right and wrong, and say what was said.

    Parameters
    ----------
    exercise : Exercise
        Whose grader is tried.

    Returns
    -------
    str
        A line for the solution, for the starter, and for each known wrong answer.

    Raises
    ------
    ValueError
        The solution does not pass, the starter does, or a wrong answer is not recognized as itself.
    """
    return "\n".join(_lines(exercise))


def _lines(exercise: Exercise) -> Iterator[str]:
    solved = grade(exercise, exercise.solution)
    if not solved.passed:
        raise ValueError(f"{exercise.name}: the solution does not pass:\n{solved}")
    yield f"solution: {solved.praise}"
    begun = grade(exercise, exercise.starter)
    if begun.passed or any(each.state in GOOD for each in begun.findings) or begun.problem:
        raise ValueError(f"{exercise.name}: the starter is more than a starter:\n{begun}")
    yield f"starter: {len(begun.findings)} parts are still to be written"
    for number, part in enumerate(exercise.parts):
        for wrong in part.wrong:
            yield f"{part.name}: {_short(wrong)}\n    {_recognized(exercise, number, wrong)}"


def _short(wrong: Wrong) -> str:
    changed = wrong.new if not wrong.old else f"{wrong.new.strip()}, for {wrong.old.strip()}"
    return " | ".join(changed.strip().split("\n"))


def _recognized(exercise: Exercise, number: int, wrong: Wrong) -> str:
    """Return what is said of a wrong answer."""
    lines = [part.right for part in exercise.parts]
    lines[number] = exercise.parts[number].written(wrong)
    report = grade(exercise, exercise.filled(lines))
    its = report.findings[number]
    others = [each for each in report.findings if each is not its]
    what = f"{exercise.name}: the wrong answer {wrong.new!r}"
    if its.state != "wrong" or not wrong.said or wrong.said not in its.said:
        raise ValueError(f"{what} is not recognized:\n{report}")
    # What comes after a line that raises, or uses a function that is wrong, cannot be judged.
    if any(each.state not in (*GOOD, "unknown") for each in others):
        raise ValueError(f"{what} makes another part wrong:\n{report}")
    return its.said
