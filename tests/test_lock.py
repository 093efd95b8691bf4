"""The locks say what pyproject.toml asks for, and that of the book is what is installed."""

import ast
import json
import re
import runpy
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
DO = "run `make lock`"
TOOL = runpy.run_path(str(ROOT / "tools" / "locks.py"))
BOOK, LOCKS = TOOL["BOOK"], TOOL["LOCKS"]
EACH = pytest.mark.parametrize("lock", LOCKS)


def asked(lock=BOOK):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [project["dependency-groups"][name] for name in LOCKS[lock]]
    written = [*project["project"]["dependencies"], *(each for group in groups for each in group)]
    return [Requirement(each) for each in written]


def locked(lock=BOOK):
    """The pins, each with the rest of its lines; a package may have one for each Python."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    pins = re.finditer(r"^([\w.-]+==[^\\\n]+)((?:[^\n]*\\\n)*[^\n]*)", text, re.MULTILINE)
    return [(Requirement(pin[1].strip()), pin[2]) for pin in pins]


def names():
    return {canonicalize_name(pin.name) for pin, _ in locked()}


def applies(requirement):
    return requirement.marker is None or requirement.marker.evaluate()


def test_every_group_has_a_lock():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(project["dependency-groups"]) == {
        name for groups in LOCKS.values() for name in groups
    }


@EACH
def test_what_is_asked_for_is_locked_in_a_version_that_will_do(lock):
    for requirement in asked(lock):
        name = canonicalize_name(requirement.name)
        pins = [pin for pin, _ in locked(lock) if canonicalize_name(pin.name) == name]
        assert pins, f"pyproject.toml: {requirement} is not in {lock}; {DO}"
        for pin in pins:
            (version,) = (each.version for each in pin.specifier)
            assert requirement.specifier.contains(version), f"{requirement}, not {pin}; {DO}"


def test_what_is_locked_is_needed():
    needed = {canonicalize_name(each.name) for each in asked()}
    waiting = list(needed)
    while waiting:
        try:
            required = metadata.requires(waiting.pop()) or []
        except metadata.PackageNotFoundError:  # of another platform
            continue
        for each in map(Requirement, required):
            name = canonicalize_name(each.name)
            if name not in needed and (each.marker is None or "extra ==" not in str(each.marker)):
                needed.add(name)
                waiting.append(name)
    extra = {
        canonicalize_name(Requirement(text).name) for name in needed for text in _requires(name)
    }
    assert names() <= needed | extra, DO


def _requires(name):
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []


@EACH
def test_every_pin_has_digests(lock):
    for pin, rest in locked(lock):
        assert "--hash=sha256:" in rest, pin


def test_every_pin_is_what_is_installed():
    for pin, _ in locked():
        if applies(pin):
            installed = metadata.version(pin.name)
            assert pin.specifier.contains(installed), f"{pin}, not {installed}: run `make clean`"


@EACH
def test_the_lock_names_no_place(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"https?://|file://|--(?:extra-)?index-url|--find-links", text)
    assert TOOL["refused"](text) == ""


HASH = " \\\n    --hash=sha256:11\n"
PINS = f"a==1.0{HASH}b==2 ; python_full_version < '3.12'{HASH}"
NEWER = f"a==1.1{HASH}ccc==3{HASH}"


@pytest.mark.parametrize(
    ("lock", "why"),
    [
        (PINS, ""),
        ("", "it has no packages"),
        (f"{PINS}d==1\n", "d has no digest"),
        (f"d==1\n{PINS}", "d has no digest"),
        (f"--index-url https://pypi.example\n{PINS}", "it names a place: --index-url"),
        (f"d @ file:///d.whl\n{PINS}", "it names a place:  @ "),
    ],
)
def test_a_lock_without_a_digest_or_with_a_place_is_not_written(lock, why):
    assert TOOL["refused"](lock) == why


def test_an_update_says_which_versions_changed():
    assert TOOL["changes"](PINS, PINS) == []
    assert TOOL["changes"](PINS, NEWER) == [
        "  a    1.0    ->  1.1",
        "  b    2      ->  (gone)",
        "  ccc  (new)  ->  3",
    ]


def imported(folder):
    """The modules that the files of a folder import, by their first names."""
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield node.module.partition(".")[0]


@pytest.mark.parametrize("folder", ["backprop", "book", "tools"])
def test_what_is_imported_is_locked(folder):
    # The tools use what makes copies of the book for the tests.
    files = [*(ROOT / folder).rglob("*.py"), *(ROOT / "tests" / "faults").glob("*.py")]
    own = {path.stem for path in [*ROOT.iterdir(), *files]}
    others = set(imported(folder)) - sys.stdlib_module_names - own
    known = metadata.packages_distributions()
    assert "numpy" in others or folder == "tools"
    assert [name for name in sorted(others) if name not in known] == []
    found = {canonicalize_name(each) for name in others for each in known[name]}
    assert found <= names(), "add it to a group of pyproject.toml, and " + DO


def test_the_oldest_numpy_that_is_promised_is_the_one_that_is_tried():
    (tried,) = (pin for pin, _ in locked("tests/oldest.lock") if pin.name == "numpy")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (promised,) = project["dependencies"]
    (least,), (version,) = Requirement(promised).specifier, tried.specifier
    assert version.version.startswith(f"{least.version}.0.")


def test_the_builder_of_the_package_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert {Requirement(each).name for each in project["build-system"]["requires"]} <= names()


WITH_DIGESTS = re.compile(
    r"pip install .*--require-hashes|pip install .*--no-deps --no-build-isolation --editable \."
)


def test_whatever_is_installed_is_installed_with_its_digest():
    """apt-get asks Debian's signatures, and `make runtime` the digests that it knows."""
    scripts = [ROOT / "Makefile", ROOT / ".ci" / "run", *(ROOT / ".github").rglob("*.yml")]
    lines = [line for path in scripts for line in path.read_text("utf-8").splitlines()]
    installing = [
        line for line in lines if re.search(r"\b(?:pip|uv|npm|npx|pipx)\b.*install", line)
    ]
    assert len(installing) >= 4
    assert [line for line in installing if not WITH_DIGESTS.search(line)] == []
    assert not re.search(r"\b(?:curl|wget|npx|pipx|uvx)\b", "\n".join(lines))


def test_whatever_npm_installs_has_its_digest():
    lock = json.loads((ROOT / "benchmarks" / "npm" / "package-lock.json").read_text("utf-8"))
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert "node_modules/lighthouse" in packages
    assert all(each["integrity"].startswith("sha512-") for each in packages.values())
    assert not any("resolved" in each for each in packages.values())
