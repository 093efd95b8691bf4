"""The site in a real browser: quiet, accessible, readable on a phone, and usable."""

import json
from pathlib import Path

import axe_playwright_python
import pytest

from book.execution import executor
from book.source import pages

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
ADDRESSES = [*map(pages.address, pages.paths()), "../404.html"]


def violations(page, run_only):
    # Of what is in order, it need not tell all nodes: that takes longer than finding out.
    found = page.evaluate(
        "runOnly => axe.run({runOnly, resultTypes: ['violations']}).then(r => r.violations)",
        run_only,
    )
    for violation in found:
        first = violation["nodes"][0]
        yield f"{page.url}: {violation['id']}: {first['target']} {first['html'][:150]}"


@pytest.mark.parametrize("width", [1280, 390])
def test_pages_are_quiet_accessible_and_fit(visit, address, width):
    page = visit("", width, reduced_motion="reduce")
    standard = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    faults = []
    for path in ADDRESSES:
        page.goto(address + path, wait_until="load")
        page.evaluate("document.fonts.ready")
        if page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
            faults.append(f"{path}: wider than the window")
        page.evaluate(AXE)
        faults += violations(page, {"type": "tag", "values": standard})
        # The other scheme differs in its colors alone.
        page.evaluate("document.body.dataset.mdColorScheme = 'slate'")
        colors = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
        faults += (f"dark: {fault}" for fault in violations(page, colors))
    assert not faults, "\n".join(faults)
    origin = address.removesuffix("book/")
    assert page.complaints == []
    assert [url for url in page.requested if not url.startswith(origin)] == []


def test_links_of_the_navigation_are_easy_to_hit(visit):
    page = visit("11-faster-descent/")
    heights = page.locator(".md-nav__link:visible").evaluate_all(
        "links => links.map(link => link.getBoundingClientRect().height)"
    )
    # Whatever is near, and however the window is wide.
    assert min(heights) >= 24


@pytest.mark.parametrize("width", [1280, 390])
def test_no_labels_of_a_figure_overlap_or_are_too_small(visit, address, width):
    page = visit("", width)
    for path in ADDRESSES:
        page.goto(address + path)
        found = page.evaluate(
            """() => [...document.querySelectorAll(":is(.network, .graph, .plot)")].flatMap(svg => {
                const frame = svg.getBoundingClientRect();
                const labels = [...svg.querySelectorAll("text")].map(
                    text => ({text: text.textContent, box: text.getBoundingClientRect()}));
                const faults = [];
                labels.forEach(({text, box}, i) => {
                    const size = parseFloat(getComputedStyle(svg).fontSize);
                    const shown = size * frame.width / svg.viewBox.baseVal.width;
                    if (shown < 9) faults.push(`${text} is ${shown} px`);
                    if (box.left < frame.left - 1 || box.right > frame.right + 1) {
                        faults.push(`${text} is cut off`);
                    }
                    labels.slice(i + 1).forEach(({text: other, box: its}) => {
                        const apart = box.right <= its.left || its.right <= box.left
                            || box.bottom - 0.25 * box.height <= its.top
                            || its.bottom - 0.25 * its.height <= box.top;
                        if (!apart) faults.push(`${text} meets ${other}`);
                    });
                });
                return faults;
            })"""
        )
        assert found == [], path


def test_the_copy_button_gives_the_whole_program(visit, tmp_path, fresh_python):
    from test_copied_programs import execute

    path = pages.DOCS / "02-by-hand.md"
    page = visit("02-by-hand/", permissions=["clipboard-read", "clipboard-write"])
    shown = [one for one in executor.results(path) if one.snippet.options.get("source") != "none"]
    page.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")
    buttons = page.get_by_role("button", name="Copy", exact=True)
    assert buttons.count() == len(shown)
    for index, one in enumerate(shown):
        buttons.nth(index).click()
        copied = page.evaluate("navigator.clipboard.readText()")
        stdout, _ = execute(fresh_python, copied, tmp_path)
        assert copied.rstrip("\n").endswith(one.snippet.code.strip("\n"))
        assert stdout.endswith(one.outcome.printed)


def test_a_reader_finds_a_function_and_its_equation(visit):
    page = visit("")
    page.locator("input[name=query]").click()
    page.keyboard.type("hidden_delta", delay=20)
    page.locator(".md-search-result__link").first.wait_for()
    links = page.locator(".md-search-result__link").evaluate_all("all => all.map(a => a.href)")
    assert any("api/network/" in link for link in links)


def test_the_reader_can_choose_the_scheme(visit):
    page = visit("", scheme="light")
    assert page.locator("body").get_attribute("data-md-color-scheme") == "default"
    page.locator("form[data-md-component=palette] label:visible").click()
    assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"


def test_previous_and_next_lead_through_the_book(visit):
    page = visit("")
    seen = [page.url]
    while page.locator("a.md-footer__link--next").count():
        page.locator("a.md-footer__link--next").click()
        page.wait_for_load_state()
        seen.append(page.url)
    assert len(seen) == len(set(seen)) == len(pages.paths())


def test_the_search_index_knows_every_page(site):
    index = json.loads((site / "search" / "index.json").read_text(encoding="utf-8"))
    locations = {doc["location"].partition("#")[0] for doc in index["docs"]}
    assert locations == set(map(pages.address, pages.paths()))


def test_nothing_moves_while_a_page_loads(visit, address):
    page = visit("", 390)
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver(list => { for (const e of list.getEntries())"
        " window.moved += e.value }).observe({type: 'layout-shift', buffered: true})"
    )
    for path in ADDRESSES:
        page.goto(address + path, wait_until="networkidle")
        assert page.evaluate("window.moved") < 0.001, path


def test_pages_can_be_read_without_scripts(visit):
    page = visit("01-how-a-network-learns/", java_script_enabled=False)
    assert page.locator("math").first.is_visible()
    assert page.locator("figure svg").first.is_visible()
    assert page.locator("pre.output").first.is_visible()


def test_every_character_of_a_formula_is_in_the_font_of_formulas(visit, address):
    page = visit("")
    inspector = page.context.new_cdp_session(page)
    for path in ADDRESSES:
        page.goto(address + path)
        page.evaluate("document.fonts.ready")
        page.evaluate(
            """() => {
                const seen = new Set();
                for (const part of document.querySelectorAll("math :is(mi, mn, mo, mtext)")) {
                    const text = part.textContent;
                    if (!part.checkVisibility() || seen.has(text) || !text.trim()) continue;
                    seen.add(text);
                    part.setAttribute("data-first", "");
                }
            }"""
        )
        for domain in ("DOM", "CSS"):
            inspector.send(f"{domain}.enable")
        root = inspector.send("DOM.getDocument")["root"]["nodeId"]
        found = inspector.send("DOM.querySelectorAll", {"nodeId": root, "selector": "[data-first]"})
        for node in found["nodeIds"]:
            fonts = inspector.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
            html = inspector.send("DOM.getOuterHTML", {"nodeId": node})["outerHTML"]
            assert [font["familyName"] for font in fonts if not font["isCustomFont"]] == [], html
