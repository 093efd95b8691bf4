// The laboratory *Error terms by layer*: how large the values and the error terms are in each layer
// of a stack, as the reader builds it.

import { copyButton } from "../copy.js";
import { announcer, button, choice, element, group, slider, toggle, written } from "../fields.js";
import { follow, oneOf, read, whole, writer } from "../state.js";
import { sizes } from "./arithmetic.js";
import { chart } from "./chart.js";
import { program } from "./program.js";

/** The state that a reader begins with. */
export const FIRST = {
  depth: 20, width: 32, activation: "tanh", initialization: "glorot", normalization: "none",
  residual: 0, start: 1,
};
const CHOICES = {
  activation: ["tanh", "sigmoid", "relu", "gelu", "silu", "identity"].map(name => [name, name]),
  initialization: [["small", "too small: half of Glorot"], ["glorot", "Glorot"], ["he", "He"],
    ["large", "too large: twice Glorot"]],
  normalization: [["none", "none"], ["layer", "layer normalization"], ["batch", "batch normalization"]],
};
const BOUNDS = { depth: [1, 50], width: [2, 48], residual: [0, 1], start: [1, 999] };
const ROWS = 10;

/** The state that an address tells; what it says and cannot be is left out. */
function stateOf(told) {
  const state = { ...FIRST };
  for (const [name, options] of Object.entries(CHOICES)) {
    state[name] = oneOf(told?.get(name), options.map(([value]) => value), FIRST[name]);
  }
  for (const [name, [least, most]] of Object.entries(BOUNDS)) {
    state[name] = whole(told?.get(name) ?? null, least, most, FIRST[name]);
  }
  return state;
}

/** The layers of which the table tells: the first, the last, and some between them. */
const told = depth => [...new Set(Array.from({ length: ROWS }, (_, i) =>
  Math.round(1 + (depth - 1) * i / (ROWS - 1))))];

/** A row of a table. */
const row = (tag, cells) => element("tr", {}, ...cells.map((cell, j) =>
  element(j ? tag : "th", j && tag === "td" ? {} : { scope: tag === "td" ? "row" : "col" }, cell)));

/** What the sizes of the error terms come to. */
function verdict(delta) {
  const growth = delta[0] / delta.at(-1), layers = delta.length - 1;
  if (!layers) return "With one layer, there is nothing to compare.";
  if (!delta[0]) return "No error arrives at layer 1: the slopes of a whole layer are 0.";
  const factor = growth ** (1 / layers);
  return `From layer ${delta.length} back to layer 1 the error terms are multiplied by `
    + `${written(growth, 3)}, which is ${written(factor, 3)} per layer.`;
}

/** Builds the laboratory inside a part of the page. */
export function mount(root) {
  const keep = writer("error-terms", FIRST), announce = announcer();
  let state, found;

  const setting = (name, label) => choice(label, CHOICES[name], value => change({ [name]: value }));
  const number = (name, label) => slider(label,
    { least: BOUNDS[name][0], most: BOUNDS[name][1], step: 1 }, value => change({ [name]: value }));
  const fields = {
    depth: number("depth", "Layers"),
    width: number("width", "Units per layer"),
    activation: setting("activation", "Activation"),
    initialization: setting("initialization", "First weights"),
    normalization: setting("normalization", "Normalization"),
    residual: toggle("Residual connections", on => change({ residual: +on })),
  };
  const place = element("div");
  const key = element("p", { className: "errors-key" },
    element("span", { className: "a" }, "values"), element("span", { className: "delta" }, "error terms"));
  const made = element("p", { className: "laboratory-quiet" });
  const said = element("p", { className: "errors-said" });
  const table = element("table", { className: "errors-table", "aria-label": "Sizes by layer" });
  root.append(
    element("div", { className: "laboratory-fields" }, ...Object.values(fields)),
    group("Numbers", button("Other random numbers", () => change({ start: state.start % 999 + 1 })),
      button("Reset", () => change(FIRST))),
    made, key, place, said, table, copyButton(() => program(state)), announce);

  function render() {
    found = sizes(state);
    for (const [name, field] of Object.entries(fields)) field.set(name === "residual" ? Boolean(state.residual) : state[name]);
    const normal = state.normalization === "none" ? [] : [`${state.normalization} normalization`];
    const parts = state.residual ? [...normal, state.activation, "weights"] : ["weights", ...normal, state.activation];
    made.textContent = `A layer is: ${parts.join(", then ")}${state.residual ? ", added to what came in" : ""}. `
      + `Random numbers ${state.start}.`;
    said.textContent = verdict(found.delta);
    table.replaceChildren(row("th", ["layer", "values", "error terms"]), ...told(state.depth).map(l =>
      row("td", [String(l), written(found.a[l], 3), written(found.delta[l - 1], 3)])));
    draw();
  }

  function draw() {
    const width = Math.max(Math.round(place.clientWidth), 240);
    place.replaceChildren(chart(found, width));
  }

  function change(changes) {
    state = { ...state, ...changes };
    render();
    keep(state);
    announce.say(said.textContent);
  }

  const begin = said => { state = stateOf(said); render(); };
  follow("error-terms", root, begin);
  begin(read("error-terms"));
  let wide = place.clientWidth;
  new ResizeObserver(() => {
    if (place.clientWidth === wide) return;
    wide = place.clientWidth;
    requestAnimationFrame(draw);  // which changes the height that is being observed
  }).observe(place);
}
