"""What the connector does when it sees it, since rooms of Matrix have no means for it (MX-25, MX-30)."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from connectors.matrix.events.matrix_event import MatrixEvent
from connectors.matrix.homeserver import HomeserverError
from connectors.matrix.own_doings import MARK, is_released
from schemas.records import AskLookalike, ExitSession, ManageMember, MemberAction
from tests.connectors.matrix.commands.acting import AT_MS, BOB, FAR, MIKA, ROSA, Acting, header, on_duty, revocation

_IDS = count(1)


def event(kind: str, room: str, sender: str, content: dict[str, Any], state_key: str | None = None) -> MatrixEvent:
    return MatrixEvent(kind, f"$seen{next(_IDS)}", room, sender, AT_MS, content, state_key)


def see(acting: Acting, *events: MatrixEvent) -> None:
    for each in events:
        on_duty(acting, each)


def invites(acting: Acting, room: str, inviter: str, invited: str) -> None:
    """Let somebody invite somebody, and the guard see it."""
    acting.server.rooms[room].state["m.room.member", invited] = {"membership": "invite"}
    see(acting, event("m.room.member", room, inviter, {"membership": "invite"}, invited))


def writes(acting: Acting, room: str, sender: str, **content: Any) -> MatrixEvent:
    """Let somebody write a message, and the guard see it."""
    content = {"msgtype": "m.text", "body": "Buy now", **content}
    written = event("m.room.message", room, sender, content)
    acting.server.rooms[room].messages[written.event_id] = content
    see(acting, written)
    return written


def sanctioned(action: MemberAction) -> tuple[Acting, str, ManageMember]:
    acting = Acting()
    room = acting.server.room(ROSA, MIKA, BOB)
    command = ManageMember(**header(), group_id=room, account_id=MIKA, action=action)
    acting.execute(command)
    return acting, room, command


@pytest.mark.parametrize("invited", ["@eve:kw.test", FAR])
def test_the_invitations_of_a_member_who_may_not_invite_are_declined__mx_30(invited: str) -> None:
    acting, room, command = sanctioned(MemberAction.RESTRICT_INVITE)
    invites(acting, room, MIKA, invited)
    assert acting.server.rooms[room].membership(invited) == "leave"
    invites(acting, room, BOB, invited)
    assert acting.server.rooms[room].membership(invited) == "invite"
    acting.execute(revocation(command))
    invites(acting, room, MIKA, invited)
    assert acting.server.rooms[room].membership(invited) == "invite"


@pytest.mark.parametrize("invited", ["@eve:kw.test", FAR])
def test_who_accepts_such_an_invitation_at_once_is_put_out__mx_30(invited: str) -> None:
    acting, room, _ = sanctioned(MemberAction.RESTRICT_INVITE)
    acting.server.rooms[room].state["m.room.member", invited] = {"membership": "join"}
    see(acting, event("m.room.member", room, MIKA, {"membership": "invite"}, invited))
    assert acting.server.rooms[room].membership(invited) == "leave"


def test_a_closed_conversation_stays_closed_until_its_side_opens_it__mx_25() -> None:
    acting = Acting()
    acting.execute(ExitSession(**header(), account_id=ROSA, other_id=MIKA, forbid=True))
    first, second, third = (acting.server.room(creator) for creator in (MIKA, ROSA, MIKA))
    invites(acting, first, MIKA, ROSA)
    assert acting.server.rooms[first].membership(ROSA) == "leave"
    invites(acting, second, ROSA, MIKA)
    assert acting.server.rooms[second].membership(MIKA) == "invite"
    invites(acting, third, MIKA, ROSA)
    assert acting.server.rooms[third].membership(ROSA) == "invite"


def test_a_conversation_that_was_closed_twice_is_open_once_its_side_opens_it__mx_25() -> None:
    acting = Acting()
    for _ in range(2):
        acting.execute(ExitSession(**header(), account_id=ROSA, other_id=MIKA, forbid=True))
    first, second = (acting.server.room(creator) for creator in (ROSA, MIKA))
    invites(acting, first, ROSA, MIKA)
    invites(acting, second, MIKA, ROSA)
    assert acting.server.rooms[second].membership(ROSA) == "invite"


def test_a_further_invitation_waits_with_the_one_in_question__mx_28() -> None:
    """Nobody gets past the friend gate by inviting twice."""
    acting = Acting()
    acting.request("r1", MIKA, ROSA)
    asked = AskLookalike(**header(), request_id="r1", account_id=ROSA, requester_id=MIKA, lookalike_id=BOB)
    acting.execute(asked)
    for inviter, seen in ((MIKA, "leave"), (BOB, "invite")):
        further = event("m.room.member", acting.server.room(inviter), inviter, {"membership": "invite"}, ROSA)
        acting.server.rooms[further.room_id].state["m.room.member", ROSA] = {"membership": "invite"}
        row = (further.event_id, further.room_id, inviter, ROSA, AT_MS)
        acting.store.run("INSERT INTO requests VALUES (?, ?, ?, ?, ?)", *row)
        see(acting, further)
        assert acting.server.rooms[further.room_id].membership(ROSA) == seen
    assert acting.store.rows("SELECT user_id, declined FROM departures") == [(ROSA, MIKA)] * 2
    club = acting.server.room(MIKA, BOB)
    invites(acting, club, MIKA, ROSA)  # which is no request
    assert acting.server.rooms[club].membership(ROSA) == "invite"


def moderators(acting: Acting) -> list[dict[str, Any]]:
    """Return the questions in the moderation room."""
    room = acting.server.rooms[acting.moderation_room or ""]
    return [each for each in room.messages.values() if "body" in each]


def lets_through(acting: Acting, sign: str, reviewer: str = BOB) -> None:
    room = acting.server.rooms[acting.moderation_room or ""]
    (asked,) = [name for name, each in room.messages.items() if "body" in each]
    content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": asked, "key": sign}}
    see(acting, *[event("m.reaction", acting.moderation_room or "", reviewer, content)] * 2)


def bodies(acting: Acting, room: str) -> list[str]:
    return [each["body"] for each in acting.server.rooms[room].messages.values() if "body" in each]


def test_a_message_of_a_moderated_member_waits_for_people_and_is_sent_once_when_they_let_it__mx_30() -> None:
    acting, room, _ = sanctioned(MemberAction.PRE_MODERATE)
    held = writes(acting, room, MIKA)
    see(acting, held)
    assert acting.server.rooms[room].messages[held.event_id] == {}
    assert [MIKA in each["body"] and "Buy now" in each["body"] for each in moderators(acting)] == [True]
    lets_through(acting, "👍")
    assert bodies(acting, room) == ["Buy now"]


def test_a_message_that_people_let_through_is_not_held_again_and_is_known_as_such() -> None:
    acting, room, _ = sanctioned(MemberAction.PRE_MODERATE)
    writes(acting, room, MIKA)
    lets_through(acting, "👍")
    (content,) = [each for each in acting.server.rooms[room].messages.values() if each]
    again = event("m.room.message", room, MIKA, content)
    assert is_released(acting.store, again)
    see(acting, again)
    assert len(moderators(acting)) == 1
    forged = event("m.room.message", room, BOB, content)
    assert not is_released(acting.store, forged)


def test_the_mark_of_a_message_that_was_let_through_lets_no_other_one_through__mx_30() -> None:
    acting, room, _ = sanctioned(MemberAction.PRE_MODERATE)
    writes(acting, room, MIKA)
    lets_through(acting, "👍")
    (content,) = [each for each in acting.server.rooms[room].messages.values() if each]
    see(acting, event("m.room.message", room, MIKA, content))
    copied = writes(acting, room, MIKA, body="And more", **{MARK: content[MARK]})
    assert acting.server.rooms[room].messages[copied.event_id] == {}
    assert len(moderators(acting)) == 2


def test_a_message_that_has_come_back_is_not_sent_again_by_a_later_reaction() -> None:
    acting, room, _ = sanctioned(MemberAction.PRE_MODERATE)
    writes(acting, room, MIKA)
    lets_through(acting, "👍")
    (content,) = [each for each in acting.server.rooms[room].messages.values() if each]
    see(acting, event("m.room.message", room, MIKA, content))
    acting.server.transactions.clear()
    lets_through(acting, "👍")
    assert bodies(acting, room) == ["Buy now"]


def test_a_message_of_another_server_is_quoted_once_whoever_lets_it_through__mx_30() -> None:
    acting = Acting()
    room = acting.server.room(ROSA, FAR)
    row = (room, ROSA, "join", "$e", "", "LINK")
    acting.store.run("INSERT INTO members VALUES (NULL, ?, ?, ?, ?, ?, ?)", *row)
    acting.execute(ManageMember(**header(), group_id=room, account_id=FAR, action=MemberAction.PRE_MODERATE))
    writes(acting, room, FAR)
    lets_through(acting, "👍")
    acting.server.transactions.clear()  # as homeservers do after half an hour
    lets_through(acting, "👍", ROSA)
    assert bodies(acting, room) == [f"{FAR}: Buy now"]


def test_nobody_lets_an_own_message_through__mx_30() -> None:
    acting, room, _ = sanctioned(MemberAction.PRE_MODERATE)
    writes(acting, room, MIKA)
    lets_through(acting, "👍", MIKA)
    assert bodies(acting, room) == []


def test_a_message_that_is_too_long_to_be_shown_is_removed_all_the_same__mx_30(
    caplog: pytest.LogCaptureFixture,
) -> None:
    acting, room, _ = sanctioned(MemberAction.PRE_MODERATE)
    acting.server.refusals.append(("send", HomeserverError(413, "M_TOO_LARGE")))
    held = writes(acting, room, MIKA, body="x" * 60_000)
    assert acting.server.rooms[room].messages[held.event_id] == {}
    assert f"{held.event_id} cannot be shown to moderators: M_TOO_LARGE" in caplog.text


def test_a_poll_waits_too_and_comes_back_as_one__mx_30() -> None:
    acting, room, _ = sanctioned(MemberAction.PRE_MODERATE)
    content = {"m.poll": {"question": {"m.text": [{"body": "Gift cards?"}]}}}
    poll = event("m.poll.start", room, MIKA, content)
    acting.server.rooms[room].messages[poll.event_id] = content
    see(acting, poll)
    assert acting.server.rooms[room].messages[poll.event_id] == {}
    assert ["Gift cards?" in each["body"] for each in moderators(acting)] == [True]
    lets_through(acting, "👍")
    (kind,) = (kind for user, kind, _ in acting.server.transactions if user == MIKA)
    assert kind == "m.poll.start"


def test_a_link_in_a_poll_is_removed__mx_30() -> None:
    acting, room, _ = sanctioned(MemberAction.RESTRICT_LINK_MEDIA)
    poll = event("m.poll.start", room, MIKA, {"m.poll": {"question": {"m.text": [{"body": "https://shop.example"}]}}})
    acting.server.rooms[room].messages[poll.event_id] = poll.content
    see(acting, poll)
    assert acting.server.rooms[room].messages[poll.event_id] == {}


def test_people_are_shown_what_the_members_of_the_room_would_see__mx_30() -> None:
    acting, room, _ = sanctioned(MemberAction.PRE_MODERATE)
    rich = {"format": "org.matrix.custom.html", "formatted_body": "<b>Gift cards</b>"}
    writes(acting, room, MIKA, body="y" * 5_000)
    writes(acting, room, MIKA, body="Good morning", **rich)
    first, second = (each["body"] for each in moderators(acting))
    assert len(first) < 4_200
    assert "Good morning" in second
    assert "Gift cards" in second


def test_a_message_that_people_do_not_let_through_stays_away() -> None:
    acting, room, _ = sanctioned(MemberAction.PRE_MODERATE)
    writes(acting, room, MIKA)
    lets_through(acting, "👎")
    assert bodies(acting, room) == []


def test_the_text_of_a_held_message_is_in_no_table() -> None:
    acting, room, _ = sanctioned(MemberAction.PRE_MODERATE)
    writes(acting, room, MIKA, body="a secret")
    tables = [name for (name,) in acting.store.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    kept = str([acting.store.rows(f"SELECT * FROM {table}") for table in tables])  # noqa: S608 - our own
    assert "secret" not in kept


def test_messages_of_others_are_left_alone() -> None:
    acting, room, _ = sanctioned(MemberAction.PRE_MODERATE)
    written = writes(acting, room, BOB)
    assert acting.server.rooms[room].messages[written.event_id]["body"] == "Buy now"


@pytest.mark.parametrize(
    ("content", "removed"),
    [
        ({"body": "see https://shop.example"}, True),
        ({"body": "see www.shop.example"}, True),
        ({"formatted_body": "<a href='HTTPS://shop.example'>here</a>"}, True),
        ({"formatted_body": "&#104;ttps&colon;//shop.example"}, True),
        ({"formatted_body": "<a href='ht&#10;tps://shop.example'>here</a>"}, True),
        ({"body": "ftp://shop.example"}, True),
        ({"body": "MAILTO:mika@shop.example"}, True),
        ({"body": "magnet:?xt=urn:btih:1"}, True),
        ({"m.new_content": {"formatted_body": "&#x77;ww.shop.example"}}, True),
        ({"body": "the href= of a page", "formatted_body": "<b>1 &lt; 2</b>"}, False),
        ({"msgtype": "m.image", "body": "picture.png"}, True),
        ({"m.new_content": {"body": "https://shop.example"}}, True),
        ({"m.new_content": {"msgtype": "m.image"}}, True),
        ({"msgtype": ["m.image"], "body": {}, "m.new_content": 1}, False),
        ({"body": "good morning"}, False),
        ({"body": {"deep": "https://shop.example"}}, False),
    ],
)
def test_links_and_media_of_a_member_who_may_send_none_are_removed(content: dict[str, Any], removed: bool) -> None:  # noqa: FBT001
    acting, room, _ = sanctioned(MemberAction.RESTRICT_LINK_MEDIA)
    written = writes(acting, room, MIKA, **content)
    assert (acting.server.rooms[room].messages[written.event_id] == {}) is removed
    assert moderators(acting) == []


def test_what_cannot_be_done_is_logged_without_the_text_and_holds_nothing_up(caplog: pytest.LogCaptureFixture) -> None:
    acting, room, _ = sanctioned(MemberAction.RESTRICT_LINK_MEDIA)
    acting.server.refusals.append(("redact", HomeserverError(403, "M_FORBIDDEN")))
    written = writes(acting, room, MIKA, body="https://shop.example")
    assert f"nothing could be done about {written.event_id}: M_FORBIDDEN" in caplog.text
    assert "shop" not in caplog.text
