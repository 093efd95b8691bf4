// A field in which a reader writes code: it grows with its lines, and Enter keeps the indent.

export function textarea(code, label) {
  const area = Object.assign(document.createElement("textarea"), {
    value: code, spellcheck: false, wrap: "off",
  });
  area.setAttribute("aria-label", label);
  area.setAttribute("autocapitalize", "off");
  area.setAttribute("autocomplete", "off");
  const fit = () => (area.rows = area.value.split("\n").length + 1);
  area.addEventListener("input", fit);
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing) return;
    const line = area.value.slice(0, area.selectionStart).split("\n").at(-1);
    const indent = line.match(/^ */)[0] + (line.trimEnd().endsWith(":") ? "    " : "");
    event.preventDefault();
    // The one way to write into a field that its undo knows of.
    document.execCommand("insertText", false, `\n${indent}`);
  });
  fit();
  return area;
}
