"""A formula in a docstring is evaluated, and gives what its function gives."""

import ast
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose

from backprop import (
    activations,
    attention,
    blockwise,
    channels,
    dense,
    dropout,
    embedding,
    gates,
    glorot,
    he,
    normalization,
    tied,
)
from backprop import softmax as softmax_units
from book.source import pages

FORMULA = re.compile(r"`([^`\n]+)`")
WRITTEN_OUT = re.compile(r"\b\w+ = [\w(][^`\n]* [-+*/] .*|[\w)] / [\w(]|[\w)]\*\*|\bsqrt\(")
"""What looks like a formula, outside backquotes."""
RNG = np.random.default_rng(0)


def softmax(z):
    return softmax_units.function(z)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


FUNCTIONS = {"exp": np.exp, "softmax": softmax, "sqrt": np.sqrt, "tanh": np.tanh}


def of_activations():
    z = RNG.normal(size=5)
    yield "1 / (1 + exp(-z))", {"z": z}, activations.sigmoid.function(z)
    for formula, units in {
        "a * (1 - a)": activations.sigmoid,
        "1 - a**2": activations.tanh,
    }.items():
        yield formula, {"a": units.function(z)}, complex_step_of(units, z)


def complex_step_of(units, z):
    return units.function(z + 1e-30j).imag / 1e-30


def of_attention():
    x = RNG.normal(size=(2, 3, 6))
    heads = attention.split_heads(x, 2)
    yield "n // heads", {"n": 6, "heads": 2}, heads.shape[-1]
    q, k = RNG.normal(size=(2, 3, 4)), RNG.normal(size=(2, 5, 4))
    yield "q @ k.mT / sqrt(d)", {"q": q, "k": k, "d": 4}, attention.attention_scores(q, k)


def of_blockwise():
    q, k, v, e = (RNG.normal(size=(4, 3)) for _ in range(4))
    p, mean = (
        attention.attention_weights(q, k),
        blockwise.mean_error(e, attention.attention(q, k, v)),
    )
    assert_allclose((p * (e @ v.T)).sum(axis=1, keepdims=True), mean, rtol=1e-12)
    yield "p * (e @ v.T)", None, None


def of_channels():
    a, w, b = RNG.normal(size=(1, 2, 9)), RNG.normal(size=(3, 2, 4)), RNG.normal(size=3)
    s, p, n, k = 2, 1, 9, 4
    z = channels.channel_convolution(a, w, b, stride=s, padding=p)
    yield "m = (n + 2 * p - k) // s + 1", {"n": n, "p": p, "k": k, "s": s}, z.shape[2]
    # Outside the input a is 0.
    a = {(c, i): a[0, c, i] if 0 <= i < n else 0.0 for c in range(2) for i in range(-p, n + p)}
    term = "w[o, c, j] * a[c, s * i + j - p]"
    total = {
        (o, i): b[o]
        + sum(
            evaluated(term, {"w": w, "a": a, "o": o, "c": c, "i": i, "j": j, "s": s, "p": p})
            for c in range(2)
            for j in range(k)
        )
        for o in range(3)
        for i in range(z.shape[2])
    }
    assert_allclose([total[place] for place in np.ndindex(3, z.shape[2])], z[0].ravel())
    yield term, None, None


def of_dense():
    a, W, b = RNG.normal(size=(2, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=4)
    names = {"a": a, "W": W, "b": b}
    yield "a @ W + b", names, dense.weighted_input(a, W, b)
    yield "a @ W + b", names, dense.Dense(W, b).forward(a)[0]


def of_dropout():
    kept = dropout.dropout_mask(np.zeros(99), 0.3, np.random.default_rng(1))
    yield "1 / (1 - share)", {"share": 0.3}, kept.max()


def of_initialization():
    drawn = np.random.default_rng(1).normal(size=(3, 5))
    names = {"n_in": 3, "n_out": 5}
    for formula, of in {"2 / (n_in + n_out)": glorot, "2 / n_in": he}.items():
        # All are the same draws, times one number: the standard deviation.
        found = of(np.random.default_rng(1), 3, 5) / drawn
        assert_allclose(found, found[0, 0])
        yield formula, names, found[0, 0] ** 2


def of_embedding():
    T, n = 5, 6
    found = embedding.positional_encoding(T, n)
    for t in range(T):
        for i in range(n // 2):
            angle = evaluated("t / 10000 ** (2 * i / n)", {"t": t, "i": i, "n": n})
            assert_allclose(found[t, [2 * i, 2 * i + 1]], [np.sin(angle), np.cos(angle)])
    yield "t / 10000 ** (2 * i / n)", None, None


def of_tied():
    h, W = RNG.normal(size=(2, 5, 3)), RNG.normal(size=(7, 3))
    yield "h @ W.T", {"h": h, "W": W}, tied.tied_scores(h, W)


def of_lstm():
    z, c_before = RNG.normal(size=(2, 12)), RNG.normal(size=(2, 3))
    h, c, _ = gates.lstm_step(z, c_before)
    i, f, g, o = np.split(z, 4, axis=-1)
    names = {"i": sigmoid(i), "f": sigmoid(f), "g": np.tanh(g), "o": sigmoid(o)}
    yield "c = f * c_before + i * g", names | {"c_before": c_before}, c
    yield "h = o * tanh(c)", names | {"c": c}, h


def of_gru():
    W, V = RNG.normal(size=(4, 9)), RNG.normal(size=(3, 9))
    b, b_V, x, h_before = (RNG.normal(size=size) for size in (9, 9, (2, 4), (2, 3)))
    z = evaluated("x @ W + b", {"x": x, "W": W, "b": b})
    u = evaluated("h_before @ V + b_V", {"h_before": h_before, "V": V, "b_V": b_V})
    h, found = gates.gru_step(z, u, h_before)
    r, s, g = np.split(found, 3, axis=-1)
    (_, _, z_g), (_, _, u_g) = np.split(z, 3, axis=-1), np.split(u, 3, axis=-1)
    yield "g = tanh(z + r * u)", {"z": z_g, "r": r, "u": u_g}, g
    yield "h = (1 - s) * g + s * h_before", {"s": s, "g": g, "h_before": h_before}, h
    sequences = np.concatenate([x[:, None], RNG.normal(size=(2, 1, 4))], axis=1)
    first = gates.GRU(W, V, b, b_V).forward(sequences)[0][:, 0]
    assert_allclose(first, gates.gru_step(z, np.zeros((2, 9)) + b_V, np.zeros((2, 3)))[0])
    yield "x @ W + b", None, None
    yield "h_before @ V + b_V", None, None


def of_normalization():
    a, e = RNG.normal(size=(2, 3, 4))
    mean = {"mean": lambda x: x.mean(axis=-1, keepdims=True)}
    spread = normalization.root_mean_square(a, 0.1)
    yield "sqrt(mean(a**2) + epsilon)", {"a": a, "epsilon": 0.1, **mean}, spread
    names = {"e": e, "a_hat": a / spread, "spread": spread, **mean}
    found = normalization.normalized_error(e, a / spread, spread)
    yield "(e - a_hat * mean(e * a_hat)) / spread", names, found
    c = normalization.centered(a)
    spread = normalization.root_mean_square(c, 0.5)
    names = names | {"a_hat": c / spread, "spread": spread}
    found = normalization.standardized_error(e, c / spread, spread)
    yield "(e - mean(e) - a_hat * mean(e * a_hat)) / spread", names, found


EVALUATED = {
    "activations": of_activations,
    "attention": of_attention,
    "blockwise": of_blockwise,
    "channels": of_channels,
    "dense": of_dense,
    "dropout": of_dropout,
    "embedding": of_embedding,
    "gates": lambda: [*of_lstm(), *of_gru()],
    "initialization": of_initialization,
    "normalization": of_normalization,
    "tied": of_tied,
}


def evaluated(formula, names):
    """What a formula, or its right side, gives with the values of its names."""
    return eval(formula.partition(" = ")[2] or formula, {**FUNCTIONS, **names})


def docstrings(module):
    """The docstrings of a module, and those of what it gives a name."""
    tree = ast.parse((pages.ROOT / "backprop" / f"{module}.py").read_text("utf-8"))
    return [
        node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node.value.value, str)
    ]


def formulas(module):
    """The formulas in the docstrings of a module: what stands in backquotes and computes."""
    found = []
    for text in docstrings(module):
        for code in FORMULA.findall(text):
            parsed = [*ast.walk(ast.parse(code))] if " " in code else []
            if any(isinstance(node, ast.BinOp) for node in parsed):
                found.append(code)
    return found


MODULES = sorted(
    path.stem for path in (pages.ROOT / "backprop").glob("*.py") if path.stem != "__init__"
)


@pytest.mark.parametrize("module", MODULES)
def test_every_formula_of_a_docstring_is_evaluated(module):
    said = list(EVALUATED.get(module, list)())
    assert sorted({formula for formula, *_ in said}) == sorted(set(formulas(module)))
    for formula, names, expected in said:
        if names is not None:
            assert_allclose(evaluated(formula, names), expected, rtol=1e-12, err_msg=formula)


@pytest.mark.parametrize("module", MODULES)
def test_a_formula_of_a_docstring_stands_in_backquotes(module):
    for text in docstrings(module):
        prose = FORMULA.sub("", text)
        # Examples are run, and shapes compared, by other tests.
        prose = re.sub(r"^\s*(?:>>>|\.\.\.).*$|\([^()\n]*\) array", "", prose, flags=re.M)
        assert WRITTEN_OUT.findall(prose) == []
