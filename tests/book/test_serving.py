"""While a chapter is written, the served page follows it, and the package; then it is quiet."""

import html
import os
import random
import re
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from copies import ROOT, change, copy

sys.path.insert(0, str(ROOT / "tools"))
import monkey

ALL = "All pages give what the package gives now"


class Served:
    """A copy of the book, the address at which it is served, and what the server says."""

    def __init__(self, folder):
        self.book = copy(folder / "book")
        self.log = folder / "log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        self.root = f"http://{address}/"
        environment = {"PYTHONPATH": str(self.book), "BOOK_CACHE": str(ROOT / ".cache")}
        with self.log.open("w", encoding="utf-8") as log:
            self.server = subprocess.Popen(
                [sys.executable, "-m", "book", "serve", address],
                cwd=self.book,
                env={**os.environ, **environment},
                stdout=log,
                stderr=log,
            )

    def said(self):
        return self.log.read_text(encoding="utf-8")

    def rendered(self):
        return re.findall(r"^Rendering docs/(.*)$", self.said(), re.MULTILINE)

    def until(self, there, what):
        """Wait until something is so; a server that is beginning has no page."""
        end = time.monotonic() + 900  # on a machine with much else to do
        while time.monotonic() < end:
            if there():
                return
            assert self.server.poll() is None, self.said()
            time.sleep(0.05)
        pytest.fail(f"never {what}:\n{self.said()}")

    def shows(self, page, words, gone=False):
        def there():
            try:
                with urllib.request.urlopen(f"{self.root}{page}/", timeout=900) as answer:
                    text = re.sub(r"<[^>]*>", "", answer.read().decode())
            except OSError:
                return False
            return (words in html.unescape(text)) != gone

        self.until(there, f"{page} {'without' if gone else 'with'} {words!r}")

    def edit(self, path, old, new):
        change(self.book / path, old, new)


def address_of(served, edit):
    return monkey.address(served.book, edit.page).rstrip("/")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    served = Served(tmp_path_factory.mktemp("served"))
    served.shows("by-hand", "step of w_1 0.000152275066")
    yield served
    served.server.terminate()
    served.server.wait(timeout=120)


@pytest.fixture
def rendered(served):
    """The pages that are rendered from now on."""
    before = len(served.rendered())
    return lambda: served.rendered()[before:]


def test_a_sentence_renders_its_page_alone(served, rendered):
    served.edit("docs/by-hand.md", "The answer is", "The answer of the network is")
    served.shows("by-hand", "The answer of the network is")
    assert rendered() == ["by-hand.md"]


def test_a_snippet_renders_its_page_with_what_it_gives_now(served, rendered):
    served.edit("docs/by-hand.md", "eta = 0.5 ", "eta = 0.25 ")
    served.shows("by-hand", "step of w_1 0.000076137533")
    assert rendered() == ["by-hand.md"]


def test_a_docstring_renders_the_page_of_its_module_alone(served, rendered):
    quiet = served.said().count(ALL)
    served.edit("backprop/losses.py", '"""', '"""Said anew. ')
    served.shows("api/losses", "Said anew.")
    served.until(lambda: served.said().count(ALL) > quiet, ALL)
    assert rendered() == ["api/losses.md"]


def test_a_function_renders_the_pages_that_use_it_the_open_one_first(served, rendered):
    quiet = served.said().count(ALL)
    served.shows("by-hand", "x₁ 0.1")
    served.edit("backprop/datasets.py", "np.array([0.1, 0.3])", "np.array([0.2, 0.3])")
    served.shows("by-hand", "x₁ 0.2")
    served.until(lambda: served.said().count(ALL) > quiet, ALL)
    served.until(lambda: "any-number-of-layers.md" in rendered(), "chapter 4")
    first, second, *others = rendered()
    assert (first, second) == ("api/datasets.md", "by-hand.md")
    assert len(set(others)) == len(others) < 12
    assert "many-examples.md" not in others


def test_ten_edits_at_random_are_shown_one_after_the_other(served):
    """A short form of tools/monkey.py: what concerns one page, each kind once."""
    made, kinds = monkey.Monkey(served.book, seed=3), [*monkey.BY_PAGE]
    random.Random(3).shuffle(kinds)
    edits = [served.shows(address_of(served, edit), *edit[1:]) for k in kinds for edit in k(made)]
    assert len(edits) == 10


def test_what_is_wrong_is_shown_at_its_place_and_the_rest_as_ever(served, rendered):
    wrong = {
        "docs/in-code.md": ("print(", "print(1 / 0, ", "ZeroDivisionError: division by zero"),
        "docs/any-number-of-layers.md": ("$$\n", "$$\n\\oops ", "bad formula"),
        "docs/many-examples.md": ("\n## ", "\nIt is 12.3456.\n\n## ", "nothing beside it shows"),
        "docs/other-activations-and-losses.md": ("```python", "```pythom", "a Python fence is"),
    }
    for path, (old, new, what) in wrong.items():
        page = path.removeprefix("docs/").removesuffix(".md")
        end = (served.book / path).read_text(encoding="utf-8").split("\n## ")[-1].split("\n")[0]
        served.edit(path, old, new)
        served.shows(page, what)
        served.shows(page, end)
        assert what in served.said()


def test_a_port_that_is_taken_is_said_before_the_pages_are_converted(served):
    address = served.root.removeprefix("http://").rstrip("/")
    second = subprocess.run(
        [sys.executable, "-m", "book", "serve", address],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    host, _, port = address.rpartition(":")
    other = f"python -m book serve {host}:{int(port) + 1}"
    said = f"cannot serve on {address}: Address already in use; end what does, or run {other}\n"
    assert (second.returncode, second.stdout, second.stderr) == (1, "", said)


def test_a_page_that_could_not_be_read_is_then_the_one_that_is_converted(served):
    page, begun = served.book / "docs" / "memory.md", "Documentation built"
    whole, before = page.read_bytes(), served.said().count(begun)
    page.write_bytes(b"# Half a lett\xce")
    served.shows("memory", "UnicodeDecodeError")
    served.shows("xor", "UnicodeDecodeError")
    page.write_bytes(whole + b"\nRead again.\n")
    served.shows("memory", "Read again.")
    served.shows("xor", "UnicodeDecodeError", gone=True)
    assert served.said().count(begun) == before


def test_equations_that_cannot_be_read_let_no_other_page_be_rendered(served, rendered):
    page = served.book / "docs" / "memory.md"
    whole = page.read_text(encoding="utf-8")
    page.write_text(f"{whole}\n$$\na\n\\label{{Complex}}\n$$\n", encoding="utf-8")
    served.shows("memory", "is named")
    # What is rendered meanwhile shows the fault as well, and is rendered again when it is mended.
    served.edit("docs/attention.md", "\n## ", "\nMeanwhile.\n\n## ")
    served.shows("attention", "is named")
    page.write_text(whole, encoding="utf-8")
    served.shows("attention", "Meanwhile.")
    served.shows("memory", "is named", gone=True)
    assert set(rendered()) == {"memory.md", "attention.md"}


def test_what_is_wrong_with_all_pages_is_shown_on_each_until_it_is_mended(served):
    page, settings = served.book / "docs" / "xor.md", served.book / "mkdocs.yml"
    whole = {path: path.read_bytes() for path in (page, settings)}
    page.write_bytes(b"# Half a lett\xce")
    served.shows("xor", "UnicodeDecodeError")
    # The one fault goes as the other comes, so that all pages are converted anew but once.
    settings.write_bytes(b"nav: [\n")
    page.write_bytes(whole[page])
    served.shows("xor", "UnicodeDecodeError", gone=True)
    served.shows("xor", "ConfigurationError")
    served.shows("xor", "Not true yet")
    settings.write_bytes(whole[settings])
    served.shows("xor", "Two hidden units are enough")
