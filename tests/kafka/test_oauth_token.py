"""OAuth tokens for Kafka, against a token endpoint over real HTTP: cached until shortly before they expire."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest
from kafka.errors import KafkaError

from jobs.kafka.oauth_token import ClientCredentials
from tests.kafka.token_endpoint import TokenEndpoint, token_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def endpoint() -> Iterator[TokenEndpoint]:
    with token_endpoint("token-{}".format, lifetime_s=100) as running:
        yield running


def client_of(endpoint: TokenEndpoint, now: list[float]) -> ClientCredentials:
    return ClientCredentials(endpoint.url, "job", "s3cr", "kafka", clock=lambda: now[0])


def test_a_token_is_used_until_shortly_before_it_expires(endpoint: TokenEndpoint) -> None:
    now = [0.0]
    client = client_of(endpoint, now)
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
    endpoint: TokenEndpoint, broken: tuple[int, bytes]
) -> None:
    endpoint.broken = broken
    client = client_of(endpoint, [0.0])
    with pytest.raises(KafkaError, match=client.url) as raised:
        client.token()
    assert "s3cr" not in f"{raised.value!r} {client!r}"


def test_it_goes_with_the_job_to_its_workers() -> None:
    sent = ClientCredentials("http://127.0.0.1:1/token", "job", "s3cr")
    assert pickle.loads(pickle.dumps(sent)) == sent  # noqa: S301 - its own bytes
