"""The pictures that others show beside a link to the book: one per chapter, one for all else."""

from __future__ import annotations

import textwrap
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
from PIL import Image, ImageDraw, ImageFont

from book.source import pages

SIZE = (1200, 630)
GROUND, BRIGHT, QUIET, BACK = "#0f2f41", "#ffffff", "#9fc3d8", "#ff9b84"
LAYERS = (3, 2, 1)
"""The network of the picture: that of the first chapter."""
_FINE = 3
"""Lines are drawn so much larger, and reduced, so that they are smooth."""


def draw(site: Path) -> None:
    """Write the cards into a built site: assets/cards/in-code.png, and book.png."""
    folder = site / "assets" / "cards"
    folder.mkdir(parents=True, exist_ok=True)
    ground = _ground()
    for page in pages.paths():
        number = pages.chapter(page)
        if number is not None:
            card(ground, f"Chapter {number}", pages.title(page)).save(folder / f"{page.stem}.png")
    every = "Backpropagation, derived, drawn, executed and tested"
    card(ground, "A textbook", every).save(folder / "book.png")


def card(ground: Image.Image, above: str, title: str) -> Image.Image:
    """Return a card: a line above a title, beside the network."""
    image = ground.copy()
    pen = ImageDraw.Draw(image)
    pen.text((80, 84), "Backprop", BRIGHT, _font(34, bold=True))
    pen.text((80, 214), above, BACK, _font(34))
    title = "\n".join(textwrap.wrap(title.replace("`", ""), 21))
    size = 60 if title.count("\n") < 4 else 50
    pen.multiline_text((80, 272), title, BRIGHT, _font(size, bold=True), spacing=14)
    return image.quantize(64, Image.Quantize.FASTOCTREE)


def _ground() -> Image.Image:
    """Return what all cards have: the color and the network, its last weights drawn backwards."""
    image = Image.new("RGB", SIZE, GROUND)
    width, height = 330, 470
    motif = Image.new("RGB", (width * _FINE, height * _FINE), GROUND)
    pen = ImageDraw.Draw(motif)
    places = [
        [(45 + 120 * column, height / 2 + 140 * (row - (units - 1) / 2)) for row in range(units)]
        for column, units in enumerate(LAYERS)
    ]
    for layer, (before, after) in enumerate(pairwise(places)):
        for start in before:
            for end in after:
                line = [(x * _FINE, y * _FINE) for x, y in (start, end)]
                pen.line(line, BACK if layer else QUIET, 4 * _FINE)
    for x, y in (place for layer in places for place in layer):
        box = [(x - 30) * _FINE, (y - 30) * _FINE, (x + 30) * _FINE, (y + 30) * _FINE]
        pen.ellipse(box, GROUND, BRIGHT, 4 * _FINE)
    image.paste(motif.resize((width, height), Image.Resampling.LANCZOS), (850, 80))
    return image


def _font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Return a font that comes with matplotlib: the same on every machine."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    path = Path(mpl.get_data_path()) / "fonts" / "ttf" / name
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
