"""Make the book's math font: a subset of STIX Two Math, with primes that are large enough.

Run by hand, with fonttools and brotli installed, when a formula needs a character more:

    python tools/math_font.py STIXTwoMath-Regular.ttf
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from fontTools import subset
from fontTools.ttLib import TTFont

TARGET = Path(__file__).parents[1] / "docs" / "assets" / "fonts" / "book-math.woff2"
NAME = "Book Math"
"""The licence reserves the name of the original for the original."""

CHARACTERS = [
    *range(0x20, 0x7F),
    *(ord(letter) for letter in "¬±·×÷′″‴‖…ℎ∂∇∈∉∏∑−∗∘√∞∝∣∥∧∨∫≈≠≡≤≥≪≫⊙⊗⊤⋅⋮⋯⋱→←↑↓⇒⟨⟩⌈⌉⌊⌋⏞⏟ℝℓˆˉ˙˜¯𝖳"),
    *range(0x391, 0x3CA),
    *(0x3D1, 0x3D5, 0x3F5),
    *range(0x1D434, 0x1D468),  # italic
    *range(0x1D6E2, 0x1D71C),  # Greek, italic
    0x1D71D,
    *range(0x2061, 0x2065),
]
PRIMES = (0x2032, 0x2033, 0x2034)


def main(source: str) -> None:
    """Write the font."""
    font = TTFont(source)
    _map_primes(font)
    narrow_roots(font)
    options = subset.Options(layout_features=["kern", "dtls", "flac"], notdef_outline=True)
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.drop_tables += ["DSIG", "GPOS"]
    options.hinting = False
    options.desubroutinize = True
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=CHARACTERS)
    cutter.subset(font)
    for record in font["name"].names:
        if record.nameID in (1, 3, 4, 6, 16):
            record.string = NAME.replace(" ", "") if record.nameID == 6 else NAME
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    font.flavor = "woff2"
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    font.save(TARGET)


def _map_primes(font: Any) -> None:
    """Show primes by the glyphs meant for superscripts: browsers do not ask for them by `ssty`."""
    table = font["GSUB"].table
    lookups = {
        index
        for record in table.FeatureList.FeatureRecord
        if record.FeatureTag == "ssty"
        for index in record.Feature.LookupListIndex
    }
    larger: dict[str, str] = {}
    for index in lookups:
        for each in table.LookupList.Lookup[index].SubTable:
            part = each.ExtSubTable if each.LookupType == 7 else each
            larger |= getattr(part, "mapping", {})
            larger |= {glyph: them[0] for glyph, them in getattr(part, "alternates", {}).items()}
    for mapping in font["cmap"].tables:
        for prime in PRIMES:
            glyph = mapping.cmap.get(prime) if mapping.isUnicode() else None
            if glyph in larger:
                mapping.cmap[prime] = larger[glyph]


def narrow_roots(font: Any) -> None:
    """Give every root the width of the smallest, as TeX's have.

    Chromium leaves the room of the widest variant after each root. Brackets that are stretched have
    this gap as well, and keep it, because high ones that were as narrow as low ones would look like
    lines.
    """
    variants = font["MATH"].table.MathVariants
    place = variants.VertGlyphCoverage.glyphs.index(font.getBestCmap()[ord("√")])
    roots = variants.VertGlyphConstruction[place]
    parts = [part.glyph for part in roots.GlyphAssembly.PartRecords]
    higher = [record.VariantGlyph for record in roots.MathGlyphVariantRecord]
    width = min(font["hmtx"][name][0] for name in higher)
    for name in {*parts, *higher}:
        glyph, (advance, bearing) = font["glyf"][name], font["hmtx"][name]
        glyph.coordinates.scale((width / advance, 1))
        glyph.coordinates.toInt()
        glyph.recalcBounds(font["glyf"])
        font["hmtx"][name] = (width, round(bearing * width / advance))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python tools/math_font.py STIXTwoMath-Regular.ttf")
    main(sys.argv[1])
