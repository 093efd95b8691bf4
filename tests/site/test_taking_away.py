"""The book on paper, and from a disk."""

import io
import threading
import unicodedata
import zipfile

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from book.editions import offline, pdf
from book.errors import BookError
from book.source import distribution, pages


def test_paper_is_light_and_unfolded_without_scripts(visit):
    page = visit("how-a-network-learns/", scheme="dark", java_script_enabled=False)
    page.emulate_media(media="print", color_scheme="dark")
    solution = page.get_by_text("No, as long as nothing is rounded.")
    expect(solution).to_be_visible()
    for chrome in (".md-header", ".md-footer", ".copy", ".headerlink"):
        expect(page.locator(chrome).first).to_be_hidden()
    for shown in ("figure svg", "math", "pre.output"):
        expect(page.locator(shown).first).to_be_visible()


def test_paper_is_light_in_the_dark_scheme(visit):
    page = visit("how-a-network-learns/", scheme="dark")
    look = "getComputedStyle(document.body).getPropertyValue('--bp-unit')"
    dark = page.evaluate(look)
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(look).strip() == "#f3f6f8" != dark.strip()


def test_an_explorer_on_paper_shows_all_steps_below_its_figure(visit):
    page = visit("in-code/", width=680)
    page.emulate_media(media="print")
    figure = page.locator(".explorer > figure").bounding_box()
    steps = page.locator(".explorer-step")
    tops = [step.bounding_box()["y"] for step in steps.all()]
    assert len(tops) == 8
    assert min(tops) >= figure["y"] + figure["height"]
    for step in steps.all():
        expect(step).to_be_visible()
    for control in page.locator(".explorer :is(button, input, select)").all():
        expect(control).to_be_hidden()
    # On a screen, snippets that can be run have room for their buttons.
    above = "all => all.map(code => parseFloat(getComputedStyle(code).paddingTop))"
    assert max(page.locator(".snippet pre > code").evaluate_all(above)) < 20


def test_the_archive_has_the_same_bytes_and_opens_from_a_disk(site, visit, tmp_path):
    for name in ("one.zip", "two.zip"):
        offline.pack(site, 1700000000, tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        archive.extractall(tmp_path)
    page = visit((tmp_path / "backprop" / "index.html").as_uri())
    page.locator("article a", has_text="how a network learns").first.click()
    page.wait_for_url("**/how-a-network-learns/index.html")
    fonts = page.evaluate(
        "document.fonts.ready.then(all => [...all].map(font => font.family + font.status))"
    )
    assert "Book Mathloaded" in [each.replace('"', "") for each in fonts]
    header = "getComputedStyle(document.querySelector('.md-header')).backgroundColor"
    assert page.evaluate(header) == "rgb(23, 67, 92)"
    assert page.locator("figure svg").first.is_visible()
    programs = page.locator("button[data-needs]").evaluate_all(
        "all => all.map(each => each.dataset)"
    )
    assert programs
    assert all(each["clipboardText"].endswith("\n") for each in programs)
    links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
    for link in links:
        if link.startswith("file:"):
            path = link.removeprefix("file://").partition("#")[0]
            assert path.endswith((".html", ".py", ".ipynb")), link
    page.keyboard.press("/")
    page.locator(".md-search__input").fill("delta")
    page.keyboard.press("Shift")
    found = page.locator(".md-search-result__link[href*='notation/index.html#symbol-']").first
    expect(found).to_contain_text("error term of layer l")
    found.click()
    page.wait_for_url("**/notation/index.html#symbol-*")
    expect(page.locator(f"#{page.url.partition('#')[2]}")).to_be_in_viewport()
    assert page.complaints == []
    asked = [url for url in page.requested if not url.startswith(("data:", "file:"))]
    assert asked == []


def test_the_whole_book_is_printed():
    listed = [page for _, them in pages.parts() for page in them]
    assert sorted(listed) == sorted(pages.paths())


def test_the_contents_of_the_whole_book_take_as_many_sheets_with_their_numbers(browser):
    blank = pdf.front(browser, pages.parts(), {})
    numbered = pdf.front(browser, pages.parts(), dict.fromkeys(pages.paths(), 999))
    assert len(blank.pages) == len(numbered.pages)
    said = unicodedata.normalize("NFKC", "\n".join(page.extract_text() for page in numbered.pages))
    assert said.count(" 1000") == len(pages.paths())
    for page in pages.paths():
        assert f"{pdf.name_of(page)} 1000" in said


def test_what_only_a_screen_can_do_is_not_printed_but_its_address(site, browser):
    chosen = [page for page in pages.paths() if page.stem in {"your-turn", "what-is-wrong"}]
    made = PdfReader(io.BytesIO(pdf.make(site, browser, [("Practice", chosen)])))
    text = "\n".join(page.extract_text() for page in made.pages)
    assert text.count("Write here") == 1  # in a sentence
    for control in ("Fill in an example", "Weight decay, if there is any"):
        assert control not in text
    for said in ("Hints", "return 1 / (1 + np.exp(-z))", "Mistake: the slope"):
        assert said in text
    root = distribution.site_url()
    addresses = {
        str(link.get_object().get("/A", {}).get("/URI"))
        for page in made.pages
        for link in page.get("/Annots", [])
    }
    assert {root + pages.address(page) for page in chosen} <= addresses
    assert f"{root}by-hand/" in addresses


def test_a_printed_chapter_holds_its_formulas_outputs_and_solutions(site, browser):
    chosen = [
        (name, [page for page in them if pages.chapter(page) in {1, 2}])
        for name, them in pages.parts()
    ]
    made = PdfReader(io.BytesIO(pdf.make(site, browser, [part for part in chosen if part[1]])))
    part, (first, second) = made.outline
    assert part.title == "The idea"
    assert first.title == "1. How a multilayer network learns"
    assert second.title.startswith("2. ")
    text = [page.extract_text() for page in made.pages]
    start = made.get_destination_page_number(second)
    assert f"{second.title} {start + 1}" in text[1]
    # What is printed in the margin is the first of a page.
    assert [said.split("\n")[0] for said in text[1:]] == [str(n + 1) for n in range(1, len(text))]
    assert not text[0].startswith("1")
    chapter = " ".join("\n".join(text[2:start]).split())
    for said in ("𝛿", "attributed +", "No, as long as nothing is rounded"):
        assert said in chapter
    links = [link.get_object() for page in made.pages for link in page.get("/Annots", [])]
    ours = {str(link["/A"]["/URI"]) for link in links if "127.0.0.1" in str(link.get("/A"))}
    assert all(each.startswith(distribution.site_url()) for each in ours)
    assert f"{distribution.site_url()}{pages.downloads(pages.chapters()[0])[0]}" in ours


def test_what_the_print_of_a_page_lacks_is_named(tmp_path, browser):
    (tmp_path / "by-hand").mkdir()
    page = tmp_path / "by-hand" / "index.html"
    shown = '<article><h1>A title</h1><p>Said.</p><p class="{}">Not said.</p></article>'
    hiding = "<style>@media print { .hidden { display: none } }</style>"
    chosen = [("A part", [pages.DOCS / "by-hand.md"])]
    page.write_text(hiding + shown.format("shown"), encoding="utf-8")
    before = servers()
    assert pdf.make(tmp_path, browser, chosen)
    page.write_text(hiding + shown.format("hidden"), encoding="utf-8")
    with pytest.raises(BookError, match=r"(?s)by-hand/: the print lacks\n- Not said\.\n"):
        pdf.make(tmp_path, browser, chosen)
    assert servers() == before


def servers():
    """Those that serve in this process, and take its processor until they end."""
    return [each for each in threading.enumerate() if "serve_forever" in each.name]


@pytest.mark.parametrize(
    ("told", "sheets", "lost"),
    [
        (["one two", "three"], ["1\none\ntwo", "2\nthree"], []),
        (["one two three"], ["zero one two\n1", "2\nthree four"], []),
        (["one two three"], ["zero one two\n1", "2\nfour"], ["one two three"]),
        (["one two"], ["two", "one"], ["one two"]),
        (["ﬁt"], ["fit"], []),
    ],
)
def test_a_text_may_go_on_on_the_next_sheet(told, sheets, lost):
    assert pdf.lacking(told, sheets) == lost
