"""What the other tests ask of the site in Chromium, asked in Firefox and in WebKit too.

What each draws is asked by what it measures, and what a page says of errors by the page itself
(`watching.py`). Chromium is among them, so that a question that no engine answers is seen.
"""

import time

import kept
import numpy as np
import pytest
from numpy.testing import assert_allclose

from backprop import datasets
from book.source import pages

pytestmark = pytest.mark.known_again

ADDRESSES = [*map(pages.address, pages.paths())]
SHARES = 3
"""Processes can share the pages of an engine."""
WIDE, PHONE = 1280, 390
FITS = "document.documentElement.scrollWidth <= innerWidth"


@pytest.mark.parametrize("share", range(SHARES))
def test_pages_are_quiet_and_fit(engine, read, site, share):
    if engine.__name__ == "Chromium":
        pytest.skip("test_each_page.py asks more than this")
    reader, faults = read(WIDE), []
    widths = [WIDE, PHONE]
    for path in ADDRESSES[share::SHARES]:
        content = (site / path / "index.html").read_bytes()
        entry = kept.answer(site, "is quiet and fits", engine.__name__, path, content)
        if kept.known(entry):
            continue
        before = len(faults)
        reader.open(path)
        for width in widths:
            reader.resize(width)
            # WebKit counts the title, as long as it slides in.
            reader.wait(f"{FITS} || performance.now() > 4e3")
            if not reader.js(f"return {FITS}"):
                faults.append(f"{path}: wider than {width}")
        widths.reverse()  # The next page is opened in the window as it is.
        faults += [f"{path}: {said}" for said in reader.js("return complaints")]
        if len(faults) == before:
            kept.keep(entry, "nothing is wrong")
    reader.resize(WIDE)
    kept.opened.clear()  # No other test needs these pages: the server lets no browser keep them.
    assert faults == []


MEASURED = """
const all = css => [...document.querySelectorAll(css)].filter(each => each.checkVisibility());
const size = each => parseFloat(getComputedStyle(each).fontSize);
const height = each => each.getBoundingClientRect().height / size(each);
"""


ABOVE = """.map(over => {
    const [letter, accent] = [...over.children].map(each => each.getBoundingClientRect());
    return (letter.top - accent.top) / size(over);
})"""


@pytest.mark.parametrize(
    "path", ["how-a-network-learns/", "what-a-gradient-costs/", "first-weights/"]
)
def test_accents_stand_on_their_letters(read, path):
    reader = read()
    reader.open(path)
    heights = reader.js(f"{MEASURED} return all('math mover[accent]'){ABOVE}")
    # How far the box of an accent begins above that of its letter, in the size of the font: 0.7 or
    # more where the accent floats in the line above.
    assert heights
    assert max(heights) < 0.4


def test_a_product_of_elements_is_as_large_in_a_display_as_in_a_line(read):
    reader = read()
    reader.open("any-number-of-layers/")
    of = "return [all('.display math mo, .equation math mo'), all('p math mo')].map("
    displayed, in_text = reader.js(
        MEASURED + of + "all => all.filter(mo => mo.textContent === '⊙').map(height))"
    )
    assert displayed
    assert in_text
    # As a large operator it would be half as large again.
    assert max(displayed) < 1.2 * max(in_text)


@pytest.mark.parametrize("width", [WIDE, PHONE])
@pytest.mark.parametrize("path", ["any-number-of-layers/", "what-a-gradient-costs/", "attention/"])
def test_no_formula_in_the_text_is_broken(read, path, width):
    reader = read(width)
    reader.open(path)
    broken = reader.js(
        MEASURED
        + """return all("p > span.math, li > span.math")
            .filter(each => each.getClientRects().length > 1).map(each => each.textContent)"""
    )
    assert broken == []


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_no_line_begins_with_what_follows_a_formula(read, width):
    reader, ended = read(width), 0
    for path in ("any-number-of-layers/", "other-activations-and-losses/"):
        reader.open(path)
        found = reader.js(
            """return [...document.querySelectorAll("span.math")]
                .filter(each => each.checkVisibility() && each.lastChild.nodeName === "#text")
                .map(each => {
                    const range = document.createRange();
                    range.selectNode(each.lastChild);
                    const sign = range.getBoundingClientRect();
                    return sign.left >= each.firstChild.getBoundingClientRect().right - 1;
                })"""
        )
        assert all(found)
        ended += len(found)
    assert ended > 10


def test_brackets_are_as_high_as_what_they_hold(read):
    reader = read()
    reader.open("convolution/")
    pairs = reader.js(
        f"""{MEASURED} return all("math mtable").map(table => [table.previousElementSibling, table])
            .filter(([brace]) => brace?.textContent === "{{").map(pair => pair.map(height))"""
    )
    assert pairs
    assert all(brace > 0.8 * table for brace, table in pairs)


def test_a_root_takes_the_room_of_its_letters(read):
    reader = read()
    reader.open("faster-descent/")
    gaps = reader.js(
        f"""{MEASURED} return all("math msqrt").map(root => {{
            const last = root.lastElementChild.getBoundingClientRect();
            return (root.getBoundingClientRect().right - last.right) / size(root);
        }})"""
    )
    assert gaps
    # That of the widest root was left: 0.4 of the size of the font.
    assert max(map(abs, gaps)) < 0.1


@pytest.mark.parametrize("path", ["by-hand/", "first-weights/"])
def test_a_small_fraction_is_small(read, path):
    reader = read()
    reader.open(path)
    shares = reader.js(
        f"""{MEASURED} return all("math mfrac[displaystyle=false] > *")
            .map(each => size(each) / size(each.closest("math")))"""
    )
    assert shares
    assert max(shares) < 0.8


LOST = """
const focused = document.activeElement;
// The theme draws the label for a choice that it has put out of sight.
const shown = focused.matches("input[type=radio]") ? focused.nextElementSibling : focused;
const { left, right, top, bottom } = shown.getBoundingClientRect();
const found = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
const covered = !found || !(shown.contains(found) || found.contains(shown));
return covered ? `${focused.outerHTML.slice(0, 90)} at ${left}, ${top}` : "";
"""


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_tab_leads_into_the_text_and_the_focus_is_always_seen(read, width):
    reader, lost = read(width), []
    reader.open("by-hand/")
    reader.wait("document.hasFocus()")
    for _ in range(80):
        reader.press("Tab")
        if reader.js("return document.activeElement.closest('article') !== null"):
            break
        # What lay over it may take a moment to go.
        for _ in range(20):
            if not (covered := reader.js(LOST)):
                break
            time.sleep(0.1)
        lost.append(covered)
    else:
        pytest.fail("Tab never leaves the header")
    assert [each for each in lost if each] == []


def test_the_explorer_is_used_by_keyboard_and_by_mouse(read):
    reader = read()
    reader.open("by-hand/")
    reader.js("document.querySelector('[data-field=\"W.1.0.0\"] [type=range]').focus()")
    reader.press("ArrowRight", "ArrowRight")
    field = "return document.querySelector('[data-field=\"{}\"] [type=number]').value"
    assert reader.js(field.format("W.1.0.0")) == "0.42"
    reader.drag(".explorer svg [data-of='W.2.0.0'] text", 20)
    assert reader.js(field.format("W.2.0.0")) == "0.2"
    reader.click(".explorer [data-does=train][data-count='100']")
    assert reader.text(".explorer-updates") == "100 updates"
    reader.wait("location.hash.includes('updates=100')")


def test_the_explorer_has_the_numbers_of_the_package(read):
    reader = read()
    reader.open("by-hand/")
    network, x, target, learning_rate = datasets.two_one_one()
    state = {
        "W": {l: layer.W.tolist() for l, layer in enumerate(network, 1)},
        "x": x.tolist(),
        "target": target.tolist(),
        "learning_rate": learning_rate,
    }
    reader.js(
        """const [url, state] = arguments;
        import(new URL(url, location)).then(m => { window.found = m.compute(state.W, state); });""",
        "../assets/explorer/explorer.js",
        state,
    )
    found = reader.wait("window.found")
    backward = network.backward(network.forward(x), target)
    assert_allclose(found["loss"], backward.loss, rtol=1e-12)
    for l, step in backward.steps(learning_rate).W.items():
        assert_allclose(np.array(found["steps"]["W"][str(l)]), step, rtol=1e-12)


def test_the_search_finds_and_leads(read):
    reader = read()
    reader.open("by-hand/")
    reader.press("s")
    reader.wait("document.activeElement.matches('[data-md-component=search-query]')")
    reader.press(*"transpose")
    # What is found is written anew with each letter.
    found = "document.querySelector('.md-search-result__list').textContent"
    before = None
    while not before or before != reader.js(f"return {found}"):
        before = reader.js(f"return {found}")
        time.sleep(0.5)
    reader.press("ArrowDown")
    reader.wait("document.activeElement.matches('.md-search-result__link')")
    reader.press("Enter")
    reader.wait("!location.pathname.startsWith('/by-hand/')")


def test_the_scheme_is_changed_and_kept(read):
    reader = read()
    reader.open("by-hand/")
    before = reader.js("return document.body.dataset.mdColorScheme")
    reader.click("[data-md-component=palette] label:not([hidden])")
    reader.wait("document.body.dataset.mdColorScheme !== arguments[0]", before)
    reader.open("in-code/")
    assert reader.js("return document.body.dataset.mdColorScheme") != before
    reader.click("[data-md-component=palette] label:not([hidden])")
    reader.wait("document.body.dataset.mdColorScheme === arguments[0]", before)


def test_a_snippet_is_copied(read):
    reader = read()
    reader.open("by-hand/")
    reader.click("button.copy")
    reader.wait(
        "document.querySelector('[data-md-component=dialog]').textContent.includes('Copied')"
    )


def test_formula_and_line_light_up_together(read):
    reader = read()
    reader.open("in-code/")
    reader.click("code span[data-eq]")
    lit = reader.js("return [...document.querySelectorAll('.lit')].map(each => each.localName)")
    assert "span" in lit
    assert len(lit) > 1
    reader.press("Escape")
    reader.wait("!document.querySelector('.lit')")


LABORATORIES = [
    pages.address(page) for page in pages.paths() if "laboratory=" in page.read_text("utf-8")
]


@pytest.mark.parametrize("path", LABORATORIES)
def test_a_laboratory_opens_and_fits(read, path):
    reader = read()
    reader.open(path)
    reader.click(".laboratory button")
    reader.wait("document.querySelector('.laboratory[data-live]')")
    reader.wait("document.querySelector('.laboratory-bench').innerText.includes('Copy as Python')")
    for width in (PHONE, WIDE):
        reader.resize(width)
        reader.wait(FITS)
    assert reader.js("return complaints") == []


@pytest.mark.usefixtures("runtime_in_the_site")
def test_a_snippet_runs_in_the_page(read):
    reader = read()
    reader.open("by-hand/")
    reader.click(".snippet button.run")
    reader.wait(
        "document.querySelector('.snippet .ran')?.textContent.includes('the same as the book')"
    )
    assert reader.js("return complaints") == []
