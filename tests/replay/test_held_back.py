"""Properties of streams whose policy limits some commands, delays others and only logs the rest."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import Output, replay
from operators.policy.action import Action
from operators.policy.model import Enforcement, Limit, LimitScope
from schemas.records import Decision, Record
from state.stores.memory import MemoryStore
from state.stores.rocks import RocksStore
from tests.support.streams import policy, shuffled, stories, story

if TYPE_CHECKING:
    from collections.abc import Sequence

    from state.stores.store import Store

GRAPH = risk_graph()
LIMITS = (
    Limit(Action.WARN, 1, 60_000, LimitScope.SUBJECT),
    Limit(Action.WARN, 2, 60_000),
    Limit(Action.REVIEW, 1, 60_000, LimitScope.SUBJECT),
    Limit(Action.BLOCK, 1, 30_000),
)
POLICY = replace(
    policy(), limits=LIMITS, enforcement=Enforcement(delay_at_most_ms=40_000, log_only=frozenset({Action.VERIFY}))
)


def run(events: Sequence[Record], store: Store | None = None, *, finish: bool = True) -> list[Output]:
    return replay(GRAPH, events, policy=POLICY, store=store, finish=finish)


def alike(outputs: Sequence[Output]) -> Counter[str]:
    return Counter(map(repr, outputs))


@given(stories(), st.integers(0, 25))
@settings(max_examples=100)
def test_a_restart_at_any_point_changes_nothing__c_12(events: list[Record], cut: int) -> None:
    store = MemoryStore()
    stopped = run(events[:cut], store, finish=False) + run(events[cut:], store)
    assert alike(stopped) == alike(run(events))


@given(stories(), st.integers(0, 2**32))
@settings(max_examples=100)
def test_the_order_of_arrival_within_the_lateness_changes_nothing__c_2(events: list[Record], seed: int) -> None:
    assert alike(run(shuffled(events, random.Random(seed)))) == alike(run(events))


@given(stories())
@settings(max_examples=25)
def test_rocksdb_and_memory_give_the_same_output(events: list[Record]) -> None:
    with TemporaryDirectory() as directory:
        store = RocksStore(Path(directory) / "rows")
        assert run(events, store) == run(events)
        store.close()


@given(stories())
@settings(max_examples=100)
def test_limits_change_no_decision_and_add_no_command(events: list[Record]) -> None:
    free = replay(GRAPH, events, policy=policy())
    held = run(events)
    told = [[record.decision_id for _, _, record in all_ if isinstance(record, Decision)] for all_ in (free, held)]
    assert Counter(told[0]) == Counter(told[1])
    ids = [
        {getattr(record, "command_id", "") for topic, _, record in all_ if topic == "commands"} for all_ in (free, held)
    ]
    assert ids[1] <= ids[0]


@given(stories())
def test_no_state_is_left_after_the_end_of_time(events: list[Record]) -> None:
    store = MemoryStore()
    run(events, store)
    assert [row for row, _ in store.scan(b"") if b"counted" in row or b"delayed" in row] == []


def test_the_random_streams_reach_limits_and_delays() -> None:
    reached: Counter[str] = Counter()
    for seed in range(60):
        for topic, _, record in run(story(random.Random(seed), 40)):
            if isinstance(record, Decision):
                reached.update(set(record.reasons) & {"OVER_LIMIT", "LOG_ONLY"})
            elif topic == "commands":
                reached[type(record).__name__] += 1
    assert {"OVER_LIMIT", "LOG_ONLY", "Warn", "RequestReview"} <= set(reached)
    assert "RequestVerification" not in reached
