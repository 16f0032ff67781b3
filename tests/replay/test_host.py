"""Order, deduplication and timers of a step in a replay: C-2, C-3, C-4, C-12."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from jobs.dataflow.graph import Graph
from jobs.replay.engine import Replay
from operators.operator import Context, Handler, Operator
from operators.policy.model import Policy
from schemas.records import AccountErased, AlertNumberSet, AnswerVia, Record, VerificationAnswered
from state.pseudonym import pseudonym_of
from state.stores.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SECOND_MS = 1_000
HOUR_MS = 3_600_000
ANN = pseudonym_of("ann")
POLICY = replace(Policy(), common=replace(Policy().common, out_of_order_ms=10 * SECOND_MS, repeat_memory_ms=HOUR_MS))


class Witness(Operator):
    """Records the events that it handles, and sets the timers that they contain."""

    uid = "witness"

    def __init__(self) -> None:
        self.seen: list[tuple[Any, ...]] = []

    @property
    def handles(self) -> Mapping[type, Handler]:
        return dict.fromkeys((AccountErased, AlertNumberSet, VerificationAnswered), self._see)

    def _see(self, event: AccountErased | AlertNumberSet | VerificationAnswered, ctx: Context) -> Iterator[Record]:
        self.seen.append((event.event_id, "late" if ctx.late else "in time"))
        if isinstance(event, AlertNumberSet) and event.number is not None:
            ctx.set_timer(int(event.number))
        yield from ()

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Record]:
        self.seen.append((at_ms, ctx.key))
        yield from ()


class Scene:
    """A graph of one witness, and the run that hosts it."""

    def __init__(self) -> None:
        self.witness = Witness()
        graph = Graph("scene")
        streams = [graph.source(topic) for topic in ("erasures", "profiles", "verifications")]
        graph.process(self.witness, *(stream.key_by(lambda event: (event.account_id,)) for stream in streams))
        self.run = Replay(graph, MemoryStore(), POLICY)

    def give(self, *events: Record) -> Scene:
        for event in events:
            assert list(self.run.push(event)) == []
        return self

    def end(self) -> list[tuple[Any, ...]]:
        assert list(self.run.finish()) == []
        return self.witness.seen


def erasure(event_id: str, at_ms: int) -> Record:
    return AccountErased(event_id=event_id, at_ms=at_ms, account_id="ann")


def fact(event_id: str, at_ms: int, wake_ms: int | None = None) -> Record:
    number = None if wake_ms is None else str(wake_ms)
    return AlertNumberSet(event_id=event_id, at_ms=at_ms, account_id="ann", number=number)


def answer(event_id: str, at_ms: int) -> Record:
    return VerificationAnswered(
        event_id=event_id,
        at_ms=at_ms,
        verification_id="v",
        account_id="ann",
        genuine=True,
        via=AnswerVia.FIRST_APP,
    )


def test_events_are_handled_in_event_time_order__c_2() -> None:
    seen = Scene().give(fact("b", 9_000), fact("a", 5_000), fact("c", 7_000)).end()
    assert [event_id for event_id, _ in seen] == ["a", "c", "b"]


def test_at_one_time_erasures_come_before_facts_and_facts_before_answers__c_2() -> None:
    seen = Scene().give(answer("1", 5_000), fact("2", 5_000), erasure("3", 5_000)).end()
    assert [event_id for event_id, _ in seen] == ["3", "2", "1"]


def test_events_of_one_time_and_rank_are_ordered_by_the_bytes_of_their_ids__c_2() -> None:
    seen = Scene().give(fact("é", 5_000), fact("z", 5_000), fact("Z", 5_000)).end()
    assert [event_id for event_id, _ in seen] == ["Z", "z", "é"]


def test_a_timer_fires_after_every_event_of_its_time__c_3() -> None:
    seen = Scene().give(fact("arms", 5_000, wake_ms=8_000), answer("last", 8_000), fact("after", 8_001)).end()
    assert seen == [("arms", "in time"), ("last", "in time"), (8_000, ANN), ("after", "in time")]


def test_at_the_end_of_input_all_timers_fire__c_3() -> None:
    assert Scene().give(fact("arms", 5_000, wake_ms=10**15)).end()[-1] == (10**15, ANN)


def test_timers_are_deduplicated() -> None:
    seen = Scene().give(fact("a", 5_000, wake_ms=6_000), fact("b", 5_001, wake_ms=6_000)).end()
    assert seen.count((6_000, ANN)) == 1


@pytest.mark.parametrize(("at_ms", "kind"), [(90_000, "in time"), (89_999, "late")])
def test_an_event_is_late_when_the_watermark_has_reached_it__c_v5(at_ms: int, kind: str) -> None:
    seen = Scene().give(fact("highest", 100_000), fact("event", at_ms)).end()
    assert ("event", kind) in seen


def test_a_late_event_is_handled_as_it_arrives__c_4() -> None:
    scene = Scene().give(fact("highest", 100_000), fact("late", 1_000))
    assert scene.witness.seen == [("late", "late")]


def test_a_timer_in_the_past_fires_when_the_watermark_advances__c_4() -> None:
    seen = Scene().give(fact("highest", 100_000), fact("late", 1_000, wake_ms=2_000), fact("next", 100_001)).end()
    assert seen[:2] == [("late", "late"), (2_000, ANN)]


@pytest.mark.parametrize(
    ("again_ms", "times"),
    [(5_000, 1), (5_000 + HOUR_MS - 1, 1), (5_000 + HOUR_MS, 2)],
)
def test_an_answer_repeated_within_the_retention_is_handled_once__c_12(again_ms: int, times: int) -> None:
    seen = Scene().give(answer("a", 5_000), answer("a", again_ms)).end()
    assert [event_id for event_id, _ in seen].count("a") == times


def test_a_repeated_event_is_counted__c_17() -> None:
    scene = Scene().give(answer("a", 5_000), answer("a", 5_000))
    scene.end()
    assert scene.run.counts["witness.repeated"] == 1
    assert scene.run.counts["witness.applied"] == 1


def test_no_state_is_left_after_the_end_of_time() -> None:
    store = MemoryStore()
    graph = Graph("scene")
    graph.process(Witness(), graph.source("verifications").key_by(lambda event: (event.account_id,)))
    run = Replay(graph, store, POLICY)
    list(run.push(answer("a", 5_000)))
    list(run.finish())
    assert [row for row, _ in store.scan(b"") if row != b"clock"] == []
