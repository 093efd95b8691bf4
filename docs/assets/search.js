/* Search: the parts of the book that answer best what a reader typed.

   The theme starts this worker on every page, sends what is typed, and shows what comes back. The
   index is fetched with the first query; an archive has no server, and hands it over instead.

   A part is ranked as by BM25: rare words count more than common ones, and a word that is found
   often counts little more than one that is found twice. A title and the names that others give to
   the subject count as several mentions. A part that lacks some of the words is worth less, one
   that has them side by side is worth more, and one that is called just so is worth most. */

const [SETUP, READY, QUERY, RESULT] = [0, 1, 2, 3];
const WORD = /<[^>]*>|&\w+;|[\p{L}\p{N}_∂∇]+/gu;
const SMALL = new Set(
  (
    "a about after all also am an and any are as at be because been but by can could did do " +
    "does doing each for from get gets got had has have how i if in into is it its just keep " +
    "keeps like me much my need needs neural no not of on only or our out s should so some " +
    "still than that the their them then there these they this to too up us use used uses " +
    "using very want was we what when where which while who why will with without would you " +
    "your np numpy error runtimewarning typeerror valueerror"
  ).split(" "),
);
const NAMED = 5; // A title or a name is worth so many mentions in a text of usual length.
const ENOUGH = 1.2; // So many mentions are worth half of what any number of them would be.

const isWord = (found) => found[0] !== "<" && found[0] !== "&";
const words = (text) => (text.match(WORD) ?? []).filter(isWord).map((each) => each.toLowerCase());
const large = (list) => list.filter((each) => !SMALL.has(each));
const phrase = (text) => large(words(text)).map(root).join(" ");

/* A word without its ending: learn for learning, learns and learned. */
function root(word) {
  if (word.includes("_")) return word;
  const short = word
    .replace(/ies$/, "y")
    .replace(/(ss|sh|ch|x|as)es$/, "$1")
    .replace(/([^aius])s$/, "$1")
    .replace(/ization$/, "iz")
    .replace(/^(.*[aeiouy].*)(ing|ed|ly)$/, "$1")
    .replace(/([bgmnprt])\1$/, "$1")
    .replace(/^(..+)e$/, "$1");
  return short.length < 3 ? word : short;
}

/* The roots in a text, and those in the parts of a name of code. */
const roots = (text) =>
  words(text).flatMap((word) =>
    /\w_\w/.test(word) ? [word, ...word.split("_").filter(Boolean).map(root)] : [root(word)],
  );

function count(map, list, worth) {
  for (const each of list) map.set(each, (map.get(each) ?? 0) + worth);
}

function prepare({ docs }) {
  const pages = new Map();
  const found = new Map();
  const texts = docs.map(({ text }) => roots(text));
  const usual = texts.reduce((sum, text) => sum + text.length, 0) / docs.length;
  const entries = docs.map((doc, at) => {
    const page = doc.location.split("#")[0];
    if (!doc.location.includes("#")) pages.set(page, doc);
    const called = [doc.title.replace(/^\d+\. /, ""), ...(doc.names ?? [])];
    const mentions = new Map();
    count(mentions, texts[at], 1 / (0.4 + (0.6 * texts[at].length) / usual));
    count(mentions, new Set(called.flatMap(roots)), NAMED);
    count(found, mentions.keys(), 1);
    const entry = { doc, page, mentions, called: new Set(called.map(phrase)) };
    entry.line = ` ${large([...called.flatMap(roots), ...texts[at]]).join(" ")} `;
    return entry;
  });
  return { entries, pages, found };
}

/* What was typed, as terms: each with the roots that will do, and with its weight. */
function terms({ entries, found }, typed) {
  const all = [...new Set(words(typed))];
  const chosen = large(all).length ? large(all) : all;
  const last = /\s$/.test(typed) ? undefined : chosen.at(-1);
  return chosen
    .flatMap((word) => (found.has(root(word)) ? [word] : word.split("_").filter(Boolean)))
    .map((word) => {
      let roots = [root(word)].filter((each) => found.has(each));
      // A word that is still being typed.
      if (!roots.length && word === last)
        roots = [...found.keys()].filter((each) => each.startsWith(word));
      const common = roots.reduce((sum, each) => sum + found.get(each), 0);
      return { word, roots, weight: Math.log(1 + entries.length / (common + 0.5)) };
    });
}

/* Which share of what was typed is the whole title of a part, or one of its names. */
function named({ called }, typed) {
  const inside = [...called].filter((name) => name && ` ${typed} `.includes(` ${name} `));
  const longest = Math.max(0, ...inside.map((name) => name.split(" ").length));
  return longest / typed.split(" ").length;
}

function score(entry, known, typed) {
  let [sum, had, all] = [0, 0, 0];
  for (const { roots, weight } of known) {
    const mentions = roots.reduce((most, each) => most + (entry.mentions.get(each) ?? 0), 0);
    sum += (weight * mentions) / (ENOUGH + mentions);
    had += mentions ? weight : 0;
    all += weight;
  }
  if (!sum) return 0;
  const pairs = known.slice(1).map((term, at) => ` ${known[at].roots[0]} ${term.roots[0]} `);
  const together = pairs.filter((pair) => entry.line.includes(pair)).length / (pairs.length || 1);
  const just = 1 + 2 * named(entry, typed);
  return sum * (had / all) * (1 + together) * just * (entry.doc.boost ?? 1);
}

const mark = (text, wanted) =>
  text.replace(WORD, (each) =>
    isWord(each) && roots(each).some((one) => wanted.has(one)) ? `<mark>${each}</mark>` : each,
  );

/* The stretch of a text that has the most of the words. */
function teaser(text, wanted) {
  const plain = text.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
  const places = [...plain.matchAll(WORD)]
    .map(({ 0: word, index }) => ({ at: index, root: root(word.toLowerCase()) }))
    .filter(({ root }) => wanted.has(root));
  const near = (at) => places.filter((each) => each.at >= at && each.at < at + 200);
  let best = { at: 0, size: 0 };
  for (const { at } of places) {
    const { size } = new Set(near(at).map(({ root }) => root));
    if (size > best.size) best = { at, size };
  }
  const start = best.at < 60 ? 0 : plain.indexOf(" ", best.at - 60) + 1;
  const shown = plain.slice(start, start + 320).replace(/\s+\S*$/, "");
  return `<p>${start ? "… " : ""}${mark(shown, wanted)}</p>`;
}

function search(index, typed) {
  const asked = terms(index, typed);
  const known = asked.filter(({ roots }) => roots.length);
  const wanted = new Set(known.flatMap(({ roots }) => roots));
  const shown = Object.fromEntries(asked.map(({ word, roots }) => [word, roots.length > 0]));
  let found = index.entries
    .map((entry) => ({ entry, score: score(entry, known, phrase(typed)) }))
    .filter(({ score }) => score)
    .sort((one, other) => other.score - one.score);
  if (!found.length && asked.length)
    found = index.entries.filter(({ doc }) => doc.otherwise).map((entry) => ({ entry, score: 1 }));
  const groups = new Map();
  for (const { entry, score } of found) {
    if (score < found[0].score / 10) break;
    const { location, title, text } = entry.doc;
    const said = { title: mark(title, wanted), text: teaser(text, wanted) };
    const before = groups.get(entry.page) ?? [];
    groups.set(entry.page, [...before, { location, ...said, score, terms: shown }]);
  }
  for (const [page, items] of groups)
    if (!items.some(({ location }) => location === index.pages.get(page).location))
      items.push({ ...index.pages.get(page), score: 0, terms: {} });
  return [...groups.values()];
}

let given;
let latest;
let index = null;

async function load() {
  if (given.docs.length) return prepare(given);
  const response = await fetch("../search/index.json");
  return prepare(await response.json());
}

async function answer(typed) {
  if (!typed.trim()) return [];
  index ??= load();
  try {
    return search(await index, typed);
  } catch (error) {
    index = null; // The next query tries again.
    throw error;
  }
}

addEventListener("message", async ({ data: { type, data } }) => {
  if (type === SETUP) {
    given = data;
    postMessage({ type: READY });
  } else if (type === QUERY) {
    latest = data;
    await Promise.allSettled([index]);
    await new Promise((done) => setTimeout(done));
    // More has been typed while this waited.
    if (data !== latest) return;
    postMessage({ type: RESULT, data: { items: await answer(data) } });
  }
});
