// The laboratory *Type an expression*.

import { copyButton } from "../copy.js";
import { announcer, button, choice, element, group, slider, written } from "../fields.js";
import { follow, oneOf, read, whole, writer } from "../state.js";
import {
  countPaths, gradients, inputsOf, paths, product, run, sweep, topologicalOrder,
} from "./arithmetic.js";
import { brief, draw, scroller, title } from "./drawing.js";
import { parse, place } from "./parsing.js";
import { program } from "./python.js";

/** The state that a reader begins with; `at` is the path or the step of the sweep, from 1. */
export const FIRST = { text: "x*y + sin(x)", values: "x:2,y:3", show: "all", input: "", at: 0 };

const doubling = count => "x = x + x\n".repeat(count).trim();
/** Texts to begin with: words, text, values. */
const EXAMPLES = [
  ["A product and a sine", FIRST.text, FIRST.values],
  ["A unit and its loss", "a = sigmoid(w*x + b)\ne = t - a\ne*e / 2", "w:0.8,x:0.5,b:-0.1,t:1"],
  ["Three gates", "(p + q) * maximum(p, r)", "p:3,q:-4,r:1"],
  ["Paths that double: 4 lines", doubling(4), "x:1"],
  ["Paths that double: 30 lines", doubling(30), "x:1"],
  ["A power by squaring", "a = x*x\nb = a*a\nc = b*b\nc*x", "x:1.1"],
  ["The sigmoid in its parts", "1 / (1 + exp(-z))", "z:0.5"],
];
const STARTS = [2, 3, 0.5, 1];
const LONGEST = 600, LARGEST = 60, MOST_PATHS = 4096, BOUND = 1000, ROWS = 6;

/** Reads `x:2,y:3`; what is no number within bounds is left out. */
const valuesOf = text => Object.fromEntries((text ?? "").split(",").map(each => each.split(":"))
  .filter(([name, value]) => name && value?.trim() && Math.abs(value) <= BOUND)
  .map(([name, value]) => [name, Number(value)]));

/** The program of a text, if it can be read and drawn; a sentence with a place if not. */
function understand(text, values) {
  const lines = parse(text), inputs = inputsOf(lines);
  const given = Object.fromEntries(inputs.map((name, i) =>
    [name, Object.hasOwn(values, name) ? values[name] : STARTS[i % STARTS.length]]));
  const graph = run(lines, given), { tree, start, end } = lines.at(-1);
  const refuse = message => Object.assign(new Error(message), { start, end, tree });
  if (typeof graph.output === "number") {
    throw refuse("the result depends on no name, so there is nothing to differentiate by");
  }
  const size = topologicalOrder(graph.output).length;
  if (size > LARGEST) throw refuse(`this has ${size} values, and at most ${LARGEST} can be drawn`);
  return { lines, given, ...graph };
}

/** How long someone who follows a path per second is on the way. */
function atOnePerSecond(count) {
  const [seconds, units] = [Number(count), [[31557600, "years"], [86400, "days"], [3600, "hours"]]];
  const [size, unit] = units.find(([size]) => seconds >= 2 * size) ?? [60, "minutes"];
  return `${Math.round(seconds / size).toLocaleString("en")} ${unit}`;
}

const many = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 || count === 1n ? "" : "s"}`;
/** Factors as a product, negative ones in brackets. */
const times = factors => factors.map(brief).map(each => (each[0] === "−" ? `(${each})` : each)).join(" × ");

/** Builds the laboratory inside a part of the page. */
export function mount(root) {
  let state, known;
  const keep = writer("expression", FIRST), said = announcer();
  const area = element("textarea", {
    rows: 4, spellcheck: false, autocapitalize: "off", maxLength: LONGEST, "aria-label": "Expression",
    "aria-describedby": "expression-error", className: "laboratory-code",
    oninput: () => change({ text: area.value }),
  });
  const error = element("p", { id: "expression-error", className: "laboratory-error", hidden: true });
  const example = choice("Example", [["", "your own"], ...EXAMPLES.map(([words], i) => [i, words])], i => {
    if (i === "") return;
    const [, text, values] = EXAMPLES[i];
    change({ text, values, at: 0, input: "" });
    area.value = text;
  });
  const fields = element("div", { className: "laboratory-fields" });
  const modes = [["all", "Values and adjoints"], ["paths", "Path by path"], ["sweep", "One sweep"]]
    .map(([show, words]) => button(words, () => change({ show, at: show === "all" ? 0 : 1 }), { value: show }));
  const inputs = element("div", {});
  const back = button("← Back", () => change({ at: state.at - 1 }));
  const next = button("Next →", () => change({ at: state.at + 1 }));
  const last = button("To the end", () => change({ at: steps() }));
  const walk = group("Steps", back, next, last);
  const graph = scroller(), story = element("div", { className: "laboratory-story" });
  const table = element("table", { className: "laboratory-numbers" }), counts = element("p", {});
  root.append(
    element("div", { className: "laboratory-fields" }, element("div", {}, example, area, error), fields),
    group("Show", ...modes), element("div", { className: "laboratory-group" }, inputs, walk),
    element("div", { className: "laboratory-views expression-views" }, graph,
      element("div", {}, story, table, counts)),
    copyButton(() => program(known.lines, known.given)), said,
  );

  /** How many steps the walk has. */
  const steps = () => (state.show === "paths" ? Math.min(Number(known.count), MOST_PATHS)
    : known.swept.length);

  /** Computes all that is shown of the state, or says why it cannot be. */
  function compute() {
    try {
      known = understand(state.text, valuesOf(state.values));
    } catch (refused) {
      if (refused.start === undefined) throw refused;
      return refused;
    }
    const { output, inputs, complaint } = known;
    if (!known.inputs.some(({ name }) => name === state.input)) state.input = inputs[0].name;
    known.input = inputs.find(({ name }) => name === state.input);
    known.swept = sweep(output);
    known.found = gradients(output, inputs);
    known.count = countPaths(output, known.input).get(output) ?? 0n;
    state.at = state.show === "all" ? 0 : Math.max(Math.min(state.at, steps()), Math.min(1, steps()));
    return complaint;
  }

  function change(changes) {
    state = { ...state, ...changes };
    const refused = compute();
    render(refused);
    if (!refused || known.complaint === refused) {
      const values = Object.entries(known.given).map(each => each.join(":")).join(",");
      keep({ ...state, values, input: state.input === known.inputs[0].name ? "" : state.input });
    }
    said.say(refused ? error.textContent : story.textContent);
  }

  function render(refused) {
    if (area.value !== state.text && document.activeElement !== area) area.value = state.text;
    const chosen = EXAMPLES.findIndex(([, text]) => text === state.text);
    example.set(chosen < 0 ? "" : chosen);
    complain(refused);
    if (refused && refused !== known?.complaint) return;
    renderFields();
    for (const mode of modes) {
      mode.setAttribute("aria-pressed", mode.value === state.show);
      mode.disabled = Boolean(refused) && mode.value !== "all";
    }
    const show = refused ? "all" : state.show;
    inputs.hidden = show !== "paths";
    walk.hidden = show === "all";
    back.disabled = state.at <= 1;
    next.disabled = last.disabled = state.at >= steps();
    const view = { all: viewAll, paths: viewPaths, sweep: viewSweep }[show]();
    const adjoints = new Map(known.swept.map(({ node, adjoint }) => [node, refused ? NaN : adjoint]));
    graph.show(draw(known.output, {
      adjoints, shown: node => adjoints.get(node), marked: () => false, refused: refused?.tree, ...view,
    }));
    story.replaceChildren(...refused ? [element("p", {}, "A question mark stands where there is no number.")]
      : view.says);
    renderNumbers(refused);
  }

  /** Says what is wrong, where, and marks the place in a line of its own. */
  function complain(refused) {
    error.hidden = !refused;
    area.toggleAttribute("aria-invalid", Boolean(refused));
    if (!refused) return;
    const { message, start, end } = refused, line = state.text.lastIndexOf("\n", start - 1) + 1;
    const until = state.text.indexOf("\n", start) === -1 ? state.text.length : state.text.indexOf("\n", start);
    error.replaceChildren(
      `In ${place(state.text, start)}: ${message}.`,
      element("code", { "aria-hidden": "true" }, state.text.slice(line, start),
        element("mark", {}, state.text.slice(start, Math.min(end, until)) || " "),
        state.text.slice(Math.min(end, until), until)),
      refused === known?.complaint || !known ? "" : "The graph is still that of the text before.",
    );
  }

  /** A field for each input, and the choice among them; those that stay keep the focus. */
  function renderFields() {
    const names = known.inputs.map(({ name }) => name);
    if (names.join() !== fields.dataset.names) {
      fields.dataset.names = names.join();
      fields.replaceChildren(...names.map(name =>
        slider(name, { least: -BOUND, most: BOUND, step: 0.1 }, number => {
          change({ values: Object.entries({ ...known.given, [name]: number }).map(each => each.join(":")).join(",") });
        })));
      for (const field of fields.children) Object.assign(field.querySelector("[type=range]"), { min: -5, max: 5 });
      inputs.replaceChildren(choice("Paths to", names.map(name => [name, name]), input => change({ input, at: 1 })));
    }
    [...fields.children].forEach((field, i) => {
      const value = known.given[names[i]];
      if (!field.contains(document.activeElement) || field.input.valueAsNumber !== value) field.set(value);
    });
    inputs.firstChild.set(state.input);
  }

  const viewAll = () => ({
    says: [element("p", {}, "Each box shows its value and its adjoint, the derivative of the result by "
      + "this value. Each edge carries its local derivative.")],
  });

  /** The path that is walked, its product, and the sum of the products so far. */
  function viewPaths() {
    const { output, input, count } = known, walked = [];
    if (!count) return { shown: () => undefined, says: [element("p", {}, `No path leads from the result to ${input.name}: its adjoint is 0.`)] };
    let sum = 0;
    for (const edges of paths(output, input)) {
      sum += product(edges);
      walked.push({ number: walked.length + 1, edges, sum });
      if (walked.length === state.at) break;
    }
    const { edges } = walked.at(-1), on = new Set([output, ...edges.map(({ parent }) => parent)]);
    const key = ({ node, i }) => `${known.swept.findIndex(step => step.node === node)}.${i}`;
    const followed = new Set(edges.map(key));
    const rows = walked.slice(-ROWS).map(({ number, edges, sum }) => element("tr", {},
      element("th", { scope: "row" }, String(number)),
      element("td", {}, `${edges.length ? times(edges.map(({ local }) => local)) : "1, the empty product"}`),
      element("td", {}, written(product(edges), 5)), element("td", {}, written(sum, 5))));
    const end = state.at === Number(count) ? `The sum is the adjoint of ${input.name}.`
      : state.at === MOST_PATHS ? `Here the walk stops. At one path per second, all ${many(count, "path")} would take ${atOnePerSecond(count)}.` : "";
    return {
      marked: edge => followed.has(key(edge)), current: edges.length ? input : output,
      shown: node => (node === output ? 1 : on.has(node) && node === input && state.at === Number(count) ? sum : undefined),
      says: [
        element("p", {}, `Path ${state.at.toLocaleString("en")} of ${count.toLocaleString("en")} from the result to ${input.name}: `
          + `the local derivatives on its edges multiply. ${end}`),
        element("div", { className: "laboratory-scroller", tabIndex: 0, role: "region", "aria-label": "Paths" },
          element("table", { className: "laboratory-numbers" }, element("thead", {}, element("tr", {},
            ...["path", "local derivatives", "product", "sum so far"].map(each => element("th", { scope: "col" }, each)))),
          element("tbody", {}, ...rows))),
      ],
    };
  }

  /** The node that the sweep visits, and what it hands to each of its parents. */
  function viewSweep() {
    const so_far = new Map([[known.output, 1]]), visited = known.swept.slice(0, state.at);
    for (const { terms } of visited) for (const { parent, so_far: sum } of terms) so_far.set(parent, sum);
    const { node, adjoint, terms } = visited.at(-1);
    const says = terms.map(({ parent, local, term, so_far: sum }) => element("li", {},
      `to ${title(parent)}: ${times([adjoint, local])} = ${brief(term)}${sum === term ? "" : `, so far ${brief(sum)}`}`));
    return {
      shown: node => so_far.get(node), current: node,
      marked: edge => edge.node === node,
      says: [
        element("p", {}, `Step ${state.at} of ${known.swept.length}: all uses of ${title(node)} have been visited, so its adjoint `
          + `${brief(adjoint)} is whole. ${terms.length ? "It hands on" : "It is an input, and hands nothing on."}`),
        element("ul", {}, ...says),
      ],
    };
  }

  /** The table of the inputs, and the count of paths beside that of the sweep. */
  function renderNumbers(refused) {
    const { inputs, output, found, given, swept } = known;
    const count = inputs.map(input => countPaths(output, input).get(output) ?? 0n);
    table.replaceChildren(
      element("thead", {}, element("tr", {}, ...["input", "value", "adjoint", "paths"].map(each =>
        element("th", { scope: "col" }, each)))),
      element("tbody", {}, ...inputs.map(({ name }, i) => element("tr", {},
        element("th", { scope: "row" }, name), element("td", {}, written(given[name], 5)),
        element("td", {}, refused ? "?" : written(found[i], 6)),
        element("td", {}, count[i].toLocaleString("en"))))),
    );
    const edges = swept.reduce((sum, { terms }) => sum + terms.length, 0);
    counts.textContent = `Path by path: ${many(count.reduce((a, b) => a + b), "path")}. `
      + `One sweep: ${many(swept.length, "node")} and ${many(edges, "edge")}, each visited once, for all inputs together. `
      + (refused ? "" : `The value of the result is ${written(output.value, 6)}.`);
  }

  /** The state that an address says; what makes no sense there is as in the first one. */
  function states(told) {
    let text = told?.get("text") ?? FIRST.text;
    let values = told?.get("values") ?? (text === FIRST.text ? FIRST.values : "");
    try {
      if (text.length > LONGEST) throw new Error("too long");
      understand(text, valuesOf(values));
    } catch {
      ({ text, values } = FIRST);
    }
    const show = oneOf(told?.get("show"), ["all", "paths", "sweep"], FIRST.show);
    return { text, values, show, input: told?.get("input") ?? "", at: whole(told?.get("at") ?? null, 0, MOST_PATHS, 1) };
  }

  function begin(told) {
    state = states(told);
    area.value = state.text;
    render(compute());
  }

  follow("expression", root, begin);
  begin(read("expression"));
}
