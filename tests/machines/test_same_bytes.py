"""One commit gives one site: wherever, whenever and by whomever it is built."""

import os
from pathlib import Path

from copies import BOOK, copy, run

from book.commands import commit_time
from book.interactive import pyodide

THERE = {
    "LC_ALL": "C",
    "OMP_NUM_THREADS": "1",
    "PYTHONHASHSEED": "4321",
    "TZ": "America/St_Johns",
    "USER": "someone",
}


def files_of(site: Path) -> dict[str, bytes]:
    return {
        path.relative_to(site).as_posix(): path.read_bytes()
        for path in sorted(site.rglob("*"))
        if path.is_file()
    }


def test_two_builds_of_one_commit_are_equal(site, tmp_path):
    """The one that all tests read, whose outcomes may be kept, and one elsewhere that has none."""
    book = copy(tmp_path / "over" / "there at last")
    if pyodide.is_there():
        (book / ".cache").mkdir()
        (book / ".cache" / "runtime").symlink_to(pyodide.FOLDER.parent)
    time_stamp = os.environ.get("SOURCE_DATE_EPOCH", commit_time())
    code, said = run(book, *BOOK, "build", "--no-cache", SOURCE_DATE_EPOCH=time_stamp, **THERE)
    assert code == 0, said
    here, there = files_of(site), files_of(book / "site")
    assert list(here) == list(there)
    assert [name for name in here if here[name] != there[name]] == []
    assert len(here) > 30
