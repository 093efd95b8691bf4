"""The measured numbers in how fast is it are those of the files that the benchmarks wrote."""

import ast
import json
from itertools import chain, repeat
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import measuring
from book.source import fences

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-fast-is-it.md"
MEASURED = ROOT / "docs" / "assets" / "measured"
THREADED = ("matrix products alone", "backprop", "backprop, in train", "PyTorch", "JAX, compiled")
"""The contestants whose times with a thread for each core are in the chapter as well."""


def in_the_chapter():
    """The dictionaries and lists of constants that snippets give a name, with their lines."""
    found = {}
    for snippet in fences.read(PAGE):
        for statement in ast.parse(snippet.code).body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                try:
                    value = ast.literal_eval(statement.value)
                except ValueError:
                    continue
                found[statement.targets[0].id] = value, snippet.line + statement.lineno
    return found


def rounded(seconds):
    """Four digits, as those that the benchmarks round themselves."""
    return float(f"{seconds:.4g}")


def row(results, name):
    """The times of one contestant, in order."""
    return [each["microseconds"].get(name) for each in results]


def in_the_files():
    """What the literals must be."""
    training, engine = (
        json.loads((MEASURED / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("training", "engine")
    )
    one, two = (
        [
            each
            for each in training["results"]
            if (each["dtype"], each["threads"]) == ("float32", threads)
        ]
        for threads in ("one thread", "default threads")
    )
    grown = engine["growth"]
    return {
        "measured_on": {
            "date": training["date"],
            **{name: training["machine"][name] for name in ("processor", "system")},
            **training["versions"],
        },
        "networks": [each["network"] for each in one],
        "batches": [each["batch"] for each in one],
        "microseconds": {name: row(one, name) for name in one[0]["microseconds"]},
        "two_threads": {name: row(two, name) for name in THREADED},
        "engine": {
            "date": engine["date"],
            "milliseconds": engine["milliseconds"],
            "bytes per node": engine["bytes per node"],
            "nodes": [each["nodes"] for each in grown],
            "seconds": [rounded(each["forward"] + each["backward"]) for each in grown],
        },
    }


def flat(value, place):
    """Every constant in a literal, by its place."""
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    found = {}
    for key, each in parts:
        here = f"{place}[{key!r}]"
        found |= flat(each, here) if isinstance(each, dict | list) else {here: each}
    return found


def test_a_time_is_the_median_of_turns_of_which_each_gives_a_mean(monkeypatch):
    """However long a step takes, there are three turns, as the chapter says."""
    now = 0.0

    def lasting(*seconds):
        left = chain(seconds, repeat(seconds[-1]))

        def step():
            nonlocal now
            now += next(left)

        return step

    monkeypatch.setattr(measuring, "time", SimpleNamespace(perf_counter=lambda: now))
    # The first two are tried, and the first of each turn is not counted.
    slow = lasting(9, 1, 9, 5, 9, 1, 9, 3)
    # A turn is of two steps.
    quick = lasting(9, 0.005, 9, 0.001, 0.003, 9, 0.006, 0.008, 9, 0.004)
    found = measuring.alternating({"slow": slow, "quick": quick}, seconds=0.001, rounds=99)
    assert found == {"slow": 3, "quick": pytest.approx(0.004)}


def test_the_chapter_says_what_was_measured():
    told, said = in_the_chapter(), []
    for name, expected in in_the_files().items():
        assert name in told, f"{PAGE}: no snippet has a literal of the name {name}"
        literal, line = told[name]
        here, there = flat(literal, name), flat(expected, name)
        said += [
            f"docs/{PAGE.name}:{line}: {place} is {here.get(place, 'missing')}, "
            f"measured {there.get(place, 'not at all')}"
            for place in {**here, **there}
            if here.get(place) != there.get(place)
        ]
    assert not said, "\n".join(
        [
            "`make bench` was run: write the new numbers of docs/assets/measured/ into the "
            "chapter, pin it, and read whether its sentences still hold:",
            *said,
        ]
    )


def test_what_the_chapter_says_of_float64_and_does_not_print():
    """PyTorch is ahead at the two largest networks, and JAX at the smallest."""
    training = json.loads((MEASURED / "training.json").read_text(encoding="utf-8"))
    times = {
        each["network"]: each["microseconds"]
        for each in training["results"]
        if (each["dtype"], each["threads"]) == ("float64", "one thread")
    }
    ahead = {
        (network, name): round(100 * (row["backprop, in train"] / took - 1), 1)
        for network, row in times.items()
        for name, took in row.items()
        if name not in ("matrix products alone", "backprop")
        if took < row["backprop, in train"]
    }
    assert (
        "at the two largest sizes, by 4 and 2 %, and JAX at the smallest size alone"
        in PAGE.read_text("utf-8")
    )
    assert {place: round(percent) for place, percent in ahead.items()} == {
        ("3-2-1", "JAX, compiled"): 68,
        ("784-512-512-10", "PyTorch"): 4,
        ("1024-1024-1024-1024", "PyTorch"): 2,
    }
