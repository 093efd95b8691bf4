"""What a server that runs for days keeps does not grow, and no outdated state is found again."""

import json
import os

import pytest
from copies import copy, run

from book.execution import executor
from book.execution.worker import Outcome
from book.site.drawings import Drawings
from book.source import equations, quoting
from book.source.fences import Snippet


def test_outcomes_of_states_long_gone_are_forgotten(tmp_path, monkeypatch):
    monkeypatch.setattr(executor, "_futures", {})
    monkeypatch.setattr(executor, "KEPT", 3)
    monkeypatch.setattr(executor, "_outcomes", lambda _, running: [Outcome(running[0].code)])
    for number in range(8):
        snippet = Snippet(tmp_path / "page.md", 1, f"print({number % 5})", {})
        assert executor.outcomes([snippet]) == [Outcome(f"print({number % 5})")]
        assert len(executor._futures) <= 3


def test_what_was_started_ahead_and_never_asked_for_is_forgotten(tmp_path, monkeypatch):
    for name, empty in {"_futures": {}, "_ahead": set()}.items():
        monkeypatch.setattr(executor, name, empty)
    monkeypatch.setattr(executor, "KEPT", 3)
    monkeypatch.setattr(executor, "_outcomes", lambda _, running: [Outcome(running[0].code)])
    for number in range(8):
        executor._start([Snippet(tmp_path / "page.md", 1, f"print({number})", {})], ahead=True)
        assert len(executor._ahead) <= 3


def test_a_drawing_that_is_put_back_is_not_kept():
    drawings, page = Drawings(), "<p>It is</p><svg><g/></svg><svg><a/></svg>"
    for _ in range(3):
        marked = drawings.on_page_content(page)
        assert "<g/>" not in marked
        assert drawings.on_post_page(marked) == page
    assert not drawings.cut


@pytest.mark.parametrize("how", ["goes", "is older"])
def test_a_page_that_goes_or_is_replaced_by_an_older_one_is_noticed(tmp_path, how):
    book = equations.Book(tmp_path / "docs", tmp_path / "package", tmp_path / "tests")
    for path in (
        book.docs / "a.md",
        book.docs / "b.md",
        book.package / "m.py",
        book.tests / "t.py",
    ):
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    before = equations._changed(book, -1)
    assert equations._changed(book, -2) == before
    if how == "goes":
        (book.docs / "a.md").unlink()
    else:
        os.utime(book.docs / "a.md", (1, 1))
    assert equations._changed(book, -3) != before


def test_a_snippet_that_quotes_a_module_is_read_anew_when_the_module_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(quoting, "PACKAGE", tmp_path)
    page, module = tmp_path / "page.md", tmp_path / "m.py"
    page.write_text('```python of="backprop.m.one"\n```\n')
    module.write_text("def one():\n    return 1\n")
    (before,) = executor._snippets(page)
    assert "return 1" in before.code
    assert executor._snippets(page) == [before]
    module.write_text("def one():\n    return 2\n")
    (after,) = executor._snippets(page)
    assert "return 2" in after.code


LIVE = """
import gc, json, os, sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

os.environ["BOOK_DRAFT"] = "1"
from book.site.serving import _Preview
from book.source import pages

preview = _Preview(Path(sys.argv[1]) / "site", Path(sys.argv[1]) / "wanted")
preview.server = SimpleNamespace(latest="")
for begun in range(3):
    preview.begin()
    for page in pages.paths():
        preview._render(page)
    gc.collect()
    live = Counter(type(each).__name__ for each in gc.get_objects())
    names = "MkDocsConfig", "Files", "Page", "Markdown", "Environment", "PythonHandler", "Module"
    print("live", json.dumps([live[name] for name in names]))
"""


def test_nothing_of_an_earlier_site_or_conversion_is_kept(tmp_path):
    """A site of three pages begins thrice, and each time its pages are rendered again."""
    book = copy(tmp_path / "book")
    for page in (book / "docs").rglob("*.md"):
        if page.name not in ("chain.md", "notation.md"):
            page.unlink()
    snippet = '```python\nprint("It is **given**.")\n```\n'
    (book / "docs" / "page.md").write_text(f"# A page\n\n{snippet}")
    code, said = run(book, "python", "-c", LIVE, str(tmp_path))
    assert code == 0, said
    first, *later = [line for line in said.splitlines() if line.startswith("live ")]
    assert 0 not in json.loads(first.removeprefix("live "))
    assert later == [first] * 2
