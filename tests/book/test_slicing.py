"""The copied program holds the earlier statements that a snippet needs, and no others."""

import ast
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from book.execution import needs, slicing
from book.execution.slicing import Part, beside, parts, program
from book.source import fences, pages
from book.source.fences import Snippet


def snippets(*codes: str) -> list[Snippet]:
    return [Snippet(Path("page.md"), 1, code, {}) for code in codes]


def sliced(earlier: str, last: str) -> str:
    """The lines that a snippet needs of those before it."""
    return "".join(f"{part.code}\n" for part in parts(snippets(earlier, last)))


ALL = {
    "an augmented assignment": "x = [2]\nx += [1]\n",
    "an assignment to an element": "x = [2]\nx[0] = 5\n",
    "an assignment to an attribute": "x = f\nx.y = 3\n",
    "the removal of an element": "x = [2, 1]\ndel x[0]\n",
    "the removal of a name, which binds it perhaps": "x = 1\nif a:\n    del x\n    x = 2\n",
    "a method": "x = [2, 1]\nx.sort()\n",
    "a method of a part": "x = [[2, 1]]\nx[0].sort()\n",
    "a function that may change its argument": "x = [2, 1]\nshuffle(x)\n",
    "a function that may change a part of its argument": "x = [2, 1]\nshuffle(y=[(x, 1)])\n",
    "a call within what is printed": "x = [2, 1]\nprint(x.pop())\n",
    "a built-in function that changes": 'x = f\nsetattr(x, "y", 3)\n',
    "a built-in function by another's name": "x = [1]\nlen = list.clear\nlen(x)\n",
    "a function handed to a built-in one": "x = [1]\nsorted([2], key=x.remove)\n",
    "an alias that is changed": "x = [2]\ny = x\ny[0] = 5\n",
    "an alias of what is changed": "y = [2]\nx = y\ny[0] = 5\n",
    "an alias of an alias": "y = [2]\nx = y\nz = x\nz += [1]\n",
    "an alias of a part": "x = [[2]]\ny = x[0]\ny += [1]\n",
    "a view that a method gives": "x = array\ny = x.reshape(3)\ny[0] = 1\n",
    "an alias that a function returns": "x = array\ny = identity(x)\ny[0] = 1\n",
    "what is held by it": "y = [2]\nx = [y]\ny += [1]\n",
    "what is held after a method": "x = []\ny = [2]\nx.append(y)\ny += [1]\n",
    "an alias after the name is bound anew": "a = [2]\nx = a\na = [x]\na[0].append(1)\n",
    "an alias in a loop": "x = [[1]]\nfor row in x:\n    row += [1]\n",
    "an alias in a comprehension": "x = [[1]]\n[row.append(2) for row in x]\n",
    "an alias with a walrus": "x = [1]\nprint((y := x))\ny += [1]\n",
    "a loop, which binds perhaps": "x = 1\nfor x in range(n):\n    pass\n",
    "a loop, in which it is bound perhaps": "x = 1\nwhile a():\n    x = 2\n",
    "a condition": "x = 1\nif a:\n    x = 2\n",
    "a part of a condition": "x = 1\nif a:\n    pass\nelse:\n    x = 2\n",
    "a context, which may swallow what is raised": "x = 1\nwith a:\n    x = 2\n",
    "an alias that a condition may leave": (
        "x = [1]\ny = x\nif a:\n    y = [2]\ny.append(3)\n"
    ),
    "an attempt": "x = 1\ntry:\n    x = 2\nexcept E:\n    pass\n",
    "a match": "x = 1\nmatch y:\n    case [x]:\n        pass\n",
    "a walrus, which may be passed over": "x = 1\nprint(a and (x := 2))\n",
    "a walrus in a comprehension": "x = 1\nprint([x := a for a in b])\n",
    "a star": "*x, y = 1, 2\n",
    "several targets": "x = y = 2\n",
    "an annotation": "x: int = 2\n",
    "what a function uses when it is called": "k = 2\ndef x(a):\n    return k * a\n",
    "what is bound between definition and call": "def x(a):\n    return k * a\nk = 2\n",
    "what a comprehension in a function uses": "k = 2\ndef x(a):\n    return [k for _ in a]\n",
    "what a function that a function calls uses": (
        "def f():\n    return k\ndef x():\n    return f()\nk = 2\n"
    ),
    "what a lambda uses": "x = lambda: k\nk = 2\n",
    "what a function within another uses": (
        "def f():\n    def g():\n        return k\n    return g\nx = f()\nk = 2\n"
    ),
    "a function that is held": "def f():\n    return k\nx = [f]\nk = 2\n",
    "a global that a function binds": "x = 1\ndef f():\n    global x\n    x = 2\nf()\n",
    "a global that is bound first by a function": "def f():\n    global x\n    x = 2\nf()\n",
    "a global that a function changes": "x = []\ndef f():\n    x.append(1)\nf()\n",
    "a global that a held function changes": "x = []\ndef f():\n    x.append(1)\ny = [f]\ny[0]()\n",
    "a global that a function returns": "x = []\ndef f():\n    return x\ny = f()\ny.append(1)\n",
    "a global that an iterator's function changes": (
        "x = []\ndef f(a):\n    x.append(a)\nprint(list(map(f, [1])))\n"
    ),
    "what a closure keeps": (
        "def f():\n    n = []\n    return lambda: n.append(1)\nx = f()\nx()\n"
    ),
    "an attribute of a function": "def x():\n    pass\nx.y = 2\n",
    "an attribute of a function by another name": "def x():\n    pass\nf = x\nf.y = 2\n",
    "an attribute of a function in a list": "def x():\n    pass\nf = [x]\nf[0].y = 2\n",
    "an attribute that is set by a function": (
        "def x():\n    pass\ndef f(g):\n    g.y = 2\nf(x)\n"
    ),
    "a default that a call changes": "def x(a=[]):\n    return a\nx().append(1)\n",
    "a default that is changed later": "def x(a=[]):\n    return a\ny = x()\ny.append(1)\n",
    "a decorator": "a = 1\n@a\ndef x():\n    pass\n",
    "a decorator that keeps the function": "x = []\n@x.append\ndef f():\n    pass\n",
    "a default": "k = 2\ndef x(a=k):\n    pass\n",
    "a base, and what a class body and its methods use": (
        "a, b, c = 1, 2, 3\nclass x(a):\n    d = b\n    def e(self):\n        return c\n"
    ),
    "a method that changes a global": (
        "x = []\nclass A:\n    def __mul__(self, other):\n        x.append(other)\n"
        "a = A()\nprint(a * 1)\n"
    ),
    "an object that its operators change": (
        "class A:\n    def __mul__(self, other):\n        self.a = other\nx = A()\nprint(x * 1)\n"
    ),
    "a method set from outside": (
        "k = 1\ndef f(self):\n    return k\nclass x:\n    pass\nsetattr(x, 'f', f)\n"
    ),
    "a draw from a generator of random numbers": (
        "import numpy as np\nx = np.random.default_rng(1)\ny = x.normal()\n"
    ),
    "a draw by a function": "x = default_rng(1)\nnetwork = random_network(rng=x)\n",
    "a draw in what is printed": "x = default_rng(1)\nprint(f'{x.normal():.2f}')\n",
    "an iterator that is read": "x = iter([1, 2])\nfor a in x:\n    break\n",
    "a generator that is read": "x = (a for a in range(9))\nprint(3 in x)\n",
    "an iterator of a generating function": (
        "def f():\n    yield 1\nx = f()\nprint(list(x))\n"
    ),
    "what a waiting generator uses": "k = 1\nx = (k for _ in [1])\nk = 2\n",
    "the next of an iterator": "x = count()\nprint(next(x))\n",
    "code that no syntax tells of": 'x = 1\nexec("x = 2")\n',
    "any name that a module has": "from module import *\n",
    "print options": "import numpy as np\nnp.set_printoptions(precision=2)\nx = 1\n",
    "print options by another name": "from numpy import set_printoptions as f\nf(2)\nx = 1\n",
    "print options in a function": (
        "import numpy as np\ndef f():\n    np.set_printoptions(precision=2)\nf()\nx = 1\n"
    ),
    "the seed of all": "import numpy as np\nk = 2\nnp.random.seed(k)\nx = 1\n",
    "a draw from the stream of all": "import numpy as np\ny = np.random.normal()\nx = 1\n",
    "a draw by a module": "from random import random\ny = random()\nx = 1\n",
    "how all figures look": "import matplotlib.pyplot as plt\nplt.rcParams['a'] = 2\nx = 1\n",
    "the style of all figures": "import matplotlib.pyplot as plt\nplt.style.use('a')\nx = 1\n",
    "what a figure is given, if that changes it": (
        "import matplotlib.pyplot as plt\nx = [2, 1]\nfigure, axes = plt.subplots()\n"
        "axes.plot(x.pop())\n"
    ),
    "what is given to a method of what is no figure": "axes = f\nx = [1]\naxes.plot(x)\n",
    "a function of NumPy that writes": "import numpy as np\nx = [1]\nnp.copyto(x, 2)\n",
    "a function of NumPy that is told where to write": (
        "import numpy as np\nx = [1]\nnp.add(2, 1, out=x)\n"
    ),
    "a function of what is called as NumPy is": "np = f\nx = [1]\nnp.round(x)\n",
    "a module that is changed": "import backprop\nbackprop.loss = f\nx = 1\n",
}  # fmt: skip


@pytest.mark.parametrize("earlier", ALL.values(), ids=ALL)
def test_what_a_name_may_depend_on_is_kept(earlier):
    assert sliced(earlier, "print(x)") == earlier


PART = {
    "what is not mentioned": ("import numpy as np\nx = 1\n", "x = 1\n"),
    "what is bound anew": ("x = 1\nx = 2\n", "x = 2\n"),
    "what changes what is bound anew": ("x = []\nx.append(1)\nx = 2\n", "x = 2\n"),
    "what only reads": ("x = [2, 1]\nprint(len(x), x[0])\ny = x[0] + 1\n", "x = [2, 1]\n"),
    "what a name stood for": ("a = [2]\na.append(1)\na = 3\nx = a\n", "a = 3\nx = a\n"),
    "what is changed later than it is read": (
        "a = [2]\nx = sum(a)\na = [3]\na.append(1)\n",
        "a = [2]\nx = sum(a)\n",
    ),
    "what shares a name of a comprehension": (
        "a = 5\nx = [a for a in range(3)]\n",
        "x = [a for a in range(3)]\n",
    ),
    "what shares a name of a function": (
        "a = b = 5\ndef x(a):\n    b = a\n    return b\n",
        "def x(a):\n    b = a\n    return b\n",
    ),
    "a function that is not called": ("x = []\ndef f():\n    x.append(1)\n", "x = []\n"),
    "what shares a name of a loop that binds it": (
        "a = 5\nx = []\nfor i in range(3):\n    a = i\n    x.append(a)\n",
        "x = []\nfor i in range(3):\n    a = i\n    x.append(a)\n",
    ),
    "what another loop goes through by the same name": (
        "a = [1]\nx = [2]\nfor i in a:\n    pass\nfor i in x:\n    pass\na.append(1)\n",
        "x = [2]\n",
    ),
    "a figure": (
        "import matplotlib.pyplot as plt\nx = 1\nplt.plot([1])\nplt.show()\n",
        "x = 1\n",
    ),
    "a drawing, which changes nothing": (
        "from backprop import draw_network\nx = 1\nprint(draw_network(x))\n",
        "x = 1\n",
    ),
    "a figure, which keeps what it is given": (
        "import matplotlib.pyplot as plt\nx = [1]\nfigure, axes = plt.subplots()\n"
        "axes.plot(x)\naxes.legend()\n",
        "x = [1]\n",
    ),
    "parts of a figure, each by the same name": (
        "import matplotlib.pyplot as plt\nx = [1]\nfigure, both = plt.subplots(1, 2)\n"
        "for axes, label in zip(both, 'ab'):\n    axes.plot(x, label=label)\n    axes.legend()\n",
        "x = [1]\n",
    ),
    "a function of NumPy that reads": (
        "import numpy as np\nx = np.ones(3)\ny = np.sort(x)\nprint(np.round(x), y.max())\n",
        "import numpy as np\nx = np.ones(3)\n",
    ),
    "what is printed of what a function gave": (
        "def f(a):\n    return a\nx = f(1)\nprint(x)\n",
        "def f(a):\n    return a\nx = f(1)\n",
    ),
    "a generator that is made of a seed again": (
        "import numpy as np\nrng = np.random.default_rng(1)\na = rng.normal()\n"
        "rng = np.random.default_rng(2)\nx = rng.normal()\n",
        "import numpy as np\nrng = np.random.default_rng(2)\nx = rng.normal()\n",
    ),
}


@pytest.mark.parametrize(("earlier", "kept"), PART.values(), ids=PART)
def test_what_a_name_cannot_depend_on_is_left_out(earlier, kept):
    assert sliced(earlier, "print(x)") == kept


QUIET = {
    "within a loop": ("for i in a:\n    x = i\n    print(i)\n", "for i in a:\n    x = i\n"),
    "under a condition": (
        "for i in a:\n    x = i\n    if i > 1:\n        print(i)\n",
        "for i in a:\n    x = i\n",
    ),
    "in the other case": (
        "if a:\n    x = 1\nelse:\n    print(2)\n",
        "if a:\n    x = 1\n",
    ),
    "in another case": (
        "if a:\n    x = 1\nelif b:\n    print(2)\nelse:\n    print(3)\n",
        "if a:\n    x = 1\n",
    ),
    "below a comment, on lines of its own": (
        "for i in a:\n    x = i\n    # Says it.\n    print(\n        i\n    )  # all\n    x += 1\n",
        "for i in a:\n    x = i\n    x += 1\n",
    ),
    "of more than is needed": (
        "b = [1]\nfor i in a:\n    x = i\n    print(b)\n",
        "for i in a:\n    x = i\n",
    ),
    "with options of NumPy": (
        "import numpy as np\nwith np.errstate(all='ignore'):\n    x = 1\n    print(x)\n",
        "import numpy as np\nwith np.errstate(all='ignore'):\n    x = 1\n",
    ),
}
LOUD = {
    "that changes something": "y = [1]\nfor i in a:\n    x = y\n    print(x.pop())\n",
    "that reads an iterator": "y = iter(a)\nfor i in a:\n    x = y\n    print(*x)\n",
    "that reads what was one before": (
        "y = z = iter(a)\nfor i in a:\n    x = [z]\n    print(*y)\n    y = [2]\n"
    ),
    "that binds": "for i in a:\n    x = i\n    print(x := 3)\n",
    "that is all there is": "x = [0]\nfor x[0] in a:\n    print(1)\n",
    "that shares its line": "for i in a:\n    x = i; print(i)\n",
    "that may be caught": "try:\n    x = 1\n    print(y)\nexcept E:\n    x = 2\n",
}


@pytest.mark.parametrize(("earlier", "kept"), QUIET.values(), ids=QUIET)
def test_a_print_is_left_out(earlier, kept):
    assert sliced(earlier, "print(x)") == kept


@pytest.mark.parametrize("earlier", LOUD.values(), ids=LOUD)
def test_a_print_is_kept(earlier):
    assert sliced(earlier, "print(x)") == earlier


SAID = {
    "a call that may change what it is given": ("x = [1]\nprint(f(x))\n", "x = [1]\n"),
    "a loop": ("x = [1]\nfor _ in x:\n    print(f(x))\n", "x = [1]\n"),
    "within a loop": (
        "x = [1]\nfor _ in x:\n    x += [2]\n    print(f(x))\n",
        "x = [1]\nfor _ in x:\n    x += [2]\n",
    ),
    "under a setting": ("x = [1]\nwith g():\n    print(f(x))\n", "x = [1]\n"),
}


@pytest.mark.parametrize(("earlier", "kept"), SAID.values(), ids=SAID)
def test_a_print_of_which_it_is_said_that_it_changes_nothing_is_left_out(earlier, kept):
    first, last = snippets(earlier, "print(x)")
    said = replace(first, options={"prints": "idle"})
    assert [part.code for part in parts([first, last])] == [earlier.strip()]
    assert [part.code for part in parts([said, last])] == [kept.strip()]


def test_what_binds_is_kept_whatever_is_said_of_it():
    for earlier in ("print(x := 3)", "for x in a:\n    print(x)", "x = 3\nprint(x)\nx = f(x)"):
        first, last = snippets(earlier, "print(x)")
        (part,) = parts([replace(first, options={"prints": "idle"}), last])
        assert part.code == earlier.replace("\nprint(x)\nx", "\nx")


def test_it_is_said_only_where_it_shortens_a_program():
    """Elsewhere it can be seen, and whether it is true is seen when the programs are run."""
    for page in pages.paths():
        ran = running(page)
        lines = count(ran, parts_of(page))
        for number, snippet in enumerate(ran):
            if snippet.options.get("prints") == "idle":
                options = {name: each for name, each in snippet.options.items() if name != "prints"}
                without = [*ran[:number], replace(snippet, options=options), *ran[number + 1 :]]
                more = count(without, slicing.all_parts(without))
                assert more > lines, f"{page.name}:{snippet.line}"


def running(page):
    return [snippet for snippet in fences.read(page) if snippet.runs]


@cache
def parts_of(page):
    """What each snippet of a page needs of those before it, for all tests that ask."""
    return slicing.all_parts(running(page))


def count(ran, its):
    """The earlier lines in all programs of a page that are copied."""
    return sum(
        len(part.lines)
        for snippet, before in zip(ran, its, strict=True)
        for part in before
        if snippet.options.get("source") != "none"
    )


HARMLESS = {
    "that reads": "def f(a):\n    return a[0] + 1\n",
    "that fills what it has made": (
        "import numpy as np\n\n\ndef f(a):\n    y = np.zeros(3)\n    y[0] = a[0]\n    return y\n"
    ),
    "that calls what it is given": "def g(a):\n    return a\n\n\ndef f(a, h=g):\n    return h(a)\n",
    "that calls another": "def g(a):\n    return a\n\n\ndef f(a):\n    print(g(a))\n",
}
HARMFUL = {
    "that writes into what it is given": "def f(a):\n    a[0] = 1\n",
    "that writes by another name": "def f(a):\n    b = a\n    b[0] = 1\n",
    "that writes into a part": "def f(a):\n    for row in a:\n        row[0] = 1\n",
    "that adds in place": "def f(a):\n    a += 1\n",
    "that calls a method": "def f(a):\n    a.sort()\n",
    "that calls one that writes": "def g(a):\n    a[0] = 1\n\n\ndef f(a):\n    g(a)\n",
    "that calls what is unknown": "def f(a):\n    g(a)\n",
    "that has it filled": "import numpy as np\n\n\ndef f(a):\n    np.copyto(a, 1)\n",
    "that writes to all": "def f(a):\n    global x\n    x = a\n",
    "that draws": (
        "from backprop import random_network\n\n\n"
        "def f(a):\n    return random_network(a, (1, 1), ())\n"
    ),
    "that trains": "from backprop import train\n\n\ndef f(a):\n    train(a, 1, 2)\n",
}


@pytest.mark.parametrize("function", HARMLESS.values(), ids=HARMLESS)
def test_a_call_of_a_function_that_changes_nothing_is_left_out(function):
    assert "f(x)" not in sliced(f"{function}x = [1, 2]\nf(x)\n", "print(x)")


@pytest.mark.parametrize("function", HARMFUL.values(), ids=HARMFUL)
def test_a_call_of_a_function_that_may_change_something_is_kept(function):
    assert "f(x)" in sliced(f"{function}x = [1, 2]\nf(x)\n", "print(x)")


def test_a_call_is_kept_of_a_function_that_calls_one_that_changes():
    page = "def g(a):\n    a[0] = 1\n\n\ndef f(h, a):\n    h(a)\n\n\nx = [1]\nf(g, x)\n"
    assert sliced(page, "print(x)") == page


def test_another_function_called_draw_network_may_change_what_it_is_given():
    earlier = "from elsewhere import draw_network\nx = 1\nprint(draw_network(x))\n"
    assert sliced(earlier, "print(x)") == earlier


def test_a_snippet_that_binds_its_names_stands_alone():
    assert program(snippets("x = 1", "x = 2\nprint(x)")) == "x = 2\nprint(x)\n"


def test_a_name_is_needed_that_is_read_before_it_is_bound():
    assert sliced("x = 1\n", "for i in range(2):\n    print(x)\n    x = i") == "x = 1\n"
    assert sliced("x = 1\n", "x += 1\nprint(x)") == "x = 1\n"
    assert sliced("x = 1\n", "x = x + 1\nprint(x)") == "x = 1\n"


def test_an_import_stands_whole():
    earlier = "from backprop import (\n    Network,\n    train,\n)\n"
    assert sliced(earlier, "train()") == earlier


def test_a_comment_stays_with_the_statement_below_it():
    earlier = "# The page.\n\n# Why it\n# is one.\nx = 1\n\n# Another.\ny = 2\n"
    assert sliced(earlier, "print(x)") == "# Why it\n# is one.\nx = 1\n"


def test_statements_on_one_line_stay_together():
    assert sliced("a = 1; x = 2; b = a\nc = 3\n", "print(x)") == "a = 1; x = 2; b = a\n"


def test_statements_stay_as_far_apart_as_they_were():
    earlier = "a = 1\nb = 2\n\n\ndef f():\n    return a\n\n\nc = 3\nx = f()\n"
    assert sliced(earlier, "print(x)") == "a = 1\n\n\ndef f():\n    return a\n\n\nx = f()\n"


def test_snippets_stand_apart():
    made = program(snippets("import numpy as np", "y = 1", "y = 2\nx = np.ones(3)", "print(x)"))
    assert made == "import numpy as np\n\nx = np.ones(3)\n\nprint(x)\n"


@pytest.mark.parametrize(
    ("lines", "ranges"),
    [
        ((1, 2, 3, 4, 5), ""),
        ((1, 2), "1-2"),
        ((2,), "2"),
        ((5,), "5-"),
        ((1, 3, 4, 5), "1,3-"),
        ((1, 2, 4), "1-2,4"),
    ],
)
def test_lines_are_named_briefly(lines, ranges):
    (snippet,) = snippets("\na\nb\nc\nd\ne\n")
    assert Part(snippet, lines).ranges == ranges


def test_a_snippet_that_raises_is_not_part_of_a_later_program():
    x, raising, last = snippets("x = 1", "x = int('a')", "print(x)")
    raising = Snippet(raising.path, 1, raising.code, {"raises": "ValueError: invalid"})
    assert program([x, raising, last]) == "x = 1\n\nprint(x)\n"


def test_what_is_not_run_is_copied_with_what_belongs_to_the_same_library():
    told = [
        Snippet(Path("page.md"), 1, code, {"norun": "no", "title": title})
        for title, code in [
            ("A", "x = a"),
            ("B", "x = b"),
            ("A: more", "y = x"),
            ("B: more", "print(x)"),
        ]
    ]
    assert beside(told) == "x = b\n\nprint(x)\n"
    assert beside(told[:3]) == "x = a\n\ny = x\n"


def programs():
    """What each snippet of the book copies, and the earlier lines in it."""
    for page in pages.paths():
        for snippet, before in zip(running(page), parts_of(page), strict=True):
            if snippet.options.get("source") != "none":
                yield snippet, "\n".join(part.code for part in before)


def test_no_program_draws_the_figure_of_another_snippet():
    for snippet, earlier in programs():
        own, all_of_it = needs.packages([snippet.code]), needs.packages([earlier, snippet.code])
        draws = "matplotlib" in own or "plt." in snippet.code
        assert draws or "matplotlib" not in all_of_it, f"{snippet.path.name}:{snippet.line}"
        assert not re.search(r"\bdraw_\w+\(", earlier), f"{snippet.path.name}:{snippet.line}"


def test_programs_stay_as_short_as_they_are():
    """Earlier lines per program, and programs that print what another snippet prints."""
    earlier = [before for _, before in programs()]
    printing = [each for each in earlier if prints(each)]
    assert sum(each.count("\n") for each in earlier) / len(earlier) < 48
    assert len(printing) == 0


def prints(code):
    """Whether some code prints where it stands."""
    return any(
        isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
        for statement in ast.parse(code).body
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef)
        for node in ast.walk(statement)
    )
