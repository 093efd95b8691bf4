"""Every public function, called with odd values of each argument.

It gives what is right, or raises an error that names the argument. What is only stored in another
way gives the same. No argument is changed, nothing warns, and no result is an array of objects, or
holds a number that is not finite.
"""

import pytest
from calls import OF, public, swept


def test_every_public_function_is_called():
    assert set(public()) == set(OF)


@pytest.mark.parametrize("name", OF)
def test_odd_values_are_right_or_refused_by_name(name):
    found = {
        f"{name}({argument}=...): {fault}"
        for argument, faults in swept(name).faults.items()
        for fault in faults
    }
    assert not found, "\n".join(["", *sorted(found)])


def test_each_argument_meets_many_odd_values():
    arguments = {(name, each) for name in OF for right in OF[name] for each in right.arguments}
    assert len(arguments) >= 140
    for name in OF:
        for right in OF[name]:
            assert swept(name).calls >= 65 * len(right.arguments), name
