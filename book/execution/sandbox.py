"""What a snippet may not do: an audit hook refuses it where Python itself announces it.

A page is executed in a process of its own, so that nothing that it changes within Python reaches
another page. Files, other processes and the network are out of its reach by this.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

_REFUSED = {
    "os.remove": "deletes a file",
    "os.rename": "renames a file",
    "os.mkdir": "makes a folder",
    "os.rmdir": "deletes a folder",
    "os.link": "links a file",
    "os.symlink": "links a file",
    "os.truncate": "truncates a file",
    "os.chdir": "changes the folder",
    "os.kill": "signals a process",
    "os.system": "starts a process",
    "os.exec": "starts a process",
    "os.fork": "starts a process",
    "os.forkpty": "starts a process",
    "os.posix_spawn": "starts a process",
    "os.putenv": "changes the environment",
    "os.unsetenv": "changes the environment",
    "subprocess.Popen": "starts a process",
    "socket.__new__": "opens a network connection",
    "socket.getaddrinfo": "asks the network",
    "sys._current_frames": "looks into other threads",
}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_EVERYWHERE = (sys.prefix, sys.base_prefix, os.devnull, "/usr/share/zoneinfo", "/proc", "/sys")


class SandboxViolation(BaseException):
    """A snippet reached out of its page. Not an Exception: no snippet may swallow it."""


class Sandbox:
    """Audit hook: while a snippet runs, refuses what would reach out of it.

    Parameters
    ----------
    package
        The folder of the package, whose sources may be read.
    """

    def __init__(self, package: Path) -> None:
        self.package = os.path.realpath(package)
        readable = [*map(os.path.realpath, _EVERYWHERE), "/etc/localtime", self.package]
        self.readable = tuple(readable)
        self.active = False
        self.reason = ""
        self.reads_sources = False
        """Whether a source of the package was read, as `inspect.getsource` does."""
        sys.addaudithook(self)

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        """Refuse an event of the interpreter, if it is one to refuse."""
        if not self.active:
            return
        reason = _REFUSED.get(event, "")
        if event == "open" and isinstance(args[0], str | bytes):
            name = os.path.realpath(os.fsdecode(args[0]))
            if args[2] & _WRITING and name != os.devnull:
                reason = f"writes the file {Path(name).name}"
            elif not name.startswith(self.readable):
                reason = f"reads the file {Path(name).name}"
            self.reads_sources |= name.startswith(self.package) and name.endswith(".py")
        if reason:
            # The first reason is kept: if the snippet swallows the exception, it still fails.
            self.reason = self.reason or reason
            raise SandboxViolation(reason)
