"""A numbered equation unfolds with numbers, and its link leads to them where no script runs."""

import pytest
from accessibility import color_violations, violations
from parsing import tree
from playwright.sync_api import expect

from book.source.equations import equations

pytestmark = pytest.mark.known_again

PAGE, NAME = "how-a-network-learns/", "weight-step"
EQUATION = f"#eq-{NAME}"
LINK = f"{EQUATION} .eq-code > a:last-child"
NUMBERS = f"{EQUATION} + .numbers"
IDS = "[...document.querySelectorAll('[id]')].map(each => each.id)"


def expect_folded(page, folded):
    expect(page.locator(LINK)).to_have_attribute("aria-expanded", "false" if folded else "true")
    expect(page.locator(NUMBERS)).to_be_visible(visible=not folded)


@pytest.mark.parametrize("how", ["mouse", "keyboard"])
def test_an_equation_unfolds_below_itself_and_folds_again(visit, how):
    page = visit(PAGE)
    before = page.url
    link = page.locator(LINK)
    expect(link).to_have_attribute("aria-expanded", "false")
    for folded in (False, True, False):
        if how == "mouse":
            link.click()
        else:
            link.focus()
            page.keyboard.press("Enter")
        expect_folded(page, folded)
    expect(page.locator(NUMBERS)).to_contain_text("0.0001770")
    expect(page.locator(NUMBERS)).to_contain_text("faulty forms of the equation were refused")
    assert page.url == before
    ids = page.evaluate(IDS)
    assert len(ids) == len(set(ids))


def test_two_clicks_at_once_unfold_one_thing(visit):
    page = visit(PAGE)
    page.locator(LINK).evaluate("each => { each.click(); each.click(); each.click(); }")
    expect_folded(page, False)
    expect(page.locator(".numbers")).to_have_count(1)


def test_without_scripts_the_link_leads_to_the_numbers(visit):
    page = visit(PAGE, java_script_enabled=False)
    page.locator(LINK).click()
    page.wait_for_url(f"**/equations/{EQUATION}")
    expect(page.locator(f"{EQUATION}.numbers")).to_be_in_viewport()


def test_where_the_page_cannot_be_fetched_the_link_is_followed(visit):
    page = visit(PAGE)
    page.route("**/equations/", lambda route: route.abort(), times=1)
    page.locator(LINK).click()
    page.wait_for_url(f"**/equations/{EQUATION}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_unfolded_is_accessible_and_no_wider_than_a_phone(visit, scheme):
    page = visit(PAGE, 390, scheme=scheme, reduced_motion="reduce")
    for name in ("weighted-input", NAME, "hidden-error"):
        page.locator(f"#eq-{name} .eq-code > a:last-child").click()
        expect(page.locator(f"#eq-{name} + .numbers")).to_be_visible()
    assert list(violations(page)) == []
    assert list(color_violations(page)) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_paper_has_what_is_unfolded_and_no_link(visit):
    page = visit(PAGE)
    page.locator(LINK).click()
    expect_folded(page, False)
    page.emulate_media(media="print")
    expect(page.locator(LINK)).to_be_hidden()
    expect(page.locator(NUMBERS)).to_be_visible()
    page.emulate_media(media="screen")
    page.locator(LINK).click()
    page.emulate_media(media="print")
    expect(page.locator(NUMBERS)).to_be_hidden()


def test_every_numbered_equation_has_its_numbers_on_the_page_of_all(site):
    built = tree(site / "equations" / "index.html")
    found = {
        each.get("id") for each in built.iter() if "numbers" in (each.get("class") or "").split()
    }
    assert found == {f"eq-{name}" for name in equations()}
