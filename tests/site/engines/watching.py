"""A server of the site whose pages tell what goes wrong in them, in whichever browser.

No protocol hands us the console of every engine. So each page begins with a script that keeps
errors, rejected promises, files that fail, and what the policy of the site forbids. The policy
itself allows the script, which comes from the site as all others do.
"""

from pathlib import Path

from servers import Quiet

WATCH = """"use strict";
window.complaints = [];
const complain = (...said) => complaints.push(said.join(" "));
addEventListener("error", ({ message, target }) =>
  complain(message ?? `failed: ${target.src ?? target.href}`), true);
addEventListener("unhandledrejection", ({ reason }) => complain("rejected:", reason));
document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) =>
  complain("forbidden:", effectiveDirective, blockedURI));
for (const kind of ["error", "warn"]) {
  const plain = console[kind];
  console[kind] = (...said) => { complain(`${kind}:`, ...said); plain.apply(console, said); };
}
"""
SCRIPT = "/watch.js"
AFTER = '<meta name="viewport"'


class Watching(Quiet):
    """Serve the folder, and put the script that watches first into each page."""

    def do_GET(self):
        if self.path == SCRIPT:
            self.answer(WATCH, "text/javascript")
            return
        path = Path(self.translate_path(self.path))
        page = path / "index.html" if self.path.partition("?")[0].endswith("/") else path
        if page.suffix == ".html" and page.is_file():
            # Behind the policy, which is told to the parser too.
            first = f'<script src="{SCRIPT}"></script>{AFTER}'
            self.answer(page.read_text("utf-8").replace(AFTER, first, 1), "text/html")
        else:
            super().do_GET()

    def answer(self, text, kind):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        # What a browser kept would be opened without our being asked.
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)
