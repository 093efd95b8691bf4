"""A fence that shows code of the package: what is run, copied, marked and said of it."""

from types import SimpleNamespace

from book.execution import executor
from book.markdown import cross_highlight, snippets
from book.source import fences, pages

PAGE = """\
# Quoted

```python output="none"
import numpy as np
```

Equation `hidden-error` is the first line.

```python of="backprop.dense.hidden_error"
...
print(hidden_error(np.array([2.0]), np.array([[3.0]])))
```

```python of="backprop.dense.hidden_error" output="none"
```
"""


def test_a_quoting_fence_is_executed_with_what_it_quotes(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    found = fences.read(page)
    assert found[1].code.startswith("def hidden_error(delta_next, W_next):\n")
    assert found[1].code.endswith("\n\n\nprint(hidden_error(np.array([2.0]), np.array([[3.0]])))")
    assert [one.outcome.printed for one in executor.results(page)] == ["", "[6.]\n", ""]


def test_its_length_is_that_of_the_fence(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    lines = PAGE.split("\n")
    assert [lines[each.line + each.length] for each in fences.read(page)] == ["```"] * 3


def test_the_line_that_defines_an_equation_speaks_of_it(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    assert cross_highlight._lines(fences.read(page)[1])[1] == ["hidden-error"]


def test_public_modules_that_are_quoted_have_a_link():
    names = {"of": "backprop._windows.along backprop.pooling.max_pooling_error"}
    said = snippets._where_from(SimpleNamespace(options=names, path=pages.DOCS / "images.md"))
    assert said.count("<a ") == 1
    assert 'api/pooling/">backprop.pooling</a>' in said
    assert "<code>backprop._windows</code>" in said
