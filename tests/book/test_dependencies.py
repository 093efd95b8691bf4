"""What pages were asked while another was converted is noted, and asked again when it matters."""

import os

import pytest

from book.source import dependencies, pages


def words(page):
    return len(page.read_text(encoding="utf-8").split())


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A page of a book of two."""
    monkeypatch.setattr(pages, "DOCS", tmp_path)
    for name in ("one.md", "two.md"):
        (tmp_path / name).write_text(f"The text of {name}", encoding="utf-8")
    return tmp_path / "one.md"


def rewrite(page, text):
    page.write_text(text, encoding="utf-8")
    os.utime(page, ns=(0, page.stat().st_mtime_ns + 1))


def noted(question, page):
    with dependencies.noted() as answers:
        dependencies.ask(question, page)
    (answer,) = answers
    return answer


def test_an_answer_holds_as_long_as_it_is_the_same(page):
    count, text = noted(words, page), noted(dependencies.text, page)
    assert count.holds()
    assert text.holds()
    rewrite(page, "The words of one.md")
    assert count.holds(), "as many words"
    assert not text.holds()
    rewrite(page, "The text of one.md, and more")
    assert not count.holds()
    assert not text.holds()
    rewrite(page, "The text of one.md")
    assert count.holds()
    assert text.holds()


def test_what_is_asked_is_answered_and_noted_once_for_each_page(page):
    other = page.with_name("two.md")
    with dependencies.noted() as answers:
        assert dependencies.ask(words, page) == 4
        assert dependencies.ask(dependencies.text, other) == "The text of two.md"
    assert [(each.asked.rpartition(":")[2], each.page) for each in answers] == [
        ("words", "one.md"),
        ("text", "two.md"),
    ]
    assert dependencies.ask(words, page) == 4
    assert len(answers) == 2, "nothing is noted of what is asked later"


def test_what_is_asked_within_is_noted_within(page):
    with dependencies.noted() as outer:
        with dependencies.noted() as inner:
            dependencies.ask(words, page)
        dependencies.ask(words, page.with_name("two.md"))
    assert [each.page for each in inner] == ["one.md"]
    assert [each.page for each in outer] == ["two.md"]


def test_a_page_that_is_gone_says_nothing_any_more(page):
    answer = noted(dependencies.text, page)
    page.unlink()
    assert not answer.holds()
