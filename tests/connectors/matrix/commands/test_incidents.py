"""Event groups: the room, invitations, permissions, the end."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from connectors.matrix.commands.action import Impossible
from connectors.matrix.commands.ledger import Status
from connectors.matrix.homeserver import HomeserverError
from connectors.matrix.own_doings import incident_of
from schemas.records import (
    AddMember,
    CancelPrompt,
    CloseEventGroup,
    CreateEventGroup,
    EventMember,
    EventRole,
    ManageMember,
    MemberAction,
    Permission,
    PromptToJoin,
)
from tests.connectors.matrix.commands.acting import AT_MS, BOB, FAR, MIKA, ROSA, Acting, header

if TYPE_CHECKING:
    from tests.connectors.matrix.commands.fake_homeserver import Room

GROUP = {"incident_id": "i1", "group_id": "g1"}


def create() -> CreateEventGroup:
    founder = EventMember(account_id=ROSA, roles=(EventRole.EVENT_USER,), permission=Permission.POST)
    place = {"latitude": 52.5, "longitude": 13.4, "kind": "accident", "description": "A cyclist has fallen."}
    return CreateEventGroup(**header(), **GROUP, **place, members=(founder,))


def prompt(account_id: str = MIKA) -> PromptToJoin:
    place = {"kind": "accident", "latitude": 52.5, "longitude": 13.4}
    return PromptToJoin(
        **header(), **GROUP, account_id=account_id, roles=(EventRole.NEARBY_USER,), deadline_ms=AT_MS, **place
    )


def add(account_id: str = MIKA, permission: Permission = Permission.POST) -> AddMember:
    roles = (EventRole.NEARBY_USER,)
    return AddMember(**header(), **GROUP, account_id=account_id, roles=roles, permission=permission)


def room_of(acting: Acting) -> Room:
    return acting.server.rooms[acting.server.aliases["#kithward-incident-i1:kw.test"]]


def accepted(acting: Acting, account_id: str = MIKA) -> None:
    """Let somebody accept the invitation."""
    room_of(acting).state["m.room.member", account_id] = {"membership": "join"}


@pytest.mark.parametrize("incident_id", ["#7: north/east gate", "i" * 256])
def test_an_incident_may_have_an_id_that_no_alias_can_have__mx_31(incident_id: str) -> None:
    acting = Acting()
    acting.execute(replace(create(), incident_id=incident_id), replace(prompt(), incident_id=incident_id))
    (alias,) = acting.server.aliases
    assert re.fullmatch(r"#kithward-[0-9a-f]{32}:kw\.test", alias)
    room_id = acting.server.aliases[alias]
    assert acting.server.rooms[room_id].membership(MIKA) == "invite"
    assert incident_of(acting.store, room_id) == incident_id


def test_a_member_who_cannot_be_let_in_keeps_no_other_one_out__mx_31() -> None:
    acting, command = Acting(), create()
    acting.server.refusals.append(("join", HomeserverError(403, "M_FORBIDDEN")))
    with pytest.raises(HomeserverError):
        acting.execute(replace(command, members=(*command.members, replace(command.members[0], account_id=BOB))))
    assert [room_of(acting).membership(each) for each in (ROSA, BOB)] == ["invite", "join"]


def test_the_room_is_made_once_with_its_first_member_who_may_write() -> None:
    acting, command = Acting(), create()
    acting.execute(command, command)
    room = room_of(acting)
    assert room.membership(ROSA) == "join"
    assert room.power(ROSA) >= room.state["m.room.power_levels", ""]["events_default"]
    assert [each["body"] for each in room.messages.values()] == ["accident (52.50000, 13.40000)\nA cyclist has fallen."]


def test_the_name_that_the_invited_see_says_what_happened_and_nothing_else__eg_26() -> None:
    acting = Acting()
    acting.execute(create())
    assert room_of(acting).state["m.room.name", ""] == {"name": "Help needed: accident"}


def test_nobody_is_in_the_room_without_having_agreed__eg_28() -> None:
    acting = Acting()
    acting.execute(create(), prompt())
    assert room_of(acting).membership(MIKA) == "invite"
    assert room_of(acting).state["m.room.member", MIKA]["reason"] == "Can you help? accident (52.50000, 13.40000)"


def test_who_has_agreed_may_write_once_added__mx_31() -> None:
    acting = Acting()
    acting.execute(create(), prompt())
    accepted(acting)
    may_write = room_of(acting).state["m.room.power_levels", ""]["events_default"]
    assert room_of(acting).power(MIKA) < may_write
    acting.execute(add())
    assert room_of(acting).power(MIKA) == may_write


@pytest.mark.parametrize(
    ("permission", "writes", "manages"),
    [(Permission.READ, False, False), (Permission.POST, True, False), (Permission.MANAGE, True, True)],
)
def test_a_permission_is_a_level(permission: Permission, writes: bool, manages: bool) -> None:  # noqa: FBT001
    acting = Acting()
    acting.execute(create(), add(permission=permission))
    room = room_of(acting)
    assert room.membership(MIKA) == "join"
    assert (room.power(MIKA) >= 10, room.power(MIKA) >= 50) == (writes, manages)


def test_a_member_of_another_server_is_invited() -> None:
    acting = Acting()
    acting.execute(create(), add(FAR))
    assert room_of(acting).membership(FAR) == "invite"


def test_an_invitation_is_gone_after_its_deadline_but_not_who_has_accepted_it() -> None:
    acting = Acting()
    acting.execute(create(), prompt(), prompt(BOB))
    accepted(acting, BOB)

    async def end() -> None:
        for entry in acting.means.ledger.due(AT_MS + 1):
            await acting.executor.end(entry, Status.ENDED)

    assert acting.means.ledger.due(AT_MS) == []  # an answer at the deadline counts
    asyncio.run(end())
    assert [room_of(acting).membership(account) for account in (MIKA, BOB)] == ["leave", "join"]


def test_a_cancelled_prompt_takes_the_invitation_back() -> None:
    acting = Acting()
    acting.execute(create(), prompt(), CancelPrompt(**header(), incident_id="i1", account_id=MIKA))
    assert room_of(acting).membership(MIKA) == "leave"


def test_a_member_who_withdraws_is_removed_from_the_room_of_the_group__eg_43() -> None:
    acting = Acting()
    acting.execute(create(), add())
    acting.execute(ManageMember(**header(), group_id="g1", account_id=MIKA, action=MemberAction.REMOVE))
    assert room_of(acting).membership(MIKA) == "leave"


def test_in_a_closed_group_nobody_can_write() -> None:
    acting = Acting()
    acting.execute(create(), add(permission=Permission.MANAGE), CloseEventGroup(**header(), **GROUP))
    room = room_of(acting)
    may_write = room.state["m.room.power_levels", ""]["events_default"]
    assert all(room.power(account) < may_write for account in (ROSA, MIKA))
    assert [each["body"] for each in room.messages.values()][-1] == "This group is closed. Thank you."


def test_without_its_group_nobody_can_be_asked() -> None:
    for command in (prompt(), add(), CloseEventGroup(**header(), **GROUP)):
        with pytest.raises(Impossible, match="NO_EVENT_GROUP"):
            Acting().execute(command)
