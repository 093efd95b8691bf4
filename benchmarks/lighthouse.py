"""Lighthouse on a simulated phone and on a desktop: the home page, and three chapters.

python -m benchmarks.lighthouse [TIMES] [phone] [desktop], after `make build`. Needs Chromium and
npm; Lighthouse itself is brought into .cache/lighthouse. Each figure is the median of as many
times, five unless said otherwise; that of performance, which depends on how busy the machine is, is
followed by the least and the most.
"""

import functools
import gzip
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from statistics import median

from book.source.pages import chapters as of_the_book

ROOT = Path(__file__).parents[1]
SITE = ROOT / "site"
TOOL = ROOT / ".cache" / "lighthouse"
LOCK = ROOT / "benchmarks" / "npm"
"""What npm installs, and its digests. Lighthouse 12 is the last that runs with Node.js 20."""
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
DEVICES = {"phone": [], "desktop": ["--preset=desktop"]}
TIMES = 5
FLAGS = (
    "--headless=new --no-sandbox --disable-quic --no-first-run --disable-sync"
    " --disable-background-networking --disable-component-update"
)


class Compressed(http.server.SimpleHTTPRequestHandler):
    """The site as hosts serve it: compressed, kept by the browser, with its headers."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        content = gzip.compress(path.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "max-age=31536000")
        for header in (SITE / "_headers").read_text(encoding="utf-8").splitlines()[1:]:
            name, _, value = header.strip().partition(": ")
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def bring():
    """Install Lighthouse where it is not, and return its command."""
    command = TOOL / "node_modules" / ".bin" / "lighthouse"
    if not command.exists():
        shutil.copytree(LOCK, TOOL, dirs_exist_ok=True)
        npm = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
        subprocess.run(npm, cwd=TOOL, check=True)
    return command


def pages():
    """The home page, the first chapter, the one with the most to transfer, and that on images."""
    chapters = [SITE / each.stem / "index.html" for each in of_the_book()]
    longest = max(chapters, key=lambda path: len(gzip.compress(path.read_bytes())))
    images = SITE / "images" / "index.html"
    return ["", *(f"{path.parent.name}/" for path in (chapters[0], longest, images))]


def measure(command, address, settings):
    """Return the scores of a page, of 100 each, and what did not reach it."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    only = f"--only-categories={','.join(CATEGORIES)}"
    done = subprocess.run(
        [command, address, "--quiet", "--output=json", f"--chrome-flags={FLAGS}", only, *settings],
        env={**os.environ, "CHROME_PATH": chromium},
        stdout=subprocess.PIPE,
        check=True,
    )
    report = json.loads(done.stdout)
    scores = {name: round(100 * report["categories"][name]["score"]) for name in CATEGORIES}
    lacking = {
        f"{name}: {report['audits'][each['id']]['title']}"
        for name in CATEGORIES
        for each in report["categories"][name]["auditRefs"]
        if each["weight"]
        and (report["audits"][each["id"]]["score"] or 0) < 0.9
        and report["audits"][each["id"]]["scoreDisplayMode"] not in {"notApplicable", "manual"}
    }
    return scores, lacking


def shown(scores):
    """The median, with what it lies between where that is not the same."""
    least, most = min(scores), max(scores)
    between = f" ({least} to {most})" if least < most else ""
    return f"{median(scores):g}{between}"


def main(times=TIMES, *devices):
    """Measure, and print a table."""
    command = bring()
    handler = functools.partial(Compressed, directory=SITE)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"| page | device | {' | '.join(CATEGORIES)} |")
    print("| --- " * (2 + len(CATEGORIES)) + "|")
    notes = set()
    for page in pages():
        for device in devices or DEVICES:
            address = f"http://127.0.0.1:{server.server_port}/{page}"
            runs = [measure(command, address, DEVICES[device]) for _ in range(times)]
            medians = [shown([scores[name] for scores, _ in runs]) for name in CATEGORIES]
            print(f"| {page or 'home'} | {device} | {' | '.join(medians)} |", flush=True)
            notes.update(f"{page or 'home'}, {device}: {each}" for _, them in runs for each in them)
    server.shutdown()
    sys.stdout.write("\n".join(sorted(notes)) + "\n" if notes else "")


if __name__ == "__main__":
    given = sys.argv[1:]
    main(*map(int, given[:1]), *given[1:])
