"""Commands on a real homeserver, as people's own clients see what they do."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import httpx
import pytest

from connectors.matrix.bot import register_bot
from connectors.matrix.commands.actions import actions, means_of
from connectors.matrix.commands.executor import Executor
from connectors.matrix.commands.gateway import NoGateway
from connectors.matrix.commands.guard import Guard
from connectors.matrix.configuration import Configuration, HomeserverPart
from connectors.matrix.events.matrix_event import parse_event
from connectors.matrix.homeserver import open_homeserver
from connectors.matrix.registration import load_registration, write_registration
from connectors.matrix.store import Store
from connectors.matrix.store_layout import TABLES
from jobs.local.ports import free_ports
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
from tests.connectors.matrix.synapse import Synapse
from tests.connectors.matrix.talk import SERVER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from schemas.records import Record

pytestmark = pytest.mark.jvm  # as slow as what starts a process in Java

ROOMS: Final = "/_matrix/client/v3/rooms"
MODERATOR: Final = "moderator"
_NUMBERS: Final = count(1)


class Person:
    """Somebody with a client: every call is made by the person's own token."""

    def __init__(self, synapse: Synapse, http: httpx.Client, name: str) -> None:
        login = synapse.register(f"{name}{next(_NUMBERS)}")
        self.id: str = login["user_id"]
        self._http, self._token = http, {"Authorization": f"Bearer {login['access_token']}"}

    def call(self, method: str, *path: str, body: object = None) -> httpx.Response:
        address = "/".join((path[0], *(quote(part, safe="") for part in path[1:])))
        return self._http.request(method, address, json=body, headers=self._token)

    def room(self, *invited: Person, **given: Any) -> str:
        """Make a room, into which the invited come."""
        body = {"invite": [each.id for each in invited], **given}
        room_id: str = (
            self.call("POST", "/_matrix/client/v3/createRoom", body=body).raise_for_status().json()["room_id"]
        )
        for each in invited:
            if not given.get("is_direct"):
                each.join(room_id)
        return room_id

    def join(self, room_id: str) -> int:
        return self.call("POST", ROOMS, room_id, "join", body={}).status_code

    def say(self, room_id: str, body: str = "hello") -> httpx.Response:
        content = {"msgtype": "m.text", "body": body}
        return self.call("PUT", ROOMS, room_id, "send", "m.room.message", f"t{next(_NUMBERS)}", body=content)

    def sees(self) -> dict[str, Any]:
        """Return the rooms of a first sync: those joined, and those invited to."""
        # What it is asked twice within minutes the homeserver answers as before.
        fresh = {"room": {"timeline": {"limit": 100 + next(_NUMBERS)}}}
        asked = f"/_matrix/client/v3/sync?filter={quote(json.dumps(fresh))}"
        synced = self.call("GET", asked).raise_for_status().json()
        rooms: dict[str, Any] = synced.get("rooms", {})
        return rooms

    def reads(self, room_id: str) -> list[str]:
        """Return the texts that the person's client shows in a room."""
        events = self.sees()["join"][room_id]["timeline"]["events"]
        return [each["content"]["body"] for each in events if each["type"] == "m.room.message" and each["content"]]

    def notices(self) -> list[str]:
        """Return what the bot has told the person."""
        rooms = self.sees().get("join", {})
        return [text for room_id in rooms for text in self.reads(room_id) if self._is_of_bot(rooms[room_id])]

    def _is_of_bot(self, room: dict[str, Any]) -> bool:
        events = (*room["state"]["events"], *room["timeline"]["events"])
        return any(each["type"] == "m.room.create" and "kithward" in each["sender"] for each in events)

    def membership(self, room_id: str, account: str) -> str:
        answer = self.call("GET", ROOMS, room_id, "state", "m.room.member", account)
        return str(answer.raise_for_status().json()["membership"])


class Stand:
    """A homeserver, and the store of a connector."""

    def __init__(self, synapse: Synapse, http: httpx.Client, token: str, bot: str) -> None:
        self.synapse, self._http, self._token, self._bot = synapse, http, token, bot
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        connection.executescript(TABLES)
        self.store = Store(connection)
        self.moderation_room: str | None = None

    def person(self, name: str) -> Person:
        return Person(self.synapse, self._http, name)

    @asynccontextmanager
    async def _acting(self) -> AsyncIterator[tuple[Executor, Guard]]:
        part = HomeserverPart(address=self.synapse.address, server_name=SERVER)
        given = Configuration(homeserver=part, moderation_room=self.moderation_room)
        async with open_homeserver(self.synapse.address, self._token, self._bot) as homeserver:
            await register_bot(homeserver, self.synapse.address)
            means = means_of(homeserver, self.store, given, NoGateway())
            yield Executor(actions(means), means.ledger, means.questions), Guard(means, self.moderation_room)

    def execute(self, *commands: Record) -> None:
        """Carry commands out."""

        async def run() -> None:
            async with self._acting() as (executor, _):
                for command in commands:
                    await executor.execute(command)

        asyncio.run(run())

    def see(self, event: dict[str, Any]) -> None:
        """Let the guard see an event."""

        async def run() -> None:
            parsed = parse_event(event)
            assert parsed is not None
            async with self._acting() as (_, guard):
                await guard.see(parsed)

        asyncio.run(run())

    def requested(self, request_id: str, room_id: str, requester: Person, target: Person) -> None:
        row = (request_id, room_id, requester.id, target.id, AT_MS)
        self.store.run("INSERT INTO requests VALUES (?, ?, ?, ?, ?)", *row)


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Provide a homeserver with the registration of a connector that does not listen."""
    folder = tmp_path_factory.mktemp("commands")
    (port,) = free_ports(1)
    part = HomeserverPart(address=f"http://127.0.0.1:{port}", server_name=SERVER)
    given = Configuration(homeserver=part)
    write_registration(folder / "registration.yaml", given)
    bot, token = load_registration(folder / "registration.yaml").login(SERVER)
    with (
        Synapse(folder / "synapse", port, folder / "registration.yaml") as synapse,
        httpx.Client(base_url=synapse.address) as http,
    ):
        yield Stand(synapse, http, token, bot)


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
        assert rosa.join(room) == 403
        answer = AcceptFriend(**header(), **fields) if accepted else RefuseFriend(**header(), **fields, reason="DENIED")
        stand.execute(answer)
        assert rosa.join(room) == (200 if accepted else 403)
    stand.execute(revocation(answer))
    assert rosa.join(room) == 200
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
    assert mika.join(room) == 200


def test_administrators_hear_of_a_member_and_are_not_sanctioned__mx_29(stand: Stand) -> None:
    rosa, mika = stand.person("rosa"), stand.person("mika")
    room = rosa.room(mika)
    fields = {"group_id": room, "account_id": mika.id}
    stand.execute(ManageMember(**header(), **fields, action=MemberAction.NOTIFY_ADMIN))
    assert [mika.id in text for text in rosa.notices()] == [True]
    assert mika.notices() == []


def test_an_event_group_holds_those_who_have_agreed__mx_31(stand: Stand) -> None:
    rosa, mika, bob = (stand.person(name) for name in ("rosa", "mika", "bob"))
    group = {"incident_id": f"i{next(_NUMBERS)}", "group_id": f"g{next(_NUMBERS)}"}
    founder = EventMember(account_id=rosa.id, roles=(EventRole.EVENT_USER,), permission=Permission.POST)
    place = {"latitude": 52.5, "longitude": 13.4, "kind": "accident"}
    create = CreateEventGroup(**header(), **group, **place, description="A fall.", members=(founder,))
    stand.execute(create)
    (room,) = rosa.sees()["join"]
    assert rosa.say(room).status_code == 200
    asked = {"roles": (EventRole.NEARBY_USER,), **group}
    stand.execute(*(PromptToJoin(**header(), **asked, account_id=each.id, deadline_ms=AT_MS) for each in (mika, bob)))
    assert room in mika.sees()["invite"]
    assert mika.join(room) == 200
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
