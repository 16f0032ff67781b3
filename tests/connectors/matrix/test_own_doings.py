"""What the connector does itself does not come back as what people did (MX-28, MX-30, MX-31)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from connectors.matrix.commands.ledger import Entry, Ledger, Status
from connectors.matrix.own_doings import MARK, let_through_key
from schemas.records import AccountErased, FriendAdded, FriendRequested, JoinAnswered
from tests.connectors.matrix.talk import BEGIN_MS, STEP_MS, room_id, user

if TYPE_CHECKING:
    from tests.connectors.matrix.talk import Talk

ROSA, MIKA, BOT = user("rosa"), user("mika"), user("kithward")


def held(talk: Talk, **note: str | None) -> None:
    """Let an invitation of Mika's wait, and be let through by the command `accept`."""
    talk.create("mika", "dm")
    talk.member("rosa", "dm", "invite", "mika", is_direct=True)
    talk.store.run("INSERT INTO departures VALUES (?, ?, ?, ?)", room_id("dm"), ROSA, BEGIN_MS, "")
    talk.member("rosa", "dm", "leave")
    given = {"room_id": room_id("dm"), "requester": MIKA, "target": ROSA, "request_id": "$event3", **note}
    given = {let_through_key("accept"): None, **given}
    Ledger(talk.store).begin(Entry("accept", "AcceptFriend", "d", ROSA, "", Status.BEGUN, given))


def test_an_invitation_that_is_let_through_is_no_new_request_and_its_acceptance_the_friendship__mx_28(
    talk: Talk,
) -> None:
    held(talk)
    assert talk.member("rosa", "dm", "invite", "mika", is_direct=True, **{MARK: "accept"}) == []
    assert [type(each) for each in talk.member("rosa", "dm", "join")] == [FriendAdded]


def test_the_mark_of_an_invitation_that_was_let_through_is_worth_nothing_for_another__mx_28(talk: Talk) -> None:
    held(talk)
    invitation = talk.membership("rosa", "dm", "invite", "mika", is_direct=True, **{MARK: "accept"})
    assert [talk.send(invitation, transaction=name) for name in ("first", "repeated")] == [[], []]
    talk.member("rosa", "dm", "leave")
    again = talk.member("rosa", "dm", "invite", "mika", is_direct=True, **{MARK: "accept"})
    assert [type(each) for each in again] == [FriendRequested]


def test_the_mark_of_a_command_that_has_declined_an_invitation_is_worth_nothing__mx_28(talk: Talk) -> None:
    held(talk)
    note = {"room_id": room_id("dm"), "requester": MIKA, "target": ROSA, "request_id": "$event3"}
    Ledger(talk.store).begin(Entry("refuse", "RefuseFriend", "d", ROSA, "", Status.DONE, note))
    records = talk.member("rosa", "dm", "invite", "mika", is_direct=True, **{MARK: "refuse"})
    assert [type(each) for each in records] == [FriendRequested]


@pytest.mark.parametrize("mark", ["", "another"])
def test_an_invitation_without_the_mark_of_its_command_is_a_new_request(talk: Talk, mark: str) -> None:
    held(talk)
    records = talk.member("rosa", "dm", "invite", "mika", is_direct=True, **{MARK: mark})
    assert [type(each) for each in records] == [FriendRequested]


def test_the_mark_of_a_command_about_somebody_else_is_worth_nothing(talk: Talk) -> None:
    held(talk, target=user("bob"))
    records = talk.member("rosa", "dm", "invite", "mika", is_direct=True, **{MARK: "accept"})
    assert [type(each) for each in records] == [FriendRequested]


def test_a_held_message_that_is_let_through_is_no_second_message__mx_30(talk: Talk) -> None:
    talk.direct("mika", "rosa", "dm")
    fields = msgspec.json.encode({"room_id": room_id("dm"), "sender": MIKA}).decode()
    row = ("$asked", "RELEASED_MESSAGE", "", fields, BEGIN_MS, "", "")
    talk.store.run("INSERT INTO questions VALUES (?, ?, ?, ?, ?, ?, ?)", *row)
    assert talk.say("mika", "dm", **{MARK: "$asked"}) == []
    assert len(talk.say("rosa", "dm", **{MARK: "$asked"})) == 1
    assert len(talk.say("mika", "dm")) == 1


def event_group(talk: Talk) -> None:
    talk.create("kithward", "event")
    talk.store.run("INSERT INTO own_rooms VALUES (?, ?)", "incident-i1", room_id("event"))
    talk.store.run("INSERT INTO own_rooms VALUES (?, ?)", "group-g1", room_id("event"))


@pytest.mark.parametrize(("membership", "accepted"), [("join", True), ("leave", False)])
def test_who_accepts_or_declines_the_invitation_has_answered__mx_31(
    talk: Talk,
    membership: str,
    accepted: bool,  # noqa: FBT001
) -> None:
    event_group(talk)
    assert talk.member("mika", "event", "invite", "kithward") == []
    (answer,) = talk.member("mika", "event", membership)
    assert answer == JoinAnswered(
        event_id=f"$event{talk.count}",
        at_ms=BEGIN_MS + STEP_MS * talk.count,
        incident_id="i1",
        account_id=MIKA,
        accepted=accepted,
    )


def test_who_leaves_as_an_erased_account_has_refused_nothing__mx_8(talk: Talk) -> None:
    event_group(talk)
    talk.member("mika", "event", "invite", "kithward")
    talk.member("mika", "event", "join")
    talk.group("ada", "club", "mika")
    talk.homeserver.answers[f"/_synapse/admin/v2/users/{MIKA}"] = {"erased": True}
    assert [type(each) for each in talk.member("mika", "event", "leave")] == [AccountErased]
    assert talk.member("mika", "club", "leave") == []


def test_an_invitation_that_the_bot_takes_back_is_no_answer__mx_31(talk: Talk) -> None:
    event_group(talk)
    talk.member("mika", "event", "invite", "kithward")
    assert talk.member("mika", "event", "leave", "kithward") == []


def test_a_new_name_in_an_event_group_is_no_second_answer__mx_31(talk: Talk) -> None:
    event_group(talk)
    talk.member("mika", "event", "invite", "kithward")
    assert [type(each) for each in talk.member("mika", "event", "join")] == [JoinAnswered]
    talk.restart()
    assert talk.member("mika", "event", "join", displayname="Another name") == []
    assert [type(each) for each in talk.member("mika", "event", "leave")] == [JoinAnswered]
    assert [type(each) for each in talk.member("mika", "event", "join")] == [JoinAnswered]


def test_in_other_rooms_of_the_bot_nobody_answers(talk: Talk) -> None:
    talk.create("kithward", "notices")
    assert talk.member("mika", "notices", "join") == []


def test_an_erased_account_is_forgotten_by_the_ledger_too__mx_33(talk: Talk) -> None:
    talk.direct("mika", "rosa", "dm")
    Ledger(talk.store).begin(Entry("c", "Warn", "d", ROSA, "", Status.DONE, {"about": MIKA}))
    erased: dict[str, Any] = {"erased": True}
    talk.homeserver.answers[f"/_synapse/admin/v2/users/{MIKA}"] = erased
    talk.member("mika", "dm", "leave")
    assert talk.store.rows("SELECT * FROM commands") == []
