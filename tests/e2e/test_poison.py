"""Malformed records become dead letters, byte for byte, and do not disturb the others."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import replay
from schemas.records import FriendAdded, MessageSent, Record
from tests.e2e.support.poison import AT_MS, Poison, poisons
from tests.e2e.support.stage import Scene, outputs_of_replay
from tests.support.streams import policy

if TYPE_CHECKING:
    from jobs.kafka.topic_io import TopicRecord

SEED = 23


def good(count: int) -> list[Record]:
    """Return suspicious messages between friends, and harmless ones of every odd kind."""
    friends: list[Record] = [
        FriendAdded(event_id=f"f{n}", at_ms=AT_MS, account_id=f"a{n}", friend_id=f"b{n}") for n in range(count)
    ]
    texts = ("please send the payment", "", "x" * 65_536, "hello", "汇 款", "\x00 payment \x00")
    messages: list[Record] = [
        MessageSent(event_id=f"m{n}", at_ms=AT_MS, sender_id=f"a{n}", recipient_id=f"b{n}", text=texts[n % len(texts)])
        for n in range(count)
    ]
    return friends + messages


def header(found: TopicRecord, name: str) -> bytes:
    return dict(found.headers)[name]


def test_malformed_records_become_dead_letters_and_all_others_are_processed__c_16(scene: Scene) -> None:
    rng = random.Random(SEED)
    bad, events = list(poisons(rng)), good(60)
    placed = {id(poison): rng.randrange(len(events)) for poison in bad}
    for number, event in enumerate(events):
        for poison in (poison for poison in bad if placed[id(poison)] == number):
            scene.produce(poison.topic, poison.value, key=poison.key, at_ms=AT_MS)
        scene.send_record(event)
    scene.advance_time(AT_MS)
    scene.end(scene.start())

    letters = scene.read("dead-letters")
    assert Counter(map(what_came, letters)) == Counter(map(what_went, bad))
    sent = {place(found): found for topic in {poison.topic for poison in bad} for found in scene.read(topic)}
    for letter in letters:
        origin = sent[header(letter, "error.topic"), header(letter, "error.partition"), header(letter, "error.offset")]
        assert (origin.key, origin.value) == (letter.key, letter.value)
        assert header(letter, "error.message").decode()
        assert dict(letter.headers).get("error.value") == (b"null" if origin.value is None else None)
    assert scene.outputs() == outputs_of_replay(replay(risk_graph(), events, policy=policy()))


def place(found: TopicRecord) -> tuple[bytes, bytes, bytes]:
    return found.topic.encode(), str(found.partition).encode(), str(found.offset).encode()


def what_went(poison: Poison) -> tuple[str, str, bytes | None, bytes | None]:
    return poison.reason, poison.topic, poison.key, poison.value


def what_came(found: TopicRecord) -> tuple[str, str, bytes | None, bytes | None]:
    reason, topic = (header(found, name).decode() for name in ("error.reason", "error.topic"))
    return reason, topic, found.key, found.value
