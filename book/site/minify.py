"""What a reader loads for a page, made small: one style sheet, no icons apart, search when used.

The theme has rules, icons and an index for more than a page of this book needs. The pages are made
slim when they are built; `mkdocs serve` shows them as the theme has them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tinycss2

_COSTLY = (
    # A rule for what has no class makes a browser look at every element when any class changes.
    ("table:not([class])", "table:not(.explorer-values, .highlighttable)"),
    # A rule for every element, put on and taken off each time a page is opened.
    ("[data-md-color-switching]", ".md-color-switching"),
)
"""What the theme's sheet says, and what does the same for this book at less cost."""
_SCHEME = re.compile(
    r'(\w=\w+\("meta",\{name:"color-scheme"\}\));document\.head\.appendChild\(\w\)'
)
"""Where the theme's script makes a tag that the pages have, and all colors are looked up again."""
_MAP = re.compile(r"//# sourceMappingURL=.*")
_SHEET = re.compile(r'<link rel="stylesheet" href="([^"]*?)(assets/[^"]*)">')
_ICON = re.compile(r'(<link rel="icon" href=")[^"]*"')
_LOGO = re.compile(r'<img src="[^"]*logo\.svg" alt="logo">')
_WORKER = re.compile(r"assets/javascripts/workers/search\.\w+\.min\.js")
_BUNDLE = re.compile(r'<script (src="[^"]*assets/javascripts/bundle\.)')
_DATA = re.compile(r'url\("data:(?:[^"\\]|\\.)*"\)')
_LAID_OUT = re.compile(r"(<pre\b.*?</pre>|<script\b.*?</script>)", re.DOTALL)
_PLAIN = re.compile(r'<span class="(?:n|o|p|w|sa|vm)">([^<]*)</span>')
"""Names, operators, punctuation, blanks: code that is shown in the color of code."""
_ABSENT = re.compile(
    r"md-(?:annotation|author|banner|code__|consent|feedback|meta|pagination|path|post|profile"
    r"|progress|social|source|status|tabs|tag|tooltip|version)|tabbed|task-list|mermaid|linenos"
)
"""Names of parts that the theme's script knows and the book does not have."""


def apply(site: Path) -> None:
    """Make the pages of a built site slim."""
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(site.rglob("*.html"))}
    sheet = _join_sheets(site, list(pages.values()))
    icon = base64.b64encode((site / "assets" / "favicon.svg").read_bytes()).decode()
    logo = (site / "assets" / "logo.svg").read_text(encoding="utf-8").strip()
    # The link around it has a name.
    logo = re.sub(r"<title>.*?</title>", "", logo).replace("<svg ", '<svg aria-hidden="true" ', 1)
    for path, html in pages.items():
        root = _SHEET.findall(html)[0][0]
        html = _SHEET.sub(f'<link rel="stylesheet" href="{root}{sheet}">', html, count=1)
        first, end = html.split(sheet + '">', 1)
        html = f'{first}{sheet}">{_SHEET.sub("", end)}'
        html = _ICON.sub(rf'\1data:image/svg+xml;base64,{icon}"', html)
        html = _LOGO.sub(lambda _: logo, html)
        html = _WORKER.sub("assets/search.js", html)
        # The page is drawn before the theme's script is there.
        html = _BUNDLE.sub(r"<script defer \1", html)
        path.write_text(_without_blanks(_PLAIN.sub(r"\1", html)), encoding="utf-8")
    _search_on_use(site)
    _mend_scripts(site / "assets")


def _mend_scripts(assets: Path) -> None:
    """Keep the theme's script from what costs a reader time, and leave out maps of its source."""
    (bundle,) = (assets / "javascripts").glob("bundle.*.js")
    script, mended = _SCHEME.subn(r"\1", bundle.read_text(encoding="utf-8"))
    assert mended == 1, "the theme's script says once what color schemes there are"
    bundle.write_text(script, encoding="utf-8")
    for path in (bundle, *(assets / "javascripts" / "workers").glob("*.js")):
        path.write_text(_MAP.sub("", path.read_text(encoding="utf-8")), encoding="utf-8")
    for path in assets.rglob("*.map"):
        path.unlink()


def _without_blanks(html: str) -> str:
    """Return a page without the blank lines and the indents of the theme's templates."""
    parts = _LAID_OUT.split(html)
    parts[::2] = (re.sub(r"[ \t]*\n[ \t\n]*", "\n", part) for part in parts[::2])
    return "".join(parts)


def _search_on_use(site: Path) -> None:
    """Put the index of search where our worker looks for it, an empty one where the theme does."""
    theirs = site / "search" / "search_index.json"
    index = json.loads(theirs.read_text(encoding="utf-8"))
    theirs.rename(site / "search" / "index.json")
    theirs.write_text(json.dumps({**index, "docs": []}), encoding="utf-8")
    (worker,) = (site / "assets" / "javascripts" / "workers").glob("search.*.min.js")
    worker.rename(worker.with_name("search.js"))


def _join_sheets(site: Path, pages: list[str]) -> str:
    """Join the sheets of all pages, without what none of them uses, and return the address."""
    text = "\n".join(pages)
    sheets = dict.fromkeys(name for page in pages for _, name in _SHEET.findall(page))
    css = "\n".join((site / name).read_text(encoding="utf-8") for name in sheets)
    scripts = [path for path in (site / "assets").rglob("*.js") if "lunr" not in path.parts]
    said = text + "".join(path.read_text(encoding="utf-8") for path in scripts)
    # Escaped quotes within an address of data are read by few tools.
    for theirs, ours in _COSTLY:
        css = css.replace(theirs, ours)
    joined = _DATA.sub(lambda found: found[0].replace(r"\"", "'"), slim(css, said))
    digest = hashlib.sha256(joined.encode()).hexdigest()[:8]
    for name in sheets:
        (site / name).unlink()
    # Beside the book's own sheets, whose addresses of fonts are kept.
    address = f"assets/all.{digest}.css"
    (site / address).write_text(joined, encoding="utf-8")
    return address


def slim(css: str, said: str) -> str:
    """Return a sheet without rules for names that are not said, nor variables it never uses."""
    words = set(re.findall(r"[\w-]+", said))
    elements = set(re.findall(r"<([a-zA-Z][\w-]*)", said)) | words.intersection(
        {"html", "body", "input", "mark"}
    )
    text = "".join(_rules(tinycss2.parse_stylesheet(css, True, True), words, elements))
    while True:
        used = set(re.findall(r"var\(\s*(--[\w-]+)", text + said)) | (
            words & set(re.findall(r"--[\w-]+", said))
        )
        kept = "".join(_variables(tinycss2.parse_stylesheet(text, True, True), used))
        if kept == text:
            return text
        text = kept


def _rules(rules: list[Any], words: set[str], elements: set[str]) -> Iterator[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [
                tinycss2.serialize(each).strip()
                for each in _split(rule.prelude)
                if _can_match(each, words, elements)
            ]
            if selectors:
                yield f"{','.join(selectors)}{{{_body(rule.content)}}}"
        elif rule.type == "at-rule" and rule.lower_at_keyword in {"media", "supports"}:
            inner = tinycss2.parse_rule_list(rule.content, True, True)
            if kept := "".join(_rules(inner, words, elements)):
                head = tinycss2.serialize(rule.prelude).strip()
                yield f"@{rule.at_keyword} {head}{{{kept}}}"
        elif rule.type == "at-rule" and rule.lower_at_keyword != "charset":
            yield rule.serialize()
        elif rule.type == "error":
            raise ValueError(f"a style sheet is not valid: {rule.message}")


def _variables(rules: list[Any], used: set[str]) -> Iterator[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            if body := _body(rule.content, used):
                yield f"{tinycss2.serialize(rule.prelude).strip()}{{{body}}}"
        elif rule.lower_at_keyword in {"media", "supports"}:
            inner = tinycss2.parse_rule_list(rule.content, True, True)
            if kept := "".join(_variables(inner, used)):
                yield f"@{rule.at_keyword} {tinycss2.serialize(rule.prelude).strip()}{{{kept}}}"
        else:
            yield rule.serialize()


def _body(content: list[Any], used: set[str] | None = None) -> str:
    said = []
    for part in tinycss2.parse_blocks_contents(content, True, True):
        if part.type != "declaration":
            raise ValueError("a rule within a rule: the style sheets are joined without such")
        if used is None or not part.name.startswith("--") or part.name in used:
            value = tinycss2.serialize(part.value).strip()
            said.append(f"{part.name}:{value}{'!important' if part.important else ''}")
    return ";".join(said)


def _split(prelude: list[Any]) -> list[list[Any]]:
    parts: list[list[Any]] = [[]]
    for part in prelude:
        if part == ",":
            parts.append([])
        else:
            parts[-1].append(part)
    return parts


def _can_match(selector: list[Any], words: set[str], elements: set[str]) -> bool:
    """Whether all that a selector names is said; what stands in `:not()` or `:is()` is not read."""
    before = ""
    for token in selector:
        if token.type == "ident" and before == ".":
            if token.value not in words or _ABSENT.match(token.value):
                return False
        elif token.type == "ident" and before != ":":
            if token.value not in elements:
                return False
        elif token.type == "hash" and token.value not in words:
            return False
        elif token.type == "[] block":
            named = [each.value for each in token.content if each.type in {"ident", "string"}]
            exact = "=" in token.content
            if named[0] not in words or (exact and not set(named[1].split()) <= words):
                return False
        before = token.value if token.type == "literal" else ""
    return True
