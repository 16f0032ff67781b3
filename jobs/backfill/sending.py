"""Sending of events to the topics of the contract, in batches, each acknowledged before the next."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from jobs.kafka.topic_io import outgoing_record
from schemas.jsonl import BadLine

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from jobs.backfill.progress_file import ProgressFile
    from jobs.kafka.topic_io import OutgoingRecord
    from jobs.replay.event_files import InputEvent
    from jobs.replay.session import ProgressCallback
    from schemas.codec import Framing

BATCH_RECORDS: Final = 1_000
BATCH_BYTES: Final = 8 * 2**20
"""A batch ends with its last record or byte: it bounds what a killed run sends again."""
MAX_FAILURES: Final = 5
"""Failures that are kept to be shown; all are counted."""


class Writer(Protocol):
    """Writer of records to Kafka."""

    def write(self, record: OutgoingRecord) -> None:
        """Write a record; it may not have arrived yet."""

    def flush_fitting(self) -> Collection[int]:
        """Wait until what was written since the last call has arrived; return the numbers of what is too large.

        Raise BadInput if the broker refuses a record for another reason.
        """


@dataclass(slots=True)
class SendCounts:
    """What became of the events: sent before, sent now by topic, not mapped, and larger than their topics take.

    Of those that are not sent the first are kept, with their places.
    """

    before: int = 0
    sent: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    failures: list[InputEvent] = field(default_factory=list)
    too_large: int = 0
    large: list[InputEvent] = field(default_factory=list)


def send_events(  # noqa: PLR0913 - what is read, where it goes and who is told
    events: Iterable[InputEvent],
    writer: Writer,
    framing: Framing,
    *,
    size: int = 0,
    arrived: ProgressFile | None = None,
    progress: ProgressCallback | None = None,
) -> SendCounts:
    """Send events in their order, without those that arrived before; save how far it came after each batch.

    A run that is killed sends at most one batch again, under the same ids: a repetition changes nothing. `progress`
    gets each event, and the size of all of them in bytes.
    """
    counts = SendCounts(before=0 if arrived is None else arrived.arrived)
    number = batch_bytes = read = 0
    batch: list[tuple[InputEvent, str]] = []
    for number, event in enumerate(events, start=1):
        if progress is not None:
            progress(event, size)
        if number <= counts.before:
            continue
        if isinstance(event.parsed, BadLine):
            counts.failed += 1
            counts.failures += [event] if len(counts.failures) < MAX_FAILURES else []
        else:
            outgoing = outgoing_record(event.parsed, framing)
            writer.write(outgoing)
            batch.append((event, outgoing.topic))
            batch_bytes += len(outgoing.value or b"")
        read += 1
        if read >= BATCH_RECORDS or batch_bytes >= BATCH_BYTES:
            _end_batch(counts, batch, writer.flush_fitting())
            _save(arrived, number)
            read = batch_bytes = 0
            batch.clear()
    _end_batch(counts, batch, writer.flush_fitting())
    _save(arrived, number)
    return counts


def _end_batch(counts: SendCounts, batch: list[tuple[InputEvent, str]], too_large: Collection[int]) -> None:
    """Count what was sent of a batch of events and their topics, and what was too large for them."""
    counts.sent.update(topic for number, (_, topic) in enumerate(batch) if number not in too_large)
    counts.too_large += len(too_large)
    counts.large += [batch[number][0] for number in sorted(too_large)][: MAX_FAILURES - len(counts.large)]


def _save(arrived: ProgressFile | None, number: int) -> None:
    if arrived is not None:
        arrived.save(number)
