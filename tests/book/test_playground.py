"""What can run in a page, and what running a program there gives, said by the native Python."""

import functools
import hashlib
import http.server
import importlib.util
import runpy
import sys
import threading
from pathlib import Path

import pytest

from book.errors import BookError
from book.interactive import playground, pyodide
from book.source import pages
from book.source.fences import Snippet

run = runpy.run_path(str(pages.DOCS / "assets" / "run" / "program.py"))["run"]


def ran(code, earlier=""):
    printed = []
    error, trace, _ = run(earlier, code, printed.append)
    return "".join(printed), error, trace


@pytest.fixture(autouse=True)
def modules_as_they_were(monkeypatch):
    """Let a program have the package anew, without matplotlib, and put back what was there."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.delitem(sys.modules, "matplotlib.pyplot", raising=False)
    before = sys.modules.copy()
    yield
    for name in [each for each in sys.modules if each.partition(".")[0] == "backprop"]:
        del sys.modules[name]
    sys.modules.update(before)


def snippets(*codes):
    return [Snippet(Path("page.md"), 1, code, {}) for code in codes]


@pytest.mark.parametrize(
    ("code", "packages"),
    [
        ("import numpy as np\nfrom backprop import sigmoid", []),
        ("import math, itertools\nfrom collections.abc import Callable", []),
        ("import matplotlib.pyplot as plt", []),
        ("def f():\n    from autograd import grad", ["autograd"]),
        ("import tqdm\nimport sklearn.datasets", ["scikit-learn", "tqdm"]),
        ("from backprop import datasets\ndatasets.digits()", ["scikit-learn"]),
        ("from backprop.datasets import digits as d\nd()", ["scikit-learn"]),
        ("import threading", ["threading"]),
    ],
)
def test_what_a_program_lacks_is_read_off_its_imports(code, packages):
    assert playground.lacking(snippets(code)) == packages


def test_only_the_output_of_the_visible_lines_is_shown():
    assert ran("print(x)", "x = 1\nprint('before')") == ("1\n", "", "")


def test_each_program_has_names_of_its_own_and_the_package_anew():
    ran("import backprop\nbackprop.sigmoid = y = 1")
    assert ran("import backprop\nprint(callable(backprop.sigmoid))")[0] == "True\n"
    assert ran("print(y)")[1].startswith("NameError")


def test_what_a_program_sets_is_gone_for_the_next():
    ran("import numpy as np\nnp.set_printoptions(precision=1)\nnp.seterr(divide='raise')")
    assert ran("import numpy as np\nprint(np.array([1 / 3]), np.geterr()['divide'])")[0] == (
        "[0.33333333] warn\n"
    )


def test_a_traceback_shows_the_lines_of_the_reader_and_those_of_causes():
    code = "try:\n    f()\nexcept ZeroDivisionError as e:\n    raise ValueError('x') from e"
    _, error, trace = ran(code, "def f():\n    1 / 0")
    assert error == "ValueError: x"
    lines = [line for line in trace.split("\n") if line.startswith("  File")]
    assert lines == [f'  File "snippet", line {n}, in <module>' for n in (2, 4)]


def test_what_prints_without_end_is_ended():
    printed, error, _ = ran(
        "while True:\n    try:\n        print('x' * 999)\n    except Exception:\n        pass"
    )
    assert error.startswith("TooMuch") or "printed more than" in error
    assert len(printed) == 100_000


def test_leaving_is_not_the_end_of_the_page():
    assert ran("raise SystemExit(3)")[1] == "SystemExit: 3"


def test_a_source_that_gives_something_else_is_refused():
    with pytest.raises(BookError, match="has the digest"):
        pyodide._require(b"something else", pyodide.PACKED, "pyodide.tgz")


def test_a_source_that_is_missing_is_named_with_what_to_do(tmp_path, monkeypatch):
    with pytest.raises(BookError, match=r"no-such-client is not on the path; install"):
        pyodide._ask(["no-such-client"], tmp_path, "*", "install it")
    with pytest.raises(BookError, match=r"gave no \*\.tgz:\n.*complaint.*\n; do something"):
        pyodide._ask(["sh", "-c", "echo complaint; exit 1"], tmp_path, "*.tgz", "do something")


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A server that stands for the place where Pyodide has its wheels, and their digests."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "numpy.whl").write_bytes(b"NumPy")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path / "there")
    monkeypatch.setattr(handler.func, "log_message", lambda *_: None)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(pyodide, "OWN", f"http://127.0.0.1:{server.server_port}/")
        yield {"numpy.whl": hashlib.sha256(b"NumPy").hexdigest()}
        server.shutdown()


def test_wheels_are_taken_from_where_pyodide_has_them(own, tmp_path):
    assert pyodide._wheels_of_its_own(tmp_path, own)
    assert (tmp_path / "numpy.whl").read_bytes() == b"NumPy"


def test_where_pyodide_has_them_may_be_out_of_reach(own, tmp_path, monkeypatch):
    assert not pyodide._wheels_of_its_own(tmp_path, {**own, "another.whl": "0"})
    monkeypatch.setattr(pyodide, "OWN", "http://127.0.0.1:9/")
    assert not pyodide._wheels_of_its_own(tmp_path, own)


def test_a_wheel_with_another_digest_is_refused_wherever_it_is_from(own, tmp_path):
    with pytest.raises(BookError, match=r"numpy\.whl has the digest"):
        pyodide._wheels_of_its_own(tmp_path, {"numpy.whl": "0" * 64})


def test_a_book_without_a_runtime_has_no_buttons(tmp_path, monkeypatch):
    monkeypatch.setattr(pyodide, "FOLDER", tmp_path / "none")
    playground.write(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert (
        playground.buttons(snippets("print(1)"))
        == playground.why_not(snippets("import sklearn"))
        == ""
    )
