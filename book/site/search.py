"""What the search finds: symbols and terms by all their names, and fractions as one types them.

The theme makes an index of the pages' text. Here the index learns what a formula says that its text
does not: the bar of a fraction, the name of a letter, and what each symbol of the notation stands
for, which other names the glossary gives to a term, and in which words others tell of a mistake.
`docs/assets/search.js` reads the index.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import html5lib

from book.source import pages

NOTATION = "notation/"
_FORMULA = re.compile(r"<math\b.*?</math>", re.DOTALL)
_NAMED = ("glossary/", "mistakes/")
_NAMES = re.compile(r"<p>(?:Elsewhere|Messages|In other words): (.*?)</p>", re.DOTALL)
"""The paragraphs of these pages in which a subject has its other names."""
OTHERWISE = "reading/#not-treated"
"""What is answered where no part of the book has any of the words."""
BESIDE = 0.7
"""What a part counts that lists, explains or refers to what another part says."""
EARLIER = 0.15
"""What the first chapter counts more than the last: it comes first to a subject."""
_BESIDE = ("api/", "cite/", "equations/", "kept-true/", "solutions/", "your-turn")


def mend(site: Path) -> None:
    """Add to a built site's index what the text of its formulas lacks."""
    path = site / "search" / "search_index.json"
    index = json.loads(path.read_text(encoding="utf-8"))
    fractions: dict[str, dict[str, str]] = {}
    chapters = [pages.address(page) for page in pages.paths() if pages.chapter(page) is not None]
    for entry in index["docs"]:
        page = entry["location"].partition("#")[0]
        if page not in fractions:
            fractions[page] = dict(_fractions(site / page / "index.html"))
        entry["text"] = _mended(entry["text"], fractions[page])
        if page in _NAMED and (names := _names(entry["text"])):
            entry["names"] = names
        if not page or page.startswith(_BESIDE):  # the first page lists all others
            entry["boost"] = BESIDE
        elif page in chapters:
            entry["boost"] = round(1 + EARLIER * (1 - chapters.index(page) / len(chapters)), 2)
        if entry["location"] == OTHERWISE:
            entry["otherwise"] = True
            entry["names"] = _subjects(site / page / "index.html")
    index["docs"] += _symbols(site / NOTATION / "index.html")
    path.write_text(json.dumps(index, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def _names(text: str) -> list[str]:
    """Return the other names that a part has for its subject."""
    found = ", ".join(each.rstrip(".") for each in _NAMES.findall(text))
    return re.split(r"[,.]\s", re.sub(r"<[^>]*>", "", found)) if found else []


def _subjects(page: Path) -> list[str]:
    """Return the subjects that the last table of a page has in its first column."""
    *_, table = html5lib.parse(page.read_bytes(), namespaceHTMLElements=False).iter("tbody")
    first = ("".join(row[0].itertext()) for row in table)
    return [each.strip() for cell in first for each in re.split(r"[,:()]", cell) if each.strip()]


def _mended(text: str, fractions: dict[str, str]) -> str:
    text = text.replace("</pre>Copy", "</pre>")
    for flat in sorted(fractions, key=len, reverse=True):
        text = text.replace(flat, fractions[flat])
    letters = sorted({each for each in re.findall(r"[α-ωΔ∂⊙]", text) if _name(each)})
    names = ", ".join(f"{letter} {_name(letter)}" for letter in letters)
    return f"{text} <p>{names}</p>" if names else text


def _name(letter: str) -> str:
    """Return what a letter is called: delta, eta."""
    named = {"∂": "partial", "⊙": "odot"}
    return named.get(letter) or unicodedata.name(letter).split(" ")[-1].lower()


def _fractions(page: Path) -> Iterator[tuple[str, str]]:
    """Yield the text of each formula that has a fraction, as it is indexed and as one types it."""
    found = _FORMULA.findall(page.read_text(encoding="utf-8"))
    formulas = "".join(each for each in found if "<mfrac" in each)
    for element in html5lib.parseFragment(formulas, namespaceHTMLElements=False):
        flat = escape("".join(element.itertext()), quote=False)
        line = escape(_line(element), quote=False)
        if len(flat) > 3 and flat != line:
            yield flat, line


def _line(element: Any) -> str:
    """Return a formula in one line, with a stroke for the bar of a fraction."""
    joint = "/" if str(element.tag).endswith("mfrac") else ""
    return (element.text or "") + joint.join(_line(each) + (each.tail or "") for each in element)


def _symbols(page: Path) -> Iterator[dict[str, Any]]:
    """Yield an entry for each row of the notation's first table, and give the row its id."""
    html = page.read_text(encoding="utf-8")
    table = next(html5lib.parse(html, namespaceHTMLElements=False).iter("tbody"))
    start = html.index("<tbody>")
    before, rest = html[:start], html[start:]
    for number, row in enumerate(table, start=1):
        symbol, code, _, meaning = (" ".join("".join(cell.itertext()).split()) for cell in row)
        place = f"symbol-{number}"
        rest = re.sub(r"<tr>", f'<tr id="{place}">', rest, count=1)
        letters = dict.fromkeys(re.findall(r"[α-ωΔ∂⊙]", symbol))
        said = list(dict.fromkeys(filter(None, [symbol, *map(_name, letters), code])))
        title = f"{' '.join(said)} – {meaning.split(',')[0].split(';')[0]}"
        yield {
            "location": f"{NOTATION}#{place}",
            "title": escape(title, quote=False),
            "text": f"<p>{escape(meaning, quote=False)}</p>",
            "names": said + [each for each in letters if each not in said],
        }
    page.write_text(before + rest, encoding="utf-8")
