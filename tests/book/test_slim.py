"""What is left out of style sheets and pages is what no page needs."""

import json
from urllib.parse import unquote

import html5lib
import pytest

from book.site import minify


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        (".used{color:red}", ".used{color:red}"),
        (".unused{color:red}", ""),
        (".used .unused{margin:0}", ""),
        (".used .unused,.used p{margin:0}", ".used .unused,.used p{margin:0}"),
        ("p.used:not(.unused){margin:0}", "p.used:not(.unused){margin:0}"),
        (":is(.used,.unused) p{margin:0}", ":is(.used,.unused) p{margin:0}"),
        ("[data-kind=used]{margin:0}", "[data-kind=used]{margin:0}"),
        ("#unused{margin:0}", ""),
        ("@media print{.unused{margin:0}}", ""),
        ("@media print{.used{margin:0!important}}", "@media print{.used{margin:0!important}}"),
        (":root{--a:1;--b:2}p{margin:var(--a)}", ":root{--a:1}p{margin:var(--a)}"),
        (":root{--in-html:1}", ":root{--in-html:1}"),
        # A name that only the text of a page has is none of an element's.
        (".word{margin:0}", ""),
        (".by-script{margin:0}", ".by-script{margin:0}"),
        # The theme's script knows parts that the book has not.
        (".md-tabs{margin:0}", ""),
        # A variable that only a variable uses that is not used is not used either.
        (":root{--a:1;--b:var(--a)}p{margin:0}", "p{margin:0}"),
    ],
)
def test_a_rule_is_kept_if_a_page_can_use_it(css, kept):
    html = '<p class="used" data-kind="used" fill="var(--in-html)">word</p>'
    assert minify.slim(css, html, 'add("by-script", "md-tabs")') == kept


def test_a_sheet_that_is_not_valid_is_refused():
    with pytest.raises(ValueError, match="failed"):
        minify.slim("p}", "<p>")


CODE = (
    '<span class="sa">f</span><span class="s2">&quot;E = </span><span class="si">{</span>'
    '<span class="n">E</span><span class="si">}</span><span class="s2">&quot;</span>'
)
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>t</title>
<link rel="stylesheet" href="../assets/one.css">
<link rel="stylesheet" href="../assets/two.css">
<link rel="icon" href="../assets/favicon.svg">
</head><body>
<img src="../assets/logo.svg" alt="logo">
<p>
    a <b>bold</b>

  <i>word</i>
</p>
<pre>
    code

    more
</pre>
<pre><code>CODE</code></pre>
<button data-copy="one&#10;  two" data-needs="">Copy</button>
<p><math><mi>x</mi><mspace/><mn>1</mn></math> in the same paragraph</p>
<script>var  a = "  kept  "</script>
<script type="application/json">
{"search": "../assets/javascripts/workers/search.1a.min.js"}
</script>
<script src="../assets/javascripts/bundle.1a.min.js"></script>
</body></html>
"""


@pytest.fixture
def made(tmp_path):
    """A page that was made small, parsed."""
    files = {
        "one/index.html": PAGE.replace("CODE", CODE),
        "assets/one.css": "p{margin:0}",
        "assets/two.css": r'b{margin:0}i{background:url("data:image/svg+xml,<svg id=\"a\"/>")}',
        "assets/favicon.svg": '<svg fill="#fff"/>',
        "assets/logo.svg": "<svg ><title>Logo</title></svg>",
        "assets/keys.js": "ours();",
        "assets/javascripts/bundle.1a.min.js": "theirs();",
        "assets/javascripts/workers/search.1a.min.js": "",
        "search/search_index.json": '{"config": {}, "docs": [1]}',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    minify.apply(tmp_path)
    text = (tmp_path / "one" / "index.html").read_text(encoding="utf-8")
    return tmp_path, html5lib.parse(text, namespaceHTMLElements=False)


def test_blanks_are_kept_where_they_are_laid_out(made):
    _, tree = made
    assert "".join(tree.find(".//pre").itertext()) == "    code\n\n    more\n"
    assert "".join(tree.find(".//p").itertext()) == "\na bold\nword\n"
    button = tree.find(".//button")
    assert button.get("data-copy") == "one\n  two"
    assert button.get("data-needs") == ""
    assert "".join(tree.findall(".//p")[1].itertext()) == "x1 in the same paragraph"
    # The policy of the pages knows a script by its digest.
    assert tree.find(".//script").text == 'var  a = "  kept  "'


def test_the_dark_scheme_alone_is_kept_for_pages_without_scripts():
    css = "p{margin:0}@media screen{[data-md-color-scheme=slate] a{color:red}}b{margin:0}"
    assert minify.dark(css) == "[data-md-color-scheme=default] a{color:red}"


def test_our_script_comes_before_that_of_the_theme_in_one_file(made):
    site, _ = made
    (joined,) = (site / "assets" / "javascripts").glob("*.js")
    assert joined.read_text(encoding="utf-8") == "ours();theirs();"
    assert not (site / "assets" / "keys.js").exists()


def test_code_of_one_color_is_in_one_element(made):
    _, tree = made
    code = tree.find(".//code")
    assert "".join(code.itertext()) == 'f"E = {E}"'
    assert [(each.get("class"), each.text) for each in code] == [("s2", '"E = {'), ("s2", '}"')]


def test_a_page_has_one_sheet_and_the_search_that_waits(made):
    site, tree = made
    (sheet,) = (link for link in tree.iter("link") if link.get("rel") == "stylesheet")
    name = sheet.get("href").removeprefix("../")
    data = "i{background:url(\"data:image/svg+xml,<svg id='a'/>\")}"
    assert (site / name).read_text(encoding="utf-8") == f"p,b{{margin:0}}{data}"
    # The other is loaded where no script runs and dark is preferred.
    assert sorted(site.rglob("*.css")) == [site / name, site / "assets" / "dark.css"]
    (icon,) = (link for link in tree.iter("link") if link.get("rel") == "icon")
    assert unquote(icon.get("href")) == "data:image/svg+xml,<svg fill='#fff'/>"
    assert "#" not in icon.get("href")
    data, script = tree.findall(".//script")[1:]
    assert json.loads(data.text) == {"search": "../assets/search.js"}
    assert script.get("defer") is not None
    assert (site / "search" / "index.json").exists()
