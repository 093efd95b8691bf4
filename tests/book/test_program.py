"""The copied program holds the snippets it needs, and no others."""

from pathlib import Path

from book.execution.slicing import beside, program
from book.source.fences import Snippet


def snippets(*codes: str, **options: str) -> list[Snippet]:
    return [Snippet(Path("page.md"), 1, code, {}) for code in codes]


def test_a_snippet_that_stands_alone_is_copied_alone():
    assert program(snippets("import numpy as np", "print(1)")) == "print(1)\n"


def test_a_program_begins_with_what_binds_its_names():
    made = program(snippets("import numpy as np", "y = 1", "x = np.ones(3)", "print(x)"))
    assert made == "import numpy as np\n\nx = np.ones(3)\n\nprint(x)\n"


def test_a_function_brings_what_its_body_uses():
    made = program(snippets("k = 2", "def f(x):\n    return k * x", "print(f(3))"))
    assert made == "k = 2\n\ndef f(x):\n    return k * x\n\nprint(f(3))\n"


def test_what_changes_a_name_in_place_is_kept():
    for change in ("x[0] = 5", "x += 1", "x.sort()", "shuffle(x)", "x.y = 3"):
        made = program(snippets("x = [2, 1]", change, "print(x)"))
        assert change in made


def test_what_only_reads_a_name_is_left_out():
    assert "print(len(x))" not in program(snippets("x = [2, 1]", "print(len(x))", "print(x)"))


def test_a_snippet_that_raises_is_not_part_of_a_later_program():
    x, raising, last = snippets("x = 1", "x = int('a')", "print(x)")
    raising = Snippet(raising.path, 1, raising.code, {"raises": "ValueError"})
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
