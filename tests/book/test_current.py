"""A site is built again when anything has changed of which it is made, and not when nothing has."""

import pytest

from book.execution import cache
from book.site import current


@pytest.fixture
def whole(tmp_path, monkeypatch):
    """A checkout of three files with a built site."""
    for name in ("docs/page.md", "backprop/half.py", "mkdocs.yml", "site/index.html"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    (tmp_path / ".cache").mkdir()
    monkeypatch.setattr(current, "ROOT", tmp_path)
    monkeypatch.setattr(current, "SITE", tmp_path / "site")
    monkeypatch.setattr(current, "STAMP", tmp_path / ".cache" / "site.stamp")
    current.remember(current.inputs())
    return tmp_path


def test_a_site_is_that_of_the_files_as_they_are(whole):
    assert current.is_current(current.inputs())
    (whole / "docs" / "__pycache__").mkdir()
    (whole / "docs" / "__pycache__" / "page.pyc").write_text("made by Python")
    assert current.is_current(current.inputs())


@pytest.mark.parametrize(
    "name", ["docs/page.md", "backprop/half.py", "mkdocs.yml", "site/index.html", "docs/another.md"]
)
def test_a_file_that_changed_or_came_is_noticed(whole, name):
    (whole / name).write_text("something else")
    assert not current.is_current(current.inputs())


@pytest.mark.parametrize("name", ["docs/page.md", "site/index.html", ".cache/site.stamp"])
def test_a_file_that_went_is_noticed(whole, name):
    (whole / name).unlink()
    assert not current.is_current(current.inputs())


def test_a_file_that_was_renamed_is_noticed(whole):
    (whole / "docs/page.md").rename(whole / "docs/other.md")
    assert not current.is_current(current.inputs())


def test_another_address_or_version_is_noticed(whole, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("SITE_URL", "https://example.org/")
        assert not current.is_current(current.inputs())
    monkeypatch.setattr(cache, "machine", lambda: ("another",))
    assert not current.is_current(current.inputs())


def test_what_changes_while_the_site_is_built_is_noticed(whole):
    before = current.inputs()
    (whole / "docs" / "page.md").write_text("written meanwhile")
    current.remember(before)
    assert not current.is_current(current.inputs())
