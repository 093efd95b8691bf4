"""What a reader takes away runs with the built wheel alone, and prints what the page shows."""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from parsing import tree

from book.execution import executor, slicing, snapshots
from book.site import downloads
from book.source import fences, pages

PAGES = [page for page in pages.paths() if fences.read(page)]
CHAPTERS = [page for page in PAGES if pages.chapter(page) is not None]


def name(page: Path) -> str:
    return page.relative_to(pages.DOCS).with_suffix("").as_posix()


def execute(python: Path, code: str, folder: Path) -> tuple[str, str]:
    """Standard output and standard error of a program, run where nothing of the book is."""
    environment = {
        "PATH": os.environ["PATH"],
        "MPLBACKEND": "agg",
        "HOME": str(folder),
        "TZ": "Asia/Kathmandu",
    }
    done = subprocess.run(
        [python, "-I", "-W", "error", "-"],
        input=code,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout, done.stderr


def copied(site: Path, page: Path, runs: bool = True) -> list[tuple[str, str]]:
    """The source of each snippet that is run, or is not, and what its copy button gives."""
    built = tree(site / pages.address(page) / "index.html")
    return [
        ("".join(block.find(".//code").itertext()), slicing.of_block(built, block))
        for block in built.findall(".//div[@class='snippet']")
        if block.find(".//button[@class='copy']") is not None
        and (block.find("p[@class='norun']") is None) == runs
    ]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_each_copied_program_prints_what_the_page_shows(site, fresh_python, tmp_path, page):
    shown = [one for one in executor.results(page) if one.snippet.options.get("source") != "none"]
    programs = copied(site, page)
    assert [visible.strip() for visible, _ in programs] == [s.snippet.code.strip() for s in shown]

    def check(one, program):
        visible = one.snippet.code.strip("\n")
        assert program.rstrip("\n").endswith(visible)
        stdout, stderr = execute(fresh_python, program, tmp_path)
        place = f"{page.name}:{one.snippet.line}"
        assert stdout.endswith(one.outcome.printed), place
        if one.outcome.raised:
            assert stderr.strip().endswith(one.outcome.error), place
        else:
            assert stderr == "", place

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(check, shown, [program for _, program in programs]))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_browser_copies_the_same_programs(site, visit, page):
    built = tree(site / pages.address(page) / "index.html")
    buttons = visit(pages.address(page)).locator("button[data-needs]")
    given = buttons.evaluate_all("all => all.map(each => each.dataset.clipboardText)")
    blocks = built.findall(".//div[@class='snippet']")
    copying = [each for each in blocks if each.find(".//button[@class='copy']") is not None]
    assert given == [slicing.of_block(built, block) for block in copying]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_what_is_not_run_is_copied_as_its_own_tests_run_it(site, page):
    told = [snippet for snippet in fences.read(page) if not snippet.runs]
    assert [what for _, what in copied(site, page, runs=False)] == [
        slicing.beside(told[: n + 1]) for n in range(len(told))
    ]


@pytest.mark.parametrize("page", CHAPTERS, ids=name)
def test_the_program_of_a_chapter_prints_all_its_outputs(site, fresh_python, tmp_path, page):
    program = (site / "downloads" / f"{page.stem}.py").read_text(encoding="utf-8")
    stdout, stderr = execute(fresh_python, program, tmp_path)
    assert stderr == ""
    for one in executor.results(page):
        expected = one.outcome.printed + (f"{one.outcome.error}\n" if one.outcome.raised else "")
        assert stdout.startswith(expected), f"{page.name}:{one.snippet.line}"
        stdout = stdout.removeprefix(expected)
    assert stdout == ""


@pytest.mark.parametrize("page", CHAPTERS, ids=name)
def test_the_notebook_of_a_chapter_holds_the_same_code_and_outputs(site, page):
    notebook = json.loads((site / "downloads" / f"{page.stem}.ipynb").read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    shown = executor.results(page)
    assert ["".join(cell["source"]) for cell in cells] == [
        s.snippet.code.strip("\n") for s in shown
    ]
    for cell, one in zip(cells, shown, strict=True):
        streams = [out for out in cell["outputs"] if out["output_type"] == "stream"]
        if not one.outcome.printed.startswith("<svg"):
            assert "".join("".join(out["text"]) for out in streams) == one.outcome.printed
        errors = [out["ename"] for out in cell["outputs"] if out["output_type"] == "error"]
        assert errors == ([one.outcome.raised] if one.outcome.raised else [])


@pytest.mark.parametrize("page", CHAPTERS, ids=name)
def test_the_notebook_of_a_chapter_runs_from_top_to_bottom(fresh_python, tmp_path, site, page):
    notebook = json.loads((site / "downloads" / f"{page.stem}.ipynb").read_text(encoding="utf-8"))
    program = [
        downloads.guarded("".join(cell["source"]), "Exception" * bool(cell["metadata"].get("tags")))
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]
    stdout, stderr = execute(fresh_python, "\n".join(program), tmp_path)
    assert stderr == ""
    assert stdout == "".join(
        one.outcome.printed + (f"{one.outcome.error}\n" if one.outcome.raised else "")
        for one in executor.results(page)
    )


def test_every_output_is_pinned():
    pinned = set(snapshots.OUTPUTS.rglob("*.txt"))
    assert pinned == {snapshots.file_of(page) for page in PAGES}
