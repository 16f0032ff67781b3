"""Sending of events to the topics of the contract, in batches, each acknowledged before the next."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from jobs.kafka.topic_io import outgoing_record
from schemas.jsonl import BadLine

if TYPE_CHECKING:
    from collections.abc import Iterable

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

    def flush(self) -> None:
        """Wait until all that was written has arrived. Raise BadInput if the broker refuses a record."""


@dataclass(slots=True)
class SendCounts:
    """What became of the events: sent before, sent now by topic, and failed, the first with place and fault."""

    before: int = 0
    sent: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    failures: list[InputEvent] = field(default_factory=list)


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
    number = batch = batch_bytes = 0
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
            counts.sent[outgoing.topic] += 1
            batch_bytes += len(outgoing.value or b"")
        batch += 1
        if batch >= BATCH_RECORDS or batch_bytes >= BATCH_BYTES:
            _end_batch(writer, arrived, number)
            batch = batch_bytes = 0
    _end_batch(writer, arrived, number)
    return counts


def _end_batch(writer: Writer, arrived: ProgressFile | None, number: int) -> None:
    writer.flush()
    if arrived is not None:
        arrived.save(number)
