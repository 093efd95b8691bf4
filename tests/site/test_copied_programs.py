"""What a reader takes away runs with the built wheel alone, and prints what the page shows."""

import contextlib
import importlib.util
import itertools
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import kept
import pytest
from parsing import tree

from book.execution import executor, needs, slicing, snapshots
from book.site import downloads
from book.source import fences, pages

PAGES = [page for page in pages.paths() if fences.read(page)]
WARM = Path(__file__).with_name("warm.py")
KNOWN = needs.told(snippet.code for page in PAGES for snippet in fences.read(page))
COPIED = [
    page
    for page in PAGES
    if any(one.options.get("source") != "none" and one.runs for one in fences.read(page))
]
CHAPTERS = [page for page in PAGES if pages.chapter(page) is not None]


def name(page: Path) -> str:
    return page.relative_to(pages.DOCS).with_suffix("").as_posix()


def surroundings(folder: Path) -> dict[str, str]:
    """An environment in which nothing is of the book."""
    return {
        "PATH": os.environ["PATH"],
        "MPLBACKEND": "agg",
        "HOME": str(folder),
        "TZ": "Asia/Kathmandu",
    }


class Given(NamedTuple):
    """What a program gave: its standard output, its standard error, and its drawings by name."""

    stdout: str
    stderr: str
    drawn: dict[str, str]


def execute(python: Path, code: str, folder: Path) -> Given:
    """What a program gives that is run where nothing of the book is."""
    done = subprocess.run(
        [python, "-I", "-W", "error", "-"],
        input=code,
        cwd=folder,
        env=surroundings(folder),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    drawn = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.svg")}
    return Given(done.stdout, done.stderr, drawn)


@pytest.fixture(scope="module")
def execute_warm(fresh_python, tmp_path_factory):
    """The same for many programs, in forks of an interpreter that has what most of them import."""
    folder = tmp_path_factory.mktemp("warm")
    modules = ["numpy", "backprop", "matplotlib.pyplot", "sklearn.datasets"]
    command = [fresh_python, "-I", "-W", "error", WARM, *modules]
    pipe = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    # The other core has tests of its own to run; tests/machines compares two threads with one.
    known = surroundings(folder) | {"OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(command, cwd=folder, env=known, **pipe) as warm:

        def run(*programs):
            warm.stdin.write(json.dumps(programs) + "\n")
            warm.stdin.flush()
            return [Given(*each) for each in json.loads(warm.stdout.readline())]

        yield run
    assert warm.returncode == 0


@contextlib.contextmanager
def once_right(
    site: Path, run: Callable[..., list[Given]], *programs: str
) -> Iterator[list[Given]]:
    """What programs give. What was right is kept, and they are not run again."""
    entry = kept.answer(site, run.__name__, kept.package(site), *programs)
    known = kept.known(entry)
    given = run(*programs) if known is None else [Given(*each) for each in known]
    yield given
    if known is None:
        kept.keep(entry, given)


@pytest.fixture
def run_warm(request):
    """Run programs in forks of an interpreter that is started when it is first needed."""

    def run_warm(*programs):
        return request.getfixturevalue("execute_warm")(*programs)

    return run_warm


@pytest.fixture
def run_alone(request, tmp_path):
    """Run programs in interpreters of their own."""

    def run_alone(*programs):
        return [
            execute(request.getfixturevalue("fresh_python"), each, tmp_path) for each in programs
        ]

    return run_alone


def test_a_warm_interpreter_binds_no_names_and_keeps_nothing(execute_warm):
    raised = {
        "import numpy\nnumpy.pi = 3\nleft = 1": "",
        "print(np.ones(3))": "NameError: name 'np' is not defined",
        "print(left)": "NameError: name 'left' is not defined",
        "import numpy\nassert numpy.pi > 3": "",
        "import book": "ModuleNotFoundError: No module named 'book'",
        "import warnings\nwarnings.warn('old')": "UserWarning: old",
        "raise SystemExit('ended')": "SystemExit: ended",
        "import sys\nassert __name__ == '__main__' and sys.argv == ['-']": "",
        "assert not [each for each in dir() if not each.startswith('__')]": "",
        "print(1": "SyntaxError: '(' was never closed",
        "from __future__ import annotations\ndef f(x: no): pass": "",
        "def f(x: no): pass": "NameError: name 'no' is not defined",
    }
    for _ in range(2):
        for code, given in zip(raised, execute_warm(*raised), strict=True):
            check_raised(given, raised[code], code)


def check_raised(given: Given, raised: str, code: str) -> None:
    assert given.stdout == "", code
    assert (given.stderr.splitlines() or [""])[-1].startswith(raised), code
    assert bool(given.stderr) == bool(raised), code


def test_programs_share_what_they_begin_with_and_nothing_else(execute_warm):
    shared = """import pathlib, random
print(at_first := random.random())
one, two = pathlib.Path("1.svg"), pathlib.Path("2.svg")
one.write_text("first")
found = [1]
"""
    a, b, c, d, e = execute_warm(
        f"{shared}found.append(2)\nprint(found)\nprint(one.read_text())",
        f"{shared}found.append(3)\none.write_text('b')\nraise ValueError(found)",
        f"{shared}found.append(3)\ntwo.write_text('c')\nprint(found, random.random())",
        shared,
        f"# This moves all lines.\n{shared}found.append(2)\nraise ValueError(at_first)",
    )
    (first,) = d.stdout.splitlines()
    assert a == Given(f"{first}\n[1, 2]\nfirst\n", "", {"1.svg": "first"})
    assert (b.stdout, b.drawn) == (f"{first}\n", {"1.svg": "b"})
    assert 'File "<stdin>", line 8, in <module>' in b.stderr
    assert b.stderr.endswith("ValueError: [1, 3]\n")
    assert c.stdout.startswith(f"{first}\n[1, 3] ")
    assert c.drawn == {"1.svg": "first", "2.svg": "c"}
    assert d == Given(f"{first}\n", "", {"1.svg": "first"})
    assert first not in e.stdout
    assert 'File "<stdin>", line 8, in <module>' in e.stderr
    waits = "import threading\nend = threading.Event()\nthreading.Thread(target=end.wait).start()\n"
    given = execute_warm(f"{waits}end.set()", f"{waits}print(end.set())")
    assert all("programs part while a thread runs" in each.stderr for each in given)


def copied(site: Path, page: Path, runs: bool = True) -> list[tuple[str, str]]:
    """The source of each snippet that is run, or is not, and what its copy button gives."""
    built = tree(site / pages.address(page) / "index.html")
    return [
        ("".join(block.find(".//code").itertext()), slicing.of_block(built, block))
        for block in built.findall(".//div[@class='snippet']")
        if block.find(".//button[@class='copy']") is not None
        and (block.find("p[@class='norun']") is None) == runs
    ]


def shown_and_copied(site: Path, page: Path) -> list[tuple[executor.Result, str]]:
    """What each snippet of a page gave whose source is shown, with what its copy button gives."""
    shown = [one for one in executor.results(page) if one.snippet.options.get("source") != "none"]
    programs = copied(site, page)
    assert [visible.strip() for visible, _ in programs] == [s.snippet.code.strip() for s in shown]
    return [(one, program) for one, (_, program) in zip(shown, programs, strict=True)]


def check(one: executor.Result, given: Given) -> None:
    """A program ends with what the page shows, or with the name of the file that it has drawn."""
    place = f"{one.snippet.path.name}:{one.snippet.line}"
    if one.outcome.draws:
        drawn = given.stdout.splitlines()[-1].removeprefix("drawn: ")
        assert given.drawn[drawn] == one.outcome.printed, place
    else:
        assert given.stdout.endswith(one.outcome.printed), place
    if one.outcome.raised:
        assert given.stderr.strip().endswith(one.outcome.error), place
    else:
        assert given.stderr == "", place


def without(program: str) -> str:
    """A line that takes away what a program does not say that it needs."""
    needed = needs.packages([program])
    needed |= {"numpy"} if needs.PACKAGE in needed else set()
    others = {each for each in KNOWN if not each.endswith("(")} - needed
    # What is not installed need not be; that it is None would be taken for its being there.
    others = sorted(each for each in others if importlib.util.find_spec(each))
    # A package stays findable by the names of its modules.
    return (
        f"(lambda all, others: all.update({{name: None for name in [*all, *others] "
        f"if name.partition('.')[0] in others}}))(__import__('sys').modules, {others})\n"
    )


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_each_copied_program_prints_what_the_page_shows(site, run_warm, page):
    """Where nothing can be imported but what its first line installs."""
    copied = shown_and_copied(site, page)
    programs = [without(program) + program for _, program in copied]
    with once_right(site, run_warm, *programs) as given:
        for (one, program), gave in zip(copied, given, strict=True):
            last = one.snippet.code.strip("\n")
            if one.outcome.draws:
                last = slicing.into_file(last, program.rpartition("drawn: ")[2].partition('"')[0])
            assert program.rstrip("\n").endswith(last)
            check(one, gave)


@pytest.mark.parametrize("page", COPIED, ids=name)
def test_a_copied_program_runs_by_itself(site, run_alone, page):
    """The first program of a page, in an interpreter of its own; all of them are run above."""
    one, program = shown_and_copied(site, page)[0]
    program = needs.first_line(program, "https://book.example/") + program
    with once_right(site, run_alone, program) as (given,):
        check(one, given)


def test_what_a_program_does_not_need_is_taken_away(execute_warm):
    for code, raised in {
        "import numpy": "",
        "import matplotlib.pyplot": "",
        "from backprop import sigmoid\nimport numpy": "",
        "__import__('numpy')": "ModuleNotFoundError",
        "import numpy\n__import__('matplotlib.pyplot')": "ModuleNotFoundError",
        "import numpy\n__import__('backprop.units')": "ModuleNotFoundError",
    }.items():
        (given,) = execute_warm(without(code) + code)
        check_raised(given, raised, code)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_what_is_not_run_is_copied_as_its_own_tests_run_it(site, page):
    told = [snippet for snippet in fences.read(page) if not snippet.runs]
    assert [what for _, what in copied(site, page, runs=False)] == [
        slicing.beside(told[: n + 1]) for n in range(len(told))
    ]


@pytest.mark.parametrize("page", CHAPTERS, ids=name)
def test_the_program_of_a_chapter_prints_all_its_outputs(site, run_warm, page):
    program = (site / pages.downloads(page)[0]).read_text(encoding="utf-8")
    with once_right(site, run_warm, program) as ((stdout, stderr, given),):
        assert stderr == ""
        drawings = 0
        for one in executor.results(page):
            expected = one.outcome.printed + (
                f"{one.outcome.error}\n" if one.outcome.raised else ""
            )
            if one.outcome.draws:
                drawings += 1
                drawn = f"{page.stem}-{drawings}.svg"
                assert given[drawn] == expected
                expected = f"drawn: {drawn}\n"
            assert stdout.startswith(expected), f"{page.name}:{one.snippet.line}"
            stdout = stdout.removeprefix(expected)
        assert stdout == ""


@pytest.mark.parametrize("page", CHAPTERS, ids=name)
def test_the_notebook_of_a_chapter_holds_the_same_code_and_outputs(site, page):
    notebook = json.loads((site / pages.downloads(page)[1]).read_text(encoding="utf-8"))
    installing, *cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert "".join(installing["source"]).startswith("%pip install ")
    shown = executor.results(page)
    assert ["".join(cell["source"]) for cell in cells] == [
        s.snippet.code.strip("\n") for s in shown
    ]
    for cell, one in zip(cells, shown, strict=True):
        streams = [out for out in cell["outputs"] if out["output_type"] == "stream"]
        if not one.outcome.draws:
            assert "".join("".join(out["text"]) for out in streams) == one.outcome.printed
        errors = [out["ename"] for out in cell["outputs"] if out["output_type"] == "error"]
        assert errors == ([one.outcome.raised] if one.outcome.raised else [])


@pytest.mark.parametrize("page", CHAPTERS, ids=name)
def test_the_notebook_of_a_chapter_is_its_program_from_top_to_bottom(site, page):
    """The program is run above: what raises is guarded there, and tagged in the notebook."""
    program = (site / pages.downloads(page)[0]).read_text(encoding="utf-8")
    notebook = json.loads((site / pages.downloads(page)[1]).read_text(encoding="utf-8"))
    _, *cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    results = executor.results(page)
    raises = [one.snippet.raises[0] for one in results]
    assert [bool(cell["metadata"].get("tags")) for cell in cells] == list(map(bool, raises))
    drawings = itertools.count(1)
    assert program.strip().split("\n\n# %%\n")[1:] == [
        slicing.into_file("".join(cell["source"]), f"{page.stem}-{next(drawings)}.svg")
        if one.outcome.draws
        else downloads.guarded("".join(cell["source"]), error)
        for cell, one, error in zip(cells, results, raises, strict=True)
    ]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_console_can_print_what_a_page_prints(page):
    """That of Windows too, where it has 256 characters."""
    for one in executor.results(page):
        if not one.outcome.draws:
            one.outcome.printed.encode("cp1252")


def test_every_output_is_pinned():
    pinned = set(snapshots.OUTPUTS.rglob("*.txt"))
    showing = [
        page
        for page in PAGES
        if any(snippet.options.get("output") != "none" for snippet in fences.read(page))
    ]
    assert pinned == {snapshots.file_of(page) for page in showing}
