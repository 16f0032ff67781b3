"""The test kit accepts a connector that keeps the contract, and finds what is wrong with one that does not."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import msgspec
import pytest

from connectors.kit.adapter import Sent
from connectors.kit.command_checks import COMMAND_CHECKS
from connectors.kit.event_checks import EVENT_CHECKS, faults_of
from schemas.codec import encode
from schemas.records import BlockAccount, FriendAdded, MessageSent, Record, RevokeCommand, Warn
from tests.connectors.kit.toy_messenger import NOW_MS, ToyConnector, entry_of

if TYPE_CHECKING:
    from connectors.kit.adapter import Check

CHECKS = (*EVENT_CHECKS, *COMMAND_CHECKS)


@pytest.mark.parametrize("check", CHECKS, ids=str)
def test_a_connector_that_keeps_the_contract_is_accepted(check: Check) -> None:
    assert check.find(ToyConnector()) == []


class NewIdEachTime(ToyConnector):
    fresh = count()

    def event_id(self, index: int) -> str:
        return f"{index}-{next(self.fresh)}"


class OneIdForAll(ToyConnector):
    def event_id(self, index: int) -> str:  # noqa: ARG002
        return "id"


class LosesWhatItHadBegun(ToyConnector):
    def report(self) -> None:
        for index in range(self.position, len(self.messenger.log)):
            self.position = index + 1
            self.reach(f"event {index}")
            self.produce(self.event_of(index))


class Seconds(ToyConnector):
    def event_of(self, index: int) -> Record:
        event = super().event_of(index)
        return msgspec.structs.replace(event, at_ms=NOW_MS // 1000)


class Talkative(ToyConnector):
    def affect(self, command: Record) -> None:
        if isinstance(command, Warn):
            self.messenger.notify(command.account_id, f"{len(self.messenger.notices)}")
        else:
            super().affect(command)


class Forgetful(ToyConnector):
    def execute(self, command: Record) -> None:
        super().execute(command)
        self.settled.clear()


class RecordsFirst(ToyConnector):
    def execute(self, command: Record) -> None:
        if not isinstance(command, RevokeCommand):
            command_id: str = command.command_id  # type: ignore[attr-defined]
            if command_id in self.settled or command_id in self.taken_back:
                return
            self.settled[command_id] = type(command).__name__
            self.reach("effect")
            self.affect(command)
        else:
            super().execute(command)


class NeverTakesBack(ToyConnector):
    def take_back(self, command: RevokeCommand) -> None:
        pass


class ForgetsEarlyRevocations(ToyConnector):
    def execute(self, command: Record) -> None:
        if isinstance(command, RevokeCommand) and command.revoked_id not in self.settled:
            return
        super().execute(command)


class RevokesByRecordFirst(ToyConnector):
    def execute(self, command: Record) -> None:
        if isinstance(command, RevokeCommand) and command.revoked_id not in self.taken_back:
            self.taken_back.add(command.revoked_id)
            self.reach("effect")
            self.messenger.entries.discard(entry_of(command))
        else:
            super().execute(command)


class NotesAfterTheEffect(ToyConnector):
    """It takes its own effect for what was there before, when it begins again."""

    was_there = False

    def affect(self, command: Record) -> None:
        if not isinstance(command, Warn):
            self.was_there = entry_of(command) in self.messenger.entries
        super().affect(command)

    def take_back(self, command: RevokeCommand) -> None:
        if not self.was_there:
            super().take_back(command)


class IgnoresBlocks(ToyConnector):
    def affect(self, command: Record) -> None:
        if not isinstance(command, BlockAccount):
            super().affect(command)


class SaysNothingOfTheRest(ToyConnector):
    def unsupported(self) -> dict[type[Record], str]:
        return {}


@pytest.mark.parametrize(
    ("broken", "found"),
    [
        (NewIdEachTime, {"what is delivered again is reported under the same id"}),
        (
            OneIdForAll,
            {
                "whatever people do is reported under one id",
                "what is delivered again is reported under the same id",
                "a killed connector reports what is missing when it starts",
            },
        ),
        (LosesWhatItHadBegun, {"a killed connector reports what is missing when it starts"}),
        (Seconds, {"events are valid, and have topic, key and time of the contract"}),
        (Talkative, {"a command is carried out once by a connector that is killed"}),
        (RecordsFirst, {"a command is carried out once by a connector that is killed"}),
        (NeverTakesBack, {"a revoked command leaves nothing behind"}),
        (ForgetsEarlyRevocations, {"a command whose revocation came first is not carried out"}),
        (RevokesByRecordFirst, {"a revocation is carried out by a connector that is killed"}),
        (NotesAfterTheEffect, {"a revoked command that was begun twice leaves nothing behind"}),
        (
            Forgetful,
            {"a repeated command does not undo what people did since", "a revoked command leaves nothing behind"},
        ),
        (IgnoresBlocks, {"a command is carried out once, however often it is sent"}),
        (SaysNothingOfTheRest, {"every type of command is carried out, or said to be unsupported"}),
    ],
)
def test_a_broken_connector_is_found(broken: type[ToyConnector], found: set[str]) -> None:
    failed = {check.name for check in CHECKS if check.find(broken())}
    assert found <= failed


FRIENDSHIP = FriendAdded(event_id="f1", at_ms=NOW_MS, account_id="rosa", friend_id="mika")
RIGHT = Sent(topic="relations", key="rosa", value=encode(FRIENDSHIP), timestamp_ms=NOW_MS)


def sent(record: Record, topic: str = "relations", key: str | None = "rosa", timestamp_ms: int = NOW_MS) -> Sent:
    return Sent(topic=topic, key=key, value=encode(record), timestamp_ms=timestamp_ms)


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        (sent(FRIENDSHIP, topic="messages"), "FriendAdded: belongs on relations"),
        (sent(FRIENDSHIP, key="mika"), "FriendAdded: the Kafka key is not the field that the contract names"),
        (sent(FRIENDSHIP, key=None), "FriendAdded: the Kafka key is not the field that the contract names"),
        (sent(FRIENDSHIP, timestamp_ms=0), "FriendAdded: the Kafka timestamp is not at_ms"),
        (
            sent(msgspec.structs.replace(FRIENDSHIP, friend_id="rosa")),
            "IMPOSSIBLE: FriendAdded: account_id and friend_id are the same",
        ),
        (
            sent(MessageSent(event_id="", at_ms=NOW_MS, sender_id="a", recipient_id="b", text="hello")),
            "IMPOSSIBLE: MessageSent.event_id: empty",
        ),
    ],
)
def test_each_fault_of_an_event_is_named_with_its_place(wrong: Sent, fault: str) -> None:
    assert list(faults_of([RIGHT, wrong], NOW_MS)) == [f"record 2 on {wrong.topic}: {fault}"]


def test_a_time_may_run_ahead_as_far_as_the_contract_allows__c_30() -> None:
    def ahead(by_ms: int) -> Sent:
        at_ms = NOW_MS + by_ms
        return sent(msgspec.structs.replace(FRIENDSHIP, at_ms=at_ms), timestamp_ms=at_ms)

    assert list(faults_of([ahead(300_000)], NOW_MS)) == []
    assert list(faults_of([ahead(300_001)], NOW_MS)) == ["record 1 on relations: FriendAdded: at_ms is in the future"]


def test_what_is_no_avro_of_ours_is_a_fault() -> None:
    broken = Sent(topic="relations", key="rosa", value=b"{}", timestamp_ms=NOW_MS)
    assert list(faults_of([broken], NOW_MS)) == [
        "record 1 on relations: UNDECODABLE: not in Avro's single-object encoding"
    ]
