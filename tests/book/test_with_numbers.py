"""What an equation says with numbers is evaluated again, from the numbers that are printed."""

import itertools
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest

from book.formulas import tree, worlds
from book.formulas.displayed import displayed
from book.formulas.evaluating import Scope, value
from book.formulas.parsing import parse
from book.formulas.substituting import DIGITS, TERMS, number, substituted
from book.formulas.world import World, world
from book.markdown import with_numbers
from book.mathml import mathml
from book.source import pages
from book.source.equations import equations

LABELED = [each for page in pages.paths() for each in displayed(page) if each.label]


def example(formula):
    _, make = worlds.find(formula.page, (formula.label, formula.section))
    return make(worlds.EXAMPLE).standing(formula.stands)


def of_functions(of):
    """A world in which no symbol has a value but functions, their primes, and i."""
    values = {name: meant for name, meant in of.values.items() if callable(meant) or name == "i"}
    return World(values)


def moved(node, digits):
    """An expression in which a printed number, wherever it stands, is half of a digit larger."""
    if isinstance(node, tree.Number) and node.digits == digits:
        half = 0.5 * 10.0 ** (np.floor(np.log10(abs(node.value) or 1)) + 1 - DIGITS)
        return replace(node, value=node.value + half)
    if isinstance(node, tuple):
        return tuple(moved(each, digits) for each in node)
    if not is_dataclass(node):
        return node
    parts = {each.name: moved(getattr(node, each.name), digits) for each in fields(node)}
    return replace(node, **parts)


def apart(left, right, of):
    """How much larger the difference of two printed sides is than what their rounding makes."""
    at = Scope(of)
    sides = [np.asarray(value(side, at)) for side in (left, right)]
    rounding = sum(
        np.abs(np.asarray(value(moved(side, digits), at)) - exact)
        for side, exact in zip((left, right), sides, strict=True)
        for digits in {
            each.digits
            for each in tree.parts(side)
            if isinstance(each, tree.Number) and "." in each.digits
        }
    )
    assert sides[0].shape == sides[1].shape
    return np.max(np.abs(sides[0] - sides[1]) - 1.01 * rounding)


@pytest.mark.parametrize("formula", LABELED, ids=lambda formula: formula.label)
def test_printed_sides_are_equal_within_their_rounding(formula):
    of = example(formula)
    found = substituted(formula, of)
    assert found
    for each in found:
        mathml(each.tex, block=True)
        (statement,) = parse(each.tex, of.functions)
        sides = statement.chain.sides
        assert len(sides) >= 2
        for left, right in itertools.pairwise(sides):
            assert apart(left, right, of_functions(of)) <= 1e-12, each.tex
        for digits in (s.digits for s in tree.parts(sides) if isinstance(s, tree.Number)):
            assert len(digits.replace(".", "").lstrip("0")) <= DIGITS


def test_a_number_that_is_wrong_in_one_digit_is_seen():
    seen = total = 0
    for formula in LABELED:
        of = example(formula)
        for each in substituted(formula, of):
            (statement,) = parse(each.tex, of.functions)
            *_, left, right = statement.chain.sides
            if isinstance(right, tree.Number) and "." in right.digits and left != right:
                wrong = replace(right, value=right.value * 1.05 + 0.01)
                total += 1
                seen += apart(left, wrong, of_functions(of)) > 1e-12
    assert total > 20
    assert seen == total


def test_each_numbered_equation_has_numbers():
    assert {each.label for each in LABELED} == set(equations())


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (0.5, "0.5"),
        (3.0, "3"),
        (2 / 3, "0.6667"),
        (-1234.56, "-1235"),
        (0.000123456, "0.0001235"),
        (1e-8, "10^{-8}"),
        (2.5e7 + 0.5, r"2.500 \cdot 10^{7}"),
        (np.array([0.25, 1 / 3]), "(0.25, 0.3333)"),
        (np.eye(2), r"\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}"),
    ],
)
def test_a_number_is_written_with_few_digits(given, shown):
    assert number(given) == shown


def test_a_sum_is_written_out_if_it_has_few_terms(tmp_path):
    page = tmp_path / "01-page.md"
    page.write_text("# T\n\n$$\nE = \\sum_i x_i\n$$\n", encoding="utf-8")
    (formula,) = displayed(page)
    few, many = np.arange(TERMS) / 4 + 0.1, np.arange(TERMS + 1) / 4 + 0.1
    (shown,) = substituted(formula, world({"E": few.sum(), "x": few}))
    assert shown.tex == "1.9 = 0.1 + 0.35 + 0.6 + 0.85 = 1.9"
    (shown,) = substituted(formula, world({"E": many.sum(), "x": many}))
    assert shown.tex == "3 = 3"


def test_an_edited_equation_is_the_one_that_is_shown(tmp_path, monkeypatch):
    page = tmp_path / "page.md"
    monkeypatch.setattr(pages, "chapters", lambda: [page])
    for revision, tex in enumerate(("a = b", "a = c")):
        page.write_text(f"# A page\n\n$$\n{tex}\n\\label{{one}}\n$$\n", encoding="utf-8")
        assert with_numbers._formulas(-1 - revision)["one"].tex.strip() == tex
