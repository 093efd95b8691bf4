"""What a program needs that is not Python's own: packages, and the versions that were tested."""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Iterable
from importlib import metadata

from book.errors import BookError
from book.source import distribution, pages

PACKAGE = "backprop"
_DISTRIBUTIONS = {"sklearn": "scikit-learn"}
"""How a package is called where it is installed from, if not as it is imported."""
_NOT_INSTALLED_HERE = {"jax": "0.10.2", "torch": "2.13.0"}
"""Versions of what one job of the workflow installs for its tests."""
_WITHIN = re.compile(r"^(?!import\b|from\b).*\bimport\b", re.MULTILINE)
"""A line that may import within something else."""


def packages(codes: Iterable[str]) -> set[str]:
    """Return the packages that pieces of code import, without those of the standard library.

    A function of `backprop` that imports another package when it is called needs it too.
    """
    needed: set[str] = set().union(*map(imported, codes))
    return needed - sys.stdlib_module_names


def requirements(codes: Iterable[str]) -> list[str]:
    """Return what pieces of code need beside `backprop`, each in the version that was tested."""
    found = packages(codes)
    # It needs NumPy itself.
    found |= {"numpy"} if PACKAGE in found else set()
    return sorted(map(requirement, found - {PACKAGE}))


@functools.cache
def requirement(package: str) -> str:
    """Return what an installer is told of a package that code imports.

    Raises
    ------
    BookError
        The package is not installed here, and nothing says with which version it was tested.
    """
    name = _DISTRIBUTIONS.get(package, package)
    try:
        version = _NOT_INSTALLED_HERE.get(package) or metadata.version(name)
    except metadata.PackageNotFoundError:
        what = f"no version of {package} is known that was tested"
        raise BookError(None, 0, what, "name it in book/execution/needs.py") from None
    return f"{name}=={version}"


def first_line(program: str, root: str) -> str:
    """Return the comment that a copied program begins with: how to install what it needs.

    In a browser, docs/assets/linked.js does the same; `root` is where the site stands.
    """
    found = requirements([program])
    if PACKAGE in packages([program]):
        found.insert(0, root + distribution.address())
    return f"# pip install {' '.join(found)}\n" if found else ""


def told(codes: Iterable[str]) -> dict[str, str]:
    """Return what linked.js must know: of each name that is imported or called, what it needs.

    That of the package itself is where its wheel stands below the root of the site.
    """
    names = {name: requirement(name) for name in packages(codes) - {PACKAGE}}
    called = {f"{name}(": requirement(*found) for name, found in when_called().items()}
    return {PACKAGE: distribution.address(), **dict(sorted(names.items())), **called}


@functools.cache
def imported(code: str) -> frozenset[str]:
    """Return all packages that a piece of code imports, and that what it calls imports then."""
    nodes = [*ast.walk(ast.parse(code))]
    called = [node.func for node in nodes if isinstance(node, ast.Call)]
    named = {each.attr for each in called if isinstance(each, ast.Attribute)}
    named |= {each.id for each in called if isinstance(each, ast.Name)}
    # It may be called by another name.
    named |= {node.name for node in nodes if isinstance(node, ast.alias)}
    return frozenset(_imports(nodes).union(*(when_called().get(name, ()) for name in named)))


@functools.cache
def when_called() -> dict[str, set[str]]:
    """Return the functions of the package that import something themselves, with what it is."""
    sources = [path.read_text("utf-8") for path in (pages.ROOT / PACKAGE).glob("*.py")]
    # Most modules import at the beginning of a line alone, and need not be parsed.
    trees = [ast.parse(source) for source in sources if _WITHIN.search(source)]
    functions = [
        node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
    ]
    return {each.name: found for each in functions if (found := _imports(ast.walk(each)))}


def _imports(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the packages that are imported anywhere in some code."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found
