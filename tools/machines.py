"""The package as it is installed, under each Python and NumPy that it promises to run with.

python tools/machines.py finds the Pythons of this machine, from the oldest that pyproject.toml
allows to NEWEST. For each, with the oldest NumPy if that has wheels for it, and with the newest, it
makes an environment that holds the wheel, and runs there the package's tests and the examples of
its docstrings. Tests of `tests/package` that look into the book need what builds it, and are left
to `make test`. A Python that is not on the machine is named; --require makes it an error.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NEWEST = 14
"""The newest minor version of Python 3 that is tried."""
LOCKS = {"oldest": "tests/oldest.lock", "newest": "requirements.lock"}
"""What is installed, with the oldest NumPy and with the newest; both with their digests."""
NO_OLDEST = 13
"""The minor version from which the oldest NumPy has no wheels."""
OF_THE_BOOK = (
    "test_docstrings.py",
    "test_doctor.py",
    "test_exercises.py",
    "test_formulas_of_docstrings.py",
    "test_mistakes_messages.py",
    "test_parallel.py",
    "test_quoted_functions.py",
)
"""Tests that import what makes the book, or what only the book's environment has."""
OF_A_PAGE = "test_each_cause_on_the_page_is_shown_by_a_test"


def oldest_python():
    """Return the minor version of the oldest Python 3 that pyproject.toml allows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return int(project["requires-python"].removeprefix(">=3."))


def run(*command, **settings):
    """Run a command, and return what it ends with: its code, and the last line that it says."""
    done = subprocess.run(
        [*map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **settings,
    )
    return done.returncode, done.stdout.strip()


def tried(python, lock, wheel, folder):
    """Return whether all tests pass under a Python and a NumPy, and the last that was said."""
    run(python, "-m", "venv", folder / "venv")
    own = folder / "venv" / "bin" / "python"
    pip = (own, "-m", "pip", "install", "--quiet")
    for asked in ("--require-hashes", "--requirement", ROOT / lock), ("--no-deps", wheel):
        code, said = run(*pip, *asked)
        if code:
            return False, said
    # Away from the sources: what is imported is what was installed.
    shutil.copytree(ROOT / "tests" / "package", folder / "tests" / "package")
    for name in ("faults", "survivors.toml"):
        source = ROOT / "tests" / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / "tests" / name)
    shutil.copytree(ROOT / "docs", folder / "docs")
    shutil.copy(ROOT / "pyproject.toml", folder)
    where = "import backprop, numpy; print(backprop.__path__[0], numpy.__version__)"
    _, there = run(own, "-P", "-c", where, cwd=folder)
    package, version = there.rsplit(maxsplit=1)
    left_out = [f"--ignore={folder}/tests/package/{name}" for name in OF_THE_BOOK]
    left_out.append(f"--deselect=tests/package/test_mistakes.py::{OF_A_PAGE}")
    asked = ("--doctest-modules", "--import-mode=importlib", package, "tests/package")
    settings = ("-q", "-p", "no:cacheprovider", "-n", "auto", "--dist", "loadscope")
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONSAFEPATH": "1"}
    environment["PYTHONPATH"] = str(folder / "tests" / "package")
    code, said = run(
        *(own, "-m", "pytest", *settings, *left_out, *asked), cwd=folder, env=environment
    )
    failures = [line for line in said.splitlines() if re.match("FAILED|ERROR", line)]
    return code == 0, f"NumPy {version}: " + "\n  ".join([said.splitlines()[-1], *failures])


def main(required):
    """Try every Python that is here with two NumPys, and end with an error if a test fails."""
    bad = []
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        command = (sys.executable, "-m", "book", "package", work / "dist")
        subprocess.run(command, cwd=ROOT, check=True)
        (wheel,) = (work / "dist").glob("*.whl")
        for minor in range(oldest_python(), NEWEST + 1):
            python = shutil.which(f"python3.{minor}")
            # A shim of a manager of Pythons may be there without the Python.
            if python is None or run(python, "-c", "")[0]:
                print(f"Python 3.{minor}: not on this machine", flush=True)
                bad += [minor] if required else []
                continue
            for kind, lock in LOCKS.items():
                if kind == "oldest" and minor >= NO_OLDEST:
                    continue
                folder = work / f"{minor}-{kind}"
                folder.mkdir()
                good, said = tried(python, lock, wheel, folder)
                print(f"Python 3.{minor}, {kind} {said}", flush=True)
                bad += [] if good else [minor]
    return bool(bad)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--require", action="store_true", help="every Python must be there")
    sys.exit(main(parser.parse_args().require))
