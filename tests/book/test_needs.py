"""What programs need, and the wheel that they need most."""

import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from book.errors import BookError
from book.execution import needs
from book.source import distribution, fences, pages

ROOT = Path(__file__).parents[2]
ADDRESS = f"https://book.example/{distribution.address()}"


def pinned(*names):
    return [f"{name}=={metadata.version(name)}" for name in names]


@pytest.mark.parametrize(
    ("code", "needed"),
    [
        ("print(1)", []),
        ("import math\nfrom collections import Counter", []),
        ("import numpy as np", pinned("numpy")),
        ("from backprop import sigmoid", [ADDRESS, *pinned("numpy")]),
        ("import numpy as np\nfrom backprop import sigmoid", [ADDRESS, *pinned("numpy")]),
        (
            "from backprop import datasets\ndatasets.digits()",
            [ADDRESS, *pinned("numpy", "scikit-learn")],
        ),
        ("def f():\n    import matplotlib.pyplot as plt", pinned("matplotlib")),
        ("import torch", ["torch==2.13.0"]),
    ],
)
def test_the_first_line_of_a_program_installs_what_it_needs(code, needed):
    line = needs.first_line(code, "https://book.example/")
    assert line == (f"# pip install {' '.join(needed)}\n" if needed else "")


def test_a_package_without_a_tested_version_is_refused():
    with pytest.raises(BookError, match="no version of nowhere is known that was tested"):
        needs.first_line("import nowhere", "https://book.example/")


@pytest.mark.parametrize("site", ["https://book.example/a", "https://book.example/a/"])
def test_the_lines_are_right_wherever_the_site_stands(site, monkeypatch):
    monkeypatch.setenv("SITE_URL", site)
    whole = f"backprop-book @ https://book.example/a/{distribution.address()}#sha256="
    assert distribution.requirement().startswith(whole)


def test_what_is_not_installed_here_has_the_version_that_the_workflow_tests():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = dict(each.split("==") for each in project["dependency-groups"]["peers"])
    assert asked == needs._NOT_INSTALLED_HERE
    jobs = (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    assert "--requirement tests/peers.lock\n" in jobs


def test_all_that_a_page_imports_is_known_by_its_version():
    codes = [snippet.code for page in pages.paths() for snippet in fences.read(page)]
    told = needs.told(codes)
    assert needs.packages(codes) <= {*told} <= {*needs.packages(codes), "numpy", "digits("}
    assert told[needs.PACKAGE] == distribution.address()
    assert all("==" in each for name, each in told.items() if name != needs.PACKAGE)


def test_the_wheel_is_the_same_bytes_whenever_it_is_built(tmp_path, monkeypatch):
    built = []
    for name, time in {"a": "1700000000", "b": "1800000000"}.items():
        monkeypatch.setenv("SOURCE_DATE_EPOCH", time)
        monkeypatch.setenv("TZ", {"a": "UTC", "b": "Asia/Kathmandu"}[name])
        distribution.build(tmp_path / name)
        built.append((tmp_path / name / Path(distribution.address()).name).read_bytes())
    assert built[0] == built[1]


def test_the_wheel_is_built_anew_when_the_package_changes(tmp_path, monkeypatch):
    for name in ("mkdocs.yml", "pyproject.toml", "README.md", "LICENSE", "backprop/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "backprop" / "units.py").write_text("one = 1\n")
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    monkeypatch.setattr(distribution, "FOLDER", tmp_path / "wheels")
    first = distribution.digest()
    assert distribution.digest() == first
    (tmp_path / "backprop" / "units.py").write_text("one = 2\n")
    second = distribution.digest()
    assert second != first
    assert distribution.requirement().endswith(f"{distribution.address()}#sha256={second}")
    # Another process may still copy one of the last few; what is older is not kept.
    for number in range(3, 3 + distribution.KEPT):
        (tmp_path / "backprop" / "units.py").write_text(f"one = {number}\n")
        distribution.digest()
    assert len(list(distribution.FOLDER.iterdir())) == distribution.KEPT


def test_the_package_says_the_version_that_is_installed():
    import backprop

    assert distribution.version() == backprop.__version__
    assert distribution.least()["python"] == "3.11"
    assert sys.version_info >= (3, 11)
