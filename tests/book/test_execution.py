"""What a snippet may do, and what is refused, with the page and the line named."""

import re
from pathlib import Path

import pytest

from book.errors import BookError
from book.execution import executor
from book.execution.figures import STYLE
from book.source import fences


def shown(tmp_path: Path, markdown: str, limit: float = 20) -> list[executor.Result]:
    page = tmp_path / "page.md"
    page.write_text(markdown, encoding="utf-8")
    running = [snippet for snippet in fences.read(page) if snippet.runs]
    return executor.accepted(map(executor.Result, running, executor.execute(running, limit)))


def fence(code: str, options: str = "") -> str:
    return f"# Title\n\n```python {options}\n{code}\n```\n"


def test_output_is_what_the_snippet_wrote_to_standard_output(tmp_path):
    code = (
        "import os, sys\nprint(1, 2, sep='-')\n"
        "sys.stdout.write('three\\n')\nos.write(1, b'four\\n')"
    )
    assert shown(tmp_path, fence(code))[0].outcome.printed == "1-2\nthree\nfour\n"


def test_snippets_of_a_page_share_a_namespace(tmp_path):
    page = fence("x = 3", 'output="none"') + fence("print(x)")
    assert shown(tmp_path, page)[1].outcome.printed == "3\n"


def test_a_snippet_runs_as_the_main_program(tmp_path):
    code = (
        "import dataclasses, inspect, pickle\n"
        "@dataclasses.dataclass\nclass Point:\n    x: int\n"
        "def double(x):\n    return 2 * x\n"
        "print(__name__, pickle.loads(pickle.dumps(Point(3))))\nprint(inspect.getsource(double))"
    )
    assert shown(tmp_path, fence(code))[0].outcome.printed == (
        "__main__ Point(x=3)\ndef double(x):\n    return 2 * x\n\n"
    )


def test_pages_share_nothing(tmp_path):
    setup = "import numpy as np, sys\nnp.set_printoptions(precision=2)\nsys.leaked = 1\nprint(1)"
    shown(tmp_path, fence(setup))
    after = (
        "import numpy as np, sys\nprint(np.get_printoptions()['precision'], hasattr(sys, 'leaked'))"
    )
    assert shown(tmp_path, fence(after))[0].outcome.printed == "8 False\n"


def test_an_expected_exception_is_shown(tmp_path):
    outcome = shown(tmp_path, fence("print(1)\nfloat('x')", 'raises="ValueError: could not"'))[
        0
    ].outcome
    assert outcome.printed == "1\n"
    assert outcome.error == "ValueError: could not convert string to float: 'x'"


REFUSED = {
    "raises": ("print(1)\nx = 1 / 0", "", 5, "ZeroDivisionError: division by zero"),
    "raises in a function": ("def f():\n    return y\nprint(f())", "", 5, "NameError"),
    "raises another": ("int('x')", 'raises="KeyError: invalid"', 4, "ValueError"),
    "raises with another message": ("int('x')", 'raises="ValueError: out of"', 4, "invalid lit"),
    "raises with any message": ("int('x')", 'raises="ValueError"', 3, "promises any message"),
    "does not raise": ("print(1)", 'raises="KeyError: x"', 3, "was to raise KeyError and did not"),
    "syntax": ("print(1)\nprint(", "", 5, "SyntaxError"),
    "exits": ("import sys\nsys.exit(0)", "", 5, "SystemExit"),
    "exits at once": ("import os\nos._exit(0)", "", 3, "ends the process"),
    "loops": ("while True:\n    pass", "", 3, "runs for more than 1 s"),
    "loops and swallows": (
        "while True:\n    try:\n        x = 1 / 0\n    except BaseException:\n        pass",
        "",
        3,
        "runs for more than 1 s",
    ),
    "floods": ("print('x' * 50_000_000)", "", 4, "prints more than 20000 bytes"),
    "warns": ("import numpy as np\nprint(np.float64(1) / 0)", "", 5, "RuntimeWarning"),
    "deprecated": ("import warnings\nwarnings.warn('old')\nprint(1)", "", 5, "UserWarning: old"),
    "standard error": ("import sys\nprint(1, file=sys.stderr)", "", 3, "wrote to standard error"),
    "writes": ("open('x.txt', 'w').write('x')\nprint(1)", "", 4, "writes the file x.txt"),
    "writes in secret": (
        "try:\n    open('x.txt', 'w')\nexcept BaseException:\n    print(1)",
        "",
        3,
        "writes the file x.txt",
    ),
    "reads": ("print(len(open('/etc/passwd').read()))", "", 4, "reads the file passwd"),
    "removes": ("import os\nos.remove('x.txt')", "", 5, "deletes a file"),
    "starts": ("import subprocess\nsubprocess.run(['true'])\nprint(1)", "", 5, "starts a process"),
    "forks": ("import os\nprint(os.fork())", "", 5, "starts a process"),
    "environment": ("import os\nprint(os.environ['HOME'])", "", 5, "reads the environment"),
    "network": (
        "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:1')",
        "",
        5,
        "network",
    ),
    "thread": (
        "import threading, time\nthreading.Thread(target=time.sleep, args=(9,)).start()\nprint(1)",
        "",
        3,
        "leaves a thread running",
    ),
    "shows nothing": ("x = 1", "", 3, "shows nothing"),
    "bare expression": ("x = 1\nx + 1\nprint(x)", "", 5, "the expression `x + 1` shows nothing"),
    "prints all the same": (
        "print(1)",
        'output="none"',
        3,
        'shows something, though output="none"',
    ),
    "unknown option": ("print(1)", 'outptu="none"', 3, "unknown option 'outptu'"),
    "unknown value": ("print(1)", 'output="nothing"', 3, "is not a value of output"),
    "option without a value": ("print(1)", "output", 3, "cannot read the option"),
    "curly quotes": ("print(1)", "output=“none”", 3, "cannot read the option"),
    "single quotes": ("print(1)", "output='none'", 3, "cannot read the option"),
    "option twice": ("print(1)", 'title="a" title="b"', 3, "stands twice"),
    "empty reason": ("print(1)", 'norun=""', 3, "give a text"),
    "empty": ("", "", 3, "the fence is empty"),
}


def test_time_is_what_a_snippet_computes_and_not_how_busy_the_machine_is(tmp_path, monkeypatch):
    waits = "import time\ntime.sleep(1.5)\nprint(1)"
    assert shown(tmp_path, fence(waits), limit=0.5)[0].outcome.printed == "1\n"
    monkeypatch.setattr(executor, "WALL_LIMIT", 1.0)
    with pytest.raises(BookError, match=r"page\.md:3: runs for more than 1 s by the clock"):
        shown(tmp_path, fence(waits), limit=0.5)


@pytest.mark.parametrize("name", REFUSED)
def test_refused(tmp_path, name):
    code, options, line, what = REFUSED[name]
    with pytest.raises(BookError) as caught:
        shown(tmp_path, fence(code, options), limit=1 if name.startswith("loops") else 20)
    message = str(caught.value)
    assert f"page.md:{line}: " in message
    assert what in message


@pytest.mark.parametrize(
    "language", ["python3", "py", "Python", "{.python}", "pythom", "python3.11", "ipython"]
)
def test_a_misspelt_python_fence_is_refused(tmp_path, language):
    with pytest.raises(
        BookError, match=r"page\.md:1: a Python fence is headed .*; write ```python"
    ):
        shown(tmp_path, f"```{language}\nprint(1)\n```\n")


def test_an_unclosed_fence_is_refused(tmp_path):
    with pytest.raises(BookError, match=r"page\.md:3: a fence is not closed"):
        shown(tmp_path, "# Title\n\n```python\nprint(1)\n")


def test_a_failure_shows_the_snippet_with_its_line_marked(tmp_path):
    with pytest.raises(BookError) as caught:
        shown(tmp_path, fence("a = 1\nb = 0\nprint(a / b)"))
    assert "       5 b = 0\n  >    6 print(a / b)" in str(caught.value)


def test_an_open_figure_is_drawn_in_the_colors_of_the_page_with_its_data(tmp_path):
    code = (
        "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\n"
        "axes.plot([0, 1], [0.25, 1 / 3])\n"
        "axes.set_xlabel('step')\naxes.set_ylabel('loss')\nplt.show()"
    )
    (plot,) = shown(tmp_path, fence(code))[0].outcome.figures
    assert plot.table == "| step | loss |\n| --- | --- |\n| 0 | 0.25 |\n| 1 | 0.3333 |"
    assert "var(--bp-plot-1" in plot.svg
    assert ">loss against step</title>" in plot.svg


def test_words_in_a_figure_are_as_drawn_and_have_the_size_that_was_laid_out(tmp_path):
    code = (
        "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\n"
        "axes.plot([0, 1], [0.001, 0.002])\nplt.show()"
    )
    (plot,) = shown(tmp_path, fence(code))[0].outcome.figures
    assert ">0.0010</text>" in plot.svg
    assert set(re.findall(r'font-size="([^"]*)"', plot.svg)) == {f"{STYLE['font.size']}px"}
