"""Layers for images give what PyTorch gives, forward and back, with any setting.

Where PyTorch is not installed, these tests are skipped, unless BACKPROP_REQUIRE_PEERS says that
they must run.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from peers import library

from backprop import Convolution, Flatten, MaxPooling, MeanPooling

SEEDS = pytest.mark.parametrize("seed", range(30))
AXES = pytest.mark.parametrize("axes", [1, 2])


@pytest.fixture
def torch():
    return library("torch")


def agree(torch, layer, theirs, a, rng):
    """Compare the output, the gradient by the input, and those by all parameters."""
    tensors = {None: a, **layer.parameters}
    tensors = {key: torch.tensor(array, requires_grad=True) for key, array in tensors.items()}
    of_input, *of_parameters = tensors.values()
    output = theirs(of_input, *of_parameters)
    y, pullback = layer.forward(a)
    assert_equal_to(y, output.detach())
    g = rng.normal(size=y.shape)
    output.backward(torch.tensor(g))
    e, downhill = pullback(-g)
    for key, found in {None: e, **downhill}.items():
        assert_equal_to(-found, tensors[key].grad)


def assert_equal_to(found, tensor):
    right = tensor.numpy()
    assert found.shape == right.shape
    assert_allclose(found, right, rtol=1e-10, atol=1e-10 * np.max(np.abs(right)))


def sizes(rng, axes):
    """Return a size of the kernel or window along each axis, and a larger one of the input."""
    size = rng.integers(1, 5, axes)
    return size.tolist(), (size + rng.integers(0, 9, axes)).tolist()


@AXES
@SEEDS
def test_convolution(torch, axes, seed):
    rng = np.random.default_rng(seed)
    k, n = sizes(rng, axes)
    N, channels_in, channels_out = rng.integers(1, 6, 3)
    stride, padding = rng.integers(1, 5, axes).tolist(), rng.integers(0, k).tolist()
    w, b = rng.normal(size=(channels_out, channels_in, *k)), rng.normal(size=channels_out)
    layer = Convolution(w, b if seed % 2 else None, stride=stride, padding=padding)
    function = (torch.nn.functional.conv1d, torch.nn.functional.conv2d)[axes - 1]
    agree(
        torch,
        layer,
        lambda *arrays: function(*arrays, stride=stride, padding=padding),
        rng.normal(size=(N, channels_in, *n)),
        rng,
    )


@AXES
@SEEDS
@pytest.mark.parametrize(("kind", "name"), [(MaxPooling, "max_pool"), (MeanPooling, "avg_pool")])
def test_pooling(torch, kind, name, axes, seed):
    rng = np.random.default_rng(seed)
    size, n = sizes(rng, axes)
    stride = rng.integers(1, 6, axes).tolist() if seed % 2 else None
    function = getattr(torch.nn.functional, f"{name}{axes}d")
    a = rng.normal(size=(*rng.integers(1, 6, 2), *n))
    agree(torch, kind(size, stride), lambda a: function(a, size, stride), a, rng)


def test_of_numbers_that_tie_pytorch_takes_the_first(torch):
    a = np.ones((1, 1, 4))
    tensor = torch.tensor(a, requires_grad=True)
    torch.nn.functional.max_pool1d(tensor, 2).sum().backward()
    assert tensor.grad.tolist() == [[[1, 0, 1, 0]]]
    e, _ = MaxPooling(2).forward(a)[1](np.ones((1, 1, 2)))
    assert e.tolist() == [[[0.5, 0.5, 0.5, 0.5]]]


def test_flatten(torch):
    rng = np.random.default_rng(0)
    agree(torch, Flatten(), torch.nn.Flatten(), rng.normal(size=(5, 2, 3, 4)), rng)
