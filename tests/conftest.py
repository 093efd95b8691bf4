"""The built site, for all; the long tests come first; what they measured is printed at the end."""

import subprocess
import sys

import pytest
from filelock import FileLock

from book.source import pages

collect_ignore_glob = ["conftest.py", "*/conftest.py"]
"""They have one name, and no examples to run."""

FIRST = ("tests/book/test_serving", "tests/faults", "tests/machines", "tests/site")
"""What takes long, so that the other processes are not left with it at the end."""


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: not item.nodeid.startswith(FIRST))


def pytest_terminal_summary(terminalreporter):
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    told = [
        str(value) for each in reports for name, value in each.user_properties if name == "measured"
    ]
    if told:
        terminalreporter.section("measured")
        terminalreporter.write_line("\n".join(told))


@pytest.fixture(scope="session")
def site(tmp_path_factory, worker_id):
    """The folder of the site, built once, by the process that asks first."""
    folder = tmp_path_factory.getbasetemp()
    folder = folder if worker_id == "master" else folder.parent
    with FileLock(folder / "site.lock"):
        if not (folder / "site.built").exists():
            subprocess.run([sys.executable, "-m", "book", "build"], cwd=pages.ROOT, check=True)
            (folder / "site.built").touch()
    return pages.SITE
