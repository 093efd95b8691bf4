// The laboratory *Live boundary*.

import { choice, element } from "../fields.js";
import { follow, oneOf, read, writer } from "../state.js";

/** The state that a reader begins with. */
export const FIRST = { data: "moons" };

/** Builds the laboratory inside a part of the page, of the points that came with it. */
export function mount(root, data) {
  const keep = writer("boundary", FIRST);
  const said = element("p", {});
  const field = choice("Data", Object.keys(data).map(name => [name, name]), value => {
    render({ data: value });
    keep({ data: value });
  });
  const render = state => {
    field.set(state.data);
    said.textContent = `${data[state.data].x.length} points`;
  };
  const states = told => ({ data: oneOf(told?.get("data"), Object.keys(data), FIRST.data) });
  root.append(field, said);
  follow("boundary", root, told => render(states(told)));
  render(states(read("boundary")));
}
