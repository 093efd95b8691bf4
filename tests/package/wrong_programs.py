"""Programs that compute a gradient wrongly, written out an example and a unit at a time.

They share nothing with the package, so that what names a mistake is not what made it. `made` says
what is done otherwise than right, by the words of `KINDS`.
"""

import math

F = {
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": math.tanh,
    "relu": lambda z: max(z, 0.0),
    "identity": lambda z: z,
}
SLOPE_OF_Z = {
    "sigmoid": lambda z: F["sigmoid"](z) * (1 - F["sigmoid"](z)),
    "tanh": lambda z: 1 - math.tanh(z) ** 2,
    "relu": lambda z: 1.0 if z > 0 else 0.0,
    "identity": lambda _: 1.0,
}
SLOPE_OF_A = {
    "sigmoid": lambda a: a * (1 - a),
    "tanh": lambda a: 1 - a**2,
    "relu": lambda a: 1.0 if a > 0 else 0.0,
    "identity": lambda _: 1.0,
}


def forward(W, b, f, x, masks=None):
    """Pre-activations and outputs of each layer for one example, as lists; layer 0 is the input."""
    z, a = [None], [list(x)]
    for l in range(1, len(W) + 1):
        n_in, n = len(W[l - 1]), len(W[l - 1][0])
        z.append(
            [sum(a[-1][i] * W[l - 1][i][j] for i in range(n_in)) + b[l - 1][j] for j in range(n)]
        )
        if f[l - 1] == "softmax":
            powers = [math.exp(each - max(z[-1])) for each in z[-1]]
            a.append([each / sum(powers) for each in powers])
        else:
            a.append([F[f[l - 1]](each) for each in z[-1]])
        if masks and l in masks:
            a[-1] = [each * m for each, m in zip(a[-1], masks[l], strict=True)]
    return z, a


def gradient(W, b, f, loss, X, T, made=frozenset(), layer=None, rate=None, decay=0.0, masks=None):
    """Gradients by weights and biases, lists of lists; `masks[l]` has a row for each example."""
    L, N = len(W), len(X)
    dW = [[[0.0] * len(rows[0]) for rows in [w] for _ in w] for w in W]
    db = [[0.0] * len(w[0]) for w in W]
    # Which examples are counted, and with which targets.
    counted = range(N)
    if "one example" in made:
        counted = [0]
    if "last examples" in made:
        counted = range(N - N // 2, N)
    mean = [sum(t[k] for t in T) / N for k in range(len(T[0]))]
    passes = []
    for n in range(N):
        its = {l: masks[l][n] for l in masks} if masks else None
        passes.append((n, its, *forward(W, b, f, X[n], its)))
    moved = W
    if "updated weights" in made:
        others = made - {"updated weights", "arrays exchanged", "array doubled"}
        right, _ = gradient(W, b, f, loss, X, T, others, layer, rate, decay, masks)
        moved = [
            [[w - rate * g for w, g in zip(*rows, strict=True)] for rows in zip(*both, strict=True)]
            for both in zip(W, right, strict=True)
        ]
    for n, its, z, a in passes:
        if n not in counted:
            continue
        t = mean if "broadcast target" in made else T[n]
        delta = {L: output(f[-1], loss, z[L], a[L], t, made, layer == L)}
        e = [each_t - each_y for each_t, each_y in zip(t, a[L], strict=True)]
        for l in range(L - 1, 0, -1):
            over = moved[l] if "updated weights" in made and layer in (l, None) else W[l]
            back = e if "error for error term" in made and layer in (l, None) else delta[l + 1]
            if "untransposed" in made and layer in (l, None):
                over = [[over[k][j] for k in range(len(over))] for j in range(len(over[0]))]
            e = [sum(over[j][k] * back[k] for k in range(len(back))) for j in range(len(over))]
            here = layer in (l, None)
            delta[l] = []
            for j, each in enumerate(e):
                without = F[f[l - 1]](z[l][j])
                if "slope dropped" in made and here:
                    slope = 1.0
                elif "slope of z for a" in made and here:
                    slope = SLOPE_OF_A[f[l - 1]](z[l][j])
                elif "slope of a for z" in made and here:
                    slope = SLOPE_OF_Z[f[l - 1]](without)
                else:
                    slope = SLOPE_OF_Z[f[l - 1]](z[l][j])
                kept = its[l][j] if its and l in its else 1.0
                if "mask missing" in made:
                    kept = 1.0
                if "factor of dropout missing" in made:
                    kept = 1.0 if kept else 0.0
                delta[l].append(each * slope * kept)
        for l in range(1, L + 1):
            values = z[l - 1] if ("z for a" in made and layer == l and l > 1) else a[l - 1]
            for j, d in enumerate(delta[l]):
                for i, value in enumerate(values):
                    dW[l - 1][i][j] -= value * d / len(counted)
                is_last = n == counted[-1]
                if "biases of the last example" in made and layer in (l, None):
                    db[l - 1][j] = -d if is_last else 0.0
                elif not ("biases missing" in made and layer in (l, None)):
                    db[l - 1][j] -= d / len(counted)
    times = 0.0 if "penalty forgotten" in made else 2.0 if "penalty doubled" in made else 1.0
    for l in range(L):
        for i, row in enumerate(dW[l]):
            for j in range(len(row)):
                row[j] += times * decay * W[l][i][j]
    if "biases averaged" in made:
        db = [[each / N for each in row] for row in db]
    if "array doubled" in made:
        dW[layer - 1] = [[2 * each for each in row] for row in dW[layer - 1]]
    if "arrays exchanged" in made:
        dW[0], dW[1] = dW[1], dW[0]
    return dW, db


def output(f, loss, z, y, t, made, here):
    """Error term of the output of one example."""
    e = [each_t - each_y for each_t, each_y in zip(t, y, strict=True)]
    if "diagonal of softmax" in made:
        # minus dE/dy is t / y, and the Jacobian is taken for y (1 - y) alone
        return [
            each_t / each_y * each_y * (1 - each_y) for each_t, each_y in zip(t, y, strict=True)
        ]
    if loss != "squared_error":
        if "loss of another form" in made:
            return [each * each_y * (1 - each_y) for each, each_y in zip(e, y, strict=True)]
        return e
    if "loss of another form" in made or ("slope dropped" in made and here):
        return e
    if "slope of z for a" in made and here:
        return [each * SLOPE_OF_A[f](each_z) for each, each_z in zip(e, z, strict=True)]
    if "slope of a for z" in made and here:
        return [each * SLOPE_OF_Z[f](F[f](each_z)) for each, each_z in zip(e, z, strict=True)]
    return [each * SLOPE_OF_Z[f](each_z) for each, each_z in zip(e, z, strict=True)]


KINDS = {
    "slope dropped": "slope of the activation is dropped",
    "slope of z for a": "is given the pre-activation z",
    "slope of a for z": "is given the output a",
    "updated weights": "weights that have been updated already",
    "untransposed": "over the weights, not their transpose",
    "error for error term": "not its error term",
    "z for a": "is made with the pre-activation z",
    "biases missing": "gradient of the biases is missing",
    "biases averaged": "biases are averaged over the examples",
    "biases of the last example": "of the biases, the last example alone",
    "one example": "example 1 alone is counted",
    "last examples": "examples alone are counted",
    "broadcast target": "t was broadcast",
    "diagonal of softmax": "the diagonal of its derivative alone",
    "loss of another form": "|".join(
        ["slope too many", "slope of the activation is dropped", "slope of softmax is dropped"]
    ),
    "penalty forgotten": "penalty is forgotten",
    "penalty doubled": "penalty is doubled",
    "mask missing": "mask of dropout is missing",
    "factor of dropout missing": "factor of dropout",
    "array doubled": "is 2 times what it should be",
    "arrays exchanged": "are exchanged",
}
"""What each is called by the diagnosis, in a part."""
