"""The kernels of BLAS, each of which adds up in an order of its own: which of them can be asked."""

from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

KERNELS = {"Nehalem": "sse4_2", "Haswell": "avx2", "SkylakeX": "avx512f"}
"""Those among which processors choose, and what a processor must know for each."""
OWN = {each.get("architecture") for each in threadpool_info() if np.__name__ in each["filepath"]}
"""The kernel that NumPy takes where none is asked for: by this one the site is built."""

_CPUS = Path("/proc/cpuinfo")
_KNOWN = _CPUS.read_text(encoding="utf-8").split() if _CPUS.exists() else []
LACKING = {kernel for kernel, flag in KERNELS.items() if flag not in _KNOWN}


def second(own=frozenset(OWN), lacking=frozenset(LACKING)):
    """The kernel by which the site is built once more, to have the same bytes; or none.

    What may vary is another curve by AVX-512 alone (test_same_digits.py), so that only the digits
    of that kernel are compared.
    """
    others = [each for each in KERNELS if each not in {*own, *lacking, "SkylakeX"}]
    return others[0] if others and "SkylakeX" not in own else None
