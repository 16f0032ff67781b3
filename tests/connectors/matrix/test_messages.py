"""Messages: to whom they go, what their text is, and the places that they share (MX-3, MX-4)."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.matrix.events.message_text import text_of
from schemas.records import LocationUpdated, MessageSent
from tests.connectors.matrix.talk import Talk, room_id, user

HTML = "org.matrix.custom.html"


def test_a_message_in_a_room_of_two_is_to_the_other_one__mx_3(talk: Talk) -> None:
    talk.direct("mika", "rosa", "dm")
    (message,) = talk.say("mika", "dm", "Are you well?")
    assert isinstance(message, MessageSent)
    assert (message.sender_id, message.recipient_id, message.group_id) == (user("mika"), user("rosa"), None)
    assert (message.event_id, message.text) == ("$event5", "Are you well?")


def test_a_message_to_somebody_who_has_not_yet_accepted_is_to_that_person__mx_3(talk: Talk) -> None:
    talk.create("mika", "dm")
    talk.member("rosa", "dm", "invite", "mika", is_direct=True)
    (message,) = talk.say("mika", "dm")
    assert isinstance(message, MessageSent)
    assert message.recipient_id == user("rosa")


def test_a_message_in_a_room_of_more_is_into_the_group__mx_3(talk: Talk) -> None:
    talk.group("ada", "club", "ben", "carl")
    (message,) = talk.say("ben", "club")
    assert isinstance(message, MessageSent)
    assert (message.recipient_id, message.group_id) == (None, room_id("club"))


def test_an_invited_third_does_not_hide_a_direct_message_in_a_group__mx_3(talk: Talk) -> None:
    talk.direct("mika", "rosa", "dm")
    talk.member("tom", "dm", "invite", "mika")
    messages = [each for name in ("mika", "rosa") for each in talk.say(name, "dm")]
    to = [(each.recipient_id, each.group_id) for each in messages if isinstance(each, MessageSent)]
    assert to == [(user("rosa"), None), (user("mika"), None)]


def test_a_room_is_not_hidden_by_naming_the_connectors_user_as_a_creator__mx_3(talk: Talk) -> None:
    talk.create("mika", "dm", version="12", additional_creators=[user("kithward")])
    talk.member("rosa", "dm", "invite", "mika", is_direct=True)
    talk.member("rosa", "dm", "join")
    assert [type(each) for each in talk.say("mika", "dm")] == [MessageSent]


def test_the_connectors_own_user_is_nobody__mx_3(talk: Talk) -> None:
    talk.direct("mika", "rosa", "dm")
    talk.member("kithward", "dm", "join")
    (message,) = talk.say("mika", "dm")
    assert isinstance(message, MessageSent)
    assert message.recipient_id == user("rosa")
    assert talk.say("kithward", "dm", "Beware") == []


def test_a_message_to_nobody_becomes_nothing__mx_3(talk: Talk) -> None:
    talk.create("mika", "notes")
    assert talk.say("mika", "notes") == []


def test_an_encrypted_message_has_no_text_and_still_says_who_writes_to_whom__mx_3(talk: Talk) -> None:
    talk.direct("mika", "rosa", "dm")
    content = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "AwgAEnACgAkLmt6q"}
    (message,) = talk.send(talk.event("m.room.encrypted", "mika", "dm", content=content))
    assert isinstance(message, MessageSent)
    assert (message.recipient_id, message.text) == (user("rosa"), "")


def test_an_edit_is_a_message_with_the_new_text__mx_3(talk: Talk) -> None:
    talk.direct("mika", "rosa", "dm")
    edit = {
        "m.new_content": {"body": "Buy me a gift card"},
        "m.relates_to": {"rel_type": "m.replace", "event_id": "$event5"},
    }
    (message,) = talk.say("mika", "dm", "* Buy me a gift card", **edit)
    assert isinstance(message, MessageSent)
    assert (message.event_id, message.text) == ("$event5", "Buy me a gift card")


REPLY: dict[str, Any] = {"m.relates_to": {"m.in_reply_to": {"event_id": "$event1"}}}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"body": "Hello"}, "Hello"),
        ({}, ""),
        ({"body": 7}, ""),
        ({"body": "> <@rosa:x> gift card\n> please\n\nNo", **REPLY}, "No"),
        ({"body": "> 5 is more than 4"}, "> 5 is more than 4"),
        ({"body": "a **gift** card", "format": HTML, "formatted_body": "a <b>gift</b> card"}, "a **gift** card"),
        (
            {"body": "Hello", "format": HTML, "formatted_body": "buy a <b>gi</b>ft&nbsp;card"},
            "Hello\nbuy a gift\xa0card",
        ),
        ({"body": "Hello", "formatted_body": "not shown"}, "Hello"),
        (
            {"body": "here", "format": HTML, "formatted_body": '<a href="https://pay.example/x">here</a>'},
            "here\nhttps://pay.example/x here",
        ),
        ({"body": "Rosa", "format": HTML, "formatted_body": '<a href="https://matrix.to/#/@rosa:x">Rosa</a>'}, "Rosa"),
        ({"body": "No", "format": HTML, "formatted_body": "<mx-reply>gift card</mx-reply>No", **REPLY}, "No"),
        ({"body": "No", "format": HTML, "formatted_body": "No<mx-reply>gift card</mx-reply>"}, "No\nNo\ngift card"),
    ],
)
def test_the_text_is_what_people_see__mx_3(content: dict[str, Any], text: str) -> None:
    assert text_of(content) == text


def test_a_long_html_of_opened_tags_is_read_in_proportion_to_its_length__mx_3() -> None:
    """Whatever is nested or left open: a hundred such messages a second must not hold up the others."""
    for evil in ("<" * 60_000, "<a " * 20_000, "<mx-reply>" * 6_000, "<a href=" * 7_000, "&" * 60_000, "> " * 30_000):
        assert len(text_of({"body": evil, "format": HTML, "formatted_body": evil, **REPLY})) <= 2 * len(evil) + 1


PLACE = "geo:48.2082,16.3738;u=35"


@pytest.mark.parametrize(
    "content",
    [
        {"msgtype": "m.location", "geo_uri": PLACE},
        {"msgtype": "m.location", "org.matrix.msc3488.location": {"uri": PLACE}, "geo_uri": "geo:0,0"},
        {"m.location": {"uri": "geo:48.2082,16.3738,170"}},
    ],
)
def test_a_location_message_is_also_a_location__mx_4(talk: Talk, content: dict[str, Any]) -> None:
    talk.direct("mika", "rosa", "dm")
    message, location = talk.say("mika", "dm", "I am here", **content)
    assert isinstance(message, MessageSent)
    assert isinstance(location, LocationUpdated)
    assert (location.account_id, location.latitude, location.longitude) == (user("mika"), 48.2082, 16.3738)
    assert location.event_id != message.event_id


@pytest.mark.parametrize("uri", ["geo:91,0", "geo:0,181", "geo:1", "geo:1,nan", "48,16", 7, f"geo:{'1' * 400},0"])
def test_a_place_that_is_none_is_left_out__mx_4(talk: Talk, uri: object) -> None:
    talk.direct("mika", "rosa", "dm")
    assert [type(each) for each in talk.say("mika", "dm", msgtype="m.location", geo_uri=uri)] == [MessageSent]


def test_a_live_location_is_a_location_and_no_message__mx_4(talk: Talk) -> None:
    talk.direct("mika", "rosa", "dm")
    content = {"org.matrix.msc3488.location": {"uri": PLACE}}
    (location,) = talk.send(talk.event("org.matrix.msc3672.beacon", "mika", "dm", content=content))
    assert isinstance(location, LocationUpdated)
