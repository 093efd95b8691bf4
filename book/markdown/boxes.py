"""Lines that are to be taken away: in a box, with a button that copies them."""

from __future__ import annotations

from html import escape

from markdown import Markdown
from pymdownx.highlight import Highlight


def box(text: str, language: str, md: Markdown) -> str:
    """Return what stands for a box in the text of a page that is converted."""
    html: str = Highlight(None).highlight(text, language, css_class="highlight")
    html = html.replace("<code>", '<code tabindex="0">', 1)
    copied = escape(text).replace("\n", "&#10;")
    button = f'<button type="button" class="copy" data-clipboard-text="{copied}">Copy</button>'
    tools = f'<div class="tools">{button}</div>'
    return md.htmlStash.store(f'<div class="snippet entry">{html}{tools}</div>')
