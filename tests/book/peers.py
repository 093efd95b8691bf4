"""Libraries that the book is built without, and that some of its tests compare it with."""

import importlib
import os

import pytest


def library(name):
    """Import a library, or skip where it is not installed and nobody says that it must be."""
    if "BACKPROP_REQUIRE_PEERS" not in os.environ:
        pytest.importorskip(name)
    return importlib.import_module(name)
