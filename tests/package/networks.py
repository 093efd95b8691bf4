"""Networks that tests of the package share."""

import numpy as np

from backprop import Layer, Network, datasets, identity, relu, sigmoid, squared_error, tanh


def random_network(seed, sizes, activations, biases=True, loss=squared_error):
    rng = np.random.default_rng(seed)
    return Network(
        [
            Layer(rng.normal(size=(m, n)), rng.normal(size=n) if biases else None, f)
            for m, n, f in zip(sizes, sizes[1:], activations, strict=False)
        ],
        loss,
    )


def random_case(seed, sizes, activations, N, biases=True):
    rng = np.random.default_rng(seed)
    shape = () if N is None else (N,)
    x, target = rng.normal(size=(*shape, sizes[0])), rng.normal(size=(*shape, sizes[-1]))
    return random_network(seed, sizes, activations, biases), x, target


CASES = {
    "2-1-1": lambda: datasets.two_one_one()[:3],
    "3-2-1": lambda: datasets.three_two_one()[:3],
    "one layer": lambda: random_case(9, (3, 2), (identity,), 5),
    "one example": lambda: random_case(11, (4, 3, 2), (tanh, sigmoid), None),
    "batch": lambda: random_case(5, (4, 5, 3), (sigmoid, identity), 7),
    "deep": lambda: random_case(4, (3, 4, 5, 4, 2), (tanh, sigmoid, relu, identity), 6),
    "no biases": lambda: random_case(10, (3, 4, 2), (sigmoid, tanh), 4, biases=False),
}
"""Networks with input and target, made by the test that uses them, not while it is collected."""
