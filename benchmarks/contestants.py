"""Programs that take one and the same training step.

Units of hidden layers are sigmoid, those of the last are linear, and the loss is half the squared
error, averaged over the batch: of what all of them can do, the simplest. Each contestant is made
from a network, a batch and a learning rate, and gives a function that takes a step, and one that
tells its weights, as (n_in, n_out) arrays.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np

from backprop import GradientDescent, Layer, Network, identity, sigmoid
from backprop.training import _Learner

Step = Callable[[], object]
Weights = Callable[[], list[np.ndarray]]


def problem(sizes, N, dtype):
    """Return a network, a batch of inputs and one of targets."""
    rng = np.random.default_rng(0)
    layers = []
    for l, (n_in, n_out) in enumerate(pairwise(sizes), 1):
        W = rng.normal(0, n_in**-0.5, (n_in, n_out)).astype(dtype)
        b = np.zeros(n_out, dtype)
        layers.append(Layer(W, b, identity if l == len(sizes) - 1 else sigmoid))
    x = rng.normal(size=(N, sizes[0])).astype(dtype)
    return Network(layers), x, rng.uniform(0, 1, (N, sizes[-1])).astype(dtype)


def ours(network, x, target, learning_rate) -> tuple[Step, Weights]:
    network = network.copy()

    def step():
        backward = network.backward(network.forward(x), target)
        network.apply(backward.steps(learning_rate))

    return step, lambda: [layer.W for layer in network]


def ours_in_train(network, x, target, learning_rate) -> tuple[Step, Weights]:
    """What `train` does for each batch."""
    network = network.copy()
    learner = _Learner(network, GradientDescent(learning_rate), 0.0, x)
    return (
        lambda: learner.learn(x, target, 1),
        lambda: [layer.W for layer in network],
    )


def products(network, x, _target, _learning_rate) -> tuple[Step, None]:
    """The floor: the matrix products of a step, into arrays that are there already."""
    W = [layer.W.copy() for layer in network]
    a = [x, *(np.full((len(x), each.shape[1]), 0.5, x.dtype) for each in W)]
    into = [np.empty_like(each) for each in a]
    delta = [np.full_like(each, 0.01) for each in a]
    steps = [np.empty_like(each) for each in W]

    def step():
        for l, each in enumerate(W):
            np.matmul(a[l], each, out=into[l + 1])
        for l in range(len(W) - 1, -1, -1):
            np.matmul(a[l].T, delta[l + 1], out=steps[l])
            if l:
                np.matmul(delta[l + 1], W[l].T, out=into[l])

    return step, None


def pytorch(network, x, target, learning_rate) -> tuple[Step, Weights]:
    import torch

    parts: list[torch.nn.Module] = []
    for layer in network:
        linear = torch.nn.Linear(*layer.W.shape)
        linear.weight = torch.nn.Parameter(torch.tensor(np.ascontiguousarray(layer.W.T)))
        linear.bias = torch.nn.Parameter(torch.tensor(layer.b))
        parts += [linear, torch.nn.Sigmoid()]
    model = torch.nn.Sequential(*parts[:-1])
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    x, target, N = torch.tensor(x), torch.tensor(target), len(x)

    def step():
        optimizer.zero_grad()
        loss = ((target - model(x)) ** 2).sum() / (2 * N)
        loss.backward()
        optimizer.step()

    return step, lambda: [each.weight.detach().numpy().T for each in model[::2]]


def jax_compiled(network, x, target, learning_rate) -> tuple[Step, Weights]:
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
    x, target, N = jax.numpy.asarray(x), jax.numpy.asarray(target), len(x)
    last = len(network) - 1

    def loss(parameters):
        a = x
        for l, (W, b) in enumerate(parameters):
            z = a @ W + b
            a = z if l == last else jax.nn.sigmoid(z)
        return ((target - a) ** 2).sum() / (2 * N)

    def update(parameters):
        gradients = jax.grad(loss)(parameters)
        return jax.tree.map(lambda p, g: p - learning_rate * g, parameters, gradients)

    compiled = jax.jit(update, donate_argnums=0)
    now = [[jax.numpy.array(layer.W), jax.numpy.array(layer.b)] for layer in network]

    def step():
        nonlocal now
        now = jax.block_until_ready(compiled(now))

    return step, lambda: [np.array(W) for W, _ in now]


def scikit_learn(network, x, target, learning_rate) -> tuple[Step, Weights]:
    """Its regressor: it has the same loss, and no labels to bring into another form each time."""
    from sklearn.neural_network import MLPRegressor

    model = MLPRegressor(
        hidden_layer_sizes=network.sizes[1:-1],
        activation="logistic",
        solver="sgd",
        alpha=0.0,
        batch_size=len(x),
        learning_rate_init=learning_rate,
        shuffle=False,
        momentum=0.0,
        nesterovs_momentum=False,
    )
    target = target.ravel() if target.shape[1] == 1 else target
    model.partial_fit(x, target)
    for l, layer in enumerate(network):
        model.coefs_[l][...], model.intercepts_[l][...] = layer.W, layer.b
    return lambda: model.partial_fit(x, target), lambda: model.coefs_


def hips_autograd(network, x, target, learning_rate) -> tuple[Step, Weights]:
    import autograd
    import autograd.numpy as anp

    last = len(network) - 1

    def loss(parameters):
        a = x
        for l, (W, b) in enumerate(parameters):
            z = anp.dot(a, W) + b
            a = z if l == last else 1 / (1 + anp.exp(-z))
        return anp.sum((target - a) ** 2) / (2 * len(x))

    gradient = autograd.grad(loss)
    now = [(layer.W.copy(), layer.b.copy()) for layer in network]

    def step():
        for parameters, slopes in zip(now, gradient(now), strict=True):
            for each, slope in zip(parameters, slopes, strict=True):
                each -= learning_rate * slope

    return step, lambda: [W for W, _ in now]


def loop(network, x, target, learning_rate) -> tuple[Step, Weights]:
    """What most tutorials show: an example at a time, with all numbers of a layer at once."""
    W = [layer.W.copy() for layer in network]
    b = [layer.b.copy() for layer in network]

    def step():
        steps_W = [np.zeros_like(each) for each in W]
        steps_b = [np.zeros_like(each) for each in b]
        for example, wanted in zip(x, target, strict=True):
            outputs = [example]
            for l in range(len(W)):
                z = outputs[-1] @ W[l] + b[l]
                outputs.append(z if l == len(W) - 1 else 1 / (1 + np.exp(-z)))
            delta = wanted - outputs[-1]
            for l in range(len(W) - 1, -1, -1):
                steps_W[l] += np.outer(outputs[l], delta)
                steps_b[l] += delta
                if l:
                    delta = (W[l] @ delta) * outputs[l] * (1 - outputs[l])
        for l in range(len(W)):
            W[l] += learning_rate / len(x) * steps_W[l]
            b[l] += learning_rate / len(x) * steps_b[l]

    return step, lambda: W


CONTESTANTS = {
    "matrix products alone": products,
    "backprop": ours,
    "backprop, in train": ours_in_train,
    "PyTorch": pytorch,
    "JAX, compiled": jax_compiled,
    "scikit-learn": scikit_learn,
    "HIPS autograd": hips_autograd,
    "an example at a time": loop,
}


def ready(network, x, target) -> Iterator[tuple[str, Step | None]]:
    """Yield each contestant's step once it is shown to be the same; none if not installed.

    Raises
    ------
    AssertionError
        A contestant's step leads to other weights than ours.
    """
    learning_rate = 0.01
    expected, weights = ours(network, x, target, learning_rate)
    expected()
    bound = 1e-3 if x.dtype == np.float32 else 1e-9
    for name, make in CONTESTANTS.items():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                step, told = make(network, x, target, learning_rate)
        except ImportError:
            yield name, None
            continue
        step()
        for l, now in enumerate(told() if told else []):
            before, right = network[l + 1].W, weights()[l]
            off = np.linalg.norm(now - right) / np.linalg.norm(right - before)
            assert off < bound, f"{name} takes another step in layer {l + 1}: off by {off:.1e}"
            assert now.dtype == x.dtype, f"{name} works in {now.dtype}"
        yield name, step
