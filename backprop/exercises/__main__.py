"""Exercises on the command line: begin one, have it graded, or grade a class."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from backprop.exercises.catalogue import NAMES, exercise
from backprop.exercises.exercise import Exercise
from backprop.exercises.files import begun, notebook, program
from backprop.exercises.grading import GOOD, Finding, Report, grade

PATIENCE = 60.0
"""Seconds after which a program that is graded is ended."""
MARKS = {"right": "ok", "follows": "ok", "wrong": "x", "todo": "-", "unknown": "?"}
DESCRIPTION = """Without a file: print the statement and the program to begin with. With a file:
say what is right so far and which mistake the rest shows. With several files, or a folder: a table,
a line each. Files are executed, each in a process of its own, with all rights that you have."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process without it.

    Returns
    -------
    int
        0 if all that was graded is right.
    """
    parser = argparse.ArgumentParser("python -m backprop.exercises", description=DESCRIPTION)
    parser.add_argument("name", nargs="?", choices=NAMES, help="the exercise", metavar="NAME")
    parser.add_argument("files", nargs="*", type=Path, help=".py or .ipynb, or folders of them")
    parser.add_argument("--hint", action="count", default=0, help="a hint; twice for two hints")
    parser.add_argument("--solution", action="store_true", help="print the solution")
    parser.add_argument("--notebooks", type=Path, metavar="FOLDER", help="write a notebook each")
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    # Options may stand between the name and the files.
    given = parser.parse_intermixed_args(arguments)
    if given.notebooks:
        if given.notebooks.exists() and not given.notebooks.is_dir():
            parser.error(f"{given.notebooks} is no folder")
        _write_notebooks(given.notebooks)
        return 0
    if given.name is None:
        _print(f"{name:14} {exercise(name).title}" for name in NAMES)
        return 0
    asked = exercise(given.name)
    if given.solution:
        _print([asked.solution.rstrip()])
        return 0
    if not given.files:
        _print([begun(asked).rstrip()])
        return 0
    if given.json:
        _print([json.dumps(grade(asked, program(given.files[0])).as_dict())])
        return 0
    if missing := [each for each in given.files if not each.exists()]:
        parser.error(f"there is no file {missing[0]}")
    if len(given.files) == 1 and given.files[0].is_file():
        return _one(asked, given.files[0], given.hint)
    if not (files := [*_all(given.files)]):
        parser.error("there is no program and no notebook to grade")
    return _class(asked, files)


def _print(lines: Any) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _write_notebooks(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(NAMES, 1):
        path = folder / f"{number:02}-{name}.ipynb"
        path.write_text(notebook(exercise(name)), encoding="utf-8")


def _all(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            found = sorted(path.rglob("*"))
            yield from (each for each in found if each.suffix in {".py", ".ipynb"})
        else:
            yield path


def _graded(asked: Exercise, path: Path) -> Report:
    """Grade a file in a process of its own, which nothing in the file can end but itself."""
    command = [sys.executable, "-m", "backprop.exercises", "--json", asked.name, str(path)]
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return _failed(asked, f"It does not come to its end within {PATIENCE:g} seconds.")
    try:
        told = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        last = (done.stderr.strip().splitlines() or ["it ended the process"])[-1]
        return _failed(asked, f"It could not be graded: {last.removeprefix('ValueError: ')}")
    return Report(**{**told, "findings": tuple(Finding(**each) for each in told["findings"])})


def _failed(asked: Exercise, why: str) -> Report:
    parts = tuple(Finding(part.name, "unknown", "") for part in asked.parts)
    return Report(asked.title, parts, why)


def _one(asked: Exercise, path: Path, hints: int) -> int:
    report = _graded(asked, path)
    _print([str(report)])
    if hints:
        _print(_hints(asked, report, hints))
    return 0 if report.passed else 1


def _hints(asked: Exercise, report: Report, number: int) -> Iterator[str]:
    """Yield the first hints for the first part that is not right."""
    for part, finding in zip(asked.parts, report.findings, strict=True):
        if finding.state not in GOOD:
            for each in part.hints[:number]:
                yield f"Hint for {part.name}: {each}"
            return


def _class(asked: Exercise, files: Sequence[Path]) -> int:
    """Print a table: a line for each file, a column for each part, and the first mistake."""
    width = max([4, *(len(each.name) for each in files)])
    names = [part.name for part in asked.parts]
    _print([" ".join([f"{'file':{width}}", "passed", *names, "first mistake"])])
    reports = []
    for path in files:
        report = _graded(asked, path)
        marks = [
            f"{MARKS[each.state]:{len(name)}}"
            for name, each in zip(names, report.findings, strict=True)
        ]
        said = next((each.said for each in report.findings if each.state == "wrong"), "")
        unknown = next((each.said for each in report.findings if each.state == "unknown"), "")
        passed = "yes" if report.passed else "no"
        line = [f"{path.name:{width}}", f"{passed:6}", *marks, said or report.problem or unknown]
        _print([" ".join(line).rstrip()])
        reports.append(report)
    _print([f"{sum(each.passed for each in reports)} of {len(reports)} passed"])
    return 0 if all(each.passed for each in reports) else 1


if __name__ == "__main__":
    sys.exit(main())
