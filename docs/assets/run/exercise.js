// Exercises that are written and checked in the page. The grader is that of the package; what a reader
// wrote, and what is solved, is kept in this browser alone.

import { textarea } from "./editor.js";
import { execute } from "./python.js";
import { below } from "./snippet.js";

const KEY = "backprop.exercises";
const WORDS = { right: "Right", follows: "Right", wrong: "Not yet", todo: "To do", unknown: "Not seen" };
const blocks = [...document.querySelectorAll(".exercise")];
const known = new Map(blocks.map((block) => [block, make(block)]));

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.(".exercise .actions > button");
  if (button) known.get(button.closest(".exercise"))[button.classList[0]]();
});
document.addEventListener("keydown", (event) => {
  const block = event.target.closest?.(".exercise");
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !block) return;
  event.preventDefault();
  known.get(block).check();
});
tell();

/** Return what is kept: by the name of an exercise, its code and whether it is solved. */
function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};  // The browser keeps nothing, or something else.
  }
}

/** Keep something of an exercise; nothing is kept where the browser refuses. */
function keep(name, what) {
  try {
    const all = kept();
    localStorage.setItem(KEY, JSON.stringify({ ...all, [name]: { ...all[name], ...what } }));
  } catch {}
  tell();
}

/** Say above the exercises how many are solved, here and on all pages, and offer to forget. */
function tell() {
  const line = document.querySelector(".progress");
  if (!line) return;
  const all = kept();
  const names = line.dataset.exercises.split(" ");
  if (!names.some((name) => all[name])) return;
  const here = blocks.map((block) => block.dataset.exercise);
  const solved = (some) => `${some.filter((name) => all[name]?.solved).length} of ${some.length}`;
  const forget = element("button", { type: "button", textContent: "Forget my answers" });
  forget.addEventListener("click", () => {
    localStorage.removeItem(KEY);
    for (const each of known.values()) each.forget();
    line.replaceChildren("Your answers are forgotten.");
  });
  line.replaceChildren(`${solved(here)} solved on this page, ${solved(names)} in all. `, forget);
  line.hidden = false;
}

function make(block) {
  const name = block.dataset.exercise;
  const [writeButton, checkButton] = block.querySelectorAll(":scope > .actions > button");
  const source = block.querySelector(":scope > .highlight");
  const starter = `${source.querySelector("code").textContent.replace(/^\n+|\n+$/g, "")}\n`;
  const hints = [...block.querySelectorAll("li[data-part]")];
  const verdict = element("div", { className: "verdict" });
  let editor, job, shown, lacking;
  const given = new Set();

  if (kept()[name]?.solved) block.dataset.solved = "";
  if (kept()[name]?.code) writeButton.textContent = "Go on writing";

  /** Put a field in the place of the starter, with what the reader wrote before. */
  function open() {
    if (editor) return;
    editor = textarea(kept()[name]?.code ?? starter, `Your program: ${title()}`);
    editor.addEventListener("input", () => keep(name, { code: editor.value }));
    source.hidden = true;
    source.after(editor);
    writeButton.textContent = "Begin again";
  }

  function write() {
    if (!editor) {
      open();
      const at = editor.value.indexOf("...");
      editor.focus();
      editor.setSelectionRange(Math.max(at, 0), at < 0 ? 0 : at + 3);
      return;
    }
    editor.value = starter;
    editor.dispatchEvent(new Event("input"));
    verdict.remove();
    editor.focus();
  }

  async function check() {
    if (job) return job.stop();
    open();
    shown ??= below(block);
    checkButton.textContent = "Stop";
    verdict.remove();
    shown.begin();
    // The verdict stands where the reader looks, before the hints and the solution.
    checkButton.parentElement.after(block.querySelector(":scope > .ran"));
    let printed = "";
    job = execute("", program(name, editor.value), {
      progress: shown.progress,
      running: () => shown.say("Checking"),
      output: ({ text }) => (printed += text),
    });
    const { error, stopped, failed } = await job.answer;
    job = undefined;
    checkButton.textContent = "Check";
    if (failed) shown.end(`Python came to nothing: ${failed}. Check starts it anew.`);
    else if (stopped) shown.end("Stopped.");
    else if (error) shown.end(`The grader came to nothing: ${error}`);
    else show(JSON.parse(printed));
  }

  function show(report) {
    const right = report.findings.filter((each) => WORDS[each.state] === "Right").length;
    const said = `${right} of ${report.findings.length} right.`;
    shown.end(report.praise ? `${said} Solved.` : said);
    const list = element("ul", {});
    list.append(...report.findings.map(row));
    verdict.replaceChildren(list);
    if (report.problem) verdict.append(sentence("p", report.problem));
    if (report.praise) verdict.append(sentence("p", report.praise));
    lacking = report.findings.filter((each) => WORDS[each.state] !== "Right").map((each) => each.part);
    if (!report.praise && hints.some((each) => lacking.includes(each.dataset.part))) {
      const hint = element("button", { type: "button", textContent: "Hint" });
      hint.addEventListener("click", () => help(hint));
      verdict.append(hint);
    }
    if (report.printed.trim()) {
      const pre = element("pre", { className: "output", tabIndex: 0 });
      pre.append(element("samp", { textContent: report.printed.trimEnd() }));
      verdict.append(pre);
    }
    block.querySelector(":scope > .ran").after(verdict);
    if (report.praise) {
      block.dataset.solved = "";
      keep(name, { solved: true });
    }
  }

  /** Show the next hint for what is not right, and the last one before the button is gone. */
  function help(button) {
    const waiting = hints.filter((each) => lacking.includes(each.dataset.part) && !given.has(each));
    const [next] = waiting;
    if (next) {
      given.add(next);
      const hint = element("p", { className: "hint" });
      hint.setAttribute("role", "status");
      hint.append(...[...next.childNodes].map((each) => each.cloneNode(true)));
      button.before(hint);
    }
    if (waiting.length > 1) return;
    button.replaceWith(sentence("p", "These were all hints. The solution is folded below."));
  }

  function forget() {
    job?.stop();
    editor?.remove();
    editor = undefined;
    given.clear();
    source.hidden = false;
    writeButton.textContent = "Write here";
    verdict.remove();
    shown?.clear();
    delete block.dataset.solved;
  }

  const title = () => {
    let heading = block;
    while (heading && !/^H\d$/.test(heading.tagName)) heading = heading.previousElementSibling;
    return heading?.firstChild?.textContent ?? name;
  };

  return { write, check, forget };
}

/** Return the program that grades a program, and prints the report. */
function program(name, code) {
  const [exercise, written] = [name, code].map((each) => JSON.stringify(each));
  return [
    "import json",
    "from backprop.exercises import exercise, grade",
    `print(json.dumps(grade(exercise(${exercise}), ${written}).as_dict()))`,
  ].join("\n");
}

function row({ part, state, said }) {
  const item = element("li", { className: state });
  const word = element("strong", { textContent: `${WORDS[state]}: ` });
  item.append(word, element("code", { textContent: part }), said ? ". " : ".");
  if (said) item.append(...sentence("span", said).childNodes);
  return item;
}

/** Return a sentence of the catalogue: code in backquotes, and what is stressed between stars. */
function sentence(tag, text) {
  const whole = element(tag, {});
  for (const part of text.split(/(`[^`]+`|\*\*[^*]+\*\*)/)) {
    if (part.startsWith("`")) whole.append(element("code", { textContent: part.slice(1, -1) }));
    else if (part.startsWith("**")) whole.append(element("strong", { textContent: part.slice(2, -2) }));
    else whole.append(part);
  }
  return whole;
}

function element(name, properties) {
  return Object.assign(document.createElement(name), properties);
}
