// The laboratory *Attention, backward*: every array of both passes on a board, the formula of each
// step, and for each number those from which it comes.

import { announcer, button, choice, element, group, slider, toggle, written } from "../fields.js";
import { copyButton } from "../copy.js";
import { follow, oneOf, read, whole, writer } from "../state.js";
import { allowed, compute } from "./arithmetic.js";
import { origin, sources } from "./origins.js";
import { program } from "./program.js";
import { ARRAYS, BOARD, GIVEN, STEPS, math, symbol } from "./steps.js";

/** The state that a reader begins with: queries, and the first two keys and values, of the chapter. */
export const FIRST = {
  x: [[1, 0], [0, 1], [1, 0.5]],
  W_q: [[1, 0], [0, 2]],
  W_k: [[2, 0], [0, 1]],
  W_v: [[1, 0], [0, 1]],
  e: [[1, 0], [0, 1], [1, -1]],
  causal: 0, scaled: 1, step: 0, at: "x.0.0",
};
const MOST = 10;
const SHAPES = Object.fromEntries(Object.entries(compute(FIRST)).map(
  ([name, array]) => [name, [array.length, array[0].length]]));
const idOf = ({ name, i, j }) => `${name}.${i}.${j}`;
const placeOf = id => (([name, i, j]) => ({ name, i: +i, j: +j }))(id.split("."));
const IDS = Object.entries(SHAPES).flatMap(([name, [rows, columns]]) =>
  Array.from({ length: rows * columns }, (_, n) =>
    idOf({ name, i: Math.floor(n / columns), j: n % columns })));

/** The state that an address holds; what it says and cannot be is left out. */
function stateOf(told) {
  const state = structuredClone(FIRST);
  if (!told) return state;
  for (const name of GIVEN) {
    const [rows, columns] = SHAPES[name], numbers = (told.get(name) ?? "").split(",");
    const fits = numbers.length === rows * columns
      && numbers.every(each => each.trim() && Math.abs(each) <= MOST);
    if (fits) state[name] = state[name].map((row, i) => row.map((_, j) => +numbers[i * columns + j]));
  }
  for (const name of ["causal", "scaled"]) state[name] = whole(told.get(name), 0, 1, FIRST[name]);
  state.step = whole(told.get("step"), 0, STEPS.length - 1, FIRST.step);
  state.at = oneOf(told.get("at"), IDS, FIRST.at);
  return state;
}

/** The symbol of a number, and the same in words. */
const index = ({ name, i, j }) => name === "M" ? `${i + 1}` : `${i + 1}${j + 1}`;
const inSymbols = place => math(symbol(place.name, index(place)));
function inWords({ name, i, j }) {
  const [words, row, column] = ARRAYS[name];
  return `${words}, ${row} ${i + 1}${column && `, ${column} ${j + 1}`}`;
}

/** Builds the laboratory inside a part of the page. */
export function mount(root) {
  const keep = writer("attention", FIRST), said = announcer();
  const cells = new Map();
  let state, numbers, shown;

  const value = ({ name, i, j }) => numbers[name][i][j];
  const isMasked = ({ name, i, j }) =>
    ["s", "p", "e_p", "delta"].includes(name) && !allowed(i, j, state.causal);

  const causal = toggle("Causal mask", on => set({ causal: +on }));
  const scaled = toggle("Scores divided by √2", on => set({ scaled: +on }));
  const step = choice("Step", STEPS.map(({ name }, n) => [n, n ? `${n}. ${name}` : name]),
    chosen => go(+chosen));
  const back = button("← Back", () => go(state.step - 1));
  const next = button("Next →", () => go((state.step + 1) % STEPS.length));
  const reset = button("Reset", () => set(structuredClone(FIRST)));
  const head = element("div", { className: "attention-step" });
  const lines = element("div", { className: "attention-lines" });
  const explained = element("div", { className: "attention-explained" });
  const field = element("div", { className: "attention-field" });

  /** A number in a formula; a negative one is in brackets, except behind a bracket that opens. */
  const inFormula = (place, before = "") => {
    const text = written(value(place), 3);
    return text[0] === "−" && !before.endsWith("(") ? `(${text})` : text;
  };

  /** A formula in symbols, or with numbers. */
  const formula = (place, each) => origin(place, state).map((part, n, parts) =>
    typeof part === "string" ? part : each(part, parts[n - 1]));

  /** The line of a number in a step. */
  const line = place => element("p", {}, inSymbols(place), " = ",
    ...formula(place, inFormula), ` = ${written(value(place), 3)}`);

  /** Says where a number comes from, and lights it up. */
  function show(id) {
    shown = id;
    const place = placeOf(id), made = origin(place, state), from = new Set(sources(made).map(idOf));
    for (const [other, cell] of cells) {
      cell.classList.toggle("shown", other === id);
      cell.classList.toggle("source", from.has(other));
    }
    explained.replaceChildren(
      element("p", {}, inSymbols(place), ` = ${written(value(place), 5)} `,
        element("span", { className: "laboratory-quiet" }, inWords(place))),
      made ? element("p", {}, "= ", ...formula(place, inSymbols)) : "",
      made ? element("p", {}, "= ", ...formula(place, inFormula)) : element("p", {}, "This is given."),
    );
    if (isMasked(place)) {
      explained.append(element("p", {}, `Place ${place.i + 1} may not take from place ${place.j + 1}.`));
    }
  }

  /** Chooses a number: what is given gets a slider. */
  function choose(id) {
    const place = placeOf(id), { name, i, j } = place;
    for (const [other, cell] of cells) {
      if (other.startsWith(`${name}.`)) cell.tabIndex = other === id ? 0 : -1;
      cell.setAttribute("aria-selected", other === id);
    }
    if (!GIVEN.includes(name)) return field.replaceChildren();
    const change = slider(inWords(place), { least: -MOST, most: MOST, step: 0.05 }, number => {
      const array = structuredClone(state[name]);
      array[i][j] = number;
      set({ [name]: array });
    });
    change.firstChild.replaceChildren(inSymbols(place));
    change.set(value(place));
    field.replaceChildren(change);
  }

  /** Writes the numbers of the state, and what its step shows. */
  function render() {
    numbers = compute(state);
    const now = STEPS[state.step];
    const later = new Set(state.step ? STEPS.slice(state.step + 1).flatMap(({ shows }) => shows) : []);
    for (const [id, cell] of cells) {
      const place = placeOf(id);
      cell.textContent = written(value(place), 3);
      cell.setAttribute("aria-label", `${inWords(place)}: ${cell.textContent}`);
      cell.classList.toggle("masked", isMasked(place));
      const array = cell.closest(".attention-array");
      array.classList.toggle("later", later.has(place.name));
      array.classList.toggle("new", now.shows.includes(place.name));
    }
    causal.set(Boolean(state.causal));
    scaled.set(Boolean(state.scaled));
    step.set(state.step);
    back.disabled = state.step === 0;
    const link = now.equation && element("a", {
      href: now.equation === "step-over-time" ? "../backpropagation-through-time/#eq-step-over-time"
        : `../attention/#eq-${now.equation}`,
    }, "equation");
    head.replaceChildren(
      element("p", {}, element("strong", {}, state.step ? `${state.step}. ${now.name}` : now.name)),
      element("p", {}, now.words, link ? " (" : "", link ?? "", link ? ")" : ""),
      element("p", {}, now.formula ? math(now.formula(state)) : ""));
    lines.replaceChildren(...now.shows.flatMap(name => IDS.filter(id => placeOf(id).name === name)
      .map(id => line(placeOf(id)))));
    show(shown ?? state.at);
  }

  /** Changes the state, as the reader has said. */
  function set(change) {
    Object.assign(state, change);
    shown = undefined;
    render();
    if ("at" in change) choose(state.at);
    keep(state);
    const { name } = STEPS[state.step], place = placeOf(state.at);
    said.say(`${name}. ${inWords(place)}: ${written(value(place), 3)}`);
  }

  /** Goes to a step, and chooses the first number that it finds. */
  function go(to) {
    const [found] = STEPS[to].shows;
    set({ step: to, at: found ? idOf({ name: found, i: 0, j: 0 }) : state.at });
  }

  /** Goes to a neighbour of a number, within its array. */
  function move(event, { name, i, j }) {
    const [rows, columns] = SHAPES[name];
    const to = {
      ArrowUp: [i - 1, j], ArrowDown: [i + 1, j], ArrowLeft: [i, j - 1], ArrowRight: [i, j + 1],
      Home: [i, 0], End: [i, columns - 1],
    }[event.key];
    if (event.key === "Enter" && GIVEN.includes(name)) field.querySelector("[type=number]")?.focus();
    else if (!to) return;
    else if (to[0] >= 0 && to[0] < rows && to[1] >= 0 && to[1] < columns) {
      cells.get(idOf({ name, i: to[0], j: to[1] })).focus();
    }
    event.preventDefault();
  }

  /** The table of an array, whose numbers can be pointed at. */
  function table(name) {
    const [rows, columns] = SHAPES[name];
    const made = element("table", {
      role: "grid", "aria-label": ARRAYS[name][0], className: "attention-grid",
    });
    for (let i = 0; i < rows; i++) {
      const row = made.insertRow();
      for (let j = 0; j < columns; j++) {
        const place = { name, i, j }, id = idOf(place);
        const cell = element("td", {
          role: "gridcell", tabIndex: i + j ? -1 : 0,
          onfocus: () => set({ at: id }),
          // By a move, and not because the board came to be below a pointer that rests.
          onpointermove: ({ pointerType }) => {
            if (pointerType === "mouse" && shown !== id) show(id);
          },
          onpointerleave: () => { show(state.at); shown = undefined; },
          onclick: () => cell.focus(),
          onkeydown: event => move(event, place),
        });
        cells.set(id, cell);
        row.append(cell);
      }
    }
    const kind = GIVEN.includes(name) ? "attention-array given" : "attention-array";
    return element("div", { className: kind },
      element("p", { className: "laboratory-quiet" }, math(symbol(name)), ` ${ARRAYS[name][0]}`), made);
  }

  const board = Object.entries(BOARD).map(([pass, all]) => element("section",
    { className: `attention-pass attention-${pass.toLowerCase()}` }, element("p", { className: "laboratory-name" }, pass),
    ...all.map(names => element("div", {}, ...names.map(table)))));
  root.append(
    group("What is computed", causal, scaled), group("Steps", back, next, step, reset),
    head, ...board, lines,
    element("div", { className: "attention-panel" }, explained, field),
    copyButton(() => program(state)), said);
  const begin = told => { state = stateOf(told); shown = undefined; render(); choose(state.at); };
  follow("attention", root, begin);
  begin(read("attention"));
}
