// A button that copies a program. Where the browser refuses, the program is shown, to be copied by
// hand.

import { button, element } from "./fields.js";

/** The button, in a part that also holds what it says, for the program that a function returns. */
export function copyButton(program) {
  const status = element("span", { className: "laboratory-said", role: "status" });
  const shown = element("textarea", {
    hidden: true, readOnly: true, rows: 12, spellcheck: false, "aria-label": "The program",
  });
  const copy = button("Copy as Python", async () => {
    const text = program();
    try {
      await navigator.clipboard.writeText(text);
      shown.hidden = true;
      status.textContent = "Copied.";
      setTimeout(() => { status.textContent = ""; }, 3000);
    } catch {
      shown.hidden = false;
      shown.value = text;
      shown.focus();
      shown.select();
      status.textContent = "The browser does not let this page copy: press Ctrl and C.";
    }
  });
  return element("div", { className: "laboratory-copy" }, copy, status, shown);
}

/** A list, or a list of lists, of numbers as Python writes it; what is not finite is refused. */
export function list(values) {
  if (Array.isArray(values)) return `[${values.map(list).join(", ")}]`;
  if (!Number.isFinite(values)) throw new RangeError("a number that is not finite");
  return Object.is(values, -0) ? "-0.0" : String(values).replace("e+", "e");
}
