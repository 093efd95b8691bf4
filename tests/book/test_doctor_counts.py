"""The counts on the page of the doctor are those of the file that the benchmark wrote."""

import ast
import json
from pathlib import Path

from book.source import fences

ROOT = Path(__file__).parents[2]
FOUND = json.loads((ROOT / "docs/assets/measured/doctor.json").read_text(encoding="utf-8"))


def literals():
    """The dicts of constants that the snippets of the page give a name."""
    found = {}
    for snippet in fences.read(ROOT / "docs" / "what-is-wrong.md"):
        for line in ast.parse(snippet.code).body:
            if isinstance(line, ast.Assign) and isinstance(line.value, ast.Dict):
                try:
                    found[ast.unparse(line.targets[0])] = ast.literal_eval(line.value)
                except ValueError:
                    continue
    return found


def test_the_page_has_the_counts_of_the_file():
    page = literals()
    assert page["measured"] == {k: FOUND[k] for k in ("right", "one mistake", "two mistakes")}
    strange = FOUND["held out"].values()
    for outcome in ("unknown", "same numbers", "wrongly named"):
        assert page["strange"][outcome] == sum(each.get(outcome, 0) for each in strange)
    assert page["strange"]["kinds"] == len(strange)
