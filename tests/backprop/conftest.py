"""Networks that tests of the package share, and hypothesis the same each time."""

import pytest
from hypothesis import settings
from networks import CASES

settings.register_profile("same each time", derandomize=True, deadline=None)
settings.load_profile("same each time")


@pytest.fixture(params=CASES)
def case(request):
    network, x, target = CASES[request.param]()
    return network.copy(), x, target
