"""Caches of a framing with a schema registry: how often it is asked for known and unknown ids."""

from typing import Any

import pytest

from schemas import confluent
from schemas.codec import encode_body
from schemas.confluent import UNKNOWN_FOR_S, ConfluentFraming
from schemas.malformed import Malformed, Reason
from schemas.records import MessageSent
from schemas.registry import Registry
from schemas.schema_versions import CURRENT

HELLO = MessageSent(event_id="e", at_ms=1, sender_id="s", recipient_id="r", text="hello")


class Counting(Registry):
    """A registry that knows the ids below ten, and notes every request."""

    def __init__(self) -> None:
        super().__init__("http://nowhere")
        self.asked: list[int] = []

    def schema(self, number: int) -> Any | None:
        self.asked.append(number)
        return CURRENT["MessageSent"].schema if number < 10 else None


def read(framing: ConfluentFraming, number: int) -> None:
    data = b"\x00" + number.to_bytes(4, "big") + encode_body(HELLO)
    if number < 10:
        assert framing.decode(data) == HELLO
        return
    with pytest.raises(Malformed) as caught:
        framing.decode(data)
    assert caught.value.reason is Reason.UNKNOWN_SCHEMA


def test_many_unknown_ids_are_asked_for_once_and_displace_no_schema__c_16() -> None:
    registry, now = Counting(), [0.0]
    framing = ConfluentFraming(registry, lambda: now[0])
    read(framing, 1)
    for _ in range(3):
        for number in range(10, 3_000):
            read(framing, number)
    read(framing, 1)
    assert registry.asked == [1, *range(10, 3_000)]
    now[0] = UNKNOWN_FOR_S
    read(framing, 10)
    read(framing, 10)
    assert registry.asked[-2:] == [2_999, 10]


def test_an_id_that_no_registry_gives_is_not_asked_for__c_16() -> None:
    """Confluent's answers it with a 404 of HTTP, as a wrong address would, which the job asks again for ever."""
    registry = Counting()
    for number in (2**31, 2**32 - 1):
        read(ConfluentFraming(registry), number)
    assert registry.asked == []


def test_no_more_schemas_are_kept_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confluent, "MAX_READERS", 2)
    registry = Counting()
    framing = ConfluentFraming(registry)
    for number in (1, 2, 1, 3, 1, 2):
        read(framing, number)
    assert registry.asked == [1, 2, 3, 2]
