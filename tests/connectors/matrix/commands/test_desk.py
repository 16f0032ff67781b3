"""The desk: what it reads, carries out, gives up, ends, and where it goes on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest

from connectors.matrix.commands import command_desk, patience
from connectors.matrix.commands.command_desk import CommandDesk
from connectors.matrix.commands.unblocks import Unblocks
from connectors.matrix.homeserver import HomeserverError
from connectors.matrix.store import StoredPositions
from jobs.errors import BadInput
from schemas.malformed import undecodable
from schemas.records import (
    AccountUnblocked,
    BlockAccount,
    Decision,
    FriendAdded,
    ManageMember,
    MemberAction,
    Warn,
    WarnChannel,
)
from tests.connectors.matrix.commands.acting import (
    AT_MS,
    BOB,
    MIKA,
    ROSA,
    WITHIN_S,
    Acting,
    Written,
    header,
    revocation,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from connectors.topics.event_writer import EventWriter
    from connectors.topics.topic_reader import Arrived, Position, TopicReader
    from schemas.malformed import Malformed
    from schemas.records import Record


class Given:
    """A reader of what a test gives."""

    def __init__(self, *records: Record | Malformed | None) -> None:
        self.given = records

    async def records(self) -> AsyncIterator[Arrived]:
        async for batch in self.batches():
            for each in batch:
                yield each

    async def batches(self) -> AsyncIterator[list[Arrived]]:
        yield [(record, (0, number)) for number, record in enumerate(self.given, 1)]
        await asyncio.Event().wait()


def desk_of(acting: Acting, written: Written | None = None) -> CommandDesk:
    return CommandDesk(acting.store, acting.means, cast("EventWriter", written or Written()))


def run(acting: Acting, *commands: Record | Malformed | None, decisions: tuple[Record, ...] = ()) -> CommandDesk:
    """Let a desk work until it has read everything."""
    desk = desk_of(acting)

    async def work() -> None:
        readers = (cast("TopicReader", Given(*commands)), cast("TopicReader", Given(*decisions)))
        running = asyncio.create_task(desk.run(*readers))
        ends = {"commands/0": len(commands), "decisions/0": len(decisions)}
        while any(end and acting.store.position(name) != end for name, end in ends.items()):
            await asyncio.sleep(0)
            if running.done():
                running.result()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(work())
    return desk


def warn() -> Warn:
    return Warn(**header(), account_id=ROSA, about_id=MIKA, channel=WarnChannel.IN_APP, report="suspected")


def block(account_id: str = ROSA) -> BlockAccount:
    return BlockAccount(**header(), account_id=account_id, blocked_id=MIKA)


def test_what_arrives_is_carried_out_and_the_position_is_saved() -> None:
    acting = Acting()
    run(acting, warn(), block())
    assert len(acting.server.notices(ROSA)) == 1
    assert acting.store.position("commands/0") == 2


def test_what_is_no_command_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    acting = Acting()
    friends = FriendAdded(event_id="f", at_ms=AT_MS, account_id=ROSA, friend_id=MIKA)
    run(acting, None, undecodable("no Avro"), friends, warn())
    assert len(acting.server.notices(ROSA)) == 1
    assert "before offset 2" in caplog.text
    assert "FriendAdded is no command" in caplog.text


def test_a_refusal_of_kafka_ends_the_desk_as_itself() -> None:
    class Refused(Given):
        async def batches(self) -> AsyncIterator[list[Arrived]]:
            raise BadInput("localhost:9092", "the Kafka broker refused")
            yield []

    desk, rest = desk_of(Acting()), cast("TopicReader", Given())
    with pytest.raises(BadInput, match="refused"):
        asyncio.run(desk.run(cast("TopicReader", Refused()), rest))


def test_what_never_works_is_logged_counted_and_kept_with_its_code(caplog: pytest.LogCaptureFixture) -> None:
    acting = Acting()
    remote, here = block("@far:elsewhere.test"), block()
    acting.server.refusals.append(("account_data", HomeserverError(403, "M_FORBIDDEN")))
    desk = run(acting, remote, here, warn())
    assert desk.failed == {"REMOTE_ACCOUNT": 1, "M_FORBIDDEN": 1}
    assert f"BlockAccount {here.command_id}: M_FORBIDDEN (1 so far)" in caplog.text
    kept = dict(acting.store.rows("SELECT command_id, code FROM commands WHERE status = 'FAILED'"))
    assert kept == {remote.command_id: "REMOTE_ACCOUNT", here.command_id: "M_FORBIDDEN"}
    assert len(acting.server.notices(ROSA)) == 1


def test_decisions_are_remembered_and_shown() -> None:
    acting = Acting()
    decision = Decision(
        decision_id="d1",
        at_ms=AT_MS,
        rule="invite-forest",
        outcome="MANAGED",
        subject_id=MIKA,
        cause_event_id="m1",
        policy_version="v1",
        reasons=(),
        evidence="{}",
        actions=("BAN",),
    )
    run(acting, decisions=(decision,))
    room = acting.server.rooms[acting.moderation_room or ""]
    assert any("MANAGED" in each.get("body", "") for each in room.messages.values())


def test_the_position_is_saved_once_for_decisions_that_arrive_together(monkeypatch: pytest.MonkeyPatch) -> None:
    acting, saved = Acting(), list[object]()
    save = StoredPositions.save

    def noted(positions: StoredPositions, *given: Position) -> None:
        saved.append(given)
        save(positions, *given)

    monkeypatch.setattr(StoredPositions, "save", noted)
    run(acting, decisions=(warn(), warn(), warn()))
    assert saved == [((0, 3),)]


def test_a_sanction_ends_at_its_time_unless_another_one_of_the_same_kind_stands() -> None:
    acting = Acting()
    room = acting.server.room(ROSA, MIKA)

    def muting(until_ms: int) -> ManageMember:
        fields = {"group_id": room, "account_id": MIKA, "action": MemberAction.MUTE}
        return ManageMember(**header(), **fields, until_ms=until_ms)

    acting.execute(muting(AT_MS), muting(2**60))
    desk = desk_of(acting)
    asyncio.run(desk.end_due())
    assert acting.server.rooms[room].power(MIKA) == -1
    acting.store.run("UPDATE commands SET due_ms = 1 WHERE due_ms IS NOT NULL")
    asyncio.run(desk.end_due())
    assert acting.server.rooms[room].power(MIKA) == 0
    assert acting.means.ledger.due(2**61) == []


def test_an_end_that_is_refused_holds_up_no_other_one_and_is_under_way_once__mx_29(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    acting = Acting()
    monkeypatch.setattr(patience, "PAUSE_S", 0.001)
    slow, other = acting.server.room(ROSA, MIKA), acting.server.room(ROSA, MIKA)
    fields = {"account_id": MIKA, "action": MemberAction.MUTE, "until_ms": AT_MS}
    acting.execute(*(ManageMember(**header(), group_id=room, **fields) for room in (slow, other)))
    acting.server.failing[slow] = HomeserverError(0, "no answer")
    desk = desk_of(acting)

    async def story() -> None:
        first = asyncio.create_task(desk.end_due())
        async with asyncio.timeout(WITHIN_S):
            while acting.server.rooms[other].power(MIKA) < 0:  # noqa: ASYNC110 - the homeserver in memory tells nobody
                await asyncio.sleep(0.001)
            await desk.end_due()  # which would wait, too, if it took the same one
        assert acting.server.rooms[slow].power(MIKA) == -1
        acting.server.failing.clear()
        await first

    asyncio.run(story())
    assert acting.server.rooms[slow].power(MIKA) == 0
    assert desk._ending == set()


def test_not_more_ends_than_have_a_place_are_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    acting = Acting()
    monkeypatch.setattr(command_desk, "ENDS_AT_ONCE", 2)
    room = acting.server.room(ROSA, MIKA, BOB)
    fields = {"group_id": room, "action": MemberAction.WATCH, "until_ms": AT_MS}
    acting.execute(*(ManageMember(**header(), account_id=each, **fields) for each in (MIKA, BOB, ROSA)))
    desk = desk_of(acting)
    for left in (1, 0):
        asyncio.run(desk.end_due())
        assert len(acting.means.ledger.due(2**61)) == left


def test_an_end_that_never_works_is_counted_and_not_tried_for_ever() -> None:
    acting = Acting()
    room = acting.server.room(ROSA, MIKA)
    fields = {"group_id": room, "account_id": MIKA, "action": MemberAction.MUTE, "until_ms": AT_MS}
    acting.execute(ManageMember(**header(), **fields))
    acting.server.refusals.append(("state", HomeserverError(404, "M_NOT_FOUND")))
    acting.server.refusals.append(("state", HomeserverError(400, "M_UNKNOWN")))
    desk = desk_of(acting)
    asyncio.run(desk.end_due())
    assert sum(desk.failed.values()) == 1
    assert acting.means.ledger.due(2**61) == []


def test_who_takes_the_entry_off_the_own_list_has_unblocked_the_other() -> None:
    acting, written, command = Acting(), Written(), block()
    acting.execute(command)
    unblocks = Unblocks(acting.means.ledger, acting.means.lists, cast("EventWriter", written))
    asyncio.run(unblocks.look())
    assert written.events == []
    acting.server.account_data[ROSA, "m.ignored_user_list"] = {"ignored_users": {}}
    for _ in range(2):
        asyncio.run(unblocks.look())
    (event,) = written.events
    assert isinstance(event, AccountUnblocked)
    assert (event.account_id, event.other_id) == (ROSA, MIKA)
    acting.execute(command)
    assert acting.server.account_data[ROSA, "m.ignored_user_list"] == {"ignored_users": {}}


def test_an_unblocking_that_kafka_has_not_acknowledged_is_sent_again_as_the_same_event() -> None:
    acting, written = Acting(), Written()
    acting.execute(block())
    acting.server.account_data[ROSA, "m.ignored_user_list"] = {"ignored_users": {}}
    unblocks = Unblocks(acting.means.ledger, acting.means.lists, cast("EventWriter", written))
    asyncio.run(unblocks.look())
    acting.store.run("UPDATE commands SET status = 'DONE'")  # as if killed before it was settled
    asyncio.run(unblocks.look())
    assert len(written.events) == 2
    assert len(set(written.events)) == 1


def test_an_entry_that_a_revocation_removes_meanwhile_is_no_unblocking(monkeypatch: pytest.MonkeyPatch) -> None:
    acting, written, command = Acting(), Written(), block()
    acting.execute(command)

    async def revoked_meanwhile(*_: str) -> bool:
        await acting.executor.execute(revocation(command))
        return False

    monkeypatch.setattr(acting.means.lists, "has", revoked_meanwhile)
    asyncio.run(Unblocks(acting.means.ledger, acting.means.lists, cast("EventWriter", written)).look())
    assert written.events == []
    assert acting.means.ledger.all_standing("BlockAccount", "", 9) == []


def test_all_blocks_have_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    acting, written = Acting(), Written()
    monkeypatch.setattr("connectors.matrix.commands.unblocks.AT_A_TIME", 2)
    acting.execute(*(block(f"@rosa{number}:kw.test") for number in range(5)))
    for number in range(5):
        acting.server.account_data[f"@rosa{number}:kw.test", "m.ignored_user_list"] = {}
    unblocks = Unblocks(acting.means.ledger, acting.means.lists, cast("EventWriter", written))
    for _ in range(3):
        asyncio.run(unblocks.look())
    assert len(written.events) == 5
