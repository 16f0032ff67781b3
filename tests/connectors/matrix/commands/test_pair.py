"""Blocks and ended conversations: ignore lists, rooms of two."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest

from connectors.matrix.commands.action import Impossible
from connectors.matrix.commands.unblocks import Unblocks
from jobs.errors import BadInput
from schemas.records import BlockAccount, ExitSession
from tests.connectors.matrix.commands.acting import BOB, FAR, MIKA, ROSA, Acting, Written, header, revocation
from tests.connectors.matrix.commands.fake_homeserver import BOT

if TYPE_CHECKING:
    from connectors.topics.event_writer import EventWriter
    from schemas.records import AccountUnblocked

IGNORED = (ROSA, "m.ignored_user_list")


def block(blocked_id: str = MIKA) -> BlockAccount:
    return BlockAccount(**header(), account_id=ROSA, blocked_id=blocked_id)


def leaving(*, forbid: bool = False) -> ExitSession:
    return ExitSession(**header(), account_id=ROSA, other_id=MIKA, forbid=forbid)


def test_a_block_is_an_entry_in_the_ignore_list__mx_24() -> None:
    acting = Acting()
    acting.execute(block())
    assert acting.server.account_data[IGNORED] == {"ignored_users": {MIKA: {}}}


def test_what_is_on_the_list_stays_there_and_comes_back() -> None:
    acting, command = Acting(), block()
    own = {"ignored_users": {BOB: {"since": 1}}, "note": "mine"}
    acting.server.account_data[IGNORED] = own
    acting.execute(command)
    assert acting.server.account_data[IGNORED] == {"ignored_users": {BOB: {"since": 1}, MIKA: {}}, "note": "mine"}
    acting.execute(revocation(command))
    assert acting.server.account_data[IGNORED] == own


def test_whom_somebody_has_ignored_before_stays_ignored_when_the_block_is_revoked() -> None:
    acting, command = Acting(), block()
    acting.server.account_data[IGNORED] = {"ignored_users": {MIKA: {}}}
    acting.execute(command, revocation(command))
    assert acting.server.account_data[IGNORED] == {"ignored_users": {MIKA: {}}}


def test_of_two_blocks_of_one_pair_the_entry_goes_with_the_last__mx_23() -> None:
    acting, first, second = Acting(), block(), block()
    acting.execute(first, second, revocation(first))
    assert acting.server.account_data[IGNORED] == {"ignored_users": {MIKA: {}}}
    acting.execute(revocation(second))
    assert acting.server.account_data[IGNORED] == {"ignored_users": {}}


def test_an_unblocking_after_a_new_block_has_its_own_time__mx_24(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the job would take it for one from before the block, which would stand."""
    acting, written = Acting(), Written()
    unblocks = Unblocks(acting.means.ledger, acting.means.lists, cast("EventWriter", written))

    async def refused(_: object) -> None:
        raise BadInput("relations", "no room")

    def unblocks_and_is_seen() -> None:
        acting.server.account_data[IGNORED] = {"ignored_users": {}}
        asyncio.run(unblocks.look())

    acting.execute(block())
    with monkeypatch.context() as patched:
        patched.setattr("connectors.matrix.commands.unblocks.now_ms", lambda: 1)
        patched.setattr(written, "write", refused)
        unblocks_and_is_seen()
    acting.execute(block())
    asyncio.run(unblocks.look())
    unblocks_and_is_seen()
    assert [cast("AccountUnblocked", event).at_ms > 1 for event in written.events] == [True, True]


def test_a_list_that_is_none_is_begun_anew() -> None:
    acting = Acting()
    acting.server.account_data[IGNORED] = {"ignored_users": [MIKA]}
    acting.execute(block())
    assert acting.server.account_data[IGNORED] == {"ignored_users": {MIKA: {}}}


def test_somebody_of_another_server_can_be_blocked_but_has_no_list_here() -> None:
    acting = Acting()
    acting.execute(block(FAR))
    assert acting.server.account_data[IGNORED] == {"ignored_users": {FAR: {}}}
    with pytest.raises(Impossible, match="REMOTE_ACCOUNT"):
        acting.execute(BlockAccount(**header(), account_id=FAR, blocked_id=MIKA))


def test_an_ended_conversation_is_left_in_every_room_of_the_two_and_in_no_other__mx_25() -> None:
    acting = Acting()
    two = [acting.server.room(MIKA, ROSA), acting.server.room(ROSA, MIKA)]
    group = acting.server.room(MIKA, ROSA, BOB)
    acting.execute(leaving())
    assert [acting.server.rooms[room].membership(ROSA) for room in (*two, group)] == ["leave", "leave", "join"]
    assert all(acting.server.rooms[room].membership(MIKA) == "join" for room in two)


def test_a_room_of_the_two_in_which_the_bot_moderates_is_left_too__mx_25() -> None:
    acting = Acting()
    room = acting.server.room(MIKA, ROSA, BOT)
    acting.execute(leaving())
    assert acting.server.rooms[room].membership(ROSA) == "leave"


def test_who_leaves_because_of_a_command_is_noted_so_that_it_ends_no_friendship() -> None:
    acting = Acting()
    room = acting.server.room(MIKA, ROSA)
    acting.execute(leaving())
    assert acting.store.rows("SELECT room_id, user_id FROM departures") == [(room, ROSA)]


def test_an_open_invitation_of_the_other_is_declined_too() -> None:
    acting = Acting()
    room = acting.request("r1", MIKA, ROSA)
    acting.execute(leaving())
    assert acting.server.rooms[room].membership(ROSA) == "leave"


@pytest.mark.parametrize("other", [MIKA, FAR])
def test_a_group_into_which_the_other_has_invited_is_not_left__mx_25(other: str) -> None:
    acting = Acting()
    room = acting.request("r1", other, ROSA)
    for member in (ROSA, BOB):
        acting.server.rooms[room].state["m.room.member", member] = {"membership": "join"}
    acting.execute(ExitSession(**header(), account_id=ROSA, other_id=other))
    assert acting.server.rooms[room].membership(ROSA) == "join"


@pytest.mark.parametrize("now", [{"membership": "leave"}, {}])
def test_a_room_that_the_other_has_left_after_inviting_is_left_too__mx_25(now: dict[str, str]) -> None:
    """Else the other could come back and write on, where everybody may join; who forgets a room sees nothing of it."""
    acting = Acting()
    room, own = acting.request("r1", MIKA, ROSA), acting.server.room(ROSA)
    acting.server.rooms[room].state["m.room.member", ROSA] = {"membership": "join"}
    acting.server.rooms[room].state["m.room.member", MIKA] = now
    acting.execute(leaving(forbid=True))
    assert [acting.server.rooms[each].membership(ROSA) for each in (room, own)] == ["leave", "join"]


def test_the_room_of_an_invitation_is_found_also_among_many__mx_25(monkeypatch: pytest.MonkeyPatch) -> None:
    acting = Acting()
    acting.server.room(ROSA)
    room = acting.request("r1", FAR, ROSA)
    acting.server.rooms[room].state["m.room.member", ROSA] = {"membership": "join"}
    monkeypatch.setattr("connectors.matrix.commands.rooms.MOST_ROOMS", 1)
    acting.execute(ExitSession(**header(), account_id=ROSA, other_id=FAR))
    assert acting.server.rooms[room].membership(ROSA) == "leave"


def test_an_ended_conversation_is_not_taken_back__rv_9() -> None:
    acting, command = Acting(), leaving()
    room = acting.server.room(MIKA, ROSA)
    acting.execute(command, revocation(command))
    assert acting.server.rooms[room].membership(ROSA) == "leave"


def test_the_room_with_somebody_of_another_server_is_found_by_its_members() -> None:
    acting = Acting()
    room, other = acting.server.room(FAR, ROSA), acting.server.room(ROSA, BOB)
    acting.execute(ExitSession(**header(), account_id=ROSA, other_id=FAR))
    assert [acting.server.rooms[each].membership(ROSA) for each in (room, other)] == ["leave", "join"]
    assert acting.store.rows("SELECT room_id FROM departures") == [(room,)]
