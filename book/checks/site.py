"""What can only be seen on the built site: links, HTML, files, and Markdown that was left over."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from book.checks import html, injected, links
from book.errors import BookError
from book.source import pages

_LEFT_OVER = re.compile(
    r"```|\$\$|^\s*(?:!!!|\?\?\?|:::)|\]\(|\]\[|\[\^|\{[:#.]|\\\(|\\\[|\\label|^\s*\|.*\|\s*$"
    r"|(?<!\w)\$|(?i:equation `)|<!--",
    re.MULTILINE,
)
_SAID_ELSEWHERE = {"code", "pre", "samp", "script", "svg", "math", "button"}
_FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
_NOT_FETCHED = {"canonical", "prev", "next", "alternate"}


def check(site: Path) -> Iterator[BookError]:
    """Yield what is wrong with a built site."""
    yield from links.check(site)
    yield from _style_sheets(site)
    yield from _drawings(site)
    built = {page: site / pages.address(page) / "index.html" for page in pages.paths()}
    todo = {page: path for page, path in built.items() if not html.was_right(path)}
    found = html.side_by_side(_problems, todo)
    for path, problems in zip(todo.values(), found, strict=True):
        yield from problems
        if not problems:
            html.is_right(path)


def _problems(page: Path, path: Path) -> list[BookError]:
    tree, errors = html.parse(path)
    return [
        *_html(page, path.read_text(encoding="utf-8"), errors),
        *_ids(page, tree),
        *_parts(page, tree),
        *_fetched(page, tree),
        *injected.in_article(page, tree),
        *_left_over(page, tree),
        *(_downloads(page, tree) if pages.chapter(page) is not None else ()),
    ]


def _style_sheets(site: Path) -> Iterator[BookError]:
    for sheet in sorted(site.rglob("*.css")):
        for url in re.findall(r"url\(([^)]*)\)", sheet.read_text(encoding="utf-8")):
            name = url.strip("\"'")
            if not name.startswith(("data:", "#")) and not (sheet.parent / name).exists():
                yield BookError(
                    pages.DOCS / sheet.relative_to(site), 1, f"{name} is missing", "add the file"
                )


def _drawings(site: Path) -> Iterator[BookError]:
    for drawing in sorted((site / "assets").glob("*.svg")):
        source = pages.DOCS / drawing.relative_to(site)
        try:
            root = ElementTree.fromstring(drawing.read_bytes())  # noqa: S314 - our own drawings
        except ElementTree.ParseError as error:
            yield BookError(source, error.position[0], f"not well-formed: {error}", "mend the XML")
            continue
        if not _titled(root):
            yield BookError(source, 1, "the drawing has no title", "add <title>")


def _html(page: Path, text: str, errors: Iterable[Any]) -> Iterator[BookError]:
    lines = text.split("\n")
    for (line, _), what, _ in errors:
        where = pages.line_of(page, lines[line - 1].strip()) if lines[line - 1].strip() else 1
        yield BookError(page, where, f"HTML is not valid: {what}", "mend the HTML on the page")


def _ids(page: Path, tree: Any) -> Iterator[BookError]:
    ids = Counter(each.get("id") for each in tree.iter() if each.get("id"))
    for name, count in ids.items():
        if count > 1:
            line = pages.line_of(page, str(name))
            yield BookError(page, line, f"the id {name} stands {count} times", "rename one")


def _parts(page: Path, tree: Any) -> Iterator[BookError]:
    for article in tree.iter("article"):
        for part in article.iter():
            kind = _name(part)
            if kind == "img" and not part.get("alt"):
                source = part.get("src") or ""
                line = pages.line_of(page, Path(source).name)
                yield BookError(page, line, f"the image {source} has no text", 'write alt="..."')
            if kind == "svg" and part.get("aria-hidden") != "true" and not _titled(part):
                yield BookError(page, 1, "a drawing has no title", "give it one that says it all")
            if kind == "pre" and part.get("class") != "output" and part.find("code") is not None:
                block = "".join(part.itertext()).strip()
                if not part.findall(".//span"):
                    line = pages.line_of(page, block.split("\n")[0])
                    do = "let a snippet print it, or name the language of the fence"
                    yield BookError(page, line, "text is shown as if it were an output", do)


def _titled(svg: Any) -> bool:
    titles = [each for each in svg if _name(each) == "title"]
    return len(titles) == 1 and bool((titles[0].text or "").strip())


def _fetched(page: Path, tree: Any) -> Iterator[BookError]:
    for part in tree.iter():
        attribute = _FETCHED.get(_name(part))
        url = part.get(attribute) or "" if attribute else ""
        if re.match(r"(?:https?:)?//", url) and part.get("rel") not in _NOT_FETCHED:
            line = pages.line_of(page, url)
            do = "put the file into docs/assets"
            yield BookError(page, line, f"the page asks another server for {url}", do)
        if part.get("style") and _name(part) != "math":
            line = pages.line_of(page, part.get("style"))
            do = "use a class: the policy of the pages allows no style"
            yield BookError(page, line, f"a style in the page: {part.get('style')}", do)


def _left_over(page: Path, tree: Any) -> Iterator[BookError]:
    for article in tree.iter("article"):
        said = "\n".join(_said(article))
        if found := _LEFT_OVER.search(said):
            words = said[found.start() :].strip().split("\n")[0][:60]
            line = pages.line_of(page, words[:20])
            yield BookError(page, line, f"Markdown is left over: {words}", "mend the Markdown")


def _said(element: Any) -> Iterator[str]:
    if _name(element) not in _SAID_ELSEWHERE:
        yield element.text or ""
        for child in element:
            yield from _said(child)
            yield child.tail or ""


def _downloads(page: Path, tree: Any) -> Iterator[BookError]:
    linked = {Path(link.get("href") or "").name for link in tree.iter("a")}
    for address in pages.downloads(page):
        if Path(address).name not in linked:
            what = f"{Path(address).name} is not linked"
            yield BookError(page, 1, what, "load the extension book in mkdocs.yml")


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
