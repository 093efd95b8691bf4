"""Run programs of the book in a page, each as in a fresh interpreter.

One thing differs: WebAssembly does not say that a floating-point operation
overflowed or was invalid, so that NumPy never warns of it in a page.
"""

import contextlib
import importlib.util
import io
import linecache
import logging
import sys
import traceback
import types
import warnings
from collections.abc import Callable

import numpy as np

LIMIT = 100_000
"""Characters that a program may print: an endless one would fill the page."""
NAME = "snippet"
"""What a traceback calls the lines that the reader sees."""


class TooMuch(BaseException):
    """A program prints without end. No Exception: none may swallow it."""


class _Output(io.TextIOBase):
    """What a program prints, handed on as it comes."""

    def __init__(self, show: Callable[[str], object]) -> None:
        self.show = show
        self.left = LIMIT

    def write(self, text: str) -> int:
        self.show(text[: max(self.left, 0)])
        self.left -= len(text)
        if self.left < 0:
            raise TooMuch(f"printed more than {LIMIT} characters")
        return len(text)


def run(
    earlier: str, code: str, show: Callable[[str], object]
) -> tuple[str, str, list[tuple[str, str]]]:
    """Run code after the earlier lines it needs, without their output.

    Parameters
    ----------
    earlier, code : str
        Together the program; `code` is what the reader sees.
    show : function
        Gets what `code` prints.

    Returns
    -------
    error, traceback : str
        What was raised, and where in the lines that the reader sees; empty
        if nothing was.
    figures : list of (str, str)
        What matplotlib drew, as SVG and as a table.
    """
    for name in [each for each in sys.modules if _is_of_the_package(each)]:
        del sys.modules[name]
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    lines = code.splitlines(keepends=True)
    linecache.cache[NAME] = (len(code), None, lines, NAME)
    output = _Output(show)
    with contextlib.ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        stack.enter_context(np.errstate())
        stack.enter_context(np.printoptions())
        stack.enter_context(contextlib.redirect_stderr(output))
        warnings.simplefilter("default")
        if importlib.util.find_spec("matplotlib"):
            stack.enter_context(_drawing_as_in_the_book())
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                before = compile(earlier, "earlier lines", "exec")
                exec(before, main.__dict__)  # noqa: S102 - what it is for
            _close_plots()
            with contextlib.redirect_stdout(output):
                seen = compile(code, NAME, "exec")
                exec(seen, main.__dict__)  # noqa: S102
            return "", "", _take_plots()
        except BaseException as error:  # noqa: BLE001 - SystemExit too
            _close_plots()
            said = "".join(traceback.format_exception_only(error)).strip()
            return said, _of_the_reader(error), []


def _is_of_the_package(module: str) -> bool:
    return module.partition(".")[0] == "backprop"


def _drawing_as_in_the_book() -> contextlib.AbstractContextManager[None]:
    import figures
    import matplotlib as mpl

    # A figure is shown by standing below the snippet.
    warnings.filterwarnings("ignore", "FigureCanvasAgg is non-interactive")
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    return mpl.rc_context(figures.STYLE)


def _close_plots() -> None:
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


def _take_plots() -> list[tuple[str, str]]:
    """Return the figures that are open, and close them."""
    if "matplotlib.pyplot" not in sys.modules:
        return []
    import figures

    drawn = figures.take_open_figures()
    return [(plot.svg, plot.table) for plot in drawn]


def _of_the_reader(error: BaseException) -> str:
    """Return the traceback of an exception, without the lines of others."""
    whole = traceback.TracebackException.from_exception(error)
    part: traceback.TracebackException | None = whole
    while part is not None:
        ours = [frame for frame in part.stack if frame.filename == NAME]
        part.stack[:] = ours
        part = part.__cause__ or part.__context__
    return "".join(whole.format()).strip()
