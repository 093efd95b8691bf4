"""Whatever ends a command, and wherever: what was whole before is whole, and the next succeeds."""

import errno
import os
import select
import signal
import subprocess
import sys
import zipfile

import pytest
from copies import ROOT
from stopping import killed_at_each_action, killed_while_it_writes

from book import files
from book.editions import offline
from book.errors import BookError
from book.execution import cache, executor, snapshots
from book.execution.worker import Outcome
from book.site import current
from book.source import distribution, pages, renumbering
from book.source.fences import Snippet


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def site_of(folder, word):
    """Make a folder like a site: pages in folders, whose words are all the same."""
    for name in ("index.html", "a/index.html", "b/index.html"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(word)
    return folder


def words(folder):
    found = sorted(folder.rglob("*.html"))
    return len(found), {path.read_text() for path in found}


def test_at_whatever_action_publishing_is_killed_a_whole_site_stands_there(tmp_path):
    site = site_of(tmp_path / "site", "old")
    seen = set()
    site_of(tmp_path / "fresh", "new")
    for number in killed_at_each_action(lambda: files.publish(tmp_path / "fresh", site)):
        count, word = words(site)
        assert (count, len(word)) == (3, 1), f"killed before action {number}"
        seen |= word
        # As the next build begins.
        files.shutil.rmtree(tmp_path / "fresh", ignore_errors=True)
        site_of(tmp_path / "fresh", f"new {number}")
    assert number > 5
    assert len(seen) > 2  # some were published, and others not
    files.publish(tmp_path / "fresh", site)
    assert words(site) == (3, {f"new {number}"})
    assert names(tmp_path) == ["site"]


def test_a_first_site_is_published_and_another_file_system_needs_no_exchange(tmp_path, monkeypatch):
    files.publish(site_of(tmp_path / "fresh", "old"), tmp_path / "site")

    def refuse(one, other):
        raise OSError(errno.EINVAL, "no exchange here")

    monkeypatch.setattr(files, "exchange", refuse)
    files.publish(site_of(tmp_path / "fresh", "new"), tmp_path / "site")
    assert words(tmp_path / "site") == (3, {"new"})
    assert names(tmp_path) == ["site"]


def test_a_site_from_another_disk_is_brought_beside_the_old_one_first(tmp_path, monkeypatch):
    site = site_of(tmp_path / "site", "old")
    exchange = files.exchange

    def across(one, other):
        if one.parent != other.parent:
            raise OSError(errno.EXDEV, "another disk")
        exchange(one, other)

    monkeypatch.setattr(files, "exchange", across)
    files.publish(site_of(tmp_path / "elsewhere" / "fresh", "new"), site)
    assert words(site) == (3, {"new"})
    assert names(tmp_path) == ["elsewhere", "site"]


def test_a_place_that_cannot_be_replaced_is_named_and_left(tmp_path, monkeypatch):
    site = site_of(tmp_path / "site", "old")

    def busy(one, other):
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    monkeypatch.setattr(files, "exchange", busy)
    with pytest.raises(BookError, match="site/ cannot be replaced: Device or resource busy; let"):
        files.publish(site_of(tmp_path / "fresh", "new"), site)
    assert words(site) == (3, {"old"})


CODES = ["print(1)"]
LONG = "a line of what it printed\n" * 40


def outcome_of(word):
    cache.store("entry", CODES, [Outcome(word * 40)])


def pinned_of(word):
    page = pages.DOCS / "page.md"
    shown = [executor.Result(Snippet(page, 1, "print(1)", {}), Outcome(word * 40))]
    snapshots.accept(page, shown)


def archive_of(word):
    offline.pack(site_of(cache.FOLDER.parent / f"site-{word}", word * 40), 0, TARGETS["archive"])


TARGETS = {}
WRITERS = {
    "outcome": outcome_of,
    "pinned": pinned_of,
    "archive": archive_of,
    "stamp": lambda word: current.remember(word),
    "file": lambda word: files.write(TARGETS["file"], word * 40),
}


@pytest.fixture
def targets(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "FOLDER", tmp_path / "outcomes")
    monkeypatch.setattr(snapshots, "OUTPUTS", tmp_path / "outputs")
    monkeypatch.setattr(current, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(current, "SITE", tmp_path / "nothing")
    monkeypatch.delenv(cache.OFF, raising=False)
    TARGETS.update(
        outcome=tmp_path / "outcomes" / "entry.json",
        pinned=tmp_path / "outputs" / "page.txt",
        archive=tmp_path / "dist" / "site.zip",
        stamp=tmp_path / "stamp",
        file=tmp_path / "file",
    )


@pytest.mark.parametrize("kind", WRITERS)
def test_a_file_is_the_old_or_the_new_one_wherever_its_writer_is_killed(targets, kind):
    write, target = WRITERS[kind], TARGETS[kind]
    write("new word\n")
    new = target.read_bytes()
    write("old word\n")
    old = target.read_bytes()
    assert old != new
    for at in (0, 1, len(new) // 2, len(new) - 1):
        assert killed_while_it_writes(lambda: write("new word\n"), at)
        assert target.read_bytes() == old, f"killed after {at} bytes"
    for number in killed_at_each_action(lambda: write("new word\n")):
        assert target.read_bytes() in (old, new), f"killed before action {number}"
    assert target.read_bytes() == new
    write("old word\n")
    assert target.read_bytes() == old
    if kind == "archive":
        assert zipfile.ZipFile(target).testzip() is None


def test_a_page_whose_links_are_renumbered_is_never_torn(tmp_path, monkeypatch):
    page = tmp_path / "page.md"
    old = "See [chapter 99](by-hand.md).\n" * 40
    page.write_text(old)
    monkeypatch.setattr(pages, "chapter", lambda _: 2)
    assert killed_while_it_writes(lambda: renumbering.renumber(page), 100)
    assert page.read_text() == old
    assert renumbering.renumber(page)
    assert page.read_text() == old.replace("99", "2")


def test_an_entry_of_which_a_part_is_lost_is_executed_anew(targets):
    outcome_of("word\n")
    entry = TARGETS["outcome"]
    whole = entry.read_bytes()
    lost = [whole[:length] for length in range(0, len(whole), 7)]
    lost += [bytes(len(whole)), b"{}", b"[]", b"\xff" + whole, whole.replace(b"printed", b"said")]
    for part in lost:
        entry.write_bytes(part)
        assert cache.load("entry") is None, part
        assert not entry.exists()
    entry.write_bytes(whole)
    assert cache.load("entry") == [Outcome("word\n" * 40)]


HOLDS = """
import os, sys, time
from pathlib import Path
from book import files
with files.alone(Path(sys.argv[1]), "waits"):
    print("has it", flush=True)
    if not os.fork():  # what it has started lives on
        os.close(1)
        time.sleep(600)
    sys.stdin.read()
"""


def holder(lock):
    command = [sys.executable, "-c", HOLDS, str(lock)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=ROOT, text=True, process_group=0, **pipes)


def test_one_build_at_a_time_and_a_killed_one_is_not_waited_for(tmp_path):
    first = holder(tmp_path / "lock")
    assert first.stdout.readline() == "has it\n"
    second = holder(tmp_path / "lock")
    try:
        assert second.stderr.readline() == "waits\n"
        assert second.poll() is None
        first.kill()  # and not what it has started
        assert select.select([second.stdout], [], [], 60)[0], "it waits for a lock that nobody has"
        assert second.stdout.readline() == "has it\n"
    finally:
        for each in (first, second):
            os.killpg(each.pid, signal.SIGKILL)
            each.communicate()


def test_a_wheel_that_another_process_copies_is_not_taken_away(tmp_path, monkeypatch):
    monkeypatch.setattr(distribution, "FOLDER", tmp_path)
    monkeypatch.setattr(distribution, "build", lambda folder: folder.mkdir(parents=True))
    kept = []
    for number in range(distribution.KEPT + 2):
        distribution._wheel.cache_clear()
        kept.append(distribution._wheel(f"state {number}").parent)
        os.utime(kept[-1], (number, number))
    distribution._wheel.cache_clear()
    assert [path.exists() for path in kept] == [False] * 2 + [True] * distribution.KEPT


def test_a_wheel_that_cannot_be_built_says_why_and_leaves_nothing(tmp_path, monkeypatch):
    fails = tmp_path / "fails"
    fails.write_text("#!/bin/sh\necho half > $6/half.whl\necho 'no such thing' >&2\nexit 1\n")
    fails.chmod(0o755)
    monkeypatch.setattr(distribution.sys, "executable", str(fails))
    with pytest.raises(BookError, match=r"the wheel cannot be built into .*: no such thing"):
        distribution.build(tmp_path / "dist")
    assert not names(tmp_path / "dist")


def test_an_interruption_ends_at_once_what_is_executed_and_keeps_nothing(tmp_path):
    """A page that would compute for half a minute; the command is interrupted when it has begun."""
    waits = "import sys, time\nfrom pathlib import Path\nfrom book.execution import executor\n"
    waits += "from book.source.fences import Snippet\nfrom book import commands\n"
    slow = "def check(chosen):\n"
    for number in range(8):
        slow += f"    executor._start([Snippet(Path('p'), 1, 'while 1: {number}', {{}})])\n"
    # A signal just before a sleep is seen after the sleep.
    slow += "    print('begun', flush=True)\n    for _ in range(6000): time.sleep(0.1)\n"
    (tmp_path / "slow.py").write_text(waits + slow)
    run = "import runpy, sys, slow; from book import commands; commands.check = slow.check; "
    run += "sys.argv = ['book', 'check']; runpy.run_module('book', run_name='__main__')"
    kept = tmp_path / "cache"
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{tmp_path}", "BOOK_CACHE": str(kept)}
    command = subprocess.Popen(
        [sys.executable, "-c", run],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert command.stdout.readline() == "begun\n"
    command.send_signal(signal.SIGTERM)
    _, said = command.communicate(timeout=300)
    assert command.returncode == 130
    assert said == "interrupted; what was there is as it was\n"
    assert not kept.exists()
