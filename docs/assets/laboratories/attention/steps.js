// The steps of both passes, and the arrays: what each is called, how its formula is written, and
// which arrays a step finds.

const leaf = tag => text => `<${tag}>${text}</${tag}>`;
const mi = leaf("mi"), mn = leaf("mn"), mo = leaf("mo"), mtext = leaf("mtext");
const row = (...parts) => `<mrow>${parts.join("")}</mrow>`;
const sub = (base, index) => `<msub>${base}${index}</msub>`;
const sup = (base, index) => `<msup>${base}${index}</msup>`;
const both = (base, under, over) => `<msubsup>${base}${under}${over}</msubsup>`;
const equals = mo("="), dotted = mo("⋅"), minus = mo("−"), plus = mo("+");
const open = mo("("), close = mo(")");
const over = (above, below) => `<mfrac>${above}${below}</mfrac>`;
const sum = index => `<munder>${mo("∑")}${mi(index)}</munder>`;
const root = `<msqrt>${mi("d")}</msqrt>`;

/** The letter of an array, and what stands above it. */
const LETTERS = {
  W_q: ["W", "q"], W_k: ["W", "k"], W_v: ["W", "v"], D_q: ["D", "q"], D_k: ["D", "k"],
  D_v: ["D", "v"], e_v: ["e", "v"], e_p: ["e", "p"], e_q: ["e", "q"], e_k: ["e", "k"],
  e_x: ["e", "x"], delta: ["δ"],
};

/** An array, or a number or a row of it, as a formula writes it. */
export function symbol(name, index = "") {
  const [letter, above] = LETTERS[name] ?? [name];
  const under = /^\d/.test(index) ? row(...[...index].map(mn)) : row(...[...index].map(mi));
  if (!index) return above ? sup(mi(letter), mtext(above)) : mi(letter);
  return above ? both(mi(letter), under, mtext(above)) : sub(mi(letter), under);
}

/** A formula to be put into a page. */
export function math(parts) {
  const made = document.createElement("div");
  made.innerHTML = `<math>${parts}</math>`;
  return made.firstChild;
}

/** Each array: in words, and what its rows and columns are. */
export const ARRAYS = {
  x: ["inputs", "place", "number"],
  W_q: ["weights to queries", "from number", "to number"],
  W_k: ["weights to keys", "from number", "to number"],
  W_v: ["weights to values", "from number", "to number"],
  q: ["queries", "place", "number"],
  k: ["keys", "place", "number"],
  v: ["values", "place", "number"],
  s: ["scores", "of query", "for key"],
  p: ["weights of attention", "of place", "for place"],
  y: ["outputs", "place", "number"],
  e: ["errors of the outputs", "place", "number"],
  e_v: ["errors of the values", "place", "number"],
  e_p: ["errors of the weights of attention", "of place", "for place"],
  M: ["mean errors", "of place", ""],
  delta: ["error terms of the scores", "of query", "for key"],
  e_q: ["errors of the queries", "place", "number"],
  e_k: ["errors of the keys", "place", "number"],
  D_q: ["downhill for the weights to queries", "from number", "to number"],
  D_k: ["downhill for the weights to keys", "from number", "to number"],
  D_v: ["downhill for the weights to values", "from number", "to number"],
  e_x: ["errors of the inputs", "place", "number"],
};

/** The arrays that a reader changes. */
export const GIVEN = ["x", "W_q", "W_k", "W_v", "e"];

/** What stands in front of a sum, or behind it, if the scores are scaled. */
const share = (scaled, factors) => scaled ? row(over(mn(1), root), factors) : factors;

const projected = name => () => row(symbol(name, "i"), equals, symbol("x", "i"), symbol(`W_${name}`));

const downhill = name => row(symbol(`D_${name}`), equals, sum("i"),
  both(mi("x"), mi("i"), mi("⊤")), symbol(`e_${name}`, "i"));

const carried = name => row(symbol(`e_${name}`, "i"), sup(row(open, symbol(`W_${name}`), close), mi("⊤")));

/**
 * The steps, after the one that stands for all: the pass, what is found, the words, the formula,
 * and the equation of the chapter.
 */
export const STEPS = [
  { name: "All at once", shows: [],
    words: "Point at a number, or go to it by the arrow keys: the numbers from which it comes light "
      + "up. A number in a frame can be changed." },
  { name: "Queries", shows: ["q"], words: "Each place asks: its input, times the weights to queries.",
    formula: projected("q") },
  { name: "Keys", shows: ["k"], words: "Each place says what others can find there.",
    formula: projected("k") },
  { name: "Values", shows: ["v"], words: "Each place says what others take from there.",
    formula: projected("v") },
  { name: "Scores", shows: ["s"], equation: "attention-scores",
    words: "Each query is compared with each key.",
    formula: ({ scaled }) => row(symbol("s", "ij"), equals,
      (fits => scaled ? over(fits, root) : fits)(row(symbol("q", "i"), dotted, symbol("k", "j")))) },
  { name: "Weights of attention", shows: ["p"], equation: "attention-weights",
    words: "The softmax of each row of scores: the shares add up to 1.",
    formula: ({ causal }) => row(symbol("p", "ij"), equals, over(sup(mi("e"), symbol("s", "ij")),
      row(`<munder>${mo("∑")}${causal ? row(mi("r"), mo("≤"), mi("i")) : mi("r")}</munder>`,
        sup(mi("e"), symbol("s", "ir")))), causal ? row(mtext(" for "), mi("j"), mo("≤"), mi("i")) : "") },
  { name: "Outputs", shows: ["y"], equation: "attention",
    words: "The mean of the values, by the shares of each place.",
    formula: () => row(symbol("y", "i"), equals, sum("j"), symbol("p", "ij"), symbol("v", "j")) },
  { name: "Errors of the values", shows: ["e_v"], equation: "value-error",
    words: "Back over the same weights: each column adds up the errors of the outputs.",
    formula: () => row(symbol("e_v", "j"), equals, sum("i"), symbol("p", "ij"), symbol("e", "i")) },
  { name: "Errors of the weights of attention", shows: ["e_p"],
    words: "How well each value points in the direction in which an output is to move.",
    formula: () => row(symbol("e_p", "ij"), equals, symbol("e", "i"), dotted, symbol("v", "j")) },
  { name: "Mean errors", shows: ["M"], equation: "mean-error",
    words: "The mean of the errors of a row, by the shares themselves.",
    formula: () => row(symbol("M", "i"), equals, sum("j"), symbol("p", "ij"), symbol("e_p", "ij")) },
  { name: "Error terms of the scores", shows: ["delta"], equation: "softmax-error",
    words: "Through the softmax: a score is to rise if its value is better than the mean.",
    formula: () => row(symbol("delta", "ij"), equals, symbol("p", "ij"), open, symbol("e_p", "ij"),
      minus, symbol("M", "i"), close) },
  { name: "Errors of the queries", shows: ["e_q"], equation: "query-key-error",
    words: "A score is a product: the query gets the key, times the error term.",
    formula: ({ scaled }) => row(symbol("e_q", "i"), equals,
      share(scaled, row(sum("j"), symbol("delta", "ij"), symbol("k", "j")))) },
  { name: "Errors of the keys", shows: ["e_k"], equation: "query-key-error",
    words: "And the key gets the query, times the error term, from every place that asked.",
    formula: ({ scaled }) => row(symbol("e_k", "j"), equals,
      share(scaled, row(sum("i"), symbol("delta", "ij"), symbol("q", "i")))) },
  { name: "Downhill for the weights", shows: ["D_q", "D_k", "D_v"], equation: "step-over-time",
    words: "Minus the gradient of each matrix: what entered it, times the error that came back, added "
      + "up over the places.",
    formula: () => row(downhill("q"), mo(","), downhill("k"), mo(","), downhill("v")) },
  { name: "Errors of the inputs", shows: ["e_x"],
    words: "Each input was a query, a key and a value: three errors meet there.",
    formula: () => row(symbol("e_x", "i"), equals, carried("q"), plus, carried("k"), plus, carried("v")) },
];

/** The arrays as they stand on the board, a line for each list: those of a pass, forward or back. */
export const BOARD = {
  "Forward": [["x", "W_q", "W_k", "W_v"], ["q", "k", "v"], ["s", "p", "y"]],
  "Backward": [["e", "e_v", "e_p", "M"], ["delta", "e_q", "e_k"], ["D_q", "D_k", "D_v", "e_x"]],
};
