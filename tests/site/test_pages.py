"""The built pages: whole, valid, with what they are to hold, and with nothing from elsewhere."""

import json
import re
from urllib.parse import urljoin

import pytest
from parsing import name, pages_of, tree

from book.checks import site as checks
from book.source import fences, pages


def outputs(site, page):
    return ["".join(each.itertext()) for each in tree(site / page / "index.html").iter("samp")]


def test_nothing_is_wrong_with_the_built_site(site):
    assert [str(fault) for fault in checks.check(site)] == []


def test_every_page_is_built(site):
    for page in pages.paths():
        assert (site / pages.address(page) / "index.html").exists(), page


def beside(site, place, way):
    """Where a page's link to the next page or the one before leads, or None."""
    links = tree(site / place / "index.html").iter("a")
    kind = f"md-footer__link--{way}"
    (target,) = [link.get("href") for link in links if kind in (link.get("class") or "")] or [None]
    return None if target is None else urljoin(f"/{place}", target).removeprefix("/")


def test_previous_and_next_lead_through_the_book(site):
    seen, place = [], ""
    while place is not None and place not in seen:
        seen.append(place)
        place = beside(site, place, "next")
    assert place is None
    assert sorted(seen) == sorted(map(pages.address, pages.paths()))
    assert [beside(site, place, "prev") for place in seen] == [None, *seen[:-1]]


def said(element):
    return " ".join("".join(element.itertext()).replace("¶", "").split())


@pytest.mark.parametrize("chapter", pages.chapters(), ids=lambda path: path.stem)
def test_a_chapter_carries_its_number_and_its_anchor_does_not(site, chapter):
    built = tree(site / pages.address(chapter) / "index.html")
    numbered = f"{pages.chapter(chapter)}. {pages.title(chapter).replace('`', '')}"
    (heading,) = built.iter("h1")
    assert said(heading) == numbered
    assert not re.search(r"\d", heading.get("id")[:2])
    assert said(built.find(".//head/title")) == f"{numbered} - Backprop"
    active = [link for link in built.iter("a") if "nav__link--active" in (link.get("class") or "")]
    assert {said(link) for link in active} == {numbered}
    index = json.loads((site / "search" / "index.json").read_text(encoding="utf-8"))["docs"]
    place = pages.address(chapter)
    assert [each["title"] for each in index if each["location"] == place] == [numbered]


def test_the_home_page_lists_every_chapter_with_what_it_is_about(site):
    (article,) = tree(site / "index.html").iter("article")
    listed = [said(each) for each in article.iter("li")]
    for page in pages.chapters():
        title = pages.numbered(page).replace("`", "")
        stop = "" if title.endswith("?") else "."
        assert f"{title}{stop} {pages.description(page)}" in listed


@pytest.mark.parametrize("chapter", pages.chapters(), ids=lambda path: path.stem)
def test_the_themes_script_waits_for_the_first_paint(site, chapter):
    html = (site / pages.address(chapter) / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r'<script ([^>]*)src="[^"]*?(\w+)[.\w]*\.js"', html)
    assert all("defer" in how or "module" in how for how, _ in scripts)
    names = [name for _, name in scripts]
    before, after = names[: names.index("bundle")], names[names.index("bundle") + 1 :]
    assert before[0] == "linked"
    assert after == (["run"] if 'class="run"' in html else [])


def test_the_posts_numbers_stand_in_executed_outputs(site):
    printed = "\n".join(outputs(site, "in-code"))
    for number in (
        "0.00804047 0.00555918 1.77005547e-04 -5.11178506e-04 3.54011093e-05 -1.02235701e-04 "
        "-7.08022187e-05 2.04471402e-04"
    ).split():
        assert number in printed


def test_the_lessons_numbers_stand_in_executed_outputs(site):
    printed = "\n".join(outputs(site, "by-hand"))
    for number in (
        "-0.0200 0.495000 0.512372477963 0.121832235361 0.003045501324 0.030153488404 "
        "0.00015228 0.00045683"
    ).split():
        assert number in printed


def test_a_term_leads_to_the_glossary_where_a_chapter_first_uses_it(site):
    entries = {each.get("id") for each in tree(site / "glossary" / "index.html").iter("h2")}
    for page in (page for page in pages.paths() if pages.chapter(page) is not None):
        article = tree(site / pages.address(page) / "index.html").find(".//article")
        terms = [link for link in article.iter("a") if link.get("class") == "term"]
        led_to = [link.get("href").partition("#")[2] for link in terms]
        assert led_to, page.name
        assert set(led_to) <= entries
        assert len(led_to) == len(set(led_to)), page.name
        assert all(link.get("title") for link in terms)
        parts = list(article.iter())
        (last,) = (each for each in article.iter("h2") if each.get("id") == "further-reading")
        assert all(parts.index(link) < parts.index(last) for link in terms), page.name


def test_the_page_of_what_is_not_there_leads_back(site):
    links = [link.get("href") for link in tree(site / "404.html").find(".//article").iter("a")]
    assert len(links) >= 4


def test_figures_and_formulas_are_there(site):
    for page in pages.paths():
        if pages.chapter(page) is None:
            continue
        built = tree(site / page.stem / "index.html")
        assert len([each for each in built.iter() if name(each) == "math"]) > 5
        assert len(built.findall(".//figure")) >= 1
        assert built.find(".//link[@as='font']") is not None
        assert "arithmatex" not in (site / page.stem / "index.html").read_text(encoding="utf-8")


def test_every_equation_and_its_function_link_to_each_other(site):
    from book.markdown.formulas import api_page
    from book.source.equations import equations

    for equation in equations().values():
        built = tree(site / equation.path.stem / "index.html")
        block = next(each for each in built.iter() if each.get("id") == f"eq-{equation.name}")
        targets = [link.get("href") for link in block.iter("a")]
        for function in equation.functions:
            assert f"../api/{api_page(function).stem}/#{function}" in targets
            reference = tree(site / "api" / api_page(function).stem / "index.html")
            back = f"../../{equation.path.stem}/#eq-{equation.name}"
            assert back in [link.get("href") for link in reference.iter("a")], function


def test_all_snippets_are_shown(site):
    for page in pages.paths():
        built = tree(site / pages.address(page) / "index.html")
        assert len(built.findall(".//div[@class='snippet']")) == len(fences.read(page))


def test_every_page_has_a_policy_that_allows_nothing_inline_but_by_digest(site):
    for page in pages_of(site):
        metas = tree(page).findall(".//meta[@http-equiv='Content-Security-Policy']")
        (policy,) = [meta.get("content") for meta in metas]
        assert "default-src 'none'" in policy
        # Python in the page is WebAssembly. No script is made from text.
        runs = "assets/run/run.js" in page.read_text(encoding="utf-8")
        assert policy.count("unsafe") == policy.count("'wasm-unsafe-eval'") == runs
        assert "http:" not in policy
        assert "https:" not in policy
    headers = (site / "_headers").read_text(encoding="utf-8")
    assert "Content-Security-Policy: default-src 'none'" in headers
