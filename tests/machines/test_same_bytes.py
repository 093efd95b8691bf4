"""One commit gives one site: wherever, whenever and by whomever it is built."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from copies import BOOK, copy, run

HERE = {
    "LC_ALL": "C.UTF-8",
    "PYTHONHASHSEED": "1",
    "SOURCE_DATE_EPOCH": "1700000000",
    "TZ": "Asia/Kathmandu",
}
THERE = {
    "LC_ALL": "C",
    "OMP_NUM_THREADS": "1",
    "PYTHONHASHSEED": "4321",
    "SOURCE_DATE_EPOCH": "1700000000",
    "TZ": "America/St_Johns",
    "USER": "someone",
}


def files_of(site: Path) -> dict[str, bytes]:
    return {
        path.relative_to(site).as_posix(): path.read_bytes()
        for path in sorted(site.rglob("*"))
        if path.is_file()
    }


def test_two_builds_of_one_commit_are_equal(tmp_path):
    places = [(tmp_path / "here", HERE), (tmp_path / "over" / "there at last", THERE)]

    def build(place):
        folder, environment = place
        code, said = run(copy(folder), *BOOK, "build", **environment)
        assert code == 0, said
        return files_of(folder / "site")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        here, there = pool.map(build, places)
    assert list(here) == list(there)
    assert [name for name in here if here[name] != there[name]] == []
    assert len(here) > 30
