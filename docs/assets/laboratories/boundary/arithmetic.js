// The arithmetic of the laboratory: dense layers with biases, trained on all examples by squared
// error, with the names of the package `backprop`. What belongs to layer l is kept under l, and rows
// are examples. `mistakes` says what the program does otherwise than right; see mistakes.js.

/** 1 / (1 + exp(-z)). The exponential is never of a positive number, and cannot overflow. */
export function sigmoid(z) {
  const e = Math.exp(-Math.abs(z));
  return (z >= 0 ? 1 : e) / (1 + e);
}

/** Each activation with its derivative, which is given the output a. */
export const ACTIVATIONS = {
  sigmoid: { function: sigmoid, derivative: a => a * (1 - a) },
  tanh: { function: Math.tanh, derivative: a => (1 - a) * (1 + a) },
  relu: { function: z => z > 0 ? z : 0, derivative: a => a > 0 ? 1 : 0 },
};

const each = (rows, f) => rows.map(row => row.map(f));

/** The product of two matrices. */
function matmul(A, B) {
  return A.map(row => {
    const sums = new Array(B[0].length).fill(0);
    for (let i = 0; i < row.length; i++) {
      const a = row[i], weights = B[i];
      for (let j = 0; j < sums.length; j++) sums[j] += a * weights[j];
    }
    return sums;
  });
}

const transposed = A => A[0].map((_, j) => A.map(row => row[j]));

/** The sum of all rows. */
const summed = A => A.reduce((sums, row) => sums.map((sum, j) => sum + row[j]));

/** A network: W[l] and b[l] of layers 1 to L, the name of the activation of its hidden layers. */
const depth = network => Object.keys(network.W).length;

/** The activation of a layer: that of the last is the sigmoid. */
const activationOf = (network, l) =>
  ACTIVATIONS[l === depth(network) ? "sigmoid" : network.activation];

/** Runs a network forward: input z and output a of every layer, for examples x in rows. */
export function forward(network, x) {
  const z = {}, a = { 0: x };
  for (let l = 1; l <= depth(network); l++) {
    z[l] = matmul(a[l - 1], network.W[l]).map(row => row.map((sum, j) => sum + network.b[l][j]));
    a[l] = each(z[l], activationOf(network, l).function);
  }
  return { z, a, output: a[depth(network)] };
}

/** Half the squared error, averaged over the examples. */
export const squaredError = (y, t) =>
  y.reduce((sum, row, k) => sum + (t[k][0] - row[0]) ** 2, 0) / (2 * y.length);

/** The loss that a program shows. */
function lossShown(y, t, mistakes) {
  if (mistakes["last-loss"]) return squaredError(y.slice(-1), t.slice(-1));
  if (!mistakes["flat-target"]) return squaredError(y, t);
  // Each output is compared with each target.
  return y.reduce((sum, row) => sum + squaredError(t.map(() => row), t), 0) / y.length;
}

/** Error terms of the output layer, minus dE/dz. */
function outputDelta(y, t, mistakes) {
  const mean = t.reduce((sum, [each]) => sum + each, 0) / t.length;
  const sign = mistakes["wrong-sign"] ? -1 : 1;
  return y.map(([output], k) => {
    const e = sign * ((mistakes["flat-target"] ? mean : t[k][0]) - output);
    return [e * (mistakes["no-output-slope"] ? 1 : output * (1 - output)) / y.length];
  });
}

/** The slope of a hidden unit, or what the program takes for it. */
function slope({ function: f, derivative }, z, a, wrong) {
  if (wrong === "dropped") return 1;
  if (wrong === "of-z") return derivative(z);
  if (wrong === "of-a") return derivative(f(a));
  if (wrong === "always-on") return a >= 0 ? 1 : 0;
  return derivative(a);
}

/** What each optimizer makes of the direction d, and of what it remembers of that array. */
const RULES = {
  descent: (memory, d, eta) => eta * d,
  momentum: (memory, d, eta, k) => memory.v[k] = 0.9 * (memory.v[k] ?? 0) + eta * d,
  adam(memory, d, eta, k) {
    const m = memory.m[k] = 0.9 * (memory.m[k] ?? 0) + (1 - 0.9) * d;
    const s = memory.s[k] = 0.999 * (memory.s[k] ?? 0) + (1 - 0.999) * d * d;
    const { tau } = memory;
    return eta * (m / (1 - 0.9 ** tau)) / (Math.sqrt(s / (1 - 0.999 ** tau)) + 1e-8);
  },
};

/** The steps of one array, numbers in rows, by an optimizer that remembers earlier ones. */
function steps(optimizer, key, downhill) {
  const memory = optimizer.memory[key] ??= { v: [], m: [], s: [], tau: 0 };
  memory.tau++;
  let k = 0;
  return each(downhill, d => RULES[optimizer.rule](memory, d, optimizer.learning_rate, k++));
}

const added = (W, step) => W.map((row, i) => row.map((w, j) => w + step[i][j]));

/** One step from a forward pass: the network after it. The optimizer remembers what it must. */
export function step(network, { z, a, output }, optimizer, t, mistakes = {}) {
  const W = { ...network.W }, b = { ...network.b };
  let delta = outputDelta(output, t, mistakes);
  for (let l = depth(network); l >= 1; l--) {
    const before = W[l];
    W[l] = added(W[l], steps(optimizer, `W${l}`, matmul(transposed(a[l - 1]), delta)));
    if (!mistakes["no-bias"]) [b[l]] = added([b[l]], steps(optimizer, `b${l}`, [summed(delta)]));
    if (l === 1) break;
    const e = matmul(delta, transposed(mistakes["moved-first"] ? W[l] : before));
    const units = activationOf(network, l - 1);
    delta = e.map((row, k) => row.map((each, j) =>
      each * slope(units, z[l - 1][k][j], a[l - 1][k][j], mistakes.slope)));
  }
  return { ...network, W, b };
}

const allFinite = arrays => Object.values(arrays).flat(2).every(Number.isFinite);

/** A program that learns: its network, and the losses that it shows, before and after each step. */
export class Learner {
  constructor(network, { optimizer, learning_rate, mistakes = {} }, { x, t }) {
    Object.assign(this, { mistakes, x, t, losses: [], stopped: false });
    this.optimizer = { rule: optimizer, learning_rate, memory: {} };
    this.take(network);
  }

  /** Takes a network, if it and what it computes are finite; else the last one stays. */
  take(network) {
    const trace = forward(network, this.x);
    this.stopped = ![network.W, network.b, trace.z].every(allFinite);
    if (this.stopped) return;
    Object.assign(this, { network, trace });
    this.losses.push(lossShown(trace.output, this.t, this.mistakes));
  }

  learn() {
    if (this.stopped) return;
    this.take(step(this.network, this.trace, this.optimizer, this.t, this.mistakes));
  }

  /** How many points are on the right side of the line where the output is one half. */
  right() {
    return this.trace.output.filter(([y], k) => (y > 0.5) === (this.t[k][0] > 0.5)).length;
  }
}
