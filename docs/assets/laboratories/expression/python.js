// A program that was read, written out for the package.

import { inputsOf } from "./arithmetic.js";
import { OPERATIONS } from "./operations.js";

const OPERATORS = {
  add: ["+", 1], subtract: ["-", 1], multiply: ["*", 2], divide: ["/", 2], power: ["**", 4],
};
const SIGNS = { positive: "+", negative: "-" }, SIGN = 3;

/** A number as Python writes it; a large whole one becomes a float, as all numbers are here. */
const literal = value =>
  (Number.isSafeInteger(value) ? String(value) : String(value).replace("e+", "e"));

/** Whether a tree has a name in it that stands for a variable, and not for a number. */
const varies = (tree, variables) => (tree.name ? variables.has(tree.name)
  : Boolean(tree.operands?.some(each => varies(each, variables))));

/** A tree as Python: its text, and how tightly its outermost operation binds. */
function written(tree, variables) {
  if ("value" in tree) return [tree.constant ?? literal(tree.value), 9];
  if (tree.name) return [tree.name, 9];
  const { operation, operands } = tree;
  const inner = (operand, least) => {
    const [text, binds] = written(operand, variables);
    return binds < least ? `(${text})` : text;
  };
  if (operation in SIGNS) return [SIGNS[operation] + inner(operands[0], SIGN), SIGN];
  if (operation in OPERATORS) {
    const [sign, binds] = OPERATORS[operation], power = sign === "**";
    const left = inner(operands[0], power ? binds + 1 : binds);
    const right = inner(operands[1], power ? SIGN : binds + 1);
    return [`${left} ${sign} ${right}`, binds];
  }
  const given = operands.map(each => written(each, variables)[0]).join(", ");
  if (!OPERATIONS[operation].unit) return [`np.${operation}(${given})`, 9];
  return [varies(tree, variables) ? `apply_activation(${given}, ${operation})`
    : `${operation}.function(np.float64(${given}))`, 9];
}

/** A program for the package that prints the value and the gradients. */
export function program(lines, values) {
  const inputs = inputsOf(lines), units = new Set(), names = new Set(inputs);
  const collect = ({ operation, operands = [] }) => {
    if (OPERATIONS[operation]?.unit) units.add(operation);
    operands.forEach(collect);
  };
  for (const { name, tree } of lines) {
    names.add(name);
    collect(tree);
  }
  // What the program itself gives names to must not be a name of the reader's.
  const free = name => (names.has(name) ? free(`${name}_`) : name);
  const all = free("inputs"), output = free("output"), each = free("each"), slope = free("gradient");
  const variables = new Set(inputs);
  const code = lines.map(({ name, tree }, i) => {
    const [text] = written(tree, variables), last = i === lines.length - 1;
    variables[varies(tree, variables) ? "add" : "delete"](name);
    return `${last ? output : name} = ${text}`;
  });
  const using = code.join("\n").includes("np.") ? "import numpy as np\n\n" : "";
  const activations = units.size ? "\nfrom backprop.autodiff import apply_activation" : "";
  return `${using}from backprop import ${["Variable", "gradients", ...[...units].sort()].join(", ")}${activations}

${inputs.map(name => `${name} = Variable(${values[name]}, "${name}")`).join("\n")}
${all} = [${inputs.join(", ")}]

${code.join("\n")}

print("value", ${output}.value.item())
for ${each}, ${slope} in zip(${all}, gradients(${output}, ${all})):
    print(${each}.name, ${slope}.item())
`;
}
