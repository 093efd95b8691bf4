// Where the values of a graph stand: as `backprop.graphs` draws it, from top to bottom, each in a row
// below all that it was computed from. An edge that passes a row has a lane of its own there.

import { edgesOf, topologicalOrder } from "./arithmetic.js";

const LINE = 14, CHARACTER = 7.7, ACROSS = 8, DOWN = 20, PORT = 16, BESIDE = 5, LANE = 8;

/** A box of a row; one without words is a lane. `slopes` are the texts beside the edges that arrive. */
function box(words, slopes) {
  const longest = Math.max(0, ...slopes.map(slope => CHARACTER * slope.length + BESIDE));
  const lines = words.map(line => CHARACTER * (line.join("").length + 2) + 4);
  return {
    words, slopes, x: 0,
    width: Math.max(LANE, PORT * slopes.length + 2 * longest, ...lines),
    height: words.length ? LINE * words.length + 7 : 0,
    head: slopes.length ? LINE : 0,
  };
}

/** Where an edge arrives. */
const port = (box, i) => box.x + (i - (Math.max(box.slopes.length, 1) - 1) / 2) * PORT;

/** Rows from the top, and the parts of the edges between them. */
function rowsOf(order, boxes) {
  const depth = new Map(), edges = order.flatMap(edgesOf);
  for (const node of order) {
    depth.set(node, Math.max(-1, ...edgesOf(node).map(({ parent }) => depth.get(parent))) + 1);
  }
  // What was not computed stands right above its first use.
  for (const leaf of order.filter(node => !node.parents.length)) {
    const uses = edges.filter(({ parent }) => parent === leaf).map(({ node }) => depth.get(node));
    depth.set(leaf, Math.min(...uses.length ? uses : [1]) - 1);
  }
  const rows = Array.from({ length: Math.max(...depth.values()) + 1 }, () => []), links = [];
  for (const node of order) {
    rows[depth.get(node)].push(boxes.get(node));
    for (const edge of edgesOf(node)) {
      let start = boxes.get(edge.parent);
      for (let passed = depth.get(edge.parent) + 1; passed < depth.get(node); passed++) {
        const lane = box([], []);
        rows[passed].push(lane);
        links.push({ edge, start, end: lane, port: 0 });
        start = lane;
      }
      links.push({ edge, start, end: boxes.get(node), port: edge.i });
    }
  }
  return { rows, links };
}

/** Puts the boxes of a row side by side about 0, and returns their width. */
function spread(row) {
  const width = row.reduce((sum, { width }) => sum + width, ACROSS * (row.length - 1));
  let left = -width / 2;
  for (const each of row) {
    each.x = left + each.width / 2;
    left += each.width + ACROSS;
  }
  return width;
}

/** Orders each row by where its edges lead, and then by where they come from, a few times. */
function sort(rows, links) {
  const mean = (places, otherwise) =>
    places.length ? places.reduce((a, b) => a + b) / places.length : otherwise;
  const leaving = Map.groupBy(links, link => link.start);
  const arriving = Map.groupBy(links, link => link.end);
  const byUses = box => mean((leaving.get(box) ?? []).map(link => port(link.end, link.port)), box.x);
  const bySources = box => mean((arriving.get(box) ?? []).map(link => link.start.x), box.x);
  const arrange = (row, key) => {
    const keys = new Map(row.map(box => [box, key(box)]));
    row.sort((a, b) => keys.get(a) - keys.get(b));
    spread(row);
  };
  for (let i = 0; i < 5; i++) {
    for (const row of rows.toReversed()) arrange(row, byUses);
    if (i < 4) for (const row of rows) arrange(row, bySources);
  }
}

/**
 * Places a graph: the boxes, each under its node, with x, top, width and height; the parts of the
 * edges, as paths; and the size of the whole. `words` and `slope` say what is written.
 */
export function layout(output, words, slope) {
  const order = topologicalOrder(output);
  const boxes = new Map(order.map(node => [node, box(words(node), edgesOf(node).map(slope))]));
  const { rows, links } = rowsOf(order, boxes);
  sort(rows, links);
  const width = Math.max(160, ...rows.map(spread)) + 8;
  let top = 4;
  for (const row of rows) {
    const bottom = top + Math.max(...row.map(({ head, height }) => head + height));
    for (const each of row) {
      each.x += width / 2;
      each.above = top;
      each.below = bottom;
      each.top = each.words.length ? bottom - each.height : top;
    }
    top = bottom + DOWN;
  }
  return { boxes, links: links.map(drawn), width, height: top - DOWN + 4 };
}

/** The path of a part of an edge: across between the rows, then down to its port. */
function drawn({ edge, start, end, port: i }) {
  const to = port(end, i), middle = (start.below + end.above) / 2, ends = end.words.length > 0;
  const d = `M${start.x} ${start.below}C${start.x} ${middle} ${to} ${middle} ${to} ${end.above}`
    + (ends ? `V${end.top}m-3 -5l3 5l3 -5` : `V${end.below}`);
  const left = i === 0 && end.slopes.length > 1;
  return { edge, d, label: ends && { x: to + (left ? -BESIDE : BESIDE), y: end.top - 3, left } };
}
