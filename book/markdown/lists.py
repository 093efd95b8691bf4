"""Lists that are made of the whole book, put where a page has a mark: a comment on a line alone."""

from collections.abc import Callable, Mapping

from markdown import Markdown
from markdown.preprocessors import Preprocessor


class Lists(Preprocessor):
    """Put lines of Markdown in the place of each mark."""

    def __init__(self, md: Markdown, makers: Mapping[str, Callable[[Markdown], list[str]]]) -> None:
        """Take, for the name in a mark, the function that makes the lines."""
        super().__init__(md)
        self.makers = {f"<!-- {name} -->": make for name, make in makers.items()}

    def run(self, lines: list[str]) -> list[str]:
        """Exchange the lines that are marks."""
        return [
            made
            for line in lines
            for made in (self.makers[line](self.md) if line in self.makers else [line])
        ]
