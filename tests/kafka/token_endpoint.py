"""An OAuth token endpoint over real HTTP on this machine, which notes what it was asked."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class TokenEndpoint(ThreadingHTTPServer):
    """Answers each request with a token, made from the number of the request, or with `broken`.

    It escapes slashes, as JSON may.
    """

    def __init__(self, make_token: Callable[[int], str], lifetime_s: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.make_token, self.lifetime_s = make_token, lifetime_s
        self.asked: list[tuple[str, str]] = []
        """The header with the login, and the form, of each request."""
        self.broken: tuple[int, bytes] | None = None
        """Status and body of every answer, if there is to be no token."""

    @property
    def url(self) -> str:
        """The address that gives tokens."""
        return f"http://127.0.0.1:{self.server_address[1]}/token"


class _Handler(BaseHTTPRequestHandler):
    server: TokenEndpoint

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append((self.headers["Authorization"], form))
        token = {"access_token": self.server.make_token(len(self.server.asked)), "expires_in": self.server.lifetime_s}
        code, body = self.server.broken or (200, json.dumps(token).replace("/", "\\/").encode())
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Suppress the log of the server."""


@contextmanager
def token_endpoint(make_token: Callable[[int], str], lifetime_s: int) -> Iterator[TokenEndpoint]:
    """Run a token endpoint."""
    server = TokenEndpoint(make_token, lifetime_s)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
