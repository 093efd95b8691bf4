"""What stands around the book says what is so: README, guide, citation and versions."""

import os
import re
import subprocess
import sys
import tarfile
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet
from packaging.version import Version

import backprop
from book.source import distribution, fences, pages

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


def shell_lines(name):
    """Return each command of the shell blocks, without the comment that explains it."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", text_of(name), re.M | re.S)
    lines = [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def test_the_commands_of_the_readme_do_what_is_said_beside_them():
    """What they would do: the whole takes minutes, and tests of its parts do it elsewhere."""
    recipes = {"make serve": "-m book serve", "make test": "-m pytest"}
    assert sorted(shell_lines("README.md")) == sorted([*recipes, "pip install ."])
    for command, recipe in recipes.items():
        dry = subprocess.run(
            [*command.split(), "-n"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert recipe in dry.stdout


def test_make_alone_lists_every_target_that_the_readme_names():
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = {line.split()[0] for line in listed.splitlines()}
    commands = [line.split() for line in shell_lines("README.md")]
    named = {words[1] for words in commands if words[0] == "make"}
    named |= set(re.findall(r"`make ([a-z]+)`", text_of("README.md")))
    assert {"serve", "test", "build"} < named <= targets


def test_pip_installs_the_package_from_this_folder(tmp_path):
    """The last command of the README, without the network, so without what is there already."""
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-deps", "--no-index", "--no-build-isolation", "--target", tmp_path]
    subprocess.run([*install, *offline, "."], cwd=ROOT, check=True, capture_output=True)
    asks = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import backprop; print(backprop)"
    said = subprocess.run(
        [sys.executable, "-c", asks], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert str(tmp_path / "backprop") in said.stdout
    assert sorted(each.name for each in tmp_path.glob("backprop_book-*")) == [
        f"backprop_book-{backprop.__version__}.dist-info"
    ]


def test_what_is_released_is_built_twice_alike_and_from_its_archive_too(tmp_path):
    package = [sys.executable, "-m", "book", "package", tmp_path]
    subprocess.run(package, cwd=ROOT, check=True)
    archive, wheel = sorted(tmp_path.iterdir(), key=lambda each: each.suffix)
    assert wheel.name == Path(distribution.address()).name
    assert archive.name == wheel.name.replace("-py3-none-any.whl", ".tar.gz")
    assert wheel.read_bytes() == distribution.wheel().read_bytes()
    distribution.build(tmp_path / "again", "sdist")
    assert archive.read_bytes() == (tmp_path / "again" / archive.name).read_bytes()
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    unpacked = tmp_path / archive.name.removesuffix(".tar.gz")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    subprocess.run([*build, tmp_path / "again"], cwd=unpacked, check=True, capture_output=True)
    assert wheel.read_bytes() == (tmp_path / "again" / wheel.name).read_bytes()


def test_the_release_asks_for_the_version_of_the_package():
    """By the line of the workflow, for a tag that is right and for one that is not."""
    steps = yaml.safe_load(text_of(".github/workflows/release.yml"))["jobs"]["build"]["steps"]
    (line,) = [step["run"] for step in steps if "GITHUB_REF_NAME" in step.get("run", "")]
    line = line.replace(".venv/bin/python", sys.executable)
    right = f"v{backprop.__version__}"
    for tag, code in ((right, 0), (f"{right}.1", 1)):
        environment = os.environ | {"GITHUB_REF_NAME": tag}
        assert subprocess.run(["bash", "-c", line], cwd=ROOT, env=environment).returncode == code


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
