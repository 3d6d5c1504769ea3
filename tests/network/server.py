"""A server on loopback that holds weights, and answers as servers do on a bad day."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Server:
    """How it answers: `content` with `status`, only `whole` bytes of it, slowly, or never."""

    content: bytes
    status: int = 200
    whole: int | None = None
    pause: float = 0.0  # seconds between two pieces
    silent: bool = False
    asked: list[str] = field(default_factory=list)
    address: str = ""
    done: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Serve on a free port until the block is done."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            if server.silent:
                server.done.wait()
                return
            self.send_response(server.status)
            self.send_header("Content-Length", str(len(server.content)))
            self.end_headers()
            sent = server.content if server.whole is None else server.content[: server.whole]
            step = max(1, len(sent) // 8)
            for start in range(0, len(sent), step):
                try:
                    self.wfile.write(sent[start : start + step])
                    self.wfile.flush()
                except OSError:  # who asked is gone
                    return
                time.sleep(server.pause)

        def log_message(self, *said: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        server.address = f"http://127.0.0.1:{made.server_address[1]}"
        thread = threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.done.set()
            made.shutdown()
