"""What the guard has to do is done beside the stream of events, once, and also after a kill (MX-30)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from connectors.matrix import guard_duty
from connectors.matrix.commands import patience
from connectors.matrix.commands.guard import Guard
from connectors.matrix.events.matrix_event import MatrixEvent
from connectors.matrix.guard_duty import GuardDuty
from connectors.matrix.homeserver import HomeserverError
from schemas.records import ManageMember, MemberAction
from tests.connectors.matrix.commands.acting import AT_MS, BOB, MIKA, ROSA, WITHIN_S, Acting, header, on_duty, relieved

LINK = {"msgtype": "m.text", "body": "https://shop.example"}


def restricted(acting: Acting) -> str:
    """Return a room in which Mika may send no links."""
    room = acting.server.room(ROSA, MIKA, BOB)
    action = MemberAction.RESTRICT_LINK_MEDIA
    acting.execute(ManageMember(**header(), group_id=room, account_id=MIKA, action=action))
    return room


def written(acting: Acting, room: str, name: str, content: dict[str, Any] = LINK) -> MatrixEvent:
    acting.server.rooms[room].messages[name] = content
    return MatrixEvent("m.room.message", name, room, MIKA, AT_MS, content)


def duty_of(acting: Acting) -> GuardDuty:
    return GuardDuty(Guard(acting.means, acting.moderation_room), acting.server, acting.store)


def removed(acting: Acting, room: str) -> list[str]:
    return [name for name, content in acting.server.rooms[room].messages.items() if not content]


def test_a_room_that_is_refused_holds_up_neither_events_nor_another_room__mx_30(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    acting = Acting()
    bad, good = restricted(acting), restricted(acting)
    monkeypatch.setattr(patience, "PAUSE_S", 0.05)
    acting.server.failing[bad] = HomeserverError(502, "M_UNKNOWN")
    first, second, other = written(acting, bad, "$1"), written(acting, bad, "$2"), written(acting, good, "$3")

    async def story() -> list[str]:
        duty = duty_of(acting)
        running = asyncio.create_task(duty.run())
        for each in (first, second, other):  # seeing waits for nothing: it is no coroutine
            duty.see(each)
        async with asyncio.timeout(WITHIN_S):
            while not removed(acting, good):  # noqa: ASYNC110 - the homeserver in memory tells nobody
                await asyncio.sleep(0.001)
        meanwhile = removed(acting, bad)
        del acting.server.failing[bad]
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await relieved(duty_of(acting))
        return meanwhile

    acting.server.events = {"$1": first, "$2": second}
    assert asyncio.run(story()) == []
    assert removed(acting, bad) == ["$1", "$2"]


def test_what_a_killed_connector_had_to_do_is_asked_for_again_and_done__mx_30() -> None:
    acting = Acting()
    room = restricted(acting)
    event = written(acting, room, "$1")
    duty_of(acting).see(event)
    assert removed(acting, room) == []
    acting.server.events = {"$1": event}
    acting.start()
    on_duty(acting)
    assert removed(acting, room) == ["$1"]
    assert acting.store.rows("SELECT * FROM guarded") == []


def test_what_is_gone_from_the_homeserver_is_given_up__mx_22(caplog: pytest.LogCaptureFixture) -> None:
    acting = Acting()
    duty_of(acting).see(written(acting, restricted(acting), "$1"))
    on_duty(acting)
    assert "nothing could be done about $1: M_NOT_FOUND" in caplog.text
    assert acting.store.rows("SELECT * FROM guarded") == []


def test_a_repeated_event_is_noted_once_and_one_of_no_concern_never() -> None:
    acting = Acting()
    room = restricted(acting)
    duty, event = duty_of(acting), written(acting, room, "$1")
    for each in (event, event, written(acting, room, "$2", {"msgtype": "m.text", "body": "good morning"})):
        duty.see(each)
    assert acting.store.rows("SELECT event_id, room_id FROM guarded") == [("$1", room)]


def test_who_floods_a_room_takes_no_other_ones_place__mx_30(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard_duty, "MOST_OF_A_ROOM", 2)
    acting = Acting()
    flooded, other, duty = restricted(acting), restricted(acting), duty_of(acting)
    for number in range(4):
        duty.see(written(acting, flooded, f"${number}"))
    duty.see(written(acting, other, "$other"))
    assert [name for (name,) in acting.store.rows("SELECT event_id FROM guarded")] == ["$0", "$1", "$other"]


def test_what_waits_has_a_bound(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(guard_duty, "MOST_WAITING", 2)
    monkeypatch.setattr(guard_duty, "MOST_HELD", 1)
    acting = Acting()
    room, duty = restricted(acting), duty_of(acting)
    for number in range(4):
        duty.see(written(acting, room, f"${number}"))
    assert duty.waiting() == 2
    assert len(duty._held) == 1
    assert "$3 is not guarded" in caplog.text
    assert "shop" not in caplog.text + str(acting.store.rows("SELECT * FROM guarded"))
