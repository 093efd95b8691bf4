"""Networks that tests of the package share, and hypothesis the same each time."""

import pytest
from hypothesis import settings
from networks import cases

settings.register_profile("same each time", derandomize=True, deadline=None)
settings.load_profile("same each time")


@pytest.fixture(params=list(cases()), ids=lambda case: case[0])
def case(request):
    _, network, x, target = request.param
    return network.copy(), x, target
