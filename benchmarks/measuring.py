"""Timing, and what a result must say of the machine and the versions it was got with."""

from __future__ import annotations

import gc
import json
import os
import platform
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any

LEAST = 3
"""Turns of which a time is the median, at least."""
RESULTS = Path(__file__).parents[1] / "docs" / "assets" / "measured"


def alternating(
    steps: Mapping[str, Callable[[], object]], seconds: float, rounds: int, block: float = 0.01
) -> dict[str, float]:
    """Return the median seconds of each, taken in turn, so that a drift hurts all alike.

    A turn gives the mean of the steps of about `block` seconds, after a step that is not counted.
    What is slow has one step a turn, and fewer turns where these would take more than its share of
    the seconds, but never fewer than three.
    """
    counts, turns, taken = {}, {}, {name: [] for name in steps}
    for name, step in steps.items():
        step()
        start = time.perf_counter()
        step()
        once = time.perf_counter() - start
        counts[name] = max(1, round(block / once))
        share = seconds / len(steps)
        turns[name] = max(LEAST, min(rounds, int(share / (once * (counts[name] + 1)))))
    gc.disable()
    for turn in range(max(turns.values(), default=0)):
        for name, step in steps.items():
            if turn >= turns[name]:
                continue
            step()
            start = time.perf_counter()
            for _ in range(counts[name]):
                step()
            taken[name].append((time.perf_counter() - start) / counts[name])
        gc.collect(0)
    gc.enable()
    return {name: median(each) for name, each in taken.items()}


def machine() -> dict[str, Any]:
    """Return what the times depend on, without naming whose machine it is."""
    model = platform.processor() or platform.machine()
    if (info := Path("/proc/cpuinfo")).exists():
        named = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = named[0].partition(":")[2].strip() if named else model
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0,
        "system": platform.system(),
    }


def versions(*packages: str) -> dict[str, str]:
    """Return the versions of those that are installed."""
    found = {"python": platform.python_version()}
    for each in packages:
        try:
            found[each] = metadata.version(each)
        except metadata.PackageNotFoundError:
            continue
    return found


def save(name: str, measured: dict[str, Any], *packages: str) -> None:
    """Write what was measured, where the benchmarks and the book read it."""
    about = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "versions": versions(*packages),
    }
    text = json.dumps({**about, **measured}, indent=1) + "\n"
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{name}.json").write_text(text, encoding="utf-8")
