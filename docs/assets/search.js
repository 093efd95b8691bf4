/* Search, fetched when it is first used.

   The theme starts its worker on every page and hands it the index of the whole book. It is given
   this one instead, and an empty index. It says at once that it is ready; with the first query it
   fetches the index and starts the theme's own worker, and from then on passes messages on. */

const [SETUP, READY, RESULT] = [0, 1, 3];
let engine = null;

async function start() {
  const response = await fetch("../search/index.json");
  const index = await response.json();
  const worker = new Worker("javascripts/workers/search.js");
  const ready = new Promise((resolve) => {
    worker.onmessage = ({ data }) => (data.type === READY ? resolve(worker) : postMessage(data));
  });
  worker.postMessage({ type: SETUP, data: { ...index, options: {} } });
  return ready;
}

addEventListener("message", async ({ data }) => {
  if (data.type === SETUP) {
    postMessage({ type: READY });
  } else if (!engine && !data.data) {
    postMessage({ type: RESULT, data: { items: [] } });
  } else {
    engine ??= start();
    try {
      (await engine).postMessage(data);
    } catch (error) {
      engine = null; // The next query tries again.
      throw error;
    }
  }
});
