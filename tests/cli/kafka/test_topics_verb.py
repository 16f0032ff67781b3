"""The settings with which `kithward topics create` creates topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.kafka.topic_admin import TopicCreation, topic_settings
from jobs.kafka.topic_requirements import TopicFindings
from schemas.topics import TOPICS
from tests.support.given import kithward, the_one_line

if TYPE_CHECKING:
    from jobs.kafka.client_config import Brokers

DAY_MS = 86_400_000


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    calls: list[dict[str, object]] = []

    def create(_: Brokers, **settings: object) -> TopicCreation:
        calls.append(settings)
        return TopicCreation((), ())

    monkeypatch.setattr("jobs.kafka.topic_admin.create_topics", create)
    monkeypatch.setattr("jobs.kafka.topic_check.check_topics", lambda _: TopicFindings())
    return calls


def test_retention_is_a_duration(asked: list[dict[str, object]]) -> None:
    assert kithward("topics", "create", "--partitions", 24, "--retention", "7d").exit_code == 0
    assert asked == [{"partitions": 24, "replication": -1, "retention_ms": 7 * DAY_MS}]


def test_without_retention_the_brokers_default_applies(asked: list[dict[str, object]]) -> None:
    assert kithward("topics", "create").exit_code == 0
    assert asked[0]["retention_ms"] is None


@pytest.mark.parametrize("wrong", ["7", "a week", "0s", "-1d"])
def test_an_invalid_duration_is_refused(asked: list[dict[str, object]], wrong: str) -> None:
    said = the_one_line(kithward("topics", "create", f"--retention={wrong}"))
    assert said.startswith("kithward: --retention: must be")
    assert "whole milliseconds" not in said
    assert asked == []


def test_retention_applies_to_all_topics_except_policies() -> None:
    kept = {topic.name: topic_settings(topic, 5)["retention.ms"] for topic in TOPICS.values()}
    assert kept.pop("policies") == "-1"
    assert set(kept.values()) == {"5"}
    assert {topic_settings(topic)["cleanup.policy"] for topic in TOPICS.values()} == {"delete"}
