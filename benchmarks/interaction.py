"""Interaction to next paint: how long each control keeps its reader waiting, on a simulated phone.

python -m benchmarks.interaction [SLOWDOWN] [WIDTH] [PAGE ...], after `make runtime` and
`make build`. Needs Chromium, which slows the page down by the factor, 4 unless said otherwise; its
workers are as fast as ever. Keys and clicks are real ones, and times those that the browser tells
of events, up to the next frame, which each has because a dot changes its color: a click that
changes nothing would otherwise last until something else is drawn. Below 200 ms an interaction
counts as good.
"""

import functools
import os
import re
import shutil
import sys
import threading
from collections import defaultdict
from http.server import ThreadingHTTPServer
from statistics import median

from playwright.sync_api import Error, sync_playwright

from benchmarks.lighthouse import FLAGS, SITE, Compressed

TIMES = 3
"""How often each control is used."""
GOOD = 200
"""Milliseconds."""
PATIENCE = 5_000
LEAST = 16
"""What is faster is not told by the browser."""

WATCH = """() => {
    window.took = new Map();
    window.told = ({ interactionId: id, duration }) =>
        id && took.set(id, Math.max(took.get(id) ?? 0, duration));
    // A link within what is clicked would leave the page.
    addEventListener("click", event => event.target.closest("a") && event.preventDefault(), true);
    const dot = document.body.appendChild(document.createElement("i"));
    dot.style.cssText = "inset: 0 auto auto 0; position: fixed; height: 1px; width: 1px";
    let n = 0;
    const draw = () => dot.style.background = `rgb(${++n % 256} 0 0)`;
    for (const each of ["pointerdown", "pointerup", "click", "keydown", "keyup"]) {
        addEventListener(each, draw, true);
    }
    window.observer = new PerformanceObserver(list => list.getEntries().forEach(told));
    observer.observe({ type: "event", durationThreshold: 16, buffered: false });
}"""
REST = """() => new Promise(done =>
    setTimeout(() => requestIdleCallback(done, { timeout: 300 }), 60))"""
TOLD = """() => {
    observer.takeRecords().forEach(told);
    const all = [...took.values()];
    took.clear();
    return all;
}"""
MARK = """within => {
    const shown = each => each.checkVisibility({ visibilityProperty: true, opacityProperty: true })
        && !each.disabled && getComputedStyle(each).pointerEvents !== "none";
    const kinds = {};
    const found = [];
    document.querySelectorAll(`:is(${within}) :is(button, input, select, textarea, summary,
            [role=gridcell], [data-drags])`).forEach((each, i) => {
        const label = each.closest("label")?.textContent || each.getAttribute("aria-label")
            || each.textContent || each.name || each.id;
        const kind = each.localName === "input" ? each.type : each.localName;
        // Fields, cells and lists of examples are many of one kind.
        kinds[kind] = (kinds[kind] ?? 0) + 1;
        const alike = ["range", "number", "summary", "td", "rect"].includes(kind);
        if (!shown(each) || (alike && kinds[kind] > 3)) return;
        each.setAttribute("data-measured", i);
        found.push([i, kind, label.trim().replace(/\\s+/g, " ").slice(0, 30)]);
    });
    return found;
}"""


BACK = ".md-nav[data-md-level='1'][aria-expanded=true] > .md-nav__title"

SECTION = ".md-nav--primary .md-nav__item--nested > label"


class Using:
    """A page whose controls are used, and what the uses took."""

    def __init__(self, page, name, took):
        self.page, self.name, self.took = page, name, took

    def time(self, control, *uses):
        """Do something to a control; what the browser does not tell took less than it tells."""
        for use in uses:
            try:
                use()
            except Error as error:
                # It is covered, or gone: the table must not say that it was quick.
                print(f"{self.name}: {control}: {error.message[:200]}", file=sys.stderr)
                continue
            self.page.evaluate(REST)
            told = self.page.evaluate(TOLD)
            self.took[control, self.name].append(max(told, default=0))

    def press(self, control, *keys):
        self.time(control, *(functools.partial(self.page.keyboard.press, key) for key in keys))

    def click(self, control, css):
        self.time(control, functools.partial(self.page.locator(css).first.click, timeout=PATIENCE))

    def every_control(self, within):
        """Use every control that is shown, as long as it is there."""
        for i, kind, label in self.page.evaluate(MARK, within):
            control = self.page.locator(f"[data-measured='{i}']")
            for turn in range(TIMES):
                if not control.count() or not control.is_visible() or not control.is_enabled():
                    break
                self.use(control, kind, label, turn)

    def use(self, control, kind, label, turn):
        named = f"{kind}: {label}" if kind not in {"range", "number", "summary"} else kind
        if kind in {"range", "select"}:
            control.focus()
            self.press(named, ("ArrowRight", "ArrowLeft")[turn % 2])
            if kind == "select" and turn == 0:
                for _ in range(control.locator("option").count() - 1):
                    self.press(named, "ArrowDown")
        elif kind in {"number", "text", "search", "textarea"}:
            control.focus()
            before = control.input_value()
            self.press(named, "ControlOrMeta+a", *(before[:2] + "12"))
            control.fill(before)
        else:
            self.time(named, functools.partial(control.click, timeout=PATIENCE))


def by_everyone(using):
    """Use what every page has."""
    page = using.page
    if page.locator(".md-header [for=__drawer]").first.is_visible():
        using.click("drawer: open", ".md-header [for=__drawer]")
        if page.locator(BACK).is_visible():
            using.click("drawer: back", BACK)
        if page.locator(SECTION).count():
            using.click("drawer: a section", SECTION)
            using.click("drawer: back", BACK)
        using.time("drawer: close", lambda: page.mouse.click(page.viewport_size["width"] - 8, 400))
    page.evaluate("scrollTo(0, 0)")
    for _ in range(TIMES):
        using.click("colors", "[data-md-component=palette] label:not([hidden])")
    page.keyboard.press("s")
    using.press("search: first letters", *"tran")
    using.press("search: later letters", *"spose the weights")
    using.press("search: choose", "ArrowDown", "ArrowDown", "ArrowUp")
    using.press("search: close", "Escape")
    for css, control in {
        "button.tex": "Copy TeX",
        "div.math[data-clipboard-text]": "a formula",
        ".eq-code > button": "Numbers",
        "code span[data-eq]": "a line of an equation",
        "button.copy": "Copy",
        ".claim": "a claim",
    }.items():
        for each in page.locator(f"article :is({css})").all()[:TIMES]:
            if each.is_visible():
                using.time(control, functools.partial(each.click, force=True, timeout=PATIENCE))
    page.keyboard.press("Escape")


def run_and_edit(using):
    """Run snippets as they are, then edit one."""
    snippet = using.page.locator(".snippet:has(> .tools > .run):visible")
    times = range(min(TIMES, snippet.count()))
    for i in times:
        using.time("Run", snippet.nth(i).locator(".run").click)
        snippet.nth(i).locator(".status", has_text="Run here").wait_for(timeout=120_000)
    using.time("Edit", *(snippet.nth(i).locator(".edit").click for i in times))
    using.press("textarea: code", *"abc", "Enter", "Backspace", "ControlOrMeta+z")


def explore(using):
    using.every_control(".explorer")
    weight = using.page.locator(".explorer svg [data-of='W.2.0.0']").first
    for across in (20, -20):
        weight.scroll_into_view_if_needed()
        box = weight.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

        def drag(x=x, y=y, across=across):
            using.page.mouse.move(x, y)
            using.page.mouse.down()
            using.page.mouse.move(x + across, y, steps=4)
            using.page.mouse.up()

        using.time("drag a weight", drag)


def in_laboratory(using):
    opener = using.page.get_by_role("button", name=re.compile("^Open the laboratory"))
    using.time("Open the laboratory", opener.click)
    using.page.locator(".laboratory[data-live]").wait_for(timeout=60_000)
    for _ in range(2):
        # What a first use opens is used by the second.
        using.every_control(".laboratory-bench")


def exercise(using):
    for name in ("Write here", "Check"):
        using.page.locator(".exercise").first.get_by_role("button", name=name).click()
        using.took[name, using.name].append(max(using.page.evaluate(TOLD), default=0))
    status = using.page.locator(".exercise .status", has_text="right")
    status.first.wait_for(timeout=120_000)
    using.every_control(".exercise:first-of-type")


def doctor(using):
    using.page.locator("form.doctor").wait_for()
    using.every_control("form.doctor")
    # What has ended is told by a sentence.
    using.page.locator(".status:visible", has_text=re.compile(r"\.$")).wait_for(timeout=120_000)


def nothing(_using):
    pass


PAGES = {
    "": explore,
    "by-hand/": explore,
    "in-code/": explore,
    "how-a-network-learns/": run_and_edit,
    "language-model/": run_and_edit,
    "live-boundary/": in_laboratory,
    "type-an-expression/": in_laboratory,
    "attention-backward/": in_laboratory,
    "error-terms-by-layer/": in_laboratory,
    "draw-a-digit/": in_laboratory,
    "your-turn/": exercise,
    "what-is-wrong/": doctor,
    "equations/": nothing,
    "glossary/": nothing,
}
"""Pages, and what is used there beside what every page has."""


def measure(browser, address, slowdown, width, path):
    """Return what each use of each control of a page took, in milliseconds."""
    context = browser.new_context(viewport={"width": width, "height": 800})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(address + path, wait_until="load")
    page.evaluate(REST)
    page.evaluate(WATCH)
    inspector = context.new_cdp_session(page)
    inspector.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    using = Using(page, path.strip("/") or "home", defaultdict(list))
    PAGES[path](using)
    by_everyone(using)
    context.close()
    return using.took


def tell(took):
    """Print a row for each control, the slowest first."""
    for (control, name), each in sorted(took.items(), key=lambda one: -max(one[1], default=0)):
        shown = [f"{ms:.0f}" if ms >= LEAST else f"< {LEAST}" for ms in (median(each), max(each))]
        print(f"| {control} | {name} | {' | '.join(shown)} | {len(each)} |", flush=True)


def main(slowdown=4.0, width=390, *only):
    """Measure all pages, or these, and print a table."""
    handler = functools.partial(Compressed, directory=SITE)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    load, every = os.getloadavg()[0], []
    print("| control | page | median, ms | worst, ms | of |\n| --- | --- | --- | --- | --- |")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS.split())
        address = f"http://localhost:{server.server_port}/"
        for path in PAGES:
            if not only or (path.strip("/") or "home") in only:
                took = measure(browser, address, slowdown, width, path)
                tell(took)
                every += [ms for each in took.values() for ms in each]
        browser.close()
    server.shutdown()
    slow = sum(ms >= GOOD for ms in every)
    print(
        f"\n{slow} of {len(every)} took {GOOD} ms or more, slowed down {slowdown:g} times, ", end=""
    )
    print(f"{width} px wide; load {load:.1f} to {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores.")


if __name__ == "__main__":
    given = sys.argv[1:]
    main(*map(float, given[:1]), *map(int, given[1:2]), *given[2:])
