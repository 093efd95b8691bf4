"""The language model of the book has PyTorch's gradients, in all its arrays."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from peers import library

from backprop import softmax
from benchmarks.language import PLACES, language_model

torch = library("torch")
F = torch.nn.functional


def in_pytorch(P, x, positions):
    """The same model of PyTorch's own operations, in which the table is one tensor."""
    N, T = x.shape
    n = P["W", 1].shape[1]

    def normalized(a, *key):
        return F.layer_norm(a, (n,), P["gamma", *key], P["beta", *key])

    def split(a):
        return a.reshape(N, T, 2, n // 2).transpose(1, 2)

    a = F.embedding(x, P["W", 1]) + positions[:T]
    a_hat = normalized(a, 3, 1)
    q, k, v = (split(a_hat @ P[f"W_{name}", 3, 2]) for name in "qkv")
    mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    a = a + mixed.transpose(1, 2).reshape(N, T, n) @ P["W_o", 3, 2]
    z = F.gelu(normalized(a, 4, 1) @ P["W", 4, 2] + P["b", 4, 2], approximate="tanh")
    a = a + z @ P["W", 4, 3] + P["b", 4, 3]
    return F.linear(normalized(a, 5), P["W", 1])


@settings(max_examples=20, derandomize=True, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 9), st.integers(1, 4), st.integers(1, 9))
def test_a_language_model(seed, k, N, T):
    rng = np.random.default_rng(seed)
    model = language_model(rng, k, 8)
    model = model.with_parameters(
        {key: w + 0.1 * rng.normal(size=w.shape) for key, w in model.parameters.items()}
    )
    x, t = rng.integers(0, k, (2, N, T))
    z, pullback = model.forward(x)
    _, downhill = pullback((np.eye(k)[t] - softmax(z)) / t.size)

    P = {key: torch.tensor(w, requires_grad=True) for key, w in model.parameters.items()}
    positions = torch.tensor(model.layers[1].encoding)
    assert len(positions) == PLACES
    theirs = in_pytorch(P, torch.tensor(x), positions)
    F.cross_entropy(theirs.reshape(-1, k), torch.tensor(t).reshape(-1)).backward()

    np.testing.assert_allclose(z, theirs.detach().numpy(), rtol=1e-9, atol=1e-11)
    scale = max(np.linalg.norm(each) for each in downhill.values())
    assert scale > 0
    for key, w in P.items():
        off = np.linalg.norm(-downhill[key] - w.grad.numpy())
        assert off <= 1e-10 * scale, key
