"""Direct rooms: invitation, acceptance and leaving are request, friendship and its end (MX-1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from connectors.matrix.events.room import MOST_FRIENDSHIPS
from schemas.records import FriendAdded, FriendRemoved, FriendRequested, MemberJoined, MemberLeft, MessageSent
from tests.connectors.matrix.talk import BEGIN_MS, STEP_MS, Talk, room_id, user

if TYPE_CHECKING:
    from schemas.records import Record

ROSA, MIKA = user("rosa"), user("mika")


def test_a_direct_invitation_is_a_request_and_its_acceptance_the_friendship__mx_1(talk: Talk) -> None:
    assert talk.create("mika", "dm") == []
    (request,) = talk.member("rosa", "dm", "invite", "mika", is_direct=True)
    assert request == FriendRequested(
        event_id="$event3", at_ms=BEGIN_MS + 3 * STEP_MS, request_id="$event3", requester_id=MIKA, target_id=ROSA
    )
    (added,) = talk.member("rosa", "dm", "join")
    assert added == FriendAdded(event_id="$event4", at_ms=BEGIN_MS + 4 * STEP_MS, account_id=ROSA, friend_id=MIKA)


@pytest.mark.parametrize(
    ("flag", "asks"), [(1, True), ("yes", True), ([], True), (False, False), (0, False), ("", False)]
)
def test_a_flag_that_some_clients_take_for_set_is__mx_1(talk: Talk, flag: object, *, asks: bool) -> None:
    """Nobody gets past the friend gate by a value that the protocol does not have."""
    talk.create("mika", "dm")
    records = talk.member("rosa", "dm", "invite", "mika", is_direct=flag)
    assert (FriendRequested in map(type, records)) is asks


def test_the_request_is_remembered_with_its_room_for_the_commands_about_it__mx_1(talk: Talk) -> None:
    talk.create("mika", "dm")
    talk.member("rosa", "dm", "invite", "mika", is_direct=True)
    assert talk.store.rows("SELECT request_id, room_id, requester, target FROM requests") == [
        ("$event3", room_id("dm"), MIKA, ROSA)
    ]


def test_leaving_ends_the_friendship_whoever_leaves__mx_1(talk: Talk) -> None:
    for leaving, room in (("rosa", "one"), ("mika", "two")):
        talk.direct("mika", "rosa", room)
        (removed,) = talk.member(leaving, room, "leave")
        assert isinstance(removed, FriendRemoved)
        assert {removed.account_id, removed.friend_id} == {ROSA, MIKA}


@pytest.mark.parametrize("by", ["mika", "rosa"])
def test_whoever_puts_the_other_out_ends_the_friendship__mx_1_fa_50(talk: Talk, by: str) -> None:
    talk.direct("mika", "rosa", "dm")
    (removed,) = talk.member({"mika": "rosa", "rosa": "mika"}[by], "dm", "leave", by)
    assert isinstance(removed, FriendRemoved)
    assert removed.account_id == {"mika": MIKA, "rosa": ROSA}[by]


def test_a_declined_invitation_becomes_nothing_and_may_be_repeated__mx_1(talk: Talk) -> None:
    talk.create("mika", "dm")
    talk.member("rosa", "dm", "invite", "mika", is_direct=True)
    assert talk.member("rosa", "dm", "leave") == []
    (again,) = talk.member("rosa", "dm", "invite", "mika", is_direct=True)
    assert isinstance(again, FriendRequested)
    assert again.request_id == "$event5"


def test_who_leaves_because_of_a_command_is_still_a_friend__mx_1(talk: Talk) -> None:
    """Else ending a conversation would give up the open question whether the account was taken over."""
    talk.direct("mika", "rosa", "dm")
    talk.store.run("INSERT INTO departures VALUES (?, ?, ?, ?)", room_id("dm"), ROSA, BEGIN_MS, "")
    assert talk.member("rosa", "dm", "leave") == []
    assert talk.store.rows("SELECT * FROM departures") == []
    talk.member("rosa", "dm", "invite", "mika")
    talk.member("rosa", "dm", "join")
    assert [type(each) for each in talk.member("rosa", "dm", "leave")] == [FriendRemoved]


def test_an_invitation_that_the_gate_declines_is_no_friendship_whoever_else_is_there__mx_1_mx_28(talk: Talk) -> None:
    """Nobody gets past the friend gate by bringing somebody along."""
    talk.group("mika", "club", "eve")
    for invited, by in (("rosa", "mika"), ("tom", "rosa")):
        talk.member(invited, "club", "invite", by, is_direct=True)
        talk.member(invited, "club", "join")
    talk.store.run("INSERT INTO departures VALUES (?, ?, ?, ?)", room_id("club"), ROSA, BEGIN_MS, MIKA)
    removed, left = talk.member("rosa", "club", "leave")
    assert isinstance(removed, FriendRemoved)
    assert (removed.account_id, removed.friend_id) == (ROSA, MIKA)
    assert isinstance(left, MemberLeft)
    assert talk.store.rows("SELECT * FROM departures") == []


def test_a_room_of_two_without_a_direct_invitation_is_no_friendship__mx_1(talk: Talk) -> None:
    talk.create("mika", "room")
    talk.member("rosa", "room", "invite", "mika")
    assert not [each for each in talk.writer.written if isinstance(each, FriendRequested)]
    assert not [each for each in talk.member("rosa", "room", "join") if isinstance(each, FriendAdded)]


def test_a_third_member_makes_it_a_group__mx_1(talk: Talk) -> None:
    talk.direct("mika", "rosa", "dm")
    talk.member("tom", "dm", "invite", "rosa")
    joins = [each for each in talk.member("tom", "dm", "join") if isinstance(each, MemberJoined)]
    assert [(each.account_id, each.inviter_id, each.via.value) for each in joins] == [
        (MIKA, None, "FOUNDING"),
        (ROSA, MIKA, "INVITE"),
        (user("tom"), ROSA, "INVITE"),
    ]
    (message,) = talk.say("mika", "dm")
    assert isinstance(message, MessageSent)
    assert message.group_id == room_id("dm")


def recipients(records: list[Record]) -> list[tuple[str | None, str | None]]:
    return [(each.recipient_id, each.group_id) for each in records if isinstance(each, MessageSent)]


def test_whom_somebody_else_was_invited_before_is_asked_all_the_same__mx_1(talk: Talk) -> None:
    """Nobody gets past the friend gate by an invitation of an accomplice who never comes."""
    talk.create("mika", "dm")
    talk.member("tom", "dm", "invite", "mika")
    (request,) = talk.member("rosa", "dm", "invite", "mika", is_direct=True)
    assert isinstance(request, FriendRequested)
    assert (request.requester_id, request.target_id) == (MIKA, ROSA)
    assert [type(each) for each in talk.member("rosa", "dm", "join")] == [FriendAdded, MemberJoined]
    assert recipients(talk.say("mika", "dm")) == [(ROSA, None)]
    removed, left = talk.member("rosa", "dm", "leave")
    assert [type(removed), type(left)] == [FriendRemoved, MemberLeft]
    assert removed.event_id != left.event_id


def test_a_direct_invitation_of_who_is_invited_already_is_a_request__mx_1(talk: Talk) -> None:
    """Nobody gets past the friend gate by inviting twice, first not directly."""
    talk.create("mika", "dm")
    talk.member("rosa", "dm", "invite", "mika")
    (request,) = talk.member("rosa", "dm", "invite", "mika", is_direct=True)
    assert isinstance(request, FriendRequested)
    assert talk.member("rosa", "dm", "invite", "mika") == []
    assert FriendAdded in map(type, talk.member("rosa", "dm", "join"))


def test_each_of_several_direct_invitations_is_a_request__mx_1(talk: Talk) -> None:
    talk.create("mika", "dm")
    asked = [talk.member(name, "dm", "invite", "mika", is_direct=True) for name in ("tom", "rosa")]
    assert [type(each) for (each,) in asked] == [FriendRequested, FriendRequested]
    assert [type(each) for each in talk.member("rosa", "dm", "join")] == [FriendAdded]
    assert recipients(talk.say("rosa", "dm")) == [(MIKA, None)]
    added, *joins = [each for each in talk.member("tom", "dm", "join") if isinstance(each, FriendAdded | MemberJoined)]
    assert isinstance(added, FriendAdded)
    assert (added.account_id, added.friend_id) == (user("tom"), MIKA)
    assert [each.account_id for each in joins] == [MIKA, ROSA, user("tom")]
    assert recipients(talk.say("rosa", "dm")) == [(None, room_id("dm"))]


def test_a_direct_invitation_into_a_group_is_a_request__mx_1(talk: Talk) -> None:
    talk.group("mika", "club", "tom")
    assert [type(each) for each in talk.member("rosa", "club", "invite", "mika", is_direct=True)] == [FriendRequested]
    assert [type(each) for each in talk.member("rosa", "club", "join")] == [FriendAdded, MemberJoined]
    assert [type(each) for each in talk.member("rosa", "club", "leave")] == [MemberLeft]


def test_when_the_third_has_gone_the_room_is_that_of_the_two_again__mx_1(talk: Talk) -> None:
    talk.direct("mika", "rosa", "dm")
    talk.member("tom", "dm", "invite", "rosa")
    talk.member("tom", "dm", "join")
    talk.member("tom", "dm", "leave")
    talk.restart()
    assert recipients(talk.say("mika", "dm")) == [(ROSA, None)]
    assert FriendRemoved in map(type, talk.member("rosa", "dm", "leave"))


def test_who_is_put_out_by_a_command_is_still_a_friend__mx_1(talk: Talk) -> None:
    talk.direct("mika", "rosa", "dm")
    talk.member("tom", "dm", "invite", "rosa")
    talk.member("tom", "dm", "join")
    talk.member("tom", "dm", "leave")
    assert [type(each) for each in talk.member("mika", "dm", "leave", "kithward")] == [MemberLeft]


def test_many_requests_of_a_room_neither_grow_without_end_nor_hide_the_last__mx_1(talk: Talk) -> None:
    talk.direct("mika", "rosa", "dm")
    for number in range(30):
        talk.member(f"other{number}", "dm", "invite", "mika", is_direct=True)
    room = talk.memory.rooms.find(room_id("dm"))
    assert room is not None
    assert len(room.friendships) == MOST_FRIENDSHIPS
    assert [type(each) for each in talk.member("rosa", "dm", "leave")] == [FriendRemoved]
    assert [type(each) for each in talk.member("other29", "dm", "join")] == [FriendAdded]


def upgrade(talk: Talk, by: str = "mika") -> None:
    """Replace the room `dm` by the room `new`, as homeservers and clients do."""
    talk.create(by, "new", predecessor={"room_id": room_id("dm"), "event_id": "$tombstone"})
    replaced = {"body": "This room has been replaced", "replacement_room": room_id("new")}
    talk.send(talk.event("m.room.tombstone", by, "dm", state_key="", content=replaced))


def test_a_friendship_goes_over_to_the_room_that_replaces_its_own__mx_1(talk: Talk) -> None:
    talk.direct("mika", "rosa", "dm")
    upgrade(talk)
    talk.member("rosa", "new", "invite", "mika")
    talk.restart()
    records = talk.member("rosa", "new", "join")
    assert not {FriendAdded, FriendRequested}.intersection(map(type, records))
    assert [talk.member(name, "dm", "leave") for name in ("mika", "rosa")] == [[], []]
    assert recipients(talk.say("mika", "new")) == [(ROSA, None)]
    assert FriendRemoved in map(type, talk.member("rosa", "new", "leave"))


def test_who_leaves_the_former_room_instead_of_going_along_ends_the_friendship__mx_1(talk: Talk) -> None:
    talk.direct("mika", "rosa", "dm")
    upgrade(talk)
    talk.member("rosa", "new", "invite", "mika")
    assert [type(each) for each in talk.member("rosa", "dm", "leave")] == [FriendRemoved]
    assert FriendRemoved not in map(type, talk.member("rosa", "new", "leave"))


def test_nobody_takes_over_the_friendship_of_others_or_an_open_request__mx_1(talk: Talk) -> None:
    talk.direct("mika", "rosa", "dm")
    upgrade(talk, by="tom")
    for name in ("mika", "rosa"):
        talk.member(name, "new", "invite", "tom")
    talk.member("mika", "new", "join")
    assert FriendRemoved not in map(type, talk.member("mika", "new", "leave"))
    assert [type(each) for each in talk.member("rosa", "dm", "leave")] == [FriendRemoved]
    talk.member("rosa", "dm", "invite", "mika")
    talk.create("mika", "next", predecessor={"room_id": room_id("dm")})
    talk.member("rosa", "next", "invite", "mika")
    assert FriendAdded not in map(type, talk.member("rosa", "next", "join"))


def test_a_direct_invitation_by_the_connectors_own_user_is_no_request__mx_1(talk: Talk) -> None:
    talk.create("kithward", "notice")
    assert talk.member("rosa", "notice", "invite", "kithward", is_direct=True) == []
    assert talk.member("rosa", "notice", "join") == []
