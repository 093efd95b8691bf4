"""How the prose of pages reads, in figures, beside that of texts that readers like.

python tools/prose.py [docs/NAME.md ...]: a mirror, and no gate. Headings, also those in bold at the
beginning of a paragraph, tables, code, displayed formulas and references are left out; a formula or
a piece of code in a line counts as a word.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from book.source import claims, fences, pages, sentences

ANCHORS = {
    "Nielsen, chapter 2": (21.8, 8, 10, 23, 9, 3.0),
    "CS231n, optimization-2": (20.8, 11, 6.3, 20, 19, 10.1),
    "d2l, numerical stability": (17.8, 4, 5.1, 30, 4, 7.0),
}
"""The same figures, of texts as they stood in 2026."""

SHORT = 6
"""Words of a short sentence, at most."""

WORDS = {
    "you": r"you|your|yours|yourself",
    "we": r"we|us|our|ours|ourselves",
    "it": r"it|its|itself",
    "because ...": r"because|therefore|hence|thus|since|recall|notice|suppose|imagine|consider",
}


def prose(page: Path) -> Iterator[str]:
    """Yield the paragraphs of a page, in plain words."""
    text = page.read_text(encoding="utf-8")
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    text = fences.without_fences(text)
    text = re.sub(r"^## Further reading\n.*?(?=^## |\Z)", "", text, flags=re.M | re.S)
    text = claims.plain(sentences.without_excuses(text))
    text = re.sub(r"^[ ]*\$\$.*?\$\$[ ]*(?:\n *\{:[^\n]*\})?$", "\n", text, flags=re.M | re.S)
    text = re.sub(r"<!--.*?-->|<[^>\n]+>", "", text, flags=re.DOTALL)
    text = re.sub(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\([^)]*\)(?:\{[^}]*\})?", r"\1", text)
    text = re.sub(r"\$[^$\n]+\$", "x", text)
    text = re.sub(r"`[^`\n]+`", "x", text)
    text = re.sub(r"^[ ]*(?:!!!|\?\?\?\+?) \w+.*$", "\n", text, flags=re.MULTILINE)
    for part in re.split(r"\n\s*\n|\n(?=[ ]*(?:[-*]|\d+\.) )", text):
        words = " ".join(part.split())
        if words and not words.startswith(("#", "|", "{", "*[", ":::")):
            words = re.sub(r"^(?:(?:[-*]|\d+\.) )?\*\*[^*]+[.:?]\*\* (?=\S)", "", words)
            yield re.sub(r"^(?:[-*]|\d+\.) |[*_]+", "", words)


def split(paragraph: str) -> list[str]:
    """Return the sentences of a paragraph; an initial and a ratio end none."""
    end = r"(?<=[.!?:])(?<!\b[A-Z]\.)(?<! :)[\"”’)]*\s+(?=[\"“‘(]*[A-Zx\d])"
    return [each for each in re.split(end, paragraph) if each]


def measured(page: Path) -> tuple[float, ...]:
    """Return words per sentence, the share of short ones, and counts per thousand words."""
    found = [each for paragraph in prose(page) for each in split(paragraph)]
    lengths = [len(re.findall(r"[\w’'−-]+", each)) for each in found]
    lengths = [n for n in lengths if n]
    total = sum(lengths) or 1
    text = " ".join(found)
    per_thousand = [
        1000 * len(re.findall(rf"\b(?:{words})\b", text, re.IGNORECASE)) / total
        for words in WORDS.values()
    ]
    short = 100 * sum(n <= SHORT for n in lengths) / (len(lengths) or 1)
    return total / (len(lengths) or 1), short, *per_thousand


def main() -> None:
    chosen = [Path(name).resolve() for name in sys.argv[1:]] or pages.chapters()
    rows = ANCHORS | {page.stem: measured(page) for page in chosen}
    print(f"{'':32} words  short %  " + "  ".join(f"{name:>11}" for name in WORDS))
    for name, (words, short, *counts) in rows.items():
        print(f"{name:32} {words:5.1f}  {short:7.0f}  " + "  ".join(f"{n:11.1f}" for n in counts))


if __name__ == "__main__":
    main()
