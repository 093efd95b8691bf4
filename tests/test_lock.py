"""The locks say what pyproject.toml asks for, and that of the book is what is installed."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
DO = "run `make lock`"


BOOK = "requirements.lock"
LOCKS = {BOOK: ("docs", "test", "dev"), "benchmarks/requirements.lock": ("docs", "bench")}
BOTH = pytest.mark.parametrize("lock", LOCKS)


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


@BOTH
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


@BOTH
def test_every_pin_has_digests(lock):
    for pin, rest in locked(lock):
        assert "--hash=sha256:" in rest, pin


def test_every_pin_is_what_is_installed():
    for pin, _ in locked():
        if applies(pin):
            installed = metadata.version(pin.name)
            assert pin.specifier.contains(installed), f"{pin}, not {installed}: run `make clean`"


@BOTH
def test_the_lock_names_no_place(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"https?://|file://|--(?:extra-)?index-url|--find-links", text)
