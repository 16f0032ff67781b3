"""Checks of the events that a connector has produced."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from connectors.kit.adapter import Check, ConnectorUnderTest, Happening, Sent
from schemas.codec import Framing, SingleObjectFraming
from schemas.malformed import Malformed
from schemas.records import Record
from schemas.topics import INPUT_OF, MAX_AHEAD_MS
from schemas.validation import validate

OLDEST_MS: Final = 946_684_800_000
"""The first millisecond of the year 2000: an event from before it has a time in another unit."""


def faults_of(sent: Iterable[Sent], now_ms: int, framing: Framing | None = None) -> Iterator[str]:
    """Yield what is wrong with produced events, one by one: bytes, values, topic, key and time."""
    for number, each in enumerate(sent, 1):
        place = f"record {number} on {each.topic}"
        try:
            record = (framing or SingleObjectFraming()).decode(each.value)
            validate(record)
        except Malformed as fault:
            yield f"{place}: {fault}"
            continue
        yield from (f"{place}: {type(record).__name__}: {fault}" for fault in _faults_around(record, each, now_ms))


def _faults_around(record: Record, sent: Sent, now_ms: int) -> Iterator[str]:
    """Yield what is wrong with where and when a valid record was sent."""
    topic = INPUT_OF[type(record)]
    at_ms: int = record.at_ms  # type: ignore[attr-defined]
    if sent.topic != topic.name:
        yield f"belongs on {topic.name}"
    if sent.key != topic.key_of(record):
        yield "the Kafka key is not the field that the contract names"
    if sent.timestamp_ms != at_ms:
        yield "the Kafka timestamp is not at_ms"
    if at_ms > now_ms + MAX_AHEAD_MS:
        yield "at_ms is in the future"
    if at_ms < OLDEST_MS:
        yield "at_ms is from before the year 2000: not in milliseconds?"


def ambiguous(records: Iterable[Record]) -> Iterator[str]:
    """Yield ids under which different events were sent: the job would take the second for a repetition."""
    known: dict[str, Record] = {}
    for record in records:
        event_id: str = record.event_id  # type: ignore[attr-defined]
        if known.setdefault(event_id, record) != record:
            yield f"two different events have the id {event_id!r}: {type(record).__name__}"


def not_reported_once(happenings: Sequence[Happening], records: Iterable[Record]) -> Iterator[str]:
    """Yield what people did that was not reported, or under several ids."""
    different = set(records)
    for happening, times in Counter(map(_comparable, happenings)).items():
        reported = sum(1 for record in different if _is_about(record, happening))
        if reported != times:
            kind, fields = happening
            yield f"{kind.__name__} with {dict(fields)} is reported under {reported} ids, not {times}"


def _comparable(happening: Happening) -> tuple[type[Record], tuple[tuple[str, object], ...]]:
    return happening.kind, tuple(sorted(happening.fields.items()))


def _is_about(record: Record, happening: tuple[type[Record], tuple[tuple[str, object], ...]]) -> bool:
    kind, fields = happening
    return type(record) is kind and all(getattr(record, name) == value for name, value in fields)


def _records(connector: ConnectorUnderTest) -> list[Record]:
    return [SingleObjectFraming().decode(each.value) for each in connector.sent()]


def _valid(connector: ConnectorUnderTest) -> list[str]:
    connector.play()
    sent = connector.sent()
    return list(faults_of(sent, connector.now_ms())) if sent else ["nothing was sent"]


def _complete(connector: ConnectorUnderTest) -> list[str]:
    happenings = connector.play()
    records = _records(connector)
    return [*ambiguous(records), *not_reported_once(happenings, records)]


def _stable(connector: ConnectorUnderTest) -> list[str]:
    happenings = connector.play()
    connector.deliver_again()
    records = _records(connector)
    return [*ambiguous(records), *not_reported_once(happenings, records)]


def _surviving(connector: ConnectorUnderTest) -> list[str]:
    happenings = connector.play_and_kill()
    connector.start()
    records = _records(connector)
    return [*ambiguous(records), *not_reported_once(happenings, records)]


EVENT_CHECKS: Final = (
    Check("events are valid, and have topic, key and time of the contract", _valid),
    Check("whatever people do is reported under one id", _complete),
    Check("what is delivered again is reported under the same id", _stable),
    Check("a killed connector reports what is missing when it starts", _surviving),
)
