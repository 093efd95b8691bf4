"""Write the locks: each package that is installed, in one version, with the digests of its files.

python tools/locks.py writes them for what pyproject.toml asks, with the versions that they have.
--upgrade takes the newest versions, --upgrade-package NAME that of one package. What changes is
printed. A lock that names a place, or a package without a digest, is not written.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BOOK = "requirements.lock"
LOCKS = {
    BOOK: ("docs", "test", "dev"),
    "benchmarks/requirements.lock": ("docs", "bench"),
    "tests/oldest.lock": ("oldest",),
    "tests/peers.lock": ("peers",),
}
"""The groups of pyproject.toml that each lock is for; all have what the package needs."""
WITH_THE_BOOK = {"benchmarks/requirements.lock"}
"""A lock that takes its versions from the book's, as far as both have a package."""
UV = (
    *(str(Path(sys.executable).parent / "uv"), "pip", "compile", "pyproject.toml", "--quiet"),
    *("--universal", "--python-version", "3.11", "--generate-hashes", "--prerelease", "disallow"),
    *("--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"),
)
ELSEWHERE = (
    "Not in these locks: the Python for the browser (book/interactive/pyodide.py), the actions of "
    ".github/workflows, and Lighthouse (benchmarks/npm)."
)
_PIN = re.compile(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)[^\n]*", re.MULTILINE)
_PLACE = re.compile(r"\w+://|--(?:extra-)?index-url|--find-links| @ ")


def versions(lock):
    """Return the versions of each package in the text of a lock; it may differ between Pythons."""
    found = {}
    for name, version in _PIN.findall(lock):
        found.setdefault(name, []).append(version)
    return {name: ", ".join(sorted(each)) for name, each in found.items()}


def changes(old, new):
    """Return a line for each package whose version differs between the texts of two locks."""
    before, after = versions(old), versions(new)
    names = sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )
    rows = [(name, before.get(name, "(new)"), after.get(name, "(gone)")) for name in names]
    wide = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    return [f"  {name:{wide[0]}}  {was:{wide[1]}}  ->  {now}" for name, was, now in rows]


def refused(lock):
    """Return why the text of a lock may not be written, or nothing."""
    if place := _PLACE.search(lock):
        return f"it names a place: {place[0]}"
    pins = [*_PIN.finditer(lock)]
    ends = [*(pin.start() for pin in pins[1:]), len(lock)]
    for pin, end in zip(pins, ends, strict=False):
        if "--hash=sha256:" not in lock[pin.start() : end]:
            return f"{pin[1]} has no digest"
    return "" if pins else "it has no packages"


def compiled(name, old, book, options):
    """Return the text of a lock as uv resolves it; what stands in the old one is preferred."""
    with tempfile.TemporaryDirectory() as folder:
        constraints, target = Path(folder) / "book.lock", Path(folder) / "new.lock"
        constraints.write_text(book, encoding="utf-8")
        target.write_text(old, encoding="utf-8")
        groups = [part for group in LOCKS[name] for part in ("--group", group)]
        if name in WITH_THE_BOOK:
            groups += ["--constraint", str(constraints)]
        subprocess.run([*UV, *groups, *options, "--output-file", target], cwd=ROOT, check=True)
        return target.read_text(encoding="utf-8")


def main(options):
    """Resolve all locks, then write them: all or none."""
    old = {
        name: path.read_text(encoding="utf-8") if (path := ROOT / name).exists() else ""
        for name in LOCKS
    }
    new = {}
    for name in LOCKS:
        new[name] = compiled(name, old[name], new.get(BOOK, ""), options)
        if why := refused(new[name]):
            sys.exit(f"{name} is not written: {why}")
    for name in LOCKS:
        lines = changes(old[name], new[name])
        # Digests alone may differ as well: a release that has got one more file.
        same = "as it was" if old[name] == new[name] else "the same versions, other digests"
        print(f"{name}: {len(lines)} changed" if lines else f"{name}: {same}", *lines, sep="\n")
        (ROOT / name).write_text(new[name], encoding="utf-8")
    print(ELSEWHERE)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    newer = parser.add_mutually_exclusive_group()
    newer.add_argument("--upgrade", action="store_true", help="take the newest versions")
    newer.add_argument("--upgrade-package", action="append", default=[], metavar="NAME")
    asked = parser.parse_args()
    chosen = [part for each in asked.upgrade_package for part in ("--upgrade-package", each)]
    main(["--upgrade"] if asked.upgrade else chosen)
