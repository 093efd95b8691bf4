"""What readers write otherwise than the catalogue: right in other words, and nearly right."""

import pytest

from backprop.exercises import exercise, grade


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
    "queries_and_keys_error: scaled before": (
        "delta = delta / q.shape[-1] ** 0.5\nreturn delta @ k, np.transpose(delta) @ q"
    ),
}
"""Right, in other words."""

EXERCISES = {
    "first-weights": ["glorot", "he", "glorot_bound"],
    "dropout-mask": ["mask", "forward of dropout-mask"],
    "embedding": ["table_downhill", "forward of embedding"],
    "forward-mode": ["jvp", "jacobian"],
    "hessian-vector": ["delta_dot", "hessian_product"],
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
