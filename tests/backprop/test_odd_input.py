"""Every public function, called with odd values of each argument.

It gives what is right, or raises an error that names the argument. What is only stored in another
way gives the same. No argument is changed, nothing warns, and no result is an array of objects, or
holds a number that is not finite.
"""

import pytest
from calls import OF, public, swept

KNOWN = {
    "network.Network.forward": "x",
    "network.Network.backward": "trace target",
    "parallel.of_part": "x target",
    "checkpointing.checkpointed": "network x every",
    "optimizers.GradientDescent.step": "downhill",
    "checking.central_difference": "f w h",
    "checking.compare_gradients": "loss gradient parameters method",
    "checking.check_gradient": "network x target method",
    "checking.complex_step": "f w h",
    "autodiff.Variable": "name",
    "autodiff.Variable.sum": "axis keepdims",
    "autodiff.Variable.__getitem__": "index",
    "autodiff.activate": "activation",
    "autodiff.topological_order": "output",
    "autodiff.shares": "node gradient",
    "autodiff.gradients": "inputs",
    "autodiff.describe": "output",
    "derivatives.unbroadcast": "gradient shape",
}
"""Arguments whose odd values are not all met as they should be, by function."""

KNOWN_VALUES = ("a duration",)
"""Values that are not met as they should be by any function that takes a number."""


def test_every_public_function_is_called():
    assert set(public()) == set(OF)


@pytest.mark.parametrize("name", OF)
def test_odd_values_are_right_or_refused_by_name(name):
    found = {
        f"{name}({argument}=...): {fault}"
        for argument, faults in swept(name).faults.items()
        if argument not in KNOWN.get(name, "").split()
        for fault in faults
        if not fault.startswith(KNOWN_VALUES)
    }
    assert not found, "\n".join(["", *sorted(found)])


def test_each_argument_meets_many_odd_values():
    arguments = {(name, each) for name in OF for right in OF[name] for each in right.arguments}
    assert len(arguments) >= 140
    for name in OF:
        for right in OF[name]:
            assert swept(name).calls >= 65 * len(right.arguments), name
