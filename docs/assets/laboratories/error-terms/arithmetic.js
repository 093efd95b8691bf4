// The arithmetic of a stack of layers, forward and back, with the names of the package `backprop`:
// each part returns its output and its pullback. Rows are examples.

import { generator, normal } from "../random.js";

/** How many examples go through the stack together. */
export const EXAMPLES = 16;

const sigmoid = z => {
  const e = Math.exp(-Math.abs(z));
  return (z >= 0 ? 1 : e) / (1 + e);
};
const exponent = z => Math.sqrt(8 / Math.PI) * (z + 0.044715 * z ** 3);

/** Each activation, and its slope at z. */
const ACTIVATIONS = {
  identity: [z => z, () => 1],
  sigmoid: [sigmoid, z => (a => a * (1 - a))(sigmoid(z))],
  tanh: [Math.tanh, z => (a => (1 - a) * (1 + a))(Math.tanh(z))],
  relu: [z => Math.max(z, 0), z => z > 0 ? 1 : 0],
  gelu: [z => z * sigmoid(exponent(z)), z => {
    const s = sigmoid(exponent(z));
    return s + z * s * (1 - s) * Math.sqrt(8 / Math.PI) * (1 + 3 * 0.044715 * z ** 2);
  }],
  silu: [z => z * sigmoid(z), z => (s => s * (1 + z * (1 - s)))(sigmoid(z))],
};

/** The deviation of first weights, for n inputs and n units. */
export const DEVIATIONS = {
  small: n => 0.5 * Math.sqrt(1 / n),
  glorot: n => Math.sqrt(1 / n),
  he: n => Math.sqrt(2 / n),
  large: n => 2 * Math.sqrt(1 / n),
};

const mean = row => row.reduce((sum, each) => sum + each, 0) / row.length;

/** Rows less their means. */
const centered = row => (m => row.map(each => each - m))(mean(row));

const rootMeanSquare = row => Math.sqrt(mean(row.map(each => each * each)) + 1e-5);

/** The error of numbers, from that of what they are when centered and divided by their spread. */
function standardizedError(e, a_hat, spread) {
  const m = mean(e), along = mean(e.map((each, i) => each * a_hat[i]));
  return e.map((each, i) => (each - m - a_hat[i] * along) / spread);
}

const transposed = A => A[0].map((_, j) => A.map(row => row[j]));

function matmul(A, B) {
  return A.map(row => {
    const sums = new Array(B[0].length).fill(0);
    row.forEach((a, i) => B[i].forEach((b, j) => { sums[j] += a * b; }));
    return sums;
  });
}

const added = (A, B) => A.map((row, i) => row.map((each, j) => each + B[i][j]));

/** A layer of weights alone. */
const dense = W => a => [matmul(a, W), e => matmul(e, transposed(W))];

const units = name => z => {
  const [f, slope] = ACTIVATIONS[name];
  return [z.map(row => row.map(f)), e => e.map((row, i) => row.map((each, j) => each * slope(z[i][j])))];
};

/** Each row to mean 0 and spread 1. */
const layerNormalization = a => {
  const c = a.map(centered), spread = c.map(rootMeanSquare);
  const a_hat = c.map((row, i) => row.map(each => each / spread[i]));
  return [a_hat, e => e.map((row, i) => standardizedError(row, a_hat[i], spread[i]))];
};

/** Each column likewise, over the examples. */
const batchNormalization = a => {
  const [a_hat, pullback] = layerNormalization(transposed(a));
  return [transposed(a_hat), e => transposed(pullback(transposed(e)))];
};

const NORMALIZATIONS = { none: a => [a, e => e], layer: layerNormalization, batch: batchNormalization };

/** Two parts, one after the other. */
const chain = (first, second) => a => {
  const [middle, back] = first(a), [y, further] = second(middle);
  return [y, e => back(further(e))];
};

/** The root of the mean square of all numbers. */
const size = A => Math.sqrt(mean(A.flat().map(each => each * each)));

/**
 * The sizes of the values a after each layer, from layer 0, and of the error terms delta of each
 * layer, from layer 1: minus the derivatives with respect to what its weights give.
 */
export function sizes({ depth, width, activation, initialization, normalization, residual, start }) {
  const next = generator(start), deviation = DEVIATIONS[initialization](width);
  const draw = (rows, factor) => Array.from({ length: rows }, () =>
    Array.from({ length: width }, () => factor * normal(next)));
  let a = draw(EXAMPLES, 1), e = draw(EXAMPLES, 1);
  const around = chain(NORMALIZATIONS[normalization], units(activation));
  const values = [size(a)], backs = [], delta = new Array(depth);
  for (let l = 1; l <= depth; l++) {
    const layer = dense(draw(width, deviation));
    if (residual) {
      const [h, back] = around(a), [z, further] = layer(h);
      a = added(a, z);
      backs.push(error => [error, added(error, back(further(error)))]);
    } else {
      const [z, back] = layer(a), [y, further] = around(z);
      a = y;
      backs.push(error => (term => [term, back(term)])(further(error)));
    }
    values.push(size(a));
  }
  for (let l = depth; l >= 1; l--) {
    let term;
    [term, e] = backs[l - 1](e);
    delta[l - 1] = size(term);
  }
  return { a: values, delta };
}
