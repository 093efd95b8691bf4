// The program that prints the same numbers with the package.

import { list } from "../copy.js";

/** A program of Python for a state. */
export function program({ x, W_q, W_k, W_v, e, causal, scaled }) {
  return `import numpy as np

from backprop.activations import softmax_error
from backprop.attention import (
    attention_error,
    attention_scores,
    attention_weights,
${causal ? "    causal_mask,\n" : ""})

x = np.array(${list(x)})
W_q = np.array(${list(W_q)})
W_k = np.array(${list(W_k)})
W_v = np.array(${list(W_v)})
e = np.array(${list(e)})  # errors of the outputs

q, k, v = x @ W_q, x @ W_k, x @ W_v
${scaled ? "asking = q" : "asking = q * np.sqrt(2)  # takes back the division by the root of d"}
s = attention_scores(asking, k)
p = attention_weights(asking, k${causal ? ", causal_mask(3)" : ""})
y = p @ v

e_p = e @ v.T
M = np.sum(p * e_p, axis=1, keepdims=True)
delta = softmax_error(e_p, p)
e_q, e_k, e_v = attention_error(e, asking, k, v, p)
${scaled ? "" : "e_q = e_q * np.sqrt(2)\n"}D_q, D_k, D_v = x.T @ e_q, x.T @ e_k, x.T @ e_v
e_x = e_q @ W_q.T + e_k @ W_k.T + e_v @ W_v.T

for name, array in [
    ("q", q), ("k", k), ("v", v), ("s", s), ("p", p), ("y", y),
    ("e_v", e_v), ("e_p", e_p), ("M", M), ("delta", delta),
    ("e_q", e_q), ("e_k", e_k),
    ("D_q", D_q), ("D_k", D_k), ("D_v", D_v), ("e_x", e_x),
]:
    print(name, array.tolist())
`;
}
