"""matplotlib figures as SVG in the page's own colors, each with its data as a table."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import sys
from dataclasses import dataclass
from html import escape
from typing import Any

from cycler import cycler

COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9")
"""The colors of series where the page gives none: those of Okabe and Ito, told apart by all."""

STYLE: dict[Any, Any] = {
    "figure.figsize": (6.4, 3.6),
    "figure.constrained_layout.use": True,
    "font.sans-serif": ["DejaVu Sans"],
    # 12 pixels on a phone, where a figure of 460 points is 382 pixels wide.
    "font.size": 14.5,
    "axes.titlesize": "medium",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=[f"#0b000{n}" for n in range(1, len(COLORS) + 1)]),
    "image.cmap": "gray",
    # An image is kept as it is, a pixel for a number, and magnified by who looks at it.
    "image.interpolation": "none",
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "svg.fonttype": "none",
    "svg.hashsalt": "backprop",
}
"""Settings under which snippets draw. The odd colors become variables of the page."""

ROWS = 10
"""Rows of a series that its table shows at most, evenly spaced."""


@dataclass(frozen=True)
class Plot:
    """A drawn figure: its SVG, and what it shows as text that can be compared and read."""

    svg: str
    table: str
    """Markdown tables, a series each."""


def take_open_figures() -> list[Plot]:
    """Draw the figures that matplotlib holds open, and close them."""
    if "matplotlib.pyplot" not in sys.modules:
        return []
    import matplotlib.pyplot as plt

    drawn = [_draw(plt.figure(number)) for number in plt.get_fignums()]
    plt.close("all")
    return drawn


def _draw(figure: Any) -> Plot:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    return Plot(_for_the_page(buffer.getvalue(), _title(figure)), "\n\n".join(_tables(figure)))


def _for_the_page(svg: str, title: str) -> str:
    """Return matplotlib's SVG without what a page does not need, in the page's colors and font."""
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"#0b000(\d)", lambda m: f"var(--bp-plot-{m[1]}, {COLORS[int(m[1]) - 1]})", svg)
    svg = re.sub(r"; font-family: [^;\"]*", "", svg.replace("#000000", "currentColor"))
    svg = re.sub(r' style="([^"]*)"', _as_attributes, svg)
    svg = re.sub(r"<[^>]*>", lambda tag: _COORDINATE.sub(_to_tenths, tag[0]), svg)
    svg = re.sub(r"\s+", " ", svg).replace("> <", "><")
    svg = re.sub(r' transform="rotate\(-0 [^"]*"', "", svg)
    drawn = set(re.findall(r'<path id="([^"]*)"[^>]* stroke="', svg))
    svg = re.sub(r'<use xlink:href="#([^"]*)"[^>]*>', lambda use: _as_drawn(use, drawn), svg)
    svg = _MARKS.sub(_as_markers, re.sub(r"<image [^>]*>", _with_palette, svg))
    svg = re.sub(r' d="([^"]*)"', lambda d: f' d="{_relative(d[1])}"', svg)
    size = f' font-size="{STYLE["font.size"]}px"'
    svg = svg.replace(f"<text{size}", "<text")
    # Ids are kept where something refers to them, and made this figure's own: a digest of what is
    # seen, and a number. Matplotlib's depend on digits that are not seen.
    used = dict.fromkeys(re.findall(r"(?:href=\"|url\()#([^\")]+)", svg))
    short = {name: f"\0-{number}" for number, name in enumerate(used)}
    svg = re.sub(r' id="([^"]+)"', lambda m: f' id="{short[m[1]]}"' if m[1] in used else "", svg)
    svg = re.sub(r"(href=\"|url\()#([^\")]+)", lambda m: f"{m[1]}#{short[m[2]]}", svg)
    svg = _without_bare_groups(svg)
    digest = hashlib.sha256(svg.encode()).hexdigest()[:6]
    box = re.search(r'viewBox="[^"]*"', svg)
    assert box, "matplotlib writes a viewBox"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'class="plot" role="img" {box[0]} aria-labelledby="{digest}-title"{size} '
        f'stroke-linejoin="round" fill="currentColor"><title id="{digest}-title">'
        f"{escape(title)}</title>"
    )
    return head + svg[svg.index(">") + 1 :].replace("\0", digest)


_MARKS = re.compile(
    r'<use xlink:href="#([^"]*)" x="[^"]*" y="[^"]*"([^>]*)/>'
    r'(?: ?<use xlink:href="#\1" x="[^"]*" y="[^"]*"\2/>){2,}'
)
_COORDINATE = re.compile(r"-?\d+\.\d{3,}")


def _to_tenths(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}".removesuffix(".0")


def _as_markers(marks: re.Match[str]) -> str:
    """Return marks of one kind as a path that has them at its points."""
    places = re.findall(r' x="([^"]*)" y="([^"]*)"', marks[0])
    path = " L ".join(f"{x} {y}" for x, y in places)
    name = f"{marks[1]}-{marks.start()}"
    at = " ".join(f'marker-{where}="url(#{name})"' for where in ("start", "mid", "end"))
    mark = f'<use xlink:href="#{marks[1]}"{marks[2]}/>'
    return (
        f'<defs><marker id="{name}" overflow="visible" markerUnits="userSpaceOnUse">{mark}</marker>'
        f'</defs><path d="M {path}" {at} fill="none"/>'
    )


def _as_drawn(use: re.Match[str], drawn: set[str]) -> str:
    """Return the use of a path without a line of its own, if the path has one."""
    return re.sub(r' stroke(?:-width)?="[^"]*"', "", use[0]) if use[1] in drawn else use[0]


def _with_palette(image: re.Match[str]) -> str:
    """Return an image as numbers of its colors, if it has few of them."""
    import numpy as np
    from PIL import Image

    before, data, after = re.split(r"base64,([^\"]*)", image[0])
    with Image.open(io.BytesIO(base64.b64decode(data))) as drawn:
        pixels = np.asarray(drawn.convert("RGBA"))
    colors, numbers = np.unique(pixels.reshape(-1, 4), axis=0, return_inverse=True)
    if len(colors) > 256:
        return image[0]
    written = io.BytesIO()
    rows, columns = pixels.shape[:2]
    numbered = Image.frombytes("P", (columns, rows), numbers.astype(np.uint8).tobytes())
    numbered.putpalette(colors[:, :3].tobytes())
    numbered.save(written, "PNG", optimize=True, transparency=colors[:, 3].tobytes())
    return f"{before}base64,{base64.b64encode(written.getvalue()).decode()}{after}"


def _without_bare_groups(svg: str) -> str:
    """Return a drawing without groups that say nothing of what they hold."""
    bare: list[bool] = []

    def kept(tag: re.Match[str]) -> str:
        if tag[0] != "</g>":
            bare.append(tag[0] == "<g>")
            return "" if bare[-1] else tag[0]
        return "" if bare.pop() else tag[0]

    return re.sub(r"<g>|<g [^>]*(?<!/)>|</g>", kept, svg).replace("<defs></defs>", "")


def _relative(path: str) -> str:
    """Return a path of absolute lines and curves as one of relative ones, in tenths.

    Each point is rounded before differences are taken, so that no error adds up.
    """
    said, last, start, before = "", (0, 0), (0, 0), ""
    for command, numbers in re.findall(r"([MLCQz])([^MLCQz]*)", path):
        tenths = [round(10 * float(number)) for number in numbers.split()]
        points = list(zip(tenths[::2], tenths[1::2], strict=True))
        if command == "L" and points == [last]:
            continue
        moves = " ".join(f"{_short(x - last[0])} {_short(y - last[1])}" for x, y in points)
        # The letter of lines in a row is said once.
        said += f" {moves}" if command == before == "L" else command.lower() + moves
        last = points[-1] if points else start
        start = last if command == "M" else start
        before = command
    return said.replace(" -", "-")


def _short(tenths: int) -> str:
    return re.sub(r"^(-?)0\.", r"\1.", f"{tenths / 10:g}")


def _as_attributes(style: re.Match[str]) -> str:
    """Return a style as attributes: the policy of the pages allows no style in them."""
    settings = (each.partition(":") for each in style[1].split(";") if each.strip())
    # The last one counts, as in a style.
    named = {name.strip(): value.strip() for name, _, value in settings}
    return "".join(f' {name}="{value}"' for name, value in named.items())


def _title(figure: Any) -> str:
    """Say what is drawn against what, from the words on the figure itself."""
    parts = []
    for axes in figure.get_axes():
        title, x, y = axes.get_title(), axes.get_xlabel(), axes.get_ylabel()
        series = [line.get_label() for line in axes.get_lines()]
        named = ", ".join(label for label in series if not label.startswith("_"))
        what = f"{y} against {x}" if x and y else (y or x)
        parts.append(": ".join(part for part in (title, what, named) if part))
    return "; ".join(part for part in parts if part) or "Plot"


def _tables(figure: Any) -> list[str]:
    tables = []
    for axes in figure.get_axes():
        x, y = axes.get_xlabel() or "x", axes.get_ylabel() or "y"
        contours = [each for each in axes.collections if hasattr(each, "levels")]
        marks = [each for each in axes.collections if not hasattr(each, "levels")]
        for series in [*axes.get_lines(), *marks]:
            label = series.get_label()
            name = y if label.startswith("_") else label
            points = series.get_offsets() if series in marks else series.get_xydata()
            stride = max(1, -(-len(points) // ROWS))
            rows = [f"| {a:.4g} | {b:.4g} |" for a, b in points[::stride]]
            head = [f"| {x} | {name} |", "| --- | --- |"]
            tables.append("\n".join(head + rows))
        title = axes.get_title()
        tables += [
            _row(title, levels=len(c.levels), least=c.zmin, largest=c.zmax) for c in contours
        ]
        tables += [_summary(image.get_array(), title) for image in axes.get_images()]
    return tables


def _summary(pixels: Any, title: str) -> str:
    """Say of an image how large and how bright it is, so that another one is noticed."""
    rows, columns = pixels.shape[:2]
    least, mean, largest = pixels.min(), pixels.mean(), pixels.max()
    return _row(title, rows=rows, columns=columns, least=least, mean=mean, largest=largest)


def _row(title: str, **values: float) -> str:
    """Return a table of one row, whose first heading says what it is about."""
    first, *others = values
    heads = " | ".join([f"{first} of {' '.join(title.split())}" if title else first, *others])
    said = " | ".join(f"{v}" if isinstance(v, int) else f"{v:.2g}" for v in values.values())
    return f"| {heads} |\n{'| --- ' * len(values)}|\n| {said} |"
