// Python in a worker: one for the page, made when it is first asked for. One program runs at a time.

const waiting = [];
let worker;
let current;

/**
 * Run code after the earlier lines that it needs.
 *
 * `tell` hears of the progress: `progress({loaded, total})` in bytes while Python is loaded,
 * `running()`, and `output({text})`. The answer is {error, trace}, both empty if the code ran to its
 * end, or {stopped: true}, or {failed: why} if Python itself came to nothing. `job.stop()` stops it.
 */
export function execute(earlier, code, tell = {}) {
  const job = { earlier, code, tell };
  job.answer = new Promise((resolve) => (job.resolve = resolve));
  job.stop = () => stop(job);
  waiting.push(job);
  next();
  return job;
}

function next() {
  if (current || !waiting.length) return;
  current = waiting.shift();
  worker ??= start();
  worker.postMessage({ earlier: current.earlier, code: current.code });
}

function start() {
  const started = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  started.onmessage = ({ data }) => {
    if (data.kind === "running") started.loaded = true;
    if (data.kind === "done") answer(data);
    else if (data.kind === "failed") fail(data.why);
    else current?.tell[data.kind]?.(data);
  };
  started.onerror = (event) => fail(event.message || "its script could not be loaded");
  return started;
}

function answer(what) {
  current?.resolve(what);
  current = undefined;
  next();
}

function fail(why) {
  worker.terminate();
  worker = undefined;
  answer({ failed: why });
}

function stop(job) {
  if (job === current) {
    // Nothing else ends a loop. Another worker makes ready for the next run, if this one was ready.
    worker.terminate();
    worker = worker.loaded ? start() : undefined;
    answer({ stopped: true });
  } else if (waiting.includes(job)) {
    waiting.splice(waiting.indexOf(job), 1);
    job.resolve({ stopped: true });
  }
}
