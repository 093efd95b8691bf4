"""Snippets run in their page when they are asked to, and print there what the page shows."""

import functools
import gzip
import itertools
import time

import kept
import pytest
from accessibility import color_violations, violations
from parsing import tree
from playwright.sync_api import expect
from test_copied_programs import PAGES, name

from book.execution import executor, slicing
from book.interactive import playground
from book.source import pages

pytestmark = pytest.mark.usefixtures("runtime_in_the_site")

EXECUTE = """async programs => {
    const answers = [];
    const waiting = [...programs.entries()].reverse();
    async function work(module) {
        const { execute } = await import(module);
        while (waiting.length) {
            const [index, [earlier, code]] = waiting.pop();
            let printed = "";
            const output = ({text}) => printed += text;
            const began = performance.now();
            const answer = await execute(earlier, code, {output}).answer;
            answers[index] = {printed, ...answer, seconds: (performance.now() - began) / 1000};
        }
    }
    // One worker for each processor: a module is loaded once for each address.
    const modules = [..."ab"].map(name => new URL(`/assets/run/python.js?${name}`, location));
    await Promise.all(modules.map(work));
    return answers;
}"""
# A machine that is busy takes long to load Python.
SAME = "Run here: the same as the book."


def shown(page):
    """The snippets of a page whose source is shown, with what they gave."""
    return [one for one in executor.results(page) if one.snippet.options.get("source") != "none"]


def blocks(site, page):
    """The blocks of a page that show the source of a snippet that was run."""
    found = tree(site / pages.address(page) / "index.html").findall(".//div[@class='snippet']")
    return [
        block
        for block in found
        if block.find(".//button[@class='copy']") is not None
        and block.find("p[@class='norun']") is None
    ]


def runnable(site, page):
    """The programs that run in a page: the lines before, the visible lines, what they gave."""
    built = tree(site / pages.address(page) / "index.html")
    for block, one in zip(blocks(site, page), shown(page), strict=True):
        if block.find(".//button[@class='run']") is not None:
            code = one.snippet.code.strip("\n")
            yield slicing.before_block(built, block), code, one


def stand_together(site, page):
    """Whether the snippets that run in a page need no line of one that does not run there."""
    built = tree(site / pages.address(page) / "index.html")
    every = [each for each in built.iter("div") if each.get("class") == "snippet"]
    buttons = [each.find(".//button[@class='copy']") for each in every]
    run = [each.find(".//button[@class='run']") is not None for each in every]
    needed = (
        need for one, runs in zip(buttons, run, strict=True) if runs for need in needs_of(one)
    )
    return all(run[number - 1] for number in needed)


def needs_of(button):
    """The numbers of the snippets of which a program has lines."""
    return [int(need.partition(".")[0]) for need in button.get("data-needs").split()]


MARK = "\x1e"
"""What a page's program prints before each snippet."""
RAISES = """import traceback
try:
    exec({!r})
except Exception as error:
    print(traceback.format_exception_only(error)[-1].strip())
"""


def whole(results):
    """One program that runs snippets of a page in their order, in one session."""
    for one in results:
        code = one.snippet.code
        yield f"print({MARK!r}, end='')"
        yield RAISES.format(code) if one.outcome.error else code


def expected(one):
    outcome = one.outcome
    parts = [outcome.printed.rstrip(), outcome.error, *(plot.table for plot in outcome.figures)]
    return "\n".join(filter(None, parts))


def got(printed, plots, answer):
    parts = [printed.rstrip(), answer.get("error"), answer.get("failed")]
    return "\n".join(filter(None, [*parts, *(table for _, table in plots)]))


def given(results, answer):
    """What each of the snippets gave that ran as one program."""
    _, *printed = answer["printed"].split(MARK)
    plots = iter(answer.get("plots", []))
    for one, text in itertools.zip_longest(results, printed, fillvalue=""):
        yield one, got(text, [next(plots, ("", "no plot")) for _ in one.outcome.figures], answer)


def given_alone(one, answer):
    """What a snippet gave that ran alone, after the earlier lines that it needs."""
    yield one, got(answer["printed"], answer.get("plots", []), answer)


def row(one, now):
    """A row of the table of differences: where, and the first line that differs."""
    was = expected(one)
    pairs = [*zip(was.split("\n"), now.split("\n"), strict=False), (was, now)]
    first, then = next(pair for pair in pairs if pair[0] != pair[1])
    return f"{name(one.snippet.path)}.md:{one.snippet.line} | {first[:200]!r} | {then[:200]!r}"


def executed(visit, site, programs):
    """What programs give in the page; those that gave it before are not executed again."""
    runtime = (site / "downloads" / "runtime" / "index.json").read_bytes()
    where = (kept.package(site), runtime)
    entries = [kept.answer(site, "run here", *where, *program) for program in programs]
    answers = [*map(kept.known, entries)]
    new = [number for number, answer in enumerate(answers) if answer is None]
    given = visit("").evaluate(EXECUTE, [programs[number] for number in new]) if new else []
    for number, answer in zip(new, given, strict=True):
        answers[number] = answer
    return answers, {entries[number]: answers[number] for number in new}


def test_every_snippet_prints_in_the_page_what_the_page_shows(visit, site, record_property):
    """In one session of its page, and one of them alone, the shortest that needs earlier lines.

    All are run alone where one needs lines that do not run there.
    """
    programs, read = [], []
    for page in PAGES:
        alone = list(runnable(site, page))
        results = executor.results(page)
        if not playground.runs([one.snippet for one in results]):
            results = [one for *_, one in alone] if stand_together(site, page) else []
        if results:
            programs.append(["", "\n".join(whole(results))])
            read.append(functools.partial(given, results))
            alone = sorted(alone, key=lambda each: (not each[0], len(each[0] + each[1])))[:1]
        for before, code, one in alone:
            programs.append([before, code])
            read.append(functools.partial(given_alone, one))
    began = time.monotonic()
    answers, new = executed(visit, site, programs)
    pairs = [pair for reads, answer in zip(read, answers, strict=True) for pair in reads(answer)]
    said = f"{len(pairs)} snippets ran in the page in {time.monotonic() - began:.1f} s"
    record_property("measured", said)
    assert len(pairs) >= 250
    table = [
        row(one, now)
        for one, now in pairs
        if now != expected(one) and "varies" not in one.snippet.options
    ]
    assert not table, "\n".join(["page:line | expected | got", *table])
    for entry, answer in new.items():
        kept.keep(entry, answer)


def test_a_snippet_runs_or_says_what_it_lacks(site):
    for page in PAGES:
        for block in blocks(site, page):
            runs = block.find(".//button[@class='run']") is not None
            reasons = ["".join(each.itertext()) for each in block.findall("p[@class='elsewhere']")]
            assert runs != bool(reasons), page


def opened(page):
    """The page with nothing folded away, and the blocks of its snippets that can be run."""
    page.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")
    return page, page.locator(".snippet:has(> .tools > .run)")


@pytest.fixture
def press(visit):
    """Open a page in which nothing was run yet."""
    return lambda path, **settings: opened(visit(path, **settings))


@pytest.fixture(scope="module")
def chapter(visit_for_long):
    """A page that has Python loaded. Each test takes snippets of its own."""
    return opened(visit_for_long("by-hand/"))


def button(block, text):
    return block.get_by_role("button", name=text, exact=True)


def says(block, text):
    expect(block.locator(".status")).to_have_text(text)


def test_nothing_is_loaded_before_a_press_and_nothing_from_elsewhere_after(press, address):
    page, snippets = press("by-hand/")
    assert not [url for url in page.requested if "runtime" in url or "snippet.js" in url]
    before = len(page.requested)
    for number in (0, 2, 5):
        button(snippets.nth(number), "Run").click()
        says(snippets.nth(number), SAME)
    after = page.requested[before:]
    assert sum(url.endswith(".wasm") for url in after) == 1
    assert sum(url.endswith(".whl") for url in after) == 2
    assert [url for url in page.requested if not url.startswith(address[: -len("book/")])] == []
    assert page.complaints == []


DRAWING = """from backprop import datasets, draw_network
network, *_ = datasets.three_two_one()
print(draw_network(network, title="It"))"""
PLOT = """import matplotlib.pyplot as plt
plt.plot([1, 2])
plt.show()"""


def test_a_drawing_and_a_plot_appear_below(chapter):
    page, snippets = chapter
    for number, (kind, code) in enumerate({"network": DRAWING, "plot": PLOT}.items(), start=3):
        button(snippets.nth(number), "Edit").click()
        snippets.nth(number).locator("textarea").fill(code)
        page.keyboard.press("Control+Enter")
        expect(snippets.nth(number).locator(f".ran svg.{kind}")).to_be_visible()
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(each => each.id)")
    assert len(ids) == len(set(ids))


def test_a_reader_edits_runs_and_resets(chapter):
    page, snippets = chapter
    snippet = snippets.first
    ours = button(snippet, "Copy").get_attribute("data-clipboard-text")
    button(snippet, "Edit").click()
    editor = snippet.get_by_role("textbox", name="Code of this snippet")
    expect(editor).to_be_focused()
    page.keyboard.type("print('changed')\n")
    page.keyboard.press("Control+Enter")
    says(snippet, "Your code, run here.")
    expect(snippet.locator(".ran samp")).to_contain_text("changed")
    expect(editor).to_be_focused()
    copied = button(snippet, "Copy").get_attribute("data-clipboard-text")
    assert "print('changed')\n" in copied
    button(snippet, "Reset").click()
    expect(button(snippet, "Edit")).to_be_focused()
    expect(snippet.locator("textarea")).to_have_count(0)
    expect(snippet.locator(".highlight")).to_be_visible()
    assert button(snippet, "Copy").get_attribute("data-clipboard-text") == ours
    # It is the page's own again, and the change left nothing behind.
    snippet.locator("code").focus()
    page.keyboard.press("Control+Enter")
    says(snippet, SAME)


def test_an_error_shows_the_lines_of_the_reader_alone(chapter):
    _, snippets = chapter
    snippet = snippets.nth(1)
    button(snippet, "Edit").click()
    snippet.locator("textarea").fill(
        "from backprop import Network\n\n\ndef f():\n    Network([])\n\n\nprint(1)\nf()"
    )
    button(snippet, "Run").click()
    says(snippet, "Your code raised an error.")
    lines = snippet.locator(".ran samp").text_content().split("\n")
    assert lines[:2] == ["1", "Traceback (most recent call last):"]
    assert [line.strip() for line in lines if line.startswith("  File")] == [
        'File "snippet", line 9, in <module>',
        'File "snippet", line 5, in f',
    ]
    assert lines[-1].startswith("ValueError: ")
    snippet.locator("textarea").fill("print(1)\nprint(")
    button(snippet, "Run").click()
    expect(snippet.locator(".ran samp")).to_contain_text("SyntaxError: '(' was never closed")
    snippet.locator("textarea").fill("import warnings\nwarnings.warn('old')\nprint('on')")
    button(snippet, "Run").click()
    expect(snippet.locator(".ran samp")).to_contain_text("snippet:2: UserWarning: old")
    expect(snippet.locator(".ran samp")).to_contain_text("on")


def test_an_endless_loop_is_stopped_and_the_next_run_is_as_ever(chapter):
    _, snippets = chapter
    snippet, other = snippets.nth(5), snippets.nth(6)
    button(snippet, "Edit").click()
    snippet.locator("textarea").fill("print('begun')\nwhile True:\n    pass")
    button(snippet, "Run").click()
    says(snippet, "Running")
    button(other, "Run").click()
    says(other, "Waiting for Python")
    button(snippet, "Stop").click()
    says(snippet, "Stopped.")
    expect(button(snippet, "Run")).to_be_focused()
    says(other, SAME)
    snippet.locator("textarea").fill("while True:\n    print('x' * 1000)")
    button(snippet, "Run").click()
    expect(snippet.locator(".ran samp")).to_contain_text("printed more than")


def test_loading_can_be_stopped_and_begun_again_by_touch(press):
    page, snippets = press("by-hand/", width=390, has_touch=True)
    snippet, held = snippets.first, []

    def hold(route):
        held.append(route)

    page.context.route("**/*.wasm", hold)
    button(snippet, "Run").tap()
    expect(snippet.get_by_role("progressbar", name="Loading Python")).to_be_visible()
    expect(snippet.locator(".bytes")).to_contain_text(" MB")
    button(snippet, "Stop").tap()
    says(snippet, "Stopped.")
    for route in held:
        route.abort()
    page.context.unroute_all()
    button(snippet, "Run").tap()
    says(snippet, SAME)


def test_a_runtime_that_is_gone_is_said_to_be(press):
    page, snippets = press("by-hand/")
    page.context.route("**/downloads/**", lambda route: route.fulfill(status=404))
    button(snippets.first, "Run").click()
    expect(snippets.first.locator(".status")).to_contain_text("Python came to nothing")
    expect(button(snippets.first, "Run")).to_be_enabled()


def test_what_a_run_shows_is_accessible_and_fits(chapter):
    page, snippets = chapter
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size({"width": 390, "height": 900})
    for number, code in enumerate([DRAWING, PLOT, "1 / 0"], start=8):
        button(snippets.nth(number), "Edit").click()
        snippets.nth(number).locator("textarea").fill(code)
        button(snippets.nth(number), "Run").click()
    last = snippets.nth(7)
    button(last, "Run").click()
    says(last, SAME)
    live = last.locator(".ran [aria-live=polite]")
    expect(live).to_contain_text(last.locator("> pre.output").text_content())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert list(violations(page)) == []
    page.evaluate("document.body.dataset.mdColorScheme = 'slate'")
    assert list(color_violations(page)) == []


def test_the_script_of_the_buttons_is_tiny(site):
    script = (site / "assets" / "run" / "run.js").read_bytes()
    assert len(gzip.compress(script)) < 3000
