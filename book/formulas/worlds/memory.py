"""Worlds of layers with gates."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop.gates import gru_step, gru_step_error, lstm_step, lstm_step_error
from backprop.recurrent import recurrent_input, time_error
from book.formulas.world import At, Family, World, world
from book.formulas.worlds import EXAMPLE, of
from book.formulas.worlds.networks import sigmoid

Sequence = dict[int, Any]
"""Values by time step."""


def _draws(seed: int, gates: int, T: int = 4) -> tuple[range, int, dict[str, Any]]:
    """Return the time steps, the units, and what a layer with gates is made from."""
    rng = np.random.default_rng(seed)
    T, n_0, n = (2, 2, 2) if seed == EXAMPLE else (T, 3, 5)
    drawn = {
        "x": dict(enumerate(rng.normal(size=(T, n_0)), 1)),
        "W": rng.normal(size=(n_0, gates * n)),
        "V": rng.normal(size=(n, gates * n)),
        "b": rng.normal(size=gates * n),
        "b_V": rng.normal(size=gates * n),
        "out": dict(enumerate(rng.normal(size=(T, n)), 1)),
    }
    return range(1, T + 1), n, drawn


def _errors(base: World, name: str, steps: range) -> Sequence:
    return {tau: -base.slope(("E",), (f"{name}_", tau)) for tau in steps}


def _split(names: str, values: Sequence) -> dict[str, Sequence]:
    """Return what belongs to each gate, by time step."""
    parts = {tau: np.split(each, len(names)) for tau, each in values.items()}
    return {name: {tau: parts[tau][k] for tau in parts} for k, name in enumerate(names)}


def _families(values: dict[str, Sequence]) -> dict[str, Family]:
    return {tex: Family(each) for tex, each in values.items()}


@of("memory")
def cells(seed: int) -> World:
    """LSTM cells over a sequence: by the package, or by a loop and its derivatives.

    The loss is a weighted sum of all outputs, whose weights are the errors that come from outside.
    """
    steps, n, drawn = _draws(seed, 4)
    x, W, V, b, out = (drawn[name] for name in ("x", "W", "V", "b", "out"))

    def run(at: At) -> None:
        h = c = np.zeros(n)
        E = 0.0
        for tau in steps:
            z = np.split(x[tau] @ W + b + h @ V, 4)
            z_i, z_f, z_g, z_o = (at(f"{name}_i", z[k], tau) for k, name in enumerate("pqsu"))
            c = at("c_i", sigmoid(z_f) * c + sigmoid(z_i) * np.tanh(z_g), tau)
            h = at("h_i", sigmoid(z_o) * np.tanh(c), tau)
            E = E - out[tau] @ h
        at("E", E)

    base = world({}, run, running={"τ": steps})
    made = base.run()
    zeros = np.zeros(n)
    z = {
        g: {tau: made[f"{name}_", tau] for tau in steps}
        for g, name in zip("ifgo", "pqsu", strict=True)
    }
    c, h = ({0: zeros} | {tau: made[f"{name}_", tau] for tau in steps} for name in "ch")
    e, e_cell = _errors(base, "h", steps), _errors(base, "c", steps)
    delta = {g: _errors(base, name, steps) for g, name in zip("ifgo", "pqsu", strict=True)}
    gates = {g: {tau: sigmoid(z[g][tau]) for tau in steps} for g in "ifo"}
    gates["g"] = {tau: np.tanh(z["g"][tau]) for tau in steps}
    if seed % 2:
        h, c, packed = {0: zeros}, {0: zeros}, {}
        for tau in steps:
            inputs = recurrent_input(x[tau], W, b, h[tau - 1], V)
            h[tau], c[tau], packed[tau] = lstm_step(inputs, c[tau - 1])
        gates = _split("ifgo", packed)
        terms, before, after = {}, np.zeros(n), np.zeros(4 * n)
        for tau in reversed(steps):
            e[tau] = time_error(out[tau], after, V)
            after, of_state = lstm_step_error(e[tau], before, c[tau - 1], c[tau], packed[tau])
            e_cell[tau] = of_state / gates["f"][tau]
            terms[tau], before = after, of_state
        delta = _split("ifgo", terms)
    last = steps[-1] + 1
    e_cell[last] = zeros
    values: dict[str, Any] = {f"{g}_i": Family({**gates[g], last: zeros}) for g in "ifgo"}
    for g in "ifgo":
        values[rf"z^{{\text{{{g}}}}}_i"] = Family(z[g])
        values[rf"\delta^{{\text{{{g}}}}}_i"] = Family(delta[g])
    values |= _families({"c_i": c, "h_i": h, "e_i": e, r"e^{\text{cell}}_i": e_cell})
    return base.but({**values, "E": made["E",], r"\sigma": sigmoid, "T": len(steps)})


@of("memory", "gru-step", "gru-error", "the-gru")
def gated_units(seed: int) -> World:
    """Gated recurrent units over a sequence: by the package, or by a loop and its derivatives."""
    steps, n, drawn = _draws(seed, 3)
    x, W, V, b, b_V, out = (drawn[name] for name in ("x", "W", "V", "b", "b_V", "out"))

    def run(at: At) -> None:
        h, E = np.zeros(n), 0.0
        for tau in steps:
            z, u = np.split(x[tau] @ W + b, 3), np.split(h @ V + b_V, 3)
            z_r, z_s, z_g = (at(f"{name}_i", z[k], tau) for k, name in enumerate("pqo"))
            r, s = sigmoid(z_r + u[0]), sigmoid(z_s + u[1])
            g = np.tanh(z_g + r * u[2])
            h = at("h_i", (1 - s) * g + s * h, tau)
            E = E - out[tau] @ h
        at("E", E)

    base = world({}, run, running={"τ": steps})
    made = base.run()
    h: Sequence = {0: np.zeros(n)}
    z = {
        g: {tau: made[f"{name}_", tau] for tau in steps}
        for g, name in zip("rsg", "pqo", strict=True)
    }
    e = _errors(base, "h", steps)
    delta = {g: _errors(base, name, steps) for g, name in zip("rsg", "pqo", strict=True)}
    h |= {tau: made["h_", tau] for tau in steps}
    u = _split("rsg", {tau: h[tau - 1] @ V + b_V for tau in steps})
    packed = {}
    for tau in steps:
        inputs = np.concatenate([z[g][tau] for g in "rsg"])
        received = np.concatenate([u[g][tau] for g in "rsg"])
        again, packed[tau] = gru_step(inputs, received, h[tau - 1])
        if seed % 2:
            h[tau] = again
    gates = _split("rsg", packed)
    if seed % 2:
        terms, past, after = {}, np.zeros(n), np.zeros(3 * n)
        for tau in reversed(steps):
            e[tau] = time_error(out[tau], after, V) + past
            received = np.concatenate([u[g][tau] for g in "rsg"])
            terms[tau], after, past = gru_step_error(e[tau], received, h[tau - 1], packed[tau])
        delta = _split("rsg", terms)
    else:
        gates = {g: {tau: sigmoid(z[g][tau] + u[g][tau]) for tau in steps} for g in "rs"}
        gates["g"] = {tau: np.tanh(z["g"][tau] + gates["r"][tau] * u["g"][tau]) for tau in steps}
    values: dict[str, Any] = {f"{g}_i": Family(gates[g]) for g in "rsg"}
    for g, columns in zip("rsg", np.split(V, 3, axis=1), strict=True):
        values[rf"z^{{\text{{{g}}}}}_i"] = Family(z[g])
        values[rf"u^{{\text{{{g}}}}}_i"] = Family(u[g])
        values[rf"\delta^{{\text{{{g}}}}}_i"] = Family(delta[g])
        values[rf"V^{{\text{{{g}}}}}"] = columns
    values |= _families({"h_i": h, "e_i": e, r"e^{\text{out}}_i": out})
    return base.but({**values, "E": made["E",], r"\sigma": sigmoid, "T": len(steps)})


@of("memory", "a-product-of-jacobians")
def jacobians(seed: int) -> World:
    """A recurrent layer, and the Jacobian of each output by the output before."""
    # More factors than are written out, so that the dots stand for some.
    steps, n, drawn = _draws(seed, 1, T=6)
    x, W, V = (drawn[name] for name in ("x", "W", "V"))

    def run(at: At) -> None:
        a = at("a_i", np.zeros(n), 0)
        for tau in steps:
            z = at("z_i", x[tau] @ W + a @ V, tau)
            a = at("a_i", np.tanh(z), tau)

    base = world({}, run, running={"τ": steps})
    made = base.run()
    # Row and column change places: here the row says which number is moved.
    J = {tau: base.slope(("a_", tau), ("a_", tau - 1)).T for tau in steps}
    a = {tau: made["a_", tau] for tau in (0, *steps)}
    z = {tau: made["z_", tau] for tau in steps}
    values = _families({"J_i": J, "a_i": a, "z_i": z})
    return base.but({**values, "V": V, "f": np.tanh, "T": len(steps)})
