"""A plugin of pytest: what implements an equation is off by a thousandth while its test runs.

The equations whose tests do not see it are named at the end.
"""

import contextlib
import functools
import importlib
import sys
from unittest import mock

import numpy as np
import pytest

from book.source.equations import equations

BY_TEST = {found.test.partition("::")[2]: found for found in equations().values()}
seen = set()


def off(value):
    """A number, an array, a collection of them or what a function gives, off by a thousandth."""
    if isinstance(value, dict):
        return {key: off(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        made = map(off, value)
        return type(value)(*made) if hasattr(value, "_fields") else type(value)(made)
    if callable(value):
        return functools.wraps(value)(lambda *given, **named: off(value(*given, **named)))
    is_number = isinstance(value, float | complex | np.inexact | np.ndarray)
    return value * 1.001 if is_number else value


def in_place(function):
    """A method that adds what it is given, which is then off."""
    return lambda self, given: function(self, off(dict(given)))


def patches(equation, name):
    """Yield what puts something that is off in the place of an implementation."""
    module, _, rest = name.removeprefix("backprop.").partition(".")
    owner = importlib.import_module(f"backprop.{module}")
    *within, last = rest.split(".")
    for each in within:
        owner = getattr(owner, each)
    found = getattr(owner, last)
    if hasattr(found, "of_output"):  # a loss
        for part in ("of_output", "of_input", "output_error"):
            yield from replaced(found, part, ("delta" in equation.name) == (part == "output_error"))
    elif hasattr(found, "derivative"):  # an activation
        for part in ("function", "derivative"):
            yield from replaced(found, part, part in equation.name or part == "function")
    elif isinstance(found, type):  # an optimizer
        yield mock.patch.object(found, "step", off(found.step))
    elif within:
        made = in_place(found) if last == "apply" else off(found)
        yield mock.patch.object(owner, last, made)
    else:
        for each in list(sys.modules.values()):
            for key in [key for key, its in vars(each).items() if its is found]:
                yield mock.patch.object(each, key, off(found))


def replaced(record, part, wanted):
    if wanted and getattr(record, part) is not None:
        yield set_within(record, part, off(getattr(record, part)))


@contextlib.contextmanager
def set_within(record, part, made):
    """Set an attribute of a record that is frozen."""
    before = getattr(record, part)
    object.__setattr__(record, part, made)
    yield
    object.__setattr__(record, part, before)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Run a test in which only the implementation of its equation is wrong."""
    equation = BY_TEST[pyfuncitem.originalname]
    if equation.name in seen:
        return True
    given = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    with contextlib.ExitStack() as stack:
        for name in equation.functions:
            for patch in patches(equation, name):
                stack.enter_context(patch)
        try:
            pyfuncitem.obj(**given)
        except Exception:  # noqa: BLE001 - whatever it is, the test has seen it
            seen.add(equation.name)
    return True


def pytest_terminal_summary(terminalreporter):
    unseen = {each.name for each in BY_TEST.values()} - seen
    terminalreporter.write_line(f"unseen: {' '.join(sorted(unseen)) or 'none'}")
