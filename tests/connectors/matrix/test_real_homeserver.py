"""The connector between a real homeserver and a real broker, with real clients; killed in the midst."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from connectors.kit.event_checks import ambiguous, faults_of
from operators.likeness.perceptual_hash import hash_picture, likeness
from operators.policy.avatar_impersonation import AvatarImpersonationPolicy
from schemas.records import (
    AccountErased,
    BlockAccount,
    FriendAdded,
    FriendRemoved,
    FriendRequested,
    LocationUpdated,
    MemberJoined,
    MemberLeft,
    MemberReported,
    MemberRole,
    MessageSent,
    ProfileChanged,
    ReviewAnswered,
    RoleChanged,
    Warn,
    WarnChannel,
)
from tests.connectors.matrix.stage import Stage, open_stage
from tests.connectors.matrix.talk import PASSWORD, user
from tests.support.picture_files import file_of, picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.jvm


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Provide the stage with the connector started, after two have become friends and a moderation room was made."""
    with open_stage(tmp_path_factory.mktemp("matrix")) as opened:
        room = asyncio.run(before_the_connector(opened))
        opened.moderate_in(room)
        opened.start()
        yield opened


async def before_the_connector(stage: Stage) -> str:
    """Return the moderation room; two others become friends."""
    async with stage.client("nora") as nora, stage.client("olaf") as olaf, stage.client("eve") as eve:
        room = await nora.room(is_direct=True, invite=[olaf.id])
        await olaf.join(room)
        return await eve.room()


def of(kind: type[Any], **fields: Any) -> Callable[[Any], bool]:
    """Return the condition that a record is of a type and has these fields."""
    return lambda record: type(record) is kind and all(getattr(record, name) == fields[name] for name in fields)


AVATAR = file_of(picture(size=(800, 600)), "JPEG")


async def friendship(stage: Stage) -> tuple[str, str, str, str]:
    """Let two become friends, write, and part; return them, and the ids of a message and of its edit."""
    async with stage.client("mika") as mika, stage.client("rosa") as rosa:
        uploaded, _ = await mika.nio.upload(lambda *_: AVATAR, "image/jpeg", "a.jpg", filesize=len(AVATAR))
        await mika.nio.set_displayname("Mika")
        await mika.nio.set_avatar(uploaded.content_uri)
        room = await mika.room(is_direct=True, invite=[rosa.id])
        await rosa.join(room)
        first = await mika.say(room, "Are you well?")
        relation = {"rel_type": "m.replace", "event_id": first}
        edit = await mika.say(room, "* card", **{"m.new_content": {"body": "A gift card"}, "m.relates_to": relation})
        await mika.say(room, "here", msgtype="m.location", geo_uri="geo:48.2,16.37")
        await rosa.nio.room_leave(room)
        return mika.id, rosa.id, first, edit


def test_a_friendship_and_what_friends_send__mx_1_mx_3_mx_4(stage: Stage) -> None:
    mika, rosa, first, edit = asyncio.run(friendship(stage))
    found: list[Any] = stage.wait_for(
        of(ProfileChanged, account_id=mika),
        of(FriendRequested, requester_id=mika, target_id=rosa),
        of(FriendAdded, account_id=rosa, friend_id=mika),
        of(MessageSent, event_id=first, recipient_id=rosa, text="Are you well?"),
        of(MessageSent, event_id=edit, recipient_id=rosa, text="A gift card"),
        of(LocationUpdated, account_id=mika, latitude=48.2),
        of(FriendRemoved, account_id=rosa, friend_id=mika),
    )
    times = [each.at_ms for each in found]
    assert times == sorted(times)


def test_an_avatar_is_small_and_still_the_same_picture__mx_5(stage: Stage) -> None:
    (profile,) = stage.wait_for(of(ProfileChanged, nickname="Mika"))
    assert isinstance(profile, ProfileChanged)
    seen, limits = profile.avatar_image or b"", AvatarImpersonationPolicy()
    assert 0 < len(seen) < len(AVATAR)
    found = likeness(hash_picture(seen, limits), hash_picture(AVATAR, limits))
    assert found is not None
    assert found.differing_bits <= 4


def test_a_group_its_members_and_a_report__mx_2_mx_6(stage: Stage) -> None:
    async def story() -> dict[str, str]:
        async with stage.client("ada") as ada, stage.client("ben") as ben, stage.client("carl") as carl:
            room = await ada.room(invite=[ben.id])
            await ben.join(room)
            await ada.send_state(room, "m.room.join_rules", {"join_rule": "knock"})
            await carl.call("POST", f"/_matrix/client/v3/knock/{room}", {})
            await ada.nio.room_invite(room, carl.id)
            await carl.join(room)
            await ada.set_level(room, ben.id, 50)
            spam = await carl.say(room, "Buy!")
            await ben.call("POST", f"/_matrix/client/v3/rooms/{room}/report/{spam}", {"reason": "spam", "score": -100})
            await ada.call("POST", f"/_matrix/client/v3/users/{carl.id}/report", {"reason": "him again"})
            return {"room": room, "ada": ada.id, "ben": ben.id, "carl": carl.id}

    async def kick(room: str, account: str) -> None:
        async with stage.client("ben") as ben:
            await ben.nio.room_kick(room, account)

    names = asyncio.run(story())
    ada, ben, carl, room = names["ada"], names["ben"], names["carl"], names["room"]
    stage.wait_for(
        of(MemberJoined, group_id=room, account_id=ada, inviter_id=None),
        of(MemberJoined, group_id=room, account_id=ben, inviter_id=ada, inviter_role=MemberRole.OWNER),
        of(MemberJoined, group_id=room, account_id=carl, inviter_id=ada),
        of(RoleChanged, group_id=room, account_id=ada, role=MemberRole.OWNER),
        of(RoleChanged, group_id=room, account_id=ben, role=MemberRole.ADMIN),
        of(MessageSent, group_id=room, sender_id=carl, text="Buy!"),
        of(MemberReported, group_id=room, account_id=carl, reporter_id=ben, reason="spam"),
        of(MemberReported, group_id=room, account_id=carl, reporter_id=ada, reason="him again"),
    )
    asyncio.run(kick(room, carl))
    stage.wait_for(of(MemberLeft, group_id=room, account_id=carl, removed_by=ben))
    joins = [each for each in stage.records() if isinstance(each, MemberJoined) and each.group_id == room]
    assert {each.account_id: each.via.value for each in joins} == {ada: "FOUNDING", ben: "INVITE", carl: "APPROVAL"}


def test_what_happened_before_the_connector_was_started_comes_when_it_is__mx_9(stage: Stage) -> None:
    stage.wait_for(of(FriendAdded, account_id=user("olaf"), friend_id=user("nora")))


def test_a_reviewers_reaction_in_the_moderation_room__mx_7(stage: Stage) -> None:
    async def story() -> str:
        async with stage.client("eve") as eve:
            room = stage.moderation
            asked = await eve.say(room, "What about it?")
            stage.ask(asked, "REVIEW", "", json.dumps({"decision_id": "d1", "rule": "strangers", "subject_id": "@x:y"}))
            relation = {"rel_type": "m.annotation", "event_id": asked, "key": "❌"}
            await eve.send(room, "m.reaction", {"m.relates_to": relation})
            return eve.id

    eve = asyncio.run(story())
    stage.wait_for(of(ReviewAnswered, decision_id="d1", reviewer_id=eve, upheld=False))


def test_a_deactivated_and_erased_account__mx_8(stage: Stage) -> None:
    async def story() -> str:
        async with stage.client("dora") as dora, stage.client("emil") as emil:
            room = await dora.room(is_direct=True, invite=[emil.id])
            await emil.join(room)
            login = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": dora.id}}
            auth = {**login, "password": PASSWORD}
            await dora.call("POST", "/_matrix/client/v3/account/deactivate", {"auth": auth, "erase": True})
            return dora.id

    stage.wait_for(of(AccountErased, account_id=asyncio.run(story())))


def test_a_killed_connector_loses_nothing_and_repeats_only_what_it_has_said__mx_9(stage: Stage) -> None:
    async def story() -> tuple[list[str], str]:
        async with stage.client("ines") as ines, stage.client("joel") as joel:
            room = await ines.room(is_direct=True, invite=[joel.id])
            await joel.join(room)
            sent: list[str] = []
            for number in range(60):
                sent.append(await ines.say(room, f"number {number}"))
                if number % 30 == 15:
                    stage.kill()
                if number % 30 == 16:
                    stage.start()
            return sent, joel.id

    sent, joel = asyncio.run(story())
    stage.wait_for(*(of(MessageSent, event_id=event_id) for event_id in sent))
    records = [each for each in stage.records() if isinstance(each, MessageSent) and each.recipient_id == joel]
    first: dict[str, MessageSent] = {}
    for record in records:
        assert first.setdefault(record.event_id, record) == record
    assert list(first) == sent
    assert [each.text for each in first.values()] == [f"number {number}" for number in range(60)]


def test_commands_on_the_topic_are_carried_out_once_across_a_kill__mx_20_mx_21(stage: Stage) -> None:
    async def people() -> tuple[str, str, str]:
        async with stage.client("kim") as kim, stage.client("lou") as lou:
            return kim.id, lou.id, kim.nio.access_token

    kim, lou, token = asyncio.run(people())
    fields = {"decision_id": "d2", "at_ms": 1_772_442_000_000, "account_id": kim}
    warn = Warn(command_id="c1", **fields, about_id=lou, channel=WarnChannel.IN_APP, report="suspected")
    http = httpx.Client(base_url=stage.synapse.address, headers={"Authorization": f"Bearer {token}"})

    def notices() -> list[str]:
        room_id = http.get("/_matrix/client/v3/joined_rooms").json()["joined_rooms"]
        pages = (http.get(f"/_matrix/client/v3/rooms/{each}/messages", params={"dir": "b"}) for each in room_id)
        events = [event for page in pages for event in page.json()["chunk"]]
        return [event["content"]["body"] for event in events if event["type"] == "m.room.message"]

    def ignores_lou() -> bool:
        found = http.get(f"/_matrix/client/v3/user/{kim}/account_data/m.ignored_user_list")
        return found.is_success and lou in found.json()["ignored_users"]

    stage.command(warn)
    stage.wait_until(lambda: notices() == ["Warning: suspected"])
    stage.kill()
    stage.command(warn, BlockAccount(command_id="c2", **fields, blocked_id=lou), warn)
    stage.start()
    stage.wait_until(ignores_lou)
    assert notices() == ["Warning: suspected"]
    http.close()


def test_neither_log_nor_store_has_a_text_or_a_name(stage: Stage) -> None:
    log = (stage.folder / "connector.log").read_bytes()
    kept = b"".join(each.read_bytes() for each in stage.folder.glob("matrix.db*")) + log
    assert b"@ines:" in kept
    assert b"INFO sent" in log
    assert b"Updated metadata" not in log  # Kafka's client, at INFO
    assert [text for text in (b"number 5", b"Are you well", b"Mika", b"him again", b"Buy!") if text in kept] == []


def test_everything_that_was_sent_is_as_the_kit_for_connectors_wants_it(stage: Stage) -> None:
    sent = stage.sent()
    assert len(sent) > 90
    assert list(faults_of(sent, time.time_ns() // 1_000_000)) == []
    assert list(ambiguous(stage.records())) == []


def test_a_connector_that_is_stopped_ends_in_order(stage: Stage) -> None:
    assert stage.stop() == 0, stage.log()
