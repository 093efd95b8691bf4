// A snippet that runs in its page: what its buttons do, and what stands below it then.

import { textarea } from "./editor.js";
import { execute } from "./python.js";

const known = new WeakMap();

/** Return what can be done with the snippet in a block of the page. */
export function snippet(block) {
  if (!known.has(block)) known.set(block, make(block));
  return known.get(block);
}

function make(block) {
  const [runButton, editButton, copyButton] = block.querySelectorAll(":scope > .tools > button");
  const source = block.querySelector(":scope > .highlight");
  const ofTheBook = expected(block);
  const program = copyButton.dataset.clipboardText;
  const code = source.querySelector("code").textContent.replace(/^\n+|\n+$/g, "");
  const earlier = program.slice(0, copyButton.dataset.earlier);
  const shown = below(block);
  let editor;
  let job;

  const run = () => (job ? job.stop() : start());

  async function start() {
    if (job) return;
    const edited = editor !== undefined && editor.value.trimEnd() !== code;
    runButton.textContent = "Stop";
    let printed = "";
    shown.begin();
    job = execute(earlier, editor ? editor.value : code, {
      progress: shown.progress,
      running: () => shown.say("Running"),
      output({ text }) {
        printed += text;
        shown.output({ printed });
      },
    });
    const { error, trace, plots, stopped, failed } = await job.answer;
    job = undefined;
    runButton.textContent = "Run";
    if (failed) shown.end(`Python came to nothing: ${failed}. Run starts it anew.`);
    else if (stopped) shown.end("Stopped.");
    else {
      const same = ofTheBook.isLike({ printed, error, plots });
      shown.output({ printed, trace: same ? error : trace, plots });
      const nothing = !printed && !error && !plots.length;
      if (same && nothing) shown.end("Run here: it prints nothing, as in the book.");
      else if (same) shown.end("Run here: the same as the book.");
      else if (edited) shown.end(error ? "Your code raised an error." : "Your code, run here.");
      else if (block.dataset.varies) shown.end(`Run here. It varies: ${block.dataset.varies}.`);
      else shown.end("Run here: not the same as the book.");
    }
  }

  function edit() {
    if (editor) reset();
    else {
      editor = textarea(code, "Code of this snippet");
      editor.addEventListener("input", () => {
        copyButton.dataset.clipboardText = `${earlier}${editor.value}\n`;
      });
      source.hidden = true;
      source.after(editor);
      editButton.textContent = "Reset";
      editor.setSelectionRange(0, 0);
      editor.focus();
    }
  }

  function reset() {
    job?.stop();
    editor.remove();
    editor = undefined;
    source.hidden = false;
    copyButton.dataset.clipboardText = program;
    editButton.textContent = "Edit";
    shown.clear();
  }

  return { run, start, edit };
}

/** Return what the page shows below a snippet, and whether what a run gave is like it. */
function expected(block) {
  const all = (selector) => [...block.querySelectorAll(`:scope > ${selector}`)];
  const [drawn] = all("figure > svg:not(.plot)");
  const text = block.dataset.prints ?? all("pre.output")[0]?.textContent ?? "";
  // Plots are compared by their data: versions of matplotlib draw them differently.
  const data = all("figure > details.data td").map((cell) => cell.textContent);
  return {
    isLike({ printed, error, plots }) {
      if (data.join() !== plots.flatMap(([, table]) => cells(table)).join()) return false;
      if (drawn) return !error && parsed(printed)?.outerHTML === drawn.outerHTML;
      return [printed.trimEnd(), error].filter(Boolean).join("\n") === text;
    },
  };
}

/** Return the numbers of Markdown tables, without their headings. */
function cells(tables) {
  const rows = tables.split("\n").filter((line) => /^\| -?[\d.n]/.test(line));
  return rows.flatMap((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
}

/** Return a drawing that was printed, as the page itself would read it. Nothing in it can run. */
function parsed(printed) {
  const template = document.createElement("template");
  template.innerHTML = printed.trim();
  return template.content.querySelector("svg");
}

let drawings = 0;

/** Return a drawing whose ids are its own, since the page may show the same drawing above. */
function drawing(printed) {
  const prefix = `run-${++drawings}-`;
  const svg = parsed(
    printed
      .replace(/(\sid=")([^"]+)/g, `$1${prefix}$2`)
      .replace(/(href="#|url\(#)/g, `$1${prefix}`)
      .replace(/(aria-(?:labelledby|describedby)=")([^"]+)/g, (_, name, ids) =>
        name + ids.split(" ").map((id) => prefix + id).join(" "),
      ),
  );
  const figure = element("figure", { className: "figure" });
  figure.append(svg);
  return figure;
}

/** Return what stands below a snippet once it was run: how far it is, and what it printed. */
export function below(block) {
  const status = element("p", { className: "status" });
  status.setAttribute("role", "status");
  const bar = element("progress", { hidden: true });
  bar.setAttribute("aria-label", "Loading Python");
  const bytes = element("span", { className: "bytes", hidden: true });
  const output = element("div", {});
  output.setAttribute("aria-live", "polite");
  const whole = element("div", { className: "ran" });
  whole.append(status, bar, bytes, output);

  const say = (text) => {
    if (status.textContent !== text) status.textContent = text;
    bar.hidden = bytes.hidden = true;
  };
  return {
    say,
    begin() {
      block.append(whole);
      output.replaceChildren();
      output.setAttribute("aria-busy", "true");
      say("Waiting for Python");
    },
    progress({ loaded, total }) {
      say("Loading Python");
      bar.hidden = bytes.hidden = false;
      [bar.max, bar.value] = [total, loaded];
      const megabytes = (number) => (number / 1e6).toFixed(1);
      bytes.textContent = `${megabytes(loaded)} of ${megabytes(total)} MB`;
    },
    output({ printed, trace = "", plots = [] }) {
      const isDrawing = printed.trimStart().startsWith("<svg") && parsed(printed);
      const text = [isDrawing ? "" : printed.trimEnd(), trace].filter(Boolean).join("\n");
      const parts = isDrawing ? [drawing(printed)] : [];
      if (text) {
        const pre = element("pre", { className: "output", tabIndex: 0 });
        pre.append(element("samp", { textContent: text }));
        parts.push(pre);
      }
      parts.push(...plots.map(([svg]) => drawing(svg)));
      output.replaceChildren(...parts);
    },
    end(text) {
      output.removeAttribute("aria-busy");
      say(text);
    },
    clear: () => whole.remove(),
  };
}

function element(name, properties) {
  return Object.assign(document.createElement(name), properties);
}
