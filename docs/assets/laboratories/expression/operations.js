// What the engine of the package does to numbers: for each operation its value, and its slope in
// each operand, given the result y and the operands. As in `backprop.derivatives` and
// `backprop.activations`, line by line; what an operation refuses is said in a sentence.

const one = () => 1;

/** 1 / (1 + exp(-z)). The exponential is never of a positive number, and cannot overflow. */
function sigmoid(z) {
  const e = Math.exp(-Math.abs(z));
  return (z >= 0 ? 1 : e) / (1 + e);
}

const within = z => Math.min(Math.max(z, -50), 50);
const CUBIC = 0.044715, ROOT = Math.sqrt(8 / Math.PI), LEAK = 0.01;
const gelu_gate = z => sigmoid(ROOT * within(z) * (1 + CUBIC * within(z) ** 2));
const wins = (a, b) => (1 + Math.sign(a - b)) / 2;

function tanhSlope(_, a) {
  // Made of the operand: made of the result, 1 - y^2 has lost half of its digits where a is 10.
  const e = Math.exp(-2 * Math.abs(a));
  return 4 * e / (1 + e) ** 2;
}

function logaddexp(a, b) {
  const larger = Math.max(a, b);
  return larger + Math.log1p(Math.exp(-Math.abs(a - b)));
}

function powerRefuses(a, b, [, b_varies]) {
  if (a < 0 && !Number.isInteger(b)) return "a power of a negative number needs a whole exponent";
  if (a === 0 && b < 0) return "0 to a negative power would be a division by 0";
  if (a < 0 && b_varies) return "the slope in the exponent holds the logarithm of the base, which is negative";
  return "";
}

/** By its name in NumPy or in the package: value, slopes, what it refuses, how it is written. */
export const OPERATIONS = {
  positive: { value: a => a, slopes: [one] },
  negative: { value: a => -a, slopes: [() => -1] },
  add: { symbol: "+", value: (a, b) => a + b, slopes: [one, one] },
  subtract: { symbol: "−", value: (a, b) => a - b, slopes: [one, () => -1] },
  multiply: { symbol: "×", value: (a, b) => a * b, slopes: [(y, a, b) => b, (y, a) => a] },
  divide: {
    symbol: "÷", value: (a, b) => a / b, slopes: [(y, a, b) => 1 / b, (y, a, b) => -1 / b * y],
    refuses: (a, b) => (b === 0 ? "a division by 0 has no value" : ""),
  },
  power: {
    symbol: "^", value: (a, b) => a ** b, refuses: powerRefuses,
    slopes: [(y, a, b) => b * a ** (b === 0 ? 0 : b - 1), (y, a) => y * Math.log(a === 0 ? 1 : a)],
  },
  square: { value: a => a * a, slopes: [(y, a) => 2 * a] },
  sqrt: {
    value: Math.sqrt, slopes: [y => 1 / (2 * y)],
    refuses: a => (a < 0 ? "sqrt takes no negative number" : ""),
  },
  absolute: { value: Math.abs, slopes: [(y, a) => Math.sign(a)] },
  exp: { value: Math.exp, slopes: [y => y] },
  expm1: { value: Math.expm1, slopes: [(y, a) => Math.exp(a)] },
  log: {
    value: Math.log, slopes: [(y, a) => 1 / a],
    refuses: a => (a <= 0 ? "log takes only numbers above 0" : ""),
  },
  log1p: {
    value: Math.log1p, slopes: [(y, a) => 1 / (1 + a)],
    refuses: a => (a <= -1 ? "log1p takes only numbers above −1" : ""),
  },
  logaddexp: {
    value: logaddexp, slopes: [(y, a) => Math.exp(a - y), (y, a, b) => Math.exp(b - y)],
  },
  sin: { value: Math.sin, slopes: [(y, a) => Math.cos(a)] },
  cos: { value: Math.cos, slopes: [(y, a) => -Math.sin(a)] },
  tanh: { value: Math.tanh, slopes: [tanhSlope] },
  maximum: { value: Math.max, slopes: [(y, a, b) => wins(a, b), (y, a, b) => wins(b, a)] },
  minimum: { value: Math.min, slopes: [(y, a, b) => wins(b, a), (y, a, b) => wins(a, b)] },
  sigmoid: { unit: true, value: sigmoid, slopes: [y => y * (1 - y)] },
  relu: { unit: true, value: a => Math.max(a, 0), slopes: [y => Math.sign(y)] },
  leaky_relu: { unit: true, value: a => (a > 0 ? a : LEAK * a), slopes: [y => (y > 0 ? 1 : LEAK)] },
  silu: {
    unit: true, value: a => a * sigmoid(a),
    slopes: [(_, a) => sigmoid(a) * (1 + Math.max(a, -1e4) * (1 - sigmoid(a)))],
  },
  gelu: { unit: true, value: a => a * gelu_gate(a), slopes: [geluSlope] },
};

function geluSlope(_, a) {
  const s = gelu_gate(a), near = within(a);
  return s + near * s * (1 - s) * ROOT * (1 + 3 * CUBIC * near ** 2);
}

const OPERATORS = ["positive", "negative", "add", "subtract", "multiply", "divide", "power"];

/** The functions that can be written, each with its operation and how many numbers it takes. */
export const FUNCTIONS = Object.fromEntries(Object.entries(OPERATIONS)
  .filter(([name]) => !OPERATORS.includes(name))
  .map(([name, { slopes }]) => [name, { operation: name, takes: slopes.length }]));
FUNCTIONS.abs = FUNCTIONS.absolute;

export const CONSTANTS = { pi: Math.PI, e: Math.E };
