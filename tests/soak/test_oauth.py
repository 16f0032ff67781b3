"""Soak: tool and job sign in to the broker by OAuth tokens (SASL/OAUTHBEARER)."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING

import pytest

from jobs.flink.rest_client import wait
from tests.kafka.token_endpoint import TokenEndpoint, token_endpoint
from tests.soak.test_security import JOB, OAUTH_MODULE, SECURE, WITHIN_S, broker, decides, over_tls, trusted
from tests.support.given import kithward, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobs.local.broker import Broker
    from tests.e2e.support.certificates import Authority
    from tests.e2e.support.stage import Scene

__all__ = ["broker", "trusted"]

LIFETIME_S = 40
"""A job that runs for longer than this has had to renew its token."""


def unsigned_token(subject: str) -> str:
    """Return an unsigned JSON Web Token (RFC 7519, section 6) for a subject."""
    now = int(time.time())
    parts = ({"alg": "none"}, {"sub": subject, "iat": now, "exp": now + LIFETIME_S})
    return ".".join((*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), ""))


@pytest.fixture
def endpoint() -> Iterator[TokenEndpoint]:
    with token_endpoint(lambda _: unsigned_token(JOB), LIFETIME_S) as running:
        yield running


def test_tool_and_job_sign_in_by_tokens_that_they_renew(
    broker: Broker, trusted: Authority, endpoint: TokenEndpoint, scene: Scene, tmp_path: Path
) -> None:
    lines = [
        "sasl.mechanism=OAUTHBEARER",
        f"sasl.oauthbearer.token.endpoint.url={endpoint.url}",
        f'sasl.jaas.config={OAUTH_MODULE} required clientId="{JOB}" clientSecret="s3cr";',
    ]
    config = written(tmp_path / "oauth.properties", [*over_tls(trusted), *lines])
    made = kithward("topics", "create", "--bootstrap", broker.bootstrap)  # as an administrator on this machine
    assert made.exit_code == 0, made.output
    job = decides(broker, config, scene, tmp_path)
    shown = kithward("dead-letters", "show", "--bootstrap", broker.address(SECURE), "--kafka-config", config)
    assert shown.exit_code == 0, shown.output
    asked, saved = len(endpoint.asked), job.checkpoints()
    wait(lambda: len(endpoint.asked) > asked, "no token is renewed", WITHIN_S)
    wait(lambda: job.checkpoints() > saved, "no checkpoint comes with the new token", WITHIN_S)
    job.cancel()
