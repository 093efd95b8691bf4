// The graph as a drawing: values, adjoints and local derivatives, and what of them is marked.

import { drawing, element, written } from "../fields.js";
import { edgesOf, topologicalOrder } from "./arithmetic.js";
import { layout } from "./layout.js";
import { OPERATIONS } from "./operations.js";

const FORWARD = "var(--bp-forward)", ERROR = "var(--bp-error)", INK = "var(--md-default-fg-color)";

/** A number in a drawing; what has no value is a question mark. */
export const brief = number => (Number.isFinite(number) ? written(number, 3) : "?");

/** What a node is called: an input by its name, an operation with the constants that it met. */
export function title(node) {
  if (!node.parents.length) return node.name;
  const { symbol } = OPERATIONS[node.name];
  const sides = node.parents.map(each => (typeof each === "number" ? brief(each) : ""));
  const said = symbol ? `${sides[0]} ${symbol} ${sides[1]}` : [node.name, ...sides].join(" ");
  return `${node.given ? `${node.given}: ` : ""}${said.replace(/ +/g, " ").trim()}`;
}

/** All numbers of a graph in words, node by node. */
function description(output, adjoints) {
  const order = topologicalOrder(output), place = new Map(order.map((node, i) => [node, i + 1]));
  return order.map(node => {
    const edges = edgesOf(node);
    const from = edges.map(({ parent, local }) => `${place.get(parent)}, local derivative ${brief(local)}`);
    return `${place.get(node)}: ${title(node)}${edges.length ? ` of ${from.join(", and ")}` : ""}, `
      + `value ${brief(node.value)}, adjoint ${brief(adjoints.get(node))}`;
  }).join(". ");
}

const text = (x, y, said, color, anchor = "start") => {
  const made = drawing("text", { x, y, "text-anchor": anchor }, said);
  made.style.fill = color;
  return made;
};

/**
 * Draws the graph of an output. `shown` gives the adjoint that a node shows, or nothing; `marked`
 * says whether an edge is part of what is looked at; `current` is a node that is.
 */
export function draw(output, { adjoints, shown, marked, current, refused }) {
  const words = node => [[title(node), brief(node.value)], ["adjoint", brief(adjoints.get(node))]];
  const { boxes, links, width, height } = layout(output, words, ({ local }) => brief(local));
  const svg = drawing("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", class: "expression-graph" },
    drawing("title", {}, "The graph of the expression"),
    drawing("desc", {}, description(output, adjoints)));
  svg.style.width = `${width}px`;
  for (const { edge, d, label } of links) {
    const on = marked(edge);
    svg.append(drawing("path", {
      d, fill: "none", stroke: on ? ERROR : INK, "stroke-width": on ? 3 : 1,
    }));
    if (label) {
      svg.append(text(label.x, label.y, brief(edge.local), on ? ERROR : INK, label.left ? "end" : "start"));
    }
  }
  for (const [node, { x, top, width, height }] of boxes) {
    const left = x - width / 2, adjoint = shown(node), looked = node === current;
    const loud = looked || (refused && node.tree === refused);
    svg.append(drawing("rect", {
      class: looked ? "current" : "", x: left, y: top, width, height, rx: 8, fill: looked ? "var(--bp-target)" : "var(--bp-unit)",
      stroke: loud ? ERROR : INK,
      "stroke-width": loud ? 3 : 1,
    }));
    svg.append(text(left + 5, top + 14, title(node), INK));
    svg.append(text(left + width - 5, top + 14, brief(node.value), FORWARD, "end"));
    if (adjoint === undefined) continue;
    svg.append(text(left + 5, top + 28, "adjoint", ERROR));
    svg.append(text(left + width - 5, top + 28, brief(adjoint), ERROR, "end"));
  }
  return svg;
}

/** A part that scrolls where a drawing is larger, by keyboard too, to what is looked at. */
export function scroller() {
  const part = element("div", {
    className: "laboratory-scroller", tabIndex: 0, role: "region", "aria-label": "The graph",
  });
  const show = svg => {
    part.replaceChildren(svg);
    const current = svg.querySelector(".current");
    if (current) part.scrollTop = current.y.baseVal.value - part.clientHeight / 2;
  };
  return Object.assign(part, { show });
}
