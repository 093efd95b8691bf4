// Opens a laboratory when its button is pressed, or at once if the address holds a state of it: only
// then its sheet, its modules and its data are loaded.

import { read } from "./state.js";

const here = name => new URL(name, import.meta.url);

/** Adds the style sheet of the laboratories, and waits for it. */
const sheet = () => new Promise((done, failed) => {
  if (document.querySelector("link[data-laboratories]")) return done();
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet" });
  link.dataset.laboratories = "";
  link.onload = done;
  link.onerror = () => { link.remove(); failed(new Error("no style sheet")); };
  link.href = here("laboratory.css");
  document.head.append(link);
});

/** What the program of a laboratory has printed while the book was built. */
async function given(name) {
  const answer = await fetch(here(`${name}/data.json`));
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}

/** Loads what stands behind a button, and puts it in its place. */
async function open(root) {
  const button = root.querySelector(":scope > button");
  if (!button || button.disabled) return null;
  const { laboratory: name } = root.dataset;
  button.disabled = true;
  const label = button.textContent;
  button.textContent = "Loading …";
  try {
    const [{ mount }, data] = await Promise.all([
      import(here(`${name}/view.js`)), "given" in root.dataset ? given(name) : null, sheet(),
    ]);
    const bench = document.createElement("div");
    bench.className = "laboratory-bench";
    bench.tabIndex = -1;
    bench.setAttribute("role", "group");
    bench.setAttribute("aria-label", "Laboratory");
    button.replaceWith(bench);
    mount(bench, data);
    root.dataset.live = "";
    return bench;
  } catch (error) {
    button.textContent = `It could not be loaded. ${label.replace("Open", "Try to open")}`;
    button.disabled = false;
    throw error;
  }
}

/** Opens the laboratory whose state the address holds, and goes there. */
async function openShared() {
  for (const root of document.querySelectorAll(".laboratory")) {
    if (read(root.dataset.laboratory)) (await open(root))?.scrollIntoView();
  }
}

// A theme may exchange pages without loading them anew: the document stays.
document.addEventListener("click", async event => {
  const root = event.target.closest(".laboratory");
  // What had the focus is gone: it goes to what came in its place.
  if (root && event.target.closest("button")?.parentElement === root) (await open(root))?.focus();
});
addEventListener("hashchange", openShared);
openShared();
