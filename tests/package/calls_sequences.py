"""Right calls of the layers that take sequences, and of their equations."""

import numpy as np
from odd import Right

from backprop import (
    GRU,
    LSTM,
    Dense,
    Embedding,
    RecurrentLayer,
    SelfAttention,
    Tied,
    activations,
    attention,
    blockwise,
    gates,
    recurrent,
    tanh,
    tied,
)

RNG = np.random.default_rng(0)


def normal(*shape):
    # Far enough from 0 that rounding leaves something of it.
    values = RNG.normal(size=shape)
    return np.sign(values) * (np.abs(values) + 0.6)


def calls():
    yield from calls_of_time_steps()
    yield from calls_of_layers_with_memory()
    yield from calls_of_attention()
    yield from calls_of_blockwise_attention()
    yield from calls_of_self_attention()
    yield from calls_of_a_table_used_twice()


def calls_of_time_steps():
    for rows in ((), (5,)):
        x, e, h, delta = normal(*rows, 2), normal(*rows, 3), normal(*rows, 3), normal(*rows, 4)
        given = {"x": x, "W": normal(2, 4), "b": normal(4), "a_before": h, "V": normal(3, 4)}
        yield Right(recurrent.recurrent_input, given, optional={"b"}, equation=True)
        given = {"e_out": e, "delta_after": delta, "V": normal(3, 4)}
        yield Right(recurrent.time_error, given, equation=True)
        given = {"a": normal(*rows, 6, 4), "delta": normal(*rows, 6, 3), "learning_rate": 0.5}
        yield Right(recurrent.step_over_time, given, free={"a", "delta"}, equation=True)
        c, kept = normal(*rows, 3), {"c": normal(*rows, 3), "gates": normal(*rows, 12)}
        yield Right(gates.lstm_step, {"z": normal(*rows, 12), "c_before": c}, equation=True)
        given = {"e_h": e, "e_c": normal(*rows, 3), "c_before": c, **kept}
        yield Right(gates.lstm_step_error, given, equation=True)
        u = normal(*rows, 9)
        given = {"z": normal(*rows, 9), "u": u, "h_before": h}
        yield Right(gates.gru_step, given, equation=True)
        given = {"e": e, "u": u, "h_before": h, "gates": normal(*rows, 9)}
        yield Right(gates.gru_step_error, given, equation=True)


def calls_of_layers_with_memory():
    for kind, k in ((RecurrentLayer, 1), (LSTM, 4), (GRU, 3)):
        right = {"W": normal(2, 3 * k), "V": normal(3, 3 * k), "b": normal(3 * k)}
        right |= {"activation": tanh} if kind is RecurrentLayer else {}
        right |= {"b_V": normal(3 * k)} if kind is GRU else {}
        for every_time_step in (True, False):
            yield Right(kind, {**right, "every_time_step": every_time_step}, optional={"b", "b_V"})
            layer = kind(**right, every_time_step=every_time_step)
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
        yield Right(attention.attention_scores, {"q": q, "k": k}, free={"q", "k"}, equation=True)
        p, e = attention.attention_weights(q, k, mask), normal(*before, 4, 2)
        given = {"e": e, "q": q, "k": k, "v": v, "p": p}
        yield Right(attention.attention_error, given, equation=True)
        yield Right(
            activations.softmax_error, {"e": normal(*before, 3), "a": p[..., 0, :3]}, equation=True
        )


def calls_of_blockwise_attention():
    q, k, v, e = normal(4, 3), normal(5, 3), normal(5, 2), normal(4, 2)
    given = {"q": q, "k": k, "v": v, "size": 2}
    yield Right(blockwise.blockwise_attention, given, free={"q", "v"}, equation=True)
    y, log_sums = blockwise.blockwise_attention(**given)
    given = {"e": e, "q": q, "k": k, "v": v, "y": y, "log_sums": log_sums, "size": 2}
    yield Right(blockwise.blockwise_error, given, equation=True)
    given = {"q": q, "k": k[:2], "log_sums": log_sums}
    yield Right(blockwise.recomputed_weights, given, free={"k"}, equation=True)
    yield Right(blockwise.mean_error, {"e": e, "y": y}, equation=True)


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


def calls_of_a_table_used_twice():
    model, W = Tied(Embedding(normal(7, 3)), Dense(normal(3, 3))), normal(7, 3)
    for shape in ((5,), (5, 4)):
        h, delta = normal(*shape, 3), normal(*shape, 7)
        yield Right(tied.tied_scores, {"h": h, "W": W}, free={"h", "W"}, equation=True)
        given = {"of_rows": normal(7, 3), "h": h, "delta": delta}
        yield Right(tied.tied_downhill, given, equation=True)
        a = RNG.integers(0, 7, shape)
        yield Right(model.forward, {"a": a}, free={"a"}, equation=True)
        yield Right(model.training_forward, {"a": a}, free={"a"}, equation=True)
        given = {"a": a, "a_dot": normal(*shape)}
        yield Right(model.jvp, given, synonyms={"a": ["a_dot"]}, equation=True)
