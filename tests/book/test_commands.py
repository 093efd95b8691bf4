"""A command begins at once, keeps what does not change, and says what code it cannot read."""

import subprocess
import sys

from jinja2 import Environment, FileSystemLoader

from book.site import kept
from book.source import pages


def run(code):
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=pages.ROOT, capture_output=True, text=True, check=False)


def test_no_command_but_the_build_waits_for_what_draws_and_writes_notebooks():
    slow = "{'PIL', 'jsonschema', 'matplotlib', 'nbformat'}"
    done = run(f"import sys, book.commands; print({slow} & sys.modules.keys())")
    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_code_that_one_command_alone_imports_and_nobody_can_read_is_named():
    done = run(
        "import runpy, sys; from book import commands\n"
        "commands.renumber = lambda: compile('\\ndef draw(', 'book/site/cards.py', 'exec')\n"
        "sys.argv = ['book', 'renumber']; runpy.run_module('book', run_name='__main__')"
    )
    said = "book/site/cards.py:2: '(' was never closed; mend it\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


def test_a_template_is_compiled_once_and_again_when_it_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "TEMPLATES", tmp_path / "templates")
    compiled = []

    class Counting(Environment):
        def compile(self, source, name=None, *others, **named):
            compiled.append(source)
            return super().compile(source, name, *others, **named)

    for text in ("<p>", "<p>", "<b>"):
        (tmp_path / "page.html").write_text(text)
        environment = Counting(loader=FileSystemLoader(tmp_path))
        kept._keep_templates(environment)
        assert environment.get_template("page.html").render() == text
    assert compiled == ["<p>", "<b>"]
