"""The events of Matrix held against the test kit that every connector is held against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from connectors.kit.adapter import Happening, Sample, Sent
from connectors.kit.event_checks import EVENT_CHECKS
from jobs.kafka.topic_io import outgoing_record
from schemas.codec import SingleObjectFraming
from schemas.records import (
    FriendAdded,
    FriendRemoved,
    FriendRequested,
    JoinVia,
    MemberJoined,
    MemberLeft,
    MessageSent,
    Record,
)
from tests.connectors.matrix.talk import NOW_MS, Talk, room_id, user

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connectors.kit.adapter import Check

ROSA, MIKA, BOB = map(user, ("rosa", "mika", "bob"))
_COMMANDS: Final = "the checks of commands are not for this adapter"


class Killed(BaseException):
    """The process has ended."""


class MatrixUnderTest:
    """The event side on a homeserver in memory, which sends each event in a transaction until it is acknowledged."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._transactions: list[list[dict[str, Any]]] = []
        self._acknowledged = 0

    def play(self) -> Sequence[Happening]:
        happenings = self._act()
        self._deliver()
        return happenings

    def play_and_kill(self) -> Sequence[Happening]:
        """Kill the connector between Kafka's acknowledgement and its own note of a message in the middle."""
        happenings = self._act()
        save = self._talk.memory.save

        def die(now_ms: int, records: Sequence[Record], transaction: str | None = None) -> None:
            if any(isinstance(record, MessageSent) for record in records):
                raise Killed
            save(now_ms, records, transaction)

        self._talk.memory.save = die  # type: ignore[method-assign, assignment]
        with pytest.raises(Killed):
            self._deliver()
        return happenings

    def deliver_again(self) -> None:
        """Deliver everything, under new transaction ids, as a homeserver does that was set up anew."""
        self._acknowledged = 0
        self._deliver("again-")

    def start(self) -> None:
        self._talk.restart()
        self._deliver()

    def _act(self) -> Sequence[Happening]:
        talk = self._talk
        events = [
            *self._room("mika", "dm"),
            talk.membership("rosa", "dm", "invite", "mika", is_direct=True),
            talk.membership("rosa", "dm", "join"),
            talk.event("m.room.message", "mika", "dm", content={"msgtype": "m.text", "body": "Hello"}),
            talk.event("m.room.message", "mika", "dm", content={"msgtype": "m.text", "body": "Hello"}),
            *self._room("rosa", "club"),
            talk.membership("bob", "club", "join"),
            talk.membership("mika", "club", "invite", "bob"),
            talk.membership("mika", "club", "join"),
            talk.event("m.room.message", "mika", "club", content={"msgtype": "m.text", "body": "Hello, all"}),
            talk.membership("mika", "club", "leave"),
            talk.membership("rosa", "dm", "leave"),
        ]
        self._transactions += [[event] for event in events]
        club, hello = room_id("club"), {"sender_id": MIKA, "recipient_id": ROSA, "text": "Hello"}
        return [
            Happening(FriendRequested, {"requester_id": MIKA, "target_id": ROSA}),
            Happening(FriendAdded, {"account_id": ROSA, "friend_id": MIKA}),
            Happening(MessageSent, hello),
            Happening(MessageSent, hello),
            Happening(MemberJoined, {"group_id": club, "account_id": ROSA, "via": JoinVia.FOUNDING}),
            Happening(MemberJoined, {"group_id": club, "account_id": BOB, "via": JoinVia.LINK}),
            Happening(MemberJoined, {"group_id": club, "account_id": MIKA, "inviter_id": BOB, "via": JoinVia.INVITE}),
            Happening(MessageSent, {"sender_id": MIKA, "group_id": club, "text": "Hello, all"}),
            Happening(MemberLeft, {"group_id": club, "account_id": MIKA}),
            Happening(FriendRemoved, {"account_id": ROSA, "friend_id": MIKA}),
        ]

    def _room(self, founder: str, room: str) -> list[dict[str, Any]]:
        created = self._talk.event("m.room.create", founder, room, state_key="", content={"room_version": "10"})
        return [created, self._talk.membership(founder, room, "join")]

    def _deliver(self, prefix: str = "") -> None:
        for number in range(self._acknowledged, len(self._transactions)):
            self._talk.send(*self._transactions[number], transaction=f"{prefix}{number}")
            self._acknowledged = number + 1

    def sent(self) -> Sequence[Sent]:
        written = [outgoing_record(record, SingleObjectFraming()) for record in self._talk.writer.written]
        return [
            Sent(
                topic=each.topic,
                key=None if each.key is None else each.key.decode(),
                value=each.value or b"",
                timestamp_ms=each.at_ms,
            )
            for each in written
        ]

    def now_ms(self) -> int:
        return NOW_MS

    def samples(self) -> Sequence[Sample]:
        raise NotImplementedError(_COMMANDS)

    def carry_out(self, commands: Sequence[Record]) -> None:
        raise NotImplementedError(_COMMANDS)

    def carry_out_and_kill(self, command: Record) -> None:
        raise NotImplementedError(_COMMANDS)

    def seen(self, command: Record) -> int:
        raise NotImplementedError(_COMMANDS)

    def unsupported(self) -> Mapping[type[Record], str]:
        raise NotImplementedError(_COMMANDS)


@pytest.mark.parametrize("check", EVENT_CHECKS, ids=str)
def test_the_events_of_matrix_keep_the_contract(check: Check, talk: Talk) -> None:
    assert check.find(MatrixUnderTest(talk)) == []
