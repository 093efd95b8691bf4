// The engine of the package, for numbers: a program that was read becomes a graph, through which the
// gradient goes back along each path, or once along each edge.

import { OPERATIONS } from "./operations.js";

/** A value that knows how it was computed; a constant is a plain number among its parents. */
const variable = (name, value, more = {}) => ({ name, value, parents: [], slopes: [], ...more });

const valueOf = operand => (typeof operand === "number" ? operand : operand.value);
const variablesOf = operands => operands.filter(each => typeof each !== "number");

const short = number => String(+number.toPrecision(4)).replaceAll("-", "−");

/** The names of a program that are used before they are given, in their order: its inputs. */
export function inputsOf(lines) {
  const inputs = new Set(), given = new Set();
  const visit = tree => {
    if (tree.name && !given.has(tree.name)) inputs.add(tree.name);
    tree.operands?.forEach(visit);
  };
  for (const { name, tree } of lines) {
    visit(tree);
    given.add(name);
  }
  return [...inputs];
}

/**
 * Runs a program with values for its inputs: the output, the inputs, and the complaint about the
 * first operation that has no value or no slope, with its place in the text.
 */
export function run(lines, values) {
  const names = new Map(inputsOf(lines).map(name => [name, variable(name, values[name])]));
  const inputs = [...names.values()];
  let complaint = null;
  const complain = (message, tree) => {
    complaint ??= { message, start: tree.at, end: tree.end, tree };
  };

  function compute(tree) {
    if ("value" in tree) return tree.value;
    if (tree.name) return names.get(tree.name);
    const operands = tree.operands.map(compute), numbers = operands.map(valueOf);
    const varies = operands.map(each => typeof each !== "number");
    const { value, slopes, refuses } = OPERATIONS[tree.operation];
    const refused = refuses?.(...numbers, varies);
    if (refused) complain(`${refused}, and here it gets ${numbers.map(short).join(" and ")}`, tree);
    const y = refused ? NaN : value(...numbers);
    if (!Number.isFinite(y)) complain("the value here is too large for a floating-point number", tree);
    if (!varies.includes(true)) return y;
    const local = slopes.flatMap((slope, i) =>
      (varies[i] ? [refused ? NaN : slope(y, ...numbers)] : []));
    if (!local.every(Number.isFinite)) {
      complain("the slope is infinite here, which no gradient may hold", tree);
    }
    return variable(tree.operation, y, { parents: operands, slopes: local, tree });
  }

  let output;
  for (const { name, tree } of lines) {
    output = compute(tree);
    if (name !== null) names.set(name, output);
    if (name !== null && output.parents?.length) output.given ??= name;
  }
  return { output, inputs, complaint };
}

/** What an output was computed from, each before all that use it, and the output last. */
export function topologicalOrder(output) {
  const order = [], seen = new Set(), waiting = [[output, false]];
  while (waiting.length) {
    const [node, parents_are_done] = waiting.pop();
    if (parents_are_done) order.push(node);
    else if (!seen.has(node)) {
      seen.add(node);
      waiting.push([node, true]);
      for (const parent of variablesOf(node.parents).reverse()) waiting.push([parent, false]);
    }
  }
  return order;
}

/** The edges that arrive at a node: from which parent, and the local derivative. */
export const edgesOf = node =>
  variablesOf(node.parents).map((parent, i) => ({ node, parent, i, local: node.slopes[i] }));

/**
 * One reverse sweep: the nodes from the output on, each with its adjoint, which is whole by then, and
 * the terms that it hands to its parents.
 */
export function sweep(output) {
  const adjoint = new Map([[output, 1]]);
  return topologicalOrder(output).reverse().map(node => ({
    node,
    adjoint: adjoint.get(node),
    terms: edgesOf(node).map(edge => {
      const term = adjoint.get(node) * edge.local;
      const so_far = adjoint.has(edge.parent) ? adjoint.get(edge.parent) + term : term;
      adjoint.set(edge.parent, so_far);
      return { ...edge, term, so_far };
    }),
  }));
}

/** The derivatives of an output by its inputs; 0 where it does not depend on one. */
export function gradients(output, inputs) {
  const found = new Map(sweep(output).map(({ node, adjoint }) => [node, adjoint]));
  return inputs.map(input => found.get(input) ?? 0);
}

/** How many paths lead from each node to an input, as whole numbers of any size. */
export function countPaths(output, input) {
  const count = new Map();
  for (const node of topologicalOrder(output)) {
    const through = edgesOf(node).reduce((sum, { parent }) => sum + count.get(parent), 0n);
    count.set(node, node === input ? 1n : through);
  }
  return count;
}

/** Yields all paths from an output to an input, each as its edges, one by one. */
export function* paths(output, input, count = countPaths(output, input)) {
  if (output === input) yield [];
  for (const edge of edgesOf(output)) {
    if (!count.get(edge.parent)) continue;
    for (const rest of paths(edge.parent, input, count)) yield [edge, ...rest];
  }
}

/** The product of the local derivatives along a path. */
export const product = edges => edges.reduce((whole, { local }) => whole * local, 1);
