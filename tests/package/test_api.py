"""What the package exports."""

import importlib
import inspect
from pathlib import Path

import backprop
from backprop.activations import Activation
from backprop.losses import Loss

MODULES = sorted(path.stem for path in Path(backprop.__file__).parent.glob("[!_]*.py"))


def test_all_that_a_network_is_made_of_is_exported():
    """Classes, activations and losses; the functions of the equations stay in their modules."""
    for name in MODULES:
        module = importlib.import_module(f"backprop.{name}")
        for public, value in vars(module).items():
            if public.startswith("_") or name == "datasets":
                continue
            own = inspect.isclass(value) and value.__module__ == module.__name__
            if own or isinstance(value, Activation | Loss):
                assert getattr(backprop, public, None) is value, f"backprop.{name}.{public}"
                assert public in backprop.__all__


def test_all_exports_are_there_and_documented():
    assert list(backprop.__all__) == sorted(backprop.__all__)
    for name in backprop.__all__:
        assert inspect.getdoc(getattr(backprop, name)), name
