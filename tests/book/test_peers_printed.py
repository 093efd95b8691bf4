"""What the pages say that lines of PyTorch and JAX print is what these lines print."""

import re
import tomllib
from pathlib import Path

import pytest
from peers import library, prints, stored

from book.execution import slicing
from book.source import fences

ROOT = Path(__file__).parents[2]
PAGES = ["pytorch-and-jax.md", "frameworks-in-earnest.md"]
SHOWN = [
    (name, title, *what)
    for name in PAGES
    for title, what in stored(ROOT / "docs" / name).items()
    if what[0]
]
BY_CHANCE = {"PyTorch: a module": 0.1}
"""Dropout draws other units on another processor, so a network is trained a little differently."""


def test_what_prints_has_below_it_what_it_prints():
    for name in PAGES:
        page = ROOT / "docs" / name
        told = [one for one in fences.read(page) if not one.runs]
        assert list(stored(page)) == [one.options["title"] for one in told]
        for one in told:
            assert ("print(" in one.code) == bool(stored(page)[one.options["title"]][0])


@pytest.mark.parametrize(("name", "title", "who", "what"), SHOWN)
def test_what_is_shown_is_what_is_printed(name, title, who, what, capsys):
    family = title.partition(":")[0]
    peer = library({"PyTorch": "torch", "JAX": "jax"}[family])
    told = [one for one in fences.read(ROOT / "docs" / name) if not one.runs]
    place = [one.options["title"] for one in told].index(title)
    if family == "PyTorch":
        peer.manual_seed(0)
    exec(compile(slicing.beside(told[: place + 1]), name, "exec"), {})
    if family == "JAX":
        peer.config.update("jax_enable_x64", False)
    printed = capsys.readouterr().out
    assert prints(what, printed, BY_CHANCE.get(title, 1e-3)), printed


@pytest.mark.parametrize(("name", "title", "who", "what"), SHOWN)
def test_the_version_is_the_one_with_which_the_tests_run(name, title, who, what):
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    peers = dict(each.split("==") for each in groups["peers"])
    family, version = re.fullmatch(r"(\w+) ([\d.]+) prints.*", who).groups()
    assert title.startswith(family)
    assert peers[{"PyTorch": "torch", "JAX": "jax"}[family]].startswith(f"{version}.")


def test_a_wrong_number_or_word_is_found_out():
    assert prints(
        "a tensor([[2.],\n [1e-3]]) …", "before\na tensor([[2.0000], [0.001]]) and more\n"
    )
    assert not prints("tensor([[2.],\n [1e-3]])", "tensor([[2.0000], [0.002]])\n")
    assert not prints("a leaf is used", "a leaf was used\n")
    assert not prints("a leaf", "a leaf is used\n")
