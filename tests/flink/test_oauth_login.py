"""OAuth with the Java clients of Flink's connector: they get their token from the endpoint of the properties."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from jobs.kafka.client_config import load_brokers
from tests.kafka.token_endpoint import TokenEndpoint, token_endpoint
from tests.support.given import written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from py4j.java_gateway import JavaGateway

pytestmark = pytest.mark.jvm

SHADED = "org.apache.flink.kafka.shaded.org.apache.kafka"


@pytest.fixture
def endpoint() -> Iterator[TokenEndpoint]:
    with token_endpoint(lambda _: "opaque/+", lifetime_s=600) as running:
        yield running


def test_a_java_client_logs_in_with_client_credentials(
    gateway: JavaGateway, endpoint: TokenEndpoint, tmp_path: Path
) -> None:
    module = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"
    lines = [
        "security.protocol=SASL_PLAINTEXT",
        "sasl.mechanism=OAUTHBEARER",
        f"sasl.oauthbearer.token.endpoint.url={endpoint.url}",
        f'sasl.jaas.config={module} required clientId="job" clientSecret="s3cr" scope="a b";',
    ]
    client = gateway.jvm.java.util.HashMap()
    for name, value in load_brokers("127.0.0.1:9", written(tmp_path / "client.properties", lines)).for_java().items():
        client.put(name, value)
    bytes_of = getattr(gateway.jvm, SHADED).common.serialization.ByteArrayDeserializer
    consumer = getattr(gateway.jvm, SHADED).clients.consumer.KafkaConsumer(client, bytes_of(), bytes_of())
    consumer.close()
    login = f"Basic {base64.b64encode(b'job:s3cr').decode()}"
    assert endpoint.asked == [(login, "grant_type=client_credentials&scope=a+b")]
