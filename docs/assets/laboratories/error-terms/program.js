// The program that prints the same sizes with the package.

/** The deviation of first weights in Python. */
const DEVIATIONS = {
  small: "0.5 * np.sqrt(1 / width)", glorot: "np.sqrt(1 / width)", he: "np.sqrt(2 / width)",
  large: "2 * np.sqrt(1 / width)",
};
const LAYERS = { layer: "LayerNormalization", batch: "BatchNormalization" };

/** A program of Python for a state. */
export function program({ depth, width, activation, initialization, normalization, residual, start }) {
  const normal = LAYERS[normalization];
  const names = [normal, "Layer", ...new Set(["identity", activation])].filter(Boolean);
  const around = [normal && `${normal}(np.ones(width), np.zeros(width))`, `Units(${activation})`];
  return `import itertools

import numpy as np

from backprop import ${names.join(", ")}
from backprop.chain import Chain
from backprop.units import Units

depth, width = ${depth}, ${width}
deviation = ${DEVIATIONS[initialization]}


def whole_numbers(seed):
    """Yield what a xorshift generator of 32 bits draws, after its first 16 numbers."""
    state = (seed + 1) * 0x9E3779B1 % 2**32 or 1
    for count in itertools.count():
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        if count >= 16:
            yield state


drawn = whole_numbers(${start})


def normal(rows):
    """Nearly normal numbers: the sum of twelve uniform ones, less six."""
    sums = [
        sum(itertools.islice(drawn, 12)) / 2**32 - 6 for _ in range(rows * width)
    ]
    return np.reshape(sums, (rows, width))


def size(array):
    return np.sqrt(np.mean(array**2))


a, e = normal(16), normal(16)
print("a", 0, size(a))
backs = []
for l in range(1, depth + 1):
    layer = Layer(deviation * normal(width), None, identity)
    around = Chain(${around.filter(Boolean).join(", ")})
${residual ? `    h, back = around.training_forward(a)
    z, further = layer.forward(h)
    a = a + z
` : `    z, back = layer.forward(a)
    a, further = around.training_forward(z)
`}    backs.append((back, further))
    print("a", l, size(a))
for l in range(depth, 0, -1):
    back, further = backs[l - 1]
${residual ? `    delta = e
    e = e + back(further(delta)[0])[0]
` : `    delta, _ = further(e)
    e, _ = back(delta)
`}    print("delta", l, size(delta))
`;
}
