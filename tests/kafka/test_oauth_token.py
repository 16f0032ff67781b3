"""OAuth tokens for Kafka, against a token endpoint over real HTTP: cached until shortly before they expire."""

from __future__ import annotations

import json
import pickle
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from kafka.errors import KafkaError

from jobs.kafka.oauth_token import ClientCredentials

if TYPE_CHECKING:
    from collections.abc import Iterator


class Endpoint(ThreadingHTTPServer):
    """A token endpoint that numbers its tokens and notes what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str]] = []
        self.broken: tuple[int, bytes] | None = None

    def client(self, now: list[float]) -> ClientCredentials:
        url = f"http://127.0.0.1:{self.server_address[1]}/token"
        return ClientCredentials(url, "job", "s3cr", "kafka", clock=lambda: now[0])


class Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append((self.headers["Authorization"], form))
        token = {"access_token": f"token-{len(self.server.asked)}", "expires_in": 100}
        code, body = self.server.broken or (200, json.dumps(token).encode())
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Suppress the log of the server."""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def test_a_token_is_used_until_shortly_before_it_expires(endpoint: Endpoint) -> None:
    now = [0.0]
    client = endpoint.client(now)
    tokens = []
    for now[0] in (0.0, 69.0, 70.0, 139.0, 140.0):
        tokens.append(client.token())
    assert tokens == ["token-1", "token-1", "token-2", "token-2", "token-3"]
    assert endpoint.asked == [("Basic am9iOnMzY3I=", "grant_type=client_credentials&scope=kafka")] * 3


@pytest.mark.parametrize(
    "broken",
    [
        (401, b"{}"),
        (200, b"<html>"),
        (200, b"{}"),
        (200, b"[]"),
        (200, b'{"access_token": 5}'),
        (200, b'{"access_token": "t", "expires_in": "soon"}'),
    ],
)
def test_without_a_usable_token_the_endpoint_is_named_and_no_secret(
    endpoint: Endpoint, broken: tuple[int, bytes]
) -> None:
    endpoint.broken = broken
    client = endpoint.client([0.0])
    with pytest.raises(KafkaError, match=client.url) as raised:
        client.token()
    assert "s3cr" not in f"{raised.value!r} {client!r}"


def test_it_goes_with_the_job_to_its_workers() -> None:
    sent = ClientCredentials("http://127.0.0.1:1/token", "job", "s3cr")
    assert pickle.loads(pickle.dumps(sent)) == sent  # noqa: S301 - its own bytes
