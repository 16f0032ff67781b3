"""Dead letters of records without a value (tombstones), on a real broker: shown as such, and resent without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from confluent_kafka import Producer

from jobs.kafka.client_config import Brokers
from jobs.kafka.topic_admin import create_topics
from jobs.kafka.topic_io import read_topic
from tests.support.given import NOON, kithward

if TYPE_CHECKING:
    from jobs.local.broker import Broker

pytestmark = pytest.mark.jvm

ACKNOWLEDGED_S = 20.0
ORIGIN = {"reason": "UNDECODABLE", "message": "no value", "topic": "messages", "partition": "0", "value": "null"}
KEYS = (b"bob", b"", None)
TOO_LONG = [(f"error.{name}", text) for name, text in {**ORIGIN, "value": "too long", "offset": "9"}.items()]


@pytest.mark.usefixtures("admin")
def test_a_null_value_is_shown_and_stays_null_when_it_is_resent__c_16(broker: Broker) -> None:
    create_topics(Brokers(broker.bootstrap), partitions=1)
    librdkafka = Producer({"bootstrap.servers": broker.bootstrap})  # kafka-python sends no record that has neither
    for number, key in enumerate(KEYS):
        headers = [(f"error.{name}", text) for name, text in {**ORIGIN, "offset": str(number)}.items()]
        librdkafka.produce("dead-letters", None, key, 0, timestamp=NOON + number, headers=headers)
    librdkafka.produce("dead-letters", None, None, 0, timestamp=NOON + len(KEYS), headers=TOO_LONG)
    assert librdkafka.flush(ACKNOWLEDGED_S) == 0

    shown = kithward("dead-letters", "show", "--bootstrap", broker.bootstrap, "--raw").stdout.splitlines()
    assert shown[::2] == ["UNDECODABLE: no value"] * 4
    assert [line.split(", ")[1:3] for line in shown[1::2]] == [
        *([key, "no value"] for key in ("key bob", "key ", "key none")),
        ["key none", "too long to be kept"],
    ]
    assert kithward("dead-letters", "resend", "--bootstrap", broker.bootstrap).exit_code == 0
    resent = list(read_topic(Brokers(broker.bootstrap), "messages"))
    assert [(record.at_ms - NOON, record.key, record.value) for record in resent] == [
        (number, key, None) for number, key in enumerate(KEYS)
    ]
