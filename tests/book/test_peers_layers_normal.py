"""Normalization, dropout and embedding, beside PyTorch's, in float64 and on random settings.

Where PyTorch is not installed, these tests are skipped, unless BACKPROP_REQUIRE_PEERS says that
they must run.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from peers import library

from backprop import (
    BatchNormalization,
    Dropout,
    Embedding,
    LayerNormalization,
    RMSNormalization,
    relative_error,
)

torch = library("torch")
SETTINGS = settings(max_examples=40, deadline=None, derandomize=True)
SEEDS = st.integers(0, 2**32 - 1)
LIMIT = 1e-10


def tensor(array):
    return torch.tensor(np.asarray(array), requires_grad=np.asarray(array).dtype.kind == "f")


def agree(found, right):
    assert found.shape == right.shape
    # What is 0 in one is 0 in the other but for rounding.
    assert np.allclose(found, right, rtol=0, atol=1e-13) or relative_error(found, right) < LIMIT


def compare(forward, a, c, module, parameters):
    """Forward and all gradients of the loss sum(c y) are those of a module of PyTorch's."""
    y, pullback = forward(a)
    e, downhill = pullback(-c)
    given = tensor(a)
    result = module(given)
    (result * torch.tensor(c)).sum().backward()
    agree(y, result.detach().numpy())
    if given.requires_grad:
        agree(-e, given.grad.numpy())
    assert downhill.keys() == parameters.keys()
    for name, parameter in parameters.items():
        agree(-downhill[name], parameter.grad.numpy())


def with_values(module, **values):
    """Give the parameters of a module values, and return them by our names."""
    ours = {"weight": "gamma", "bias": "beta"}
    for name, array in values.items():
        getattr(module, name).data = torch.tensor(array)
    return {ours[name]: getattr(module, name) for name in values}


def vectors(rng, n):
    return {"weight": rng.normal(size=n), "bias": rng.normal(size=n)}


@st.composite
def batches(draw):
    """A generator, and a batch with at least three numbers of each channel."""
    rng = np.random.default_rng(draw(SEEDS))
    places = draw(st.lists(st.integers(1, 5), max_size=2))
    shape = (draw(st.integers(3, 9)), draw(st.integers(1, 6)), *places)
    return rng, rng.normal(draw(st.floats(-5, 5)), draw(st.floats(0.5, 5)), shape)


@SETTINGS
@given(batches(), st.floats(0, 0.99), st.sampled_from([1e-5, 1e-3, 0.5]), st.integers(1, 4))
def test_batch_normalization(case, share, epsilon, steps):
    rng, a = case
    n = a.shape[1]
    kind = {2: torch.nn.BatchNorm1d, 3: torch.nn.BatchNorm1d, 4: torch.nn.BatchNorm2d}[a.ndim]
    module = kind(n, eps=epsilon, momentum=1 - share, dtype=torch.float64)
    values = vectors(rng, n)
    parameters = with_values(module, **values)
    layer = BatchNormalization(*values.values(), share=share, epsilon=epsilon)
    for _ in range(steps):
        module.zero_grad()
        compare(layer.training_forward, a, rng.normal(size=a.shape), module, parameters)
        agree(layer.running_mean, module.running_mean.numpy())
        agree(layer.running_variance, module.running_var.numpy())
        a = a * rng.uniform(0.5, 2) + rng.normal()
    module.eval().zero_grad()
    compare(layer.forward, a, rng.normal(size=a.shape), module, parameters)


def test_a_batch_of_one_is_refused_there_too():
    with pytest.raises(ValueError, match="Expected more than 1 value per channel"):
        torch.nn.BatchNorm1d(3)(torch.ones(1, 3))
    with pytest.raises(ValueError, match="2 numbers or more of each channel"):
        BatchNormalization(np.ones(3), np.zeros(3)).training_forward(np.ones((1, 3)))


@st.composite
def rows(draw):
    rng = np.random.default_rng(draw(SEEDS))
    shape = (*draw(st.lists(st.integers(1, 5), max_size=3)), draw(st.integers(3, 9)))
    return rng, rng.normal(draw(st.floats(-5, 5)), draw(st.floats(0.5, 5)), shape)


@SETTINGS
@given(rows(), st.sampled_from([1e-5, 1e-3, 0.5]))
def test_layer_normalization(case, epsilon):
    rng, a = case
    module = torch.nn.LayerNorm(a.shape[-1], eps=epsilon, dtype=torch.float64)
    values = vectors(rng, a.shape[-1])
    parameters = with_values(module, **values)
    layer = LayerNormalization(*values.values(), epsilon=epsilon)
    compare(layer.forward, a, rng.normal(size=a.shape), module, parameters)


@SETTINGS
@given(rows(), st.sampled_from([1e-6, 1e-5, 1e-3, 0.5]))
def test_rms_normalization(case, epsilon):
    rng, a = case
    module = torch.nn.RMSNorm(a.shape[-1], eps=epsilon, dtype=torch.float64)
    gamma = rng.normal(size=a.shape[-1])
    parameters = with_values(module, weight=gamma)
    layer = RMSNormalization(gamma, epsilon=epsilon)
    compare(layer.forward, a, rng.normal(size=a.shape), module, parameters)


def test_settings_that_nobody_gives_are_those_of_pytorch():
    module = torch.nn.BatchNorm1d(3)
    layer = BatchNormalization(np.ones(3), np.zeros(3))
    assert (layer.epsilon, 1 - layer.share) == (module.eps, pytest.approx(module.momentum))
    assert torch.nn.LayerNorm(3).eps == LayerNormalization(np.ones(3), np.zeros(3)).epsilon


@SETTINGS
@given(SEEDS, st.integers(1, 9), st.integers(1, 6), st.sampled_from([(7,), (7, 5), (1, 1)]))
def test_embedding(seed, k, n, shape):
    rng = np.random.default_rng(seed)
    W, a = rng.normal(size=(k, n)), rng.integers(0, k, shape)
    module = torch.nn.Embedding(k, n, dtype=torch.float64)
    module.weight.data = torch.tensor(W)
    layer = Embedding(W)
    compare(layer.forward, a, rng.normal(size=(*shape, n)), module, {"W": module.weight})


@SETTINGS
@given(SEEDS, st.sampled_from([0.0, 0.1, 0.5, 0.9]))
def test_dropout(seed, share):
    """Whatever is drawn, what is left is as large, and errors go back over the same numbers."""
    rng = np.random.default_rng(seed)
    a, c = rng.normal(size=(2, 30, 5))
    module = torch.nn.Dropout(share)
    layer = Dropout(share, rng)
    given = tensor(a)
    result = module(given)
    (result * torch.tensor(c)).sum().backward()
    y, pullback = layer.training_forward(a)
    e, _ = pullback(-c)
    theirs = result.detach().numpy()
    kept, kept_there = y != 0, theirs != 0
    both = kept & kept_there
    agree(y[both], theirs[both])
    agree(-e[both], given.grad.numpy()[both])
    assert not e[~kept].any()
    assert not given.grad.numpy()[~kept_there].any()
    compare(layer.forward, a, c, module.eval(), {})
