"""Copies of the book, to be broken."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = (
    ".ci",
    ".github",
    "backprop",
    "benchmarks",
    "book",
    "docs",
    "tests",
    "tools",
    "CHANGELOG.md",
    "CITATION.cff",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "mkdocs.yml",
    "pyproject.toml",
    "requirements.lock",
)
LEFT_OUT = shutil.ignore_patterns("__pycache__", "downloads", "*.pyc")


def copy(folder: Path) -> Path:
    """Copy the book."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=LEFT_OUT)
        else:
            (folder / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder / part)
    return folder


def change(path: Path, old: str, new: str) -> int:
    """Change a text that stands in a file, and return the line where `§` marks the fault."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"{path} does not hold {old!r}"
    changed = text.replace(old, new, 1)
    line = changed.count("\n", 0, max(changed.find("§"), 0)) + 1
    path.write_text(changed.replace("§", "", 1), encoding="utf-8")
    return line


def run(folder: Path, *command: str, **environment: str) -> tuple[int, str]:
    """Run a command on a copy, and return its exit code and all that it said."""
    known = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(folder)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(folder),
        "NO_MKDOCS_2_WARNING": "1",
        "BOOK_CACHE": str(ROOT / ".cache"),
        # The processor's kernel is that of all other tests, and so is what they have kept.
        **{name: value for name, value in os.environ.items() if name.startswith("OPENBLAS_")},
        "OPENBLAS_NUM_THREADS": "1",
        **environment,
    }
    done = subprocess.run(
        [sys.executable if part == "python" else part for part in command],
        cwd=folder,
        env=known,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
        check=False,
    )
    return done.returncode, done.stdout


BOOK = ("python", "-m", "book")
