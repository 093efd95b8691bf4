"""Run programs, each in a fork of an interpreter that has imported some modules already.

    python -I -W error warm.py numpy matplotlib.pyplot

A program is a line of JSON on standard input; so are its standard output and standard error. It is
`__main__`, and the only thing it finds done is the work of the imports: none of its names is bound.
"""

import importlib
import json
import os
import sys
import tempfile
import types


def forked(program: str) -> tuple[str, str]:
    """Standard output and standard error of a program."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            run(program)
        os.waitpid(child, 0)
        return tuple(stream.read().decode() for stream in (out, err) if stream.seek(0) == 0)


def run(program: str) -> None:
    """Run a program as an interpreter does that reads it from standard input, and end."""
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    sys.argv = ["-"]
    try:
        exec(compile(program, "<stdin>", "exec", dont_inherit=True), main.__dict__)
    except BaseException:  # noqa: BLE001 - as an interpreter does
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


if __name__ == "__main__":
    for module in sys.argv[1:]:
        importlib.import_module(module)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(forked(json.loads(line))) + "\n")
        sys.stdout.flush()
