"""Digest of the events that a run reads, by which a repetition of the run is known."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from schemas.jsonl import BadLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jobs.replay.event_files import InputEvent
    from jobs.replay.input_report import InputReport
    from jobs.replay.session import EventSource
    from schemas.records import PolicyPublished


class DigestedEvents:
    """A source of events that are added to a digest as they are read. `salt` is what else the run depends on."""

    def __init__(self, source: EventSource, *salt: bytes) -> None:
        self._source = source
        self._digest = hashlib.sha256()
        for each in salt:
            self._add(each)

    @property
    def size(self) -> int:
        """The size of all events in bytes."""
        return self._source.size

    @property
    def report(self) -> InputReport:
        """What the events were like that were read last."""
        return self._source.report

    def events(self) -> Iterator[InputEvent]:
        """Yield the events."""
        for event in self._source.events():
            self._add(event.raw)
            if isinstance(event.parsed, BadLine):  # another day it may be an event (C-30)
                self._add(event.parsed.reason.encode())
            yield event

    def policies(self) -> Iterable[PolicyPublished]:
        """Yield the published policies among the events."""
        return self._source.policies()

    def hexdigest(self) -> str:
        """Return the digest of all that was read so far."""
        return self._digest.hexdigest()

    def _add(self, part: bytes) -> None:
        self._digest.update(len(part).to_bytes(8, "big"))
        self._digest.update(part)
