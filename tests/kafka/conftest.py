"""Fixture of a real broker, shared by the tests of this directory that ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from kafka import KafkaAdminClient

from jobs.flink.rest_client import wait
from jobs.local.broker import Broker
from schemas.topics import TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterator

_WITHIN_S = 30.0


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """Provide a broker for the whole session."""
    with Broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture
def admin(broker: Broker) -> Iterator[KafkaAdminClient]:
    """Provide an admin client of the broker, which holds no topic of the job."""
    client = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    client.delete_topics(sorted(set(client.list_topics()) & set(TOPICS)))
    wait(lambda: not set(client.list_topics()) & set(TOPICS), "the topics are not deleted", _WITHIN_S)
    yield client
    client.close()
