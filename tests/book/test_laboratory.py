"""What a page says of its laboratory, and what a laboratory must have."""

import gzip
import json
import re

import pytest

from book.errors import BookError
from book.interactive import laboratory
from book.source.fences import Snippet
from book.source.pages import DOCS


def snippet(name):
    return Snippet(DOCS / "live-boundary.md", 7, "", {"laboratory": name})


@pytest.fixture
def programs(monkeypatch, tmp_path):
    """A folder of programs for laboratories."""
    monkeypatch.setattr(laboratory, "PROGRAMS", tmp_path)
    return tmp_path


def test_the_button_names_the_laboratory_and_what_it_loads():
    html = laboratory.render(snippet("boundary"))
    said = int(re.search(r"Open the laboratory \((\d+) kB\)</button>", html)[1])
    folder = DOCS / laboratory.FOLDER
    least = sum(len(gzip.compress(path.read_bytes())) for path in folder.glob("boundary/*.js"))
    assert least < 1000 * said < least + 10_000
    assert '<div class="laboratory" data-laboratory="boundary" data-given ' in html
    assert 'src="../assets/laboratories/open.js"' in html


def test_a_laboratory_without_a_view_is_refused():
    with pytest.raises(BookError, match=r"live-boundary.md:7: there is no docs/.*/bench/view.js"):
        laboratory.render(snippet("bench"))


@pytest.mark.parametrize(
    ("code", "said"),
    [("1 / 0", "ZeroDivisionError"), ("print('x = 1')", "prints no JSON"), ("", "prints no JSON")],
)
def test_a_program_that_prints_no_json_is_refused(programs, code, said):
    (programs / "error_terms.py").write_text(code + "\n")
    with pytest.raises(BookError, match=said) as raised:
        laboratory.data("error-terms")
    assert "error_terms.py:1" in str(raised.value)


def test_what_the_programs_print_is_put_into_the_site(programs, tmp_path):
    (programs / "error_terms.py").write_text("import json\n\nprint(json.dumps({'a': [1, 2.5]}))\n")
    laboratory.write(tmp_path / "site")
    (found,) = (tmp_path / "site").rglob("*.json")
    assert found.relative_to(tmp_path / "site" / laboratory.FOLDER).parts == (
        "error-terms",
        "data.json",
    )
    assert json.loads(found.read_text()) == {"a": [1, 2.5]}


def test_the_modules_of_a_laboratory_are_those_that_it_imports(tmp_path):
    (tmp_path / "view.js").write_text(
        'import { a } from "./a.js";\nimport {\n  b,\n} from "./b.js";\n'
        'const text = "not from ./c.js";\n'
    )
    (tmp_path / "a.js").write_text('export * from "./b.js";\n')
    (tmp_path / "b.js").write_text("")
    found = laboratory.modules(tmp_path / "view.js")
    assert [path.name for path in found] == ["view.js", "a.js", "b.js"]
