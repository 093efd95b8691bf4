"""The built site, for all; the long tests come first; what they measured is printed at the end."""

import os
import subprocess
import sys

# As a build executes its pages: what it has kept is found, and no process takes both cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from filelock import FileLock
from xdist.scheduler import LoadScopeScheduling

from book.source import pages

# What pytest makes of 150 files is kept, also where the environment says that nothing is: otherwise
# each process makes it anew.
sys.dont_write_bytecode = False

collect_ignore_glob = ["conftest.py", "*/conftest.py"]
"""They have one name, and no examples to run."""

FIRST = ("tests/book/test_serving", "tests/faults", "tests/machines", "tests/site")
"""What takes long, so that the other processes are not left with it at the end."""
TOGETHER = {
    "test_a_faulty_page": "verified",
    "test_an_edit_that_is_seen_at_sight": "at sight",
    "test_an_unsteady_output_that_was_pinned": "pinned",
    "test_a_link_of_which_the_generator_warns": "warned",
    "test_a_setting_of_which_the_generator_warns": "warned",
    "test_what_only_the_built_page_shows": "rendered",
    "test_a_file_that_the_built_site_lacks": "rendered",
    "test_errors_that_are_said_are_raised_and_no_others": "swept",
    "test_odd_values_are_right_or_refused_by_name": "swept",
    "test_each_argument_meets_many_odd_values": "swept",
}
"""Tests that share what takes long to prepare, and by which name; one process has them all."""
FILES = (
    "tests/book/test_kept_pages.py",
    "tests/book/test_serving.py",
    "tests/site/test_explorer.py",
)
"""Files that share it."""


class Scheduling(LoadScopeScheduling):
    """Give a free process the next test, but all those of a group to one process.

    pytest-xdist 3.8 means to do so by its own marks, which pytest 9.2 does not let it read.
    """

    def _split_scope(self, nodeid):
        path, _, test = nodeid.partition("::")
        return path if path in FILES else TOGETHER.get(test.partition("[")[0], nodeid)


def pytest_xdist_make_scheduler(config, log):
    config.option.loadscopereorder = False
    return Scheduling(config, log)


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
