// Where each number comes from: its formula, as a list of texts and of numbers of other arrays. The
// same list gives the formula in symbols, the formula with numbers, and what is to be lit up.

import { allowed } from "./arithmetic.js";

/** A number of an array. */
const at = (name, i, j) => ({ name, i, j });

const counted = count => f => Array.from({ length: count }, (_, r) => f(r));
const overPlaces = counted(3), overNumbers = counted(2);

/** Lists with a text between them. */
const joined = (lists, text) => lists.flatMap((list, r) => r ? [text, ...list] : list);

/** A sum of products of two numbers each. */
const sumOf = pairs => joined(pairs.map(([a, b]) => [a, " · ", b]), " + ");

const scaledSum = (pairs, scaled) => scaled ? ["(", ...sumOf(pairs), ") / √2"] : sumOf(pairs);

/** A number of x times a matrix of weights. */
const projection = W => (i, j) => sumOf(overNumbers(r => [at("x", i, r), at(W, r, j)]));

/** A number of the direction downhill of a matrix of weights. */
const downhill = error => (i, j) => sumOf(overPlaces(r => [at("x", r, i), at(error, r, j)]));

const FORMULAS = {
  q: projection("W_q"),
  k: projection("W_k"),
  v: projection("W_v"),
  s: (i, j, { scaled }) => scaledSum(overNumbers(r => [at("q", i, r), at("k", j, r)]), scaled),
  p(i, j, { causal }) {
    if (!allowed(i, j, causal)) return ["0"];
    const seen = overPlaces(r => r).filter(r => allowed(i, r, causal));
    const exponential = r => ["exp(", at("s", i, r), ")"];
    return [...exponential(j), " / (", ...joined(seen.map(exponential), " + "), ")"];
  },
  y: (i, j) => sumOf(overPlaces(r => [at("p", i, r), at("v", r, j)])),
  e_v: (j, c) => sumOf(overPlaces(r => [at("p", r, j), at("e", r, c)])),
  e_p: (i, j) => sumOf(overNumbers(r => [at("e", i, r), at("v", j, r)])),
  M: i => sumOf(overPlaces(r => [at("p", i, r), at("e_p", i, r)])),
  delta: (i, j) => [at("p", i, j), " · (", at("e_p", i, j), " − ", at("M", i, 0), ")"],
  e_q: (i, c, { scaled }) =>
    scaledSum(overPlaces(r => [at("delta", i, r), at("k", r, c)]), scaled),
  e_k: (j, c, { scaled }) =>
    scaledSum(overPlaces(r => [at("delta", r, j), at("q", r, c)]), scaled),
  D_q: downhill("e_q"),
  D_k: downhill("e_k"),
  D_v: downhill("e_v"),
  e_x: (i, c) => sumOf(["q", "k", "v"].flatMap(x =>
    overNumbers(r => [at(`e_${x}`, i, r), at(`W_${x}`, c, r)]))),
};

/** The formula of a number; null if the number is given. */
export const origin = ({ name, i, j }, state) => FORMULAS[name]?.(i, j, state) ?? null;

/** The numbers in a formula. */
export const sources = formula => (formula ?? []).filter(each => typeof each !== "string");
