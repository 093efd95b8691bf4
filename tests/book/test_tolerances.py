"""Where a page asks whether numbers are close, it says how close.

NumPy adds both tolerances up, and has a default for each. Who names one of them, and prints "equal
to twelve digits", has asked for seven or eight where the numbers are small.
"""

import ast

import pytest

from book.source import fences, pages

TOLERANCES = {"rtol", "atol"}


def questions(code):
    """Return the calls of a program that ask for closeness, each with the tolerances it names."""
    for call in ast.walk(ast.parse(code)):
        if isinstance(call, ast.Call):
            called = getattr(call.func, "attr", getattr(call.func, "id", ""))
            if called in ("allclose", "isclose", "assert_allclose"):
                yield ast.unparse(call), TOLERANCES & {each.arg for each in call.keywords}


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("np.allclose(a, b)", set()),
        ("isclose(a, b, rtol=1e-12)", {"rtol"}),
        ("print(np.testing.assert_allclose(a, b, atol=0, rtol=1e-9))", TOLERANCES),
    ],
)
def test_tolerances_that_are_named_are_found(code, named):
    assert [each for _, each in questions(code)] == [named]


def test_both_tolerances_are_named():
    asked = [
        (page.name, said, named)
        for page in pages.paths()
        for snippet in fences.read(page)
        for code in [snippet.code, *(claim.code for claim in snippet.claims)]
        for said, named in questions(code)
    ]
    assert len(asked) > 80
    assert [(page, said) for page, said, named in asked if named != TOLERANCES] == []
