"""Numbers as prose writes them: in digits with sign, power of ten and percent, or in words."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

_DIGITS = re.compile(
    r"(?=[-+−.\d])"  # elsewhere none begins, and the rest need not be tried
    r"(?P<sign>(?<![\w.)\]}'])[-+−])?"
    r"(?<![\w.])(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?:e(?P<e>[-+]?\d+)|\s*(?:\\times|×|\\cdot)\s*10\^\{?(?P<power>-?\d+)\}?"
    r"|(?<=\D10)\^\{?(?P<exponent>-?\d+)\}?| (?P<scale>thousand|million))?"
    r"(?P<percent>\s*\\?%| (?:in|of) a hundred)?(?![\w]|\.\d)"
)

_ONES = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_COUNTED = {
    "a": 1,
    **{word: n for n, word in enumerate(_ONES.split(), start=1)},
    **{word: 10 * n for n, word in enumerate(_TENS.split(), start=2)},
}
_SCALES = {"dozen": 12, "hundred": 100, "thousand": 1000, "million": 10**6}
_PARTS = {"third": 3, "quarter": 4, "fifth": 5, "tenth": 10, "hundredth": 100, "thousandth": 1000}
_WORD = "|".join([*_COUNTED, *_SCALES])
_FIRST = "".join({word[0] for word in (*_COUNTED, *_SCALES, "half")})
_WORDS = re.compile(
    rf"(?<![\w-])(?=[{_FIRST}])(?:"
    rf"(?:a|one) (?P<part>{'|'.join(_PARTS)})(?= (?:of|or|at)\b|[.,;:)\]*]|$)"
    rf"|(?P<half>half )?(?P<whole>(?:{_WORD})(?:[ -](?:{_WORD}))*)"
    r"(?P<percent> (?:in|of) a hundred)?(?![\w-]))",
    re.IGNORECASE,
)
# Not half, double and twice: they compare more often than they count.


@dataclass(frozen=True)
class Number:
    """A number of a text, and where it stands there."""

    start: int
    end: int
    said: str
    value: Decimal
    unit: Decimal
    """What its last digit counts: it may be rounded by half of that."""
    percent: bool = False
    in_words: bool = False

    @property
    def is_round(self) -> bool:
        """Whether it is ten, a hundred or a thousand in words, by which prose may mean many."""
        return self.in_words and self.value.normalize().as_tuple().digits == (1,)


# Those of a page are looked up, and counted.
@functools.lru_cache(maxsize=512)
def read(text: str) -> tuple[Number, ...]:
    """Return the numbers of a text, but for whole ones below ten."""
    digits = list(in_digits(text))
    ends = {number.end for number in digits}  # "97 in a hundred" is one number
    words = [each for each in _in_words(text) if each.end not in ends]
    return tuple(filter(_is_looked_up, [*digits, *words]))


def _is_looked_up(number: Number) -> bool:
    return number.unit < 1 or abs(number.value) >= 10 or number.percent


def in_digits(text: str) -> Iterator[Number]:
    """Yield the numbers that a text has in digits."""
    for found in _DIGITS.finditer(text):
        value = Decimal(found["digits"].replace(",", ""))
        if found["exponent"]:
            value, unit = value ** int(found["exponent"]), Decimal(0)
        else:
            value = value.scaleb(int(found["e"] or found["power"] or 0))
            unit = Decimal((0, (1,), int(value.as_tuple().exponent)))
            scale = _SCALES.get(found["scale"], 1)
            value, unit = value * scale, unit * scale
        if found["sign"] in {"-", "−"}:
            value = -value
        yield Number(*found.span(), found[0].strip(), value, unit, bool(found["percent"]))


def _in_words(text: str) -> Iterator[Number]:
    for found in _WORDS.finditer(text):
        value, unit = Decimal(0), Decimal(1)
        if found["part"]:
            value = 1 / Decimal(_PARTS[found["part"].lower()])
            unit = value / 10
        else:
            value = Decimal(_whole(re.split(r"[ -]", found["whole"].lower())))
            value = value / 2 if found["half"] else value
        yield Number(*found.span(), found[0], value, unit, bool(found["percent"]), in_words=True)


def _whole(words: list[str]) -> int:
    """Return what words such as two, hundred, five, thousand count together."""
    total = 0
    for word in words:
        if word == "hundred":
            total += (total % 100 or 1) * 100 - total % 100
        elif word in _SCALES:
            total = max(total, 1) * _SCALES[word]
        else:
            total += _COUNTED[word]
    return total
