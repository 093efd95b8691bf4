"""The text as it is written, and what it holds.

In: the Markdown files of `docs/`, the docstrings of the package, the names of its tests.
Out: the pages in order, the Python fences of a page with their options, and the index of numbered
equations, each with what implements and what tests it. Everything else in `book` asks here; nothing
here executes or converts anything.
"""
