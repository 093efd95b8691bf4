"""Formulas in the text: those that claim are marked and evaluated, and no other says a relation."""

import pytest
from markdown import Markdown

from book.formulas import checking, inline, worlds
from book.markdown.claims import _EVALUATED
from book.site import downloads
from book.source import numerals, pages, prose

TRUE = r"[$\hat{y} = a^{(L)}$](holds)"
CLAIMING = [formula for page in pages.paths() for formula in inline.claiming(page)]


def problems(tmp_path, monkeypatch, text, name="any-number-of-layers.md"):
    page = tmp_path / name
    page.write_text(f"# Title\n\n## Section\n\n{text}\n", encoding="utf-8")
    monkeypatch.setattr(worlds, "names", lambda _page: set())
    return [str(problem) for problem in checking.problems(page)]


def test_many_formulas_in_the_text_claim_and_few_are_given():
    assert len(CLAIMING) >= 60
    assert sum(len(inline.given(page)) for page in pages.paths()) <= 10


def test_a_formula_that_holds_passes(tmp_path, monkeypatch):
    assert problems(tmp_path, monkeypatch, f"So {TRUE} at last.") == []


def test_one_that_does_not_is_refused_with_its_line_both_values_and_indices(tmp_path, monkeypatch):
    false = r"So" + "\n" + r"[$z^{(l)}_j = \sum_i a^{(l-1)}_i W^{(l)}_{ij}$](holds) here."
    (said,) = problems(tmp_path, monkeypatch, false)
    assert "/any-number-of-layers.md:6: the formula does not hold: " in said
    assert " = " in said
    assert "at l = 1, j = 1" in said


def test_a_condition_is_a_part_of_the_claim(tmp_path, monkeypatch):
    true = r"So [$b^{(l)}_j - b^{(l)}_j = 0$ for $l > 1$](holds)."
    assert problems(tmp_path, monkeypatch, true) == []
    (said,) = problems(tmp_path, monkeypatch, true.replace("l > 1", "l > 9"))
    assert "compares nothing" in said


@pytest.mark.parametrize(
    "text",
    [
        "With $z = 1$ and $a = 2$, for $h > 0$, or let $e = 3$.",
        "For the loss $E = 2$, where $e = 1$.",
        r"A number $h$, and $\sum_{i=1}^{L} h$.",
        r"Here $\leftarrow$ sets a value.",
        "It is [$h = 3$](given: a setting).",
    ],
)
def test_conditions_names_and_settings_claim_nothing(tmp_path, monkeypatch, text):
    assert problems(tmp_path, monkeypatch, text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Then $z = 1$.", "nothing says what $z = 1$ is for"),
        ("With $z = 1$ we have $a = 2$.", "nothing says what $a = 2$ is for"),
        (r"Then $z \ne 1$.", "nothing says what"),
        (r"In short [the output $\hat{y} = a^{(L)}$](holds).", "cannot read the mark"),
        ("It is [$h = 3$](given).", "a given formula does not say why"),
        ("It is [$h = 3$](holds: nowhere).", "the page has no world 'nowhere'"),
        (r"So [$\hat{y} = q$](holds).", "no meaning for q"),
        (r"As $q + h$ is.", "nothing introduces the symbol q of $q + h$"),
    ],
)
def test_what_claims_without_a_mark_or_has_no_meaning_is_refused(tmp_path, monkeypatch, text, said):
    assert any(said in each for each in problems(tmp_path, monkeypatch, text))


def test_a_symbol_is_introduced_where_it_stands_alone_or_is_named(tmp_path, monkeypatch):
    for said in ("Let $q = 2$.", "A number $q$.", "Of the shape $(q, h)$.", "The function $q(h)$."):
        assert problems(tmp_path, monkeypatch, f"As $h + q$ is. {said}") == []
    assert problems(tmp_path, monkeypatch, "As $h + q$ is. Also $h q$.") != []


def test_an_index_above_and_below_in_a_derivative_is_on_neither_side(tmp_path, monkeypatch):
    true = r"[$\partial z^{(l)}_j / \partial W^{(l)}_{ij} = a^{(l-1)}_i$](holds)"
    assert problems(tmp_path, monkeypatch, f"So {true}.") == []
    (said,) = problems(tmp_path, monkeypatch, rf"So {true.replace('(l-1)', '(l)')}.")
    assert "does not hold" in said or "numbers and" in said


def test_readers_see_the_mark_of_a_claim_and_no_reason():
    converter = Markdown(extensions=["book"], extension_configs={"book": {"gate": False}})
    shown = converter.convert(
        f"So {TRUE}, [$h = 3$](given: a setting), [$a = 1$ for $h > 2$](holds: x)."
    )
    assert shown.count("<math") == 4
    assert shown.count(f'aria-label="{_EVALUATED}"') == shown.count('class="claim"') == 2
    assert "given" not in shown
    assert "holds" not in shown


def test_a_notebook_has_the_formula_without_its_mark():
    page = next(page for page in pages.chapters() if inline.claiming(page))
    assert "](holds" in page.read_text(encoding="utf-8")
    assert "](holds" not in downloads.as_notebook(page, [])


def test_numbers_in_a_claim_are_checked():
    assert [each.said for each in numerals.read(prose.of("So [$h = 0.125$](holds: x) is."))] == [
        "0.125"
    ]
