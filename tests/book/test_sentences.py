"""A sentence that concludes something from what its page shows has a claim, or says why not."""

import pytest

from book.checks import sentences
from book.checks.all import _body as body
from book.checks.all import _converter as converter
from book.source import pages
from book.source.sentences import REASONS, read, without_excuses

SHOWN = "```python\nx = 1\nprint(x)\n```\n\n"
"""A snippet that shows something."""


def said_of(tmp_path, text, name="by-hand.md"):
    """The lines that are refused, and what is said of each."""
    page = tmp_path / name
    page.write_text(text, encoding="utf-8")
    return {each.line: str(each) for each in sentences.problems(page)}


@pytest.mark.parametrize(
    "text",
    [
        "The second is larger.",
        "Both learn, and *nearly all* of them at once.",
        "The loss\nfalls at every step.",
        "It is twice as long (in this run).",
        "Two come close: neither wins.",
        "- One.\n- It takes three times as long.",
        "It ends there, because the weights are small.",
        "Seven of the twenty are stuck.",
        "A rate of 5 does not free them either.",
        '!!! note "A title"\n    The first is smaller.',
        "**Rounding.** It never stops.",
        "The error is within 5 % of it.",
    ],
)
def test_a_conclusion_after_an_output_is_refused(tmp_path, text):
    said = said_of(tmp_path, SHOWN + text + "\n")
    assert len(said) == 1
    assert "nothing checks" in next(iter(said.values()))


@pytest.mark.parametrize(
    "text",
    [
        "It ends there.",
        "Which one is larger?",
        "Here are all of them:",
        "Their sum is larger than\n\n$$\nx = 1\n$$",
        "**The largest one is taken.** Look for it.",
        "| the largest | 1 |\n| --- | --- |",
        "## All of it",
        "`all(x)` is [larger](more.md) than $x_{same}$ {: .least }.",
        'It <b title="never">ends</b>.',
        "[The sum](claim: x > 0), says A. Meier, is larger.",
        "[The second is larger](claim: x > 0) than all others.",
        "The second\nis [larger\nby far](claim: x > 0), always.",
    ],
)
def test_nothing_else_is(tmp_path, text):
    assert said_of(tmp_path, SHOWN + text + "\n") == {}


LARGER = "The second is larger.\n\n"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (LARGER + SHOWN, []),
        (SHOWN + LARGER, [6]),
        (SHOWN + "### Next\n\n" + LARGER, []),
        ("## What goes wrong\n\n" + LARGER, [3]),
        (SHOWN.replace("python", 'python output="none"') + LARGER, []),
        (SHOWN.replace("python", 'python norun="why"') + LARGER, []),
        (SHOWN + '??? question "1. Why?"\n    The second is larger.\n', []),
        (
            '??? question "1. Why?"\n    Why?\n\n    ??? success "Solution"\n'
            "        The second is larger.\n\nIt is larger.\n",
            [5],
        ),
        (SHOWN + '??? question "1. Why?"\n    It is larger.\n\nIt is larger.\n', [9]),
        (SHOWN.replace("python", 'python caption="It falls. It stays."'), [1]),
    ],
)
def test_where_a_sentence_can_conclude(tmp_path, text, lines):
    assert list(said_of(tmp_path, text)) == lines


def test_the_line_is_that_on_which_the_sentence_begins(tmp_path):
    said = said_of(
        tmp_path, SHOWN + "It ends. But the second\nof them\nis larger.\nIt never does.\n"
    )
    assert list(said) == [6, 9]


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_excuses_the_sentence_before_it(tmp_path, reason):
    excused = f"The second is larger. <!-- unclaimed: {reason} -->"
    assert said_of(tmp_path, SHOWN + excused + " It ends.\n") == {}
    (said,) = said_of(tmp_path, SHOWN + excused + " It never ends.\n").values()
    assert "It never ends" in said


def test_a_caption_has_its_own_excuse(tmp_path):
    caption = "It falls. <!-- unclaimed: code --> It stays."
    assert said_of(tmp_path, SHOWN.replace("python", f'python caption="{caption}"')) == {}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("It is larger. <!-- unclaimed: clear -->", "'clear' is no reason"),
        ("It is larger. <!-- unclaimed -->", "'' is no reason"),
        ("It ends. <!-- unclaimed: code -->", "needs no excuse"),
        ("It is [larger](claim: x > 0). <!-- unclaimed: code -->", "needs no excuse"),
        ("<!-- unclaimed: code --> It ends.", "needs no excuse"),
        ("Is it larger? <!-- unclaimed: code -->", "needs no excuse"),
        ("It is larger. <!-- unclaimed: code --> <!-- unclaimed: code -->", "needs no excuse"),
        ("## Next\n\nIt is larger. <!-- unclaimed: code -->", "needs no excuse"),
    ],
)
def test_an_excuse_that_excuses_nothing_is_refused(tmp_path, text, what):
    (said,) = said_of(tmp_path, SHOWN + text + "\n").values()
    assert what in said


def test_only_chapters_must_say_why(tmp_path):
    assert said_of(tmp_path, SHOWN + LARGER, "notation.md") == {}


def test_readers_do_not_see_excuses():
    assert without_excuses("A. <!-- unclaimed: code --> B <!-- c -->.") == "A. B <!-- c -->."
    assert without_excuses("A. <!-- unclaimed:\ncode -->\nB.") == "A.\n\nB."


def test_a_page_is_converted_without_them():
    page = pages.DOCS / "any-number-of-layers.md"
    assert "<!-- unclaimed" in page.read_text("utf-8")
    html = converter().convert(body(page))
    assert "<!--" not in html


def test_each_reason_is_needed():
    given = {each.excuse for page in pages.chapters() for each in read(page)}
    assert given - {None} == set(REASONS)
