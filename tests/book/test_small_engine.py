"""The engine that the reader of chapter 13 builds: its steps, and the one file that they end in."""

import ast
import re
import subprocess
import sys

from book.source import fences, pages

PAGE = next(page for page in pages.chapters() if page.stem == "an-engine-in-a-page")
CODE = {each.options["title"]: each.code for each in fences.read(PAGE) if "title" in each.options}
STEPS = [title for title in CODE if re.match(r"[1-6]\. ", title)]


def definitions(code):
    """What a program binds at last, statement by statement: of two with one name, the later one."""
    found = {}
    for statement in ast.parse(code).body:
        names = getattr(statement, "targets", None) or [statement]
        name = ast.unparse(names[0]) if statement is not names[0] else statement
        found[getattr(name, "name", None) or str(name)] = ast.unparse(statement)
    return found


def test_the_file_has_what_the_steps_have_and_nothing_else():
    steps = "\n".join(CODE[title] for title in STEPS if not title.startswith("6"))
    whole = definitions(CODE["engine.py"])
    imported = [name for name in whole if name.startswith("<ast.Import")]
    assert len(imported) == 1
    without = {name: code for name, code in definitions(steps).items() if "Import" not in name}
    assert {name: whole[name] for name in without} == without
    assert len(whole) == len(without) + 1


def test_there_are_six_steps_and_the_file_is_a_page():
    assert sorted({title[0] for title in STEPS}) == list("123456")
    assert len(CODE["engine.py"].split("\n")) <= 100


def test_the_file_needs_numpy_alone_and_learns_xor(tmp_path):
    (tmp_path / "engine.py").write_text(CODE["engine.py"], encoding="utf-8")
    train = "import numpy as np\n\nfrom engine import *\n\n" + CODE["6. Train"]
    (tmp_path / "train.py").write_text(train, encoding="utf-8")
    refuse = "import sys; sys.modules['backprop'] = None; exec(open('train.py').read())"
    command = [sys.executable, "-c", refuse]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    *_, last = done.stdout.strip().split("\n")
    assert [round(float(each)) for each in re.findall(r"\d\.\d+", last)] == [0, 1, 1, 0]
