"""The helper that asks axe-core: what it leaves out to be quick hides nothing of these kinds."""

import pytest
from accessibility import color_violations, violations

pytestmark = pytest.mark.known_again

SPOILED = {
    "color": ".md-typeset p:last-of-type { color: #aaa }",
    "size": ".md-typeset table td { color: #888; font-size: 9px }",
    "background of a parent": ".md-typeset table { background: #777 }",
    "opacity of a parent": ".md-typeset blockquote, .md-typeset figcaption { opacity: 0.4 }",
    "links nearly like their text": (
        ".md-typeset p a { color: #333 !important; text-decoration: none !important }"
    ),
}


@pytest.mark.parametrize("css", SPOILED.values(), ids=SPOILED)
def test_a_text_that_cannot_be_read_is_found(visit, css):
    page = visit("by-hand/", bypass_csp=True)
    assert list(violations(page)) == []
    page.add_style_tag(content=css)
    assert list(color_violations(page)) != []


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        ("document.documentElement.removeAttribute('lang')", "html-has-lang"),
        ("document.title = ''", "document-title"),
        ("document.querySelector('main').append(document.createElement('button'))", "button-name"),
    ],
)
def test_what_is_wrong_elsewhere_is_found(visit, spoil, rule):
    page = visit("by-hand/")
    page.evaluate(spoil)
    assert any(rule in each for each in violations(page))
