// The network that reads digits, and its backward pass down to the pixels, under the names of the
// package; and how strokes become the 64 numbers that it reads.

const LEVELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const level = Object.fromEntries([...LEVELS].map((character, i) => [character, i - 32]));

/** The layers as numbers: W as rows, one per input, and b. */
export const layersOf = written => written.map(({ W, scale, b }) => {
  const weights = Array.from(W, character => level[character] * scale);
  const rows = Array.from({ length: W.length / b.length }, (_, i) =>
    weights.slice(i * b.length, (i + 1) * b.length));
  return { W: rows, b };
});

/** The pixels of a text of 64 digits of base 17, each from 0 to 16; null if it is none. */
export const inksOf = text =>
  (/^[0-9a-g]{64}$/.test(text) ? Array.from(text, each => parseInt(each, 17)) : null);

/** The text of pixels. */
export const textOf = inks => inks.map(ink => ink.toString(17)).join("");

const weightedInput = (a, { W, b }) =>
  b.map((bias, k) => a.reduce((sum, each, j) => sum + each * W[j][k], bias));

/** Runs the network forward: input z and output a of both layers, for pixels from 0 to 1. */
export function forward([hidden, output], x) {
  const z_1 = weightedInput(x, hidden), a_1 = z_1.map(each => Math.max(each, 0));
  const z_2 = weightedInput(a_1, output), largest = Math.max(...z_2);
  const e = z_2.map(each => Math.exp(each - largest)), sum = e.reduce((a, b) => a + b);
  return { z: { 1: z_1, 2: z_2 }, a: { 0: x, 1: a_1, 2: e.map(each => each / sum) } };
}

/** Error attributed to each unit before a layer: the error terms, back over the weights. */
const hiddenError = (delta, { W }) =>
  W.map(row => row.reduce((sum, each, k) => sum + delta[k] * each, 0));

/** Carries the error back to the pixels: `blame` is minus dE/dx, for the digit that it should be. */
export function backward([hidden, output], { z, a }, target) {
  const delta_2 = a[2].map((y, k) => (k === target) - y);
  const delta_1 = hiddenError(delta_2, output).map((e, j) => (a[1][j] > 0 ? e : 0));
  const largest = Math.max(...z[2]);
  const sum = z[2].reduce((total, each) => total + Math.exp(each - largest), 0);
  const loss = Math.log(sum) + largest - z[2][target];
  return { loss, delta: { 1: delta_1, 2: delta_2 }, blame: hiddenError(delta_1, hidden) };
}

/** Pixels a step further along the blame: the most blamed changes by so much ink. */
export function stepAlong(inks, blame, most) {
  const largest = Math.max(...blame.map(Math.abs));
  if (!largest) return inks;
  return inks.map((ink, i) => Math.min(Math.max(Math.round(ink + most * blame[i] / largest), 0), 16));
}

/** Half the width of the pen, and how high and wide a digit is, where 32 points are a side. */
export const PEN = 2.25, HIGH = 32, WIDE = 24;

/** The distance of a point from a segment of a stroke. */
function distance(x, y, [x_0, y_0], [x_1, y_1]) {
  const across = x_1 - x_0, down = y_1 - y_0, length = across ** 2 + down ** 2;
  const along = length && Math.min(Math.max(((x - x_0) * across + (y - y_0) * down) / length, 0), 1);
  return Math.hypot(x - x_0 - along * across, y - y_0 - along * down);
}

/**
 * Strokes as 64 inks from 0 to 16. A drawing is made as high as the digits of the data are, and no
 * wider, and is centered; then each pixel counts which of its 4 by 4 points are on a stroke.
 */
export function inksOfStrokes(strokes) {
  const points = strokes.flat();
  if (!points.length) return Array(64).fill(0);
  const [low, high] = [Math.min, Math.max].map(most => [0, 1].map(i => most(...points.map(each => each[i]))));
  const [width, height] = high.map((each, i) => Math.max(each - low[i], 1e-3));
  const wide = WIDE - 2 * PEN, down = Math.min((HIGH - 2 * PEN) / height, 2 * wide / width);
  const scale = [Math.min(down, wide / width), down];
  const placed = strokes.map(stroke => stroke.map(point =>
    point.map((each, i) => 16 + (each - (low[i] + high[i]) / 2) * scale[i])));
  const segments = placed.flatMap(stroke => stroke.map((point, i) => [stroke[Math.max(i - 1, 0)], point]));
  const inks = Array(64).fill(0);
  for (let row = 0; row < 32; row++) {
    for (let column = 0; column < 32; column++) {
      const on = segments.some(([from, to]) => distance(column + 0.5, row + 0.5, from, to) <= PEN);
      if (on) inks[8 * (row >> 2) + (column >> 2)]++;
    }
  }
  return inks;
}
