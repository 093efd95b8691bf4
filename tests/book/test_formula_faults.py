"""Each formula of the book refuses what a slip of the pen would make of it."""

import tomllib
from pathlib import Path

import pytest
from formula_faults import deletions, faults

from book.formulas import checking
from book.formulas.displayed import displayed
from book.formulas.errors import Refused
from book.formulas.parsing import parse
from book.source import pages

LISTED = tomllib.loads(Path(__file__).with_name("formula_survivors.toml").read_text("utf-8"))
EVALUATED = [
    formula
    for page in pages.paths()
    for formula in displayed(page)
    if "evaluated" not in formula.marks
]
PAGES = sorted({formula.page for formula in EVALUATED})


def survivors(formula):
    """Yield the faults of a formula that are not refused."""
    _, made = checking.worlds_of(formula)
    stated = parse(formula.tex, made[0].functions)

    def is_refused(statements):
        try:
            checking.evaluate(statements, made, formula)
        except Refused:
            return True
        return False

    for _, mutant, said in faults(stated):
        if not is_refused(mutant):
            yield said
    for tex in deletions(formula.tex):
        try:
            mutant = parse(tex, made[0].functions)
        except (ValueError, Refused):
            continue
        if mutant != stated and not is_refused(mutant):
            yield tex


@pytest.mark.parametrize("page", PAGES)
def test_every_fault_that_is_not_true_is_refused(page):
    listed = [each["said"] for each in LISTED["survivor"] if each["page"] == page]
    found = [said for each in EVALUATED if each.page == page for said in survivors(each)]
    assert [said for said in found if not any(known in said for known in listed)] == []
    assert [known for known in listed if not any(known in said for said in found)] == []


def test_each_listed_fault_says_why_it_is_true():
    assert all(each["because"] and each["page"] in PAGES for each in LISTED["survivor"])


def test_every_formula_has_faults_of_several_kinds():
    for formula in EVALUATED:
        _, made = checking.worlds_of(formula)
        kinds = {kind for kind, *_ in faults(parse(formula.tex, made[0].functions))}
        assert len(kinds) >= 2, formula


def test_few_formulas_are_not_evaluated():
    found = [formula for page in pages.paths() for formula in displayed(page)]
    assert len(found) - len(EVALUATED) <= 0.03 * len(found)


def test_few_symbols_have_a_value_that_is_the_formula_written_again():
    typed = {(each.page, name) for each in EVALUATED for name in checking.verdict(each).typed}
    assert typed == {
        ("11", "E"),
        ("11", "c_1"),
        ("11", "c_2"),
        ("19", "K_best"),
        ("19", "T"),
        ("19", "T_ring"),
    }
