// From text to trees: a tokenizer, and a parser by precedence climbing, for expressions in Python's
// syntax. A program is a few lines `name = expression`, the last of which may go without its name.

import { CONSTANTS, FUNCTIONS } from "./operations.js";

/** A text that cannot be read: what is wrong, and from where to where. */
export class Refused extends Error {
  constructor(message, start, end = start + 1) {
    super(message);
    this.start = start;
    this.end = end;
  }
}

/** How tightly operators bind; a sign binds more tightly than * and less than **. */
const BINDS = { "+": 1, "-": 1, "*": 2, "/": 2, "**": 4 };
const SIGN = 3;
const OPERATION = { "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "**": "power" };

/** The parts of a text, in the order in which they are tried. */
const PARTS = [
  ["blank", /[ \t\r]+|#[^\n]*/y],
  ["line", /\n/y],
  ["number", /(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+)?/y],
  ["name", /[A-Za-z_\u0391-\u03c9][A-Za-z0-9_\u0391-\u03c9]*/y],
  ["unknown", /[-+*/%@&|]=|\/\/|[=!<>]=|:=|<<|>>/y],
  ["sign", /\*\*|[-+*/()=,.]/y],
];

/** What to write in the place of what people write. */
const INSTEAD = {
  "^": "^ is no power in Python: write **", "²": "write **2", "³": "write **3",
  "×": "write *", "·": "write *", "÷": "write /", "−": "write - for a minus", "%": "% has no slope here",
  "√": "write sqrt(...)", "π": "write pi", ";": "write each assignment on a line of its own",
  "//": "// has no slope: write /", "@": "@ multiplies matrices: write * for numbers",
  "[": "there are no lists here, only numbers", "{": "use parentheses, ( and )",
  "==": "== compares; = gives a name", ":=": "write name = expression on a line of its own",
};
/** What is a word of Python's, or of the program that can be copied. */
const TAKEN = new Set(("False None True and as assert async await break class continue def del elif "
  + "else except finally for from global if import in is lambda nonlocal not or pass raise return "
  + "try while with yield np math print zip Variable gradients apply_activation "
  + "nan NaN inf Infinity").split(" "));

/** Returns the parts of a text, each with its place, and an end. */
export function tokenize(text) {
  const found = [];
  let at = 0, depth = 0;
  while (at < text.length) {
    const [kind, said] = partAt(text, at), end = at + said.length;
    if (kind === "unknown" || !kind) {
      const what = said in INSTEAD ? INSTEAD[said] : /^[-+*/]=$/.test(said)
        ? `write name = name ${said[0]} ...` : `${said} has no meaning here`;
      throw new Refused(what, at, end);
    }
    if (said === "(") depth++;
    if (said === ")") depth--;
    // Within parentheses a line goes on.
    if (kind !== "blank" && !(kind === "line" && depth > 0)) found.push({ kind, said, at, end });
    at = end;
  }
  found.push({ kind: "end", said: "", at, end: at });
  return found;
}

/** Returns the kind and the text of the part that begins at a place. */
function partAt(text, at) {
  for (const [kind, pattern] of PARTS) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) return [kind, match[0]];
  }
  return [undefined, String.fromCodePoint(text.codePointAt(at))];
}

/** Reads a program: a list of { name, tree }, in which the last name may be null. */
export function parse(text) {
  const tokens = tokenize(text), lines = [];
  let next = 0;
  const peek = () => tokens[next];
  const take = said => (peek().said === said ? tokens[next++] : null);
  const refuse = (message, { at, end } = peek()) => {
    throw new Refused(message, at, Math.max(end, at + 1));
  };

  /** Reads what binds at least so tightly. */
  function expression(least) {
    let left = operand();
    for (let binds; (binds = BINDS[peek().said]) >= least;) {
      const { said, at } = tokens[next++];
      // A power takes what stands on its right first: 2**3**2 is 2**9, and 2**-1 is a half.
      const right = expression(said === "**" ? SIGN : binds + 1);
      left = { operation: OPERATION[said], operands: [left, right], at, end: at + said.length };
    }
    return left;
  }

  /** Reads a number, a name, a call, what is in parentheses, or one of these with a sign. */
  function operand() {
    const token = tokens[next++], { kind, said, at, end } = token;
    if (said === "-" || said === "+") {
      const operation = said === "-" ? "negative" : "positive";
      return { operation, operands: [expression(SIGN)], at, end };
    }
    if (said === "(") {
      const inside = expression(1);
      if (!take(")")) refuse(`the parenthesis that opens in ${place(text, at)} is not closed here`);
      return inside;
    }
    if (kind === "number") return number(token);
    if (kind === "name") return name(token);
    next--;
    return refuse(["end", "line"].includes(kind)
      ? "here the expression ends, and something is missing" : `${said} stands where a value should`);
  }

  function number(token) {
    const { said, at, end } = token;
    if (/^0\d+$/.test(said) && +said) refuse("Python takes no number that begins with 0", token);
    const value = Number(said.replaceAll("_", ""));
    if (!Number.isFinite(value)) refuse("this number is too large", token);
    return { value, at, end };
  }

  /** Reads what begins with a name: an input, a name given before, a constant or a call. */
  function name(token) {
    let { said, at, end } = token, known = token;
    if (said === "np") {
      if (!take(".")) refuse("np stands before a dot and a function: np.sin(x)", token);
      known = tokens[next++];
      ({ said, end } = known);
      if (!Object.hasOwn(FUNCTIONS, said) && !Object.hasOwn(CONSTANTS, said)) {
        refuse(`np.${said} is not known here; known are ${listed()}`, known);
      }
    }
    if (peek().said === "(") return call(known);
    if (Object.hasOwn(CONSTANTS, said) && (said !== "e" || known !== token)) {
      return { value: CONSTANTS[said], constant: `np.${said}`, at, end };
    }
    require(known);
    return { name: said, at, end };
  }

  function call(token) {
    const { said, at, end } = token;
    if (["max", "min"].includes(said)) refuse(`write ${said}imum(a, b)`, token);
    if (!Object.hasOwn(FUNCTIONS, said)) {
      refuse(`${said} is no function that is known here, which are ${listed()}; for a product write `
        + `${said}*(...)`, token);
    }
    take("(");
    const { operation, takes } = FUNCTIONS[said], operands = [];
    while (peek().said !== ")") {
      operands.push(expression(1));
      if (!take(",")) break;
    }
    if (!take(")")) refuse(`the call of ${said} is not closed here`);
    if (operands.length !== takes) {
      refuse(`${said} takes ${takes === 1 ? "one number" : "two numbers"}, not ${operands.length}`, token);
    }
    return { operation, operands, at, end };
  }

  /** Refuses a name that means something else. */
  function require(token) {
    const { said } = token;
    if (Object.hasOwn(FUNCTIONS, said)) refuse(`${said} is a function: write ${said}(...)`, token);
    if (TAKEN.has(said) || Object.hasOwn(CONSTANTS, said) && said !== "e") {
      refuse(`${said} has a meaning of its own: take another name`, token);
    }
  }

  while (peek().kind !== "end") {
    if (peek().kind === "line") { next++; continue; }
    if (lines.length && lines.at(-1).name === null) {
      const { start, end } = lines.at(-1);
      throw new Refused("only the last line may go without a name: write name = ...", start, end);
    }
    const start = peek();
    let named = null;
    if (start.kind === "name" && tokens[next + 1].said === "=") {
      require(start);
      named = start.said;
      next += 2;
    }
    const tree = expression(1), after = peek();
    if (!["line", "end"].includes(after.kind)) refuse(missing(tokens[next - 1], after));
    lines.push({ name: named, tree, start: start.at, end: tokens[next - 1].end });
  }
  if (!lines.length) throw new Refused("write an expression, such as x*y + sin(x)", 0);
  return lines;
}

const listed = () => Object.keys(FUNCTIONS).join(", ");

/** Says what is wrong with what follows a whole expression. */
function missing(before, { kind, said }) {
  if (said === ")") return "this parenthesis closes none";
  if (said === "=") return "only a name may stand before =";
  if (said === ",") return "a comma stands only between the operands of a function";
  const joined = kind === "name" || kind === "number" || said === "(";
  return joined ? `an operator is missing here: write ${before.said}*${said} for a product`
    : `${said} has no meaning here`;
}

/** Says in words where a place of a text is. */
export function place(text, at) {
  const before = text.slice(0, at).split("\n");
  return `line ${before.length}, column ${before.at(-1).length + 1}`;
}
