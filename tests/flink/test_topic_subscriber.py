"""The source's list of partitions: of all input topics, and a topic that is missing by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from kafka import KafkaAdminClient
from py4j.protocol import Py4JJavaError

from jobs.flink.rest_client import root_cause
from jobs.local.broker import Broker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from py4j.java_gateway import JavaGateway

pytestmark = pytest.mark.jvm

SHADED = "org.apache.flink.kafka.shaded.org.apache.kafka"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker")) as running:
        admin = KafkaAdminClient(bootstrap_servers=running.bootstrap)
        topics = {name: {"num_partitions": count, "replication_factor": 1} for name, count in SIZES.items()}
        admin.create_topics(topics)
        admin.close()
        yield running


SIZES = {"messages": 2, "policies": 1, "decisions": 3}


@pytest.fixture
def listed(broker: Broker, gateway: JavaGateway) -> Iterator[Callable[[list[str], list[str]], set[str]]]:
    """Provide the list that the subscriber returns for inputs and outputs."""
    shaded = getattr(gateway.jvm, f"{SHADED}.clients.admin.AdminClient")
    admin: Any = shaded.create({"bootstrap.servers": broker.bootstrap})

    def strings(texts: list[str]) -> Any:
        array = gateway.new_array(gateway.jvm.String, len(texts))
        for index, text in enumerate(texts):
            array[index] = text
        return array

    def subscribed(inputs: list[str], outputs: list[str]) -> set[str]:
        subscriber = gateway.jvm.kithward.TopicSubscriber(strings(inputs), strings(outputs))
        return {partition.toString() for partition in subscriber.getSubscribedTopicPartitions(admin)}

    yield subscribed
    admin.close()


def test_the_partitions_of_all_inputs_are_listed(listed: Callable[[list[str], list[str]], set[str]]) -> None:
    assert listed(["messages", "policies"], ["decisions"]) == {"messages-0", "messages-1", "policies-0"}


def test_every_missing_topic_is_named_whether_input_or_output(
    listed: Callable[[list[str], list[str]], set[str]],
) -> None:
    with pytest.raises(Py4JJavaError) as raised:
        listed(["messages", "eu.groups"], ["decisions", "eu.commands"])
    assert root_cause(raised.value).endswith(
        "IllegalStateException: the broker has no topic eu.groups, eu.commands: it was deleted, or never created; "
        "create it with: kithward topics create, unless a mapping names it"
    )
