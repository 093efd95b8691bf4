// The mistakes that a program can be told to make: their words, and their lines of Python. The
// numbers are those of the chapter on ten wrong gradients.

/** What is taken for the slope of hidden units: words, and the slope in Python, for activation f. */
export const SLOPES = {
  right: ["right", f => `${f}.derivative(a)`],
  dropped: ["1. dropped", () => "1"],
  "of-z": ["2. of z, which it is not of", f => `${f}.derivative(trace.z[l - 1])`],
  "of-a": ["3. of a, as if a were z", f => `${f}.derivative(${f}(a))`],
  "always-on": ["4. relu is always on", () => "(a >= 0)"],
};

/** What can be switched on. */
export const SWITCHES = {
  "moved-first": "6. Weights move before the error comes back over them",
  "last-loss": "7. The loss shown is that of the last point",
  "flat-target": "8. Every output meets every target",
  "no-output-slope": "The slope of the output is dropped",
  "no-bias": "The biases do not learn",
  "wrong-sign": "The error has the wrong sign",
};

/** The lines of a backward pass that is written out, wrong where a comment says so. */
export function lines(activation, mistakes) {
  const mark = wrong => wrong ? "  # wrong" : "";
  const flat = mistakes["flat-target"];
  const target = flat ? "target.mean()" : "target";
  const error = mistakes["wrong-sign"] ? `(y - ${target})` : `(${target} - y)`;
  const slope = mistakes["no-output-slope"] ? "" : " * sigmoid.derivative(y)";
  const back = "e = delta @ network[l].W.T";
  const move = 'network[l].W += optimizer.step(("W", l), a.T @ delta)';
  const bias = 'network[l].b += optimizer.step(("b", l), delta.sum(axis=0))';
  const first = mistakes["moved-first"];
  const wrong = mistakes.slope !== "right";
  return [
    "trace = network.forward(x)",
    "y = trace.output",
    `delta = ${error}${slope} / len(x)${mark(flat || mistakes["wrong-sign"] || !slope)}`,
    "for l in range(len(network), 0, -1):",
    "    a = trace.a[l - 1]",
    ...(first ? [move, `${back}${mark(true)}`] : [back, move]).map(line => `    ${line}`),
    ...(mistakes["no-bias"] ? ["    # wrong: the biases stay as they are"] : [`    ${bias}`]),
    "    if l > 1:",
    `        delta = e * ${SLOPES[mistakes.slope][1](activation)}${mark(wrong)}`,
  ];
}

/** The loss that is shown, in Python, of outputs y. */
export function shown(mistakes) {
  if (mistakes["last-loss"]) return "squared_error(y[-1:], target[-1:])  # wrong";
  if (mistakes["flat-target"]) return "((target.T - y) ** 2).mean() / 2  # wrong";
  return "squared_error(y, target)";
}
