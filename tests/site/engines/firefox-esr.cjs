// Playwright 1.65 sets the media features of each window of Firefox. Firefox ESR 153 does not know
// that command, and may refuse it. Can go with the next ESR: then `test_engines.py` passes without.
const Module = require("module");
const compile = Module.prototype._compile;
const COMMAND = /(send\("emulation\.setMediaFeaturesOverride", \{[^;]*?\n\s*\}\));/g;

Module.prototype._compile = function (source, name, ...rest) {
  const tolerant = name.endsWith("coreBundle.js") ? source.replace(COMMAND, "$1.catch(() => {});") : source;
  return compile.call(this, tolerant, name, ...rest);
};
