"""The screen as a worker runs it: sent there as bytes, opened, given a batch; with a mapped topic beside the others."""

from __future__ import annotations

import json
import struct
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

import cloudpickle
import pandas as pd
import pytest

from jobs.dataflow.risk import risk_graph
from jobs.flink.screen import Screen
from jobs.flink.settings import Settings
from jobs.flink.step import JobBootstrap
from jobs.kafka.policy_watcher import PolicyWatcherConfig
from jobs.mapping.topics import TopicMapping, TopicMappings
from jobs.policy.registry import PolicyLog
from jobs.runtime.wire_format import unpack_parts
from operators.policy.model import Policy
from schemas.codec import SingleObjectFraming
from schemas.json_framing import JsonOutputs
from schemas.topics import INPUTS
from tests.support.given import DECISION, NOON

if TYPE_CHECKING:
    from collections.abc import Iterator

RULES = """
topics: [bus]
rules:
  - name: gone
    record: AccountErased
    when: by
    fields: {event_id: id, at_ms: at, account_id: by}
"""


class Counters:
    """Flink's metric groups and counters: what was counted under a path of groups and names."""

    def __init__(self, counted: Counter[str], path: str = "") -> None:
        self._counted, self._path = counted, path

    def add_group(self, *names: str) -> Self:
        return type(self)(self._counted, "/".join((self._path, *names)))

    counter = add_group

    def inc(self, number: int) -> None:
        self._counted[self._path] += number


class Context:
    """A function's context."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()

    def get_metric_group(self) -> Counters:
        return Counters(self.counted)


class Watcher:
    """A watcher of policies that knows none but the first, and has no lease."""

    def __init__(self, first: Policy, *_: object) -> None:
        self.log = PolicyLog(first)

    def start(self) -> None: ...

    def close(self) -> None: ...

    def are_all_known(self) -> bool:
        return False


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Screen, Context]]:
    monkeypatch.setattr("jobs.flink.screen.PolicyWatcher", Watcher)
    settings = Settings(
        kafka={},
        policy_watcher=PolicyWatcherConfig({}),
        checkpoints="",
        mappings=TopicMappings((TopicMapping(RULES, ("bus",), is_avro=False),)),
    )
    topics = sorted([*(topic.name for topic in INPUTS), "mapped:bus"], key=settings.topics.physical)
    framing = JsonOutputs(SingleObjectFraming())
    sent = cloudpickle.dumps(Screen(risk_graph(), topics, JobBootstrap(framing, Policy()), settings))
    screen, context = cloudpickle.loads(sent), Context()
    screen.open(context)
    yield screen, context
    screen.close()


def packed(value: bytes, at_ms: int) -> bytes:
    index = sorted([*(topic.name for topic in INPUTS), "bus"]).index("bus")
    return struct.pack(">qqihii", at_ms, 7, 1, index, -1, len(value)) + value


def routes(value: Any) -> list[tuple[bytes, bytes]]:
    return [] if value is None else [(dest, payload) for dest, _, payload in unpack_parts(value, (2, 4, 4))]


def test_a_mapped_topic_is_screened_and_its_clock_is_told_before_all_routes__c_32(
    worker: tuple[Screen, Context],
) -> None:
    screen, context = worker
    events = [{"kind": "other"}, {"id": "e1", "at": NOON, "by": "ann"}, {"id": "e2", "by": "ann"}]
    read = pd.Series([packed(json.dumps(event).encode(), NOON + 9_000) for event in events], dtype=object)
    told, gone, refused = map(routes, screen.eval(read))
    assert told == [(b"event-clocks", struct.pack(">hiqq", screen._topics.index("mapped:bus"), 1, NOON + 9_000, NOON))]
    assert {b"relationship", b"account"} <= {dest for dest, _ in gone}
    assert [dest for dest, _ in refused] == [b"dead-letters"]
    assert context.counted["/kithward/topic/mapped:bus/unmapped"] == 1
    assert context.counted["/kithward/reason/MISSING_FIELD/topic/mapped:bus/dead-letters"] == 1
    assert screen._bootstrap.framing.encode(DECISION, "decisions").startswith(b'{"type":"Decision"')


def test_nothing_is_told_of_a_batch_without_mapped_records(worker: tuple[Screen, Context]) -> None:
    screen, _ = worker
    assert screen.eval(pd.Series([], dtype=object)).tolist() == []
