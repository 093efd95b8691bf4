// The explorer: writes the numbers of a state into the figure, the formulas and the fields that the
// page came with, and changes the state as the reader says. What a place shows is in its `data-of`.

import {
  apply, backward, centralDifference, forward, relativeError, steps, train,
} from "./arithmetic.js";

/** Where a number of the figure first appears, in the steps of one update. */
const APPEARS = {
  "z.1": 1, "a.1": 1, "z.2": 2, "a.2": 2, "error.0": 3, "delta.2": 4, "delta.1": 5, "steps.W": 6,
};
/** Which edges carry something at a step, and in which pass. */
const FLOWS = { 1: [".forward", "W.1"], 2: [".forward", "W.2"], 5: [".backward", "W.2"] };
const APPLY = 7;
const MOST_UPDATES = 10000;

/** The number of a name such as W.1.0.2, or what holds it. */
const at = (numbers, of) => of.split(".").reduce((part, key) => part[key], numbers);

/** A number as drawings write it, with so many significant digits. */
export function written(number, digits) {
  const size = Math.abs(number), rounded = size.toExponential(digits - 1);
  const plain = !size || (size >= 1e-3 && size < 1e3);
  return (number < 0 ? "−" : "") + (plain ? String(+rounded) : rounded.replace("+", ""))
    .replace("-", "−");
}

/** The power of ten, a multiple of three from -306, in which the largest step is from 1 to 1000. */
function powerOf(steps) {
  const largest = Math.max(...Object.values(steps.W).flat(2).map(Math.abs));
  return Math.max(3 * Math.floor(largest.toExponential(2).split("e")[1] / 3), -306);
}

/** A whole number, as it stands above a line. */
const raised = number => `${number}`.replace(/./g, each => "⁰¹²³⁴⁵⁶⁷⁸⁹"[each] ?? "⁻");

/** A number as the figure writes it: a step in units of a power of ten, others as they are. */
function brief(of, number, power) {
  const plain = (digits, plus) => (number < 0 ? "−" : plus) + digits.replace("-", "");
  const size = Math.abs(number);
  if (of.startsWith("steps")) {
    const share = number / `1e${power}`;
    if (!number) return "0";
    if (Math.abs(share) < 0.0005) return plain(written(Math.abs(share), 1), "+");
    return plain(Math.abs(share) < 0.1 ? share.toFixed(3) : String(+share.toPrecision(3)), "+");
  }
  const isShort = of[0] !== "W" && size >= 1e-4 && size < 1e-3;
  return isShort ? plain(number.toFixed(5), "") : written(number, 3);
}

/** All numbers of one update, by the names of the package. */
export function compute(W, { x, target, learning_rate }) {
  const trace = forward(W, x), back = backward(W, trace, target);
  return { W, x, target, learning_rate, ...trace, ...back, steps: steps(trace, back, learning_rate) };
}

/** A program that prints the same with the package. */
export function program({ x, W, target, learning_rate }) {
  const list = values => JSON.stringify(values).replaceAll(",", ", ");
  return `from backprop import Layer, Network

x = ${list(x)}
target = ${list(target)}
learning_rate = ${learning_rate}
network = Network(
    [
        Layer(${list(W[1])}),
        Layer(${list(W[2])}),
    ]
)

trace = network.forward(x)
backward = network.backward(trace, target)
steps = backward.steps(learning_rate)
for l in (1, 2):
    print(f"z[{l}]", trace.z[l].tolist())
    print(f"a[{l}]", trace.a[l].tolist())
print("error", backward.error.tolist())
print("loss", backward.loss)
for l in (2, 1):
    print(f"delta[{l}]", backward.delta[l].tolist())
    print(f"steps.W[{l}]", steps.W[l].tolist())

network.apply(steps)
after = network.backward(network.forward(x), target)
print("output after the step", after.trace.output.tolist())
print("loss after the step", after.loss)
`;
}

/** What a gradient check says of the numbers. */
function check({ W, x, target, a, delta }) {
  const gradient = steps({ a }, { delta }, -1).W;
  const errors = [1, 2].map(l => relativeError(gradient[l], centralDifference(W, x, target, l)));
  const [first, second] = errors.map(error => written(error, 2));
  const verdict = Math.max(...errors) < 1e-8 ? "Both are below 1e−8."
    : "Where the gradient is this small, differences lose it in their rounding.";
  return `Gradient check: by central differences, the gradient has a relative error of ${first} for `
    + `W⁽¹⁾ and ${second} for W⁽²⁾. ${verdict}`;
}

/** Brings the explorer of a page to life. */
function mount(root) {
  const all = selector => [...root.querySelectorAll(selector)];
  const one = selector => root.querySelector(selector);
  const network = root.dataset.network;
  const figure = one("svg.network");
  const places = all("[data-of]").filter(place => !figure.contains(place));
  const labels = all("svg [data-of]");
  const units = all("svg [data-unit]");
  const heading = one(".backward > text:nth-of-type(2)");
  const fields = all("[data-field]");
  const part = one("[data-does=part]");
  const given = () => ({
    ...JSON.parse(root.dataset.state), updates: 0, step: 0, part: "unit.1.0", before: false,
  });
  let state = given();
  let now, numbers, prediction;

  function render() {
    const { W, losses } = train(
      state.W, state.x, state.target, state.learning_rate, state.before ? 0 : state.updates);
    now = compute(W, state);
    numbers = {
      ...now, start: compute(state.W, state), after: compute(apply(W, now.steps), state),
    };
    for (const place of places) {
      const text = written(at(numbers, place.dataset.of), +place.dataset.digits);
      place.textContent = "factor" in place.dataset && text[0] === "−" ? `(${text})` : text;
    }
    const asked = prediction?.asks ?? false;
    root.classList.toggle("asked", asked);
    one("[data-does=predict]").setAttribute("aria-pressed", !!prediction);
    // What is asked for is not shown yet.
    const seen = state.step - asked;
    draw(seen === APPLY ? numbers.after : now, seen);
    for (const field of fields) {
      const of = field.dataset.field;
      if (/^[xW]/.test(of)) field.hidden = !changes(state.part, of);
      for (const input of field.querySelectorAll("input")) {
        if (input !== document.activeElement || input.type === "range") {
          input.value = String(+at(now, of).toPrecision(5));
        }
        input.removeAttribute("aria-invalid");
      }
    }
    part.value = state.part;
    for (const step of all(".explorer-step")) {
      step.classList.toggle("current", +step.dataset.step === state.step);
    }
    one("[data-does=back]").disabled = state.step === 0;
    one("[data-does=before]").setAttribute("aria-pressed", state.before);
    one(".explorer-check").textContent = check(now);
    one("[data-does=copy]").dataset.clipboardText = program(now);
    const count = state.before ? 0 : state.updates;
    one(".explorer-updates").textContent = `${count} update${count === 1 ? "" : "s"}`;
    const most = Math.max(...losses) || 1;
    const points = losses.map((loss, i) =>
      `${(300 * i / (losses.length - 1 || 1)).toFixed(1)},${(90 - 88 * loss / most).toFixed(1)}`);
    // A line from a point to itself is a dot.
    one("polyline").setAttribute("points", [points[0], ...points].join(" "));
  }

  /** Writes numbers into the figure, and shows what flows at the step. */
  function draw(numbers, step) {
    const [pass, edges] = FLOWS[step] ?? [];
    const latest = state.step === 0 ? 9 : step === APPLY ? 3 : step;
    const power = powerOf(numbers.steps);
    heading.textContent = `error terms; steps${power ? ` × 10${raised(power)}` : ""} on edges`;
    for (const label of labels) {
      const of = label.dataset.of, l = of.split(".")[1];
      const value = at(numbers, of), appears = APPEARS[of.split(".", 2).join(".")] ?? 0;
      const line = label.querySelector("path"), text = label.querySelector("text:last-child");
      label.classList.toggle("later", appears > latest);
      label.classList.toggle("new", step > 0 && (appears === step
        || (step === APPLY && of.startsWith("W"))));
      label.classList.toggle("selected", of === state.part);
      if (text) text.textContent = text.textContent.replace(/[^ ]*$/, brief(of, value, power));
      if (!line) continue;
      const largest = Math.max(...numbers.W[l].flat().map(Math.abs)) || 1;
      const kind = value < 0 ? "var(--bp-negative, #b5651d)"
        : value > 0 ? "var(--bp-positive, #2b7a8c)" : "var(--md-default-fg-color, #222)";
      line.setAttribute("stroke", kind);
      line.setAttribute("stroke-width", (0.8 + 3 * Math.abs(value) / largest).toFixed(2));
      if (value < 0) line.setAttribute("stroke-dasharray", "5 4");
      else line.removeAttribute("stroke-dasharray");
      const flows = !pass || (of.startsWith(edges) && label.closest(pass));
      label.classList.toggle("still", !flows);
    }
    for (const unit of units) {
      unit.classList.toggle("selected", `unit.${unit.dataset.unit}` === state.part);
    }
  }

  /** Whether a part, a unit or a weight, is changed by a field. */
  function changes(part, of) {
    const [kind, l, j] = part.split(".");
    if (kind !== "unit") return of === part;
    return l === "0" ? of === `x.${j}` : of.startsWith(`W.${l}.`) && of.endsWith(`.${j}`);
  }

  const allowed = (of, number) =>
    Math.abs(number) <= 1000 && (of !== "learning_rate" || number > 0);

  /** Sets a number, and begins anew from the weights as they are. */
  function set(of, number) {
    if (!prediction?.asks) prediction?.leave();
    state = structuredClone({ ...state, W: now.W, updates: 0, before: false });
    const path = of.split("."), last = path.pop();
    path.reduce((part, key) => part[key], state)[last] = number;
  }

  const does = {
    all: () => { state.step = 0; },
    async predict() {
      if (prediction) {
        prediction.end();
        prediction = undefined;
        return;
      }
      const { predict } = await import("./predict.js");
      prediction = predict(root, () => numbers, changed);
      changed();
    },
    back() {
      if (state.step > 1 || !state.updates) state.step--;
      else { state.updates--; state.step = APPLY; }
    },
    next() {
      if (prediction?.asks) return prediction.answer();
      if (state.step < APPLY) state.step++;
      else { state.updates++; state.step = 1; }
      prediction?.ask(state);
    },
    train(count) { state.updates = Math.min(state.updates + count, MOST_UPDATES); },
    before: () => { state.before = !state.before; },
    reset() { state = given(); },
  };

  let later, announcing;

  /** Shows a change, keeps it in the address, and says it once. */
  function changed() {
    render();
    clearTimeout(later);
    later = setTimeout(write, 250);
    clearTimeout(announcing);
    announcing = setTimeout(() => {
      one("svg.network desc").textContent = "Its numbers are those of the formulas beside it.";
      one(".explorer-said").textContent = prediction?.said || `${one(".current .explorer-name").textContent}, after `
        + `${one(".explorer-updates").textContent}: output ${written(now.a[2][0], 4)}, error `
        + `${written(now.error[0], 4)}, loss ${written(now.loss, 4)}.`;
    }, 600);
  }

  /** Writes what differs from the package's state into the address. */
  function write() {
    const said = new URLSearchParams({ explorer: network }), first = given();
    for (const { dataset: { field: of } } of fields) {
      if (at(state, of) !== at(first, of)) said.set(of, at(state, of));
    }
    for (const key of ["updates", "step", "part"]) {
      if (state[key] !== first[key]) said.set(key, state[key]);
    }
    history.replaceState(history.state, "", `#${said}`);
  }

  /** Reads the state that an address holds; what it says and cannot be is left out. */
  function read() {
    const said = new URLSearchParams(location.hash.slice(1));
    if (said.get("explorer") !== network) return false;
    state = given();
    now = compute(state.W, state);
    for (const { dataset: { field: of } } of fields) {
      const number = parseFloat(said.get(of));
      if (allowed(of, number)) set(of, number), now = compute(state.W, state);
    }
    const whole = (key, most) => {
      const number = Number(said.get(key));
      return Number.isInteger(number) && number >= 0 && number <= most ? number : 0;
    };
    state.updates = whole("updates", MOST_UPDATES);
    state.step = whole("step", APPLY);
    if ([...part.options].some(({ value }) => value === said.get("part"))) {
      state.part = said.get("part");
    }
    return true;
  }

  root.addEventListener("click", event => {
    const button = event.target.closest("button[data-does]");
    if (!button || !(button.dataset.does in does)) return;
    if (button.dataset.does !== "before") state.before = false;
    if (button.dataset.does !== "next") prediction?.leave();
    does[button.dataset.does](+button.dataset.count);
    changed();
  });
  part.addEventListener("change", () => { state.part = part.value; changed(); });
  root.addEventListener("input", event => {
    const field = event.target.closest("[data-field]");
    if (!field) return;
    const of = field.dataset.field, number = event.target.valueAsNumber;
    if (!allowed(of, number)) return event.target.setAttribute("aria-invalid", "true");
    set(of, number);
    changed();
  });
  // A field that is left shows the number that counts, whatever was typed.
  root.addEventListener("change", event => { if (event.target.type === "number") render(); });

  // A weight, an input or the output is dragged sideways: the fields do the same for the keyboard.
  for (const line of figure.querySelectorAll("g > path:first-child")) {
    const wide = line.cloneNode();
    wide.setAttribute("class", "wide");
    line.after(wide);
  }
  figure.addEventListener("pointerdown", event => {
    const unit = event.target.closest("[data-unit]")?.dataset.unit;
    const weight = event.target.closest("[data-of^=W]")?.dataset.of;
    if (!unit && !weight) return;
    state.part = unit ? `unit.${unit}` : weight;
    const [l, j] = unit?.split(".") ?? [];
    const of = weight ?? { 0: `x.${j}`, 2: "target.0" }[l];
    changed();
    if (!of) return;
    const { min, max } = one(`[data-field="${of}"] [type=range]`);
    const start = at(now, of), from = event.clientX;
    let frame, to;
    const follow = () => {
      frame = undefined;
      const number = Math.round(100 * start + (to - from) / 2) / 100;
      set(of, Math.min(Math.max(number, Math.min(min, start)), Math.max(max, start)));
      changed();
    };
    // Once a frame, however many moves it has; what is left over is followed at the end.
    const move = ({ clientX }) => {
      to = clientX;
      frame ??= requestAnimationFrame(follow);
    };
    figure.setPointerCapture(event.pointerId);
    figure.addEventListener("pointermove", move);
    const end = () => {
      figure.removeEventListener("pointermove", move);
      if (frame === undefined) return;
      cancelAnimationFrame(frame);
      follow();
    };
    for (const type of ["pointerup", "pointercancel"]) {
      figure.addEventListener(type, end, { once: true });
    }
  });

  addEventListener("hashchange", () => {
    if (!root.isConnected || !read()) return;
    prediction?.leave();
    render();
  });
  const shared = read();
  render();
  if (shared) root.scrollIntoView();
}

/** Mounts the explorers of the page that have none of their own yet. */
function mountAll() {
  for (const root of document.querySelectorAll(".explorer:not([data-live])")) {
    root.dataset.live = "";
    mount(root);
  }
}

// A theme that exchanges pages without loading them anew says so in document$, once it is there.
// What it then does itself comes first: the explorer waits for a turn of its own.
function begin() {
  if (window.document$) window.document$.subscribe(() => setTimeout(mountAll));
  else mountAll();
}
if (document.readyState === "complete") begin();
else addEventListener("DOMContentLoaded", begin, { once: true });
