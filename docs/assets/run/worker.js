// Loads Python, NumPy and the package, and runs one program after another.

const site = new URL("../../downloads/runtime/", import.meta.url);
const say = (kind, what) => self.postMessage({ kind, ...what });

// How much of a file is there, only `fetch` knows.
const plainFetch = self.fetch;
let loaded = 0;
let total = 0;
self.fetch = async (resource, options) => {
  // The version is in the address: what is kept under it never changes.
  const response = await plainFetch(resource, { ...options, cache: "force-cache" });
  if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
  const counter = new TransformStream({
    transform(chunk, controller) {
      loaded += chunk.byteLength;
      say("progress", { loaded, total });
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(counter), response);
};

async function ask(address) {
  const response = await plainFetch(address, { cache: "no-cache" });
  if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
  return response;
}

async function load() {
  const index = await (await ask(new URL("index.json", site))).json();
  const indexURL = new URL(index.pyodide, site).href;
  total = index.bytes.start;
  const { loadPyodide } = await import(`${indexURL}pyodide.mjs`);
  const [python, wheel, figures, program] = await Promise.all([
    loadPyodide({ indexURL, packages: ["numpy"], env: { MPLBACKEND: "agg" } }),
    ask(new URL(index.wheel, site)).then((response) => response.arrayBuffer()),
    ask(new URL("figures.py", site)).then((response) => response.text()),
    ask(new URL("program.py", import.meta.url)).then((response) => response.text()),
  ]);
  const [packages] = python.runPython("import site; site.getsitepackages()").toJs();
  python.unpackArchive(wheel, "wheel", { extractDir: packages });
  python.FS.writeFile(`${packages}/figures.py`, figures);
  const namespace = python.toPy({ __name__: "program" });
  python.runPython(program, { globals: namespace, filename: "program.py" });
  return {
    run: namespace.get("run"),
    async prepare(code) {
      [loaded, total] = [0, index.bytes.drawing];
      // What is there already is not loaded again; what does not parse is for the reader to see.
      await python.loadPackagesFromImports(code, { messageCallback() {} }).catch(() => {});
    },
  };
}

// Many small prints are sent together, but none waits for long.
let printed = "";
let sent = 0;
function flush() {
  if (printed) say("output", { text: printed });
  printed = "";
  sent = performance.now();
}
function show(text) {
  printed += text;
  if (performance.now() - sent > 100) flush();
}

const ready = load();
ready.catch((error) => say("failed", { why: String(error?.message ?? error) }));

self.onmessage = async ({ data }) => {
  const python = await ready.catch(() => undefined);
  if (!python) return;
  try {
    await python.prepare(`${data.earlier}\n${data.code}`);
    say("running");
    const answer = python.run(data.earlier, data.code, show);
    const [error, trace, plots] = answer.toJs();
    answer.destroy();
    flush();
    say("done", { error, trace, plots });
  } catch (error) {
    flush();
    // Python could not even say what went wrong: its memory or its stack is at an end.
    say("failed", { why: String(error?.message ?? error).trim().split("\n").at(-1) });
  }
};
