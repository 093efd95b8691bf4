"""A chapter, its snippets and its explorer, for a reader who has no pointer."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.known_again

WATCH = """() => {
  window.reached = new Set();
  window.faults = [];
  document.addEventListener("focusin", ({ target }) => {
    window.reached.add(target);
    const style = getComputedStyle(target);
    const box = target.getBoundingClientRect();
    const said = target.outerHTML.slice(0, 90);
    if (style.outlineStyle === "none") window.faults.push(`no outline: ${said}`);
    if (!box.width && !box.height) window.faults.push(`not to be seen: ${said}`);
  });
}"""
MISSED = """() => {
  const can = "a[href], button, summary, input, select, textarea, [tabindex='0']";
  return [...document.querySelectorAll(`article :is(${can})`)]
    .filter(each => each.checkVisibility({ visibilityProperty: true }))
    .filter(each => !each.disabled && !window.reached.has(each))
    .map(each => each.outerHTML.slice(0, 90));
}"""


@pytest.mark.parametrize("path", ["", "by-hand/", "reading-digits/"])
@pytest.mark.parametrize("width", [1280, 390])
def test_all_that_can_be_used_is_reached_and_marked(visit, path, width):
    page = visit(path, width)
    page.evaluate(WATCH)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(1000):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.md-footer') !== null"):
            break
    assert page.evaluate(MISSED) == []
    assert page.evaluate("window.faults") == []


def test_the_snippets_of_a_chapter_are_used_by_keyboard(visit):
    page = visit("by-hand/", permissions=["clipboard-read", "clipboard-write"])
    solution = page.locator("details.question, details.success").first
    solution.locator("summary").first.focus()
    page.keyboard.press("Enter")
    expect(solution).to_have_attribute("open", "")
    page.keyboard.press("Enter")
    expect(solution).not_to_have_attribute("open", "")
    copy = page.locator("button.copy").first
    copy.focus()
    page.keyboard.press("Enter")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == copy.get_attribute("data-clipboard-text")
    expect(page.get_by_role("status").first).to_contain_text("Copied to clipboard")


def test_a_reader_goes_to_the_next_chapter_and_back_by_keyboard(visit):
    page = visit("by-hand/")
    page.locator("a.md-footer__link--next").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/in-code/")
    page.locator("a.md-footer__link--prev").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/by-hand/")


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_menu_of_a_phone_opens_and_leads_by_keyboard(visit, key):
    page = visit("by-hand/", 390)
    menu = page.get_by_role("button", name="Menu")
    link = page.locator(".md-nav--primary").get_by_role("link", name="In code")
    expect(menu).to_have_attribute("aria-expanded", "false")
    assert link.count() == 0
    for _ in range(4):
        page.keyboard.press("Tab")
        if menu.evaluate("each => each === document.activeElement"):
            break
    page.keyboard.press(key)
    expect(menu).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    expect(menu).to_have_attribute("aria-expanded", "false")
    page.keyboard.press(key)
    expect(link.first).to_be_in_viewport()
    for _ in range(30):
        page.keyboard.press("Tab")
        if link.first.evaluate("each => each === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/in-code/")
