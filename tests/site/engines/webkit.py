"""A window of WebKitGTK's MiniBrowser, over plain WebDriver, with what the tests need of it.

It wants three packages of Debian (webkit2gtk-driver, which brings the browser, and xvfb) and
nothing of Python's but its library.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

KEYS = {
    "Tab": "\ue004",
    "Enter": "\ue007",
    "Escape": "\ue00c",
    "ArrowDown": "\ue015",
    "ArrowRight": "\ue014",
    "Control": "\ue009",
    "Shift": "\ue008",
}
PATIENCE = 300
"""Seconds after which a condition is given up: no test waits so long where all is well."""


class WebKit:
    """A window of just this inner size, in an X server of its own."""

    @staticmethod
    def missing():
        """Say what the machine lacks, or nothing."""
        lacking = [name for name in ("Xvfb", "WebKitWebDriver") if not shutil.which(name)]
        return f"no {lacking[0]} (apt-get install webkit2gtk-driver xvfb)" if lacking else ""

    def __init__(self, _playwright, width, dark=False):
        self.home = tempfile.mkdtemp(prefix="webkit-")
        self.screen, display = _screen(2 * width - 20, 2 * 900 - 20)
        port = _free_port()
        surroundings = {
            **os.environ,
            "DISPLAY": display,
            "GDK_BACKEND": "x11",
            "HOME": self.home,
            "XDG_RUNTIME_DIR": self.home,
            "GSETTINGS_BACKEND": "memory",
            "NO_AT_BRIDGE": "1",
            # Layers would be drawn by an imitation of a graphics card, which takes twice the time.
            "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
        }
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.driver = subprocess.Popen(
            ["WebKitWebDriver", f"--port={port}"], env=surroundings, **quiet
        )
        self.address = f"http://127.0.0.1:{port}"
        self._begin(dark)
        self._open_window(width)

    def _begin(self, dark):
        """Start a session as soon as the driver answers."""
        self._until(lambda: self._call("GET", "/status"), OSError)
        (browser,) = Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser")
        given = ["--automation", "--javascript-can-open-windows-automatically=true"]
        given += ["--dark-mode"] * dark
        options = {"binary": str(browser), "args": given}
        wanted = {"browserName": "MiniBrowser", "webkitgtk:browserOptions": options}
        begun = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.address += f"/session/{begun['sessionId']}"

    def _open_window(self, width):
        """Open a window without bars, which may be narrow."""
        first = self._call("GET", "/window")
        bars = "left=0,top=0,toolbar=no,location=no,menubar=no"
        self.js("open('about:blank', '_blank', arguments[0])", f"width={width},{bars}")

        def another():
            return [each for each in self._call("GET", "/window/handles") if each != first]

        self._call("POST", "/window", {"handle": self._until(another)[0]})
        self.resize(width)

    def resize(self, width, height=900):
        """Give the window its inner size."""

        def fits():
            inner_width, inner_height = self.js("return [innerWidth, innerHeight]")
            if (inner_width, inner_height) == (width, height):
                return True
            now = self._call("GET", "/window/rect")
            wanted = {
                "width": now["width"] + width - inner_width,
                "height": now["height"] + height - inner_height,
            }
            self._call("POST", "/window/rect", wanted)
            return False

        self._until(fits)

    def _call(self, method, path, body=None):
        data = json.dumps(body or {}).encode() if method == "POST" else None
        kind = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.address + path, data, kind, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode()) from None

    def _until(self, condition, *passing):
        """Wait until a condition has a value, and return that."""
        end = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(*passing):
                if (value := condition()) not in (False, []):
                    return value
            assert time.monotonic() < end, "given up"
            time.sleep(0.05)

    def open(self, url):
        """Open a page, and wait until it is loaded."""
        self._call("POST", "/url", {"url": url})

    def js(self, script, *arguments):
        """Run the body of a function in the page, and give back what it returns."""
        return self._call("POST", "/execute/sync", {"script": script, "args": arguments})

    def press(self, *chords):
        """Press keys, such as "Tab" or "Shift+Tab"."""
        for chord in chords:
            keys = [KEYS.get(key, key) for key in chord.split("+")]
            down = [{"type": "keyDown", "value": key} for key in keys]
            up = [{"type": "keyUp", "value": key} for key in reversed(keys)]
            self._act({"type": "key", "id": "keyboard", "actions": down + up})

    def drag(self, start, across):
        """Press the mouse at a place, move it sideways, and release it."""
        x, y = start
        places = [x, x + across // 2, x + across] if across else [x]
        first, *others = [
            {"type": "pointerMove", "x": round(each), "y": round(y), "duration": 20}
            for each in places
        ]
        down, up = {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}}
        self._act({**mouse, "actions": [first, down, *others, up]})

    def _act(self, source):
        self._call("POST", "/actions", {"actions": [source]})

    def close(self):
        """End the session, the driver and the screen."""
        with contextlib.suppress(RuntimeError, OSError):
            self._call("DELETE", "")
        for process in (self.driver, self.screen):
            process.terminate()
            process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


def _screen(width, height):
    """Start a screen, and return its process and its name.

    No window manager runs: the focus is where the pointer is, in the middle of the screen, which
    must therefore be in the window.
    """
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([*command, "-nolisten", "tcp"], pass_fds=[write], **quiet)
    os.close(write)
    with os.fdopen(read) as pipe:
        return process, f":{pipe.readline().strip()}"


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
