"""What axe-core finds wrong with a page, without asking the same again and again.

The contrast of a text takes longest to find out, and depends on how the text looks and on what it
stands on: of all texts of one look, the first is asked, on the first page that has it. Everything
else is asked of all elements.
"""

from pathlib import Path

import axe_playwright_python

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ABOUT_COLORS = ["color-contrast", "link-in-text-block"]
FIRST_OF_EACH_LOOK = """([within, fine]) => {
    const looks = new Set(fine), grounds = new Map();
    const isText = node => node.nodeType === Node.TEXT_NODE && node.data.trim();
    // What an element and those around it draw; many texts stand in the same.
    function ground(element) {
        if (!element) return "";
        if (!grounds.has(element)) {
            const {backgroundColor, backgroundImage, display, opacity, position}
                = getComputedStyle(element);
            const drawn = [backgroundColor, backgroundImage, opacity, display === "none"];
            if (position !== "static") drawn.push(position, element.tagName);
            const isNothing = drawn.join() === "rgba(0, 0, 0, 0),none,1,false";
            const around = ground(element.parentElement);
            grounds.set(element, isNothing ? around : `${drawn}; ${around}`);
        }
        return grounds.get(element);
    }
    for (const element of document.querySelectorAll(`:is(${within}), :is(${within}) *`)) {
        if (![...element.childNodes].some(isText)) continue;
        const own = getComputedStyle(element);
        const look = [own.color, own.fontSize, own.fontWeight, own.textShadow, own.visibility];
        const link = element.closest("a");
        if (link) {
            const around = getComputedStyle(link.parentElement);
            look.push(getComputedStyle(link).textDecoration, around.color);
        }
        look.push(ground(element));
        const before = looks.size;
        element.toggleAttribute("data-look", looks.add(look.join()).size > before);
    }
    return [...looks].slice(fine.length);
}"""
OTHERS = """parts => {
    for (const each of document.querySelectorAll("article > :not(h1, h2, h3)")) {
        if (!each.closest(parts) && !each.querySelector(parts)) each.remove();
    }
}"""
RUN = """([within, asked]) =>
    "axe" in window ? axe.run(within, asked).then(found => found.violations) : null"""
fine: list[str] = []
"""The looks of texts with which nothing was wrong."""


def leave_alone(page, parts):
    """Remove the text around some parts of a page, which axe would go through each time."""
    page.evaluate(OTHERS, parts)


def violations(page, within="html", *, colors=True):
    """Yield what is wrong within elements, or with the whole page, in the scheme that is on."""
    rules = {rule: {"enabled": False} for rule in ABOUT_COLORS}
    yield from _found(page, within, {"runOnly": STANDARD, "rules": rules})
    if colors:
        yield from color_violations(page, within)


def color_violations(page, within="html"):
    """Yield what is wrong with colors: all else is the same in both schemes."""
    new = page.evaluate(FIRST_OF_EACH_LOOK, [within, fine])
    asked = {"runOnly": {"type": "rule", "values": ABOUT_COLORS}}
    found = [*_found(page, "[data-look]", asked)] if new else []
    yield from found
    fine.extend([] if found else new)


def _found(page, within, asked):
    # No rule that is asked needs the style sheets, whose loading takes seconds; and of what is in
    # order, not all nodes need be told.
    asked |= {"preload": False, "resultTypes": ["violations"]}
    while (found := page.evaluate(RUN, [within, asked])) is None:
        page.evaluate(AXE)
    for violation in found:
        first = violation["nodes"][0]
        yield f"{page.url}: {violation['id']}: {first['target']} {first['html'][:150]}"
