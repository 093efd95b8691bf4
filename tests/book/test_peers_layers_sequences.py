"""Layers that take sequences give what PyTorch's give, forward and back, on random settings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from peers import library

from backprop import GRU, LSTM, RecurrentLayer, SelfAttention
from backprop.attention import attention, attention_error, attention_weights, causal_mask

torch = library("torch")

CLOSE = 1e-10

SEED = st.integers(0, 2**32 - 1)


def random_sizes(k):
    return st.tuples(*[st.integers(1, 6)] * k)


def tensor(array, learned=True):
    return torch.tensor(array, dtype=torch.float64, requires_grad=learned)


def check(found, right):
    """All arrays are close, beside the largest of them: a gradient may be 0 but for rounding."""
    assert found.keys() == right.keys()
    scale = max(np.linalg.norm(each.detach().numpy()) for each in right.values())
    for key, array in found.items():
        other = right[key].detach().numpy()
        assert array.shape == other.shape, key
        size = np.linalg.norm(other)
        off = np.linalg.norm(array - other)
        assert off <= CLOSE * (size if size > 1e-5 * scale else scale), key


PEERS = {RecurrentLayer: torch.nn.RNN, LSTM: torch.nn.LSTM, GRU: torch.nn.GRU}
GATES = {RecurrentLayer: 1, LSTM: 4, GRU: 3}


@settings(max_examples=30, derandomize=True, deadline=None)
@pytest.mark.parametrize("kind", PEERS)
@given(SEED, random_sizes(4), st.booleans(), st.booleans())
def test_layers_with_a_memory(kind, seed, sizes, biases, every_time_step):
    rng, (N, T, n_0, n_1), k = np.random.default_rng(seed), sizes, GATES[kind]
    W, V = rng.normal(size=(n_0, k * n_1)), rng.normal(size=(n_1, k * n_1))
    b = {"b": rng.normal(size=k * n_1)} if biases else {}
    b |= {"b_V": rng.normal(size=k * n_1)} if biases and kind is GRU else {}
    layer = kind(W, V, **b, every_time_step=every_time_step)

    # Theirs hold W and V transposed, and have two biases always: one of 0 stands for none.
    theirs = PEERS[kind](n_0, n_1, bias=biases, batch_first=True, dtype=torch.float64)
    zero = np.zeros(k * n_1)
    state = {"weight_ih_l0": W.T, "weight_hh_l0": V.T}
    state |= {"bias_ih_l0": b["b"], "bias_hh_l0": b.get("b_V", zero)} if biases else {}
    theirs.load_state_dict({name: tensor(each, learned=False) for name, each in state.items()})

    a = rng.normal(size=(N, T, n_0))
    y, pullback = layer.forward(a)
    e = rng.normal(size=y.shape)
    e_in, downhill = pullback(e)
    x = tensor(a)
    y_theirs, _ = theirs(x)
    y_theirs = y_theirs if every_time_step else y_theirs[:, -1]
    y_theirs.backward(tensor(-e, learned=False))

    check({"y": y}, {"y": y_theirs})
    found = {"a": -e_in} | {name: -each for name, each in downhill.items()}
    right = {"a": x.grad, "W": theirs.weight_ih_l0.grad.T, "V": theirs.weight_hh_l0.grad.T}
    if biases:
        right["b"] = theirs.bias_ih_l0.grad
    if "b_V" in b:
        right["b_V"] = theirs.bias_hh_l0.grad
    check(found, right)


@settings(max_examples=50, derandomize=True, deadline=None)
@given(SEED, random_sizes(6), st.sampled_from(["none", "any", "causal"]))
def test_scaled_dot_product_attention(seed, sizes, kind):
    rng, (N, heads, T_q, T_k, d, m) = np.random.default_rng(seed), sizes
    T_k = T_q if kind == "causal" else T_k
    q, k = rng.normal(size=(N, heads, T_q, d)), rng.normal(size=(N, heads, T_k, d))
    v, e = rng.normal(size=(N, heads, T_k, m)), rng.normal(size=(N, heads, T_q, m))
    mask = None
    if kind == "any":
        mask = rng.random((T_q, T_k)) < 0.5
        mask[np.arange(T_q), rng.integers(0, T_k, T_q)] = True
    if kind == "causal":
        mask = causal_mask(T_q)

    theirs = [tensor(each) for each in (q, k, v)]
    options = {"is_causal": True} if kind == "causal" else {}
    options |= {"attn_mask": torch.tensor(mask)} if kind == "any" else {}
    y = torch.nn.functional.scaled_dot_product_attention(*theirs, **options)
    y.backward(tensor(-e, learned=False))
    check({"y": attention(q, k, v, mask)}, {"y": y})
    errors = attention_error(e, q, k, v, attention_weights(q, k, mask))
    found = {name: -each for name, each in zip("qkv", errors, strict=True)}
    check(found, {name: each.grad for name, each in zip("qkv", theirs, strict=True)})


@settings(max_examples=50, derandomize=True, deadline=None)
@given(SEED, random_sizes(4), st.booleans(), st.booleans())
def test_self_attention(seed, sizes, biases, causal):
    rng, (N, T, heads, d) = np.random.default_rng(seed), sizes
    n = heads * d
    W = {f"W_{x}": rng.normal(size=(n, n)) for x in "qkvo"}
    b = {f"b_{x}": rng.normal(size=n) for x in "qkvo"} if biases else {}
    layer = SelfAttention(**W, heads=heads, **b, causal=causal)

    theirs = torch.nn.MultiheadAttention(
        n, heads, bias=biases, batch_first=True, dtype=torch.float64
    )
    state = {
        "in_proj_weight": np.concatenate([W[f"W_{x}"].T for x in "qkv"]),
        "out_proj.weight": W["W_o"].T,
    }
    if biases:
        state["in_proj_bias"] = np.concatenate([b[f"b_{x}"] for x in "qkv"])
        state["out_proj.bias"] = b["b_o"]
    theirs.load_state_dict({name: tensor(each, learned=False) for name, each in state.items()})

    a, e = rng.normal(size=(N, T, n)), rng.normal(size=(N, T, n))
    y, pullback = layer.forward(a)
    e_in, downhill = pullback(e)
    x = tensor(a)
    # There, True is where attention is not allowed.
    mask = torch.tensor(~causal_mask(T)) if causal else None
    y_theirs, _ = theirs(x, x, x, attn_mask=mask, need_weights=False)
    y_theirs.backward(tensor(-e, learned=False))

    check({"y": y}, {"y": y_theirs})
    found = {"a": -e_in} | {name: -each for name, each in downhill.items()}
    parts = zip("qkv", theirs.in_proj_weight.grad.chunk(3), strict=True)
    right = {"a": x.grad, "W_o": theirs.out_proj.weight.grad.T}
    right |= {f"W_{x}": each.T for x, each in parts}
    if biases:
        parts = zip("qkv", theirs.in_proj_bias.grad.chunk(3), strict=True)
        right |= {f"b_{x}": each for x, each in parts} | {"b_o": theirs.out_proj.bias.grad}
    check(found, right)
