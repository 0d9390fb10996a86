"""A server on this machine that gives out one file, well or badly."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Manners:
    """What the server gives out, and how it misbehaves.

    ``drop_after``: bytes after which the first connections break off, one entry a connection;
    ``stall_after``: bytes after which the first connections say no more; ``ranges``: it takes up
    where asked; ``etag``: it names its file; ``redirect_to``: it sends everybody elsewhere;
    ``silent_s``: seconds before it answers; ``drip_s``: seconds between single bytes; ``says``: the
    length it claims, 0 for none; ``status``: the error it answers with.
    """

    content: bytes
    drop_after: list[int] = field(default_factory=list)
    stall_after: list[int] = field(default_factory=list)
    ranges: bool = True
    etag: bool = True
    redirect_to: str | None = None
    silent_s: float = 0.0
    drip_s: float = 0.0
    says: int | None = None
    status: int | None = None
    asked: list[str | None] = field(default_factory=list)

    @property
    def tag(self) -> str:
        return f'"{hashlib.sha256(self.content).hexdigest()[:16]}"'


class _Handler(BaseHTTPRequestHandler):
    manners: Manners

    def do_GET(self) -> None:
        manners = self.manners
        manners.asked.append(self.headers.get("Range"))
        time.sleep(manners.silent_s)
        if manners.redirect_to is not None:
            self.send_response(302)
            self.send_header("Location", manners.redirect_to)
            self.end_headers()
        elif manners.status is not None:
            self.send_error(manners.status)
        else:
            self._give()

    def _give(self) -> None:
        manners = self.manners
        start = self._start()
        if start > len(manners.content) or (start and start == len(manners.content)):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(manners.content)}")
            self.end_headers()
            return
        body = manners.content[start:]
        self.send_response(206 if start else 200)
        if start:
            end = len(manners.content)
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{end}")
        if manners.says != 0:
            self.send_header("Content-Length", str(manners.says or len(body)))
        if manners.etag:
            self.send_header("ETag", manners.tag)
        self.end_headers()
        if manners.drop_after:
            self.wfile.write(body[: manners.drop_after.pop(0)])
            self.close_connection = True
        elif manners.stall_after:
            self.wfile.write(body[: manners.stall_after.pop(0)])
            self.wfile.flush()
            self.connection.settimeout(60)
            self.connection.recv(1)  # until the other end leaves
        elif manners.drip_s:
            for i in range(len(body)):
                self.wfile.write(body[i : i + 1])
                self.wfile.flush()
                time.sleep(manners.drip_s)
        else:
            self.wfile.write(body)

    def _start(self) -> int:
        asked = self.headers.get("Range")
        is_same = self.headers.get("If-Range") == self.manners.tag
        if not asked or not self.manners.ranges or not is_same:
            return 0
        return int(asked.removeprefix("bytes=").removesuffix("-"))

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves early is no error."""


@contextmanager
def serving(manners: Manners, path: str = "model.onnx") -> Iterator[str]:
    """Serve for the block; gives the file's address."""
    handler = type("Handler", (_Handler,), {"manners": manners})
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/{path}"
        finally:
            server.shutdown()
            thread.join()
