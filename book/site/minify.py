"""What a reader loads for a page, made small: one style sheet, one script, search when used.

The theme has rules, icons and an index for more than a page of this book needs. The pages are made
small when they are built, and their sheet by Lightning CSS, which is told what no page uses;
`make serve` shows them as the theme has them.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from urllib.parse import quote

import lightningcss

from book.interactive import laboratory

_SHEET = re.compile(r'<link rel="stylesheet" href="([^"]*?)(assets/[^"]*)">')
_ICON = re.compile(r'(<link rel="icon" href=")[^"]*"')
_LOGO = re.compile(r'<img src="[^"]*logo\.svg" alt="logo">')
_WORKER = re.compile(r"assets/javascripts/workers/search\.\w+\.min\.js")
_BUNDLE = re.compile(r'<script (src="[^"]*assets/javascripts/bundle\.)')
_KEYS = re.compile(r'<script defer src="[^"]*assets/keys\.js"></script>')
_FORMULA = re.compile(r"</math></span>([,.;:!?)]+)")
"""The end of a formula in the text, and what no line may begin with."""
_NEXT = re.compile(r'<link rel="next" [^>]*>')
"""Firefox would fetch it ahead, which the policy of the pages forbids, and says so in red."""
_TWICE = re.compile(r'(<a [^>]*title="([^"]*)"[^>]*) aria-label="\2"')
"""A link whose name would be read out again as its description."""
_DATA = re.compile(r'url\("data:(?:[^"\\]|\\.)*"\)')
_LAID_OUT = re.compile(r"(<pre\b.*?</pre>|<script\b.*?</script>)", re.DOTALL)
_PLAIN = re.compile(r'<span class="(?:fm|kc|n|o|ow|p|sa|vm|w)">([^<]*)</span>')
"""Names, operators, punctuation, blanks: code that is shown in the color of code."""
_PART = r'<span class="s[2i]">[^<]*</span>'
_STRING = re.compile(f"{_PART}(?:{_PART})+")
"""A string and the braces in it, which have one color."""
_SWITCHING = re.compile(r"[^{}]*\[data-md-color-switching\][^{}]*\{[^{}]*\}")
"""What keeps the theme's colors from fading, for which the browser goes through a page twice."""
_ABSENT = re.compile(
    r"md-(?:annotation|author|banner|code__|consent|feedback|meta|pagination|path|post|profile"
    r"|progress|social|source|status|tabs|tag|tooltip|version)|tabbed|task-list|mermaid|linenos"
)
"""Names of parts that the theme's script knows and the book does not have."""


def apply(site: Path) -> None:
    """Make the pages of a built site small."""
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(site.rglob("*.html"))}
    sheet = _join_sheets(site, list(pages.values()))
    icon = (site / "assets" / "favicon.svg").read_text(encoding="utf-8").strip()
    # As text, which is compressed with the page; base64 is not.
    icon = quote(icon.replace('"', "'"), " /:=,'()<>")
    logo = (site / "assets" / "logo.svg").read_text(encoding="utf-8").strip()
    # The link around it has a name.
    logo = re.sub(r"<title>.*?</title>", "", logo).replace("<svg ", '<svg aria-hidden="true" ', 1)
    for path, html in pages.items():
        root = _SHEET.findall(html)[0][0]
        html = _SHEET.sub(f'<link rel="stylesheet" href="{root}{sheet}">', html, count=1)
        first, end = html.split(sheet + '">', 1)
        html = f'{first}{sheet}">{_SHEET.sub("", end)}'
        html = _ICON.sub(rf'\1data:image/svg+xml,{icon}"', html)
        html = _LOGO.sub(lambda _: logo, html)
        html = _WORKER.sub("assets/search.js", html)
        # The page is drawn before the theme's script is there.
        html = _BUNDLE.sub(r"<script defer \1", html)
        html = _NEXT.sub("", _KEYS.sub("", html))
        html = _TWICE.sub(r"\1", html)
        html = _FORMULA.sub(r"</math>\1</span>", html)
        html = _STRING.sub(_joined, _PLAIN.sub(r"\1", html))
        path.write_text(_without_blanks(html), encoding="utf-8")
    for path in _ours(site):
        path.write_bytes(laboratory.served(path))
    _join_scripts(site)
    _search_on_use(site)


def _ours(site: Path) -> list[Path]:
    """Return our scripts, and the sheets that they load."""
    found = (site / "assets").rglob("*")
    kept = [path for path in found if path.suffix in (".css", ".js")]
    return [path for path in kept if "javascripts" not in path.parts]


def _join_scripts(site: Path) -> None:
    """Put our script for all pages before that of the theme, which then needs no request more."""
    (theirs,) = site.glob("assets/javascripts/bundle.*.js")
    ours = site / "assets" / "keys.js"
    joined = ours.read_text(encoding="utf-8") + theirs.read_text(encoding="utf-8")
    theirs.write_text(joined, encoding="utf-8")
    ours.unlink()


def _joined(string: re.Match[str]) -> str:
    return f'<span class="s2">{re.sub("<[^>]*>", "", string[0])}</span>'


def _without_blanks(html: str) -> str:
    """Return a page without the blank lines and the indents of the theme's templates."""
    parts = _LAID_OUT.split(html)
    parts[::2] = (re.sub(r"[ \t]*\n[ \t\n]*", "\n", part) for part in parts[::2])
    return "".join(parts)


def _search_on_use(site: Path) -> None:
    """Put the index where our worker looks for it, an empty one where the theme does; no other."""
    theirs = site / "search" / "search_index.json"
    index = json.loads(theirs.read_text(encoding="utf-8"))
    theirs.rename(site / "search" / "index.json")
    theirs.write_text(json.dumps({**index, "docs": []}), encoding="utf-8")
    for unused in ("lunr", "workers"):
        shutil.rmtree(site / "assets" / "javascripts" / unused, ignore_errors=True)


def _join_sheets(site: Path, pages: list[str]) -> str:
    """Join the sheets of all pages, without what none of them uses, and return the address."""
    sheets = dict.fromkeys(name for page in pages for _, name in _SHEET.findall(page))
    css = "\n".join((site / name).read_text(encoding="utf-8") for name in sheets)
    scripts = [path for path in (site / "assets").rglob("*.js") if "lunr" not in path.parts]
    css = _SWITCHING.sub("", css)
    joined = slim(css, "\n".join(pages), "".join(path.read_text("utf-8") for path in scripts))
    # lychee takes an escaped quote within an address of data for its end.
    joined = _DATA.sub(lambda found: found[0].replace(r"\"", "'"), joined)
    digest = hashlib.sha256(joined.encode()).hexdigest()[:8]
    for name in sheets:
        (site / name).unlink()
        (site / f"{name}.map").unlink(missing_ok=True)
    # Beside the book's own sheets, whose addresses of fonts are kept.
    address = f"assets/all.{digest}.css"
    (site / address).write_text(joined, encoding="utf-8")
    (site / "assets" / "dark.css").write_text(dark(joined), encoding="utf-8")
    return address


def dark(css: str) -> str:
    """Return the rules of the dark scheme as those of the light one, for pages without scripts.

    The theme's script alone knows which scheme a reader prefers; without it, a browser does that
    loads this sheet where dark is preferred.
    """
    rules = re.findall(r"[^{};]*data-md-color-scheme=\"?slate[^{}]*\{[^{}]*\}", css)
    return "".join(rules).replace("slate", "default")


def slim(css: str, html: str, scripts: str = "") -> str:
    """Return a sheet without rules for names that no page has, nor variables that none uses.

    Parameters
    ----------
    css
        The sheet.
    html
        All pages.
    scripts
        What may give an element a name while a page is read.

    Raises
    ------
    ValueError
        The sheet is not valid.
    """
    names = [*re.findall(r'\b(?:class|id)="([^"]*)"', html), *re.findall(r"--[\w-]+", html)]
    said = set(re.findall(r"[\w-]+", " ".join([*names, scripts])))
    named = set(re.findall(r"[.#]([a-zA-Z_][\w-]*)", css))
    unused = {name for name in named if name not in said or _ABSENT.match(name)}
    small = _minify(css, unused)
    while True:
        # A variable that only a variable uses that is not used is not used either.
        used = said.union(re.findall(r"var\((--[\w-]+)", small))
        smaller = _minify(small, set(re.findall(r"--[\w-]+", small)) - used)
        if smaller == small:
            return small
        small = smaller


def _minify(css: str, unused: set[str]) -> str:
    return lightningcss.process_stylesheet(css, unused_symbols=unused)
