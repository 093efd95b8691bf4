"""Every processor prints the same page: kernels of BLAS change no digit.

Nor do two threads: test_same_bytes.py builds the site with them, and by one of these kernels.
"""

import pytest
from copies import BOOK, change, copy, run
from kernels import KERNELS, LACKING, OWN, second

from book.source import fences, pages

TRAINED = """---
title: Trained
description: A page that prints a trained number to the last digit.
---

# Trained

```python
import numpy as np

rng = np.random.default_rng(0)
W = rng.normal(size=(60, 60)) / 8
for _ in range(300):
    W += 0.01 * np.tanh(W @ W.T - W)
print(repr(W.sum()))
```
"""
MACHINES = [
    pytest.param(
        kernel,
        marks=pytest.mark.skipif(kernel in LACKING, reason=f"the processor has no {flag}"),
    )
    # Last comes the kernel by which others execute as well: the outcomes may then be known.
    for kernel, flag in sorted(KERNELS.items(), key=lambda item: item[0] in OWN)
]
COMPARE = """
import sys
from pathlib import Path

from book.errors import BookError
from book.execution import executor, snapshots
from book.source import pages

chosen = [Path(name).resolve() for name in sys.argv[1:]] or pages.paths()
executor.prefetch(chosen)
for page in chosen:
    try:
        snapshots.compare(page, executor.results(page))
    except BookError as problem:
        print(problem)
print("compared")
"""


@pytest.fixture
def book(tmp_path):
    """A copy of the book without a limit of time: what is asked here is digits."""
    book = copy(tmp_path / "book")
    limits = book / "book" / "execution" / "executor.py"
    change(limits, "TIME_LIMIT = 30.0", "TIME_LIMIT = 120.0")
    return book


def differences(book, kernel, *chosen):
    """What another machine says of pages that show something else there."""
    # To ask for the kernel that is taken anyway changes nothing but the name of what is kept.
    machine = {} if kernel in OWN else {"OPENBLAS_CORETYPE": kernel}
    code, said = run(book, "python", "-c", COMPARE, *chosen, **machine)
    lines = said.splitlines()
    assert (code, lines[-1]) == (0, "compared"), said
    return [line for line in lines if line.startswith("docs/")]


# By the second kernel, test_same_bytes.py builds the whole site, which compares all that is pinned.
@pytest.mark.parametrize("kernel", [each for each in MACHINES if each.values[0] != second()])
def test_the_book_shows_what_is_pinned(book, kernel):
    assert differences(book, kernel) == []


def test_a_number_with_too_many_digits_differs_somewhere(book):
    page = book / "docs" / "trained.md"
    page.write_text(TRAINED, encoding="utf-8")
    assert run(book, *BOOK, "pin", "docs/trained.md")[0] == 0
    found = (
        line
        for machine in MACHINES
        if not machine.marks[0].args[0]
        for line in differences(book, *machine.values, "docs/trained.md")
    )
    assert any("docs/trained.md:8: the page shows something else" in line for line in found)


def test_what_may_vary_is_known():
    """Each of them is a curve of rounding errors, which AVX-512 changes; the rest is pinned."""
    varying = [
        page.name
        for page in pages.paths()
        for snippet in fences.read(page)
        if "varies" in snippet.options
    ]
    assert varying == ["is-the-gradient-right.md"]


def test_the_second_kernel_is_another_and_draws_alike():
    assert second({"Haswell"}, set()) == "Nehalem"
    assert second({"Nehalem"}, set()) == second(set(), {"Nehalem"}) == "Haswell"
    assert second({"SkylakeX"}, set()) is None
    assert second({"neoversen1"}, set(KERNELS)) is None
