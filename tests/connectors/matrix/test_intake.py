"""Intake of transactions: the pulse rests while the events of one are told, for as long as their age asks for."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from connectors.matrix.intake import Intake
from tests.connectors.matrix.talk import Talk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.matrix.guard_duty import GuardDuty
    from connectors.topics.pulse import Pulse


class Spy:
    """A pulse and a guard that note what happens."""

    def __init__(self) -> None:
        self.noted: list[Any] = []

    @contextmanager
    def resting(self, newest_ms: int | None) -> Iterator[None]:
        self.noted.append(newest_ms)
        yield
        self.noted.append("over")

    def see(self, event: Any) -> None:
        self.noted.append(event.event_id)


def test_the_pulse_rests_until_the_events_of_our_own_users_are_told__mx_12(talk: Talk) -> None:
    spy = Spy()
    intake = Intake(talk.desk, cast("GuardDuty", spy), cast("Pulse", spy))
    events = [talk.event("m.room.message", "rosa", "club"), talk.event("m.room.message", "@far:elsewhere.test", "club")]
    asyncio.run(intake.work_off("t1", [*events, {}]))
    asyncio.run(intake.work_off("t2", events[1:]))
    own, other = events
    assert spy.noted == [
        *(own["origin_server_ts"], "over", own["event_id"], other["event_id"]),
        *(None, "over", other["event_id"]),
    ]
