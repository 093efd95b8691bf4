"""Attention: every place of a sequence asks all places, and takes from those that answer.

A query q at one place is compared with the keys k of all places. The softmax of these scores says
how much of the value v of each place goes into the output. Arrays have shape (T, d), a row per
place; any axes that stand before these two, such as those of examples and of heads, are treated
alike.
Errors are minus gradients, as everywhere in this package.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import (
    Array,
    _array,
    finite_array,
    floats,
    require_count,
    require_shape,
    shown,
)
from backprop.activations import softmax, softmax_error
from backprop.chain import Differentiable, Pullback, _require_error
from backprop.dense import weighted_input
from backprop.recurrent import step_over_time

LONGEST = math.isqrt(2**31)
"""Places of a sequence whose square matrix still fits into the memory of a computer."""


def causal_mask(T: int) -> Array:
    """Return the mask by which each place sees itself and those before it.

    Parameters
    ----------
    T : int
        Number of places.

    Returns
    -------
    (T, T) array of bool
        True at and below the diagonal: row t says what place t sees.

    Raises
    ------
    TypeError
        T is not an integer.
    ValueError
        T is less than 1, or so large that the mask would have more than 2^31 entries.
    """
    return np.tri(require_count("T", T, 1, LONGEST), dtype=bool)


def attention_scores(q: Array, k: Array) -> Array:
    """Return how well each query fits each key: `q @ k.mT / sqrt(d)`.

    Implements equation `attention-scores`.

    Parameters
    ----------
    q : (T_q, d) or (N, T_q, d) array
        Queries.
    k : (T_k, d) or (N, T_k, d) array
        Keys. Axes before the last two are those of q.

    Returns
    -------
    (T_q, T_k) or (N, T_q, T_k) array
        Scores; too large ones are infinite.

    Raises
    ------
    TypeError
        q or k holds anything but numbers.
    ValueError
        The shapes do not fit, or are empty.
    """
    q, k = floats("q", q), floats("k", k)
    _require_places(q=q, k=k)
    _require_keys(k, q)
    # Divided first, so that a product overflows only where a score would.
    scores: Array = (q / math.sqrt(q.shape[-1])) @ np.swapaxes(k, -1, -2)
    return scores


def attention_weights(q: Array, k: Array, mask: Array | None = None) -> Array:
    """Return how much each query takes from each place: the softmax of its scores.

    Implements equation `attention-weights`. The shares of a query add up to 1 over the places.

    Parameters
    ----------
    q : (T_q, d) or (N, T_q, d) array
        Queries.
    k : (T_k, d) or (N, T_k, d) array
        Keys. Axes before the last two are those of q.
    mask : (T_q, T_k) array of bool, optional
        True where a query may take from a place. The mask may have more axes, or axes of length 1,
        as long as NumPy stretches it to the shape of the result.

    Returns
    -------
    (T_q, T_k) or (N, T_q, T_k) array
        Weights of the places, which add up to 1 for each query, and are exactly 0 where the mask is
        False, whatever q and k hold there. If all scores that a query is allowed have overflowed to
        minus infinity, its weights are NaN; if all are the lowest number of their type, the places
        that are masked get as much as the others.

    Raises
    ------
    TypeError
        q or k holds anything but numbers, or the mask anything but booleans.
    ValueError
        The shapes do not fit, or are empty, or the mask allows a query nothing.

    References
    ----------
    A. Vaswani, N. Shazeer, N. Parmar, J. Uszkoreit, L. Jones, A. N. Gomez, L. Kaiser and
    I. Polosukhin, Attention is all you need, NeurIPS (2017).
    """
    # Too large a score does no harm where it is masked, and gives NaN elsewhere.
    with np.errstate(over="ignore", invalid="ignore"):
        s = attention_scores(q, k)
    if mask is not None:
        mask = _require_mask(mask, s)
        # As far below all others as can be, its exponential is exactly 0. From minus infinity the
        # largest score could not be subtracted.
        s = np.where(mask, s, -np.finfo(s.dtype).max)
    p: Array = softmax.function(s)
    return p


def attention(q: Array, k: Array, v: Array, mask: Array | None = None) -> Array:
    """Return scaled dot-product attention: of the values, what each query takes, added up.

    Implements equation `attention`.

    Parameters
    ----------
    q : (T_q, d) or (N, T_q, d) array
        Queries.
    k : (T_k, d) or (N, T_k, d) array
        Keys. Axes before the last two are those of q.
    v : (T_k, m) or (N, T_k, m) array
        Values, one for each key.
    mask : (T_q, T_k) array of bool, optional
        True where a query may take from a place, as in `attention_weights`.

    Returns
    -------
    (T_q, m) or (N, T_q, m) array
        For each query, the mean of the values by its weights.

    Raises
    ------
    TypeError
        q, k or v holds anything but numbers, or the mask anything but booleans.
    ValueError
        The shapes do not fit, or are empty, or the mask allows a query nothing.

    References
    ----------
    A. Vaswani, N. Shazeer, N. Parmar, J. Uszkoreit, L. Jones, A. N. Gomez, L. Kaiser and
    I. Polosukhin, Attention is all you need, NeurIPS (2017).
    """
    p = attention_weights(q, k, mask)
    v = floats("v", v)
    _require_places(v=v)
    _require_values(v, p, "k")
    y: Array = p @ v
    return y


def attention_error(e: Array, q: Array, k: Array, v: Array, p: Array) -> tuple[Array, Array, Array]:
    """Return the errors attributed to queries, keys and values.

    Implements equation `value-error` and equation `query-key-error`. Where a mask was used, it is
    in p: a place with weight 0 gets no error.

    Parameters
    ----------
    e : (T_q, m) or (N, T_q, m) array
        Error attributed to what attention returned, minus dE/dy.
    q : (T_q, d) or (N, T_q, d) array
        Queries.
    k : (T_k, d) or (N, T_k, d) array
        Keys.
    v : (T_k, m) or (N, T_k, m) array
        Values.
    p : (T_q, T_k) or (N, T_q, T_k) array
        What `attention_weights` returned.

    Returns
    -------
    e_q : (T_q, d) or (N, T_q, d) array
        Minus dE/dq.
    e_k : (T_k, d) or (N, T_k, d) array
        Minus dE/dk.
    e_v : (T_k, m) or (N, T_k, m) array
        Minus dE/dv.

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The shapes do not fit, or are empty.
    """
    q, k, v = floats("q", q), floats("k", k), floats("v", v)
    p, e = floats("p", p), floats("e", e)
    _require_places(q=q, k=k, v=v, p=p, e=e)
    _require_keys(k, q)
    _require_shapes_of_weights_and_errors(p, e, q, k, v)
    e_v = np.swapaxes(p, -1, -2) @ e
    delta = softmax_error(e @ np.swapaxes(v, -1, -2), p)  # of the scores
    root = math.sqrt(q.shape[-1])
    e_q = delta @ k / root
    e_k = np.swapaxes(delta, -1, -2) @ q / root
    return e_q, e_k, e_v


def split_heads(a: Array, heads: int) -> Array:
    """Return the columns of each head apart, along an axis of heads, which `join_heads` undoes.

    Both functions only move numbers, so each of them carries errors back for the other. What they
    return may lie in the memory of a.

    Parameters
    ----------
    a : (N, T, n) array
        The columns of all heads beside each other.
    heads : int
        How many there are; they have `n // heads` columns each.

    Returns
    -------
    (N, heads, T, n / heads) array
        The columns of each head.

    Raises
    ------
    TypeError
        a holds anything but numbers, or heads is not an integer.
    ValueError
        a has other axes, or heads is less than 1 or does not divide n.
    """
    a, heads = floats("a", a, (3,)), require_count("heads", heads, 1)
    N, T, n = a.shape
    if n % heads or not n:
        raise ValueError(f"heads must divide the columns of a, {n}, not {shown(heads)}")
    return np.swapaxes(a.reshape(N, T, heads, n // heads), 1, 2)


def join_heads(a: Array) -> Array:
    """Return the columns of all heads beside each other, which `split_heads` undoes.

    Parameters
    ----------
    a : (N, heads, T, d) array
        The columns of each head.

    Returns
    -------
    (N, T, heads * d) array
        The columns of all heads.

    Raises
    ------
    TypeError
        a holds anything but numbers.
    ValueError
        a has other axes.
    """
    a = floats("a", a, (4,))
    N, heads, T, d = a.shape
    return np.swapaxes(a, 1, 2).reshape(N, T, heads * d)


class SelfAttention(Differentiable):
    """Multi-head attention of a sequence to itself.

    The layer takes an (N, T, n) array, and gives one of this shape if W_o has n columns. Queries,
    keys and values are products of the input with W_q, W_k and W_v. The columns of these weights
    belong to the heads, the first columns to the first head. Each head attends by itself; the
    outputs of all heads, side by side, are multiplied by W_o.

    Parameters
    ----------
    W_q, W_k : (n, m) array
        Weights from the input to queries and keys; often m is n. Parameters are copied.
    W_v : (n, m_v) array
        Weights from the input to values.
    W_o : (m_v, n_out) array
        Weights from the outputs of the heads to the output of the layer.
    heads : int
        How many heads; it divides m and m_v.
    b_q, b_k, b_v, b_o : arrays, optional
        Biases beside W_q, W_k, W_v and W_o. The output does not depend on b_k, which adds one
        number to all scores of a query, which softmax does not see.
    causal : bool
        Whether each place sees only itself and those before it.

    Raises
    ------
    TypeError
        A parameter holds anything but real numbers, heads is not an integer, or causal not a bool.
    ValueError
        The shapes do not fit, a number is not finite, or heads does not divide m and m_v.

    References
    ----------
    A. Vaswani, N. Shazeer, N. Parmar, J. Uszkoreit, L. Jones, A. N. Gomez, L. Kaiser and
    I. Polosukhin, Attention is all you need, NeurIPS (2017).
    """

    names: tuple[str, ...] = ("W_q", "W_k", "W_v", "W_o", "b_q", "b_k", "b_v", "b_o")

    def __init__(
        self,
        W_q: ArrayLike,
        W_k: ArrayLike,
        W_v: ArrayLike,
        W_o: ArrayLike,
        heads: int = 1,
        *,
        b_q: ArrayLike | None = None,
        b_k: ArrayLike | None = None,
        b_v: ArrayLike | None = None,
        b_o: ArrayLike | None = None,
        causal: bool = False,
    ) -> None:
        self.W_q, self.W_k = _matrix("W_q", W_q), _matrix("W_k", W_k)
        self.W_v, self.W_o = _matrix("W_v", W_v), _matrix("W_o", W_o)
        require_shape("W_k", self.W_k, "W_q", self.W_q)
        for name, W, of, n in (
            ("W_v", self.W_v, "rows of W_q", len(self.W_q)),
            ("W_o", self.W_o, "columns of W_v", self.W_v.shape[1]),
        ):
            if len(W) != n:
                raise ValueError(f"{name} must have as many rows as {of}, {n}, not {W.shape}")
        self.b_q, self.b_k = _bias("b_q", b_q, "W_q", self.W_q), _bias("b_k", b_k, "W_k", self.W_k)
        self.b_v, self.b_o = _bias("b_v", b_v, "W_v", self.W_v), _bias("b_o", b_o, "W_o", self.W_o)
        self.heads = require_count("heads", heads, 1)
        for name, W in (("W_q", self.W_q), ("W_v", self.W_v)):
            if W.shape[1] % self.heads:
                raise ValueError(
                    f"heads must divide the columns of {name}, {W.shape[1]}, not {shown(heads)}"
                )
        if not isinstance(causal, bool | np.bool_):
            raise TypeError(f"causal must be True or False, not {shown(causal)}")
        self.causal = bool(causal)

    def __repr__(self) -> str:
        heads = "1 head" if self.heads == 1 else f"{self.heads} heads"
        causal = ", causal" if self.causal else ""
        return f"SelfAttention({len(self.W_q)} to {self.W_o.shape[1]}, {heads}{causal})"

    def forward(self, a: Array) -> tuple[Array, Pullback]:
        """Let all places of each sequence attend to each other.

        Parameters
        ----------
        a : (N, T, n) array
            Input at each place.

        Returns
        -------
        y : (N, T, n_out) array
            Output at each place.
        pullback : callable
            Takes minus dE/dy; returns minus dE/da and each direction downhill.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            The input has another shape, or no place.
        """
        a = floats("a", a, (3,))
        if a.shape[2] != len(self.W_q) or not a.shape[1]:
            raise ValueError(
                f"a must have shape (N, T, {len(self.W_q)}) and at least one place, not {a.shape}"
            )
        own = self.parameters
        q, k, v = (
            split_heads(weighted_input(a, own[f"W_{x}"], own.get(f"b_{x}")), self.heads)
            for x in "qkv"
        )
        p = attention_weights(q, k, causal_mask(a.shape[1]) if self.causal else None)
        joined = join_heads(p @ v)
        y = weighted_input(joined, self.W_o, self.b_o)

        def back(e: Array) -> tuple[Array, dict[str, Array]]:
            e = _require_error(e, y)
            e_heads = split_heads(e @ own["W_o"].T, self.heads)
            # The error terms of the four products, and what W was multiplied with.
            delta = dict(
                zip("qkv", map(join_heads, attention_error(e_heads, q, k, v, p)), strict=True)
            )
            e_in = delta["q"] @ own["W_q"].T + delta["k"] @ own["W_k"].T + delta["v"] @ own["W_v"].T
            terms = {x: (a, delta[x]) for x in "qkv"} | {"o": (joined, e)}
            downhill = {f"W_{x}": step_over_time(*terms[x], 1.0) for x in terms}
            downhill |= {f"b_{x}": terms[x][1].sum(axis=(0, 1)) for x in terms if f"b_{x}" in own}
            return e_in, downhill

        return y, back


def _require_places(**arrays: Array) -> None:
    """Refuse arrays that have less than two axes, or the last two of which are empty."""
    for name, array in arrays.items():
        if array.ndim < 2 or 0 in array.shape[-2:]:
            raise ValueError(
                f"{name} must have two axes or more and not be empty, not {array.shape}"
            )


def _require_keys(k: Array, q: Array) -> None:
    """Refuse keys that cannot be compared with the queries."""
    if k.shape[:-2] != q.shape[:-2] or k.shape[-1] != q.shape[-1]:
        raise ValueError(f"k must have the shape of q, {q.shape}, but for T, not {k.shape}")


def _require_shapes_of_weights_and_errors(p: Array, e: Array, q: Array, k: Array, v: Array) -> None:
    """Refuse weights, values and errors that are not those of the queries and keys."""
    before, T_q, T_k = q.shape[:-2], q.shape[-2], k.shape[-2]
    if p.shape != (*before, T_q, T_k):
        raise ValueError(f"p must have shape {(*before, T_q, T_k)} to fit q and k, not {p.shape}")
    _require_values(v, p, "p, q and k")
    if e.shape != (*before, T_q, v.shape[-1]):
        wanted = (*before, T_q, v.shape[-1])
        raise ValueError(f"e must have shape {wanted} to fit q and v, not {e.shape}")


def _require_mask(mask: Array, s: Array) -> Array:
    """Return a mask, if it can be that of scores, and allows each query something."""
    mask = _array("mask", mask)
    if mask.dtype != bool:
        raise TypeError(f"mask must hold booleans, not {mask.dtype}")
    lengths = zip(mask.shape[::-1], s.shape[::-1], strict=False)
    if mask.ndim > s.ndim or any(n not in (1, m) for n, m in lengths):
        raise ValueError(f"mask must fit the scores of q and k, {s.shape}, not {mask.shape}")
    if not np.broadcast_to(mask, s.shape).any(axis=-1).all():
        raise ValueError("mask must allow each query at least one place, but a row is all False")
    return mask


def _require_values(v: Array, p: Array, beside: str) -> None:
    """Refuse values that are not one for each key."""
    if v.shape[:-1] != (*p.shape[:-2], p.shape[-1]):
        wanted = ", ".join(map(str, (*p.shape[:-2], p.shape[-1], "m")))
        raise ValueError(f"v must have shape ({wanted}) to fit {beside}, not {v.shape}")


def _matrix(name: str, values: ArrayLike) -> Array:
    """Return a copy of a matrix of weights."""
    W = finite_array(name, values).copy()
    if W.ndim != 2:
        raise ValueError(f"{name} must have two axes, not shape {W.shape}")
    return W


def _bias(name: str, values: ArrayLike | None, of: str, W: Array) -> Array | None:
    """Return a copy of the biases beside a matrix of weights, if there are any."""
    if values is None:
        return None
    b = finite_array(name, values).copy()
    if b.shape != W.shape[1:]:
        raise ValueError(f"{name} must have shape {W.shape[1:]} to fit {of}, not {b.shape}")
    return b
