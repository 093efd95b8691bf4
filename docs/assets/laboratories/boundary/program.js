// A program that prints the losses of the laboratory with the package, from the same weights.

import { list } from "../copy.js";
import { lines, shown } from "./mistakes.js";

const DATA = {
  xor: "datasets.xor()",
  moons: "datasets.two_moons(20, 0.15, np.random.default_rng(0))",
  spirals: "datasets.spirals(30, 0.02, np.random.default_rng(0))",
};
const OPTIMIZERS = {
  descent: ["GradientDescent", ""],
  momentum: ["GradientDescent", ", momentum=0.9"],
  adam: ["Adam", ""],
};

/**
 * The program for a state, the network at the start, and how many steps both programs took.
 * `mistakes` is what the one does otherwise; null if nothing.
 */
export function program({ data, optimizer, rate }, { W, b, activation }, mistakes, steps) {
  const [name, more] = OPTIMIZERS[optimizer];
  const needed = [name, "Layer", "Network", "datasets", "sigmoid", "train"];
  if (activation !== "sigmoid") needed.push(activation);
  if (mistakes) needed.push("squared_error");
  const classes = needed.filter(each => /^[A-Z]/.test(each)).sort();
  const others = needed.filter(each => /^[a-z]/.test(each)).sort();
  const L = Object.keys(W).length;
  const layers = Object.keys(W).map(l =>
    `            Layer(${list(W[l])}, ${list(b[l])}, ${+l === L ? "sigmoid" : activation}),`);
  const every = Math.max(1, Math.floor(steps / 20));
  return `import numpy as np

from backprop import ${[...classes, ...others].join(", ")}

x, target = ${DATA[data]}


def start():
    return Network(
        [
${layers.join("\n")}
        ]
    )


optimizer = ${name}(${rate}${more})
right = train(start(), x, target, epochs=${steps}, optimizer=optimizer).losses
${mistakes ? wrong(`${name}(${rate}${more})`, activation, mistakes, steps) : ""}
for step in [*range(0, ${steps}, ${every}), ${steps}]:
    print(step, right[step]${mistakes ? ", wrong[step]" : ""})
`;
}

/** The lines of the program with its mistakes. */
function wrong(optimizer, activation, mistakes, steps) {
  return `
network, optimizer = start(), ${optimizer}


def loss_shown():
    y = network.predict(x)
    return ${shown(mistakes)}


wrong = [loss_shown()]
for _ in range(${steps}):
${lines(activation, mistakes).map(line => `    ${line}`).join("\n")}
    wrong.append(loss_shown())
`;
}
