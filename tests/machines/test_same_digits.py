"""Every processor prints the same page: kernels of BLAS and numbers of threads change no digit."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from copies import BOOK, change, copy, run

KERNELS = {"Nehalem": "sse4_2", "Haswell": "avx2", "SkylakeX": "avx512f"}
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


CPUS = Path("/proc/cpuinfo")
KNOWN = CPUS.read_text(encoding="utf-8").split() if CPUS.exists() else []
MACHINES = [
    pytest.param(
        kernel,
        threads,
        marks=pytest.mark.skipif(flag not in KNOWN, reason=f"the processor has no {flag}"),
        id=f"{kernel}-{threads}",
    )
    for kernel, flag in KERNELS.items()
    for threads in ("1", "2")
]


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What `verify` says on each machine of the book, and of a page that prints too many digits."""
    book = copy(tmp_path_factory.mktemp("machines") / "book")
    (book / "docs" / "trained.md").write_text(TRAINED, encoding="utf-8")
    # More threads than cores, and other tests beside them: what is asked here is digits, not time.
    change(book / "book/execution/executor.py", "TIME_LIMIT = 12.0", "TIME_LIMIT = 120.0")
    assert run(book, *BOOK, "pin")[0] == 0
    machines = [machine.values for machine in MACHINES if not machine.marks[0].args[0]]

    def verify(machine):
        kernel, threads = machine
        return run(
            book,
            *BOOK,
            "check",
            OPENBLAS_CORETYPE=kernel,
            OPENBLAS_NUM_THREADS=threads,
        )

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(machines, pool.map(verify, machines), strict=True))


@pytest.mark.parametrize(("kernel", "threads"), MACHINES)
def test_the_book_shows_what_is_pinned(said, kernel, threads):
    _, text = said[kernel, threads]
    assert [
        line for line in text.split("\n") if line.startswith("docs/") and "trained" not in line
    ] == []


def test_a_number_with_too_many_digits_differs_somewhere(said):
    assert any(
        "docs/trained.md:8: the page shows something else" in text for _, text in said.values()
    )
