"""The package and the chapters can be taken from the site, as the page on it says."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
import venv

import pytest
from packaging.requirements import Requirement
from parsing import pages_of, tree

from book.execution import needs
from book.source import distribution, fences, pages

CHAPTERS = pages.chapters()


@pytest.fixture(scope="module")
def lines(site):
    """The lines that the page gives to be copied."""
    found = tree(site / "get" / "index.html").findall(".//button[@class='copy']")
    return [line for each in found for line in each.get("data-clipboard-text").split("\n")]


def test_the_page_gives_a_line_for_every_way_to_install(lines):
    url = distribution.site_url() + distribution.address()
    for line in (
        f"pip install {url}",
        f"uv pip install {url}",
        f'uv add "{distribution.NAME} @ {url}"',
        f"%pip install {url}",
        f"uv run {distribution.site_url()}downloads/03-in-code.py",
    ):
        assert line in lines
    assert not [line for line in lines if re.search(r"%[A-Z]", line)]


def test_every_page_leads_to_it_above_and_below(site):
    """In the navigation and in the footer; for readers that are programs, in llms.txt."""
    aim = (site / "get").resolve()
    for page in pages_of(site):
        if page.name == "404.html":
            continue
        for place in ("nav", "footer"):
            links = [each.get("href") for part in tree(page).iter(place) for each in part.iter("a")]
            led = [each for each in links if (page.parent / each).resolve() == aim]
            assert led, f"the {place} of {page.relative_to(site)}"
    assert f"]({distribution.site_url()}get/)" in (site / "llms.txt").read_text()


def test_the_digest_of_the_page_is_that_of_the_file(site, lines):
    digest = hashlib.sha256((site / distribution.address()).read_bytes()).hexdigest()
    assert digest in (site / "get" / "index.html").read_text(encoding="utf-8")
    assert (
        f'pip install "{distribution.site_url()}{distribution.address()}#sha256={digest}"' in lines
    )


def test_pip_installs_the_package_from_the_served_address(site, address, lines, tmp_path):
    (line,) = [each for each in lines if "#sha256=" in each]
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    served = line.removeprefix("pip install ").strip('"').replace(distribution.site_url(), address)

    def install(url):
        pip = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(python),
            "install",
            "--quiet",
            "--no-deps",
        ]
        return subprocess.run([*pip, url], capture_output=True, text=True, check=False)

    wrong = install(served[:-1] + ("0" if served[-1] != "0" else "1"))
    assert wrong.returncode
    assert "Expected sha256" in wrong.stderr
    assert install(served).returncode == 0
    asks = "from importlib import metadata; print(metadata.version('backprop-book'))"
    said = subprocess.run([python, "-I", "-c", asks], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == distribution.version()


@pytest.mark.parametrize("page", CHAPTERS, ids=lambda page: page.stem)
def test_a_chapter_that_is_taken_away_says_what_it_needs(site, page):
    """As PEP 723 has it, in the program, and in the first cell of the notebook."""
    program, notebook = (site / each for each in pages.downloads(page))
    block = re.search(r"^# /// script\n((?:#.*\n)*?)# ///$", program.read_text("utf-8"), re.M)
    said = tomllib.loads("".join(line[2:] + "\n" for line in block[1].splitlines()))
    assert said["requires-python"] == ">=3.11"
    required = [Requirement(each) for each in said["dependencies"]]
    codes = [snippet.code for snippet in fences.read(page) if snippet.runs]
    expected = needs.requirements(codes)
    assert [str(each) for each in required if not each.url] == expected
    (ours,) = [each for each in required if each.url]
    digest = hashlib.sha256((site / distribution.address()).read_bytes()).hexdigest()
    assert str(ours.url) == f"{distribution.site_url()}{distribution.address()}#sha256={digest}"
    first = json.loads(notebook.read_text("utf-8"))["cells"][0]
    for each in expected:
        assert f" {each}" in "".join(first["source"])
    assert str(ours.url) in "".join(first["source"])


@pytest.mark.parametrize("page", CHAPTERS, ids=lambda page: page.stem)
def test_every_link_of_a_notebook_leads_out_of_it(site, page):
    cells = json.loads((site / pages.downloads(page)[1]).read_text("utf-8"))["cells"]
    text = "\n".join("".join(each["source"]) for each in cells if each["cell_type"] == "markdown")
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    assert links
    assert [each for each in links if not each.startswith(("http://", "https://"))] == []


def test_the_lines_of_the_readme_run_as_they_stand(fresh_python, tmp_path):
    readme = (pages.ROOT / "README.md").read_text(encoding="utf-8")
    codes = re.findall(r"^```python\n(.*?)^```$", readme, re.M | re.S)
    assert codes
    for code in codes:
        subprocess.run([fresh_python, "-I", "-W", "error", "-c", code], cwd=tmp_path, check=True)


def test_a_module_can_be_taken_with_those_that_the_table_names(site, fresh_python, tmp_path):
    """Into a folder of the same name, whose first module is empty."""
    table = tree(site / "get" / "index.html").findall(".//table")[-1]
    rows = [[[code.text for code in cell.iter("code")] for cell in row] for row in table.iter("tr")]
    modules = [(name, others) for [name], _, others in rows[1:]]
    assert len(modules) > 20
    imports = []
    for name, others in modules:
        package = tmp_path / f"only_{name}" / "backprop"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        for each in (name, *others):
            shutil.copy(pages.ROOT / "backprop" / f"{each}.py", package)
        imports.append(
            f"sys.path[0] = {str(package.parent)!r}\n"
            f"import backprop.{name}\n"
            f"assert backprop.{name}.__file__.startswith({str(package)!r})\n"
            "for each in [each for each in sys.modules if each.startswith('backprop')]:\n"
            "    del sys.modules[each]\n"
        )
    code = "import sys\nsys.path.insert(0, '')\n" + "".join(imports)
    subprocess.run([fresh_python, "-I", "-c", code], cwd=tmp_path, check=True)
