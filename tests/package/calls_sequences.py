"""Right calls of the layers that take sequences, and of their equations."""

import numpy as np
from odd import Right

from backprop import GRU, LSTM, RecurrentLayer, SelfAttention, activations, attention, memory, tanh

RNG = np.random.default_rng(0)


def normal(*shape):
    # Far enough from 0 that rounding leaves something of it.
    values = RNG.normal(size=shape)
    return np.sign(values) * (np.abs(values) + 0.6)


def calls():
    yield from calls_of_moments()
    yield from calls_of_layers_with_memory()
    yield from calls_of_attention()
    yield from calls_of_self_attention()


def calls_of_moments():
    for rows in ((), (5,)):
        h, e = normal(*rows, 3), normal(*rows, 3)
        V = normal(3, 3)
        yield Right(
            memory.recurrent_step,
            {"z": normal(*rows, 3), "h_before": h, "V": V, "activation": tanh},
            equation=True,
        )
        yield Right(
            memory.recurrent_step_error,
            {"e": e, "h": h, "V": V, "activation": tanh},
            equation=True,
        )
        V, c = normal(3, 12), normal(*rows, 3)
        yield Right(
            memory.lstm_step,
            {"z": normal(*rows, 12), "h_before": h, "c_before": c, "V": V},
            equation=True,
        )
        errors = {"e_h": e, "e_c": normal(*rows, 3)}
        kept = {"c_before": c, "c": normal(*rows, 3), "gates": normal(*rows, 12)}
        yield Right(memory.lstm_step_error, {**errors, **kept, "V": V}, equation=True)
        V, b = normal(3, 9), normal(9)
        yield Right(
            memory.gru_step,
            {"z": normal(*rows, 9), "h_before": h, "V": V, "b_V": b},
            optional={"b_V"},
            equation=True,
        )
        kept = {"h_before": h, "gates": normal(*rows, 9), "u_g": normal(*rows, 3)}
        yield Right(memory.gru_step_error, {"e": e, **kept, "V": V}, equation=True)


def calls_of_layers_with_memory():
    for kind, gates in ((RecurrentLayer, 1), (LSTM, 4), (GRU, 3)):
        right = {"W": normal(2, 3 * gates), "V": normal(3, 3 * gates), "b": normal(3 * gates)}
        right |= {"activation": tanh} if kind is RecurrentLayer else {}
        right |= {"b_V": normal(3 * gates)} if kind is GRU else {}
        for every_moment in (True, False):
            yield Right(kind, {**right, "every_moment": every_moment}, optional={"b", "b_V"})
            layer = kind(**right, every_moment=every_moment)
            yield Right(layer.forward, {"a": normal(5, 4, 2)}, equation=True)


def calls_of_attention():
    yield Right(attention.causal_mask, {"T": 5})
    for before in ((), (6,)):
        q, k, v = normal(*before, 4, 3), normal(*before, 5, 3), normal(*before, 5, 2)
        mask = np.tri(4, 5, dtype=bool)
        for given in ({}, {"mask": mask}):
            options = {"free": {"q", "v"}, "optional": {"mask"}, "equation": True}
            yield Right(attention.attention_weights, {"q": q, "k": k, **given}, **options)
            yield Right(attention.attention, {"q": q, "k": k, "v": v, **given}, **options)
        p, e = attention.attention_weights(q, k, mask), normal(*before, 4, 2)
        given = {"e": e, "q": q, "k": k, "v": v, "p": p}
        yield Right(attention.attention_error, given, equation=True)
        yield Right(
            activations.softmax_error, {"e": normal(*before, 3), "a": p[..., 0, :3]}, equation=True
        )


def calls_of_self_attention():
    W = {"W_q": normal(3, 4), "W_k": normal(3, 4), "W_v": normal(3, 6), "W_o": normal(6, 5)}
    b = {"b_q": normal(4), "b_k": normal(4), "b_v": normal(6), "b_o": normal(5)}
    for causal in (True, False):
        right = {**W, "heads": 2, **b, "causal": causal}
        yield Right(SelfAttention, right, optional=set(b))
        yield Right(SelfAttention(**right).forward, {"a": normal(5, 4, 3)}, equation=True)
    yield Right(
        attention.split_heads, {"a": normal(5, 3, 4), "heads": 2}, free={"a"}, equation=True
    )
    yield Right(attention.join_heads, {"a": normal(5, 2, 3, 1)}, free={"a"}, equation=True)
