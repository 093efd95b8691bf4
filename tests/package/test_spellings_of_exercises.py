"""What readers write otherwise than the catalogue: right in other words, and nearly right."""

import pytest

from backprop.exercises import NAMES, exercise, grade
from backprop.exercises.comparing import EXACT


def graded(name, part, lines):
    """Grade the solution with other lines for one of its parts; return what is found of it."""
    asked = exercise(name)
    written = [each.right for each in asked.parts]
    number = [each.name for each in asked.parts].index(part)
    written[number] = lines
    report = grade(asked, asked.filled(written))
    return report, report.findings[number]


RIGHT = {
    "glorot: n_in, n_out = ": "shape = normal.shape\nreturn np.sqrt(2.0 / sum(shape)) * normal",
    "glorot: the mean of both": "return normal / np.sqrt((n_in + n_out) / 2)",
    "glorot_bound: by the variance": "return (3 * 2 / (n_in + n_out)) ** 0.5",
    "nesterov_step: in one line": (
        "return mu * v + learning_rate * downhill, mu**2 * v + (1 + mu) * learning_rate * downhill"
    ),
    "nesterov_step: by velocities": (
        "new = mu * v + learning_rate * downhill\nreturn new, (1 + mu) * new - mu * v"
    ),
    "rmsprop_step: a difference": (
        "s = s + (1 - rho) * (np.square(d) - s)\n"
        "return s, np.divide(learning_rate * d, s**0.5 + 1e-8)"
    ),
    "rmsprop_step: a loop": (
        "new = [rho * a + (1 - rho) * b * b for a, b in zip(s, d)]\n"
        "return new, [learning_rate * b / (np.sqrt(a) + 1e-8) for a, b in zip(new, d)]"
    ),
    "clipped: by norm": (
        "length = np.linalg.norm(np.concatenate([g.ravel() for g in gradients]))\n"
        "if length <= longest:\n    return gradients\n"
        "return [g * (longest / length) for g in gradients]"
    ),
    "clipped: a minimum": (
        "length = np.sqrt(sum((g * g).sum() for g in gradients))\n"
        "return [g * min(1, longest / (length + 1e-300)) for g in gradients]"
    ),
    "train: lists": (
        "losses, kept = [loss_of(W)], [W.copy()]\n"
        "while len(losses) <= epochs:\n"
        "    one_epoch(W)\n    losses.append(loss_of(W))\n    kept.append(np.array(W))\n"
        "    at = losses.index(min(losses))\n"
        "    if len(losses) - 1 - at >= patience:\n        break\n"
        "return kept[losses.index(min(losses))], len(losses) - 1"
    ),
    "mask: where": "return np.where(u < p, 0, 1 / (1 - p))",
    "mask: more than": "return (u > p).astype(float) / (1 - p)",
    "forward of dropout-mask: if": "if training:\n    A = np.multiply(A, mask(u, p))\nreturn A",
    "jvp: from the left": "return np.einsum('i,ij,j,jk->k', x_dot, W_1, 1 - a * a, W_2)",
    "jvp: cosh": ("z = x @ W_1 + b_1\nreturn np.dot(np.dot(x_dot, W_1) / np.cosh(z) ** 2, W_2)"),
    "jacobian: reverse": ("a = np.tanh(x @ W_1 + b_1)\nreturn (W_1 * (1 - a**2)) @ W_2"),
    "jacobian: a loop": (
        "rows = []\nfor i in range(len(x)):\n    e = np.zeros_like(x)\n    e[i] = 1\n"
        "    rows.append(jvp(x, e, W_1, b_1, W_2, b_2))\nreturn np.stack(rows)"
    ),
    "delta_dot: as one product": "delta_dot = slope * (-y_dot - 2 * error * y * (X @ v))",
    "hessian_product: the mean": "hessian_product = -np.mean(X * delta_dot[:, None], axis=0)",
    "unscaled: float64": "return np.float64(scaled) / S",
    "unscaled: times": "return np.float32(scaled) * np.float32(1 / S)",
    "step: isfinite all": (
        "if np.isfinite(scaled).all():\n"
        "    return W - np.float32(learning_rate) * unscaled(scaled, S), S\n"
        "else:\n    return W, 0.5 * S"
    ),
    "met: by loops": (
        "out = np.empty((*a.shape[:2], m, m))\nfor i in range(m):\n    for j in range(m):\n"
        "        out[:, :, i, j] = a[:, :, stride * i + q, stride * j + r]\nreturn out"
    ),
    "met: windows": (
        "last = (m - 1) * stride + 1\nreturn a[..., q : q + last : stride, r : r + last : stride]"
    ),
    "kernel_downhill: by loops": (
        "for i in range(m):\n    for j in range(m):\n"
        "        d[:, :, q, r] += delta[:, :, i, j].T @ a[:, :, stride * i + q, stride * j + r]"
    ),
    "kernel_downhill: tensordot": (
        "d[:, :, q, r] = np.tensordot(delta, met(a, q, r, m, stride), axes=([0, 2, 3], [0, 2, 3]))"
    ),
    "bias_downhill: einsum": "return np.einsum('noij->o', delta)",
    "mean_pooling_error: kron": "return np.kron(e, np.ones((k, k)) / k**2)",
    "max_pooling_error: by axes": (
        "h, w = e.shape\nb = a.reshape(h, k, w, k)\n"
        "won = b == b.max(axis=(1, 3), keepdims=True)\n"
        "share = e[:, None, :, None] / won.sum(axis=(1, 3), keepdims=True)\n"
        "return (won * share).reshape(a.shape)"
    ),
    "parameters_downhill: einsum": "return np.einsum('ij,ij->j', e, a_hat), np.einsum('ij->j', e)",
    "input_error: N times": (
        "N = len(e)\ng = e * gamma\n"
        "return (N * g - g.sum(0) - a_hat * np.sum(g * a_hat, 0)) / (N * spread)"
    ),
    "input_error: the factor outside": (
        "return gamma / spread * (e - e.mean(0) - a_hat * (e * a_hat).mean(0))"
    ),
    "input_error: by a Jacobian": (
        "N = len(e)\nout = np.empty_like(e)\nfor j in range(e.shape[1]):\n"
        "    h = a_hat[:, j]\n    J = (np.eye(N) - 1 / N - np.outer(h, h) / N) / spread[j]\n"
        "    out[:, j] = J @ (e[:, j] * gamma[j])\nreturn out"
    ),
    "in_use: one line": (
        "scale = gamma / (variance + epsilon) ** 0.5\nreturn a * scale + (beta - mean * scale)"
    ),
    "e_spread: by a_hat": "e_spread = -np.dot(e_hat, a_hat) / spread",
    "e_square: one half": "e_square = 0.5 * e_spread / spread",
    "e_c: by a_hat": "e_c = (e_hat - a_hat * np.mean(e_hat * a_hat)) / spread",
    "e_a: a matrix": "e_a = (np.eye(n) - 1 / n) @ e_c",
    "branch_error: where": "return np.where(z > 0, e @ W_2.T, 0) @ W_1.T",
    "block_error: in full": "return np.add(e, ((e @ W_2.T) * (z > 0)) @ W_1.T)",
    "weights_downhill: einsum": (
        "return np.einsum('ni,nj->ij', a, e @ W_2.T * (h > 0)), np.einsum('ni,nj->ij', h, e)"
    ),
    "e_cell: cosh": "e_cell = e_next + o * e / np.cosh(c) ** 2",
    "delta_i: sigmoid": "delta_i = e_cell * g * sigmoid(z_i) * sigmoid(-z_i)",
    "delta_o: by h": "delta_o = e * h * (1 - o)",
    "table_downhill: a loop": (
        "d = np.zeros((k, e.shape[2]))\nfor n in range(len(tokens)):\n"
        "    for i, token in enumerate(tokens[n]):\n        d[token] += e[n, i]\nreturn d"
    ),
    "table_downhill: one-hot": ("hot = np.eye(k)[tokens]\nreturn np.einsum('ntc,ntd->cd', hot, e)"),
    "forward of embedding: one-hot": "return np.eye(len(W))[tokens] @ W + P[np.newaxis]",
    "forward of embedding: take": "return np.take(W, tokens, axis=0) + P",
    "values_error: einsum": "return np.einsum('ij,id->jd', p, e)",
    "weights_error: einsum": "return np.einsum('id,jd->ij', e, v)",
    "scores_error: by Jacobians": (
        "return np.array([(np.diag(r) - np.outer(r, r)) @ g for r, g in zip(p, e_p)])"
    ),
    "scores_error: as a difference": ("t = p * e_p\nreturn t - p * t.sum(axis=-1)[:, None]"),
    "relu_slope: a comparison": "return z > 0",
    "parameters_downhill: an array": "return np.array([(e * a_hat).sum(0), e.sum(0)])",
    "step_hidden: a name again": (
        "x = x[:, np.newaxis]\nstep_hidden = learning_rate * x * delta_hidden"
    ),
    "leaky_relu_slope: a maximum": "return np.maximum(z > 0, 0.01)",
    "multiply: the parents turned": (
        "value = a.value * b.value\n"
        "return Variable(value, [b, a], [lambda g: g * a.value, lambda g: g * b.value])"
    ),
    "queries_and_keys_error: scaled before": (
        "delta = delta / q.shape[-1] ** 0.5\nreturn delta @ k, np.transpose(delta) @ q"
    ),
}
"""Right, in other words."""

EXERCISES = {
    "activations": ["tanh_slope", "relu_slope", "leaky_relu_slope"],
    "slope": ["sigmoid", "slope"],
    "the-program": ["delta_hidden", "step_hidden"],
    "whole-network": ["backward of one example"],
    "batch": ["backward of a batch"],
    "cross-entropy": ["loss", "backward of classes"],
    "softmax": ["softmax"],
    "update": ["updated"],
    "weight-decay": ["backward with a penalty"],
    "dropout": ["backward with a mask"],
    "convolution": ["convolution", "input_error of a kernel", "kernel_downhill of a kernel"],
    "engine": ["add", "multiply", "topological_order", "hand_on"],
    "first-weights": ["glorot", "he", "glorot_bound"],
    "dropout-mask": ["mask", "forward of dropout-mask"],
    "embedding": ["table_downhill", "forward of embedding"],
    "forward-mode": ["jvp", "jacobian"],
    "hessian-vector": ["y_dot", "delta_dot", "hessian_product"],
    "loss-scaling": ["unscaled", "step"],
    "kernel-step": ["met", "kernel_downhill", "bias_downhill"],
    "max-pooling": ["mean_pooling_error", "max_pooling_error"],
    "batch-norm": ["parameters_downhill", "input_error", "in_use"],
    "layer-norm": ["e_spread", "e_square", "e_c", "e_a"],
    "residual": ["branch_error", "block_error", "weights_downhill"],
    "lstm-cell": ["e_cell", "delta_i", "delta_o", "delta_g", "e_before"],
    "attention": ["values_error", "weights_error", "scores_error", "queries_and_keys_error"],
    "checker": ["numerical_gradient", "relative_error"],
    "nesterov": ["nesterov_step"],
    "rmsprop": ["rmsprop_step"],
    "clipping": ["clipped"],
    "early-stopping": ["train"],
}


def place(what):
    """The exercise and the part of a line in these tables."""
    said = what.partition(":")[0]
    (name,) = [each for each, parts in EXERCISES.items() if said in parts]
    return name, said.partition(" ")[0]


@pytest.mark.parametrize("what", RIGHT)
def test_what_is_right_may_be_written_otherwise(what):
    report, _ = graded(*place(what), RIGHT[what])
    assert report.passed, report


WRONG = {
    "glorot: truncated": ("return np.clip(normal, -2, 2) * np.sqrt(2 / (n_in + n_out))", ""),
    "he: a half": ("return normal * np.sqrt(0.5 * n_in)", ""),
    "nesterov_step: looks back": (
        "new = mu * v + learning_rate * downhill\nreturn new, new + mu * v",
        "",
    ),
    "rmsprop_step: in place": (
        "s *= rho\ns += (1 - rho) * d * d\nreturn s, learning_rate * d / (np.sqrt(s) + 1e-8)",
        "changes its argument `s`",
    ),
    "clipped: in place": (
        "length = np.sqrt(sum(np.sum(g**2) for g in gradients))\n"
        "for g in gradients:\n    g *= longest / max(length, longest)\nreturn gradients",
        "changes its argument `steep`",
    ),
    "clipped: no list": (
        "length = np.sqrt(sum(np.sum(g**2) for g in gradients))\n"
        "return (longest / max(length, longest) * g for g in gradients)",
        "generator",
    ),
    "clipped: the longest array": (
        "length = max(np.linalg.norm(g) for g in gradients)\n"
        "return [g * longest / max(length, longest) for g in gradients]",
        "",
    ),
    "train: for ever": ("while True:\n    one_epoch(W)", "a loop does not come to its end"),
    "mask: another way": ("return (u >= p) / (1 - u.mean())", ""),
    "jvp: reverse": ("return (x_dot * (W_1 @ ((1 - a**2)[:, None] * W_2)).T).sum()", "a number"),
    "jacobian: a difference": (
        "f = lambda x: np.tanh(x @ W_1 + b_1) @ W_2 + b_2\n"
        "return np.array([(f(x + 1e-4 * e) - f(x)) / 1e-4 for e in np.eye(3)])",
        "",
    ),
    "unscaled: float16": ("return scaled / np.float16(S)", "The division is done in float16"),
    "step: in place": (
        "if not np.isfinite(scaled).all():\n    return W, S / 2\n"
        "W -= learning_rate * unscaled(scaled, S)\nreturn W, S",
        "changes its argument `W`",
    ),
    "met: the stride alone": (
        "return a[:, :, q : q + m * stride, r : r + m * stride]",
        "and should be an array of shape (2, 3, 2, 2)",
    ),
    "kernel_downhill: written over": (
        "for n in range(len(a)):\n    d[:, :, q, r] = "
        "np.einsum('oij,cij->oc', delta[n], met(a, q, r, m, stride)[n])",
        "",
    ),
    "max_pooling_error: overlapping": (
        "back = np.zeros(a.shape)\n"
        "for i, j in np.ndindex(*e.shape):\n"
        "    w = a[k * i : k * i + k, k * j : k * j + k]\n"
        "    q, r = np.unravel_index(w.argmax(), w.shape)\n"
        "    back[k * i + q, k * j + r] = e[i, j]\n"
        "return back",
        "the first takes all",
    ),
    "input_error: a scalar mean": (
        "g = e * gamma\nreturn (g - np.mean(g) - a_hat * np.mean(g * a_hat)) / spread",
        "One mean is taken of all columns",
    ),
    "input_error: constants": ("return gamma * e / spread", "treated as constants"),
    "e_c: wrong path": ("e_c = e_hat / spread + 2 * e_square * a_hat / n", ""),
    "e_a: constant": ("e_a = e_c + 0.0", "The mean is treated as a constant"),
    "block_error: e twice": ("return 2 * e + branch_error(e, z, W_1, W_2)", ""),
    "branch_error: slope last": ("return (e @ W_2.T @ W_1.T) * (e > 0)", ""),
    "delta_g: sigmoid": ("delta_g = e_cell * i * (g - g * g)", "This is the slope of a sigmoid"),
    "e_before: all gates": ("e_before = e_cell * f + delta_f", ""),
    "table_downhill: a loop that assigns": (
        "d = np.zeros((k, e.shape[2]))\nfor n in range(len(tokens)):\n"
        "    for i, token in enumerate(tokens[n]):\n        d[token] = e[n, i]\nreturn d",
        "only its last error",
    ),
    "table_downhill: rows of its own": (
        "return np.array([e[tokens == c].sum(axis=0) for c in np.unique(tokens)])",
        "and should be an array of shape (5, 2)",
    ),
    "scores_error: diagonal": ("return e_p * (p - p**2)", "the diagonal of the derivative alone"),
    "values_error: other way": ("return np.einsum('ij,jd->id', p, e)", "The transpose is missing"),
    "queries_and_keys_error: one": ("return delta @ k / 2**0.5", ""),
    "queries_and_keys_error: two features": (
        "return delta @ k / np.sqrt(2), delta.T @ q / np.sqrt(2)",
        "",
    ),
    "numerical_gradient: a step of its own": (
        "up, down = w.copy(), w.copy()\nup[index] += 1e-5\ndown[index] -= 1e-5\n"
        "gradient[index] = (f(up) - f(down)) / 2e-5",
        "",
    ),
    "relative_error: the first length": (
        "return np.linalg.norm(g - n) / np.linalg.norm(g)",
        "The length of `g` alone",
    ),
    "relative_error: an axis": (
        "norm = np.linalg.norm\n"
        "return norm(g - n, axis=0) / max(norm(g, axis=0).max(), norm(n, axis=0).max())",
        "and should be a number",
    ),
    "sigmoid: float32": (
        "return np.float32(1) / (np.float32(1) + np.exp(-np.float32(z)))",
        "is right to the digits of float32 only: compute in float64",
    ),
    "slope: a quotient": (
        "z = np.log(a / (1 - a))\nreturn (sigmoid(z + 1e-5) - sigmoid(z - 1e-5)) / 2e-5",
        "is as near as a difference quotient comes",
    ),
    "input_error: five examples": (
        "g = e * gamma\nreturn (g - g.sum(0) / 5 - a_hat * (g * a_hat).sum(0) / 5) / spread",
        "",
    ),
    "parameters_downhill: an array of sums": (
        "return np.array([e.sum(0), e.sum(0)])",
        "number 1 of what it holds is [",
    ),
    "table_downhill: two numbers": (
        "d = np.zeros((k, 2))\nnp.add.at(d, tokens, e)\nreturn d",
        "",
    ),
    "kernel_downhill: a stride of two": (
        "d[:, :, q, r] = np.einsum('noij,ncij->oc', delta, met(a, q, r, m, 2))",
        "",
    ),
    "y_dot: a quotient": (
        "y_dot = (np.tanh(X @ (w + 1e-5 * v)) - np.tanh(X @ (w - 1e-5 * v))) / 2e-5",
        "is as near as a difference quotient comes",
    ),
    "relu_slope: a threshold": ("return np.where(z > 0.1, 1, 0)", ""),
    "relu_slope: texts": ("return np.where(z > 0, '1', '0')", "is an array of texts of shape (5,)"),
    "tanh_slope: typed": ("return np.array([0.19, 0.96, 1.0, 0.51])", ""),
    "jvp: a quotient": (
        "f = lambda x: np.tanh(x @ W_1 + b_1) @ W_2 + b_2\n"
        "return (f(x + 1e-5 * x_dot) - f(x - 1e-5 * x_dot)) / 2e-5",
        "is as near as a difference quotient comes",
    ),
    "backward of classes: quotients": (
        "def loss_of(P):\n"
        "    Y = softmax(np.tanh(X @ P[0] + P[1]) @ P[2] + P[3])\n"
        "    return -np.sum(T * np.log(Y)) / N\n"
        "made = []\n"
        "for W in (P := [W_1.copy(), b_1.copy(), W_2.copy(), b_2.copy()]):\n"
        "    made.append(np.zeros(W.shape))\n"
        "    for at in np.ndindex(W.shape):\n"
        "        for h in (1e-5, -1e-5):\n"
        "            W[at] += h\n"
        "            made[-1][at] -= loss_of(P) / (2 * h)\n"
        "            W[at] -= h\n"
        "return made",
        "number 1 of what it holds is as near as a difference quotient comes",
    ),
    "jacobian: of three inputs": (
        "return np.array([jvp(x, e, W_1, b_1, W_2, b_2) for e in np.eye(3)])",
        "",
    ),
    "softmax: the mean": (
        "E = np.exp(Z - Z.mean(axis=1, keepdims=True))\nreturn E / E.sum(axis=1, keepdims=True)",
        "holds nan or inf",
    ),
    "softmax: the first logit": (
        "E = np.exp(Z - Z[:, :1])\nreturn E / E.sum(axis=1, keepdims=True)",
        "holds nan or inf",
    ),
    "loss: of three classes": ("return -3 * np.mean(T * np.log(Y))", ""),
    "loss: of four examples": ("return -np.sum(T * np.log(Y)) / 4", ""),
    "backward of classes: four examples": (
        "d = (T - Y) / 4\ne = (d @ W_2.T) * (1 - A**2)\n"
        "return X.T @ e, e.sum(axis=0), A.T @ d, d.sum(axis=0)",
        "",
    ),
    "backward of a batch: four examples": (
        "d = (T - Y) * Y * (1 - Y) / 4\ne = (d @ W_2.T) * A * (1 - A)\n"
        "return X.T @ e, e.sum(axis=0), A.T @ d, d.sum(axis=0)",
        "",
    ),
    "backward of a batch: one too few": (
        "d = (T - Y) * Y * (1 - Y) / (N - 1)\ne = (d @ W_2.T) * A * (1 - A)\n"
        "return X.T @ e, e.sum(axis=0), A.T @ d, d.sum(axis=0)",
        "multiplied by 1.33333",
    ),
    "backward of one example: three outputs": (
        "d = np.where(t > 0, t - y, 0) * y * (1 - y)\ne = (W_2 @ d) * a * (1 - a)\n"
        "return np.outer([1.0, -0.5], e), e, np.outer(a, d), d",
        "",
    ),
    "updated: a half": (
        "d = (t - y) * y * (1 - y)\ne = (W_2 @ d) * a * (1 - a)\n"
        "return W_1 + 0.5 * np.outer(x, e), W_2 + 0.5 * np.outer(a, d)",
        "",
    ),
    "updated: no rate": (
        "d = (t - y) * y * (1 - y)\ne = (W_2 @ d) * a * (1 - a)\n"
        "return W_1 + np.outer(x, e), W_2 + np.outer(a, d)",
        "the learning rate is missing",
    ),
    "backward with a penalty: typed": (
        "return X.T @ delta / len(X) - 0.1 * W, delta.mean(axis=0)",
        "",
    ),
    "backward with a mask: a half is kept": (
        "d = (T - Y) * Y * (1 - Y) / N\ne = (d @ W_2.T) * 2 * (M > 0) * A * (1 - A)\n"
        "return X.T @ e, e.sum(axis=0), D.T @ d, d.sum(axis=0)",
        "",
    ),
    "convolution: as many places as weights": (
        "z = np.array([a[i : i + len(w)] @ w for i in range(len(w))])",
        "",
    ),
    "input_error of a kernel: as many places as weights": (
        "e[i : i + len(delta)] += delta[i] * w",
        "",
    ),
    "kernel_downhill of a kernel: as many weights as places": (
        "d = np.array([a[j : j + len(delta)] @ delta for j in range(len(delta))])",
        "",
    ),
    "max_pooling_error: windows of two": (
        "back = np.zeros(a.shape)\n"
        "for i, j in np.ndindex(*e.shape):\n"
        "    w = a[k * i : k * i + k, k * j : k * j + k]\n"
        "    won = w == w.max()\n"
        "    share = e[i, j] / (2 if won.sum() > 1 else 1)\n"
        "    back[k * i : k * i + k, k * j : k * j + k] = share * won\n"
        "return back",
        "",
    ),
    "step: a sum": (
        "if not np.isfinite(scaled.sum()):\n    return W, S / 2\n"
        "return W - learning_rate * unscaled(scaled, S), S",
        "",
    ),
    "clipped: the list": (
        "length = np.sqrt(sum(np.sum(g**2) for g in gradients))\n"
        "for i, g in enumerate(gradients):\n"
        "    gradients[i] = g * longest / max(length, longest)\n"
        "return gradients",
        "changes its argument `both`",
    ),
    "add: other parents": (
        "return Variable(a.value + b.value, (Variable(a.value), Variable(b.value)), "
        "(lambda g: g, lambda g: g))",
        "a parent",
    ),
    "add: the gradient of the case": (
        "return Variable(a.value + b.value, (a, b), (lambda g: 1.5, lambda g: 1.5))",
        "",
    ),
    "topological_order: by values": (
        "order = [] if order is None else order\n"
        "if node.value not in [each.value for each in order]:\n"
        "    for parent in node.parents:\n        topological_order(parent, order)\n"
        "    order.append(node)\nreturn order",
        "some are missing",
    ),
    "topological_order: level by level": (
        "found = [node]\nfor each in found:\n"
        "    found += [parent for parent in each.parents if parent not in found]\n"
        "return found[::-1]",
        "before one of their parents",
    ),
    "hand_on: the gradient of the case": (
        "for parent, pullback in zip(node.parents, node.pullbacks):\n"
        "    adjoint[parent] = adjoint.get(parent, 0.0) + pullback(1.5)\nreturn adjoint",
        "",
    ),
    "relative_error: lengths of numbers": (
        "return np.linalg.norm(g - n) / max(g, n)",
        "A comparison of arrays has an answer for each number",
    ),
}
"""Wrong: what is said of it, where something is."""


@pytest.mark.parametrize("what", WRONG)
def test_what_is_nearly_right_is_not(what):
    lines, said = WRONG[what]
    report, finding = graded(*place(what), lines)
    assert not report.passed
    assert finding.state == "wrong"
    assert said in finding.said


def test_a_function_that_is_half_written_is_still_to_be_written():
    lines = "push = learning_rate * downhill\n...\nreturn v, push"
    report, finding = graded("nesterov", "nesterov_step", lines)
    assert (finding.state, report.problem) == ("todo", "")


def test_dots_that_are_an_index_are_no_line_to_write():
    lines = "return a[..., q : q + m, r : r + m]"
    assert graded("kernel-step", "met", lines)[1].state == "wrong"


BORROWED = {
    "softmax: in the function": ("from backprop import softmax as right\nreturn right(Z)", "right"),
    "relu_slope: in the function": ("from backprop import relu\nreturn relu.derivative(z)", "relu"),
    "softmax: a module": ("import backprop.activations as own\nreturn own.softmax(Z)", "own"),
}


@pytest.mark.parametrize("what", BORROWED)
def test_what_the_package_computes_is_not_written(what):
    lines, name = BORROWED[what]
    report, finding = graded(*place(what), lines)
    assert finding.state == "right"
    assert report.problem.startswith(f"`{name}` is the package's own.")
    assert not report.passed


@pytest.mark.parametrize("line", ["from backprop import softmax as own", "import backprop as own"])
def test_what_the_package_computes_may_be_compared(line):
    solution = exercise("softmax").solution
    compare = f"{line}\n\ndef compared(Z):\n    return own.softmax(Z) - softmax(Z)\n"
    assert grade(exercise("softmax"), solution + compare).passed
    helped = solution.replace("    E = ", "    return compared(Z)\n    E = ") + compare
    assert not grade(exercise("softmax"), helped).passed
    above = solution.replace("    E = ", "    return own.softmax(Z)\n    E = ")
    if line.startswith("import"):
        report = grade(exercise("softmax"), f"{line}\n{above}")
        assert report.problem.startswith("`own` is the package's own.")
    # A name that the program defines anew is its own.
    assert grade(exercise("softmax"), f"from backprop import softmax\n{solution}").passed


@pytest.mark.parametrize("module", ["backprop", "backprop.activations"])
def test_what_is_imported_without_a_name_is_the_packages_too(module):
    solution = exercise("activations").solution
    stars = f"from {module} import *\n"
    assert grade(exercise("activations"), stars + solution).passed
    assert grade(exercise("activations"), solution.replace("np\n", f"np\n{stars}")).passed
    borrowed = solution.replace("return np.where(z > 0, 1.0, 0.0)", "return relu.derivative(z)")
    assert borrowed != solution
    report = grade(exercise("activations"), stars + borrowed)
    assert report.problem.startswith("`relu` is the package's own.")


def test_a_given_array_that_a_line_writes_into_is_noticed():
    line = "W_output *= delta_output\ndelta_hidden = W_output * a_hidden * (1 - a_hidden)"
    report, finding = graded("the-program", "delta_hidden", line)
    assert finding.state == "right"
    assert report.problem.startswith("`W_output` is changed in place")
    assert not report.passed
    line = "W_output[:] = W_output * delta_output\ndelta_hidden = W_output * a_hidden"
    assert not graded("the-program", "delta_hidden", f"{line} * (1 - a_hidden)")[0].passed
    line = "s = a_hidden.copy()\ns *= 1 - a_hidden\ndelta_hidden = delta_output * W_output * s"
    assert graded("the-program", "delta_hidden", line)[0].passed


def test_no_mistake_is_named_that_was_not_made():
    few = "d = (T - Y) * Y * (1 - Y) / (N - 1)\ne = (d @ W_2.T) * A * (1 - A)\n"
    few += "return X.T @ e, e.sum(axis=0), A.T @ d, d.sum(axis=0)"
    assert "uphill" not in graded("batch", "backward", few)[1].said
    assert "uphill" in graded("batch", "backward", few.replace("T - Y", "Y - T"))[1].said
    late = "d = (t - y) * y * (1 - y)\nW_2 = W_2 + learning_rate * np.outer(a, d)\n"
    late += "return W_1 + learning_rate * np.outer(x, W_2 @ d * a * (1 - a)), W_2"
    said = graded("update", "updated", late)[1].said
    assert "have been updated already" in said
    assert "learning rate, 0.5" not in said
    sums = "return X.T @ delta - decay * W, delta.sum(axis=0)"
    said = graded("weight-decay", "backward", sums)[1].said
    assert "summed over the examples" in said
    assert "penalty" not in said


LOOSE = {
    *("adam", "clipping", "dropout-mask", "early-stopping", "first-weights", "momentum"),
    *("nesterov", "rmsprop", "softmax", "update"),
}
"""Exercises that ask for no derivative, so that rounding is all that they are to bear."""
TYPED = {"by-hand", "checker", "loss-scaling"}
"""Exercises whose numbers are typed, are quotients themselves, or have few digits."""


def test_no_derivative_is_right_if_it_is_a_difference_quotient():
    found = {name for name in NAMES if not exercise(name).tolerance <= EXACT}
    assert found == LOOSE | TYPED
