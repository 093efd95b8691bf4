"""A reader's program that does not come to its end is ended, also where it is the first to run."""

import subprocess
import sys

import pytest

LOOPS = {
    "on two lines": "while True:\n    pass",
    "on one line": "while True: pass",
    "of a comprehension": "[0 for _ in iter(int, 1)]",
    "of a generator": "sum(1 for _ in iter(int, 1))",
    "in a function": "def f():\n    while True: pass\nf()",
    "that swallows": "while True:\n    try: raise ValueError\n    except Exception: pass",
}
GRADE = """
import sys
from backprop.exercises import exercise, grade
print(grade(exercise("momentum"), sys.argv[1]).problem)
"""


@pytest.mark.parametrize("loop", LOOPS)
def test_a_loop_is_ended(loop):
    # What a Python has traced before decides which events it tells of: each begins anew.
    command = [sys.executable, "-c", GRADE, LOOPS[loop]]
    said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    assert said.endswith(", is executed again and again: a loop does not come to its end.\n")
