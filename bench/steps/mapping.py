"""Cost of a message of a team's own topic, in JSON by a mapping, beside the same message of the contract in Avro.

In one process, in turns. What counts is the ratio of reading a value as a valid record. Beside it stands what a
harmless message costs in the ingress, without a limit: in Avro nearly all are dropped unread there, and before in Java.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import count, islice
from statistics import median
from struct import Struct
from time import process_time
from typing import TYPE_CHECKING, Final, cast

from bench.ratio import ratio_line
from jobs.dataflow.risk import risk_graph
from jobs.flink.ingress_batch import BatchIngress, InputTopics
from jobs.mapping.file import parse_mapping
from jobs.mapping.reading import MappedTopic
from jobs.mapping.values import JsonValues
from jobs.policy.registry import PolicyLog
from jobs.runtime.ingress import MESSAGES
from operators.policy.model import Policy
from schemas.codec import SingleObjectFraming, decode, encode
from schemas.records import MessageSent
from schemas.topic_names import MAPPED
from schemas.validation import validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

TIMES_AVRO: Final = 2.0
BEGIN_MS: Final = 1_772_442_000_000
ACCOUNTS: Final = 1_000
"""Number of accounts, which take turns."""

_OWN: Final = f"{MAPPED}bus"
_TOPICS: Final = [_OWN, MESSAGES]
_HEAD: Final = Struct(">qqihii")
_MAPPING: Final = """
rules:
  - name: message
    record: MessageSent
    when: kind == 'message.created' && data.to.type == 'user'
    fields:
      event_id: id
      at_ms: {path: time, unit: ms}
      sender_id: {path: data.from.id, prefix: u}
      recipient_id: {path: data.to.id, prefix: u}
      text: data.body
  - name: friendship
    record: FriendAdded
    when: kind == 'contact.accepted'
    fields:
      event_id: id
      at_ms: {path: time, unit: ms}
      account_id: {path: data.requester, prefix: u}
      friend_id: {path: data.accepter, prefix: u}
"""
_TEXT: Final = "See you at the station at eight, I bring the umbrella and the two books of yours."


@dataclass(frozen=True, slots=True)
class Sizes:
    """Rounds, and messages a round."""

    rounds: int = 30
    messages: int = 1_000


QUICK: Final = Sizes(rounds=2, messages=50)


class _Policies:
    """The default policy, and no other to come."""

    log = PolicyLog(Policy())

    @staticmethod
    def are_all_known() -> bool:
        return True


class Taking:
    """Messages of one form, taken in by an ingress: from a Kafka record, as the source packs it, to its routes."""

    def __init__(self, made: Callable[[int], bytes], topic: str) -> None:
        mapped = {_OWN: MappedTopic(parse_mapping(_MAPPING), JsonValues().decode)}
        inputs = InputTopics(_TOPICS, mapped=mapped)
        self._ingress = BatchIngress(risk_graph(), inputs, SingleObjectFraming(), _Policies())
        self._made, self._index, self._numbers = made, _TOPICS.index(topic), count()

    def measure_us(self, messages: int) -> float:
        """Return the microseconds of a message. Raise RuntimeError if one is refused: its cost would mean nothing."""
        records = [self._packed(number) for number in islice(self._numbers, messages)]
        begun = process_time()
        self._ingress(records)
        spent_s = process_time() - begun
        if self._ingress.rejected:
            raise RuntimeError(f"messages are refused: {self._ingress.rejected}")
        return spent_s / messages * 1e6

    def _packed(self, number: int) -> bytes:
        value = self._made(number)
        return _HEAD.pack(BEGIN_MS + number, number, 0, self._index, -1, len(value)) + value


class Reading:
    """Messages of one form, read as valid records of the contract."""

    def __init__(self, made: Callable[[int], bytes], read: Callable[[bytes], MessageSent]) -> None:
        self._made, self._read, self._numbers = made, read, count()

    def measure_us(self, messages: int) -> float:
        """Return the microseconds of a message."""
        values = [self._made(number) for number in islice(self._numbers, messages)]
        begun = process_time()
        for value in values:
            self._read(value)
        return (process_time() - begun) / messages * 1e6


def read_avro(value: bytes) -> MessageSent:
    """Return the record of a value of the contract."""
    record = decode(value)
    validate(record)
    return cast("MessageSent", record)


def mapped_reader() -> Callable[[bytes], MessageSent]:
    """Return the reader of values by the mapping."""
    mapping, values = parse_mapping(_MAPPING), JsonValues()

    def read(value: bytes) -> MessageSent:
        (event,) = mapping.events(values.decode(value))
        (mapped,) = mapping.records(event)
        return cast("MessageSent", mapped.record)

    return read


def in_avro(number: int) -> bytes:
    """Return a message of the contract."""
    return encode(
        MessageSent(
            event_id=f"e-{number}",
            at_ms=BEGIN_MS + number,
            sender_id=f"u{number % ACCOUNTS}",
            recipient_id=f"u{ACCOUNTS + number % ACCOUNTS}",
            text=_TEXT,
        )
    )


def in_json(number: int) -> bytes:
    """Return the same as an event of a bus."""
    of, to = {"id": number % ACCOUNTS, "device": "phone"}, {"type": "user", "id": ACCOUNTS + number % ACCOUNTS}
    data = {"from": of, "to": to, "body": _TEXT, "client": "9.1"}
    event = {"id": f"e-{number}", "kind": "message.created", "time": BEGIN_MS + number, "data": data}
    return json.dumps(event).encode()


def run(_: Path, sizes: Sizes, say: Callable[[str], None]) -> Iterator[str]:
    """Measure everything."""
    say("reading messages")
    reading = Reading(in_avro, read_avro), Reading(in_json, mapped_reader())
    yield ratio_line("reading a message in Avro, and one in JSON by a mapping", _turns(reading, sizes), TIMES_AVRO)
    say("taking in harmless messages")
    taking = Taking(in_avro, MESSAGES), Taking(in_json, _OWN)
    one, other = (median(costs) for costs in zip(*_turns(taking, sizes), strict=True))
    yield f"       taking in a harmless message in Avro, and one in JSON by a mapping: {one:,.2f} and {other:,.1f} us"


def _turns(ways: Sequence[Taking | Reading], sizes: Sizes) -> list[tuple[float, float]]:
    for way in ways:
        way.measure_us(ACCOUNTS)  # what comes first costs more
    one, other = ways
    return [(one.measure_us(sizes.messages), other.measure_us(sizes.messages)) for _ in range(sizes.rounds)]
