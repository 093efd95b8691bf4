"""The page of common mistakes, as its tests read it: its symptoms, their causes and their names."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "mistakes.md"
_SYMPTOM = re.compile(
    r"^### (?P<title>.+) \{ #(?P<place>[\w-]+) \}\n(?P<body>(?:(?!#).*\n)*)", re.M
)
_NAMES = re.compile(r"^\*(?:Messages|In other words):\* (.*)\.$", re.M)


def symptoms():
    """Return the titles and texts of the symptoms, by place: those that have causes."""
    found = _SYMPTOM.finditer(PAGE.read_text(encoding="utf-8"))
    return {each["place"]: each[0] for each in found if "\n- **" in each["body"]}


def causes():
    """Return place and number of each cause."""
    return {
        (place, number)
        for place, text in symptoms().items()
        for number in range(1, len(re.findall(r"^- \*\*", text, re.M)) + 1)
    }


def calls(place, message):
    """Return whether a symptom has a message, or a part of it, among its names or as its title."""
    text = symptoms()[place]
    title = re.findall(r"`([^`]+)`", text.partition("\n")[0])
    names = re.split(r"[,.] ", ", ".join(_NAMES.findall(text)))
    return any(name in message for each in (*title, *names) if (name := each.strip(" .")))
