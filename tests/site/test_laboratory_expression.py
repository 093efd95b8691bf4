"""The laboratory *Type an expression*: what it reads, its numbers, and its copied program."""

import functools
import random

import numpy as np
import pytest
from numpy.testing import assert_allclose
from playwright.sync_api import expect
from test_copied_programs import execute

from backprop import Variable, activations, gradients
from backprop.autodiff import apply_activation, topological_order

pytestmark = pytest.mark.known_again

EXACTLY = {"rtol": 1e-9, "atol": 1e-12}
UNITS = ("sigmoid", "relu", "leaky_relu", "silu", "gelu")
ONE = ("sqrt", "square", "abs", "exp", "expm1", "log", "log1p", "sin", "cos", "tanh", *UNITS)
TWO = ("maximum", "minimum", "logaddexp")
COMPUTE = """async programs => {
    const at = name => import(`/assets/laboratories/expression/${name}.js`);
    const [{ parse }, m] = await Promise.all([at("parsing"), at("arithmetic")]);
    const { program } = await at("python");
    return programs.map(([text, values]) => {
        const lines = parse(text), { output, inputs, complaint } = m.run(lines, values);
        if (typeof output === "number") return { constant: output };
        const walked = inputs.map(input => {
            const products = [...m.paths(output, input)].map(m.product);
            return [Number(m.countPaths(output, input).get(output)), products];
        });
        return {
            complaint: complaint?.message, value: output.value, walked,
            nodes: m.topologicalOrder(output).length,
            names: inputs.map(({ name }) => name),
            gradients: m.gradients(output, inputs), program: program(lines, values),
        };
    });
}"""
REFUSED = """async text => {
    const { parse } = await import("/assets/laboratories/expression/parsing.js");
    try {
        parse(text);
        return null;
    } catch ({ message, start, end }) {
        return [message, text.slice(start, end), start];
    }
}"""


def random_tree(rng, names, depth):
    """An expression in Python's syntax, at random."""
    if depth == 0 or rng.random() < 0.1:
        return rng.choice([*names, *names, "2", "0.5", "1.5e-1", "pi"])
    inner = functools.partial(random_tree, rng, names, depth - 1)
    form = rng.randrange(10)
    if form < 5:
        return f"{inner()} {rng.choice(['+', '-', '*', '*', '/'])} {inner()}"
    if form == 5:
        return f"({inner()})*({inner()})"
    if form == 6:
        return f"-{inner()}"
    if form == 7:
        return f"({inner()})**{rng.choice(['2', '3', '-1', '0.5', '-x', 'y', '2**-1'])}"
    if form == 8:
        return f"{rng.choice(TWO)}({inner()}, {inner()})"
    return f"{rng.choice(ONE)}({inner()})"


def random_program(rng):
    """Some lines that use names given before, and values for the inputs."""
    names, lines = ["x", "y", "z"], []
    for name in rng.sample(["a", "b", "c", "x"], rng.randrange(4)):
        lines.append(f"{name} = {random_tree(rng, names, 2)}")
        names.append(name)
    lines.append(random_tree(rng, names, 3))
    return "\n".join(lines), {name: rng.uniform(-2, 2) for name in "xyz"}


def by_the_package(text, values):
    """What Python and the engine make of the same lines: the value and gradients, or nothing."""
    functions = {name: getattr(np, name) for name in (*ONE, *TWO) if name not in UNITS}
    for name in UNITS:
        activation = getattr(activations, name)
        functions[name] = lambda a, f=activation: (
            apply_activation(a, f) if isinstance(a, Variable) else f.function(np.float64(a))
        )
    made = {name: Variable(value, name) for name, value in values.items()}
    scope = functions | {"pi": np.pi} | made
    *lines, last = text.split("\n")
    with np.errstate(all="ignore"):
        exec("\n".join(lines), scope)
        output = eval(last, scope)
        return output, gradients(output, list(made.values()))


def test_values_and_gradients_are_those_of_the_package_over_random_expressions(modules):
    rng = random.Random(4)
    programs = [random_program(rng) for _ in range(600)]
    compared = 0
    for (text, values), found in zip(programs, modules.evaluate(COMPUTE, programs), strict=True):
        if "constant" in found:
            continue
        try:
            output, expected = by_the_package(text, values)
        except (FloatingPointError, ValueError, TypeError, ZeroDivisionError, OverflowError):
            assert found["complaint"], text
            continue
        if found["complaint"]:
            # What is refused here has no number, no slope, or none in a part that is cut off.
            continue
        compared += 1
        assert_allclose(float(found["value"]), output.value, **EXACTLY, err_msg=text)
        by_name = dict(zip(values, expected, strict=True))
        by_package = [by_name[name] for name in found["names"]]
        assert_allclose(np.array(found["gradients"], float), by_package, **EXACTLY, err_msg=text)
        order = [node for node in topological_order(output) if not node.constant]
        assert found["nodes"] == len(order), text
        for (count, products), adjoint in zip(found["walked"], found["gradients"], strict=True):
            assert count == len(products), text
            slack = 1e-12 * sum(map(abs, products))
            assert_allclose(
                float(sum(products)), float(adjoint), rtol=1e-9, atol=slack, err_msg=text
            )
    assert compared > 250


@pytest.mark.parametrize(
    ("text", "value"),
    {
        "-x**2": -4.0,
        "2**3**2 * x": 1024.0,
        "2**-1 * x": 1.0,
        "-x**-x**2": -(2.0**-4),
        "x - 3 - 4": -5.0,
        "x / 4 / 2": 0.25,
        "x - (3 - 4)": 3.0,
        "1_000*x + .5 + 5. + 1e2": 2105.5,
        "x  # a comment": 2.0,
        "(x +\n 1) * 2": 6.0,
        "\n\na = x\n\n\na + +a": 4.0,
        "np.maximum(x, np.pi,) - pi": 0.0,
        "x = x*x\nx = x + 1\nx": 5.0,
        "maximum(3, 1) * x**(2 - 3)": 1.5,
        "abs(-x) - absolute(x)": 0.0,
        "constructor = x\nconstructor*x": 4.0,
        "α_1 = x\nα_1": 2.0,
    }.items(),
)
def test_a_text_means_what_python_says(modules, text, value):
    (found,) = modules.evaluate(COMPUTE, [[text, {"x": 2.0}]])
    assert_allclose(found["value"], value, rtol=1e-15)
    assert found["complaint"] is None


@pytest.mark.parametrize(
    ("text", "message", "where"),
    [
        ("", "write an expression", ""),
        ("2x", "an operator is missing here: write 2*x", "x"),
        ("x (y)", "x is no function", "x"),
        ("(x)(y)", "an operator is missing", "("),
        ("x y", "an operator is missing here: write x*y", "y"),
        ("x^2", "^ is no power in Python: write **", "^"),
        ("x +", "something is missing", ""),
        ("x + \n y", "something is missing", "\n"),
        ("x * / y", "/ stands where a value should", "/"),
        ("(x + 1", "the parenthesis that opens in line 1, column 1 is not closed", ""),
        ("x)", "closes none", ")"),
        ("sin x", "sin is a function: write sin(...)", "sin"),
        ("sin(x, y)", "sin takes one number, not 2", "sin"),
        ("maximum(x)", "maximum takes two numbers, not 1", "maximum"),
        ("max(x, y)", "write maximum(a, b)", "max"),
        ("tan(x)", "tan is no function that is known here", "tan"),
        ("np.tan(x)", "np.tan is not known here", "tan"),
        ("np", "np stands before a dot", "np"),
        ("lambda + 1", "lambda has a meaning of its own", "lambda"),
        ("pi = x\npi", "pi has a meaning of its own", "pi"),
        ("x + 1\ny", "only the last line may go without a name", "x + 1"),
        ("x + 1 = y", "only a name may stand before =", "="),
        ("x == y", "== compares", "=="),
        ("x < y", "< has no meaning here", "<"),
        ("x += 1", "write name = name + ...", "+="),
        ("x // y", "// has no slope", "//"),
        ("x @ y", "@ multiplies matrices", "@"),
        ("x, y", "a comma stands only between", ","),
        ("a; b", "write each assignment on a line", ";"),
        ("x×y", "write *", "×"),
        ("1e999*x", "this number is too large", "1e999"),
        ("007*x", "begins with 0", "007"),
        ("NaN", "NaN has a meaning of its own", "NaN"),
        ("x 😀", "😀 has no meaning here", "😀"),
        ("[x]", "there are no lists here", "["),
    ],
)
def test_what_cannot_be_read_gets_a_sentence_and_its_place(modules, text, message, where):
    said, marked, _ = modules.evaluate(REFUSED, text)
    assert message in said
    assert marked == where


@pytest.mark.parametrize(
    ("text", "message"),
    {
        "log(x)": "log takes only numbers above 0, and here it gets −1",
        "1 / (x + 1)": "a division by 0 has no value, and here it gets 1 and 0",
        "sqrt(x)": "sqrt takes no negative number",
        "sqrt(x + 1)": "the slope is infinite here",
        "(x + 1)**0.5": "the slope is infinite here",
        "x**0.5": "a power of a negative number needs a whole exponent",
        "(x + 1)**-2": "0 to a negative power",
        "x**y": "the slope in the exponent holds the logarithm of the base",
        "log1p(x)": "log1p takes only numbers above",
        "exp(-1000*x)": "the value here is too large",
        "x + log(-1)": "log takes only numbers above 0",
    }.items(),
)
def test_what_has_no_value_or_no_slope_gets_a_sentence(modules, text, message):
    (found,) = modules.evaluate(COMPUTE, [[text, {"x": -1.0, "y": 2.0}]])
    assert message in found["complaint"]


def test_the_copied_program_prints_the_numbers_of_the_laboratory(modules, fresh_python, tmp_path):
    rng = random.Random(5)
    programs = [random_program(rng) for _ in range(60)]
    awkward = [
        "inputs = output*each\ngradient = inputs + output\ngradient / each",
        "-(x**2) - (-x)**2 - (x - (y - z)) / (x / (y*z)) + 2**-y",
        "c = 2\nsigmoid(sigmoid(c)*x) + gelu(-1)*silu(y) + np.e**z",
        "x = relu(3)\nleaky_relu(x)*relu(y*z)",
    ]
    values = {"x": 1.5, "y": -0.5, "z": 0.25, "output": 3.0, "each": 2.0}
    programs += [(text, values) for text in awkward]
    found = [
        each
        for each in modules.evaluate(COMPUTE, programs)
        if "constant" not in each and not each["complaint"]
    ]
    assert len(found) > 30
    assert found[-1]["names"] == ["y", "z"]
    whole = "\n".join(f"exec({each['program']!r}, {{}})" for each in found)
    printed, complaints, _ = execute(fresh_python, whole, tmp_path)
    assert complaints == ""
    lines = iter(printed.splitlines())
    for each in found:
        for name, number in zip(
            ["value", *each["names"]], [each["value"], *each["gradients"]], strict=True
        ):
            said, _, value = next(lines).partition(" ")
            assert said == name
            assert_allclose(float(value), float(number), **EXACTLY, err_msg=each["program"])
    assert not list(lines)


def test_no_path_is_looked_for_where_none_leads_to_the_input(modules):
    text = "y = y + y\n" * 30 + "y*x + x"
    found = modules.evaluate(
        """async text => {
            const at = name => import(`/assets/laboratories/expression/${name}.js`);
            const [{ parse }, m] = await Promise.all([at("parsing"), at("arithmetic")]);
            const { output, inputs: [y, x] } = m.run(parse(text), { x: 3, y: 1 });
            return [...m.paths(output, x)].map(m.product);
        }""",
        text,
    )
    assert found == [2.0**30, 1]


def opened(visit, state="", **settings):
    page = visit(f"type-an-expression/{state}", **settings)
    if not state:
        page.get_by_role("button", name="Open the laboratory").click()
    page.locator(".laboratory[data-live]").wait_for()
    return page


def adjoints(page):
    """The adjoints of the inputs, as the table says."""
    rows = page.locator(".laboratory-bench table").last.locator("tbody tr").all_inner_texts()
    return {row.split("\t")[0]: row.split("\t")[2] for row in rows}


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def test_paths_are_walked_one_by_one_until_their_sum_is_the_adjoint(visit):
    page = opened(visit)
    press(page, "Path by path")
    story = page.locator(".laboratory-story")
    expect(story).to_contain_text("Path 1 of 2 from the result to x")
    assert page.locator(".expression-graph path[stroke-width='3']").count() == 2
    expect(page.get_by_role("button", name="Back", exact=True)).to_be_disabled()
    press(page, "Next")
    expect(story).to_contain_text("The sum is the adjoint of x.")
    total = story.locator("tbody tr").last.inner_text().split("\t")[-1]
    assert float(total) == pytest.approx(float(adjoints(page)["x"]), rel=1e-4)
    page.get_by_label("Paths to").select_option("y")
    expect(story).to_contain_text("Path 1 of 1 from the result to y")
    assert page.complaints == []


def test_the_sweep_visits_each_node_once_and_gathers_the_adjoints(visit):
    page = opened(visit)
    press(page, "One sweep")
    story = page.locator(".laboratory-story")
    expect(story).to_contain_text("Step 1 of 5")
    assert page.locator(".expression-graph").text_content().count("adjoint") >= 3
    press(page, "To the end")
    expect(story).to_contain_text("Step 5 of 5")
    expect(story).to_contain_text("It is an input, and hands nothing on.")
    expect(page.get_by_role("button", name="Next", exact=True)).to_be_disabled()
    page.wait_for_url("**&show=sweep&at=5")
    again = opened(visit, "#" + page.url.partition("#")[2])
    expect(again.locator(".laboratory-story")).to_have_text(story.text_content())
    assert page.complaints == []


def test_more_paths_than_anyone_could_walk_are_counted_and_swept(visit):
    page = opened(visit)
    page.get_by_label("Example").select_option(label="Paths that double: 30 lines")
    bench = page.locator(".laboratory-bench")
    expect(bench).to_contain_text(f"{2**30:,} paths. One sweep: 31 nodes and 60 edges")
    assert adjoints(page)["x"] == "1.07374e9"
    press(page, "Path by path")
    press(page, "To the end")
    expect(bench).to_contain_text("Here the walk stops. At one path per second")
    expect(bench).to_contain_text("34 years")
    assert page.complaints == []


def test_what_is_typed_wrongly_is_marked_and_the_last_graph_stays(visit):
    page = opened(visit)
    area = page.get_by_label("Expression", exact=True)
    area.fill("x*y\n+ 2x")
    error = page.locator(".laboratory-error")
    expect(error).to_contain_text("In line 1, column 1: only the last line may go without a name")
    area.fill("x*y + 2x")
    expect(error).to_contain_text("In line 1, column 8: an operator is missing here: write 2*x")
    assert error.locator("mark").text_content() == "x"
    assert area.get_attribute("aria-invalid") is not None
    assert page.locator(".expression-graph").count() == 1
    area.fill("log(x) + y")
    page.get_by_role("spinbutton", name="x", exact=True).fill("-1")
    expect(error).to_contain_text("log takes only numbers above 0, and here it gets −1")
    assert adjoints(page) == {"x": "?", "y": "?"}
    page.get_by_role("spinbutton", name="x", exact=True).fill("4")
    expect(error).to_be_hidden()
    assert adjoints(page) == {"x": "0.25", "y": "1"}
    assert page.complaints == []
