"""The engine of chapter 13 against two others on two moons, and its growth to a million nodes."""

from __future__ import annotations

import argparse
import gc
import math
import time
import tracemalloc

import numpy as np

from backprop import Variable, datasets, gradients
from benchmarks import measuring

HIDDEN = 16


class Number:
    """A number that remembers how it was computed: an engine as many tutorials write it."""

    def __init__(self, value, parents=()):
        self.value, self.parents, self.slope = value, parents, 0.0

    def __add__(self, other):
        return Number(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        return Number(self.value * other.value, ((self, other.value), (other, self.value)))

    def tanh(self):
        a = math.tanh(self.value)
        return Number(a, ((self, 1 - a * a),))

    def back(self):
        order, seen, waiting = [], set(), [(self, False)]
        while waiting:
            node, done = waiting.pop()
            if done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                waiting.append((node, True))
                waiting += [(parent, False) for parent, _ in node.parents]
        self.slope = 1.0
        for node in reversed(order):
            for parent, slope in node.parents:
                parent.slope += slope * node.slope


def moons():
    """Return inputs, targets in a column, and weights of a 2-16-1 network."""
    x, target = datasets.two_moons(50, 0.1, rng=np.random.default_rng(0))
    rng = np.random.default_rng(1)
    return x, target.reshape(-1, 1), [rng.normal(size=(2, HIDDEN)), rng.normal(size=(HIDDEN, 1))]


def ours():
    x, target, W = moons()

    def loss_and_gradient():
        W_1, W_2 = (Variable(each) for each in W)
        error = target - np.tanh(np.tanh(x @ W_1) @ W_2)
        return gradients((error * error).sum(), [W_1, W_2])

    return loss_and_gradient


def hips_autograd():
    import autograd
    import autograd.numpy as anp

    x, target, W = moons()

    def loss(W):
        error = target - anp.tanh(anp.dot(anp.tanh(anp.dot(x, W[0])), W[1]))
        return anp.sum(error * error)

    slopes = autograd.grad(loss)
    return lambda: slopes(W)


def scalars():
    x, target, W = moons()

    def loss_and_gradient():
        W_1, W_2 = ([[Number(w) for w in row] for row in each.tolist()] for each in W)
        minus, loss = Number(-1.0), Number(0.0)
        for example, (wanted,) in zip(x.tolist(), target.tolist(), strict=True):
            inputs = [Number(value) for value in example]
            hidden = []
            for j in range(HIDDEN):
                hidden.append((inputs[0] * W_1[0][j] + inputs[1] * W_1[1][j]).tanh())
            z = hidden[0] * W_2[0][0]
            for j in range(1, HIDDEN):
                z = z + hidden[j] * W_2[j][0]
            error = Number(wanted) + minus * z.tanh()
            loss = loss + error * error
        loss.back()
        return [np.array([[w.slope for w in row] for row in each]) for each in (W_1, W_2)]

    return loss_and_gradient


def growth(sizes):
    """Yield nodes, seconds of the gradient, and bytes of the graph, for chains of sizes."""
    for nodes in sizes:
        gc.collect()
        start = time.perf_counter()
        first = y = Variable(1.0)
        for _ in range(nodes):
            y = y * 0.999999
        middle = time.perf_counter()
        gradients(y, [first])
        end = time.perf_counter()
        yield {"nodes": 2 * nodes + 1, "forward": middle - start, "backward": end - middle}
        del first, y


def memory(nodes=20_000):
    """Return the bytes that a node takes."""
    gc.collect()
    tracemalloc.start()
    y = Variable(1.0)
    for _ in range(nodes):
        y = y * 0.999999
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return taken / (2 * nodes)


def main(quick: bool = False) -> None:
    """Measure, print and save."""
    makers = {"backprop": ours, "HIPS autograd": hips_autograd, "a scalar engine": scalars}
    there, missing, expected = {}, [], ours()()
    for name, make in makers.items():
        try:
            there[name] = make()
        except ImportError:
            missing.append(name)
            continue
        for mine, theirs in zip(expected, there[name](), strict=True):
            np.testing.assert_allclose(theirs, mine, rtol=1e-9)
    taken = measuring.alternating(there, 2 if quick else 20, 7 if quick else 101)
    milliseconds = {name: float(f"{1e3 * t:.4g}") for name, t in taken.items()}
    for name, t in milliseconds.items():
        print(f"  {name:20}{t:10.2f} ms{t / milliseconds['backprop']:8.1f}")
    for name in missing:
        print(f"  {name:20} not run: not installed")
    sizes = (500, 5_000, 50_000) if quick else (500, 5_000, 50_000, 150_000, 300_000, 500_000)
    # The first graph of a process pays for more than its nodes.
    _, *grown = growth((sizes[0], *sizes))
    for each in grown:
        both = each["forward"] + each["backward"]
        print(
            f"  {each['nodes']:9,} nodes {both:7.2f} s, {1e6 * both / each['nodes']:5.2f} us a node"
        )
    measured = {"milliseconds": milliseconds, "not run": missing, "growth": grown}
    measured["bytes per node"] = round(memory())
    measuring.save("engine", measured, "numpy", "autograd")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few repetitions")
    main(parser.parse_args().quick)
