"""The page that says how to get the code: addresses and a digest, and tables of what there is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from markdown import Markdown
from markdown.preprocessors import Preprocessor

from book.markdown import boxes, context
from book.markdown.lists import Lists
from book.source import distribution, pages

PAGE = pages.DOCS / "get.md"
PACKAGE = pages.ROOT / "backprop"


_LINES = re.compile(r"^```sh\n(.*?)\n```$", re.M | re.S)


class _Said(Preprocessor):
    """Write out what is only known when the wheel is built, and let lines be copied."""

    def run(self, lines: list[str]) -> list[str]:
        page = context.current(self.md)
        if page is None or page.path != PAGE:
            return lines
        text = "\n".join(lines)
        for mark, said in _said().items():
            text = text.replace(f"%{mark}%", said)
        return _LINES.sub(lambda lines: boxes.box(lines[1], "sh", self.md), text).split("\n")


def _said() -> dict[str, str]:
    url = distribution.site_url() + distribution.address()
    return {
        "FILE": Path(distribution.address()).name,
        "REQUIREMENT": f"{distribution.NAME} @ {url}",
        "SHA256": distribution.digest(),
        "SITE": distribution.site_url(),
        "URL": url,
        "VERSION": distribution.version(),
        **{name.upper(): version for name, version in distribution.least().items()},
    }


def _downloads(_: Markdown) -> list[str]:
    rows = [
        f"| [{pages.numbered(page)}]({page.name})"
        f" | [program]({program}){{ download }} | [notebook]({notebook}){{ download }} |"
        for page in pages.chapters()
        for program, notebook in [
            [distribution.site_url() + each for each in pages.downloads(page)]
        ]
    ]
    return ["| chapter | program | notebook |", "| --- | --- | --- |", *rows]


def _modules(_: Markdown) -> list[str]:
    own = {path.stem: _imported(path) for path in sorted(PACKAGE.glob("*.py"))}
    rows = [
        f"| `{name}` | {len((PACKAGE / f'{name}.py').read_text('utf-8').splitlines())} "
        f"| {', '.join(f'`{each}`' for each in sorted(_all(name, own) - {name})) or 'none'} |"
        for name in own
        if not name.startswith("_")
    ]
    return ["| module | lines | other modules that it needs |", "| --- | ---: | --- |", *rows]


def _imported(module: Path) -> set[str]:
    """Return the modules of the package that one imports itself."""
    return {
        node.module.removeprefix("backprop.")
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("backprop.")
    }


def _all(name: str, own: dict[str, set[str]]) -> set[str]:
    """Return a module and all that it needs, directly or not."""
    found, waiting = set(), [name]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += own[each]
    return found


def extend(md: Markdown) -> None:
    """Run before fences are found (25)."""
    lists = {"all downloads": _downloads, "modules and what they need": _modules}
    md.preprocessors.register(Lists(md, lists), "book-getting-lists", 28)
    md.preprocessors.register(_Said(md), "book-getting", 27)
