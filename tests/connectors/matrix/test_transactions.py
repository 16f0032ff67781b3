"""Transactions: each counts once, whatever happens in its midst, and in the order of the homeserver (MX-9)."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest

from connectors.matrix.events.matrix_event import MatrixEvent, time_of
from connectors.matrix.events.takeover import take_over
from connectors.matrix.homeserver import HomeserverError
from jobs.errors import BadInput
from schemas.records import FriendAdded, FriendRequested, MemberJoined, MessageSent
from tests.connectors.matrix.talk import BEGIN_MS, NOW_MS, SERVER, STEP_MS, Talk, room_id, user

FAR: Final = "@far:elsewhere.example"
BEN: Final = "@ben:elsewhere.example"


def test_a_repeated_transaction_becomes_nothing__mx_9(talk: Talk) -> None:
    talk.direct("mika", "rosa", "dm")
    message = talk.event("m.room.message", "mika", "dm", content={"body": "Hello"})
    assert len(talk.send(message, transaction="7")) == 1
    talk.restart()
    assert talk.send(message, transaction="7") == []


def test_what_kafka_refuses_comes_again_and_gives_the_same__mx_9(talk: Talk) -> None:
    events = [
        talk.event("m.room.create", "mika", "dm", state_key="", content={"room_version": "10"}),
        talk.membership("mika", "dm", "join", displayname="Mika"),
        talk.membership("rosa", "dm", "invite", "mika", is_direct=True),
    ]
    talk.writer.fault = BadInput("messages", "no room")
    with pytest.raises(BadInput):
        talk.send(*events, transaction="1")
    assert talk.store.rows("SELECT * FROM rooms") == []
    talk.writer.fault = None
    first = talk.send(*events, transaction="1")
    assert [type(each).__name__ for each in first] == ["ProfileChanged", "FriendRequested"]


def test_a_kill_between_kafka_and_the_store_gives_the_same_ids_again__mx_9(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk.create("mika", "dm")
    invitation = talk.membership("rosa", "dm", "invite", "mika", is_direct=True)

    def kill(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(type(talk.memory), "save", kill)
        with pytest.raises(KeyboardInterrupt):
            talk.send(invitation, transaction="7")
    (first,) = talk.writer.written
    talk.restart()
    assert talk.send(invitation, transaction="7") == [first]


def test_a_store_that_cannot_be_written_makes_the_transaction_wait__mx_9(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk.create("mika", "dm")
    events = [talk.membership("rosa", "dm", *given, is_direct=True) for given in (("invite", "mika"), ("join",))]
    with monkeypatch.context() as patched:
        patched.setattr(talk.memory, "_end", lambda _: (_ for _ in ()).throw(OSError))
        with pytest.raises(OSError):  # noqa: PT011 - as a full disk gives it
            talk.send(*events, transaction="7")
    assert len(talk.send(*events, transaction="7")) == 2
    talk.restart()
    assert [type(each).__name__ for each in talk.member("rosa", "dm", "leave")] == ["FriendRemoved"]


def test_a_homeserver_that_does_not_answer_makes_the_transaction_wait__mx_9(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object, **__: object) -> dict[str, Any]:
        raise HomeserverError(0, "no answer")

    joined = talk.membership("rosa", "old", "join")
    with monkeypatch.context() as patched:
        patched.setattr(talk.homeserver, "request", refuse)
        with pytest.raises(HomeserverError):
            talk.send(joined)
    assert talk.memory.rooms.find(str(joined["room_id"])) is None


def test_a_homeserver_that_counts_from_one_again_is_heard__mx_9(talk: Talk) -> None:
    talk.direct("mika", "rosa", "dm")
    for body in ("before", "after"):
        assert len(talk.send(talk.event("m.room.message", "mika", "dm", content={"body": body}), transaction="1")) == 1


def test_what_is_no_event_is_left_out_and_the_others_count__mx_9(talk: Talk) -> None:
    talk.direct("mika", "rosa", "dm")
    message = talk.event("m.room.message", "mika", "dm", content={"body": "Hello"})
    broken: list[dict[str, Any]] = [{}, {**message, "content": None}, {**message, "origin_server_ts": "now"}]
    assert len(talk.send(*broken, message)) == 1


def test_few_transactions_are_remembered__mx_9(talk: Talk) -> None:
    for number in range(150):
        talk.send(transaction=str(number))
    assert talk.store.rows("SELECT count(*) FROM transactions") == [(100,)]


@pytest.mark.parametrize(
    ("sender", "given_ms", "at_ms"),
    [
        (user("rosa"), BEGIN_MS, BEGIN_MS),
        (user("rosa"), NOW_MS + 1, NOW_MS),
        (user("rosa"), -1, NOW_MS),
        ("@rosa:elsewhere.example", 0, NOW_MS),
        (f"@rosa:not-{SERVER}", 0, NOW_MS),
    ],
)
def test_only_the_own_homeservers_clock_is_believed_and_no_time_is_ahead__mx_9(
    sender: str, given_ms: int, at_ms: int
) -> None:
    event = MatrixEvent("m.room.message", "$e", "!r", sender, given_ms, {})
    assert time_of(event, SERVER, NOW_MS) == at_ms


def state(talk: Talk, room: str, *events: dict[str, Any]) -> None:
    """Let a room have been there before the connector."""
    talk.homeserver.answers[f"/_synapse/admin/v1/rooms/!{room}:{SERVER}/state"] = {"state": list(events)}


def test_a_direct_room_from_before_is_a_friendship_of_unknown_age__mx_10(talk: Talk) -> None:
    joins = [talk.membership("mika", "old", "join"), talk.membership("rosa", "old", "join", displayname="Rosa")]
    created = talk.event("m.room.create", "mika", "old", state_key="")
    state(talk, "old", *reversed(joins), created)
    talk.homeserver.answers[f"/_matrix/client/v3/user/{user('rosa')}/account_data/m.direct"] = {
        user("mika"): [f"!old:{SERVER}"]
    }
    profile, added, message = talk.say("mika", "old")
    assert type(profile).__name__ == "ProfileChanged"
    assert isinstance(added, FriendAdded)
    assert {added.account_id, added.friend_id} == {user("mika"), user("rosa")}
    assert (added.since_ms, added.at_ms) == (-1, BEGIN_MS + STEP_MS * talk.count)
    assert type(message).__name__ == "MessageSent"
    assert len(talk.say("mika", "old")) == 1


def test_a_group_from_before_has_its_members_of_whom_nobody_knows_who_let_them_in__mx_10(talk: Talk) -> None:
    created = talk.event("m.room.create", "ada", "old", state_key="")
    levels = talk.event("m.room.power_levels", "ada", "old", state_key="", content={"users": {user("ben"): 50}})
    members = [talk.membership(name, "old", "join") for name in ("ada", "ben", "carl")]
    gone = talk.membership("dora", "old", "leave")
    state(talk, "old", created, levels, *members, gone)
    records = talk.say("ada", "old")
    joins = [(each.account_id, each.inviter_id, each.via.value) for each in records if isinstance(each, MemberJoined)]
    assert joins == [(user("ada"), None, "FOUNDING"), (user("ben"), None, "LINK"), (user("carl"), None, "LINK")]


def test_an_event_that_the_state_already_has_counts_once__mx_10(talk: Talk) -> None:
    created = talk.event("m.room.create", "ada", "old", state_key="")
    joins = [talk.membership(name, "old", "join") for name in ("ada", "ben")]
    state(talk, "old", created, *joins)
    assert len([each for each in talk.send(joins[1]) if isinstance(each, MemberJoined)]) == 2


def test_an_open_direct_invitation_from_before_is_no_friendship__mx_10(talk: Talk) -> None:
    created = talk.event("m.room.create", "mika", "old", state_key="")
    state(
        talk, "old", created, talk.membership("mika", "old", "join"), talk.membership("rosa", "old", "invite", "mika")
    )
    talk.homeserver.answers[f"/_matrix/client/v3/user/{user('mika')}/account_data/m.direct"] = {
        user("rosa"): [f"!old:{SERVER}"]
    }
    assert [type(each).__name__ for each in talk.say("mika", "old")] == ["MessageSent"]
    assert [type(each) for each in talk.member("rosa", "old", "join")] == [FriendAdded]


def test_a_direct_invitation_from_another_homeserver_is_a_request_and_the_messages_arrive__mx_1(talk: Talk) -> None:
    state(talk, "far")  # the homeserver is not in the room, and so has no state of it
    (request,) = talk.member("rosa", "far", "invite", FAR, is_direct=True)
    assert isinstance(request, FriendRequested)
    assert (request.requester_id, request.target_id) == (FAR, user("rosa"))
    assert [type(each) for each in talk.member("rosa", "far", "join")] == [FriendAdded]
    (message,) = talk.say(FAR, "far", "Do you have a minute?")
    assert isinstance(message, MessageSent)
    assert message.recipient_id == user("rosa")


def test_a_group_of_another_homeserver_is_read_when_somebody_joins__mx_10(talk: Talk) -> None:
    state(talk, "far")
    talk.member("rosa", "far", "invite", FAR)
    created = talk.event("m.room.create", FAR, "far", state_key="")
    joined, *others = [talk.membership(name, "far", "join") for name in (FAR, BEN, "rosa")][::-1]
    state(talk, "far", created, *others, joined)
    records = talk.send(joined)
    joins = [(each.account_id, each.inviter_id, each.via.value) for each in records if isinstance(each, MemberJoined)]
    assert joins == [
        (FAR, None, "FOUNDING"),
        (BEN, None, "LINK"),
        (user("rosa"), FAR, "INVITE"),
    ]
    (message,) = talk.say(FAR, "far")
    assert isinstance(message, MessageSent)
    assert message.group_id == room_id("far")


def test_who_was_invited_and_is_not_there_when_the_group_is_read_is_forgotten__mx_10(talk: Talk) -> None:
    state(talk, "far")
    for name in ("rosa", "tom"):
        talk.member(name, "far", "invite", FAR)
    created = talk.event("m.room.create", FAR, "far", state_key="")
    members = [talk.membership(name, "far", "join") for name in (FAR, "rosa")]
    state(talk, "far", created, *members)
    talk.send(members[-1])
    rows = talk.store.rows("SELECT account FROM members WHERE room_id = ? ORDER BY number", room_id("far"))
    assert sorted(account for (account,) in rows) == sorted([FAR, user("rosa")])


def test_who_declines_just_before_the_group_is_read_is_forgotten__mx_10(talk: Talk) -> None:
    state(talk, "far")
    for name in ("rosa", "tom"):
        talk.member(name, "far", "invite", FAR)
    declined = talk.membership("tom", "far", "leave")
    created = talk.event("m.room.create", FAR, "far", state_key="")
    members = [talk.membership(name, "far", "join") for name in (FAR, "rosa")]
    state(talk, "far", created, *members)
    talk.send(declined, members[-1])
    rows = talk.store.rows("SELECT account FROM members WHERE room_id = ?", room_id("far"))
    assert sorted(account for (account,) in rows) == sorted([FAR, user("rosa")])


def test_all_rooms_are_taken_over_each_once_and_not_again__mx_10(talk: Talk) -> None:
    rooms = [f"old{number}" for number in range(3)]
    for room in rooms:
        created = talk.event("m.room.create", "ada", room, state_key="")
        state(talk, room, created, talk.membership("ada", room, "join"), talk.membership("ben", room, "join"))
    listed = [{"room_id": room_id(room)} for room in rooms]
    talk.homeserver.answers["/_synapse/admin/v1/rooms"] = {"rooms": listed, "total_rooms": 3}
    talk.homeserver.answers.pop(f"/_synapse/admin/v1/rooms/{room_id('old1')}/state")
    assert asyncio.run(take_over(talk.desk)) == (3, 0)
    assert {each.group_id for each in talk.writer.written if isinstance(each, MemberJoined)} == {
        room_id("old0"),
        room_id("old2"),
    }
    talk.restart()
    assert asyncio.run(take_over(talk.desk)) == (0, 3)
    assert len(talk.memory.rooms._held) == 0  # however many there are


def test_rooms_that_memory_has_no_space_for_are_read_again__mx_10(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.matrix.events.rooms._ROOMS_IN_MEMORY", 2)
    for number in range(5):
        talk.direct("mika", f"friend{number}", f"dm{number}")
    assert len(talk.memory.rooms._held) == 2
    assert [type(each).__name__ for each in talk.member("friend0", "dm0", "leave")] == ["FriendRemoved"]
    assert not [each for each in talk.writer.written[-1:] if isinstance(each, FriendRequested)]
