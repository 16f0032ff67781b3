"""Profiles: a new name or picture is told once, however many rooms it shows in (MX-5)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from connectors.matrix.configuration import Avatars
from connectors.matrix.events import avatars
from connectors.matrix.homeserver import HomeserverError
from operators.likeness.perceptual_hash import hash_picture
from operators.policy.avatar_impersonation import AvatarImpersonationPolicy
from schemas.records import ProfileChanged
from tests.connectors.matrix.talk import SERVER, Talk, open_talk, user
from tests.support.picture_files import file_of, picture

if TYPE_CHECKING:
    from pathlib import Path

    from schemas.records import Record

AVATAR = f"mxc://{SERVER}/picture"
THUMBNAIL = f"/_matrix/client/v1/media/thumbnail/{SERVER}/picture"
FILE = f"/_matrix/client/v1/media/download/{SERVER}/picture"
PICTURE = file_of(picture())


def profiles(records: list[Record]) -> list[ProfileChanged]:
    return [each for each in records if isinstance(each, ProfileChanged)]


def test_a_name_is_told_once_however_often_it_shows__mx_5(talk: Talk) -> None:
    assert profiles(talk.create("mika", "one")) == []
    (profile,) = profiles(talk.member("mika", "one", "join", displayname="Mika"))
    assert (profile.account_id, profile.nickname, profile.avatar_hash) == (user("mika"), "Mika", None)
    assert profiles(talk.member("mika", "two", "join", displayname="Mika")) == []
    talk.restart()
    assert profiles(talk.member("mika", "three", "join", displayname="Mika")) == []
    (renamed,) = profiles(talk.member("mika", "three", "join", displayname="Rosa"))
    assert renamed.nickname == "Rosa"
    (bare,) = profiles(talk.member("mika", "three", "join"))
    assert bare.nickname == ""


def test_a_picture_is_sent_as_the_homeserver_makes_it_small__mx_5(talk: Talk) -> None:
    talk.homeserver.files = {THUMBNAIL: PICTURE, FILE: b"the large one"}
    (profile,) = profiles(talk.member("mika", "one", "join", avatar_url=AVATAR))
    assert (profile.nickname, profile.avatar_image, profile.avatar_hash) == (None, PICTURE, None)
    (removed,) = profiles(talk.member("mika", "one", "join"))
    assert (removed.nickname, removed.avatar_image, removed.avatar_hash) == (None, None, b"")


def test_an_address_that_is_too_long_to_be_one_is_not_kept__mx_5(talk: Talk) -> None:
    assert profiles(talk.member("mika", "one", "join", avatar_url=f"mxc://{SERVER}/{'x' * 60_000}")) == []
    assert talk.store.rows("SELECT * FROM profiles") == []


def test_where_there_is_no_small_copy_the_picture_itself_is_sent__mx_5(talk: Talk) -> None:
    talk.homeserver.files = {FILE: PICTURE}
    (profile,) = profiles(talk.member("mika", "one", "join", avatar_url=AVATAR))
    assert profile.avatar_image == PICTURE


def test_a_picture_that_cannot_be_had_is_asked_for_again_at_the_next_join__mx_5(talk: Talk) -> None:
    (profile,) = profiles(talk.member("mika", "one", "join", displayname="Mika", avatar_url=AVATAR))
    assert (profile.nickname, profile.avatar_image) == ("Mika", None)
    talk.homeserver.files = {THUMBNAIL: PICTURE}
    (again,) = profiles(talk.member("mika", "two", "join", displayname="Mika", avatar_url=AVATAR))
    assert (again.nickname, again.avatar_image) == (None, PICTURE)


def test_a_picture_that_stays_with_a_new_name_is_not_told_again_and_its_removal_is__mx_5(talk: Talk) -> None:
    talk.homeserver.files = {THUMBNAIL: PICTURE}
    talk.member("mika", "one", "join", displayname="Mika", avatar_url=AVATAR)
    (renamed,) = profiles(talk.member("mika", "one", "join", displayname="Rosa", avatar_url=AVATAR))
    assert (renamed.nickname, renamed.avatar_image) == ("Rosa", None)
    assert profiles(talk.member("mika", "two", "join", displayname="Rosa", avatar_url=AVATAR)) == []
    talk.restart()
    (removed,) = profiles(talk.member("mika", "one", "join", displayname="Rosa"))
    assert (removed.nickname, removed.avatar_hash) == (None, b"")


def test_who_goes_from_one_room_into_another_is_no_stranger__mx_5(talk: Talk) -> None:
    far = "@far:else.example"
    for room in ("one", "two"):
        talk.create("mika", room)
    talk.member(far, "one", "join", displayname="Far")
    joins = talk.membership(far, "two", "join", displayname="Far")
    talk.send(talk.membership(far, "one", "leave"), joins)
    assert profiles(talk.member(far, "two", "join", displayname="Far")) == []


def test_a_picture_is_removed_also_after_one_that_could_not_be_had__mx_5(talk: Talk) -> None:
    talk.homeserver.files = {THUMBNAIL: PICTURE}
    talk.member("mika", "one", "join", avatar_url=AVATAR)
    assert profiles(talk.member("mika", "one", "join", avatar_url=f"{AVATAR}2")) == []
    (removed,) = profiles(talk.member("mika", "one", "join"))
    assert removed.avatar_hash == b""


@pytest.mark.parametrize("address", ["https://evil.example/x", "mxc://a/b/../c", f"mxc://{'a' * 300}/b"])
def test_an_address_that_is_none_of_media_is_not_asked_for__mx_5(talk: Talk, address: str) -> None:
    assert profiles(talk.member("mika", "one", "join", avatar_url=address)) == []
    assert not [path for path in talk.homeserver.asked if "media" in path]


def test_a_homeserver_whose_pictures_do_not_come_is_left_alone_for_a_while__mx_5(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One slow homeserver must not hold up the events of everybody else, picture by picture."""
    asked: list[str] = []

    async def silent(*path: str, **_: object) -> bytes:
        asked.append(path[1])
        raise HomeserverError(0, "no answer (TimeoutError)")

    monkeypatch.setattr(talk.homeserver, "download", silent)
    for number in range(3):
        talk.member("mika", "one", "join", avatar_url=f"mxc://slow.example/{number}")
        talk.member("rosa", "one", "join", avatar_url=f"mxc://also.example/{number}")
    assert asked == ["slow.example", "also.example"]


def test_many_names_of_slow_homeservers_hold_nothing_up_and_the_own_one_is_asked__mx_5(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def silent(*path: str, **_: object) -> bytes:
        asked.append(path[1])
        if path[1] == SERVER:
            return PICTURE
        raise HomeserverError(0, "no answer (TimeoutError)")

    monkeypatch.setattr(talk.homeserver, "download", silent)
    for number in range(30):
        talk.member("mika", "one", "join", avatar_url=f"mxc://slow{number}.example/x")
    assert len(asked) == 10
    assert len(profiles(talk.member("rosa", "one", "join", avatar_url=AVATAR))) == 1


class Slow:
    """A homeserver whose pictures take long, and a clock."""

    def __init__(self, talk: Talk, monkeypatch: pytest.MonkeyPatch, takes_s: float) -> None:
        self.now_s, self.takes_s, self.asked = 0.0, takes_s, list[str]()
        monkeypatch.setattr(talk.homeserver, "download", self.download)
        monkeypatch.setattr(avatars, "monotonic", lambda: self.now_s)

    async def download(self, *path: str, **_: object) -> bytes:
        self.asked.append(path[1])
        self.now_s += self.takes_s
        return PICTURE


def test_a_homeserver_whose_pictures_come_late_again_and_again_is_left_alone_for_a_while__mx_5(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(talk, monkeypatch, 4.9)
    for number in range(5):
        talk.member("mika", "one", "join", avatar_url=f"mxc://slow.example/{number}")
    assert len(slow.asked) == 2
    slow.now_s += 600
    talk.member("mika", "one", "join", avatar_url="mxc://slow.example/again")
    assert len(slow.asked) == 3


def test_many_names_of_a_homeserver_that_answers_late_take_a_minute_of_ten_at_most__mx_5(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(talk, monkeypatch, 4.9)
    for number in range(30):
        talk.member("mika", "one", "join", avatar_url=f"mxc://slow{number}.example/x")
    assert len(slow.asked) == 11
    for number in range(5):
        assert len(profiles(talk.member("rosa", "one", "join", avatar_url=f"{AVATAR}{number}"))) == 1


def test_a_copy_and_the_picture_itself_have_five_seconds_together__mx_5(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A homeserver may refuse the copy at once, and never bring the picture."""
    asked = list[str]()

    async def half(*path: str, **_: object) -> bytes:
        asked.append(path[0].rpartition("/")[2])
        if asked[-1] == "download":
            await asyncio.Event().wait()
        raise HomeserverError(404, "M_NOT_FOUND")

    monkeypatch.setattr(talk.homeserver, "download", half)
    monkeypatch.setattr(avatars, "_WITHIN_S", 0.05)
    for number in range(3):
        talk.member("mika", "one", "join", avatar_url=f"mxc://slow.example/{number}")
    assert asked == ["thumbnail", "download"]


def test_on_request_only_the_hash_of_a_picture_is_sent__mx_5(tmp_path: Path) -> None:
    with open_talk(tmp_path, Avatars.HASH) as talk:
        talk.homeserver.files = {THUMBNAIL: PICTURE}
        (profile,) = profiles(talk.member("mika", "one", "join", avatar_url=AVATAR))
        assert profile.avatar_image is None
        assert profile.avatar_hash == hash_picture(PICTURE, AvatarImpersonationPolicy()).phash
        talk.homeserver.files = {THUMBNAIL: b"no picture"}
        assert profiles(talk.member("rosa", "one", "join", avatar_url=AVATAR)) == []


def test_what_an_invitation_says_of_the_invited_is_not_believed__mx_5(talk: Talk) -> None:
    talk.create("mika", "one")
    assert profiles(talk.member("rosa", "one", "invite", "mika", displayname="Somebody")) == []


def test_a_long_name_is_cut_as_the_contract_wants_it__mx_5(talk: Talk) -> None:
    (profile,) = profiles(talk.member("mika", "one", "join", displayname="M" * 1_000))
    assert profile.nickname == "M" * 256


def test_the_store_has_neither_name_nor_picture__mx_5(talk: Talk) -> None:
    talk.homeserver.files = {THUMBNAIL: PICTURE}
    talk.member("mika", "one", "join", displayname="A name of somebody", avatar_url=AVATAR)
    (row,) = talk.store.rows("SELECT * FROM profiles")
    assert "name of somebody" not in str(row)
