"""While a chapter is written, the served page follows it, and the package."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from copies import change, copy


@pytest.fixture
def served(tmp_path):
    """A copy of the book and the address at which it is served."""
    book = copy(tmp_path / "book")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = os.pathsep.join([str(book), str(book / "docs")])
    server = subprocess.Popen(
        [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{port}"],
        cwd=book,
        env={**os.environ, "PYTHONPATH": path, "BOOK_DRAFT": "1", "NO_MKDOCS_2_WARNING": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield book, f"http://127.0.0.1:{port}/"
    server.send_signal(signal.SIGINT)
    server.wait(timeout=120)


def wait_for(url, words):
    """Wait until a page holds some words; a server that is restarting has no page."""
    until = time.monotonic() + 300
    seen = ""
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5) as page:
                seen = re.sub(r"<[^>]*>", "", page.read().decode())
        except OSError:
            pass
        if words in seen:
            return
        time.sleep(0.2)
    pytest.fail(f"{url} never showed {words!r}")


def test_an_edited_chapter_and_an_edited_package_are_picked_up(served):
    book, address = served
    page = address + "02-by-hand/"
    wait_for(page, "step of w_1 0.000152275066")
    change(book / "docs/02-by-hand.md", "The answer is", "The answer of the network is")
    wait_for(page, "The answer of the network is")
    change(book / "docs/02-by-hand.md", "eta = 0.5 ", "eta = 0.25 ")
    wait_for(page, "eta = 0.25")
    change(book / "backprop/datasets.py", "np.array([0.1, 0.3])", "np.array([0.2, 0.3])")
    wait_for(page, "x₁0.2")
