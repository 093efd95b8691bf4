"""Whatever the site holds of others stands on a page with its licence."""

import json
import re

import material
import pytest
from parsing import tree

from book.markdown import licensing

OURS = re.compile(
    r".*\.html|.*/index\.html\.md|_headers|llms\.txt|objects\.inv|sitemap\.xml(\.gz)?|search/\w+\.json"
    r"|assets/(cards|explorer|laboratories|measured|run|slides)/.*|assets/[\w-]+\.(css|js|svg|png)"
    r"|downloads/(\d\d-[\w-]+\.(ipynb|py)|backprop_book-[^/]*\.whl)"
    r"|downloads/runtime/(about\.txt|figures\.py|index\.json)|licences/[\w-]+\.txt"
)


@pytest.fixture(scope="module")
def files(site):
    return [path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()]


def test_every_file_is_ours_or_that_of_a_work(files):
    works = [re.compile(work.files) for work in licensing.works()]
    assert [
        name
        for name in files
        if not OURS.fullmatch(name) and not any(w.fullmatch(name) for w in works)
    ] == []


def test_every_work_is_there_with_its_licence(site, files):
    page = tree(site / "cite" / "index.html")
    rows = {
        "".join(row[0].itertext()): row.find(".//a").get("href")
        for row in page.findall(".//tbody/tr")
    }
    works = licensing.works()
    assert len(works) > 8
    assert rows == {work.name: f"../{work.address}" for work in works}
    for work in works:
        assert any(re.fullmatch(work.files, name) for name in files), work.name
        assert len((site / work.address).read_text("utf-8")) > 250, work.name
    assert {*files} >= {work.address for work in works} | {"licences/backprop.txt"}


def test_all_that_the_script_of_the_theme_is_made_of_is_named():
    """Add what is new to book/markdown/licensing.py, with its licence."""
    folder = licensing.Path(material.__file__).parent / "templates" / "assets" / "javascripts"
    (found,) = folder.glob("bundle.*.min.js.map")
    sources = json.loads(found.read_text(encoding="utf-8"))["sources"]
    parts = {
        name[1]
        for each in sources
        if (name := re.search(r"node_modules/((?:@[^/]+/)?[^/]+)", each))
    }
    assert parts == {
        work.name for work in licensing.works() if work.here == "a part of the theme's script"
    }
