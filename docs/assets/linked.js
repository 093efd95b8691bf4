"use strict";
// Lights up what speaks of the same equation, which is in its `data-eq`: the formula and references
// to it, lines of code, parts of figures. Unfolds an equation "with numbers". And makes what the
// copy buttons give: of a formula its TeX, of a snippet the program with the earlier lines it needs.
// No module: it runs in a page opened from a disk, too.

{
  let now = null, clicked = null;

  /** Lights up all that speaks of what a part of the page speaks of; nothing, if that is null. */
  function light(part) {
    for (const each of document.querySelectorAll(".lit")) each.classList.remove("lit");
    for (const name of part?.dataset.eq.split(" ") ?? []) {
      for (const each of document.querySelectorAll(`[data-eq~="${name}"]`)) each.classList.add("lit");
    }
  }

  const around = element => element?.closest?.("[data-eq]") ?? null;

  // What is pointed at comes first, then what was clicked, then what has the focus.
  for (const type of ["pointerover", "focusin", "focusout", "pointerleave", "click"]) {
    document.documentElement.addEventListener(type, event => {
      if (type === "click") clicked = around(event.target);
      const left = type === "focusout" || type === "pointerleave";
      const part = (left ? null : around(event.target))
        ?? clicked ?? around(document.querySelector(":focus-visible"));
      // After Escape, the same part stays dark until another had its turn.
      if (part !== now) light(now = part);
    });
  }
  document.addEventListener("keydown", event => {
    if (event.key === "Escape") light(clicked = null);
  });

  // The link leads to the numbers on the page of all equations. Where that page can be fetched, they
  // are shown below the equation instead.
  for (const link of document.querySelectorAll(".eq-code > :last-child")) {
    let asked;

    /** Fetches what the link leads to, puts it below the equation, and returns it. */
    async function fetched() {
      const text = await (await fetch(link.href)).text();
      const found = new DOMParser().parseFromString(text, "text/html").querySelector(link.hash);
      link.closest(".equation").after(document.adoptNode(found));
      found.hidden = true;
      found.removeAttribute("id");  // The equation has it here.
      return found;
    }

    link.setAttribute("aria-expanded", "false");
    link.addEventListener("click", async event => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      try {
        const found = await (asked ??= fetched());
        found.hidden = !found.hidden;
        link.setAttribute("aria-expanded", !found.hidden);
      } catch {
        location.assign(link.href);
      }
    });
  }

  const code = snippet =>
    snippet.dataset.code ?? snippet.querySelector("code").textContent.replace(/^\n+|\n+$/g, "");
  const snippets = document.querySelectorAll("[class=snippet]");

  /** Returns what `3.1-4,7,9-` names: lines 1 to 4, 7, and from 9 on; `3` names a whole snippet. */
  function lines(need) {
    const [number, ranges] = need.split(".");
    const all = code(snippets[number - 1]);
    if (!ranges) return all;
    return ranges.split(",").flatMap(range => {
      const [first, last = first] = range.split("-");
      return all.split("\n").slice(first - 1, last || undefined);
    }).join("\n");
  }

  // Of a name that is imported, or called with a bracket, what is to be installed: the build of the
  // site writes it here. `backprop` is the address of its wheel.
  const requirements = {};
  const root = new URL("..", document.currentScript.src);

  /** Returns the comment that a program begins with: how to install what it needs. */
  function firstLine(program) {
    const imports = [...program.matchAll(/^\s*(?:from|import) (\w+)/gm)].map(([, name]) => name);
    const names = new Set(imports.includes("backprop") ? [...imports, "numpy"] : imports);
    const { backprop, ...others } = requirements;
    const needed = Object.keys(others)
      .filter(name => names.has(name) || (name.endsWith("(") && program.includes(name)))
      .map(name => others[name]);
    const found = [...new Set(needed)].sort();
    if (backprop && names.has("backprop")) found.unshift(new URL(backprop, root).href);
    return found.length ? `# pip install ${found.join(" ")}\n` : "";
  }
  for (const button of document.querySelectorAll("button[data-needs]")) {
    const { dataset } = button;
    const needs = dataset.needs.split(" ").filter(Boolean);
    const earlier = needs.map(need => lines(need) + "\n\n").join("");
    const program = `${earlier}${dataset.last ?? code(button.closest(".snippet"))}\n`;
    const installing = firstLine(program);
    dataset.earlier = installing.length + earlier.length;
    // The theme copies the text of any button that has this attribute.
    dataset.clipboardText = installing + program;
  }

  // A click on the formula itself copies, too. The theme does both, and says so in its dialog.
  for (const [at, formula] of document.querySelectorAll("div.math[data-clipboard-text]").entries()) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tex";
    button.textContent = "TeX";
    const number = formula.closest(".equation")?.querySelector(".eq-number");
    const name = number ? `equation ${number.textContent}` : `formula ${at + 1}`;
    button.setAttribute("aria-label", `Copy TeX of ${name}`);
    button.dataset.clipboardText = formula.dataset.clipboardText;
    formula.after(button);
  }
  document.querySelector("[data-md-component=dialog]")?.setAttribute("role", "status");
}
