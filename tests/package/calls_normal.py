"""Right calls of normalization, dropout and embedding."""

import numpy as np
from odd import Right

from backprop import (
    BatchNormalization,
    Dropout,
    Embedding,
    LayerNormalization,
    PositionalEncoding,
    RMSNormalization,
    dropout,
    embedding,
    normalization,
)

RNG = np.random.default_rng(0)


def normal(*shape):
    # Far enough from 0 that rounding leaves something of it.
    values = RNG.normal(size=shape)
    return np.sign(values) * (np.abs(values) + 0.6)


def calls():
    yield from calls_of_normalization()
    yield from calls_of_dropout()
    yield from calls_of_embedding()


def calls_of_normalization():
    for rows in ((), (5,), (5, 2)):
        a = normal(*rows, 4)
        yield Right(normalization.centered, {"a": a}, free={"a"}, equation=True)
        yield Right(
            normalization.root_mean_square, {"a": a, "epsilon": 0.1}, free={"a"}, equation=True
        )
        for function in (normalization.normalized_error, normalization.standardized_error):
            yield Right(
                function,
                {"e": normal(*rows, 4), "a_hat": a, "spread": np.abs(normal(*rows, 1))},
                synonyms={"e": ["a_hat", "spread"]},
                equation=True,
            )
        yield Right(
            normalization.running_average,
            {"before": a, "now": normal(*rows, 4), "share": 0.9},
            synonyms={"before": ["now"]},
            equation=True,
        )
        for layer in (LayerNormalization(normal(4), normal(4)), RMSNormalization(normal(4))):
            yield Right(
                layer.forward,
                {"a": a},
                free={"a"},
                equation=True,
                errors=(FloatingPointError,),
            )
    for places in ((), (3,), (3, 1)):
        layer = BatchNormalization(normal(4), normal(4))
        a = normal(5, 4, *places)
        free = {"a"} if places else set()
        yield Right(layer.forward, {"a": a}, free=free, equation=True)
        yield Right(layer.training_forward, {"a": a}, changed={"self"}, free=free, equation=True)
    vectors = {"gamma": normal(4), "beta": normal(4)}
    both = {"gamma": ["beta"]}
    yield Right(LayerNormalization, {**vectors, "epsilon": 0.1}, synonyms=both)
    yield Right(RMSNormalization, {"gamma": normal(4), "epsilon": 0.1}, free={"gamma"})
    yield Right(BatchNormalization, {**vectors, "share": 0.9, "epsilon": 0.1}, synonyms=both)


def calls_of_dropout():
    a, rng = normal(5, 4), np.random.default_rng(1)
    layer = Dropout(0.5, rng)
    yield Right(
        dropout.dropout_mask,
        {"a": a, "share": 0.5, "rng": rng},
        changed={"rng"},
        free={"a"},
        optional={"a"},
        equation=True,
    )
    yield Right(dropout.dropped, {"a": a, "mask": normal(5, 4)}, equation=True)
    yield Right(Dropout, {"share": 0.5, "rng": rng})
    yield Right(layer.forward, {"a": a}, free={"a"}, optional={"a"}, equation=True)
    yield Right(
        layer.training_forward,
        {"a": a},
        changed={"self"},
        free={"a"},
        optional={"a"},
        equation=True,
    )


def calls_of_embedding():
    layer, places = Embedding(normal(30, 3)), PositionalEncoding(6, 4)
    for shape in ((5,), (5, 6)):
        a = RNG.integers(0, 30, shape)
        yield Right(embedding.embedding, {"a": a, "W": normal(30, 3)}, free={"W"}, equation=True)
        yield Right(
            embedding.embedding_downhill,
            {"a": a, "e": normal(*shape, 3), "k": 30},
            synonyms={"a": ["e"], "k": ["a"]},
            free={"e"},
            equation=True,
        )
        yield Right(layer.forward, {"a": a}, free={"a"}, equation=True)
        yield Right(
            layer.jvp, {"a": a, "a_dot": normal(*shape)}, synonyms={"a": ["a_dot"]}, equation=True
        )
    for rows in ((), (3,)):
        yield Right(places.forward, {"a": normal(*rows, 5, 4)}, free={"a"}, equation=True)
    yield Right(embedding.positional_encoding, {"T": 6, "n": 4}, synonyms={"n": ["T"]})
    yield Right(Embedding, {"W": normal(30, 3)}, free={"W"})
    yield Right(PositionalEncoding, {"T": 6, "n": 4}, synonyms={"n": ["T"]})
