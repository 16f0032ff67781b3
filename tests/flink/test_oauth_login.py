"""OAuth with the Java clients of Flink's connector: they get their token from the endpoint of the properties."""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from jobs.kafka.client_config import load_brokers
from tests.support.given import written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from py4j.java_gateway import JavaGateway

pytestmark = pytest.mark.jvm

SHADED = "org.apache.flink.kafka.shaded.org.apache.kafka"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append((self.headers["Authorization"], form))  # type: ignore[attr-defined]
        body = json.dumps({"access_token": "opaque", "expires_in": 600}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Suppress the log of the server."""


@pytest.fixture
def endpoint() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_java_client_logs_in_with_client_credentials(
    gateway: JavaGateway, endpoint: ThreadingHTTPServer, tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{endpoint.server_address[1]}/token"
    module = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"
    lines = [
        "security.protocol=SASL_PLAINTEXT",
        "sasl.mechanism=OAUTHBEARER",
        f"sasl.oauthbearer.token.endpoint.url={url}",
        f'sasl.jaas.config={module} required clientId="job" clientSecret="s3cr" scope="a b";',
    ]
    client = gateway.jvm.java.util.HashMap()
    for name, value in load_brokers("127.0.0.1:9", written(tmp_path / "client.properties", lines)).for_java().items():
        client.put(name, value)
    bytes_of = getattr(gateway.jvm, SHADED).common.serialization.ByteArrayDeserializer
    consumer = getattr(gateway.jvm, SHADED).clients.consumer.KafkaConsumer(client, bytes_of(), bytes_of())
    consumer.close()
    login = f"Basic {base64.b64encode(b'job:s3cr').decode()}"
    assert endpoint.asked == [(login, "grant_type=client_credentials&scope=a+b")]  # type: ignore[attr-defined]
