"""Cost of floods: an event costs the same reads, writes and stored bytes however many there were before it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import pytest

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import Replay
from operators.enforcement import risk_window
from operators.policy.model import Policy
from tests.security.floods import FLOODS
from tests.state.counting_store import CountingStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemas.records import Record

PART: Final = 200
PARTS: Final = 5
TOO_MUCH: Final = 1.3
"""The same, and room for ids of one more digit. Cost by the square would be four times as much."""


def costs(flood: Callable[[int], Record]) -> list[dict[str, int]]:
    """Return what each part of a flood reads and writes, in rows and in bytes, and by how much the state grows."""
    store, sums = CountingStore(), []
    run = Replay(risk_graph(), store, replace(Policy(), common=replace(Policy().common, out_of_order_ms=1)))
    for number in range(PART * PARTS):
        list(run.push(flood(number)))
        if number % PART == PART - 1:
            sums.append({**store.counts, "stored bytes": store.stored_bytes})
    return [{name: after[name] - before[name] for name in after} for before, after in pairwise(sums)]


@pytest.fixture(autouse=True)
def _short_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a bounded list in one entry so short that the first part of a flood fills it."""
    monkeypatch.setattr(risk_window, "MAX_LISTED", PART)


@pytest.mark.parametrize("name", FLOODS)
def test_an_event_costs_the_same_however_many_there_were_before(name: str) -> None:
    first, *_, last = costs(FLOODS[name])
    assert [measure for measure in first if last[measure] > TOO_MUCH * first[measure]] == [], (first, last)
