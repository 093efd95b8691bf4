"""Formulas are evaluated: what holds passes, and what does not is refused with both values."""

import importlib
import re
import sys
from dataclasses import replace
from types import FunctionType

import numpy as np
import pytest
from markdown import Markdown

from book.formulas import chapters, checking, lines, notation, worlds
from book.formulas.displayed import displayed
from book.formulas.errors import Meaningless, Untrue
from book.formulas.parsing import parse
from book.formulas.stating import check
from book.formulas.world import Draws, Family, Layers, derivative, world
from book.formulas.worlds.networks import network_world
from book.site import downloads
from book.source import pages
from book.source.equations import equations

NETWORK = network_world(0)
RNG = np.random.default_rng(0)
W, X = RNG.normal(size=(2, 3)), RNG.normal(size=2)


def holds(tex, of=NETWORK, **more):
    return check(parse(tex, of.functions), [of], **more)


def small(**more):
    """A world of a few numbers and arrays."""
    values = {
        "x": X,
        "W": W,
        "y": X @ W,
        "p": 2.0,
        "q": 3.0,
        "n": 3,
        "c_1": 5.0,
        "s_k": Family({1: 1.0, 2: 4.0}),
    }
    return world({**values, "f": np.sin, "f'": derivative(np.sin)}, **more)


@pytest.mark.parametrize(
    "tex",
    [
        "y = x W",
        r"y_j = \sum_i x_i W_{ij}",
        r"(W^{\mathsf{T}})_{ji} = W_{ij}",
        r"p + q = 5, \qquad p q = 6, \qquad \frac{p}{q} < 1",
        r"p^3 = 8, \qquad e^{p} e^{-p} = 1, \qquad q! = 6, \qquad \sqrt{p^2} = p",
        r"f(p + q) \ne f(p) + f(q)",
        r"f'(p)^2 + f(p)^2 = 1",
        r"s_1 + s_2 = c_1, \qquad \sum_{k=1}^{2} s_k = c_1, \qquad \prod_k s_k = 4",
        r"\max_k s_k = 4, \qquad \max(p, q) = q, \qquad \lvert p - q \rvert = 1",
        r"x \odot x \cdot x = \sum_i x_i^3",
        r"\lVert x \rVert^2 = x \cdot x",
        r"(p \pm q)^2 = p^2 \pm 2 p q + q^2",
        r"p = \begin{cases} 2 & \text{if } q > 1 \\ 7 & \text{else} \end{cases}",
        r"\underbrace{p + q}_{c_1} = 5",
        r"s_k = k^2, \qquad k = 1, \dots, n - 1",
        r"s_k = 4 \text{ for } k > 1",
        r"\begin{aligned} p &= 2 \\ q &= 3 && \text{a remark} \end{aligned}",
        r"\begin{pmatrix} x_1 \\ x_2 \end{pmatrix} = (x_1, x_2)",
        r"\binom{n}{2} = q, \qquad \Bigl\lceil \frac{q}{p} \Bigr\rceil = 2",
        r"\Bigl\lfloor \frac{q}{p} \Bigr\rfloor = 1, \qquad \lfloor n - p / q \rfloor = p",
        r"x_{\lfloor q / p \rfloor} = x_1, \qquad W_{\lfloor q / p \rfloor, 2} = W_{1, 2}",
    ],
)
def test_what_is_true_holds(tex):
    assert holds(tex, small()) > 0


@pytest.mark.parametrize(
    ("tex", "said"),
    [
        ("p + q = 6", "5 = 6 is not true"),
        ("p = q + 1 < q", "2 = 4 is not true"),
        (r"y_j = \sum_i W_{ij}", "at j = 1"),
        (r"x = 2 x", "in element 1"),
        ("s_k = k", "4 = 2 is not true at k = 2"),
        ("q < p", "3 < 2 is not true"),
        (r"p \approx 2.01", "2 ≈ 2.01 is not true"),
        (r"\underbrace{p + q}_{p} = 5", "5 = 2 is not true"),
        (r"(p \pm q)^2 = p^2 \mp 2 p q + q^2", "25 = 1"),
    ],
)
def test_what_is_untrue_is_refused_with_both_values_and_the_indices(tex, said):
    with pytest.raises(Untrue, match=said.replace("+", r"\+")):
        holds(tex, small())


@pytest.mark.parametrize(
    ("tex", "said"),
    [
        ("p = r", "no meaning for r"),
        ("p", "nothing is stated"),
        ("y = W x", "matrix product"),
        ("p = x x", "a row times a row"),
        (r"x \odot y = y", "shapes"),
        ("y = p", "on the two sides of ="),
        ("y_j = y_i", "stands on one side alone"),
        ("y_j = p", "j stands on one side alone"),
        (r"y_j = \sum_i x_i W_{ji}", "runs over 3 numbers and 2"),
        (r"y_j = \sum_j x_j W_{jj}", "stands within a sum over it and outside"),
        (r"p = \sum_i q", "nothing under the sum depends on i"),
        ("x_3 = p", "has no number 3"),
        ("s_3 = p", "there is no number 3"),
        ("W_{i} = p", "has 2 axes, not 1"),
        ("f = p", "is a function, and is applied to nothing"),
        (r"p \text{ and } q = 2", "the words 'and' amid a formula"),
        (r"p = 2 \text{ for } q", "a condition without a relation"),
        (r"p = 2 \text{ for } q > 4", "compares nothing"),
        (r"p \le 7", "attained nowhere"),
        (r"\langle p \rangle = 2", "the mean of what is not random"),
        ("p =", "cannot read"),
        ("(p = 2", "cannot read on"),
        (r"p q 2 = 12", "a number amid a product"),
        (r"{\frac{p}{q}}^2 = 4", "a script on a fraction"),
        (r"p =_1 2", "a script on ="),
        (r"p^{(l} = 2", "a layer whose bracket is not closed"),
        (r"p = \sum_{k : p = q}^3 s_k", "an end and no beginning"),
        (r"p = \sum_{k > 1}^3 s_k", "begins with i = ..."),
        (r"\frac{\partial^2 p}{\partial q^2} = 0", "a script on ∂"),
        (r"s_1 + \dots + s_2 = 5", "dots where a value is needed"),
        (r"\dots = 5", "dots where a value is needed"),
        (r"p \leftarrow q", "after the update"),
        (r"p = \begin{cases} 2 & q > 1 \end{cases}", "a case without if or else"),
        (r"\frac{\partial p}{\partial q} = 1", "no derivatives of .*, or with respect to it"),
    ],
)
def test_what_has_no_meaning_is_refused(tex, said):
    with pytest.raises(Meaningless, match=said):
        holds(tex, small())


def test_a_formula_is_compared_for_all_layers_and_indices():
    assert holds("z^{(l)} = a^{(l-1)} W^{(l)} + b^{(l)}") == 3
    assert holds("z^{(l)}_j = b^{(l)}_j + \\sum_i a^{(l-1)}_i W^{(l)}_{ij}") == 3 + 5 + 2


def test_only_one_step_beyond_an_end_is_passed_over():
    with pytest.raises(Meaningless, match="there is no number"):
        holds("a^{(l+2)} = a^{(l+2)}")
    with pytest.raises(Meaningless, match="there is no number 4"):
        holds("a^{(4)} = a^{(4)}")


def test_a_derivative_is_that_of_the_program():
    slope = r"\frac{\partial E}{\partial W^{(l)}_{ij}}"
    assert holds(rf"-{slope} = a^{{(l-1)}}_i \delta^{{(l)}}_j") == 12 + 15 + 10
    with pytest.raises(Untrue, match=r"at l = 1, i = 1, j = 1"):
        holds(rf"{slope} = a^{{(l-1)}}_i \delta^{{(l)}}_j")


def test_an_update_is_compared_with_the_value_after_it():
    assert holds(r"W^{(l)} \leftarrow W^{(l)} + \Delta W^{(l)}") == 3
    with pytest.raises(Untrue):
        holds(r"W^{(l)} \leftarrow W^{(l)} - \Delta W^{(l)}")


def test_a_mean_is_taken_over_all_draws():
    signs = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    drawn = world({"W": Draws.of(signs), "n_l": Family({0: 2})})
    assert holds(r"\langle W_i^2 \rangle = 1, \qquad \langle W_1 W_2 \rangle = 0", drawn) == 3
    with pytest.raises(Meaningless, match="outside of a mean"):
        holds("W_i = W_i", drawn)


def test_a_product_with_dots_goes_over_what_is_left_out():
    J = {l: RNG.normal(size=(2, 2)) for l in (1, 2, 3, 4)}
    of = world({"J_l": Family(J), "L": 4, "J": J[4] @ J[3] @ J[2] @ J[1]})
    assert holds(r"J = J_L J_{L-1} \cdots J_2 J_1", of) == 1
    for wrong in (r"J = J_L J_{L-1} \cdots J_1 J_2", r"J = J_1 J_2 \cdots J_{L-1} J_L"):
        with pytest.raises((Untrue, Meaningless)):
            holds(wrong, of)


def test_dots_that_end_a_series_stand_for_less_than_the_term_before():
    of = world({"h": 0.01, "e": 0.0})
    assert holds(r"e^{h} = 1 + h + \frac{h^2}{2} + \dots", of) == 1
    with pytest.raises(Untrue):
        holds(r"e^{h} = 1 + h + \frac{h^2}{3} + \dots", of)


def test_a_symbol_stands_for_another():
    of = NETWORK.standing({"z": "z^{(l+1)}", "a": "a^{(l)}", "W": "W^{(l+1)}", "b": "b^{(l+1)}"})
    assert holds("z = a W + b", of) == 3
    with pytest.raises((Untrue, Meaningless)):
        holds("a = a W + b", of)


def test_what_a_formula_defines_is_used_by_its_other_statements():
    of = world({"p": 2.0, "q": 3.0})
    assert holds(r"c = p + q, \qquad c - q = p", of, defines=["c"]) == 1
    with pytest.raises(Untrue):
        holds(r"c = p - q, \qquad c - q = p", of, defines=["c"])
    with pytest.raises(Meaningless, match="p has a meaning"):
        holds(r"p = q", of, defines=["p"])
    with pytest.raises(Meaningless, match="it defines, and states nothing"):
        holds(r"c = p + q", of, defines=["c"])
    with pytest.raises(Meaningless, match="nothing defines d"):
        holds(r"p = 2", of, defines=["d"])


def test_a_world_that_does_not_fit_is_named(tmp_path, monkeypatch):
    def broken(_seed):
        raise AttributeError("module 'backprop' has no attribute 'sigmo'")

    monkeypatch.setattr(worlds, "find", lambda *_: ("", broken))
    (problem,) = page_with(tmp_path, "$$\nz^{(l)} = z^{(l)}\n$$\n", monkeypatch)
    assert problem.startswith("the world of the formula cannot be made: AttributeError: module")

    def unfit(_seed):
        return world({"z": 1.0, "f": lambda _z: np.zeros(2) + np.zeros(3)})

    monkeypatch.setattr(worlds, "find", lambda *_: ("", unfit))
    (problem,) = page_with(tmp_path, "$$\nf(z) = z\n$$\n", monkeypatch)
    assert problem.startswith("the formula has no meaning: f of what is no argument of it")

    def crashes(_seed):
        return world({"z": 1.0, "E": 1.0}, lambda at: at("E", np.zeros(2) + np.zeros(3)))

    monkeypatch.setattr(worlds, "find", lambda *_: ("", crashes))
    formula = "$$\n\\frac{\\partial E}{\\partial z} = 1\n$$\n"
    (problem,) = page_with(tmp_path, formula, monkeypatch)
    assert problem.startswith("the formula cannot be evaluated: ValueError: operands")


def test_every_program_computes_what_the_package_does():
    chapters_with_worlds = {formula.page for page in pages.paths() for formula in displayed(page)}
    compared = 0
    for page in chapters_with_worlds:
        for each in (NETWORK, *worlds.of_page(page)):
            for (name, *numbers), made in each.run().items():
                meant = each.values.get(name)
                for number in numbers:
                    meant = meant and meant.get(number)
                if meant is not None and not callable(meant):
                    np.testing.assert_allclose(made, meant, rtol=1e-12, err_msg=f"{page} {name}")
                    compared += 1
    assert compared > 200


def test_every_row_of_the_notation_has_a_value_of_its_shape():
    assert len(notation.rows()) >= 20
    for examples in (None, 6):
        assert list(notation.problems(network_world(0, examples=examples))) == []


def of_notation(tmp_path, monkeypatch, old, new):
    page = tmp_path / "notation.md"
    text = notation.PAGE.read_text(encoding="utf-8")
    assert text.count(old) == 1
    page.write_text(text.replace(old, new), encoding="utf-8")
    monkeypatch.setattr(notation, "PAGE", page)
    return [str(problem) for problem in notation.problems(network_world(0))]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("| `error` | that", "| `mistake` | that", "$e$ has no value"),
        ("| `b` | $(n_l,)$", "| `b` | $(n_{l-1},)$", "$b^{(l)}$ has the shape (3,), not (4,)"),
        (
            "| `W` | $(n_{l-1}, n_l)$",
            "| `W` | $(n_l, n_{l-1})$",
            "has the shape (4, 3), not (3, 4)",
        ),
        ("`steps.W`, `steps.b`", "`steps.b`, `steps.W`", "has the shape"),
        ("| `h` | a number", "| `h` | some number", "a shape that cannot be read"),
    ],
)
def test_a_row_that_is_wrong_is_refused(tmp_path, monkeypatch, old, new, said):
    assert any(said in problem for problem in of_notation(tmp_path, monkeypatch, old, new))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("| $(n_1, n_1)$ | recurrent", "| $(n_0, n_1)$ | recurrent", "$V$ has the shape (5, 5)"),
        ("| $(k,)$; a number |", "| $(k, k)$ |", "$w$ has the shape (3,), not (3, 3)"),
        ("$(N, n_l)$ twice", "$(n_l, N)$ twice", "$Z^{(l)}$ has the shape (6, 5)"),
        (
            "| a number | loss of example",
            "| that of $X$ | loss of example",
            "$E_r$ has the shape ()",
        ),
    ],
)
def test_a_row_of_a_chapter_that_is_wrong_is_refused(tmp_path, monkeypatch, old, new, said):
    assert list(chapters.problems()) == []
    page = tmp_path / "notation.md"
    text = notation.PAGE.read_text(encoding="utf-8")
    assert text.count(old) == 1
    page.write_text(text.replace(old, new), encoding="utf-8")
    monkeypatch.setattr(notation, "PAGE", page)
    assert any(said in str(problem) for problem in chapters.problems())


def page_with(tmp_path, text, monkeypatch, name="any-number-of-layers.md"):
    page = tmp_path / name
    page.write_text(f"# Title\n\n## Section\n\n{text}\n", encoding="utf-8")
    monkeypatch.setattr(worlds, "names", lambda _page: set())
    return [str(problem).partition(": ")[2] for problem in checking.problems(page)]


def test_a_page_says_for_what_a_symbol_stands(tmp_path, monkeypatch):
    formula = "$$\nz = a W + b\n$$\n\n"
    said = "Here $z$ stands for $z^{(l+1)}$, $a$ for $a^{(l)}$, "
    said += "$W$ for $W^{(l+1)}$ and $b$ for $b^{(l+1)}$."
    assert page_with(tmp_path, formula + said, monkeypatch) == []
    (problem,) = page_with(tmp_path, formula, monkeypatch)
    assert problem.startswith("the formula has no meaning: no meaning for z;")
    unused = "$$\nz^{(l)} = z^{(l)}\n$$\n\nHere $z$ stands for $z^{(l+1)}$."
    (problem,) = page_with(tmp_path, unused, monkeypatch)
    assert problem.startswith("no formula of the section has the $z$")


def test_a_formula_that_is_not_evaluated_says_why(tmp_path, monkeypatch):
    formula = "$$\nz = 1\n$$\n"
    because = '{: evaluated="no" because="it is a pattern" }'
    assert page_with(tmp_path, formula + because, monkeypatch) == []
    (problem,) = page_with(tmp_path, formula + '{: evaluated="no" }', monkeypatch)
    assert problem.startswith("a formula that is not evaluated does not say why")
    (problem,) = page_with(tmp_path, formula + '{: evaluate="no" }', monkeypatch)
    assert problem.startswith("cannot read the attributes")
    (problem,) = page_with(tmp_path, "Text.\n" + because, monkeypatch)
    assert problem.startswith("attributes that follow no formula")
    (problem,) = page_with(tmp_path, formula + '{: world="none" }', monkeypatch)
    assert problem.startswith("the page has no world 'none'")


LINES = [line for page in pages.paths() for line in lines.found(page)]


def test_lines_that_write_equations_out_are_found():
    looped = "backpropagation-through-time"
    assert {line.path.stem for line in LINES} == {"by-hand", "in-code", looped}
    assert len(LINES) >= 22


def slips(code):
    """A line of code with one of its operators changed, or without one of its names."""
    for old, new in [("*", "+"), ("+", "-"), ("-", "+"), ("@", "+")]:
        yield from (
            code[:n] + new + code[n + 1 :] for n, letter in enumerate(code) if letter == old
        )
    yield from (code.replace(factor, "", 1) for factor in re.findall(r"\b\w+ \* ", code))


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.code.partition(" ")[0])
def test_a_line_gives_what_its_equation_gives(line):
    lines.check(line)
    wrong = [] if line.code.startswith("after") else slips(line.code)
    for code in wrong:
        with pytest.raises((Untrue, Meaningless)):
            lines.check(replace(line, code=code))


def test_a_line_that_names_another_equation_is_refused():
    line = next(each for each in LINES if each.code.startswith("e_hidden"))
    with pytest.raises(Meaningless, match="none of its equations is about"):
        lines.check(replace(line, equations=("hidden-delta",)))
    with pytest.raises(Meaningless, match="no symbol is called e_hiddn"):
        lines.check(replace(line, code=line.code.replace("e_hidden", "e_hiddn")))


def test_a_symbol_is_introduced_on_its_page_or_by_the_notation(tmp_path, monkeypatch):
    formula = "$$\nq + \\hat{q} = 1\n$$\n" + '{: evaluated="no" because="it is a pattern" }\n'
    assert page_with(tmp_path, formula + "\nTwo shares, $q$ and $\\hat{q}$.", monkeypatch) == []
    (problem,) = page_with(tmp_path, formula + "\nIts $\\hat{q}$.", monkeypatch)
    assert problem.startswith("nothing introduces the symbol q;")
    # An accent, a prime or a difference goes with any letter that is known.
    known = formula.replace("q", "z")
    assert page_with(tmp_path, known, monkeypatch, "other-activations-and-losses.md") == []
    # The notation has c for chapter 6, and not for chapter 4.
    of_one_chapter = formula.replace("q + \\hat{q}", "c")
    assert page_with(tmp_path, of_one_chapter, monkeypatch, "other-activations-and-losses.md") == []
    (problem,) = page_with(tmp_path, of_one_chapter, monkeypatch)
    assert problem.startswith("nothing introduces the symbol c;")


def test_no_reader_sees_the_attributes_of_a_formula():
    page = next(page for page in pages.chapters() if page.stem == "computational-graphs")
    assert "{:" in page.read_text(encoding="utf-8")
    assert "{:" not in downloads.as_notebook(page, [])
    converter = Markdown(extensions=["book"], extension_configs={"book": {"gate": False}})
    shown = converter.convert('$$\nz = 1\n$$\n{: defines="z" }\n\nText.\n')
    assert "<math" in shown
    assert "defines" not in shown


def test_every_displayed_formula_is_found_with_its_line():
    for page in pages.paths():
        lines = page.read_text(encoding="utf-8").split("\n")
        found = displayed(page)
        assert len(found) == sum(line.strip() == "$$" for line in lines) / 2
        for formula in found:
            assert lines[formula.line - 2].strip() == "$$"
            assert lines[formula.line - 1].strip() in formula.tex.split("\n")[0].strip() + "\\label"


def test_a_formula_before_the_first_heading_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("$$\nz = 1\n$$\n\n# Title\n\n$$\nz = 2\n$$\n", encoding="utf-8")
    assert [(each.line, each.section) for each in displayed(page)] == [(2, ""), (8, "title")]


def test_a_page_without_a_world_of_its_own_is_about_networks():
    _, make = worlds.find("glossary", ())
    assert isinstance(make(0).values["W()"], Layers)


def codes(name):
    """The code of a function, of the methods of a class, or of the functions of an object."""
    module, function, *method = name.removeprefix("backprop.").split(".")
    found = getattr(importlib.import_module(f"backprop.{module}"), function)
    found = getattr(found, method[0]) if method else found
    if isinstance(found, FunctionType):
        return {found.__code__}
    parts = vars(found if isinstance(found, type) else type(found)) | getattr(found, "__dict__", {})
    parts |= {
        part: getattr(found, part, None) for part in getattr(found, "__dataclass_fields__", {})
    }
    return {part.__code__ for part in parts.values() if isinstance(part, FunctionType)}


LABELED = [each for page in pages.paths() for each in displayed(page) if each.label]


@pytest.mark.parametrize("formula", LABELED, ids=lambda formula: formula.label)
def test_a_numbered_equation_meets_the_functions_that_implement_it(formula):
    _, make = worlds.find(formula.page, (formula.label, formula.section))
    called = set()
    sys.setprofile(lambda frame, *_: called.add(frame.f_code))
    try:
        made = make.__wrapped__(1)
        holds(formula.tex, made, defines=checking.defined(formula))
    finally:
        sys.setprofile(None)
    for name in equations()[formula.label].functions:
        assert codes(name) & called, f"{name} is not called"
