"""Commands on a real homeserver, as people's own clients see what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.local.matrix.person import ROOMS
from schemas.records import (
    AcceptFriend,
    AddMember,
    AskLookalike,
    BlockAccount,
    CloseEventGroup,
    CreateEventGroup,
    EventMember,
    EventRole,
    ExitSession,
    ManageMember,
    MemberAction,
    Permission,
    PromptToJoin,
    RefuseFriend,
    RequestReview,
    Warn,
    WarnChannel,
)
from tests.connectors.matrix.commands.acting import AT_MS, header, revocation
from tests.connectors.matrix.stand import NUMBERS, Stand, open_stand
from tests.connectors.matrix.talk import SERVER

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.jvm  # as slow as what starts a process in Java


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Provide a homeserver, on which commands are carried out."""
    with open_stand(tmp_path_factory.mktemp("commands")) as opened:
        yield opened


def test_who_is_blocked_is_not_heard_until_the_block_is_revoked__mx_24(stand: Stand) -> None:
    rosa, mika, bob = (stand.person(name) for name in ("rosa", "mika", "bob"))
    room = mika.room(rosa)
    path = ("/_matrix/client/v3/user", rosa.id, "account_data", "m.ignored_user_list")
    own = {"ignored_users": {bob.id: {}}}
    rosa.call("PUT", *path, body=own).raise_for_status()
    command = BlockAccount(**header(), account_id=rosa.id, blocked_id=mika.id)
    stand.execute(command)
    assert rosa.call("GET", *path).json() == {"ignored_users": {bob.id: {}, mika.id: {}}}
    mika.say(room, "send me money").raise_for_status()
    assert rosa.reads(room) == []
    stand.execute(revocation(command))
    assert rosa.call("GET", *path).json() == own
    assert rosa.reads(room) == ["send me money"]


def test_a_warning_is_read_at_once_and_comes_once__mx_26(stand: Stand) -> None:
    rosa, mika = stand.person("rosa"), stand.person("mika")
    fields = {"account_id": rosa.id, "about_id": mika.id, "channel": WarnChannel.IN_APP, "report": "suspected"}
    command = Warn(**header(), **fields)
    stand.execute(command, command)
    stand.store.run("DELETE FROM commands")  # as if killed before it was noted
    stand.store.run("DELETE FROM own_rooms")
    stand.execute(command)
    assert rosa.notices() == ["Warning: suspected"]


def test_an_ended_conversation_is_left_on_one_side__mx_25(stand: Stand) -> None:
    rosa, mika = stand.person("rosa"), stand.person("mika")
    room, group = mika.room(rosa), mika.room(rosa, stand.person("bob"))
    stand.execute(ExitSession(**header(), account_id=rosa.id, other_id=mika.id))
    assert mika.membership(room, rosa.id) == "leave"
    assert mika.membership(group, rosa.id) == "join"


def test_an_invitation_waits_and_is_let_through_or_declined__mx_28(stand: Stand) -> None:
    rosa, mika, nora = (stand.person(name) for name in ("rosa", "mika", "nora"))
    for request_id, accepted in (("r1", True), ("r2", False)):
        room = mika.room(rosa, is_direct=True)
        stand.requested(request_id, room, mika, rosa)
        fields = {"request_id": request_id, "account_id": rosa.id, "requester_id": mika.id}
        stand.execute(AskLookalike(**header(), **fields, lookalike_id=nora.id))
        assert mika.membership(room, rosa.id) == "leave"
        assert rosa.join(room).status_code == 403
        answer = AcceptFriend(**header(), **fields) if accepted else RefuseFriend(**header(), **fields, reason="DENIED")
        stand.execute(answer)
        assert rosa.join(room).status_code == (200 if accepted else 403)
    stand.execute(revocation(answer))
    assert rosa.join(room).status_code == 200
    assert [mika.id in text for text in nora.notices()] == [True, True]


@pytest.mark.parametrize("version", ["10", "12"])
def test_a_member_is_muted_removed_and_banned_and_all_is_taken_back__mx_29(stand: Stand, version: str) -> None:
    rosa, mika, bob = (stand.person(name) for name in ("rosa", "mika", "bob"))
    room = rosa.room(mika, bob, room_version=version)

    def command(action: MemberAction) -> ManageMember:
        return ManageMember(**header(), group_id=room, account_id=mika.id, action=action)

    mute, remove, ban = map(command, (MemberAction.MUTE, MemberAction.REMOVE, MemberAction.BAN))
    stand.execute(mute)
    assert mika.say(room).status_code == 403
    assert bob.say(room).status_code == 200
    stand.execute(revocation(mute))
    assert mika.say(room).status_code == 200
    stand.execute(remove, ban)
    assert rosa.membership(room, mika.id) == "ban"
    stand.execute(revocation(remove), revocation(ban))
    assert mika.join(room).status_code == 200


def test_administrators_hear_of_a_member_and_are_not_sanctioned__mx_29(stand: Stand) -> None:
    rosa, mika = stand.person("rosa"), stand.person("mika")
    room = rosa.room(mika)
    fields = {"group_id": room, "account_id": mika.id}
    stand.execute(ManageMember(**header(), **fields, action=MemberAction.NOTIFY_ADMIN))
    assert [mika.id in text for text in rosa.notices()] == [True]
    assert mika.notices() == []


def test_an_event_group_holds_those_who_have_agreed__mx_31(stand: Stand) -> None:
    rosa, mika, bob = (stand.person(name) for name in ("rosa", "mika", "bob"))
    group = {"incident_id": f"i{next(NUMBERS)}", "group_id": f"g{next(NUMBERS)}"}
    founder = EventMember(account_id=rosa.id, roles=(EventRole.EVENT_USER,), permission=Permission.POST)
    place = {"latitude": 52.5, "longitude": 13.4, "kind": "accident"}
    create = CreateEventGroup(**header(), **group, **place, description="A fall.", members=(founder,))
    stand.execute(create)
    (room,) = rosa.sees()["join"]
    assert rosa.say(room).status_code == 200
    asked = {"roles": (EventRole.NEARBY_USER,), **group}
    stand.execute(*(PromptToJoin(**header(), **asked, account_id=each.id, deadline_ms=AT_MS) for each in (mika, bob)))
    assert room in mika.sees()["invite"]
    assert mika.join(room).status_code == 200
    assert mika.say(room).status_code == 403
    stand.execute(AddMember(**header(), **asked, account_id=mika.id, permission=Permission.POST))
    assert mika.say(room, "I am near").status_code == 200
    assert rosa.membership(room, bob.id) == "invite"
    stand.store.run("DELETE FROM own_rooms")  # a room that was made is found by its alias
    stand.store.run("DELETE FROM commands")
    stand.execute(create, CloseEventGroup(**header(), **group))
    assert [each.say(room).status_code for each in (rosa, mika)] == [403, 403]
    assert "accident (52.50000, 13.40000)\nA fall." in rosa.reads(room)


def test_a_message_waits_for_the_moderators__mx_30(stand: Stand) -> None:
    rosa, mika, eve = (stand.person(name) for name in ("rosa", "mika", "eve"))
    stand.moderation_room = eve.room()
    eve.call("POST", ROOMS, stand.moderation_room, "invite", body={"user_id": f"@kithward:{SERVER}"}).raise_for_status()
    room = rosa.room(mika)
    stand.execute(ManageMember(**header(), group_id=room, account_id=mika.id, action=MemberAction.PRE_MODERATE))
    event_id = mika.say(room, "buy now").raise_for_status().json()["event_id"]
    stand.see(rosa.call("GET", ROOMS, room, "event", event_id).json())
    assert rosa.reads(room) == []
    events = eve.sees()["join"][stand.moderation_room]["timeline"]["events"]
    (asked,) = [each["event_id"] for each in events if "waits: buy now" in each["content"].get("body", "")]
    content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": asked, "key": "👍"}}
    path = (ROOMS, stand.moderation_room, "send", "m.reaction", "answer")
    reaction = eve.call("PUT", *path, body=content).raise_for_status().json()["event_id"]
    for _ in range(2):
        stand.see(eve.call("GET", ROOMS, stand.moderation_room, "event", reaction).json())
    assert rosa.reads(room) == ["buy now"]


def test_moderators_are_asked_for_a_review__mx_32(stand: Stand) -> None:
    eve, mika = stand.person("eve"), stand.person("mika")
    stand.moderation_room = eve.room()
    eve.call("POST", ROOMS, stand.moderation_room, "invite", body={"user_id": f"@kithward:{SERVER}"}).raise_for_status()
    stand.execute(RequestReview(**header(), subject_id=mika.id, rule="strangers", summary="Look."))
    (asked,) = eve.reads(stand.moderation_room)
    assert asked.startswith(f"Review of {mika.id} (strangers): Look.")
