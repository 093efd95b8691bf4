"""The commands of the book: `python -m book --help` lists them."""

from __future__ import annotations

import argparse
import gc
import signal
import sys

from book import files
from book.errors import BookError, in_code

try:
    from book import commands
except SyntaxError as error:  # in the package, or in the book's own code
    sys.exit(str(in_code(error)))


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line; each command is a function of `book.commands`."""
    whole = argparse.ArgumentParser("python -m book", description="Make the book, and check it.")
    kinds = whole.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, what: object) -> argparse.ArgumentParser:
        said = (what.__doc__ or "").split("\n")[0]
        made = kinds.add_parser(name, help=said, description=said)
        made.set_defaults(what=what)
        return made

    add("build", commands.build).add_argument(
        "--no-cache", action="store_true", help="execute everything, and keep nothing"
    )
    add("serve", commands.serve).add_argument("address", nargs="?", default="127.0.0.1:8000")
    add("lint", commands.lint)
    for name, what in (("check", commands.check), ("pin", commands.pin)):
        add(name, what).add_argument("chosen", nargs="*", metavar="PAGE", help="all without it")
    add("renumber", commands.renumber)
    add("runtime", commands.runtime)
    add("package", commands.package).add_argument("folder", nargs="?", default="dist")
    add("pdf", commands.pdf)
    add("zip", commands.archive)
    return whole


if __name__ == "__main__":
    if sys.platform == "win32":
        sys.exit("the book is built on Linux or macOS; its package and programs need neither")
    arguments = vars(parser().parse_args())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Most of what is made here stays: to search it for what refers to itself costs a tenth of all.
    gc.set_threshold(50_000)
    try:
        arguments.pop("what")(**arguments)
    except BookError as error:
        sys.exit(str(error))
    except SyntaxError as error:  # in what this command alone imports
        sys.exit(str(in_code(error)))
    except OSError as error:
        if error.errno not in files.FULL:
            raise
        sys.exit(files.no_room(error, commands.PLACES))
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; what was there is as it was\n")
        sys.exit(128 + signal.SIGINT)
    finally:
        commands.abandon()
