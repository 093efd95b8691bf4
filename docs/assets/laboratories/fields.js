// What a reader changes: fields with their labels, and numbers as the book writes them.

/** An element with its properties, or attributes where the name has a dash, and what it holds. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "dataset") Object.assign(made.dataset, value);
    else if (name.includes("-") || name === "role") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children);
  return made;
}

const drawn = "http://www.w3.org/2000/svg";

/** An element of a drawing, with its attributes, and what it holds. */
export function drawing(tag, attributes = {}, ...children) {
  const made = document.createElementNS(drawn, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A number as drawings write it, with so many significant digits. */
export function written(number, digits) {
  if (!Number.isFinite(number)) return Number.isNaN(number) ? "not a number" : "infinite";
  const size = Math.abs(number), rounded = size.toExponential(digits - 1);
  const plain = !size || (size >= 1e-3 && size < 1e3);
  return (number < 0 ? "−" : "") + (plain ? String(+rounded) : rounded.replace("+", ""))
    .replace("-", "−");
}

/** A button that does something. */
export const button = (text, does, properties = {}) => {
  // An arrow is for those who see it.
  const name = text.replace(/^← | →$/, ""), said = name === text ? {} : { "aria-label": name };
  return element(
    "button", { type: "button", textContent: text, onclick: does, ...said, ...properties });
};

/** Buttons, or other fields, that belong together. */
export const group = (label, ...fields) =>
  element("div", { className: "laboratory-group", role: "group", "aria-label": label }, ...fields);

/** A choice among some: [value, words] each. Its `set` shows another choice. */
export function choice(label, options, changed) {
  const select = element("select", { "aria-label": label, onchange: () => changed(select.value) });
  select.append(...options.map(([value, words]) => element("option", { value }, words)));
  const field = element("label", { className: "laboratory-field" }, element("span", {}, label), select);
  return Object.assign(field, { set: value => { select.value = value; }, input: select });
}

/** A switch, on or off. */
export function toggle(label, changed) {
  const box = element("input", { type: "checkbox", onchange: () => changed(box.checked) });
  const field = element("label", { className: "laboratory-switch" }, box, element("span", {}, label));
  return Object.assign(field, { set: on => { box.checked = on; }, input: box });
}

/**
 * A slider, and a field for the same number. What is no number from `least` to `most`, or no whole
 * one where the step is whole, is marked and changes nothing; a field that is left shows the number
 * that counts.
 */
export function slider(label, { least, most, step }, changed) {
  let now = least;
  const steps = { min: least, max: most, step };
  const range = element("input", { type: "range", ...steps, "aria-label": label });
  const field = element("input", { type: "number", ...steps, "aria-label": label });
  const set = (number, but) => {
    now = number;
    for (const input of [range, field]) {
      if (input !== but) input.value = String(+number.toPrecision(5));
      input.removeAttribute("aria-invalid");
    }
  };
  for (const input of [range, field]) {
    input.addEventListener("input", () => {
      const number = input.valueAsNumber;
      const allowed = number >= least && number <= most && (step % 1 || Number.isInteger(number));
      if (!allowed) return input.setAttribute("aria-invalid", "true");
      set(number, input);
      changed(number);
    });
  }
  field.addEventListener("change", () => set(now));
  const whole = element("div", { className: "laboratory-field laboratory-slider" },
    element("span", { "aria-hidden": "true" }, label), range, field);
  return Object.assign(whole, { set, input: field });
}

/** Says to those who do not see it what has changed, once, a moment after the last change. */
export function announcer() {
  let later;
  const region = element("p", { className: "laboratory-unseen", "aria-live": "polite" });
  const say = text => {
    clearTimeout(later);
    later = setTimeout(() => { region.textContent = text; }, 600);
  };
  return Object.assign(region, { say });
}
