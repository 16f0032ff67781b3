"""The check of topics before a job: what would stop or falsify it is refused, what only hurts is a warning."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, TopicAuthorizationFailedError

from jobs.errors import BadInput
from jobs.flink.rest_client import wait
from jobs.kafka import topic_check
from jobs.kafka.client_config import Brokers
from jobs.kafka.topic_admin import DEAD_LETTER_BYTES, FOREVER, create_topics, topic_settings
from jobs.kafka.topic_check import check_topics, require_mapped
from jobs.kafka.topic_requirements import TopicFindings, TopicState, examine
from schemas.topic_names import CONTRACT_NAMES, TopicNames
from schemas.topics import TOPICS
from tests.support.given import kithward

if TYPE_CHECKING:
    from pathlib import Path

    from kafka import KafkaAdminClient

    from jobs.local.broker import Broker

HOUR_MS = 3_600_000
WITHIN_S = 30.0


def findings(topic: str = "messages", partitions: int = 1, **settings: str) -> TopicFindings:
    """Return what is found when a topic differs from those that `topics create` makes."""
    states: dict[str, TopicState | None] = {name: TopicState(1, topic_settings(each)) for name, each in TOPICS.items()}
    changed = {name.replace("_", "."): value for name, value in settings.items()}
    states[topic] = TopicState(partitions, {**topic_settings(TOPICS[topic]), **changed})
    return examine(states, CONTRACT_NAMES)


def test_the_topics_that_we_create_meet_every_requirement() -> None:
    assert findings() == TopicFindings()


@pytest.mark.parametrize(
    ("topic", "changed", "fault"),
    [
        ("policies", {"partitions": 3}, "has 3 partitions; must have 1"),
        ("policies", {"retention_ms": "604800000"}, "retention.ms is 604800000; must be -1"),
        ("policies", {"retention_bytes": "1000"}, "retention.bytes is 1000; must be -1"),
        ("messages", {"cleanup_policy": "compact"}, "cleanup.policy is compact; must be delete"),
        ("decisions", {"cleanup_policy": "compact,delete"}, "cleanup.policy is compact,delete; must be delete"),
        (
            "relations",
            {"message_timestamp_type": "LogAppendTime"},
            "message.timestamp.type is LogAppendTime; must be CreateTime",
        ),
        (
            "dead-letters",
            {"max_message_bytes": "1048588"},
            f"max.message.bytes is 1048588; must be at least {DEAD_LETTER_BYTES}",
        ),
        ("commands", {"max_message_bytes": "1000"}, "max.message.bytes is 1000; must be at least 1048588"),
        (
            "decisions",
            {"message_timestamp_after_max_ms": "599999"},
            "message.timestamp.after.max.ms is 599999; must be at least 600000",
        ),
        (
            "risk-windows",
            {"message_timestamp_before_max_ms": "604800000"},
            f"message.timestamp.before.max.ms is 604800000; must be {FOREVER}",
        ),
    ],
)
def test_what_would_stop_or_falsify_the_job_is_a_fault(topic: str, changed: dict[str, Any], fault: str) -> None:
    assert findings(topic, **changed) == TopicFindings(faults=[f"{topic}: {fault}"])


@pytest.mark.parametrize(
    ("topic", "changed", "warning"),
    [
        ("messages", {"retention_ms": str(HOUR_MS)}, f"retention.ms is {HOUR_MS}; should be -1 or at least 86400000"),
        (
            "messages",
            {"message_timestamp_before_max_ms": "5"},
            f"message.timestamp.before.max.ms is 5; should be {FOREVER}",
        ),
    ],
)
def test_what_only_hurts_is_a_warning(topic: str, changed: dict[str, Any], warning: str) -> None:
    assert findings(topic, **changed) == TopicFindings(warnings=[f"{topic}: {warning}"])


def test_outputs_may_be_as_far_ahead_as_any_input__c_4() -> None:
    """An unbounded input is a warning, an output that could then refuse its decision a fault."""
    states: dict[str, TopicState | None] = {
        name: TopicState(1, {**topic_settings(each), "message.timestamp.after.max.ms": str(HOUR_MS)})
        for name, each in TOPICS.items()
    }
    found = examine(states, CONTRACT_NAMES)
    assert "messages: message.timestamp.after.max.ms is 3600000; should be at most 300000" in found.warnings
    assert "decisions: message.timestamp.after.max.ms is 3600000; must be at least 3900000" in found.faults


def test_a_missing_topic_is_named_as_on_the_broker() -> None:
    states: dict[str, TopicState | None] = dict.fromkeys(TOPICS)
    found = examine(states, TopicNames("eu."))
    assert found.faults == [f"eu.{name}: does not exist; create it with: kithward topics create" for name in TOPICS]


class Forbidding:
    """An admin client without a right to one topic, which Kafka then describes with an error and no partitions."""

    def describe_topics(self, names: list[str]) -> list[dict[str, Any]]:
        forbidden = {"error_code": TopicAuthorizationFailedError.errno, "partitions": []}
        plain = {"error_code": 0, "partitions": [{}]}
        return [{"name": name, **(forbidden if name in {"policies", "bus"} else plain)} for name in names]

    def describe_configs(self, *_: object, **__: object) -> dict[str, Any]:
        return {}


def test_a_topic_that_the_client_may_not_see_is_named_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not there without partitions, and it is not missing."""
    monkeypatch.setattr(topic_check, "open_admin", lambda _: nullcontext(Forbidding()))
    here = Brokers("here:9092")
    with pytest.raises(BadInput, match="the broker does not describe policies: TopicAuthorizationFailedError"):
        check_topics(here)
    with pytest.raises(BadInput, match="the broker does not describe bus: TopicAuthorizationFailedError"):
        require_mapped(here, ["mapped:bus"])


@pytest.mark.jvm
def test_every_fault_of_a_real_broker_is_listed_by_both_verbs(broker: Broker, admin: KafkaAdminClient) -> None:
    brokers = Brokers(broker.bootstrap)
    create_topics(brokers, partitions=2)
    admin.create_partitions({"policies": 3})
    change: dict[str, Any] = {"cleanup.policy": "compact", "retention.ms": str(HOUR_MS)}
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, "messages", change)])
    wait(lambda: len(check_topics(brokers).faults) == 2, "the changes are not in effect", WITHIN_S)
    expected = [
        f"warning: messages: retention.ms is {HOUR_MS}; should be -1 or at least 86400000",
        "messages: cleanup.policy is compact; must be delete",
        "policies: has 3 partitions; must have 1",
        "kithward: topics: 2 of the job's requirements are not met, as listed above",
    ]
    created = kithward("topics", "create", "--bootstrap", broker.bootstrap)
    assert (created.exit_code, created.stderr.splitlines()) == (2, expected)
    assert created.stdout.splitlines() == [f"{name}: exists already" for name in TOPICS]
    run = kithward("run", "--local", "--bootstrap", broker.bootstrap)
    assert (run.exit_code, run.stdout, run.stderr.splitlines()) == (2, "", expected)


@pytest.mark.jvm
def test_run_names_every_missing_topic(broker: Broker, admin: KafkaAdminClient) -> None:
    brokers = Brokers(broker.bootstrap)
    create_topics(brokers, partitions=1)
    admin.delete_topics(["commands", "messages"])
    wait(lambda: len(check_topics(brokers).faults) == 2, "the topics are not deleted", WITHIN_S)
    run = kithward("run", "--local", "--bootstrap", broker.bootstrap)
    assert (run.exit_code, run.stderr.splitlines()[:2]) == (
        2,
        [f"{name}: does not exist; create it with: kithward topics create" for name in ("messages", "commands")],
    )


@pytest.mark.jvm
@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize("answer", [KafkaError("no"), {"topic": {"messages": {}}}])
def test_a_broker_that_does_not_tell_its_settings_is_a_warning(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    """Without the right to describe settings the broker's answer has none."""
    create_topics(Brokers(broker.bootstrap), partitions=1)

    def describe(*_: object, **__: object) -> object:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr("kafka.KafkaAdminClient.describe_configs", describe)
    assert check_topics(Brokers(broker.bootstrap)) == TopicFindings(
        warnings=[f"{name}: the broker does not tell its settings, so they are not checked" for name in TOPICS]
    )


@pytest.mark.jvm
def test_run_names_the_missing_topic_of_a_mapping__c_32(
    broker: Broker, admin: KafkaAdminClient, tmp_path: Path
) -> None:
    brokers = Brokers(broker.bootstrap)
    create_topics(brokers, partitions=1)
    mapping = tmp_path / "bus.yaml"
    mapping.write_text(
        "topics: [bus, more]\n"
        "rules: [{name: a, record: AccountErased, fields: {event_id: id, at_ms: at, account_id: by}}]"
    )
    admin.create_topics({"more": {"num_partitions": 1, "replication_factor": 1}})
    admin.wait_for_topics(["more"])
    run = kithward("run", "--local", "--bootstrap", broker.bootstrap, "--mapping", mapping)
    expected = f"kithward: {broker.bootstrap}: there is no topic bus, which a mapping names\n"
    assert (run.exit_code, run.stdout, run.stderr) == (2, "", expected)


@pytest.mark.jvm
@pytest.mark.usefixtures("admin")
def test_a_topic_of_a_mapping_that_takes_times_of_the_future_is_a_warning__c_30(
    broker: Broker, admin: KafkaAdminClient
) -> None:
    kind = {"num_partitions": 1, "replication_factor": 1}
    near = kind | {"configs": {"message.timestamp.after.max.ms": "300000"}}
    admin.create_topics({"bus.far": kind, "bus.near": near})
    admin.wait_for_topics(["bus.far", "bus.near"])
    told: list[str] = []
    require_mapped(Brokers(broker.bootstrap), ["mapped:bus.far", "mapped:bus.near"], told.append)
    assert told == ["warning: bus.far: message.timestamp.after.max.ms should be at most 300000, as for inputs"]
