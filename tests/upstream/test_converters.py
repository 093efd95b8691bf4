"""What the pages ask of Markdown's extensions, of math-core, of matplotlib and of Pyodide."""

import json
import re

import pytest
from markdown import Markdown
from markdown_exec import base_format
from math_core import LatexError, LatexToMathML
from pymdownx.highlight import Highlight

from book import mathml
from book.errors import BookError
from book.execution import figures
from book.interactive import pyodide
from book.markdown import cross_highlight, snippets


def test_highlighted_code_begins_as_it_does():
    """book/markdown/snippets.py puts code within reach of the keyboard, and cross_highlight.py
    takes its lines apart: mend `_CODE` and `_START`."""
    code = Highlight(None).highlight("x = 1\ny = 2", "python", hl_lines=["2"], title="named")
    assert code.count(snippets._CODE) == 1
    assert '<span class="filename">named</span>' in code
    second = code.split("\n")[1]
    assert cross_highlight._START.match(second)[0].endswith('<span class="hll">')


def test_superfences_lets_an_error_of_the_book_through():
    """book/errors.py is the one exception that a fence may raise: make it what is let through."""

    def refuse(*_, **__):
        raise BookError(None, 0, "untrue", "mend it")

    fence = {"name": "python", "class": "python", "format": refuse}
    settings = {"pymdownx.superfences": {"custom_fences": [fence]}}
    md = Markdown(extensions=["pymdownx.superfences"], extension_configs=settings)
    with pytest.raises(BookError, match="untrue"):
        md.convert("```python\nx = 1\n```")


@pytest.mark.parametrize("html", [True, False])
def test_markdown_exec_renders_what_another_has_executed(html):
    """book/markdown/snippets.py gives `base_format` an executor that knows the outcome: see what
    arguments it takes and gives now."""
    given = []
    md = Markdown(extensions=["pymdownx.superfences"])
    md.convert("")

    def run(code, **_):
        given.append(code)
        return "<b>*x*</b>" if html else "*x*"

    shown = str(base_format(language="python", run=run, code="print('*x*')", md=md, html=html))
    assert given == ["print('*x*')"]
    assert ("<b>*x*</b>" if html else "<em>x</em>") in shown


def test_formulas_are_marked_as_they_are():
    """book/markdown/formulas.py takes the TeX out of what pymdownx.arithmatex leaves."""
    settings = {"pymdownx.arithmatex": {"generic": True}}
    md = Markdown(extensions=["pymdownx.arithmatex"], extension_configs=settings)
    assert r'<span class="arithmatex">\(a\)</span>' in md.convert("$a$")
    assert '<div class="arithmatex">\\[\nb\n\\]</div>' in md.convert("$$\nb\n$$")


def test_math_core_writes_the_styles_that_have_classes():
    """The policy of the pages allows no style: give each new one a class in book/mathml.py, and
    the class its rule in docs/assets/math.css."""
    formulas = (
        r"\begin{aligned} a &= b \\ c &= d \end{aligned}",
        r"\begin{cases} a & b \\ c & d \end{cases}",
        r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
        r"\sum_{i=1}^n \frac{1}{2} \left( x_i \right)^2",
    )
    convert = LatexToMathML(annotation=False).convert_with_local_state
    styles = {
        style
        for tex in formulas
        for style in re.findall(r' style="([^"]*)"', convert(tex, displaystyle=True))
    }
    assert styles == set(mathml._ALIGNED)


def test_math_core_says_what_is_wrong_in_its_first_line():
    """book/mathml.py makes a sentence of it: mend `_plainly`."""
    with pytest.raises(LatexError) as caught:
        LatexToMathML().convert_with_local_state(r"\nosuch", displaystyle=False)
    assert re.fullmatch(r"[A-Z][^\n\x1b]*\\nosuch[^\n\x1b]*", mathml._plainly(caught.value))


@pytest.fixture(scope="module")
def drawing(tmp_path_factory):
    """A drawing as matplotlib writes it, with all that the plots of the book have."""
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    path = tmp_path_factory.mktemp("drawing") / "drawn.svg"
    with plt.style.context(figures.STYLE):
        figure, (axes, image) = plt.subplots(1, 2)
        axes.plot([0, 1, 2], [0, 1, 4], "o-")
        axes.set_ylabel("loss")
        axes.set_title("$10^2$")
        axes.contour([[0, 1, 2], [1, 2, 3], [2, 3, 5]])
        image.imshow([[0, 1], [2, 3]])
        figure.savefig(path, format="svg", transparent=True, metadata={"Date": None})
        plt.close("all")
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "written",
    [
        r'viewBox="[^"]*"',
        "<metadata>.*?</metadata>",
        "<style.*?</style>",
        "<!--.*?-->",
        r"#0b0001",
        r'; font-family: [^;"]*',
        r' style="([^"]*)"',
        r"\d\.\d{3,}",
        r' transform="rotate\(-0 [^"]*"',
        r' transform="rotate\(-90 [^"]*"',
        r'<path id="[^"]*"[^>]* style="stroke: ',
        r'<use xlink:href="#([^"]*)" x="[^"]*" y="[^"]*" style="[^"]*"/>',
        r'<image [^>]*base64,[^"]*"',
        r'<path d="M [\d. ]+\nL [\d. ]+\n',
        r'clip-path="url\(#[^"]*\)"',
        r'<text style="font-size: [\d.]+px; [^"]*"',
    ],
)
def test_matplotlib_writes_what_is_made_small(drawing, written):
    """book/execution/figures.py rewrites drawings by regular expressions; one of them finds
    nothing in a drawing of this version. Look what `_for_the_page` is to find now."""
    assert re.search(written, drawing, re.DOTALL)


def test_the_lock_of_pyodide_says_what_a_wheel_is_and_needs():
    """book/interactive/pyodide.py reads this lock, and docs/assets/run/worker.js has Pyodide read
    what is kept of it: follow its new form in `_pyodide`."""
    if not pyodide.is_there():
        pytest.skip("no Python for the browser: make runtime")
    lock = json.loads((pyodide.FOLDER / pyodide.LOCK).read_text(encoding="utf-8"))
    assert lock["info"]["version"] == pyodide.PYODIDE
    assert lock["packages"].keys() == pyodide.PACKAGES
    there = {path.name for path in pyodide.files()}
    assert there >= {*pyodide._PARTS, *(each["file_name"] for each in lock["packages"].values())}
    assert all(set(each["depends"]) <= pyodide.PACKAGES for each in lock["packages"].values())
