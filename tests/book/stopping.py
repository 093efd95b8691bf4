"""A process that is killed at its first action, at its second, and so on until none is left."""

import os
import resource
import signal
import sys
import traceback
import warnings

ACTIONS = ("open", "os.", "shutil.", "ctypes.dlsym")
"""What Python announces of files before it happens: each is a place at which a process may end."""


def _forked(work):
    """Do something in a process of its own, and return by what signal it ended, or 0."""
    with warnings.catch_warnings():
        # A process that has threads is forked: the child does no more than the work.
        warnings.simplefilter("ignore")
        child = os.fork()
    if not child:
        try:
            work()
        except BaseException:  # noqa: BLE001 - a child says it and ends
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0, "it failed before it was killed"
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def killed_at_each_action(work):
    """Yield the number of each action before which the work was killed; at last it was not."""
    number, ended = 0, signal.SIGKILL
    while ended:

        def until(limit=number):
            seen = 0

            def watch(event, _):
                nonlocal seen
                if event.startswith(ACTIONS) and event != "os.kill":
                    if seen == limit:
                        os.kill(os.getpid(), signal.SIGKILL)
                    seen += 1

            sys.addaudithook(watch)
            work()

        ended = _forked(until)
        yield number
        number += 1


def killed_while_it_writes(work, at):
    """Kill the work when it has written so many bytes into any file."""

    def with_limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (at, at))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        work()

    return _forked(with_limit) == signal.SIGXFSZ
