// What the laboratory draws: the plane of inputs, the hidden units, and the losses.

import { drawing, written } from "../fields.js";
import { forward } from "./arithmetic.js";

/** The part of the plane that is shown: from where, and how wide and high. */
export const PLANES = { xor: [-0.5, -0.5, 2], moons: [-1.6, -1.85, 4.2], spirals: [-1.3, -1.3, 2.6] };
const CELLS = 48;
const SHADES = [0.05, 0.2, 0.35];

/** The outputs of a network at the corners of the cells, row by row from below. */
function answers(network, [left, low, size]) {
  const at = k => k * size / CELLS;
  const corners = Array.from({ length: (CELLS + 1) ** 2 }, (_, k) =>
    [left + at(k % (CELLS + 1)), low + at(Math.floor(k / (CELLS + 1)))]);
  return forward(network, corners).output.map(([y]) => y);
}

/** Pieces of the line where the output is one half, in units of cells: [from, to] each. */
export function halfway(y, cells = CELLS) {
  const pieces = [], at = (i, j) => y[j * (cells + 1) + i] - 0.5;
  for (let j = 0; j < cells; j++) {
    for (let i = 0; i < cells; i++) {
      const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
      const found = corners.flatMap((one, k) => {
        const other = corners[(k + 1) % 4], p = at(...one), q = at(...other);
        if (p > 0 === q > 0) return [];
        const share = p / (p - q);
        return [one.map((c, axis) => c + share * (other[axis] - c))];
      });
      for (let k = 0; k < found.length; k += 2) pieces.push([found[k], found[k + 1]]);
    }
  }
  return pieces;
}

/** Draws into a canvas what a network answers, and the points; wide, the line of another network. */
export function drawPlane(canvas, plane, { x, t }, network, other) {
  const context = canvas.getContext("2d"), { width } = canvas, cell = width / CELLS;
  const look = getComputedStyle(canvas);
  const color = name => look.getPropertyValue(name).trim();
  const [zero, one] = [color("--bp-plot-1"), color("--bp-plot-2")];
  const y = answers(network, plane);
  context.clearRect(0, 0, width, width);
  for (let j = 0; j < CELLS; j++) {
    for (let i = 0; i < CELLS; i++) {
      const k = j * (CELLS + 1) + i;
      const mean = (y[k] + y[k + 1] + y[k + CELLS + 1] + y[k + CELLS + 2]) / 4;
      context.globalAlpha = SHADES[Math.min(2, Math.floor(Math.abs(mean - 0.5) * 6))];
      context.fillStyle = mean > 0.5 ? one : zero;
      context.fillRect(i * cell, width - (j + 1) * cell, cell, cell);
    }
  }
  context.globalAlpha = 1;
  context.strokeStyle = look.color;
  const line = (pieces, thick, alpha) => {
    context.lineWidth = thick;
    context.globalAlpha = alpha;
    context.beginPath();
    for (const [from, to] of pieces) {
      context.moveTo(from[0] * cell, width - from[1] * cell);
      context.lineTo(to[0] * cell, width - to[1] * cell);
    }
    context.stroke();
  };
  if (other) line(halfway(answers(other, plane)), 14, 0.35);
  line(halfway(y), 4, 1);
  const [left, low, size] = plane;
  context.lineWidth = 2;
  context.strokeStyle = color("--md-default-bg-color");
  x.forEach(([across, up], k) => {
    const [i, j] = [(across - left) / size * width, width - (up - low) / size * width];
    context.fillStyle = t[k][0] ? one : zero;
    context.beginPath();
    if (t[k][0]) context.rect(i - 8, j - 8, 16, 16);
    else context.arc(i, j, 9, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  });
}

const SIDE = 240, EDGE = 20;

/** What two hidden units answer to the points, each along an axis; and the output's line, of two. */
export function drawHidden(svg, { trace, network, t }, [across, up]) {
  const l = Object.keys(network.W).length - 1, rows = trace.a[l];
  const values = rows.map(row => [row[across], row[up]]);
  const least = network.activation === "tanh" ? -1 : 0;
  const most = network.activation === "relu" ? Math.max(1e-9, ...values.flat()) : 1;
  const place = value => (value - least) / (most - least) * (SIDE - 2 * EDGE);
  const point = ([i, j]) => [EDGE + place(i), SIDE - EDGE - place(j)];
  const label = (text, attributes) => drawing("text", attributes, text);
  const marks = values.map((value, k) => {
    const [i, j] = point(value);
    return t[k][0]
      ? drawing("rect", { x: i - 3.5, y: j - 3.5, width: 7, height: 7, class: "one" })
      : drawing("circle", { cx: i, cy: j, r: 4, class: "zero" });
  });
  svg.replaceChildren(
    drawing("title", {}, "What two hidden units answer to the points"),
    drawing("rect", { x: EDGE, y: EDGE, width: SIDE - 2 * EDGE, height: SIDE - 2 * EDGE, class: "frame" }),
    ...separating(network, l + 1, [across, up], least, most).map(ends => {
      const [[x1, y1], [x2, y2]] = ends.map(point);
      return drawing("line", { x1, y1, x2, y2, class: "half" });
    }),
    ...marks,
    label(`unit ${across + 1}, ${written(least, 2)} to ${written(most, 2)}`,
      { x: SIDE / 2, y: SIDE - 4, "text-anchor": "middle" }),
    label(`unit ${up + 1}`, { x: EDGE, y: EDGE - 6 }),
  );
}

/** The line in the plane of two units where the output is one half, within its square. */
function separating({ W, b }, L, [across, up], least, most) {
  if (W[L].length !== 2 || across === up) return [];
  const [p, q, c] = [W[L][across][0], W[L][up][0], b[L][0]];
  const ends = [least, most].flatMap(edge => [
    [edge, -(p * edge + c) / q], [-(q * edge + c) / p, edge],
  ]).filter(end => end.every(value => value >= least && value <= most));
  return ends.length > 1 ? [[ends[0], ends.at(-1)]] : [];
}

/** Points of the line of some losses, for a box of 300 by 100 whose height is the largest of all. */
export function curve(losses, steps, most) {
  const every = Math.max(1, Math.floor(losses.length / 300));
  const kept = losses.map((loss, k) => [k, loss])
    .filter(([k]) => k % every === 0 || k === losses.length - 1);
  // A line from a point to itself is a dot.
  return [kept[0], ...kept].map(([k, loss]) =>
    `${(300 * k / (steps || 1)).toFixed(1)},${(98 - 96 * loss / (most || 1)).toFixed(1)}`).join(" ");
}
