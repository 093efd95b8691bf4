"""A number in running text is a rounding of one that the page prints."""

from decimal import Decimal

import pytest

from book.checks import numbers
from book.errors import BookError
from book.execution import executor


def check(tmp_path, text, printed="0.512372477962617 1.77005547e-04 -0.0125 1425 0.9722"):
    page = tmp_path / "page.md"
    page.write_text(f"# Title\n\n{text}\n\n```python\nprint('{printed}')\n```\n", encoding="utf-8")
    numbers.check(page, executor.results(page))


@pytest.mark.parametrize(
    "text",
    [
        "0.512 and 0.5124, $0.51237$",
        "$1.77 \\times 10^{-4}$, 1.770e-4 and 0.000177",
        "it falls by 0.0125",
        "1,425 sweeps, 1425 sweeps",
        "97.2 % right",
        "99, 0.5, 0.05, 2,000 and 10,000 are round",
        "[Rumelhart, Hinton and Williams, 1986](notation.md)",
        "in <time>1986</time>",
        "`0.777` in code",
        "## A heading {#eq-123456}",
        "a version 3.11.7 of something",
    ],
)
def test_a_rounding_is_accepted(tmp_path, text):
    check(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    ["0.513", "0.5123", "$1.78 \\times 10^{-4}$", "1,426", "in 1986", "a\n\n> | 0.777 |", "97.3 %"],
)
def test_any_other_is_refused_with_its_line(tmp_path, text):
    line = 3 + text.count("\n")
    with pytest.raises(BookError, match=rf"page\.md:{line}: the text says "):
        check(tmp_path, text)


def test_numbers_in_code_are_not_running_text():
    assert list(numbers.in_text("```\n0.777\n```\n\n~~~\n0.888\n~~~\n")) == []


def test_a_line_is_counted_in_the_file():
    assert list(numbers.in_text("---\ntitle: 0.123\n---\n\n`0.999`\n0.123")) == [
        (6, "0.123", Decimal("0.123"), False)
    ]
