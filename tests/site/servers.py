"""Servers of a folder, for as long as tests read it."""

import contextlib
import functools
import http.server
import threading


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serve a folder, and say nothing of it."""

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def served(folder, handler=Quiet):
    """Serve a folder, and give the address of its root."""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(handler, directory=folder)
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
