"""Right calls of convolution with channels, of pooling, and of their layers."""

import numpy as np
from odd import Right

from backprop import Convolution, Flatten, MaxPooling, MeanPooling, channels, pooling

RNG = np.random.default_rng(0)


def normal(*shape):
    values = RNG.normal(size=shape)
    return np.sign(values) * (np.abs(values) + 0.6)


def calls():
    # One axis of space, and two with settings that differ and leave something unseen.
    for n, k, stride, padding in (((8,), 3, 2, 1), ((7, 8), (2, 3), (2, 1), (1, 0))):
        yield from _calls_of_channels(n, k, stride, padding)
        yield from _calls_of_pooling(n, k, stride)
    yield Right(MaxPooling, {"size": 3, "stride": 2}, optional={"stride"})
    yield Right(MeanPooling, {"size": (2, 3), "stride": (1, 2)}, synonyms={"size": ["stride"]})
    yield Right(Flatten, {})
    yield Right(Flatten().forward, {"a": normal(5, 2, 3)}, free={"a"}, equation=True)


def _calls_of_channels(n, k, stride, padding):
    a, b = normal(5, 2, *n), normal(4)
    w = normal(4, 2, *np.broadcast_to(k, len(n)))
    moved = {"stride": stride, "padding": padding}
    delta = normal(*channels.channel_convolution(a, w, **moved).shape)
    both = {"w": ["a", "n", "delta", "b"], "b": ["w"], "k": ["a", "delta", "padding"]}
    both |= {"stride": ["delta"], "padding": ["delta"], "a": ["delta"], "n": ["delta"]}
    settings = {"synonyms": both, "equation": True}
    yield Right(
        channels.channel_convolution,
        {"a": a, "w": w, "b": b, **moved},
        free={"a", "w"},
        optional={"b"},
        **settings,
    )
    yield Right(
        channels.channel_convolution_error,
        {"delta": delta, "w": w, "n": n, **moved},
        free={"w"},
        **settings,
    )
    yield Right(
        channels.channel_kernel_step,
        {"a": a, "delta": delta, "k": k, "learning_rate": 0.5, **moved},
        free={"a"},
        **settings,
    )
    yield Right(
        channels.channel_bias_step,
        {"delta": delta, "learning_rate": 0.5},
        free={"delta"},
        equation=True,
    )
    yield Right(Convolution, {"w": w, "b": b, **moved}, free={"w"}, optional={"b"}, synonyms=both)
    yield Right(Convolution(w, b, **moved).forward, {"a": a}, free={"a"}, equation=True)


def _calls_of_pooling(n, size, stride):
    a = normal(5, 2, *n)
    moved = {"size": size, "stride": stride}
    e = normal(*pooling.mean_pooling(a, **moved).shape)
    both = {"a": ["e"], "n": ["e"], "size": ["a", "n", "e"], "stride": ["e"]}
    settings = {"synonyms": both, "equation": True, "optional": {"stride"}}
    for function in (pooling.max_pooling, pooling.mean_pooling):
        yield Right(function, {"a": a, **moved}, free={"a"}, **settings)
    yield Right(pooling.max_pooling_error, {"e": e, "a": a, **moved}, free={"a"}, **settings)
    yield Right(pooling.mean_pooling_error, {"e": e, "n": n, **moved}, free={"e"}, **settings)
    for layer in (MaxPooling(**moved), MeanPooling(**moved)):
        yield Right(layer.forward, {"a": a}, free={"a"}, equation=True)
