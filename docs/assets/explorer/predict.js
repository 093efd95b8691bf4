// Predict, then reveal: before a step of the explorer is shown, the reader says whether a number of it
// will be negative, zero or positive, or whether the loss will get smaller. Loaded when that is asked for.

import { written } from "./explorer.js";

const SIGNS = { "-1": "negative", 0: "zero", 1: "positive" };
const CHANGES = { "-1": "smaller", 0: "the same", 1: "larger" };

/** A number in a sentence. */
const say = number => written(number, 4);

/** Some numbers in a sentence. */
const list = numbers => numbers.map(say).join(" and ").replace(/ and (?=.* and )/g, ", ");

/** The sign of a number: -1, 0 or 1. */
const sign = number => Math.sign(number) || 0;

/** Why a weighted sum has its sign. */
function ofSum(values, weights) {
  const products = values.map((value, i) => value * weights[i]);
  if (products.length > 1) return `The products with the weights are ${list(products)}, and they add up.`;
  return `The hidden unit gives ${say(values[0])}, which is multiplied by the weight, ${say(weights[0])}.`;
}

/** Why a product of two numbers has its sign, whatever positive factors it has besides. */
function ofProduct([first, a], [second, b], [factor, product]) {
  const alike = { "-1": "have opposite signs", 0: "are not both different from 0", 1: "have the same sign" };
  const both = sign(a) * sign(b);
  const rest = both && !product ? "the product is so small that it is rounded to 0" : `${factor} is positive`;
  return `${first}, ${say(a)}, and ${second}, ${say(b)}, ${alike[both]}; ${rest}.`;
}

/** What is asked at each step: in words, the number, and why it has its sign. */
const questions = (i, j, unit) => [
  undefined,
  {
    what: `the input to ${unit}`,
    number: ({ z }) => z[1][j],
    why: ({ x, W }) => ofSum(x, W[1].map(row => row[j])),
  },
  {
    what: "the input to the output unit",
    number: ({ z }) => z[2][0],
    why: ({ a, W }) => ofSum(a[1], W[2].map(row => row[0])),
  },
  {
    what: "the error",
    number: ({ error }) => error[0],
    why: ({ a, target: [t] }) => {
      const [y] = a[2], where = y < t ? "below" : y > t ? "above" : "at";
      return `The output, ${say(y)}, lies ${where} the target, ${say(t)}.`;
    },
  },
  {
    what: "the error term of the output",
    number: ({ delta }) => delta[2][0],
    why: ({ error: [e], delta }) => e && !delta[2][0]
      ? "The output unit is so far saturated that its slope is rounded to 0."
      : `The slope of a sigmoid unit is positive, so the sign is that of the error, ${say(e)}.`,
  },
  {
    what: `the error term of ${unit}`,
    number: ({ delta }) => delta[1][j],
    why: ({ delta, W }) => ofProduct(
      ["The error term of the output", delta[2][0]], ["the weight it comes back over", W[2][j][0]],
      ["the slope", delta[1][j]]),
  },
  {
    what: `the step of the weight from input ${i + 1} to ${unit}`,
    number: ({ steps }) => steps.W[1][i][j],
    why: ({ x, delta, steps }) => ofProduct(
      ["The input", x[i]], [`the error term of ${unit}`, delta[1][j]],
      ["the learning rate", steps.W[1][i][j]]),
  },
  {
    what: "the loss",
    number: ({ loss, after }) => after.loss - loss,
    why: ({ loss, after, steps }) => {
      const from = `The loss goes from ${say(loss)} to ${say(after.loss)}. `;
      if (!steps.W[1].flat().concat(steps.W[2].flat()).some(Boolean)) return `${from}All steps are 0.`;
      if (after.loss < loss) return `${from}The steps lead downhill, and are not too long.`;
      if (after.loss > loss) return `${from}The steps lead downhill, but are so long that they go past the bottom.`;
      return `${from}The steps are too short to be seen in numbers of this precision.`;
    },
  },
];

/** Lets the reader of an explorer predict. `numbers` gives those of the update, `changed` shows a change. */
export function predict(root, numbers, changed) {
  const box = document.createElement("div");
  box.className = "explorer-prediction";
  const text = document.createElement("p"), answers = document.createElement("div");
  answers.className = "explorer-buttons";
  answers.setAttribute("role", "group");
  answers.setAttribute("aria-label", "Your prediction");
  box.append(text, answers);
  const next = root.querySelector("[data-does=next]");
  next.parentElement.after(box);
  let asked, right = 0, given = 0;
  show("Before each step you are asked for one of its numbers. Press Next to begin.");

  function show(words, options = {}) {
    text.textContent = words;
    answers.replaceChildren(...["-1", "0", "1"].filter(value => value in options).map(value => {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", textContent: options[value] });
      button.addEventListener("click", () => { answer(+value); changed(); next.focus(); });
      return button;
    }));
  }

  /** Asks for a number of the step; with every update for another unit and another input. */
  function ask({ step, updates }) {
    const { x, W } = numbers(), units = W[2].length;
    const i = x.length - 1 - updates % x.length, j = units - 1 - updates % units;
    asked = questions(i, j, units > 1 ? `hidden unit ${j + 1}` : "the hidden unit")[step];
    asked.options = step === 7 ? CHANGES : SIGNS;
    const choice = step === 7 ? "get smaller, stay the same or get larger" : "be negative, zero or positive";
    show(`Will ${asked.what} ${choice}?`, asked.options);
  }

  /** Reveals the number, and says whether the answer was right, if there was one. */
  function answer(said) {
    const all = numbers(), number = asked.number(all), truth = sign(number);
    const verdict = asked.options[truth];
    const what = asked.options === CHANGES ? `the loss is ${verdict === "the same" ? verdict : `${verdict} than before`}`
      : `${asked.what} is ${truth ? `${verdict}, ${say(number)}` : "zero"}`;
    let words = `${what[0].toUpperCase()}${what.slice(1)}. ${asked.why(all)}`;
    if (said !== undefined) {
      given++;
      right += said === truth;
      words = `${said === truth ? "Right" : "Not so"}: ${what}. ${asked.why(all)} So far ${right} of ${given} right.`;
    }
    asked = undefined;
    show(words);
  }

  return {
    /** Whether a question waits for its answer. */
    get asks() { return asked !== undefined; },
    /** What those are told who do not see the explorer. */
    get said() { return text.textContent; },
    ask,
    answer,
    /** Goes elsewhere: the question is dropped, and what was said of another step. */
    leave() { asked = undefined; show(""); },
    end: () => box.remove(),
  };
}
