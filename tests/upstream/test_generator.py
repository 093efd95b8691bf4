"""What the site asks of MkDocs and its plugins: what they say, and functions that are theirs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from mkdocs.commands import build as generator
from mkdocs.livereload import LiveReloadServer
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from book.checks import links
from book.site import kept
from book.source import pages


@pytest.fixture
def placed(small, monkeypatch):
    """What the generator says, each sentence with its place in the small site."""
    monkeypatch.setattr(pages, "DOCS", small.folder / "docs")
    return [links.with_place(sentence) for sentence in small.said]


@pytest.mark.parametrize("link", ["missing.md", "#nowhere", "backprop.missing"])
def test_a_broken_link_is_said_so_that_its_place_is_found(placed, link):
    """book/checks/links.py reads these sentences: mend `_COMPLAINT` (mkdocs) or `_REFERENCE`
    (mkdocs-autorefs)."""
    (said,) = (each for each in placed if link in each)
    assert f"index.md:3: the link {link} leads nowhere" in said


def render(small, name):
    """Convert a page again, and write it into the site, as `_render` of book/site/serving.py."""
    recorder = small.recorder
    config, files = recorder.config, recorder.files
    file = files.get_file_from_path(name)
    generator._populate_page(file.page, config, files)
    config.plugins["autorefs"].on_env(recorder.env, config=config, files=Files([file]))
    every = files.documentation_pages()
    generator._build_page(file.page, config, every, recorder.nav, recorder.env)
    return (small.site / file.dest_uri).read_text(encoding="utf-8")


def test_a_page_is_rendered_again_by_itself(small):
    """book/site/serving.py calls what `mkdocs build` calls for one page: let `_render` there, and
    `render` here, do what mkdocs.commands.build does now."""
    written = small.folder / "docs" / "index.md"
    written.write_text(written.read_text("utf-8").replace("A word", "Another"), encoding="utf-8")
    assert "Another, and" in render(small, "index.md")


def test_a_page_that_was_converted_is_known(small):
    """book/site/kept.py gives a page what it was after `Page.render`, and makes the calls by which
    mkdocstrings tells of what it documents: let `_state` and `_restore` there keep what else a page
    has now, and `_render` make the calls as they are now."""
    config, files = small.recorder.config, small.recorder.files
    file = files.get_file_from_path("api.md")
    page = Page(None, file, config)
    page.read_source(config)
    before = dict(vars(page))
    told = config.plugins["autorefs"], config.plugins["mkdocstrings"].handlers.inventory
    told[0].current_page = page
    with (
        kept._recorded(told[0], "register_anchor") as anchors,
        kept._recorded(told[1], "register") as objects,
    ):
        page.render(config, files)
    assert {name for name in vars(page) if vars(page)[name] != before.get(name)} == {
        *("content", "toc", "_title_from_render", "present_anchor_ids", "links_to_anchors")
    }
    again = Page(None, file, config)
    kept._restore(again, json.loads(json.dumps(kept._state(page))), files)
    assert kept._state(again) == kept._state(page)
    assert again.content == page.content
    assert str(again.toc) == str(page.toc)
    named = [words[1] for words, _ in anchors]
    assert "backprop.losses.error" in named
    assert "backprop.losses.error" in [each["name"] for _, each in objects]
    assert all(words[0] is page for words, _ in anchors)


def test_the_reference_is_read_anew_when_its_handlers_are_forgotten(small):
    """book/site/serving.py clears these when a docstring was edited: find where mkdocstrings keeps
    the modules that it has read."""
    assert "backprop.losses.error" in render(small, "api.md")
    handlers = small.recorder.config.plugins["mkdocstrings"].handlers._handlers
    assert list(handlers) == ["python"]
    handlers.clear()
    assert "backprop.losses.error" in render(small, "api.md")
    assert list(handlers) == ["python"]


def test_the_search_can_be_switched_off_while_pages_are_served(small):
    """book/site/serving.py does so after the first build, by the plugin's name and its setting."""
    assert small.recorder.config.plugins["material/search"].config.enabled is True


def test_the_server_says_which_page_is_asked_for(small):
    """book/site/serving.py overrides this method to know which page is open."""
    site = str(small.site)
    server = LiveReloadServer(lambda: None, "127.0.0.1", 0, root=site, polling_interval=0.2)
    answers = []
    environ = {"PATH_INFO": "/", "REQUEST_METHOD": "GET"}
    served = server.serve_request(environ, lambda *answer: answers.append(answer))
    body = b"".join(served)
    served.filelike.close()
    server.server_close()
    assert answers[0][0] == "200 OK"
    assert b"A page" in body


def test_lychee_says_where_a_broken_link_stands(tmp_path):
    """book/checks/links.py reads lychee's report, and finds the link at the place it gives."""
    (tmp_path / "index.html").write_text('<p>a</p>\n<a href="missing.html">b</a>\n', "utf-8")
    lychee = Path(sys.executable).parent / "lychee"
    command = [lychee, "--offline", "--no-progress", "--format", "json", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    ((built, (fault,)),) = json.loads(done.stdout)["error_map"].items()
    assert Path(built).name == "index.html"
    assert fault["span"]["line"] == 2
    assert '<a href="missing.html">'[fault["span"]["column"] - 1 :].startswith("missing.html")
