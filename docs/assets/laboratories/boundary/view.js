// The laboratory *Live boundary*: a network learns in the page, beside the same network without the
// mistakes that the reader has switched on.

import { copyButton } from "../copy.js";
import { announcer, button, choice, drawing, element, group, slider, toggle, written } from "../fields.js";
import { generator, normal, rounded } from "../random.js";
import { follow, oneOf, read, whole, writer } from "../state.js";
import { Learner } from "./arithmetic.js";
import { PLANES, curve, drawHidden, drawPlane } from "./drawing.js";
import { SLOPES, SWITCHES } from "./mistakes.js";
import { program } from "./program.js";

/** The state that a reader begins with. */
export const FIRST = {
  data: "moons", units: 4, second: 0, activation: "tanh", optimizer: "adam", rate: "0.03", start: 1,
  slope: "right", mistakes: "", across: 1, up: 2, steps: 0,
};
const CHOICES = {
  data: [["xor", "exclusive or"], ["moons", "two moons"], ["spirals", "two spirals"]],
  activation: [["sigmoid", "sigmoid"], ["tanh", "tanh"], ["relu", "relu"]],
  optimizer: [["descent", "plain descent"], ["momentum", "momentum 0.9"], ["adam", "Adam"]],
  rate: ["0.003", "0.01", "0.03", "0.1", "0.3", "1", "3", "10"].map(rate => [rate, rate]),
  slope: Object.entries(SLOPES).map(([name, [words]]) => [name, words]),
};
export const MOST = { units: 12, second: 12, start: 999, steps: 3000 };
const AT_ONCE = 4;
const LEARNING = 20; // milliseconds, after which the page hears its reader
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** The state that an address tells; what it says and cannot be is left out. */
export function stateOf(said) {
  const told = name => said?.get(name) ?? null;
  const state = { ...FIRST };
  for (const [name, options] of Object.entries(CHOICES)) {
    state[name] = oneOf(told(name), options.map(([value]) => value), FIRST[name]);
  }
  for (const [name, most] of Object.entries(MOST)) {
    state[name] = whole(told(name), name === "units" || name === "start" ? 1 : 0, most, FIRST[name]);
  }
  const last = state.second || state.units;
  for (const name of ["across", "up"]) state[name] = whole(told(name), 1, last, Math.min(FIRST[name], last));
  state.mistakes = (told("mistakes") ?? "").split(",").filter(name => name in SWITCHES
    && Object.hasOwn(SWITCHES, name)).join();
  return possible(state);
}

/** A state with no more than can be: a slope that is relu's alone, units that are there. */
function possible(state) {
  const last = state.second || state.units;
  const slope = state.slope === "always-on" && state.activation !== "relu" ? "right" : state.slope;
  return { ...state, slope, across: Math.min(state.across, last), up: Math.min(state.up, last) };
}

/** What a program does otherwise than right, by name; null if nothing. */
export function mistakesOf({ slope, mistakes }) {
  const switched = mistakes.split(",").filter(Boolean);
  if (slope === "right" && !switched.length) return null;
  return { slope, ...Object.fromEntries(switched.map(name => [name, true])) };
}

/** The network that a state begins with: weights of `glorot`, or of `he` for relu; biases are 0. */
export function networkOf({ units, second, activation, start }) {
  const sizes = [2, units, ...(second ? [second] : []), 1], next = generator(start);
  const W = {}, b = {};
  for (let l = 1; l < sizes.length; l++) {
    const [n_in, n_out] = [sizes[l - 1], sizes[l]];
    const size = Math.sqrt(2 / (activation === "relu" ? n_in : n_in + n_out));
    W[l] = Array.from({ length: n_in }, () =>
      Array.from({ length: n_out }, () => rounded(size * normal(next), 4)));
    b[l] = new Array(n_out).fill(0);
  }
  return { W, b, activation };
}

/** The program with the mistakes, and the right one: the same one where there are none. */
export function learnersOf(state, data) {
  const settings = { optimizer: state.optimizer, learning_rate: Number(state.rate) };
  const begin = mistakes => new Learner(networkOf(state), { ...settings, mistakes }, data[state.data]);
  const mistakes = mistakesOf(state), right = begin({});
  return { right, shown: mistakes ? begin(mistakes) : right };
}

/** Builds the laboratory inside a part of the page, of the points that came with it. */
export function mount(root, data) {
  const keep = writer("boundary", FIRST), announce = announcer();
  let state, learners, drawn, running = 0;

  const setting = (name, label) => choice(label, CHOICES[name], value => change({ [name]: value }));
  const fields = {
    data: setting("data", "Data"),
    units: slider("Hidden units", { least: 1, most: MOST.units, step: 1 }, units => change({ units })),
    second: slider("Second hidden layer", { least: 0, most: MOST.second, step: 1 },
      second => change({ second })),
    activation: setting("activation", "Activation"),
    optimizer: setting("optimizer", "Optimizer"),
    rate: setting("rate", "Learning rate"),
  };
  const slope = setting("slope", "Slope of hidden units");
  const switches = Object.entries(SWITCHES).map(([name, words]) => toggle(words, () => change({
    mistakes: Object.keys(SWITCHES).filter((_, k) => switches[k].input.checked).join(),
  })));
  const run = button("Run", () => running ? pause() : go(MOST.steps, still() ? 100 : AT_ONCE));
  const count = element("span");
  const canvas = element("canvas", { width: 576, height: 576, role: "img" });
  const hidden = drawing("svg", { viewBox: "0 0 240 240", role: "img", class: "boundary-hidden" });
  const axes = element("div", { className: "laboratory-group" });
  const lines = ["right", "shown"].map(name =>
    drawing("polyline", { class: name, "vector-effect": "non-scaling-stroke" }));
  const losses = drawing("svg", {
    viewBox: "0 0 300 100", preserveAspectRatio: "none", role: "img", class: "boundary-losses",
  }, drawing("title", {}, "The losses, step by step"), ...lines);
  const said = element("p", { className: "laboratory-quiet" });
  const table = element("table");

  const title = text => element("p", { className: "laboratory-name" }, text);
  root.append(
    element("div", { className: "laboratory-fields" }, ...Object.values(fields)),
    element("fieldset", {}, element("legend", {}, "Mistakes, numbered as in Ten wrong gradients"),
      element("div", { className: "laboratory-fields" }, slope, ...switches)),
    group("Training", run, button("Step", step), button("100 steps", () => go(state.steps + 100)),
      button("Reset", () => change({})),
      button("Another start", () => change({ start: state.start % MOST.start + 1 })), count),
    element("div", { className: "laboratory-views" },
      element("div", {}, title("Inputs"), canvas, element("p", { className: "laboratory-quiet" },
        "The shade is the answer, orange for 1 and blue for 0, deeper where it is surer; on the line "
        + "it is one half. Squares have target 1, circles 0.")),
      element("div", {}, title("Hidden units"), hidden, axes),
      element("div", {}, title("Loss"), losses, said),
      element("div", {}, table, copyButton(() => {
        const steps = Math.min(...Object.values(learners).map(each => each.losses.length)) - 1;
        return program(state, networkOf(state), mistakesOf(state), steps);
      }))),
    announce);

  /** Begins anew with something changed. */
  function change(changed) {
    pause();
    begin(possible({ ...state, ...changed, steps: 0 }));
    keep(state);
    announce.say(summary());
  }

  /** Shows a state: its programs, and then their steps. */
  function begin(next) {
    state = { ...next, steps: 0 };
    learners = learnersOf(state, data);
    for (const [name, field] of Object.entries(fields)) field.set(state[name]);
    slope.set(state.slope);
    slope.input.options[Object.keys(SLOPES).indexOf("always-on")].disabled = state.activation !== "relu";
    const on = mistakesOf(state) ?? {};
    Object.keys(SWITCHES).forEach((name, k) => switches[k].set(name in on));
    chooseUnits();
    render();
    if (next.steps) go(next.steps);
  }

  /** Fields for the two hidden units that are shown, if there is a choice. */
  function chooseUnits() {
    const n = state.second || state.units;
    const units = Array.from({ length: n }, (_, j) => [String(j + 1), `unit ${j + 1}`]);
    axes.replaceChildren(...[["across", "Across"], ["up", "Upwards"]].map(([name, words]) => {
      const field = choice(words, units, value => {
        state = { ...state, [name]: Number(value) };
        keep(state);
        render();
      });
      field.set(state[name]);
      return field;
    }));
    axes.hidden = n < 3;
  }

  /** Takes steps up to one, as long as there is time. */
  function learn(last) {
    const end = performance.now() + LEARNING;
    let { steps } = state;
    while (steps < last) {
      new Set(Object.values(learners)).forEach(each => each.learn());
      steps++;
      if (performance.now() > end) break;
    }
    state = { ...state, steps };
  }

  /** Takes one step, and shows where it leads. */
  function step() {
    learn(Math.min(state.steps + 1, MOST.steps));
    render();
    if (running) return;
    keep(state);
    announce.say(summary());
  }

  /** Learns up to a step: at once, or some steps in each frame, as long as the numbers allow it. */
  function go(goal, some = goal) {
    goal = Math.min(goal, MOST.steps);
    let due = Math.min(state.steps + some, goal);
    const turn = id => {
      if (running !== id || !root.isConnected) return;
      learn(due);
      const there = state.steps >= due;
      if (there || !still()) render();
      if (state.steps >= goal || some < goal && learners.shown.stopped) return pause();
      if (there) due = Math.min(due + some, goal);
      // Where motion is not wanted, few frames are shown.
      if (there && still()) setTimeout(() => turn(id), 500);
      else requestAnimationFrame(() => turn(id));
    };
    run.textContent = "Pause";
    running = Symbol("run");
    turn(running);
  }

  function stop() {
    running = 0;
    run.textContent = "Run";
  }

  function pause() {
    if (!running) return;
    stop();
    if (drawn !== state.steps) render();
    keep(state);
    announce.say(summary());
  }

  function summary() {
    const { right, shown } = learners, points = shown.t.length;
    const beside = shown === right ? "" : `, and ${written(right.losses.at(-1), 4)} of the right program`;
    return `After ${state.steps} steps: loss ${written(shown.losses.at(-1), 4)}${beside}; `
      + `${shown.right()} of ${points} points on the right side.`;
  }

  function render() {
    const { right, shown } = learners, wrong = shown !== right, points = shown.t.length;
    drawn = state.steps;
    count.textContent = `${state.steps} step${state.steps === 1 ? "" : "s"}`;
    run.disabled = state.steps >= MOST.steps || shown.stopped;
    drawPlane(canvas, PLANES[state.data], shown, shown.network, wrong && right.network);
    canvas.setAttribute("aria-label", `Inputs: ${shown.right()} of ${points} points on the right side`);
    drawHidden(hidden, shown, [state.across - 1, state.up - 1]);
    const most = Math.max(...right.losses, ...shown.losses);
    lines[0].setAttribute("points", wrong ? curve(right.losses, state.steps, most) : "");
    lines[1].setAttribute("points", curve(shown.losses, state.steps, most));
    said.textContent = `From 0 at the bottom to ${written(most, 3)}, up to step ${state.steps}.`
      + (wrong ? " Wide and pale, here and among the inputs: the right program." : "")
      + (shown.stopped ? ` After step ${shown.losses.length - 1} the numbers are too large to go on.` : "");
    const rows = [
      ["", "this program", "the right program"],
      ["loss", ...[shown, right].map(each => written(each.losses.at(-1), 4))],
      ["points on the right side", ...[shown, right].map(each => `${each.right()} of ${points}`)],
    ].map(row => row.slice(0, wrong ? 3 : 2));
    table.replaceChildren(...rows.map((row, i) => element("tr", {}, ...row.map((text, j) =>
      element(text && !(i && j) ? "th" : "td", text && !(i && j) ? { scope: i ? "row" : "col" } : {}, text)))));
  }

  // Colors are those of the scheme that is on.
  new MutationObserver(render).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
  follow("boundary", root, told => { stop(); begin(stateOf(told)); });
  begin(stateOf(read("boundary")));
}
