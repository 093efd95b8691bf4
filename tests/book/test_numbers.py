"""A number of the text is a rounding of one that its section shows or has in its code."""

import re

import pytest

from book.checks import numbers
from book.execution import executor
from book.source import numerals, prose

SHOWN = "0.512372477962617 1.77005547e-04 -0.0125 1425 0.9722 40.2"


def said(tmp_path, text, code=f"print('{SHOWN}')", description="", options=""):
    page = tmp_path / "page.md"
    front = f"---\ntitle: Title\ndescription: {description}\n---\n\n"
    fence = f"```python {options}\n{code}\n```\n"
    page.write_text(f"{front}# Title\n\n{fence}\n{text}\n", encoding="utf-8")
    return [
        (problem.line, re.search(r"the text says (.*?), and", str(problem))[1])
        for problem in numbers.problems(page, executor.results(page))
    ]


@pytest.mark.parametrize(
    "text",
    [
        "0.512 and 0.5124, $0.51237$",
        "$1.77 \\times 10^{-4}$, 1.770e-4 and 0.000177",
        "it falls to -0.0125, or $-0.013$",
        "1,425 sweeps, 1425 sweeps",
        "97.2 % right, or 97 in a hundred",
        "forty times",
        "three layers, 9 units, half of them, twice",
        "[Rumelhart, Hinton and Williams, 1986](history.md#the-paper)",
        "[12 lines](https://example.org)",
        "in <time>1986</time>",
        "`0.777` in code",
        "## A heading {#eq-123456}",
        "a version 3.11.7 of something",
        "section 6.5, and a 30-20-1 network",
        "12. An item",
        "$$\n\\frac{1}{12}\n$$\n\nHere 12 is that of the formula.",
    ],
)
def test_a_rounding_is_accepted(tmp_path, text):
    assert said(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.513", "0.513"),
        ("0.5123", "0.5123"),
        ("0.6 of it", "0.6"),
        ("$1.78 \\times 10^{-4}$", "1.78 \\times 10^{-4}"),
        ("1,426", "1,426"),
        ("in 1986", "1986"),
        ("a\n\n> | 0.777 |", "0.777"),
        ("97.3 %", "97.3 %"),
        ("7 %", "7 %"),
        ("96 in a hundred", "96 in a hundred"),
        ("0.0125", "0.0125"),
        ("-0.51", "-0.51"),
        ("12 units", "12"),
        ("Fifty times", "Fifty"),
        ("a dozen", "a dozen"),
        ("four hundred", "four hundred"),
        ("a third of it", "a third"),
        ("$10^{-7}$", "10^{-7}"),
        ("[12 lines](#there)", "12"),
        ("## A heading with 12", "12"),
    ],
)
def test_any_other_is_refused_with_its_line(tmp_path, text, number):
    assert said(tmp_path, text) == [(12 + text.count("\n"), number)]


def test_numbers_of_the_code_are_known_with_their_signs_and_those_of_its_words_are_not(tmp_path):
    code = "rate, sizes = -0.3, (30, 20)  # 0.7 of 77\nprint(rate < 1, 'is true' and 1)"
    assert said(tmp_path, "-0.3, 30, twenty", code) == []
    assert [number for _, number in said(tmp_path, "0.3, 0.7, 77", code)] == ["0.3", "0.7", "77"]


def test_another_section_does_not_help_but_the_description_speaks_of_the_page(tmp_path):
    code = "n, m = 1425, 12\nprint(n, m)"
    assert said(tmp_path, "## Later\n\n1,425, and a dozen", code) == [
        (15, "1,425"),
        (15, "a dozen"),
    ]
    assert said(tmp_path, "", description="It takes 1,425 sweeps") == []
    assert said(tmp_path, "", description="It takes 1,426 sweeps") == [(3, "1,426")]


def test_a_claim_has_the_numbers_that_it_compares(tmp_path):
    code = "x = 1.2345\nprint('x')"
    assert said(tmp_path, "## Later\n\n[It is 1.23, below 16](claim: x < 16)", code) == []
    refused = said(tmp_path, "[It is 1.24, below 17](claim: x < 16), and 16", code)
    assert [number for _, number in refused] == ["1.24", "17", "16"]


def test_captions_are_text(tmp_path):
    assert said(tmp_path, "", options='title="With 31 units"') == [(8, "31")]
    assert said(tmp_path, "", options='title="1,425 sweeps"') == []


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("two hundred and more", 200),
        ("ninety-seven", 97),
        ("a thousand million", 10**9),
        ("twenty-five thousand", 25_000),
        ("half a million", 500_000),
        ("two hundred thousand", 200_000),
        ("three dozen", 36),
        ("ten", 10),
    ],
)
def test_numbers_are_read_in_words(words, value):
    assert [number.value for number in numerals.read(words)] == [value]


@pytest.mark.parametrize("words", ["nine", "tenth", "the third", "ten-layer", "often", "oneself"])
def test_these_are_no_numbers_from_ten(words):
    assert list(numerals.read(words)) == []


def test_fences_are_no_prose():
    assert list(numerals.read(prose.of("```\n0.777\n```\n\n~~~\n0.888\n~~~\n"))) == []
