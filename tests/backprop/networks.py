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


def cases():
    yield "2-1-1", *datasets.two_one_one()[:3]
    yield "3-2-1", *datasets.three_two_one()[:3]
    rng = np.random.default_rng(0)
    for name, sizes, activations, N in [
        ("one layer", (3, 2), (identity,), 5),
        ("one example", (4, 3, 2), (tanh, sigmoid), None),
        ("batch", (4, 5, 3), (sigmoid, identity), 7),
        ("deep", (3, 4, 5, 4, 2), (tanh, sigmoid, relu, identity), 6),
        ("no biases", (3, 4, 2), (sigmoid, tanh), 4),
    ]:
        network = random_network(len(name), sizes, activations, biases=name != "no biases")
        shape = () if N is None else (N,)
        x, target = rng.normal(size=(*shape, sizes[0])), rng.normal(size=(*shape, sizes[-1]))
        yield name, network, x, target
