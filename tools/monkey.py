"""A monkey at the book: random edits in a row of a copy that is served, and what became of it.

    python tools/monkey.py --seed 1 --edits 100

After each edit the page that it concerns must show it, or the fault; at the end, all pages are
compared with those of a server that has just begun on the same files. The figures are: edits by
kind, pages compared and stale, and the memory of the server and of what it started.
"""

import argparse
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "faults"))
from copies import copy  # noqa: E402

PATIENCE = 900
FAULT = "Not true yet"


class Served:
    """A folder of the book, served."""

    def __init__(self, book, log):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        environment = {"PYTHONPATH": str(book), "BOOK_CACHE": str(ROOT / ".cache")}
        self.log = log
        with log.open("w", encoding="utf-8") as said:
            command = [sys.executable, "-m", "book", "serve", self.address]
            kept = {**os.environ, **environment}
            self.process = subprocess.Popen(command, cwd=book, env=kept, stdout=said, stderr=said)

    def get(self, address):
        """Return a page without what is of this server alone, or nothing while it begins."""
        try:
            with urllib.request.urlopen(f"http://{self.address}/{address}", timeout=PATIENCE) as it:
                html = it.read().decode()
        except OSError:
            return ""
        html = re.sub(
            r"<script>var livereload.*?</script>|<script>\s*var livereload.*?</script>",
            "",
            html,
            flags=re.S,
        )
        return html.replace(self.address, "ADDRESS")

    def until(self, holds, what):
        """Wait until something is so, and return whether it came to be."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.process.poll() is not None:
                sys.exit(f"the server has died: {what}\n{self.log.read_text()[-3000:]}")
            if holds():
                return True
            time.sleep(0.2)
        return False

    def shows(self, address, word, gone=False):
        """Wait until a page shows a word, or no longer; it must be there itself."""

        def holds():
            html = self.get(address)
            return bool(html) and (word in html) != gone

        return self.until(holds, f"{address} {'without' if gone else 'with'} {word}")

    def memory(self):
        """Return the megabytes of the server, and of all that it started."""
        sizes, parents = {}, {}
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                said = dict(
                    line.split(":", 1) for line in status.read_text().splitlines() if ":" in line
                )
            except OSError:
                continue
            pid = int(said["Pid"])
            parents[pid] = int(said["PPid"])
            sizes[pid] = int(said.get("VmRSS", "0 kB").split()[0]) / 1024
        family = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in family} - family:
            family |= more
        return sizes.get(self.process.pid, 0.0), sum(sizes.get(pid, 0.0) for pid in family)

    def end(self):
        self.process.terminate()
        self.process.wait()


class Edit(NamedTuple):
    """A page, and the words that it shows after an edit, or that are gone from it."""

    page: Path | str
    word: str
    gone: bool = False


class Monkey:
    """What edits, by chance, and says by what that shows."""

    def __init__(self, book, seed):
        self.book, self.chance, self.number = book, random.Random(seed), 0

    def page(self):
        text = (self.book / "mkdocs.yml").read_text()
        chapters = re.findall(r"^ {6}- ([\w-]+\.md)$", text, re.M)
        return self.book / "docs" / self.chance.choice(chapters)

    def word(self):
        self.number += 1
        return f"Monkey{self.number}"

    def _saved(self, path, text):
        """Save as editors do: in place, as a new file in the place, or several times at once."""
        how = self.chance.choice(("in place", "replaced", "several"))
        if how == "replaced":
            beside = path.with_name(f".{path.name}.swp")
            beside.write_text(text)
            beside.replace(path)
            return
        if how == "several":
            for _ in range(4):
                path.write_text(text[: self.chance.randrange(len(text))])
                time.sleep(0.01)
        path.write_text(text)

    def sentence(self):
        page, word = self.page(), self.word()
        self._saved(page, page.read_text() + f"\n{word} is here.\n")
        yield Edit(page, word)

    def snippet(self):
        page, word = self.page(), self.word()
        self._saved(page, page.read_text() + f'\n```python\nprint("{word}")\n```\n')
        yield Edit(page, word)

    def fails_and_is_mended(self):
        yield from self._broken_and_mended('```python\nraise ValueError("{}")\n```')

    def formula_broken_and_mended(self):
        yield from self._broken_and_mended("$$\n\\{}\n$$")

    def _broken_and_mended(self, fault):
        page, word = self.page(), self.word()
        old = page.read_text()
        self._saved(page, f"{old}\n{fault.format(word)}\n")
        yield Edit(page, word)
        self._saved(page, old)
        yield Edit(page, word, gone=True)

    def half_saved_and_mended(self):
        page = self.page()
        raw = page.read_bytes()
        page.write_bytes(raw[: self.chance.randrange(len(raw))] + b"\xce")
        time.sleep(self.chance.choice((0.01, 2)))
        page.write_bytes(raw)
        yield Edit(page, FAULT, gone=True)

    def docstring(self):
        module = self.book / "backprop" / self.chance.choice(("losses.py", "dense.py", "units.py"))
        word = self.word()
        self._saved(module, module.read_text().replace('"""', f'"""{word} says: ', 1))
        yield Edit(self.book / "docs" / "api" / f"{module.stem}.md", word)

    def function(self):
        """Let a function compute something else: each page that calls it gives something else."""
        module, word = (
            self.book / "backprop" / "datasets.py",
            f"0.{self.chance.randrange(111, 999)}",
        )
        text = module.read_text()
        self._saved(
            module, re.sub(r"np\.array\(\[0\.\d+, 0\.3\]\)", f"np.array([{word}, 0.3])", text)
        )
        yield Edit(self.book / "docs" / "by-hand.md", word)

    def module_broken_and_mended(self):
        module = self.book / "backprop" / self.chance.choice(("losses.py", "dense.py", "units.py"))
        old = module.read_text()
        module.write_text(old + "\ndef half(\n")
        page, fault = self.book / "docs" / "api" / f"{module.stem}.md", "mend what it speaks of"
        yield Edit(page, fault)
        self._saved(module, old)
        yield Edit(page, fault, gone=True)

    def settings_broken_and_mended(self):
        settings = self.book / "mkdocs.yml"
        old = settings.read_text()
        settings.write_text(old.replace("nav:", "nav: [", 1))
        yield Edit(self.page(), FAULT)
        self._saved(settings, old)
        yield Edit(self.page(), FAULT, gone=True)

    def template_broken_and_mended(self):
        template = self.book / "book" / "theme" / "main.html"
        old = template.read_text()
        template.write_text(old + "{% if %}")
        yield Edit(self.page(), FAULT)
        self._saved(template, old)
        yield Edit(self.page(), FAULT, gone=True)

    def sheet(self):
        sheet, word = self.book / "docs" / "assets" / "book.css", self.word()
        self._saved(sheet, sheet.read_text() + f"\n.{word} {{ color: red }}\n")
        yield Edit("assets/book.css", word)

    def page_comes_and_goes(self):
        page, word = self.book / "docs" / "monkey.md", self.word()
        page.write_text(
            f"---\ntitle: {word}\ndescription: It comes.\n---\n\n# {word}\n\nIt is here.\n"
        )
        yield Edit(page, word)
        moved = page.rename(page.with_name("moved.md"))
        yield Edit(moved, word)
        moved.unlink()
        yield Edit(self.page(), FAULT, gone=True)


BY_PAGE = (
    Monkey.sentence,
    Monkey.snippet,
    Monkey.fails_and_is_mended,
    Monkey.formula_broken_and_mended,
    Monkey.half_saved_and_mended,
    Monkey.docstring,
    Monkey.module_broken_and_mended,
)
"""What concerns one page, so that the server need not begin anew."""
KINDS = {
    Monkey.sentence: 6,
    Monkey.snippet: 4,
    Monkey.fails_and_is_mended: 3,
    Monkey.formula_broken_and_mended: 3,
    Monkey.half_saved_and_mended: 4,
    Monkey.sheet: 2,
    Monkey.docstring: 2,
    Monkey.function: 1,
    Monkey.module_broken_and_mended: 1,
    Monkey.page_comes_and_goes: 1,
    Monkey.settings_broken_and_mended: 1,
    Monkey.template_broken_and_mended: 1,
}


def address(book, page):
    if isinstance(page, str):
        return page
    return f"{page.relative_to(book / 'docs').with_suffix('').as_posix()}/"


def compare(book, served, folder):
    """Return how many pages were compared with those of a new server, and those that differ."""
    fresh = Served(book, folder / "fresh.log")
    fresh.until(lambda: fresh.get("by-hand/"), "a new server begins")
    pages = [path for path in sorted((book / "docs").rglob("*.md")) if path.stem != "index"]
    stale = [
        path.name
        for path in pages
        if served.get(address(book, path)) != fresh.get(address(book, path))
    ]
    fresh.end()
    return len(pages), stale


def run(seed, edits, folder, chosen=KINDS):
    """Let the monkey edit; return the figures, and print them as they come."""
    book = copy(folder / "book")
    served = Served(book, folder / "served.log")
    monkey, kinds, compared, stale, missing = Monkey(book, seed), Counter(), 0, [], []
    served.until(lambda: served.get("by-hand/"), "it begins")
    began, first = time.monotonic(), served.memory()
    print(f"begun: {first[0]:.0f} MB, {first[1]:.0f} MB with all it started", flush=True)
    done = 0
    first_of_all = [*chosen]
    monkey.chance.shuffle(first_of_all)
    while done < edits:
        # Each kind comes once, and then as often as it is likely.
        drawn = first_of_all or monkey.chance.choices([*chosen], [*chosen.values()])
        kind = drawn.pop()
        for page, word, gone in kind(monkey):
            done += 1
            kinds[kind.__name__] += 1
            where = address(book, page)
            if not served.shows(where, word, gone):
                never = "loses" if gone else "shows"
                missing.append(f"{kind.__name__}: {where} never {never} {word!r}")
            if done % 5 == 0 or edits < 20:
                own, whole = served.memory()
                print(
                    f"{done} edits, {time.monotonic() - began:.0f} s: {own:.0f} MB, {whole:.0f} MB",
                    flush=True,
                )
    time.sleep(10)
    compared, stale = compare(book, served, folder)
    last = served.memory()
    served.end()
    begun = served.log.read_text().count("Documentation built in")
    print(f"seed {seed}: {done} edits, {dict(kinds)}; all pages converted {begun} times")
    print(
        f"{compared} pages compared at the end, {len(stale)} stale: {stale}; never shown: {missing}"
    )
    print(f"memory {first[0]:.0f} -> {last[0]:.0f} MB, with all {first[1]:.0f} -> {last[1]:.0f} MB")
    return stale, missing


if __name__ == "__main__":
    reader = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--edits", type=int, default=100)
    given = reader.parse_args()
    with tempfile.TemporaryDirectory(prefix="monkey-") as made:
        sys.exit(any(run(given.seed, given.edits, Path(made))))
