"""Networks that tests of the package share, and random numbers the same each time."""

import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from networks import CASES
from passed import pytest_pyfunc_call, pytest_runtest_makereport  # noqa: F401

# A test of a class may run twice in a process, in two instances of its class: they share nothing.
settings.register_profile(
    "same each time",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.differing_executors],
)
settings.load_profile("same each time")


@pytest.fixture(params=CASES)
def case(request):
    network, x, target = CASES[request.param]()
    return network.copy(), x, target


@pytest.fixture(autouse=True)
def random_numbers_of_its_own(request, monkeypatch):
    """Each test draws the same numbers, whichever tests ran before it."""
    for module in (request.module, sys.modules.get("calls")):
        if hasattr(module, "RNG"):
            monkeypatch.setattr(module, "RNG", np.random.default_rng(0))
