"""What another project changed is told with what to do about it; and a small site to look at."""

import logging
from types import SimpleNamespace

import pytest
from mkdocs.commands import build as generator
from mkdocs.config import load_config
from mkdocs.utils.yaml import yaml_load

from book.site import serving
from book.source import pages

TEXT = """# A page

A word, and [a link](missing.md), [another](#nowhere), and [a third][backprop.missing].

## A part

```python
x = 1
```
"""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if report.failed and item.function.__doc__:
        report.sections.append(("What to do", item.function.__doc__))
    return report


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """A site of one page, as mkdocs.yml sets up theme and plugins, with nothing of the book."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "docs").mkdir()
    (folder / "docs" / "index.md").write_text(TEXT, encoding="utf-8")
    (folder / "docs" / "api.md").write_text("# Losses\n\n::: backprop.losses\n", encoding="utf-8")
    with (pages.ROOT / "mkdocs.yml").open(encoding="utf-8") as settings:
        ours = yaml_load(settings)
    theme = {**ours["theme"], "custom_dir": None, "favicon": "icon.svg", "logo": "logo.svg"}
    said = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())
    log = logging.getLogger("mkdocs")
    log.addHandler(handler)
    config = load_config(
        config_file_path=str(folder / "mkdocs.yml"),
        config_file=(folder / "mkdocs.yml").open("w+b"),
        site_name=ours["site_name"],
        site_url=None,
        docs_dir=str(folder / "docs"),
        site_dir=str(folder / "site"),
        theme={name: value for name, value in theme.items() if value is not None},
        plugins=ours["plugins"],
        validation=ours["validation"],
        markdown_extensions=["pymdownx.superfences"],
    )
    recorder = config.plugins["recorder"] = serving._Recorder()
    config.plugins.on_startup(command="serve", dirty=False)
    generator.build(config)
    log.removeHandler(handler)
    return SimpleNamespace(folder=folder, site=folder / "site", said=said, recorder=recorder)
