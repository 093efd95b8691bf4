"""The build of the book: what executing costs, how it grows, and what other tools take for it."""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import measuring
from book.execution import executor
from book.source import fences, pages

ROOT = Path(__file__).parents[1]
WORK = ROOT / ".cache" / "bench-build"
COPIED = ("backprop", "book", "docs", "tests", "CITATION.cff", "mkdocs.yml", "pyproject.toml")
WARM = """
import time
from mkdocs.commands.build import build
from mkdocs.config import load_config
for _ in range(2):
    start = time.perf_counter()
    config = load_config(strict=True)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
print(time.perf_counter() - start)
"""
"""A build after another one in the same process, as `mkdocs serve` does when nothing was edited."""
EXECUTE = """
from book.execution import executor
from book.source import pages
executor.prefetch(pages.paths())
for page in pages.paths():
    executor.results(page)
"""
STOCK = re.compile(r"^  - book\n|^  custom_dir:.*\n|^strict: true\n", re.M)
"""What of the settings is the book's own."""
THEIRS = (
    "  - admonition\n  - attr_list\n  - tables\n  - pymdownx.arithmatex\n"
    "  - pymdownx.details\n  - pymdownx.superfences\n"
)
"""The extensions of others that the book's own brings."""
SHARED = ("by-hand", "any-number-of-layers", "other-activations-and-losses")
"""Chapters whose snippets MyST-NB executes, too."""
ENVIRONMENT = {"NO_MKDOCS_2_WARNING": "1", "SOURCE_DATE_EPOCH": "0", "OPENBLAS_NUM_THREADS": "1"}


def seconds(command: list[str], where: Path) -> float:
    """Return how long a command takes.

    Raises
    ------
    RuntimeError
        It fails.
    """
    environment = os.environ | ENVIRONMENT | {"PYTHONPATH": str(where)}
    start = time.perf_counter()
    done = subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{command} failed:\n{done.stderr[-2000:]}")
    told = done.stdout.strip().split("\n")[-1]
    return float(told) if command[-1] == WARM else time.perf_counter() - start


def copy(name: str) -> Path:
    """Return a fresh copy of the book and its package."""
    there = WORK / name
    shutil.rmtree(there, ignore_errors=True)
    there.mkdir(parents=True)
    for each in COPIED:
        source = ROOT / each
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, there / each, ignore=ignored)
        else:
            shutil.copy(source, there)
    return there


def parts() -> dict[str, float]:
    """Return the seconds of builds: whole, of the generator alone, warm, and without the book's."""
    there = copy("book")
    mkdocs = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    taken = {
        "the whole build, with its checks": seconds(
            [sys.executable, "-m", "book", "build", "--no-cache"], there
        ),
        "executing": seconds([sys.executable, "-c", EXECUTE], there),
        "the whole build, nothing executed": seconds(
            [sys.executable, "-m", "book", "build"], there
        ),
        "converting again, nothing edited": seconds([sys.executable, "-c", WARM], there),
    }
    settings = (there / "mkdocs.yml").read_text(encoding="utf-8")
    (there / "mkdocs.yml").write_text(
        STOCK.sub("", settings).replace("extensions:\n", "extensions:\n" + THEIRS)
    )
    stock = [each for each in mkdocs if each != "--strict"]
    return {**taken, "the stock tools, not executing": seconds(stock, there)}


def chapters() -> list[dict[str, object]]:
    """Return, for each chapter, its snippets and the seconds that they run."""
    found = []
    for page in pages.paths():
        if pages.chapter(page) is None:
            continue
        start = time.perf_counter()
        shown = executor.execute([each for each in fences.read(page) if each.runs])
        taken = time.perf_counter() - start
        found.append({"page": page.stem, "snippets": len(shown), "seconds": round(taken, 3)})
    return found


def growth(sizes) -> list[dict[str, float]]:
    """Return the seconds of building so many pages of ten snippets, with the book's machinery."""
    found = []
    for count in sizes:
        there = copy("growth")
        for page in (there / "docs").rglob("*.md"):
            page.unlink()
        shutil.rmtree(there / "tests")
        (there / "tests" / "outputs").mkdir(parents=True)
        for module in (there / "backprop").glob("*.py"):
            # Their equations stand on pages that are not there.
            text = module.read_text(encoding="utf-8")
            module.write_text(text.replace("Implements equation", "As equation"), encoding="utf-8")
        (there / "docs" / "index.md").write_text("# Home\n", encoding="utf-8")
        for page in range(count):
            fences = "\n".join(f"```python\nprint({page} + {n})\n```\n" for n in range(10))
            text = f"---\ntitle: Page {page}\n---\n\n# Page {page}\n\n{fences}"
            (there / "docs" / f"p{page:03}.md").write_text(text, encoding="utf-8")
        settings = (there / "mkdocs.yml").read_text(encoding="utf-8")
        before, after = settings.index("nav:\n"), settings.index("validation:")
        (there / "mkdocs.yml").write_text(settings[:before] + settings[after:], encoding="utf-8")
        seconds([sys.executable, "-m", "book", "pin"], there)
        mkdocs = [sys.executable, "-m", "mkdocs", "build", "--quiet"]
        taken = seconds(mkdocs, there)
        found.append({"pages": count, "snippets": 10 * count, "seconds": round(taken, 2)})
    return found


def myst_nb() -> dict[str, float] | None:
    """Return the seconds of the same snippets, in both; none if it is not installed."""
    if not importlib.util.find_spec("myst_nb"):
        return None
    there = WORK / "myst"
    shutil.rmtree(there, ignore_errors=True)
    there.mkdir(parents=True)
    (there / "conf.py").write_text('extensions = ["myst_nb"]\n', encoding="utf-8")
    head = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n\n"
    shared = [pages.DOCS / f"{name}.md" for name in SHARED]
    taken = {}
    for executed in (False, True):
        kind = "{code-cell}" if executed else "python"
        for page, name in zip(shared, ("index", *SHARED[1:]), strict=True):
            told = [each for each in fences.read(page) if each.runs]
            code = "\n".join(f"```{kind}\n{each.code}\n```\n" for each in told)
            text = f"{head if executed else ''}# {page.stem}\n\n{code}"
            (there / f"{name}.md").write_text(text, encoding="utf-8")
        shutil.rmtree(there / "out", ignore_errors=True)
        sphinx = [sys.executable, "-m", "sphinx", "-Eqb", "html", ".", "out"]
        taken[executed] = seconds(sphinx, there)
    start = time.perf_counter()
    running = [[each for each in fences.read(page) if each.runs] for page in shared]
    shown = [each for page in running for each in executor.execute(page)]
    ours = time.perf_counter() - start
    return {
        "snippets": len(shown),
        "MyST-NB": round(taken[True] - taken[False], 3),
        "this book": round(ours, 3),
    }


def main(quick: bool = False) -> None:
    """Measure, print and save."""
    taken = {name: round(each, 2) for name, each in parts().items()}
    for name, each in taken.items():
        print(f"  {name:36}{each:8.2f} s")
    by_chapter = chapters()
    for each in by_chapter:
        print(f"  {each['page']:36}{each['seconds']:8.2f} s for {each['snippets']} snippets")
    peer = myst_nb()
    print(f"  executing, against MyST-NB: {peer or 'not run: myst-nb is not installed'}")
    grown = growth((5, 20) if quick else (5, 50, 100, 200))
    for each in grown:
        print(f"  {each['pages']:4} pages of 10 snippets {each['seconds']:8.2f} s")
    measured = {"seconds": taken, "chapters": by_chapter, "growth": grown, "peer": peer}
    measured["not run"] = [] if peer else ["MyST-NB"]
    measuring.save("build", measured, "mkdocs", "mkdocs-material", "sphinx", "myst-nb")
    shutil.rmtree(WORK, ignore_errors=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few repetitions")
    main(parser.parse_args().quick)
