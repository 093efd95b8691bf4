// The laboratory *Draw a digit*.

import { copyButton } from "../copy.js";
import { announcer, button, choice, drawing, element, group, written } from "../fields.js";
import { follow, read, whole, writer } from "../state.js";
import { backward, forward, inksOf, inksOfStrokes, layersOf, stepAlong, textOf } from "./arithmetic.js";

/** The state that a reader begins with: the first example, and the digit that it is. */
export const FIRST = { pixels: "", target: "" };

const CELL = 32, SIDE = 8 * CELL, STEP = 4;
const INK = "var(--md-default-fg-color)", MORE = "var(--bp-positive)", LESS = "var(--bp-negative)";
const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** A drawing of 8 by 8 cells, each with what `of` gives: a color, how strong it is, and a sign. */
function cells(title, of) {
  const svg = drawing("svg", { viewBox: `-1 -1 ${SIDE + 2} ${SIDE + 2}`, role: "img", class: "digit-cells" },
    drawing("title", {}, title));
  for (let i = 0; i < 64; i++) {
    const x = CELL * (i % 8), y = CELL * (i >> 3), { fill, strength, sign = "" } = of(i);
    svg.append(
      drawing("rect", { x, y, width: CELL, height: CELL, fill: "none", stroke: "var(--md-default-fg-color--lighter)", "stroke-width": 0.5 }),
      drawing("rect", { x, y, width: CELL, height: CELL, fill, "fill-opacity": strength.toFixed(3) }));
    if (!sign) continue;
    const text = drawing("text", { x: x + CELL / 2, y: y + CELL / 2 + 8, "text-anchor": "middle" }, sign);
    text.style.fontSize = "24px";
    svg.append(text);
  }
  return svg;
}

/** The ten outputs as bars, the largest of them marked. */
function bars(output, answer) {
  const svg = drawing("svg", { viewBox: "0 0 220 210", role: "img" },
    drawing("title", {}, `The ten outputs: ${output.map((y, k) => `${k}: ${written(y, 2)}`).join(", ")}`));
  output.forEach((y, k) => {
    const top = 21 * k;
    const say = (x, said, weight) => {
      const text = drawing("text", { x, y: top + 15 }, said);
      text.style.fontWeight = weight;
      return text;
    };
    const weight = k === answer ? 700 : 400;
    svg.append(say(2, String(k), weight), say(168, y < 0.0005 ? "0.000" : y.toFixed(3), weight),
      drawing("rect", { x: 16, y: top + 2, width: (146 * y).toFixed(2), height: 17, fill: "var(--bp-forward)" }));
  });
  return svg;
}

/** A program that prints the outputs, the loss and the blame with the package. */
const program = ({ layers }, inks, target) => `import numpy as np

from backprop import Layer, Network, cross_entropy, relu, softmax
from backprop.dense import hidden_error

LEVELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def layer(W, scale, b, activation):
    levels = [LEVELS.index(each) - 32 for each in W]
    return Layer(scale * np.reshape(levels, (-1, len(b))), b, activation)


network = Network(
    [
${layers.map(({ W, scale, b }, l) => `        layer(
            "${W}",
            ${scale},
            [${b.join(", ")}],
            ${["relu", "softmax"][l]},
        ),`).join("\n")}
    ],
    cross_entropy,
)
x = np.array([[${inks.join(", ")}]]) / 16
target = np.eye(10)[[${target}]]

trace = network.forward(x)
backward = network.backward(trace, target)
blame = hidden_error(backward.delta[1], network[1].W)
print("output", trace.output[0].tolist())
print("loss", backward.loss)
print("blame", blame[0].tolist())
`;

/** Builds the laboratory inside a part of the page, of the network that came with it. */
export function mount(root, data) {
  const network = layersOf(data.layers), keep = writer("digit", FIRST), said = announcer();
  const { examples } = data, [first] = examples;
  let inks, target, strokes = [], cursor = 0, now;

  const example = choice("Digit", [["", "your own"], ...examples.map(({ label, read }, i) =>
    [i, label === read ? `a ${label}` : `a ${label}, read as ${read}`])], i => {
    if (i === "") return;
    strokes = [];
    change(inksOf(examples[i].pixels), examples[i].label);
  });
  const wanted = choice("Should be", DIGITS.map(k => [k, String(k)]), k => change(inks, +k));
  const clear = button("Clear", () => { strokes = []; change(Array(64).fill(0), target); });
  const step = button("Step along the blame", () => {
    strokes = [];
    change(stepAlong(inks, now.blame, STEP), target);
  });

  const paper = drawing("svg", { viewBox: `0 0 ${SIDE} ${SIDE}`, role: "img", class: "digit-paper" });
  const pixels = element("div", {
    tabIndex: 0, role: "application", className: "digit-pixels",
    "aria-label": "Pixels: arrow keys move, the space bar sets or clears, plus and minus change the ink",
  });
  const heat = element("div", {}), answer = element("div", {}), story = element("p", { className: "digit-story" });
  const view = (title, ...parts) => element("div", {}, element("strong", {}, title), ...parts);
  root.append(
    element("div", { className: "laboratory-fields" }, example, wanted),
    group("Change", clear, step),
    element("div", { className: "laboratory-views digit-views" }, view("Draw here", paper),
      view("The 64 pixels", pixels), view("Blame of the pixels", heat)),
    element("div", { className: "laboratory-views" }, view("Its answer", answer), story), copyButton(() => program(data, inks, target)), said,
  );

  function change(to, should) {
    inks = to;
    target = should;
    render();
    const same = textOf(inks) === first.pixels;
    keep({ pixels: same ? "" : textOf(inks), target: same && target === first.label ? "" : target });
    said.say(story.textContent);
  }

  function render() {
    const trace = forward(network, inks.map(ink => ink / 16)), output = trace.a[2];
    now = backward(network, trace, target);
    const most = output.indexOf(Math.max(...output)), largest = Math.max(...now.blame.map(Math.abs)) || 1;
    const chosen = examples.findIndex(each => each.pixels === textOf(inks));
    example.set(chosen < 0 ? "" : chosen);
    wanted.set(target);
    renderPaper();
    renderPixels();
    answer.replaceChildren(bars(output, most));
    heat.replaceChildren(cells("Where more ink would lower the loss, and where less", i => {
      const share = now.blame[i] / largest;
      return {
        fill: share > 0 ? MORE : LESS, strength: 0.8 * Math.abs(share),
        sign: Math.abs(share) < 0.25 ? "" : share > 0 ? "+" : "−",
      };
    }));
    story.textContent = `Read as ${most}, with ${output[most].toFixed(3)}. For a ${target}, the loss is `
      + `${written(now.loss, 4)}. Where + stands, more ink would make it more of a ${target}, and where − stands, less; `
      + `the largest blame of a pixel is ${written(largest, 3)}.`;
  }

  function renderPaper() {
    paper.replaceChildren(drawing("title", {}, "Paper to draw on with a mouse or a finger"),
      ...strokes.map(stroke => drawing("polyline", {
        points: [stroke[0], ...stroke].map(point => point.join()).join(" "), stroke: INK,
        "stroke-width": 22, "stroke-linecap": "round",
      })));
    if (strokes.length) return;
    const hint = drawing("text", { x: SIDE / 2, y: SIDE / 2, "text-anchor": "middle" }, "a digit");
    hint.style.fontSize = "24px";
    paper.append(hint);
  }

  function renderPixels() {
    const svg = cells("The 64 pixels", i => ({ fill: INK, strength: inks[i] / 16 }));
    svg.append(drawing("rect", {
      x: CELL * (cursor % 8), y: CELL * (cursor >> 3), width: CELL, height: CELL, class: "digit-cursor",
    }));
    pixels.replaceChildren(svg);
  }

  /** Gives a pixel another ink; what was drawn is no longer what the network gets. */
  function dab(i, ink) {
    strokes = [];
    change(inks.with(i, Math.min(Math.max(ink, 0), 16)), target);
    said.say(`Row ${(i >> 3) + 1}, column ${i % 8 + 1}: ink ${inks[i]} of 16. ${story.textContent}`);
  }

  pixels.addEventListener("keydown", event => {
    const { key } = event;
    if (key in KEYS) {
      const [across, down] = KEYS[key];
      cursor = (cursor + across + 8 * down + 64) % 64;
      renderPixels();
      said.say(`Row ${(cursor >> 3) + 1}, column ${cursor % 8 + 1}: ink ${inks[cursor]} of 16.`);
    } else if (key === " " || key === "Enter") dab(cursor, inks[cursor] ? 0 : 16);
    else if (key === "+") dab(cursor, inks[cursor] + 4);
    else if (key === "-") dab(cursor, inks[cursor] - 4);
    else return;
    event.preventDefault();
  });
  pixels.addEventListener("click", event => {
    const box = pixels.firstChild.getBoundingClientRect();
    const [column, row] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]
      .map(share => Math.min(Math.max(Math.floor(8 * share), 0), 7));
    cursor = 8 * row + column;
    dab(cursor, inks[cursor] ? 0 : 16);
  });

  paper.addEventListener("pointerdown", event => {
    if (!event.isPrimary || event.button) return;
    event.preventDefault();
    paper.setPointerCapture(event.pointerId);
    strokes.push([]);
    const draw = ({ clientX, clientY }) => {
      const box = paper.getBoundingClientRect();
      strokes.at(-1).push([(clientX - box.left) / box.width * SIDE, (clientY - box.top) / box.height * SIDE]);
      change(inksOfStrokes(strokes), target);
    };
    draw(event);
    paper.addEventListener("pointermove", draw);
    const end = () => paper.removeEventListener("pointermove", draw);
    for (const type of ["pointerup", "pointercancel"]) paper.addEventListener(type, end, { once: true });
  });

  /** Begins with the state that an address says; what makes no sense there is as in the first one. */
  function begin(told) {
    strokes = [];
    inks = inksOf(told?.get("pixels") ?? "") ?? inksOf(first.pixels);
    target = whole(told?.get("target") ?? null, 0, 9, first.label);
    render();
  }

  follow("digit", root, begin);
  begin(read("digit"));
}
