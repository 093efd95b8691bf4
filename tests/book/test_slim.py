"""What is left out of style sheets and pages is what no page needs."""

import pytest

from book.site import minify


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        (".used{color:red}", ".used{color:red}"),
        (".unused{color:red}", ""),
        (".used .unused,.used p{margin:0}", ".used p{margin:0}"),
        ("p.used:not(.unused){margin:0}", "p.used:not(.unused){margin:0}"),
        ("video{margin:0}", ""),
        ("[data-kind=used]{margin:0}", "[data-kind=used]{margin:0}"),
        ("[data-kind=unused]{margin:0}", ""),
        ("#unused{margin:0}", ""),
        ("@media print{.unused{margin:0}}", ""),
        ("@media print{.used{margin:0!important}}", "@media print{.used{margin:0!important}}"),
        (":root{--a:1;--b:2}p{margin:var(--a)}", ":root{--a:1}p{margin:var(--a)}"),
        # A variable that only a variable uses that is not used is not used either.
        (":root{--a:1;--b:var(--a)}p{margin:0}", "p{margin:0}"),
    ],
)
def test_a_rule_is_kept_if_a_page_can_use_it(css, kept):
    assert minify.slim(css, '<p class="used" data-kind="used">') == kept


def test_a_sheet_that_is_not_valid_is_refused():
    with pytest.raises(ValueError, match="not valid"):
        minify.slim("p}", "<p>")


def test_blanks_are_kept_where_they_are_laid_out():
    page = "<p>\n    a\n\n  b</p>\n<pre>\n    code\n\n    more\n</pre>\n   <i>c</i>"
    kept = "<p>\na\nb</p>\n<pre>\n    code\n\n    more\n</pre>\n<i>c</i>"
    assert minify._without_blanks(page) == kept
