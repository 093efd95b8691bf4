"""What stands around the book says what is so: README, guide, citation and versions."""

import re
import tomllib
from importlib import metadata

import pytest
import yaml
from packaging.specifiers import SpecifierSet
from packaging.version import Version

import backprop
from book.source import fences, pages

ROOT = pages.ROOT
GUIDES = ("README.md", "CONTRIBUTING.md", "docs/kept-true.md")
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
BUILT = {"dist", "site"}
"""What only commands make."""


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_code_runs(name):
    for code in re.findall(r"```python\n(.*?)```", text_of(name), re.DOTALL):
        exec(compile(code, name, "exec"), {})


def test_the_package_is_cited_in_its_version():
    assert CITATION["version"] == backprop.__version__


def test_what_is_cited_as_released_is_the_version_of_the_changelog():
    released = re.findall(r"^## (\d[\d.]*)(?:, | \()([\d-]+)\)?$", text_of("CHANGELOG.md"), re.M)
    said = (CITATION["version"], str(CITATION["date-released"]))
    assert re.search(r"^## (?:Unreleased|\d)", text_of("CHANGELOG.md"), re.MULTILINE)
    assert not released or released[0] == said


def test_the_title_that_is_cited_begins_with_the_name_of_the_site():
    name = re.search(r"^site_name: (.*)$", text_of("mkdocs.yml"), re.MULTILINE)[1]
    assert CITATION["title"].startswith(f"{name}: ")


def test_the_guide_lists_the_options_that_fences_take():
    _, _, table = text_of("CONTRIBUTING.md").partition("### Options of a Python fence")
    rows = [line.split("|")[1] for line in table.split("\n#")[0].split("\n") if "`" in line[:4]]
    listed = [option for row in rows for option in re.findall(r'`(\w+)="([^"]*)"`', row)]
    assert {name for name, _ in listed} == set(fences.OPTIONS)
    for name, value in listed:
        assert fences.OPTIONS[name] is None or value in fences.OPTIONS[name]


@pytest.mark.parametrize("name", GUIDES)
def test_the_files_that_are_named_are_there(name):
    for path in re.findall(r"`([\w.-]+(?:/[\w.-]+)*/?)`", text_of(name)):
        is_path = "/" in path or path.endswith((".py", ".md", ".toml", ".yml", ".lock"))
        if is_path and path.split("/")[0] not in BUILT and "NAME" not in path:
            folders = [ROOT, ROOT / "docs", ROOT / "tests"]
            found = [each for folder in folders for each in folder.glob(path)]
            found += (ROOT / "book").rglob(path)
            assert found or path.startswith(".cache"), f"{name} names {path}"


@pytest.mark.parametrize("name", GUIDES)
def test_the_targets_of_make_that_are_named_are_there(name):
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)`", text_of(name))) <= targets


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "docs/kept-true.md"])
def test_versions_are_those_that_are_installed(name):
    python = tomllib.loads(text_of("pyproject.toml"))["project"]["requires-python"]
    for package, said in re.findall(
        r"\b([A-Za-z][\w-]+) (\d+\.\d[\d.]*\d|\d+\.\d+)", text_of(name)
    ):
        if package == "Python":
            assert Version(said) in SpecifierSet(python)
        elif package.lower() in {each.name.lower() for each in metadata.distributions()}:
            assert (metadata.version(package) + ".").startswith(said + "."), package
