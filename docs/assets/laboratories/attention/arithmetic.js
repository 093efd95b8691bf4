// The arithmetic of attention, forward and back: that of the package `backprop`, with its names, for
// one head, three places and two numbers per place. An array is a list of rows.

const transposed = A => A[0].map((_, j) => A.map(row => row[j]));

const times = (A, factor) => A.map(row => row.map(each => each * factor));

const dot = (a, b) => a.reduce((sum, each, r) => sum + each * b[r], 0);

const product = (A, B) => {
  const columns = transposed(B);
  return A.map(row => columns.map(column => dot(row, column)));
};

const sum = (...arrays) =>
  arrays[0].map((row, i) => row.map((_, j) => arrays.reduce((total, A) => total + A[i][j], 0)));

/** What the scores are multiplied by. */
export const scale = (d, scaled) => scaled ? 1 / Math.sqrt(d) : 1;

/** Whether place i may take from place j. */
export const allowed = (i, j, causal) => !causal || j <= i;

/** How well each query fits each key. */
export const attentionScores = (q, k, scaled) =>
  times(product(q, transposed(k)), scale(q[0].length, scaled));

/** The softmax of each row of scores, over the places from which the row may take. */
export const attentionWeights = (s, causal) => s.map((row, i) => {
  const largest = Math.max(...row.filter((_, j) => allowed(i, j, causal)));
  const shares = row.map((each, j) => allowed(i, j, causal) ? Math.exp(each - largest) : 0);
  const all = shares.reduce((total, each) => total + each, 0);
  return shares.map(each => each / all);
});

/** Error terms of the scores, from the errors of the weights and from their means, one per row. */
export const softmaxError = (e_p, p, M) =>
  p.map((row, i) => row.map((each, j) => each * (e_p[i][j] - M[i][0])));

/** All arrays of both passes, by their names, from x, the three weights and the errors e. */
export function compute({ x, W_q, W_k, W_v, e, causal, scaled }) {
  const [q, k, v] = [W_q, W_k, W_v].map(W => product(x, W));
  const s = attentionScores(q, k, scaled), p = attentionWeights(s, causal), y = product(p, v);

  const e_v = product(transposed(p), e), e_p = product(e, transposed(v));
  const M = p.map((row, i) => [dot(row, e_p[i])]);
  const delta = softmaxError(e_p, p, M), factor = scale(q[0].length, scaled);
  const e_q = times(product(delta, k), factor), e_k = times(product(transposed(delta), q), factor);
  const [D_q, D_k, D_v] = [e_q, e_k, e_v].map(error => product(transposed(x), error));
  const e_x = sum(...[[e_q, W_q], [e_k, W_k], [e_v, W_v]].map(([error, W]) =>
    product(error, transposed(W))));
  return { x, W_q, W_k, W_v, q, k, v, s, p, y, e, e_v, e_p, M, delta, e_q, e_k, D_q, D_k, D_v, e_x };
}
