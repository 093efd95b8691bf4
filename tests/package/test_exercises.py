"""The grader of exercises: right is right, and each mistake has its name."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import nbformat
import numpy as np
import pytest

from backprop.exercises import NAMES, Part, Wrong, account, exercise, grade
from backprop.exercises.__main__ import main
from backprop.exercises.comparing import difference, kind, same
from backprop.exercises.files import begun, notebook, program

THE_PROGRAM = [
    "error = target - output",
    "delta_output = error * output * (1 - output)",
    "delta_hidden = delta_output * W_output * a_hidden * (1 - a_hidden)",
    "step_output = learning_rate * delta_output * a_hidden",
    "step_hidden = learning_rate * x[:, np.newaxis] * delta_hidden",
]


def graded(name, *lines):
    asked = exercise(name)
    return grade(asked, asked.filled(lines))


def with_line(number, line):
    lines = [*THE_PROGRAM]
    lines[number] = line
    return graded("the-program", *lines)


def states(report):
    return [each.state for each in report.findings]


# What is known


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_passes_the_starter_does_not_and_each_wrong_answer_is_recognized(name):
    asked = exercise(name)
    said = account(asked)
    assert said.count("\n    ") == sum(len(part.wrong) for part in asked.parts)


def test_there_are_as_many_exercises_and_wrong_answers_as_promised():
    asked = [exercise(name) for name in NAMES]
    assert len(asked) == 35
    assert sum(len(part.wrong) for each in asked for part in each.parts) >= 550
    assert len({each.title for each in asked}) == len(asked)


@pytest.mark.parametrize("name", NAMES)
def test_an_exercise_is_whole(name):
    asked = exercise(name)
    assert asked.name == name
    assert asked.starter.count("...") == len(asked.parts)
    for part in asked.parts:
        assert part.hints
        assert part.wrong
        sayings = [wrong.said for wrong in part.wrong]
        assert len(set(sayings)) == len(sayings)
        for each in [asked.statement, asked.praise, *part.hints]:
            assert each[-1] in ".)"


@pytest.mark.parametrize("name", NAMES)
def test_a_function_is_tried_with_more_than_one_case(name):
    """Or what is right for its numbers or its sizes alone would pass."""
    for part in exercise(name).parts:
        assert len(part.cases) != 1 or part.about


def spoiled(asked, **changes):
    part = replace(asked.parts[0], **changes)
    return replace(asked, parts=[part, *asked.parts[1:]])


def test_an_account_refuses_a_grader_that_is_not_right():
    asked = exercise("the-program")
    with pytest.raises(ValueError, match="the solution does not pass"):
        account(replace(asked, others=["target = no_such_name"]))
    with pytest.raises(ValueError, match="the solution does not pass"):
        account(spoiled(asked, right="error = 1 / 0"))
    begun = asked.program.replace("error = ...", "error = ...\nerror = target - output", 1)
    with pytest.raises(ValueError, match="the starter is more than a starter"):
        account(replace(asked, program=begun))
    with pytest.raises(ValueError, match="the-program: 5 parts, and 4 lines to write"):
        replace(asked, program=asked.program.replace("error = ...", "error = 1", 1))
    with pytest.raises(ValueError, match="'error = target - 1 \\* output' is not recognized"):
        account(spoiled(asked, wrong=[Wrong("error = target - 1 * output", "It is right.")]))
    twice = [*asked.parts[0].wrong, Wrong("error = -(target - output)", "Another sentence.")]
    with pytest.raises(ValueError, match="is not recognized"):
        account(spoiled(asked, wrong=twice))
    with pytest.raises(ValueError, match="is not recognized"):
        account(spoiled(asked, wrong=[Wrong("error = 3.0", "")]))


def test_a_doctor_that_says_something_else_is_refused():
    asked = exercise("whole-network")
    wrong = [Wrong("(t - y)", "the mask of dropout", "(t - y) * y * (1 - y)")]
    with pytest.raises(ValueError, match="is not recognized"):
        account(spoiled(asked, wrong=wrong))


def test_an_unknown_exercise_is_refused():
    with pytest.raises(ValueError, match="name must be one of slope, by-hand"):
        exercise("no-such")


# The same mistakes in the words of others


OTHERWISE = [
    (0, "error = -(target - output)", "The sign is the other way round"),
    (0, "error = np.subtract(output, target)", "The sign is the other way round"),
    (0, "error = np.square(output - target) / 2.0", "This is the loss"),
    (1, "delta_output = (target - output)", "The slope of the output unit is missing"),
    (1, "delta_output = output * error", "the factor `1 - output` is missing"),
    (1, "s = 1 / (1 + np.exp(-output))\ndelta_output = error * s * (1 - s)", "applied twice"),
    (2, "delta_hidden = np.dot(delta_output, W_output)", "The slopes of the hidden units"),
    (2, "delta_hidden = W_output * (a_hidden - a_hidden**2) * error", "and not the error term"),
    (2, "delta_hidden = sum(delta_output * W_output * a_hidden * (1 - a_hidden))", "one number"),
    (3, "step_output = a_hidden * delta_output", "The learning rate is missing"),
    (3, "step_output = delta_output * W_output / 2", "taken for the values where they begin"),
    (4, "step_hidden = np.outer(delta_hidden, x) * learning_rate", "The table is transposed"),
    (4, "step_hidden = np.outer(x, delta_hidden)", "The learning rate is missing"),
    (4, "step_hidden = delta_hidden * x * learning_rate", "The shapes do not fit"),
]


@pytest.mark.parametrize(("number", "line", "said"), OTHERWISE)
def test_a_mistake_is_recognized_by_its_numbers(number, line, said):
    report = with_line(number, line)
    assert said in report.findings[number].said
    assert not report.passed
    assert report.problem == "" or "once" in report.problem


def test_what_is_right_may_be_written_otherwise():
    report = graded(
        "the-program",
        "error = -output + target",
        "slope = output - output**2\ndelta_output = slope * error",
        "delta_hidden = [delta_output * w * a * (1 - a) for w, a in zip(W_output, a_hidden)]\n"
        "delta_hidden = np.array(delta_hidden)",
        "step_output = a_hidden * delta_output * learning_rate",
        "step_hidden = np.outer(x, delta_hidden) * learning_rate",
    )
    assert report.passed
    assert str(report).endswith(exercise("the-program").praise)
    assert "0.00804047" in report.printed


def test_the_program_of_the_post_gives_its_numbers():
    report = grade(exercise("the-program"), exercise("the-program").solution)
    printed = [float(each) for each in re.findall(r"-?\d\.\d+e?[-\d]*", report.printed)]
    expected = [
        [0.00804047, 0.00555918],
        [1.77005547e-04, -5.11178506e-04],
        [3.54011093e-05, -1.02235701e-04],
        [-7.08022187e-05, 2.04471402e-04],
    ]
    np.testing.assert_allclose(printed, np.ravel(expected), rtol=1e-8)


# Each part by itself


def test_two_mistakes_are_named_each_and_what_follows_is_right():
    lines = [*THE_PROGRAM]
    lines[0] = "error = output - target"
    lines[2] = "delta_hidden = delta_output * W_output"
    report = graded("the-program", *lines)
    assert states(report) == ["wrong", "follows", "wrong", "follows", "follows"]
    assert "The sign is the other way round" in report.findings[0].said
    assert "slopes of the hidden units" in report.findings[2].said


def test_what_is_written_so_far_is_judged():
    report = graded(
        "the-program",
        *THE_PROGRAM[:2],
        "delta_hidden = ...",
        "step_output = ...",
        "step_hidden = ...",
    )
    assert states(report) == ["right", "right", "todo", "todo", "todo"]
    assert report.problem == ""


@pytest.mark.parametrize("name", NAMES)
def test_of_a_starter_everything_is_still_to_be_written(name):
    asked = exercise(name)
    assert set(states(grade(asked, asked.starter))) == {"todo"}


def test_numbers_that_are_typed_in_are_rounded_and_slips_are_not_carried_on():
    asked = exercise("by-hand")
    names = {}
    exec(asked.solution, names)
    typed = [f"{part.name} = {names[part.name]:.4g}" for part in asked.parts]
    assert graded("by-hand", *typed).passed
    slipped = [*typed]
    slipped[3] = f"error = {-names['error']:.4g}"
    report = graded("by-hand", *slipped)
    assert states(report)[3] == "wrong"
    assert "the other way round" in report.findings[3].said
    slipped[0] = "z = 0.18"
    assert states(graded("by-hand", *slipped))[0] == "wrong"


def test_numbers_typed_into_a_program_are_not_a_program():
    report = with_line(0, "error = 0.11502743")
    assert states(report)[0] == "wrong"
    names = {}
    exec(exercise("the-program").solution, names)
    report = with_line(0, f"error = {float(names['error'])!r}")
    assert not report.passed
    assert "compute it from the variables" in report.problem


WITH_OTHERS = [name for name in NAMES if exercise(name).others]


def typed(name, part):
    """Return the line that gives a variable the value that it should have, typed."""
    names = {}
    exec(exercise(name).solution, names)
    return f"{part} = np.array({np.asarray(names[part]).tolist()!r})"


@pytest.mark.parametrize("name", WITH_OTHERS)
def test_values_that_are_typed_are_told_so_in_every_part_of_every_program(name):
    """Also where the other values are of another length, so that a later line raises."""
    asked = exercise(name)
    for number, part in enumerate(asked.parts):
        if part.cases:
            continue
        lines = [each.right for each in asked.parts]
        lines[number] = typed(name, part.name)
        report = graded(name, *lines)
        assert not report.passed
        assert f"`{part.name}` is not: compute it from the variables" in report.problem
        # With the rest still to be written, too.
        lines[number + 1 :] = [f"{each.name} = ..." for each in asked.parts[number + 1 :]]
        if number + 1 < len(lines) and not any(each.cases for each in asked.parts):
            report = graded(name, *lines)
            assert "and not with others: compute it" in report.findings[number].said


def test_a_line_that_fits_the_given_lengths_only_is_named():
    lines = [part.right for part in exercise("layer-norm").parts]
    lines[0] = "e_hat = e * np.array([1.0, 2.0, 0.5, -1.0])"
    report = graded("layer-norm", *lines)
    assert "`e_hat` is not: compute it from the variables" in report.problem
    lines[0] = "e_hat = e * gamma\nassert e_hat.shape == (4,)"
    report = graded("layer-norm", *lines)
    said = "With other values it fails. Line 16, `assert e_hat.shape == (4,)`, raises Assertion"
    assert report.problem.startswith(said)
    assert not report.passed


def test_a_line_that_raises_by_what_stands_before_is_not_given_a_mistake_of_its_own():
    lines = [part.right for part in exercise("layer-norm").parts]
    lines[0] = "e_hat = np.ones(7)"
    report = graded("layer-norm", *lines)
    assert states(report) == ["wrong", *["unknown"] * 4]
    assert report.findings[1].said == "The program stops before this line has a value."


def test_a_mistake_that_only_other_values_show_has_its_name():
    report = with_line(0, "error = abs(target - output)")
    assert "The absolute value has lost the sign" in report.findings[0].said
    assert "with other values" in report.problem


def test_given_lines_that_were_changed_are_noticed():
    solution = exercise("the-program").solution
    report = grade(exercise("the-program"), solution.replace("1 / (1 + np.exp(-z))", "np.tanh(z)"))
    assert not report.passed
    assert all(state == "follows" for state in states(report)[:4])


# Odd programs


def slope(body):
    return graded("slope", "return 1 / (1 + np.exp(-z))", body)


ODD = {
    "raises": ("return a * (1 - b)", "raises, in line 9, NameError: name 'b' is not defined"),
    "raises and names what to do": ("return b", "Is a name misspelt"),
    "loops": ("while True: pass", "again and again: a loop does not come to its end"),
    "swallows": (
        "while True:\n    try:\n        1 / 0\n    except Exception:\n        pass",
        "loop",
    ),
    "recurs": ("return slope(a)", "RecursionError"),
    "prints": ("print(a * (1 - a))", "prints its answer and returns nothing: write return"),
    "returns nothing": ("b = a * (1 - a)\na = b * 2\na", "Still to be written"),
    "returns a text": ("return str(a)", "is a str, and should be a number"),
    "returns an array for a number": ("return np.array([a * (1 - a)])", "array of shape"),
    "returns one number": (
        "return float(np.sum(a * (1 - a)))",
        "is a number, and should be an arr",
    ),
    "minus": ("return -(a - a**2) * 1.0000", "The sign is the other way round"),
    "twice": ("return 2 * a * (1 - a)", "is twice what it should be"),
    "nan": ("return a * (1 - a) * np.nan", "holds nan or inf"),
    "something else": ("return a**3", "is 0.1756, and should be 0.2464"),
    "exits": ("raise SystemExit", "ends the program before its last line"),
    "asks": ("return float(input())", "There is nobody to answer input()"),
    "in place": ("a *= 1 - a\nreturn a", "changes its argument `a`"),
    "says much": ("raise ValueError('x' * 5000)", "x" * 200 + " …"),
    "is no array": (
        "class A:\n    def __array__(self, *_, **__): raise RuntimeError\nreturn A()",
        "and should be a number",
    ),
    "objects": ("return np.array([a, None])", "is an array of objects of shape (2,)"),
}


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_function_is_told_what_it_does(odd):
    body, said = ODD[odd]
    report = slope(body)
    assert said in report.findings[1].said
    assert states(report)[0] == "right"
    assert not report.passed


PROGRAMS = {
    "a formula without an end": ("x = " + "+".join(["1"] * 20_000), "a formula of it is too long"),
    "half a letter": ("x = '\ud800'", "cannot be read as Python"),
    "no Python": ("x = (", "Line 1 is no Python: '(' was never closed."),
    "a null": ("x = '\0'", "This is no Python"),
    "nothing": ("", ""),
    "raises": ("import numpy as np\n\nx = np.ones(3) @ np.ones(2)", "Line 3, `x = np.ones(3)"),
    "loops": ("while True: pass", "Line 1, `while True: pass`, is executed again and again"),
    "exits": ("import sys\nsys.exit()", "Line 2, `sys.exit()`, ends the program"),
}


@pytest.mark.parametrize("odd", PROGRAMS)
def test_an_odd_program_is_told_what_it_does(odd):
    text, said = PROGRAMS[odd]
    report = grade(exercise("the-program"), text)
    assert said in report.problem
    assert set(states(report)) == {"unknown"}
    assert not report.passed


def test_what_is_no_function_is_told_so():
    text = exercise("slope").solution + "\nslope = 0.2\n"
    assert "is to be a function" in grade(exercise("slope"), text).findings[1].said


def test_what_a_program_prints_is_kept_and_cut():
    report = grade(exercise("slope"), exercise("slope").solution + "\nprint('x' * 10**7)\n")
    assert report.passed
    assert len(report.printed) == 4_000


def test_grading_leaves_no_trace():
    before = sys.gettrace(), sys.stdin, np.geterr(), np.get_printoptions()
    text = "import numpy as np\nnp.seterr(all='raise')\nnp.set_printoptions(precision=1)\n"
    grade(exercise("slope"), text + exercise("slope").solution)
    assert (sys.gettrace(), sys.stdin, np.geterr(), np.get_printoptions()) == before


def test_an_interrupt_ends_the_grader():
    with pytest.raises(KeyboardInterrupt):
        grade(exercise("slope"), "raise KeyboardInterrupt")


def test_the_doctor_names_two_mistakes_of_one_program():
    report = graded(
        "batch",
        "delta_2 = T - Y\ndelta_1 = delta_2 @ W_2.T\n"
        "return X.T @ delta_1 / N, delta_1.mean(axis=0), A.T @ delta_2 / N, delta_2.mean(axis=0)",
    )
    said = report.findings[0].said
    assert "in layer 1" in said or "in all layers" in said
    assert said.startswith("Mistake: ")


def test_a_gradient_of_another_shape_is_told_its_shape():
    report = graded("batch", "return X, T, W_1, W_2")
    assert "array of shape" in report.findings[0].said
    assert "should be an array of shape (2, 3)" in report.findings[0].said
    report = graded("batch", "return X, T")
    assert "holds 2, and should hold 4" in report.findings[0].said


def test_a_gradient_of_which_some_is_missing_is_not_called_right():
    lines = "delta = (t - y) * y * (1 - y)\nreturn np.outer(a, delta), delta"
    said = graded("whole-network", lines).findings[0].said
    assert "holds 2, and should hold 4" in said


def test_a_cell_of_the_engine_that_is_wrong_in_its_own_way_is_told_what_was_tried():
    lines = [part.right for part in exercise("engine").parts]
    lines[3] = "order.extend([node, node])"
    finding = graded("engine", *lines).findings[3]
    assert finding.state == "wrong"
    assert "On a graph of five variables" in finding.said


# Values


def test_same_knows_forms():
    assert same([1.0, 2.0], (1, 2))
    assert same(np.float32(0.5), 0.5)
    assert same({"a": 1}, {"a": 1.0})
    assert same("a", "a")
    assert same(True, np.True_)
    assert same(np.array([]), np.array([]))
    assert not same(1.0, True)
    assert not same({"a": 1}, {"b": 1})
    assert not same([1], [1, 2])
    assert not same(None, 0.0)
    assert not same(np.ones((2, 1)), np.ones(2))
    assert not same([[1], [2, 3]], np.ones(2))
    assert not same(1 + 1e-6, 1.0)
    assert same(1 + 1e-6, 1.0, 1e-5)
    assert same(np.array([1e-12, 1.0]), np.array([0.0, 1.0]))


def test_kinds_and_differences():
    assert kind(None) == "nothing, None"
    assert kind(np.ones((2, 3))) == "an array of shape (2, 3)"
    assert kind(np.ones((2, 3)) > 0) == "an array of truth values of shape (2, 3)"
    assert kind(("a", 1)) == "a tuple of 2"
    assert kind({}) == "a dict"
    assert kind(Ellipsis) == "an ellipsis"
    assert "it is the transpose" in difference(
        np.arange(6).reshape(2, 3).T, np.arange(6).reshape(2, 3)
    )
    assert difference({"a": 1}, {"a": 1, "b": 2}) == "has no 'b'"
    assert difference({"a": 1, "b": 2}, {"a": 1}) == "has 'b', which is not asked for"
    assert difference({"a": 1}, {"a": 2}).startswith("is not right: its 'a' is half")
    assert difference("a", "b") == "is 'a', and should be 'b'"


LARGE = np.arange(30.0).reshape(5, 6)


@pytest.mark.parametrize(
    ("value", "right", "said"),
    [
        (0.864558, 0.8646, "is 0.864558, and should be 0.8646"),
        (0.25, 0.26, "is 0.25, and should be 0.26"),
        ([1.0, 2.0], np.array([1.0, 2 + 1e-8]), "is [1., 2.], and should be [1. , 2.00000001]"),
        (1.0, 1 + 3e-13, "is 1.0, and should be 1.0000000000003"),
        (
            np.where(LARGE == 14, 15, LARGE),
            LARGE,
            "is not right at [2, 2]: there it is 15., and should be 14.",
        ),
    ],
)
def test_two_numbers_are_told_apart_by_what_is_printed(value, right, said):
    assert not same(value, right, 1e-14)
    assert difference(value, right) == said


# Files and the command line


def test_a_file_to_begin_with_is_a_starter_with_comments():
    asked = exercise("slope")
    text = begun(asked)
    assert grade(asked, text).findings == grade(asked, asked.starter).findings
    assert max(map(len, text.split("\n"))) <= 80


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_valid_and_has_no_solution(name, tmp_path):
    text = notebook(exercise(name))
    nbformat.validate(nbformat.reads(text, 4))
    for part in exercise(name).parts:
        assert part.right.strip() not in text
    path = tmp_path / "a.ipynb"
    path.write_text(text, encoding="utf-8")
    assert program(path).strip() == exercise(name).starter.strip()


def test_a_notebook_without_marks_is_read_whole(tmp_path):
    path = tmp_path / "a.ipynb"
    cells = [
        {"cell_type": "markdown", "source": "x"},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "x = 1\n"]},
        {"cell_type": "code", "source": "y = 2"},
    ]
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert program(path).split() == ["x", "=", "1", "y", "=", "2"]


@pytest.fixture
def said(capsys):
    def run(*arguments):
        code = main([*map(str, arguments)])
        return code, capsys.readouterr().out

    return run


def test_the_command_line_lists_begins_and_solves(said):
    code, listed = said()
    assert code == 0
    assert [line.split()[0] for line in listed.splitlines()] == list(NAMES)
    assert said("slope") == (0, begun(exercise("slope")))
    assert said("slope", "--solution") == (0, exercise("slope").solution)


def test_one_file_is_graded_with_hints_if_they_are_asked_for(said, tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(exercise("slope").solution, encoding="utf-8")
    code, text = said("slope", path)
    assert code == 0
    assert text.endswith(f"{exercise('slope').praise}\n")
    path.write_text(begun(exercise("slope")), encoding="utf-8")
    code, text = said("slope", path)
    assert code == 1
    assert "Hint" not in text
    code, text = said("slope", path, "--hint")
    assert [line for line in text.splitlines() if line.startswith("Hint")] == [
        f"Hint for sigmoid: {exercise('slope').parts[0].hints[0]}"
    ]
    assert said("slope", path, "--hint", "--hint")[1].count("Hint for sigmoid") == 2


def test_a_class_gets_a_table(said, tmp_path):
    asked = exercise("slope")
    (tmp_path / "b").mkdir()
    files = {
        "a.py": asked.solution,
        "b/begun.py": asked.starter,
        "c.py": asked.filled(["return 1 / (1 + np.exp(-z))", "return a"]),
        "d.py": "import os\n\nos._exit(0)",
        "e.ipynb": notebook(asked),
        "f.py": "import sys\nprint('no JSON')\nsys.stdout = None\n" + asked.solution,
        "notes.txt": "not a program",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    code, text = said("slope", tmp_path)
    rows = {line.split()[0]: line.split()[1:] for line in text.splitlines()}
    assert code == 1
    assert rows["a.py"] == ["yes", "ok", "ok"]
    assert rows["begun.py"] == ["no", "-", "-"]
    assert rows["c.py"][:3] == ["no", "ok", "x"]
    assert "how steeply it rises" in text
    assert rows["d.py"][:3] == ["no", "?", "?"]
    assert "it ended the process" in text
    assert rows["e.ipynb"] == ["no", "-", "-"]
    assert "notes.txt" not in text
    assert text.splitlines()[-1] == "2 of 6 passed"


def test_notebooks_for_a_class_are_written(said, tmp_path):
    assert said("--notebooks", tmp_path / "new")[0] == 0
    found = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert found[0] == "01-slope.ipynb"
    assert len(found) == len(NAMES)


def test_what_is_not_there_is_refused(capsys, tmp_path):
    for arguments, what in [(["no-such"], "invalid choice"), (["slope", "none.py"], "no file")]:
        with pytest.raises(SystemExit):
            main(arguments)
        assert what in capsys.readouterr().err


@pytest.mark.parametrize("where", [0, 1, 2])
def test_options_may_stand_anywhere(said, tmp_path, where):
    (tmp_path / "a.py").write_text(exercise("slope").starter)
    arguments = ["slope", tmp_path / "a.py"]
    arguments.insert(where, "--hint")
    assert "Hint for sigmoid" in said(*arguments)[1]


def test_nothing_to_grade_and_no_folder_are_refused(capsys, tmp_path):
    (tmp_path / "notes.txt").write_text("not a program")
    (tmp_path / "empty").mkdir()
    for arguments, what in [
        (["slope", str(tmp_path / "empty")], "no program and no notebook to grade"),
        (["--notebooks", str(tmp_path / "notes.txt")], "notes.txt is no folder"),
    ]:
        with pytest.raises(SystemExit):
            main(arguments)
        assert what in capsys.readouterr().err


def test_of_files_that_cannot_be_read_a_table_says_why(said, tmp_path):
    """What is named is graded, whatever its ending, and every line that is not right has a word."""
    files = {
        "bytes.py": (b"\xff\xfe\x00", "could not be graded: bytes.py holds no text in UTF-8"),
        "list.ipynb": (b"[1]", "could not be graded: list.ipynb is no notebook"),
        "text.ipynb": (b"text", "could not be graded: text.ipynb is no notebook"),
        "nothing.py": (b"", "The program gives nothing the name `sigmoid`."),
        "right.txt": (exercise("slope").solution.encode(), "yes    ok      ok"),
    }
    for name, (text, _) in files.items():
        (tmp_path / name).write_bytes(text)
    _, text = said("slope", *(tmp_path / name for name in files))
    lines = {line.split()[0]: line for line in text.splitlines()}
    for name, (_, what) in files.items():
        assert what in lines[name]


def test_the_module_runs_as_a_program():
    command = [sys.executable, "-m", "backprop.exercises"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ})
    assert done.stdout.startswith("slope ")


def test_a_part_has_its_own_lines():
    part = Part("f", "x = 1\nreturn x", [Wrong("x = 2", "No.", "x = 1"), Wrong("pass", "No.")])
    assert [part.written(each) for each in part.wrong] == ["x = 2\nreturn x", "pass"]
