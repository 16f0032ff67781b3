"""Friend requests: an invitation waits, is let through or declined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace

from connectors.matrix.commands.action import Impossible
from connectors.matrix.events.matrix_event import MatrixEvent
from connectors.matrix.homeserver import HomeserverError
from connectors.matrix.own_doings import is_let_through
from schemas.records import AcceptFriend, AskLookalike, RefuseFriend
from tests.connectors.matrix.commands.acting import AT_MS, BOB, FAR, MIKA, ROSA, Acting, header, on_duty, revocation
from tests.connectors.matrix.commands.fake_homeserver import Killed

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemas.records import Record

REQUEST = {"request_id": "r1", "account_id": ROSA, "requester_id": MIKA}


def ask(lookalike_id: str = BOB) -> AskLookalike:
    return AskLookalike(**header(), **REQUEST, lookalike_id=lookalike_id)


def accept(request_id: str = "r1") -> AcceptFriend:
    return AcceptFriend(**header(), **{**REQUEST, "request_id": request_id})


def refuse(request_id: str = "r1") -> RefuseFriend:
    return RefuseFriend(**header(), **{**REQUEST, "request_id": request_id}, reason="DENIED")


DECISIONS = pytest.mark.parametrize(("decided", "seen"), [(accept, "invite"), (refuse, "leave")])


def test_an_accepted_invitation_is_left_alone() -> None:
    acting = Acting()
    room = acting.request("r1", MIKA, ROSA)
    acting.execute(accept())
    assert acting.server.rooms[room].membership(ROSA) == "invite"
    assert acting.server.changes == 0


def test_a_request_that_is_in_question_waits_and_the_friend_is_asked__mx_28() -> None:
    acting = Acting()
    room = acting.request("r1", MIKA, ROSA)
    acting.execute(ask())
    assert acting.server.rooms[room].membership(ROSA) == "leave"
    (asked,) = acting.server.notices(BOB)
    assert MIKA in asked
    assert ROSA not in asked
    (row,) = acting.store.rows("SELECT kind, asked, fields FROM questions")
    assert row[:2] == ("LOOKALIKE", BOB)
    assert msgspec.json.decode(row[2]) == {"request_id": "r1", "target_id": ROSA, "lookalike_id": BOB}


def test_an_invitation_that_was_accepted_meanwhile_waits_too() -> None:
    acting = Acting()
    room = acting.request("r1", MIKA, ROSA)
    acting.server.rooms[room].state["m.room.member", ROSA] = {"membership": "join"}
    acting.execute(ask())
    assert acting.server.rooms[room].membership(ROSA) == "leave"


@pytest.mark.parametrize("command", [ask(), refuse()])
def test_who_has_accepted_an_invitation_that_is_declined_is_a_friend_no_more__mx_28(command: Record) -> None:
    """Else the next request would be one of a friend, which is not checked (FA-65)."""
    acting = Acting()
    room = acting.request("r1", MIKA, ROSA)
    acting.server.rooms[room].state["m.room.member", ROSA] = {"membership": "join"}
    acting.execute(command)
    assert acting.server.rooms[room].membership(ROSA) == "leave"
    assert acting.store.rows("SELECT room_id, user_id, declined FROM departures") == [(room, ROSA, MIKA)]


def given_up(acting: Acting, command: Record) -> None:
    """Carry out a command that the homeserver refuses for good."""
    with pytest.raises(HomeserverError):
        acting.execute(command)
    acting.executor.give_up(command, "M_FORBIDDEN")


def asked_in_vain(acting: Acting) -> None:
    """Let a friend be asked who is of a server that is gone, or the account that the requester has lost."""
    acting.server.refusals.append(("createRoom", HomeserverError(403, "M_FORBIDDEN")))
    given_up(acting, ask())


def test_an_invitation_is_let_through_also_where_the_friend_could_not_be_asked__mx_28() -> None:
    acting = Acting()
    room = acting.request("r1", MIKA, ROSA)
    asked_in_vain(acting)
    assert acting.server.rooms[room].membership(ROSA) == "leave"
    acting.execute(accept())
    assert acting.server.rooms[room].membership(ROSA) == "invite"


@DECISIONS
def test_a_further_invitation_waits_also_where_the_friend_could_not_be_asked__mx_28(
    decided: Callable[..., AcceptFriend | RefuseFriend], seen: str
) -> None:
    acting = Acting()
    acting.request("r1", MIKA, ROSA)
    asked_in_vain(acting)
    room = acting.request("r2", MIKA, ROSA)
    on_duty(acting, MatrixEvent("m.room.member", "r2", room, MIKA, AT_MS, {"membership": "invite"}, ROSA))
    assert acting.server.rooms[room].membership(ROSA) == "leave"
    acting.execute(decided("r1"), decided("r2"))
    assert acting.server.rooms[room].membership(ROSA) == seen
    assert not acting.means.ledger.is_asked_about(MIKA, ROSA)
    failed = acting.store.rows("SELECT kind, code FROM commands WHERE status = 'FAILED'")
    assert failed == [("AskLookalike", "M_FORBIDDEN")]


@pytest.mark.parametrize("decided", [accept, refuse])
def test_nothing_is_in_question_once_it_is_decided_also_where_that_cannot_be_carried_out__mx_28(
    decided: Callable[..., AcceptFriend | RefuseFriend],
) -> None:
    """Such as where the requester has left the room; each later invitation of the two would wait for nothing."""
    acting = Acting()
    room = acting.request("r1", MIKA, ROSA)
    acting.execute(ask())
    assert acting.means.ledger.is_asked_about(MIKA, ROSA)
    acting.server.failing[room] = HomeserverError(400, "M_UNKNOWN")
    given_up(acting, decided())
    assert not acting.means.ledger.is_asked_about(MIKA, ROSA)
    assert acting.store.rows("SELECT * FROM questions") == []


@DECISIONS
def test_all_invitations_of_the_two_wait_for_their_own_commands__mx_28(
    decided: Callable[..., AcceptFriend | RefuseFriend], seen: str
) -> None:
    acting = Acting()
    rooms = [acting.request(name, MIKA, ROSA) for name in ("r1", "r2")]
    other = acting.request("r3", BOB, ROSA)
    acting.execute(ask())
    assert [acting.server.rooms[room].membership(ROSA) for room in (*rooms, other)] == ["leave", "leave", "invite"]
    acting.execute(decided("r1"), decided("r2"))
    assert [acting.server.rooms[room].membership(ROSA) for room in rooms] == [seen, seen]
    assert not acting.means.ledger.is_asked_about(MIKA, ROSA)


def test_what_two_have_had_before_the_invitation_in_question_stays__mx_28() -> None:
    acting = Acting()
    before = acting.request("r0", MIKA, ROSA)
    acting.server.rooms[before].state["m.room.member", ROSA] = {"membership": "join"}
    acting.store.run("UPDATE requests SET at_ms = at_ms - 1")
    acting.request("r1", MIKA, ROSA)
    acting.execute(ask())
    assert acting.server.rooms[before].membership(ROSA) == "join"


def test_what_waited_is_let_through_in_the_requesters_name_with_the_command_by_which() -> None:
    acting, accepted = Acting(), accept()
    room = acting.request("r1", MIKA, ROSA)
    acting.execute(ask(), accepted)
    content = acting.server.rooms[room].state["m.room.member", ROSA]
    assert content == {"membership": "invite", "is_direct": True, "kithward.command_id": accepted.command_id}
    marked = MatrixEvent("m.room.member", "$again", room, MIKA, AT_MS, content, ROSA)
    assert [is_let_through(acting.store, each) for each in (marked, replace(marked, event_id="$copy"))] == [True, False]
    assert acting.store.rows("SELECT * FROM questions") == []


def comes_back(acting: Acting, room: str, event_id: str) -> bool:
    """Let the invitation of a room come back as an event; return whether it is known as one that was let through."""
    content = acting.server.rooms[room].state["m.room.member", ROSA]
    return is_let_through(acting.store, MatrixEvent("m.room.member", event_id, room, MIKA, AT_MS, content, ROSA))


def killed_while_it_invites(acting: Acting, room: str, command: Record) -> None:
    """Take a command back, and be killed right after the invitation was sent again."""
    for _ in range(2):  # behind the first kill the question is gone
        acting.server.kill_at = acting.server.requests + 2
        with pytest.raises(Killed):
            acting.execute(revocation(command))
    assert acting.server.rooms[room].membership(ROSA) == "invite"
    acting.start()


def test_what_is_asked_after_a_kill_within_a_revocation_lets_through_by_itself__mx_28() -> None:
    acting, first, second = Acting(), ask(), ask("@eve:kw.test")
    room = acting.request("r1", MIKA, ROSA)
    acting.execute(first)
    killed_while_it_invites(acting, room, first)
    assert comes_back(acting, room, "$first")
    acting.execute(second, revocation(first))
    assert acting.server.rooms[room].membership(ROSA) == "leave"
    acting.execute(revocation(second))
    assert acting.server.rooms[room].membership(ROSA) == "invite"
    assert comes_back(acting, room, "$second")


def test_what_was_let_through_before_a_kill_and_declined_since_is_not_sent_again__mx_20() -> None:
    acting, command = Acting(), ask()
    room = acting.request("r1", MIKA, ROSA)
    acting.execute(command)
    killed_while_it_invites(acting, room, command)
    assert comes_back(acting, room, "$back")
    acting.server.rooms[room].state["m.room.member", ROSA] = {"membership": "leave"}
    acting.execute(revocation(command))
    assert acting.server.rooms[room].membership(ROSA) == "leave"


def test_what_waited_can_be_refused_although_the_request_is_forgotten() -> None:
    acting = Acting()
    room = acting.request("r1", MIKA, ROSA)
    acting.execute(ask())
    acting.store.run("DELETE FROM requests")
    acting.execute(refuse(), accept())
    assert acting.server.rooms[room].membership(ROSA) == "leave"
    assert acting.store.rows("SELECT * FROM questions") == []


def test_a_refused_invitation_is_declined_and_let_through_when_that_is_revoked__rv_16() -> None:
    acting, refused = Acting(), refuse()
    room = acting.request("r1", MIKA, ROSA)
    acting.execute(refused)
    assert acting.server.rooms[room].membership(ROSA) == "leave"
    acting.execute(revocation(refused))
    assert acting.server.rooms[room].membership(ROSA) == "invite"


def test_with_a_refusal_those_of_requests_that_had_joined_are_taken_back__rv_16() -> None:
    acting, first, second = Acting(), refuse(), refuse("r2")
    rooms = [acting.request(name, MIKA, ROSA) for name in ("r1", "r2")]
    acting.execute(first, second, revocation(first))
    assert [acting.server.rooms[room].membership(ROSA) for room in rooms] == ["invite", "invite"]


def test_several_friends_are_asked_and_the_invitation_waits_for_all() -> None:
    acting, first, second = Acting(), ask(), ask("@eve:kw.test")
    room = acting.request("r1", MIKA, ROSA)
    acting.execute(first, second, revocation(first))
    assert acting.server.rooms[room].membership(ROSA) == "leave"
    assert acting.server.notices(BOB) == []
    assert len(acting.server.notices("@eve:kw.test")) == 1
    acting.execute(revocation(second))
    assert acting.server.rooms[room].membership(ROSA) == "invite"


def test_an_invitation_from_another_server_cannot_be_sent_again_so_the_person_is_told_to_wait() -> None:
    acting = Acting()
    room = acting.request("r1", FAR, ROSA)
    acting.execute(AskLookalike(**header(), **{**REQUEST, "requester_id": FAR}, lookalike_id=BOB))
    assert acting.server.rooms[room].membership(ROSA) == "invite"
    assert FAR in acting.server.notices(ROSA)[0]
    assert len(acting.server.notices(BOB)) == 1


def test_an_unknown_request_can_be_neither_held_nor_refused() -> None:
    acting = Acting()
    for command in (ask(), refuse()):
        with pytest.raises(Impossible, match="UNKNOWN_REQUEST"):
            acting.execute(command)
