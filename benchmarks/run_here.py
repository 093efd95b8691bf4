"""What a reader who presses Run waits for: bytes, and seconds to the first output.

python -m benchmarks.run_here, after `make runtime` and `make build`. Needs Chromium.
"""

import functools
import gzip
import http.server
import os
import shutil
import threading
from collections import Counter
from pathlib import Path
from statistics import median
from time import perf_counter
from urllib.parse import urlsplit

from playwright.sync_api import expect, sync_playwright

SITE = Path(__file__).parents[1] / "site"
TIMES = 5


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def run(block):
    """Press Run, and return the seconds until the output is there."""
    began = perf_counter()
    block.locator(".run").click()
    expect(block.locator(".status")).to_contain_text("Run here", timeout=120_000)
    return perf_counter() - began


def visit(browser, address):
    """Seconds of chapter 3's program, of the same again and of a plot, with what was asked for."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}in-code/", wait_until="networkidle")
    blocks = page.locator(".snippet:has(> .tools > .run)")
    plot = blocks.filter(has=page.locator("svg.plot")).first
    asked, seconds = Counter(), {}
    context.on("request", lambda request: asked.update([urlsplit(request.url).path]))
    program = blocks.nth(4)
    for name, block in {"first": program, "again": program, "plot": plot}.items():
        before = asked.copy()
        seconds[name] = run(block), asked - before
    context.close()
    return seconds


def size(paths):
    """Bytes of files, as a server sends them that compresses what gets smaller by it."""
    files = [(SITE / path.lstrip("/")).read_bytes() for path in paths]
    return sum(min(len(file), len(gzip.compress(file))) for file in files)


def main():
    handler = functools.partial(Handler, directory=SITE)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        address = f"http://127.0.0.1:{server.server_port}/"
        visits = [visit(browser, address) for _ in range(TIMES)]
        browser.close()
    server.shutdown()
    print("| run | seconds, median of five | MB, compressed |\n| --- | --- | --- |")
    for name in visits[0]:
        seconds = median(visit[name][0] for visit in visits)
        print(f"| {name} | {seconds:.2f} | {size(visits[0][name][1]) / 1e6:.2f} |")


if __name__ == "__main__":
    main()
