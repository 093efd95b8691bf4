"""The doctor in the page: what is pasted is diagnosed there, and an error names its field."""

import pytest
from accessibility import color_violations, violations
from playwright.sync_api import expect

pytestmark = pytest.mark.known_again

PAGE = "what-is-wrong/"


def button(page, text):
    return page.locator("form.doctor").get_by_role("button", name=text, exact=True)


def status(page, text):
    expect(page.locator("form.doctor .status")).to_have_text(text)


@pytest.fixture(scope="module")
def doctor(visit_for_long, runtime_in_the_site):
    """The page with Python loaded, in which the example was asked for."""
    page = visit_for_long(PAGE)
    button(page, "Fill in an example").click()
    status(page, "A mistake is found.")
    return page


def test_without_scripts_the_example_and_the_tables_stand_there(visit):
    page = visit(PAGE, java_script_enabled=False)
    expect(page.locator("form.doctor")).not_to_be_visible()
    expect(page.locator("pre.output").first).to_contain_text("slope of the activation is dropped")
    assert page.locator("article tbody tr").count() > 30


def test_the_example_is_named_and_can_be_copied_as_a_program(doctor):
    expect(doctor.locator(".verdict")).to_contain_text(
        "Mistake: the slope of the activation is dropped, in layer 1."
    )
    expect(button(doctor, "Copy as Python")).to_be_visible()
    assert doctor.complaints == []


def test_an_error_names_the_field_and_the_place_and_a_change_forgets_it(doctor):
    inputs = doctor.get_by_label("Inputs, an example per row")
    before = inputs.input_value()
    inputs.fill("0.5, 0.1, -0.2\n-0.3, eight, 0.4")
    button(doctor, "Find the mistake").click()
    status(doctor, "Something cannot be read.")
    expect(doctor.locator(".verdict")).to_have_text(
        "Inputs, line 2, number 2: 'eight' is no number."
    )
    expect(inputs).to_be_focused()
    assert inputs.get_attribute("aria-invalid") == "true"
    inputs.fill(before)
    assert inputs.get_attribute("aria-invalid") is None
    doctor.keyboard.press("Control+Enter")
    status(doctor, "A mistake is found.")


def test_an_example_takes_the_place_of_what_is_compared(doctor):
    # In one turn of the page: nothing can be compared between the two.
    doctor.evaluate("""() => {
        const [check, example] = document.querySelectorAll("form.doctor .actions > button");
        check.click();
        example.click();
    }""")
    status(doctor, "A mistake is found.")
    expect(button(doctor, "Find the mistake")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_form_is_accessible_and_fits(doctor, width):
    doctor.emulate_media(reduced_motion="reduce")
    doctor.set_viewport_size({"width": width, "height": 900})
    assert doctor.evaluate("document.documentElement.scrollWidth") <= width
    assert list(violations(doctor, "form.doctor")) == []
    doctor.evaluate("document.body.dataset.mdColorScheme = 'slate'")
    assert list(color_violations(doctor, "form.doctor")) == []
    doctor.evaluate("document.body.dataset.mdColorScheme = 'default'")
