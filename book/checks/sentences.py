"""Sentences that conclude something from what a page shows, and are not checked.

What compares, counts, ranks, generalizes or gives a cause is known by its words. They are chosen to
hit what is concluded from outputs, and to miss what is defined, derived or advised.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from book.errors import BookError
from book.source import pages, sentences
from book.source.sentences import Sentence

_NUMBERS = (
    r"(?:\d+|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|forty|fifty|sixty"
    r"|(?:a )?(?:hundred|thousand|million)|hundreds of|thousands of)"
)
_WORDS = re.compile(
    r"\b(?:"
    # ranks
    r"largest|smallest|longest|shortest|highest|lowest|fastest|slowest|steepest|nearest|best|worst"
    r"|most|least|fewest"
    # compares
    r"|more|less|fewer|larger|smaller|longer|shorter|higher|lower|faster|slower|better|worse"
    r"|steeper|flatter|closer|nearer|sooner|same|equals?|opposite|agrees?|differs?|match(?:es)?"
    r"|nearly|almost|mostly|exactly|alike|hardly|barely|about (?:as|half)|within|either(?=[.,;])"
    # counts
    rf"|twice|half|halves|doubles|(?:a|two) thirds?|a quarter|{_NUMBERS} times"
    r"|times (?:as|larger|smaller|longer|shorter)"
    rf"|(?:one|none|most|{_NUMBERS}) of (?:the )?{_NUMBERS}"
    # generalizes
    r"|never|always|only|neither|none|nothing|nowhere|all|every|no (?:two|one)"
    # says what became of something, and why
    r"|rises?|rose|falls?|fell|grows?|grew(?! out)|shrinks?|shrank|vanish(?:es)?|explodes?"
    r"|diverges?|fails?|failed|solved?|because"
    r")\b",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.!][)\"'*]*$")


def problems(page: Path) -> Iterator[BookError]:
    """Yield the sentences of a chapter that conclude something, and have no claim or excuse."""
    if pages.chapter(page) is None:
        return
    reasons = " or ".join(sentences.REASONS)
    for each in sentences.read(page):
        said = each.text if len(each.text) < 60 else f"{each.text[:57]}..."
        word = concludes(each)
        if each.excuse is None:
            if word and not each.claimed:
                what = f"nothing checks “{said}”, which says {word!r}"
                do = f"write [words](claim: expression), or behind it <!-- unclaimed: {reasons} -->"
                yield BookError(page, each.line, what, do)
        elif each.excuse not in sentences.REASONS:
            what = f"{each.excuse!r} is no reason to check nothing"
            yield BookError(page, each.line, what, f"write {reasons}")
        elif each.claimed or not word:
            yield BookError(page, each.line, f"“{said}” needs no excuse", "delete the comment")


def concludes(sentence: Sentence) -> str:
    """Return the first word by which a sentence concludes something; empty where it does not.

    A question does not, nor does what leads to a formula or an output, or names a paragraph.
    """
    names = sentence.words.endswith("**")
    if not sentence.can_conclude or names or not _ENDS.search(sentence.words):
        return ""
    found = _WORDS.search(sentence.words)
    return found[0] if found else ""
