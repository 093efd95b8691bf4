// The arithmetic of the explorer: that of the package `backprop`, with its names, for one example
// and sigmoid units without biases. As there, what belongs to layer l is kept under l: W[1] holds
// the rows of the hidden weights, and a[0] is x.

/** The number of layers of the network with weights W. */
const depth = W => Object.keys(W).length;

/** Returns f(l) under each l from first to last. */
const layers = (first, last, f) =>
  Object.fromEntries(Array.from({ length: last - first + 1 }, (_, i) => [first + i, f(first + i)]));

/** 1 / (1 + exp(-z)). The exponential is never of a positive number, and cannot overflow. */
export function sigmoid(z) {
  const e = Math.exp(-Math.abs(z));
  return (z >= 0 ? 1 : e) / (1 + e);
}

/** The slope of the sigmoid, from its output. */
const slope = a => a * (1 - a);

/** Input to the units of a layer, a W. */
const weightedInput = (a, W) =>
  W[0].map((_, j) => a.reduce((sum, each, i) => sum + each * W[i][j], 0));

/** Error attributed to each hidden unit: the next error terms, over the weights. */
const hiddenError = (delta, W) =>
  W.map(row => row.reduce((sum, each, k) => sum + delta[k] * each, 0));

/** Step of a layer's weights: learning rate times its error term times its input. */
const weightStep = (a, delta, learning_rate) =>
  a.map(each => delta.map(term => each * term * learning_rate));

/** Half the sum of the squared errors. */
const squaredError = error => error.reduce((sum, each) => sum + each * each, 0) / 2;

/** Runs a network forward: input z and output a of every layer. */
export function forward(W, x) {
  const z = {}, a = { 0: x };
  for (let l = 1; l <= depth(W); l++) {
    z[l] = weightedInput(a[l - 1], W[l]);
    a[l] = z[l].map(sigmoid);
  }
  return { z, a };
}

/** Carries the error at the output back: error terms of every layer, minus dE/dz. */
export function backward(W, { a }, target) {
  const L = depth(W);
  const error = a[L].map((y, k) => target[k] - y);
  const delta = { [L]: error.map((e, k) => e * slope(a[L][k])) };
  const hidden_error = {};
  for (let l = L - 1; l > 0; l--) {
    hidden_error[l] = hiddenError(delta[l + 1], W[l + 1]);
    delta[l] = hidden_error[l].map((e, j) => e * slope(a[l][j]));
  }
  return { loss: squaredError(error), error, delta, hidden_error };
}

/** Steps of all weights, to be added. */
export const steps = ({ a }, { delta }, learning_rate) => ({
  W: layers(1, depth(delta), l => weightStep(a[l - 1], delta[l], learning_rate)),
});

/** The weights after the steps. */
export const apply = (W, steps) =>
  layers(1, depth(W), l => W[l].map((row, i) => row.map((w, j) => w + steps.W[l][i][j])));

/** Learns one example for some updates: the weights after them, and the loss before and after each. */
export function train(W, x, target, learning_rate, updates) {
  const losses = [];
  for (let update = 0; ; update++) {
    const trace = forward(W, x), back = backward(W, trace, target);
    losses.push(back.loss);
    if (update >= updates) return { W, losses };
    W = apply(W, steps(trace, back, learning_rate));
  }
}

/** Gradient of the loss for the weights of layer l, by central differences. */
export const centralDifference = (W, x, target, l, h = 1e-5) =>
  W[l].map((row, i) => row.map((_, j) => {
    const loss = step => {
      const moved = { ...W, [l]: W[l].map(each => [...each]) };
      moved[l][i][j] += step;
      return backward(moved, forward(moved, x), target).loss;
    };
    return (loss(h) - loss(-h)) / (2 * h);
  }));

/** Distance of two gradients, relative to the longer one. */
export function relativeError(analytic, numerical) {
  const a = analytic.flat(), n = numerical.flat();
  const longer = Math.max(Math.hypot(...a), Math.hypot(...n));
  return longer && Math.hypot(...a.map((each, i) => each - n[i])) / longer;
}
