// Sizes by layer, on an axis of powers of ten.

import { drawing } from "../fields.js";

const HEIGHT = 260, LEFT = 46, RIGHT = 10, TOP = 12, BOTTOM = 38;
const raised = number => `${number}`.replace(/./g, each => "⁰¹²³⁴⁵⁶⁷⁸⁹"[each] ?? "⁻");

/** The step between marks, so that there are a few. */
const stepOf = count => [1, 2, 5, 10, 20, 50].find(step => count / step <= 8) ?? 100;

/** Whole numbers between two, a step apart. */
function marks(least, most) {
  const step = stepOf(most - least), found = [];
  for (let mark = Math.ceil(least / step) * step; mark <= most; mark += step) found.push(mark);
  return found;
}

/** A drawing of the sizes, as wide as its place, so that its letters keep their size. */
export function chart({ a, delta }, width) {
  const depth = delta.length, lines = { a: a.map((size, l) => [l, size]), delta: delta.map((size, l) => [l + 1, size]) };
  const powers = [...a, ...delta].filter(size => size > 0 && Number.isFinite(size)).map(Math.log10);
  const least = Math.floor(Math.min(-1, ...powers)), most = Math.ceil(Math.max(1, ...powers));
  const x = l => LEFT + (width - LEFT - RIGHT) * l / depth;
  const y = power => TOP + (HEIGHT - TOP - BOTTOM) * (most - power) / (most - least);
  const svg = drawing("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", class: "errors-chart" },
    drawing("title", {}, "Sizes of values and of error terms, by layer"));
  for (const power of marks(least, most)) {
    svg.append(drawing("path", { class: "grid", d: `M${LEFT} ${y(power)}H${width - RIGHT}` }),
      drawing("text", { x: LEFT - 6, y: y(power) + 4, "text-anchor": "end" },
        power === 0 ? "1" : power === 1 ? "10" : `10${raised(power)}`));
  }
  for (const l of marks(0, depth)) {
    svg.append(drawing("text", { x: x(l), y: HEIGHT - BOTTOM + 16, "text-anchor": "middle" }, String(l)));
  }
  svg.append(drawing("text", { x: (LEFT + width - RIGHT) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, "layer"));
  for (const [name, points] of Object.entries(lines)) {
    const seen = points.filter(([, size]) => size > 0 && Number.isFinite(size))
      .map(([l, size]) => `${x(l).toFixed(1)},${y(Math.log10(size)).toFixed(1)}`);
    svg.append(drawing("polyline", { class: name, points: seen.join(" ") }));
  }
  return svg;
}
