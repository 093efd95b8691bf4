"""A chapter's number is its place in the navigation, and links say it after a chapter has moved."""

import re

from book.source import pages, renumbering


def test_the_chapters_are_those_that_parts_of_the_navigation_list():
    listed = [page.name for page in pages.chapters()]
    written = pages.SETTINGS.read_text(encoding="utf-8")
    written = re.split(r"^  - (?:Slides|Appendices):", written, flags=re.MULTILINE)[0]
    assert listed == re.findall(r"^ {6}- (\S+\.md)$", written, re.MULTILINE)
    assert [pages.chapter(page) for page in pages.chapters()] == [*range(1, len(listed) + 1)]
    assert pages.chapter(pages.DOCS / "glossary.md") is None
    assert pages.chapter(pages.DOCS / "api" / "xor.md") is None


def test_a_moved_chapter_gets_its_number_in_links(tmp_path):
    page = tmp_path / "page.md"
    number = pages.chapter(pages.DOCS / "xor.md")
    said = "[3-2-1](xor.md), [chapter {0}](xor.md#learning), [{0}](xor.md), [7](api/units.md)."
    page.write_text(said.format(99), encoding="utf-8")
    assert renumbering.renumber(page)
    assert page.read_text(encoding="utf-8") == said.format(number)
    assert not renumbering.renumber(page)


def test_the_links_of_the_book_say_the_right_numbers(tmp_path):
    for page in pages.paths():
        copy = tmp_path / page.name
        copy.write_bytes(page.read_bytes())
        assert not renumbering.renumber(copy), page
