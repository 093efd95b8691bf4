"""The points of the laboratory *Live boundary*, as the package makes them."""

import json

import numpy as np

from backprop import datasets

sets = {
    "xor": datasets.xor(),
    "moons": datasets.two_moons(20, 0.15, np.random.default_rng(0)),
    "spirals": datasets.spirals(30, 0.02, np.random.default_rng(0)),
}
print(json.dumps({name: {"x": x.tolist(), "t": t.tolist()} for name, (x, t) in sets.items()}))
