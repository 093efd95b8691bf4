"""Each formula of the book refuses what a slip of the pen would make of it."""

import functools
import json
import tomllib
from pathlib import Path

import pytest
from formula_faults import deletions, faults

from book.formulas import checking
from book.formulas.counting import REFUSED
from book.formulas.errors import Refused
from book.formulas.parsing import parse
from book.source import pages

LISTED = tomllib.loads(Path(__file__).with_name("formula_survivors.toml").read_text("utf-8"))
EVALUATED = [
    formula
    for page in pages.paths()
    for formula in checking.evaluated(page)
    if "evaluated" not in formula.marks
]
PAGES = sorted({formula.page for formula in EVALUATED})


@functools.cache
def outcome(formula):
    """How many faults of a formula are refused, and those that are not."""
    _, made = checking.worlds_of(formula)
    stated = parse(formula.tex, made[0].functions)

    def is_refused(statements):
        try:
            checking.evaluate(statements, made, formula)
        except Refused:
            return True
        return False

    mutants = [(mutant, said) for _, mutant, said in faults(stated)]
    for tex in deletions(formula.tex):
        try:
            mutants.append((parse(tex, made[0].functions), tex))
        except (ValueError, Refused):
            continue
    mutants = [(mutant, said) for mutant, said in mutants if mutant != stated]
    survivors = [said for mutant, said in mutants if not is_refused(mutant)]
    return len(mutants) - len(survivors), survivors


def refused():
    """How many faults of each numbered equation are refused, as the book says."""
    return {each.label: outcome(each)[0] for each in EVALUATED if each.label}


@pytest.mark.parametrize("page", PAGES)
def test_every_fault_that_is_not_true_is_refused(page):
    listed = [each["said"] for each in LISTED["survivor"] if each["page"] == page]
    found = [said for each in EVALUATED if each.page == page for said in outcome(each)[1]]
    assert [said for said in found if not any(known in said for known in listed)] == []
    assert [known for known in listed if not any(known in said for said in found)] == []


def test_the_book_says_how_many_faults_of_each_equation_are_refused():
    """`python tests/book/test_formula_faults.py` writes the file."""
    assert json.loads(REFUSED.read_text(encoding="utf-8")) == refused()


def test_each_listed_fault_says_why_it_is_true():
    assert all(each["because"] and each["page"] in PAGES for each in LISTED["survivor"])


def test_every_formula_has_faults_of_several_kinds():
    for formula in EVALUATED:
        _, made = checking.worlds_of(formula)
        kinds = {kind for kind, *_ in faults(parse(formula.tex, made[0].functions))}
        assert len(kinds) >= (1 if formula.inline else 2), formula


def test_few_formulas_are_not_evaluated():
    found = [formula for page in pages.paths() for formula in checking.evaluated(page)]
    assert len(found) - len(EVALUATED) <= 0.03 * len(found)


def test_few_symbols_have_a_value_that_is_the_formula_written_again():
    typed = {(each.page, name) for each in EVALUATED for name in checking.verdict(each).typed}
    assert typed == {
        ("faster-descent", "E"),
        ("faster-descent", "c_1"),
        ("faster-descent", "c_2"),
        ("more-than-one-machine", "K_best"),
        ("more-than-one-machine", "T"),
        ("more-than-one-machine", "T_ring"),
    }


if __name__ == "__main__":
    REFUSED.write_text(json.dumps(refused(), indent=0) + "\n", encoding="utf-8")
