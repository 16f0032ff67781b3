"""One event many times at once: what each copy costs, and that none is lost or overtakes another."""

from __future__ import annotations

from typing import Final

from jobs.replay.event_queue import NEVER_MS, PendingEvents
from jobs.runtime.envelope import Envelope
from tests.state.counting_store import CountingStore

COPIES: Final = 70_000


def envelope(event_id: str, record: int) -> Envelope:
    return Envelope(7, 3, 9, event_id.encode(), record.to_bytes(4, "big"))


def test_copies_of_one_event_cost_little_each_and_keep_their_order() -> None:
    store = CountingStore()
    events = PendingEvents(store, "step")
    expected = [envelope("e", number) for number in range(COPIES)]
    for each in expected:
        events.add("bob", each)
    assert store.counts["rows"] < 40 * COPIES  # a look-up in halves, not one by one
    expected.append(envelope("e\u00ff", 0))
    events.add("bob", expected[-1])
    assert [events.pop() for _ in expected] == [("bob", each) for each in expected]
    assert events.earliest_ms == NEVER_MS
