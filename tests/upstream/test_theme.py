"""What the site asks of Material for MkDocs: its templates, its scripts, its sheets."""

import hashlib
import json
import re
from pathlib import Path

import html5lib
import material
import pytest

from book.editions import offline
from book.site import minify, policy
from book.source import pages

THEME = Path(material.__file__).parent / "templates"
SCRIPTS = THEME / "assets" / "javascripts"
COPIED = {
    "partials/copyright.html": "bc86bca3bf75070fe5d72e2a3463bdddf87c10f4d6459c945fe81c5d384e35ea",
    "partials/nav.html": "af33f6e032f632eb055c365eb5f1a975bf8456152fa768e69a1aad6d470b843f",
    "partials/palette.html": "fb935107ae7d3d7475965019eec36c1ad72bf1d154254dab2474921fcd2710e3",
    "partials/search.html": "bfd556535abcddb99396ab2a7e3acc2ebcd3f36756007d3969396caa4126be30",
}
"""Templates that ours were copied from, as they were then."""


@pytest.fixture(scope="module")
def html(small):
    return (small.site / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COPIED)
def test_what_was_copied_is_as_it_was(name):
    """Compare the theme's new template with ours of the same name in book/theme, take over what it
    has changed, and write its new digest here. Ours add a name for the dialog of the search, a
    link to the code, and names for the choice of colors; of the API's pages, the navigation of
    others has the first alone."""
    assert hashlib.sha256((THEME / name).read_bytes()).hexdigest() == COPIED[name]
    assert (pages.ROOT / "book" / "theme" / name).exists()


def test_every_template_of_ours_is_copied_or_extends_one():
    """A template that replaces one of the theme's belongs into COPIED, with the digest of the
    original; one that adds to it begins with `extends`."""
    ours = pages.ROOT / "book" / "theme"
    for path in ours.rglob("*.html"):
        name = path.relative_to(ours).as_posix()
        assert name in COPIED or path.read_text("utf-8").startswith("{% extends"), name


def test_the_character_set_is_said_once(html):
    """book/site/policy.py writes the policy after this tag: find where it can stand now."""
    assert html.count(policy._HEAD) == 1


def test_every_script_within_a_page_is_seen_by_the_policy(html):
    """book/site/policy.py finds the scripts by a regular expression: mend `_SCRIPT`."""
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    within = [
        script.text
        for script in tree.iter("script")
        if not script.get("src") and script.get("type") != "application/json"
    ]
    assert policy._SCRIPT.findall(html) == within
    assert within


def test_the_scripts_within_a_page_are_those_that_are_written_down(html):
    """book/site/policy.py lets no other run. Read what the theme's script does now, compare it with
    what it did, and write the new digest into `WITHIN`."""
    found = {
        policy.digest(policy._ROOT.sub("", text)).strip("'"): text
        for text in policy._SCRIPT.findall(html)
    }
    known = policy.WITHIN.values()
    assert [text[:90] for digest, text in found.items() if digest not in known] == []
    assert [what for what, digest in policy.WITHIN.items() if digest not in found] == []


def test_the_search_is_told_its_worker_and_speaks_its_language(html):
    """docs/assets/search.js stands in place of the theme's worker, and book/site/minify.py puts it
    there: follow the theme's new names or numbers in both."""
    assert len(minify._WORKER.findall(html)) == 1
    (worker,) = (SCRIPTS / "workers").glob("search.*.min.js")
    assert worker.name in html
    (map_,) = SCRIPTS.glob("bundle.*.min.js.map")
    (numbered,) = (
        kinds[1]
        for source in json.loads(map_.read_text(encoding="utf-8"))["sourcesContent"]
        if (kinds := re.search(r"enum SearchMessageType \{(.*?)\}", source, re.DOTALL))
    )
    assert re.findall(r"^\s*([A-Z]+)", numbered, re.MULTILINE) == [
        "SETUP",
        "READY",
        "QUERY",
        "RESULT",
    ]
    ours = (pages.DOCS / "assets" / "search.js").read_text(encoding="utf-8")
    assert "[SETUP, READY, QUERY, RESULT] = [0, 1, 2, 3]" in ours


def test_what_is_found_is_shown_as_it_is_handed_over():
    """docs/assets/search.js answers in place of the theme's worker: groups of items, each with
    what the theme's template reads of it. Hand over what it reads now."""
    (map_,) = SCRIPTS.glob("bundle.*.min.js.map")
    source = json.loads(map_.read_text(encoding="utf-8"))
    written = dict(zip(source["sources"], source["sourcesContent"], strict=True))
    (template,) = (text for name, text in written.items() if "templates/search/index" in name)
    read = set(re.findall(r"\bdocument\.(\w+)|\bdoc\.(\w+)|result\[0\]\.(\w+)", template))
    assert {next(filter(None, each)) for each in read} == {
        *("location", "score", "terms", "text", "title"),
        "tags",  # which no page has
    }


def test_the_index_of_search_is_what_ours_adds_to(small):
    """book/site/search.py adds entries, docs/assets/search.js reads them: mend both."""
    index = json.loads((small.site / "search" / "search_index.json").read_text(encoding="utf-8"))
    assert index.keys() == {"config", "docs"}
    assert {"location", "title", "text"} <= index["docs"][0].keys()
    assert {"", "#a-part", "api/"} <= {each["location"] for each in index["docs"]}


def test_a_page_loads_one_script_and_sheets_that_are_joined(html, small):
    """book/site/minify.py finds the tags of sheets, icon, logo and script by regular expressions:
    mend the one that finds nothing, or another number."""
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    scripts = [script.get("src") for script in tree.iter("script") if script.get("src")]
    sheets = [link.get("href") for link in tree.iter("link") if link.get("rel") == "stylesheet"]
    assert len(minify._BUNDLE.findall(html)) == len(scripts) == 1
    assert [root + name for root, name in minify._SHEET.findall(html)] == sheets
    assert len(sheets) == 3
    assert all((small.site / sheet).exists() for sheet in sheets)
    assert len(minify._ICON.findall(html)) == 1
    assert len(minify._LOGO.findall(html)) == 2


def test_colors_are_kept_from_fading_by_a_rule_for_every_element(small):
    """book/site/minify.py drops the rule, and docs/assets/keys.js what the script writes into the
    head: if either is gone, what it was dropped by goes, too; tests/site/test_browser.py says
    whether a change of colors still goes through a page once."""
    (sheet,) = (small.site / "assets" / "stylesheets").glob("palette.*.css")
    (rule,) = minify._SWITCHING.findall(sheet.read_text(encoding="utf-8"))
    assert rule.endswith("{transition-duration:0s!important}")
    (bundle,) = (small.site / "assets" / "javascripts").glob("bundle.*.min.js")
    assert '"meta",{name:"color-scheme"}' in bundle.read_text(encoding="utf-8")


def test_a_click_copies_what_an_element_says(small):
    """Formulas and programs are copied by the theme, by this attribute; see docs/assets/linked.js
    and book/markdown/formulas.py for what to write instead."""
    (bundle,) = (small.site / "assets" / "javascripts").glob("bundle.*.min.js")
    assert "[data-clipboard-text]" in bundle.read_text(encoding="utf-8")


def test_code_of_one_color_is_known(small):
    """book/site/minify.py leaves out the elements of code that has the color of all code, and joins
    parts of strings: change `_PLAIN` and `_STRING` to what the theme's sheet colors now."""
    (sheet,) = (small.site / "assets" / "stylesheets").glob("main.*.css")
    css = sheet.read_text("utf-8") + (pages.DOCS / "assets" / "book.css").read_text("utf-8")
    settings = dict(re.findall(r"(--md-code-hl-[\w-]+):\s*(var\([^)]*\))", css))
    rules = re.findall(r"([^{}]*)\{color:var\((--md-code-hl-[\w-]+)\)\}", css)
    color = {name: of for said, of in rules for name in re.findall(r"\.highlight \.(\w+)", said)}
    plain = re.search(r"\(\?:([^)]*)\)", minify._PLAIN.pattern)[1].split("|")
    for name in color.keys() & plain:
        assert settings[color[name]] == "var(--md-code-fg-color)", name
    assert {"n", "o", "ow", "p"} <= color.keys()
    assert color["s2"] == color["si"]


def test_a_page_from_a_disk_finds_its_index_in_a_script(small):
    """book/editions/offline.py does what the theme's plugin `offline` does, with a shim that it
    holds: see what the plugin and the theme's script do now, and which shim they ask for."""
    (bundle,) = (small.site / "assets" / "javascripts").glob("bundle.*.min.js")
    assert "search/search_index.js" in bundle.read_text(encoding="utf-8")
    plugin = (THEME.parent / "plugins" / "offline" / "plugin.py").read_text(encoding="utf-8")
    assert "https://unpkg.com/iframe-worker/shim" in plugin
    assert 'f"var __index = {data}"' in plugin
    held = offline.SHIM / "shim.js"
    assert "window.IFrameWorker=" in held.read_text(encoding="utf-8")
