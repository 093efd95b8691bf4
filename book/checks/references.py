"""What the text calls a chapter, a section or an exercise is what its link leads to."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

from markdown.extensions.toc import slugify

from book.errors import BookError
from book.source import claims, fences, pages

_LINK = re.compile(r"\[(?P<words>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<address>[^)\s]*)\)")
_NUMBER = re.compile(r"\b[Cc]hapters? (\d+)")
_EXERCISE = re.compile(r"\b[Ee]xercise (\d+)")
_ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"]
_ORDINAL = re.compile(rf"\b(next|last|{'|'.join(_ORDINALS)}) chapter\b", re.IGNORECASE)


def problems(page: Path, text: str) -> Iterator[BookError]:
    """Yield the references of a page that lead elsewhere, or that cannot be followed."""
    said = claims.blanked(fences.without_fences(text))
    said = re.sub(r"`[^`\n]*`|<!--.*?-->", lambda each: re.sub(r"[^\n]", " ", each[0]), said)
    for link in _LINK.finditer(said):
        line = said.count("\n", 0, link.start()) + 1
        for what in _wrong(page, link["words"], link["address"]):
            yield BookError(
                page,
                line,
                what,
                "correct the words or the link, or let `python -m book renumber` do it",
            )
    alone = _LINK.sub(lambda link: re.sub(r"[^\n]", " ", link[0]), said)
    captions = [(each.line, each.options.get("caption", "")) for each in fences.read(page)]
    for start, passage in [(1, alone), *captions]:
        for number in _NUMBER.finditer(passage):
            line = start + passage.count("\n", 0, number.start())
            do = "link it, so that it can be followed and checked, or say which by its subject"
            yield BookError(page, line, f"{number[0]} is not linked", do)
        for number in _EXERCISE.finditer(passage):
            if number[1] not in _exercises(page):
                line = start + passage.count("\n", 0, number.start())
                yield BookError(page, line, f"the page has no {number[0]}", "correct the number")


def _wrong(page: Path, words: str, address: str) -> Iterator[str]:
    """Yield what is wrong with a link to a page of the book."""
    name, _, anchor = address.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not pages.is_page(target):
        return
    for number in _chapters_named(page, words):
        if number != pages.chapter(target):
            yield f"[{words}] leads to {target.name}"
    for number in _EXERCISE.findall(words):
        if number not in _exercises(target):
            yield f"{target.name} has no exercise {number}"
    if words[:1].isupper() and not _is_heading(words, target, anchor):
        # The headings of the glossary are words of every page.
        others = [each for each in pages.paths() if each.name != "glossary.md"]
        named = [each.name for each in others if _is_heading(words, each)]
        if named:
            yield f"[{words}] is a heading of {named[0]}, and the link leads elsewhere"


def _chapters_named(page: Path, words: str) -> Iterator[int]:
    """Yield the numbers of the chapters that the words of a link name."""
    yield from map(int, _NUMBER.findall(words))
    if re.fullmatch(r"\d+", words):
        yield int(words)
    for ordinal in map(str.lower, _ORDINAL.findall(words)):
        here = pages.chapter(page)
        if ordinal in _ORDINALS:
            yield _ORDINALS.index(ordinal) + 1
        elif here is not None:
            yield here + (1 if ordinal == "next" else -1)


def _is_heading(words: str, page: Path, anchor: str | None = None) -> bool:
    """Return whether words are the title of a page, long or short, or a heading, of an anchor."""
    title, headings = _read(page, page.stat().st_mtime_ns)
    if words in (title, title.partition(":")[0]):
        return True
    return words in headings and anchor in (None, headings[words])


@functools.cache
def _read(page: Path, _changed: int) -> tuple[str, dict[str, str]]:
    """Return the title of a page, and its headings of the second level with their anchors."""
    try:
        text = fences.without_fences(page.read_text(encoding="utf-8"))
    except UnicodeDecodeError:  # It is refused for itself.
        return "", {}
    found = re.finditer(r"^## (.+?)(?: \{[^}]*?#([\w-]+)[^}]*\})?$", text, re.MULTILINE)
    return pages.title(page), {each[1]: each[2] or slugify(each[1], "-") for each in found}


def _exercises(page: Path) -> set[str]:
    text = page.read_text(encoding="utf-8", errors="replace")
    return set(re.findall(r'^\?\?\? question "(\d+)\. ', text, re.MULTILINE))
