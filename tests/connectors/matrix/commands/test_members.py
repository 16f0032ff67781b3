"""Sanctions of members: levels, removal and ban, by a bot that becomes a moderator where it is none."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from connectors.matrix.commands.action import Impossible
from connectors.matrix.homeserver import HomeserverError
from schemas.records import ManageMember, MemberAction
from tests.connectors.matrix.commands.acting import BOB, FAR, MIKA, ROSA, WITHIN_S, Acting, header, revocation
from tests.connectors.matrix.commands.fake_homeserver import BOT

MUTE, REMOVE, BAN = MemberAction.MUTE, MemberAction.REMOVE, MemberAction.BAN


def manage(room: str, action: MemberAction, account_id: str = MIKA, decision_id: str = "d1") -> ManageMember:
    return ManageMember(**header(decision_id), group_id=room, account_id=account_id, action=action)


@pytest.mark.parametrize("version", ["10", "12"])
def test_a_local_administrator_makes_the_bot_a_moderator(version: str) -> None:
    acting = Acting()
    room = acting.server.room(ROSA, MIKA, BOB, version=version)
    acting.execute(manage(room, REMOVE))
    assert acting.server.rooms[room].membership(BOT) == "join"
    assert acting.server.rooms[room].power(BOT) == 100
    assert acting.server.rooms[room].membership(MIKA) == "leave"


def test_a_room_without_a_local_administrator_is_left_alone() -> None:
    acting = Acting()
    room = acting.server.room(FAR, MIKA, BOB)
    with pytest.raises(Impossible, match="NO_MODERATOR"):
        acting.execute(manage(room, REMOVE))


def test_a_member_of_another_server_is_sanctioned_through_a_local_one() -> None:
    acting = Acting()
    room = acting.server.room(ROSA, FAR)
    with pytest.raises(Impossible, match="NO_LOCAL_MEMBER"):
        acting.execute(manage(room, BAN, FAR))
    for account in (FAR, ROSA):
        row = (room, account, "join", "$e", "", "LINK")
        acting.store.run("INSERT INTO members VALUES (NULL, ?, ?, ?, ?, ?, ?)", *row)
    acting.execute(manage(room, BAN, FAR))
    assert acting.server.rooms[room].membership(FAR) == "ban"


def test_a_muted_member_is_below_the_level_for_messages_and_gets_its_own_back__mx_29() -> None:
    acting, muted = Acting(), None
    room = acting.server.room(ROSA, MIKA, BOB)
    acting.server.rooms[room].state["m.room.power_levels", ""] = {"users": {MIKA: 20}, "events_default": 10}
    muted = manage(room, MUTE)
    acting.execute(muted)
    assert acting.server.rooms[room].power(MIKA) == 9
    acting.execute(revocation(muted))
    assert acting.server.rooms[room].power(MIKA) == 20


def test_a_member_without_a_level_has_none_again() -> None:
    acting = Acting()
    room = acting.server.room(ROSA, MIKA)
    muted = manage(room, MUTE)
    acting.execute(muted, revocation(muted))
    assert MIKA not in acting.server.rooms[room].state["m.room.power_levels", ""]["users"]


def test_of_two_mutings_the_level_comes_back_with_the_last() -> None:
    acting = Acting()
    room = acting.server.room(ROSA, MIKA)
    first, second = manage(room, MUTE), manage(room, MUTE, decision_id="d2")
    acting.execute(first, second, revocation(first))
    assert acting.server.rooms[room].power(MIKA) == -1
    acting.execute(revocation(second))
    assert acting.server.rooms[room].power(MIKA) == 0


def test_a_removed_member_is_invited_when_that_is_taken_back() -> None:
    acting = Acting()
    room = acting.server.room(ROSA, MIKA)
    removed = manage(room, REMOVE)
    acting.execute(removed, revocation(removed))
    assert acting.server.rooms[room].membership(MIKA) == "invite"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_removal_and_ban_of_one_decision_are_taken_back_in_any_order(order: tuple[int, int]) -> None:
    acting = Acting()
    room = acting.server.room(ROSA, MIKA)
    commands = [manage(room, REMOVE), manage(room, BAN)]
    acting.execute(*commands)
    assert acting.server.rooms[room].membership(MIKA) == "ban"
    acting.execute(*(revocation(commands[number]) for number in order))
    assert acting.server.rooms[room].membership(MIKA) == "invite"


def test_a_ban_alone_that_is_taken_back_lets_the_account_come_by_itself() -> None:
    acting = Acting()
    room = acting.server.room(ROSA, MIKA)
    banned = manage(room, BAN)
    acting.execute(banned, revocation(banned))
    assert acting.server.rooms[room].membership(MIKA) == "leave"


def test_a_ban_by_people_is_not_lifted_with_that_of_a_command__mx_29() -> None:
    acting = Acting()
    room = acting.server.room(ROSA, BOB, mika="ban")
    banned = manage(room, BAN)
    acting.execute(manage(room, MemberAction.NOTIFY_ADMIN, BOB), banned, revocation(banned))
    assert acting.server.rooms[room].membership(MIKA) == "ban"


@pytest.mark.parametrize("actions", [(REMOVE,), (REMOVE, BAN)])
def test_who_had_left_before_is_not_invited_when_a_removal_is_taken_back__mx_29(actions: tuple[MemberAction]) -> None:
    acting = Acting()
    room = acting.server.room(ROSA, BOB, mika="leave")
    commands = [manage(room, action) for action in actions]
    acting.execute(*commands, *map(revocation, commands))
    assert acting.server.rooms[room].membership(MIKA) == "leave"


def test_a_level_that_people_have_given_since_stays__mx_29() -> None:
    acting = Acting()
    room = acting.server.room(ROSA, MIKA)
    muted = manage(room, MUTE)
    acting.execute(muted)
    acting.server.rooms[room].state["m.room.power_levels", ""]["users"][MIKA] = 50
    acting.execute(revocation(muted))
    assert acting.server.rooms[room].power(MIKA) == 50


def test_a_room_whose_levels_cannot_be_set_holds_up_no_other_one__mx_21(monkeypatch: pytest.MonkeyPatch) -> None:
    acting = Acting()
    slow, other = acting.server.room(ROSA, MIKA), acting.server.room(ROSA, MIKA)
    request = acting.server.request

    async def refused(method: str, *path: str, **given: Any) -> dict[str, Any]:
        if method == "PUT" and path[1] == slow:
            await asyncio.Event().wait()
        return await request(method, *path, **given)

    async def story() -> None:
        waiting = asyncio.create_task(acting.means.moderation.set_level(slow, MIKA, 10, ROSA))
        await asyncio.sleep(0.001)
        async with asyncio.timeout(WITHIN_S):
            await acting.means.moderation.set_level(other, MIKA, 10, ROSA)
        waiting.cancel()

    monkeypatch.setattr(acting.server, "request", refused)
    asyncio.run(story())
    assert acting.server.rooms[other].power(MIKA) == 10


def test_two_levels_of_a_room_are_both_set(monkeypatch: pytest.MonkeyPatch) -> None:
    acting = Acting()
    room = acting.server.room(ROSA, MIKA, BOB)
    request = acting.server.request

    async def later(*given: Any, **named: Any) -> dict[str, Any]:
        await asyncio.sleep(0)
        return await request(*given, **named)

    async def both() -> None:
        set_level = acting.means.moderation.set_level
        await asyncio.gather(set_level(room, MIKA, 10, ROSA), set_level(room, BOB, 20, ROSA))

    monkeypatch.setattr(acting.server, "request", later)
    asyncio.run(both())
    assert [acting.server.rooms[room].power(each) for each in (MIKA, BOB)] == [10, 20]


def test_who_has_left_is_not_removed_but_can_be_banned() -> None:
    acting = Acting()
    room = acting.server.room(ROSA, BOB, mika="leave")
    acting.execute(manage(room, REMOVE))
    assert acting.server.rooms[room].membership(MIKA) == "leave"
    acting.execute(manage(room, BAN))
    assert acting.server.rooms[room].membership(MIKA) == "ban"


@pytest.mark.parametrize("action", [MUTE, REMOVE, BAN])
def test_an_administrator_is_not_sanctioned(action: MemberAction) -> None:
    acting = Acting()
    room = acting.server.room(ROSA, MIKA)
    acting.execute(manage(room, REMOVE))
    with pytest.raises(Impossible, match="MEMBER_IS_ADMINISTRATOR"):
        acting.execute(manage(room, action, ROSA))


def test_what_people_have_done_since_a_command_that_was_impossible_is_not_taken_back__mx_23() -> None:
    acting = Acting()
    room = acting.server.room(BOB, MIKA, ROSA, version="10")
    users = {BOB: 100, MIKA: 100}
    acting.server.rooms[room].state["m.room.power_levels", ""] = {"users": users}
    muted = manage(room, MUTE)
    with pytest.raises(Impossible, match="MEMBER_IS_ADMINISTRATOR"):
        acting.execute(muted)
    acting.executor.give_up(muted, "MEMBER_IS_ADMINISTRATOR")
    levels = acting.server.rooms[room].state["m.room.power_levels", ""]["users"]
    acting.server.rooms[room].state["m.room.power_levels", ""]["users"] = {**levels, MIKA: -1}
    acting.execute(revocation(muted))
    assert acting.server.rooms[room].power(MIKA) == -1


def test_administrators_are_told_and_nobody_else() -> None:
    acting = Acting()
    room = acting.server.room(ROSA, MIKA, BOB)
    acting.server.rooms[room].state["m.room.power_levels", ""] = {"users": {BOB: 50}}
    acting.execute(manage(room, MemberAction.NOTIFY_ADMIN))
    told = [acting.server.notices(account) for account in (ROSA, BOB, MIKA)]
    assert [len(each) for each in told] == [1, 1, 0]
    assert MIKA in told[0][0]


@pytest.mark.parametrize("refused", [HomeserverError(403, "M_FORBIDDEN"), HomeserverError(502, "M_UNKNOWN")])
def test_an_administrator_who_cannot_be_told_keeps_it_from_no_other_one__mx_29(refused: HomeserverError) -> None:
    acting = Acting()
    room = acting.server.room(ROSA, MIKA, BOB)
    acting.server.rooms[room].state["m.room.power_levels", ""] = {"users": {BOB: 50}}
    acting.server.refusals.append(("createRoom", refused))
    told = manage(room, MemberAction.NOTIFY_ADMIN)
    with pytest.raises(HomeserverError):
        acting.execute(told)
    assert [len(acting.server.notices(account)) for account in (ROSA, BOB)] == [0, 1]
    acting.execute(told)
    assert [len(acting.server.notices(account)) for account in (ROSA, BOB)] == [1, 1]


@pytest.mark.parametrize("action", [MemberAction.WATCH, MemberAction.RESTRICT_INVITE, MemberAction.PRE_MODERATE])
def test_what_is_done_when_the_member_acts_stands_in_the_ledger_until_it_is_revoked(action: MemberAction) -> None:
    acting = Acting()
    room = acting.server.room(ROSA, MIKA)
    command = manage(room, action)
    acting.execute(command)
    effect = f"{action}\x1f{room}\x1f{MIKA}"
    assert acting.means.ledger.standing(effect) is not None
    acting.execute(revocation(command))
    assert acting.means.ledger.standing(effect) is None
