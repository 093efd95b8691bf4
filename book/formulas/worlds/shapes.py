"""Worlds of shared weights: in a row of numbers, over images and over time."""

from __future__ import annotations

from typing import Any

import numpy as np

import backprop as bp
from backprop import channels, convolution, pooling
from backprop.dense import hidden_error
from backprop.recurrent import recurrent_input, step_over_time, time_error
from book.formulas.world import At, Family, Layers, World, derivative, key, world
from book.formulas.worlds import EXAMPLE, LINES, of
from book.formulas.worlds.networks import sigmoid


@of("convolution", "one-weight-many-places")
def shared_weights(seed: int) -> World:
    """A layer of sigmoid units in which some places hold the same weight."""
    rng = np.random.default_rng(seed)
    places, w, rate = np.array([[0, 1, 2], [1, 0, 2]]), rng.normal(size=3), 0.4
    x, t = rng.normal(size=2), rng.uniform(size=3)
    network = bp.Network([bp.Layer(w[places])])
    step = network.backward(network.forward(x), t).steps(rate).W[1]

    def run(at: At) -> None:
        W = at("W", at("w", w)[places])
        at("E", ((t - sigmoid(x @ W)) ** 2).sum() / 2)

    values = {"w": w, "W": w[places], "E": network.loss_of(x, t), r"\Delta W": step}
    values |= {r"\Delta w": convolution.shared_step(step, places)}
    return world({**values, "s": lambda i, j: places[i - 1, j - 1] + 1}, run)


@of("frameworks-in-earnest")
def adapted(seed: int) -> World:
    """A layer of tanh units whose frozen weights have a product of two narrow matrices beside them.

    The error terms are those of the package, for the sum of both.
    """
    rng = np.random.default_rng(seed)
    N, n, m, r = 5, 4, 3, 2
    a, W, t = rng.normal(size=(N, n)), rng.normal(size=(n, m)), rng.normal(size=(N, m))
    A, B = rng.normal(size=(n, r)), rng.normal(size=(r, m))
    network = bp.Network([bp.Layer(W + A @ B, activation=bp.tanh)])
    delta = network.backward(network.forward(a), t).delta[1]

    def run(at: At) -> None:
        y = np.tanh(a @ (W + at("A", A) @ at("B", B)))
        at("E", ((t - y) ** 2).sum() / 2 / N)

    return world(
        {"a": a, "W": W, "A": A, "B": B, "E": network.loss_of(a, t), r"\delta": delta}, run
    )


@of("convolution")
def row_of_numbers(seed: int) -> World:
    """A kernel over a row of numbers, which are counted from 0."""
    rng = np.random.default_rng(seed)
    n, k, rate = (5 if seed == EXAMPLE else 7), 3, 0.3
    a, w, delta = rng.normal(size=n), rng.normal(size=k), rng.normal(size=n - k + 1)
    values = {"a": a, "w": w, "n": n, "k": k, r"\eta": rate, "z": convolution.convolution(a, w)}
    values |= {"W": convolution.kernel_matrix(w, n), "e": convolution.convolution_error(delta, w)}
    values |= {r"\delta_i": Family(dict(enumerate(delta)), outside=0.0)}
    return world({**values, r"\Delta w": convolution.kernel_step(a, delta, rate)}, base=0)


@of("images")
def images(seed: int) -> World:
    """Kernels that move over an image of some channels, which are counted from 0."""
    rng = np.random.default_rng(seed)
    small = seed == EXAMPLE
    n, s, p = (3, 1, 0) if small else [(8, 2, 1), (9, 3, 2), (6, 2, 1)][seed]
    C, O, k = (1, 2, 2) if small else (2, 4, 3)
    rate, a = 0.3, rng.normal(size=(C, n, n))
    w, b = rng.normal(size=(O, C, k, k)), rng.normal(size=O)
    a_padded = np.pad(a, ((0, 0), (p, p), (p, p)))
    z = channels.channel_convolution(a[np.newaxis], w, b, s, p)[0]
    m, long = z.shape[-1], n + 2 * p
    delta = rng.normal(size=z.shape)
    terms, one_to_one = delta[np.newaxis], np.eye(O)[:, :, np.newaxis, np.newaxis]
    spread = channels.channel_convolution_error(terms, one_to_one, long - k + 1, s)[0]
    spread = np.pad(spread, ((0, 0), (k - 1, k - 1), (k - 1, k - 1)))
    values = {"C": C, "O": O, "n": n, "k": k, "s": s, "p": p, "m": m, r"\eta": rate}
    values |= {"a": a, r"\tilde{a}": a_padded, "w": w, "b": b, "z": z, r"\delta": delta}
    values |= {r"\tilde{\delta}": spread}
    values |= {"e": channels.channel_convolution_error(terms, w, n, s, p)[0]}
    values |= {r"\tilde{e}": channels.channel_convolution_error(terms, w, long, s)[0]}
    values |= {r"\Delta w": channels.channel_kernel_step(a[np.newaxis], terms, k, rate, s, p)}
    values |= {r"\Delta b": channels.channel_bias_step(terms, rate)}
    running = {"i": range(m), "j": range(m), "u": range(n), "v": range(n)}
    return world(values, base=0, running=running)


@of("images", "max-pooling-error")
def pooled(seed: int) -> World:
    """Windows side by side over an image of some channels, in which numbers tie."""
    rng = np.random.default_rng(seed)
    C, k, m = (1, 2, 1) if seed == EXAMPLE else (3, (2, 3, 2)[seed], 2)
    a = rng.integers(0, 3, (C, k * m, k * m)).astype(float)
    e_out = rng.normal(size=(C, m, m))
    image, error = a[np.newaxis], e_out[np.newaxis]
    y = pooling.max_pooling(image, k)[0]
    ones = np.ones_like(image)
    values = {"a": a, "k": k, "y": y, r"e^{\text{out}}": e_out}
    values["T"] = (
        k**2 * pooling.mean_pooling(ones * (image == np.repeat(np.repeat(y, k, 1), k, 2)), k)[0]
    )
    values |= {"e": pooling.max_pooling_error(error, image, k)[0]}
    return world(values, base=0)


@of("images", "mean-pooling-error")
def averaged(seed: int) -> World:
    """The same windows, of which the mean is taken."""
    base = pooled(seed)
    k, e_out = base.values["k"], base.values[key(r"e^{\text{out}}")]
    n = k * e_out.shape[-1]
    return base.but({"e": pooling.mean_pooling_error(e_out[np.newaxis], n, k)[0]})


def _sequence(seed: int, last_alone: bool) -> tuple[dict[str, Any], World]:
    """Return arrays of a recurrent network, and a world: the loop and its loss by complex steps."""
    rng = np.random.default_rng(seed)
    T, n = (2, (2, 2, 1)) if seed == EXAMPLE else (4, (3, 5, 2))
    W, b = {l: rng.normal(size=n[l - 1 : l + 1]) for l in (1, 2)}, rng.normal(size=n[1])
    V, x, t = rng.normal(size=(n[1], n[1])), rng.normal(size=(T, n[0])), rng.normal(size=(T, n[2]))

    def run(at: At) -> None:
        before, E = np.zeros(n[1]), 0.0
        for tau in range(1, T + 1):
            z = at("z_i", x[tau - 1] @ W[1] + b + before @ at("V", V), tau)
            before = at("a_i", np.tanh(z), tau)
            out = at("o_i", before @ W[2], tau)
            loss = ((t[tau - 1] - np.tanh(out)) ** 2).sum() / 2
            E = E + (0 if last_alone and tau < T else loss)
        at("E", E)

    base = world({}, run, running={r"τ": range(1, T + 1)})
    made = base.run()
    rows = {name: {tau: made[f"{name}_", tau] for tau in range(1, T + 1)} for name in "azo"}

    def downhill(name: str) -> dict[int, Any]:
        return {tau: -base.slope(("E",), (f"{name}_", tau)) for tau in range(1, T + 1)}

    a, delta = {0: np.zeros(n[1]), **rows["a"]}, {**downhill("z"), T + 1: np.zeros(n[1])}
    arrays: dict[str, Any] = {
        "x": dict(enumerate(x, 1)),
        "a": a,
        "z": rows["z"],
        "W": W,
        "b": b,
        "V": V,
    }
    arrays |= {"delta": delta, "delta_out": downhill("o"), "T": T}
    values: dict[str, Any] = {
        "x_i": Family(arrays["x"]),
        "a_i": Family(a),
        "z_i": Family(rows["z"]),
    }
    values |= {
        "V": V,
        "T": T,
        "n_l": Family(dict(enumerate(n))),
        "W^{(l)}": Layers(W),
        "b^{(l)}": Layers({1: b}),
    }
    values |= {r"\delta_i": Family(delta), "f'": derivative(np.tanh), r"\eta": 0.2}
    values |= {r"\delta^{(l)}": Layers({2: Family(arrays["delta_out"])})}
    return arrays, base.but(values)


@of("backpropagation-through-time", "recurrence")
def sequences(seed: int) -> World:
    """A batch of sequences through a recurrent layer and a dense one."""
    rng = np.random.default_rng(seed)
    N, T, n = 3, 4, (3, 5, 2)
    W, V, b = rng.normal(size=n[:2]), rng.normal(size=(n[1], n[1])), rng.normal(size=n[1])
    output = bp.Layer(rng.normal(size=n[1:]), rng.normal(size=n[2]), bp.tanh)
    network = bp.Network([bp.RecurrentLayer(W, V, b, bp.tanh), output])
    x, t = rng.normal(size=(N, T, n[0])), rng.normal(size=(N, T, n[2]))
    values = {"N": N, "T": T, "n_l": Family(dict(enumerate(n))), "E": network.loss_of(x, t)}
    return world({**values, "t": t, r"\hat{y}": network.predict(x)})


@of("backpropagation-through-time", "recurrent-input", "time-error")
def recurrence(seed: int) -> World:
    """A recurrent layer over a sequence; errors by the package, or by complex steps of the loop."""
    of_loop, base = _sequence(seed, last_alone=False)
    x, a, W, b, V = (of_loop[name] for name in ("x", "a", "W", "b", "V"))
    delta, delta_out = of_loop["delta"], of_loop["delta_out"]
    z = {tau: recurrent_input(x[tau], W[1], b, a[tau - 1], V) for tau in x}
    e_out = {tau: hidden_error(delta_out[tau], W[2]) for tau in x}
    if seed % 2:
        e = {tau: time_error(e_out[tau], delta[tau + 1], V) for tau in x}
    else:
        e = {tau: -base.slope(("E",), ("a_", tau)) for tau in x}
    families = {"z_i": z, "e_i": e, r"e^{\text{out}}_i": e_out}
    return base.but({"f": bp.tanh, **{tex: Family(each) for tex, each in families.items()}})


@of("backpropagation-through-time", LINES)
def lines_over_time(seed: int) -> World:
    """What the names of the loops mean at the second time step, for a batch of one sequence."""
    of_loop, _ = _sequence(seed, last_alone=False)
    base, tau = recurrence(seed), 2
    e_out = [hidden_error(of_loop["delta_out"][each], of_loop["W"][2]) for each in of_loop["x"]]
    arrays: dict[str, Any] = {"tau": tau, "e_out": np.array([e_out]), "a": of_loop["a"]}
    arrays |= {"x": np.array([list(of_loop["x"].values())]), "W": of_loop["W"][1]}
    arrays |= {"V": of_loop["V"], "b": of_loop["b"], "delta": of_loop["delta"][tau + 1]}
    return base.but({}, code={"z": f"z_{tau}", "e": f"e_{tau}"}, arrays=arrays)


@of("backpropagation-through-time", "step-over-time")
def steps_over_time(seed: int) -> World:
    """The step of the recurrent weights, or of those from the input."""
    of_loop, base = _sequence(seed, last_alone=False)
    x, a, delta = (of_loop[name] for name in ("x", "a", "delta"))
    u = x if seed % 2 else {tau: a[tau - 1] for tau in x}
    entering, errors = (np.array([each[tau] for tau in x]) for each in (u, delta))
    return base.but({"u_i": Family(u), r"\Delta W": step_over_time(entering, errors, 0.2)})


@of("backpropagation-through-time", "errors-over-a-long-time")
def loss_at_the_end(seed: int) -> World:
    """A recurrent layer whose loss asks for the last output alone."""
    of_loop, base = _sequence(seed, last_alone=True)
    delta = {tau: each for tau, each in of_loop["delta"].items() if tau <= of_loop["T"]}
    slopes = {tau: np.diag(1 - each**2) for tau, each in of_loop["a"].items()}
    return base.but({r"\delta_i": Family(delta), "D_i": Family(slopes)})
