// The state of a laboratory, in the fragment of the address: #laboratory=NAME&units=3. Only what
// differs from the state that a laboratory begins with is written there.

/** What the address says of a laboratory, by name; null if it is of something else. */
export function read(name) {
  const said = new URLSearchParams(location.hash.slice(1));
  return said.get("laboratory") === name ? said : null;
}

/** Writes a state, names with texts or numbers, where it differs from the first one. */
export function write(name, state, first) {
  const said = new URLSearchParams({ laboratory: name });
  for (const [key, value] of Object.entries(state)) {
    if (String(value) !== String(first[key])) said.set(key, value);
  }
  history.replaceState(history.state, "", `#${said}`);
}

/** Writes a state a moment after the last of many changes: browsers refuse too many at once. */
export function writer(name, first) {
  let later;
  return state => {
    clearTimeout(later);
    later = setTimeout(() => write(name, state, first), 250);
  };
}

/** Calls for each state that comes by a link within the page, as long as the part stands there. */
export function follow(name, root, changed) {
  addEventListener("hashchange", () => {
    const said = root.isConnected && read(name);
    if (said) changed(said);
  });
}

/** A text of an address if it is one of those that can be, else another. */
export const oneOf = (text, allowed, otherwise) => allowed.includes(text) ? text : otherwise;

/** A number of an address if it is one within bounds, else another. */
export function within(text, least, most, otherwise) {
  const number = text === null || text.trim() === "" ? NaN : Number(text);
  return number >= least && number <= most ? number : otherwise;
}

/** A whole number of an address if it is one within bounds, else another. */
export function whole(text, least, most, otherwise) {
  const number = within(text, least, most, NaN);
  return Number.isInteger(number) ? number : otherwise;
}
