// The doctor in the page: what is pasted is read and compared by the package, in this browser alone.

import { execute } from "./python.js";
import { below } from "./snippet.js";

const form = document.querySelector("form.doctor");
const [check, example, copy] = form.querySelectorAll(".actions > button");
const verdict = element("div", { className: "verdict" });
const shown = below(form);
let job;
let program = "";

form.hidden = false;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  ask();
});
form.addEventListener("input", forget);
example.addEventListener("click", async () => {
  job?.stop();
  await job?.answer;
  for (const field of form.elements) {
    if (field.dataset.example !== undefined) field.value = field.dataset.example;
  }
  forget();
  ask();
});
copy.addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(program);
    shown.say("The program is copied.");
  } catch {
    shown.say("The browser does not allow to copy: the program stands below.");
    const pre = element("pre", { className: "output", tabIndex: 0 });
    pre.append(element("samp", { textContent: program }));
    verdict.append(pre);
  }
});

/** What was said belongs to other numbers. */
function forget() {
  verdict.remove();
  copy.hidden = true;
  for (const field of form.elements) field.removeAttribute("aria-invalid");
}

async function ask() {
  if (job) return job.stop();
  forget();
  const asked = Object.fromEntries(new FormData(form));
  const given = JSON.stringify(JSON.stringify(asked));
  check.textContent = "Stop";
  shown.begin();
  let printed = "";
  const code = `import json\nfrom backprop._pasted import answer\nprint(json.dumps(answer(json.loads(${given}))))`;
  job = execute("", code, {
    progress: shown.progress,
    running: () => shown.say("Comparing"),
    output: ({ text }) => (printed += text),
  });
  const { error, stopped, failed } = await job.answer;
  job = undefined;
  check.textContent = "Find the mistake";
  if (failed) shown.end(`Python came to nothing: ${failed}. Try again.`);
  else if (stopped) shown.end("Stopped.");
  else if (error) shown.end(`The doctor came to nothing: ${error}`);
  else show(JSON.parse(printed));
}

const WORDS = {
  right: "The gradient is right.",
  wrong: "A mistake is found.",
  unknown: "It is none of the mistakes that are known.",
};

function show({ error, verdict: found, said, program: made }) {
  if (error) {
    shown.end("Something cannot be read.");
    verdict.replaceChildren(element("p", { textContent: error }));
    const field = [...form.elements].find((each) => error.startsWith(each.dataset.field));
    field?.setAttribute("aria-invalid", "true");
    field?.focus();
  } else {
    shown.end(WORDS[found]);
    const pre = element("pre", { className: "output", tabIndex: 0 });
    pre.append(element("samp", { textContent: said }));
    verdict.replaceChildren(pre);
    program = made;
    copy.hidden = false;
  }
  form.append(verdict);
}

function element(name, properties) {
  return Object.assign(document.createElement(name), properties);
}
