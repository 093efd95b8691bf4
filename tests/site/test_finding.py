"""What is found of the book by others: descriptions, cards, the list of pages, and by machines."""

import json
import re

import yaml
from parsing import tree
from PIL import Image

from book.execution import executor
from book.markdown import citation
from book.site import cards, llms_txt
from book.source import pages


def metas(site, page):
    found = tree(site / pages.address(page) / "index.html").iter("meta")
    return {meta.get("name") or meta.get("property"): meta.get("content") for meta in found}


def test_every_page_says_what_it_is_about(site):
    said = {}
    for page in pages.paths():
        found = metas(site, page)
        given = yaml.safe_load(page.read_text(encoding="utf-8").split("---\n")[1])
        assert found["description"] == found["og:description"] == given["description"], page
        numbered = pages.numbered(page).replace("`", "")
        assert found["og:title"] == given.get("title", numbered), page
        assert found["og:url"] == llms_txt.address(site) + pages.address(page)
        assert said.setdefault(found["description"], page) == page
        root = llms_txt.address(site)
        card = site / found["og:image"].removeprefix(root)
        assert found["og:image"].startswith(root)
        with Image.open(card) as image:
            assert image.size == (1200, 630) == cards.SIZE


def test_each_chapter_has_a_card_of_its_own(site):
    drawn = {path.stem: path.read_bytes() for path in (site / "assets/cards").glob("*.png")}
    chapters = [page.stem for page in pages.paths() if pages.chapter(page) is not None]
    assert set(drawn) == {*chapters, "book"}
    assert len(set(drawn.values())) == len(drawn)
    for name in chapters:
        assert f"assets/cards/{name}.png" in (site / name / "index.html").read_text("utf-8")


def test_the_list_of_pages_is_whole(site):
    listed = re.findall(r"<loc>(.*?)</loc>", (site / "sitemap.xml").read_text(encoding="utf-8"))
    root = llms_txt.address(site)
    assert sorted(listed) == sorted(root + pages.address(page) for page in pages.paths())


def test_models_are_given_every_chapter_with_its_outputs(site):
    index = (site / "llms.txt").read_text(encoding="utf-8")
    root = llms_txt.address(site)
    assert index.startswith("# Backprop\n\n> ")
    for page in pages.paths():
        if pages.chapter(page) is None:
            continue
        place = f"{pages.address(page)}{llms_txt.NAME}"
        assert f"]({root}{place}): " in index
        text = (site / place).read_text(encoding="utf-8")
        assert text.startswith(f"# {pages.title(page)}\n")
        for one in executor.results(page):
            assert one.snippet.code.strip() in text
            if not one.outcome.draws:
                assert one.outcome.printed.strip() in text
        assert text.count("Figure: ") >= 1
        assert not re.search(r"^<svg", text, re.MULTILINE)
        assert "\\label" not in text
        assert not re.search(r"\]\((?!http)[^)]*\.md", text)


def test_models_are_told_what_a_figure_shows(site):
    text = (site / "how-a-network-learns" / llms_txt.NAME).read_text(encoding="utf-8")
    assert "Figure: A 3-2-1 network and its values. A 3-2-1 network." in text
    assert "\\tag{1.12}" in text


def test_the_readme_cites_the_book_as_the_book_does(site):
    readme = (pages.ROOT / "README.md").read_text(encoding="utf-8")
    written = re.search(r"```bibtex\n(.*?)\n```", readme, re.DOTALL)[1]
    assert re.findall(r"(\w+) += \{(.*)\}", written) == [
        (key, value)
        for key, value in re.findall(r"(\w+) += \{(.*)\}", citation.bibtex())
        if key != "url"
    ]


def test_the_book_says_how_to_cite_it_and_each_chapter(site):
    buttons = [
        button.get("data-clipboard-text")
        for button in tree(site / "cite/index.html").iter("button")
    ]
    chapters = [page for page in pages.paths() if pages.chapter(page) is not None]
    entries = [text for text in buttons if text]
    assert entries == [citation.bibtex(), *map(citation.bibtex, chapters)]
    assert entries[1].startswith("@incollection{backprop:1,\n")


def test_what_is_cited_has_its_address(monkeypatch):
    monkeypatch.setenv("SITE_URL", "https://book.example/")
    chapter = next(page for page in pages.paths() if pages.chapter(page) == 3)
    assert re.search(r"url += \{https://book\.example/\}", citation.bibtex())
    assert re.search(r"url += \{https://book\.example/in-code/\}", citation.bibtex(chapter))


def index_of(site):
    text = (site / "search" / "index.json").read_text(encoding="utf-8")
    return {each["location"]: each for each in json.loads(text)["docs"]}


def test_the_index_holds_fractions_and_no_buttons(site):
    index = index_of(site)
    assert "∂E/∂zj(l)" in index["how-a-network-learns/#the-error-term"]["text"]
    assert "Next →" not in index["in-code/#with-other-numbers"]["text"]
    assert not any("</pre>Copy" in each["text"] for each in index.values())


def test_each_place_of_the_index_is_on_its_page(site):
    places = {}
    for location in index_of(site):
        page, _, place = location.partition("#")
        places.setdefault(page, {""}).add(place)
    for page, them in places.items():
        ids = {each.get("id") for each in tree(site / page / "index.html").iter()}
        assert them - {""} <= ids, page


def test_symbols_and_functions_are_found_by_name(visit):
    page = visit("")
    wanted = {
        "δ": ["notation/", "how-a-network-learns/"],
        "eta": ["notation/", "by-hand/"],
        "learning_rate": ["notation/"],
        "hidden_delta": ["api/dense/", "how-a-network-learns/"],
        "∂E/∂z": ["notation/", "how-a-network-learns/"],
        "W^(l)": ["notation/", "how-a-network-learns/"],
        r"\delta^{(l)}": ["notation/"],
    }
    page.focus(".md-search__input")
    for typed, places in wanted.items():
        page.fill(".md-search__input", "")
        page.keyboard.press("Shift")
        page.wait_for_selector(".md-search-result__item", state="detached")
        page.fill(".md-search__input", typed)
        page.keyboard.press("Shift")
        page.wait_for_selector(".md-search-result__item", state="attached")
        links = page.eval_on_selector_all(
            ".md-search-result__link", "all => all.map(a => a.pathname.slice(6))"
        )
        for place in places:
            assert place in links, (typed, links)
