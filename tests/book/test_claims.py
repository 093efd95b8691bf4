"""Claims in the text of a page: how they are read, and what a page shows of them."""

import pytest

from book.execution import executor
from book.execution.worker import Finding
from book.markdown import claims as shown
from book.source import claims
from book.source.claims import Claim
from book.source.fences import Snippet


@pytest.mark.parametrize(
    ("text", "words", "code"),
    [
        ("[It falls](claim: b < a), so", "It falls", "b < a"),
        ("[It falls](claim:b < a)", "It falls", "b < a"),
        ("[f(x) is 1](claim: f(x) == (1))", "f(x) is 1", "f(x) == (1)"),
        ("[it](claim: ')' in said)", "it", "')' in said"),
        ('[it](claim: "(" in said)', "it", '"(" in said'),
        ("[it](claim: x[0] < x[1])", "it", "x[0] < x[1]"),
        ("[the `a[0]` it](claim: a)", "the `a[0]` it", "a"),
        ("[link](02.md) and [it](claim: a)", "it", "a"),
        ("a[0], [it](claim: a)", "it", "a"),
        ("in $[0, 1)$ [it](claim: a)", "it", "a"),
    ],
)
def test_a_claim_is_words_and_an_expression(text, words, code):
    (claim,) = claims.read(text)
    assert (claim.words, claim.code) == (words, code)
    assert claims.plain(text) == text[: claim.start] + words + text[claim.end :]


def test_claims_have_their_lines():
    said = "\n[a](claim: x)\n\n[b\nc](claim: y) [d](claim: z)"
    assert [(each.line, each.words) for each in claims.read(said)] == [
        (2, "a"),
        (5, "b\nc"),
        (5, "d"),
    ]
    assert claims.plain(said) == "\na\n\nb\nc d"


def test_blanks_in_the_place_of_claims_keep_every_place():
    said = "So [it is 0.5](claim: x == 0.512), and 0.7."
    assert claims.blanked(said) == f"So  it is 0.5{' ' * 20}, and 0.7."


@pytest.mark.parametrize(
    "text", ["it](claim: a)", "[it](claim: a", "[it](claim: f(a)", "[it](claim: )"]
)
def test_what_is_no_claim_is_refused(text):
    with pytest.raises(ValueError, match="claim"):
        claims.read(text)


def found(code, *said):
    """What became of claims after a snippet."""
    told = tuple(Claim(1, "it", each, 0, 0) for each in said)
    (outcome,) = executor.execute([Snippet(executor.Path("page.md"), 1, code, {}, told)])
    return outcome.claims


@pytest.mark.parametrize(
    ("code", "claim", "finding"),
    [
        ("x = 0.25", "x < 1", Finding("", "0.25 < 1")),
        ("x = 0.25", "0 < x < 1 / 2", Finding("", "0 < 0.25 < 0.5")),
        ("x, y = 1, 2", "x < y and not y < x", Finding("", "1 < 2 and (not 2 < 1)")),
        ("x, y = 1, 2", "x > y", Finding("it is false", "1 > 2")),
        ("x, n = [3, 4], 9", "all(n > 2 for n in x)", Finding("", "all((n > 2 for n in x))")),
        ("x = []", "not x or x[0] == 2", Finding("", "not x or x[0] == 2")),
        ("x = 1", "(lambda x: x > 2)(3)", Finding("", "(lambda x: x > 2)(3)")),
        ("x = [3, 4]", "sum(n > 3 for n in x) == 1", Finding("", "1 == 1")),
        ("x = [3, 4]", "all(each > 2 for each in x)", Finding("", "all((each > 2 for each in x))")),
        (
            "import numpy as np\nx = np.ones(2)",
            "(x == 1).all()",
            Finding("", "([1. 1.] == 1).all()"),
        ),
        ("import numpy as np\nx = np.ones(99)", "x.max() == 1", Finding("", "1 == 1")),
        ("", "x > 1", Finding("it raises NameError: name 'x' is not defined")),
        ("x = 1", "x", Finding("it is neither true nor false, but of class int")),
        (
            "import numpy as np\nx = np.float64(0)",
            "1 / x > 1",
            Finding("it raises RuntimeWarning: divide by zero encountered in scalar divide"),
        ),
    ],
)
def test_a_claim_is_looked_at_in_the_session(code, claim, finding):
    assert found(code or "pass", claim) == [finding]


def test_a_claim_after_a_snippet_that_raises_as_promised_is_looked_at():
    assert found("x = 2\nraise KeyError", "x > 1") == [Finding("", "2 > 1")]


def test_a_caption_shows_its_claims():
    said = "First < [it falls](claim: b < a). [It ends](claim: n == 3)"
    html = shown.caption(said, [Finding("", "1 < 2"), Finding("", "3 == 3")])
    assert html == (
        'First &lt; <span class="claim">it falls<span role="note" tabindex="0" '
        'aria-label="Checked: b &lt; a; 1 &lt; 2"></span></span>. '
        '<span class="claim">It ends<span role="note" tabindex="0" '
        'aria-label="Checked: n == 3; 3 == 3"></span></span>'
    )
