"""Reading of a mapped topic's values: records of the contract, and what is at fault."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from schemas.malformed import Malformed, Reason, undecodable

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobs.mapping.mapping import EventMapping, Mapped

MAX_OF_A_VALUE: Final = 100_000
"""Most records that one value of a topic becomes: they are in memory together."""


@dataclass(slots=True)
class Made:
    """What a value became: records, how many of its events are at fault, and to how many no rule applies."""

    records: list[Mapped] = field(default_factory=list)
    faults: int = 0
    unmapped: int = 0
    _first: Malformed | None = None

    def refuse(self, fault: Malformed) -> None:
        """Note a fault."""
        self._first = self._first or fault
        self.faults += 1

    @property
    def fault(self) -> Malformed | None:
        """The first fault, which says how many there are besides; None if there is none."""
        if self._first is None or self.faults == 1:
            return self._first
        return Malformed(self._first.reason, f"{self._first.message} (and {self.faults - 1:,} more in this record)")


@dataclass(frozen=True, slots=True)
class MappedTopic:
    """A topic's mapping, and the decoder of its values, which raises Malformed."""

    mapping: EventMapping
    decode: Callable[[bytes], Any]

    def read(self, value: bytes | None) -> Made:
        """Return what a value became. An event of which a record is at fault is a fault as a whole (C-32)."""
        made = Made()
        try:
            content = self._content(value)
        except Malformed as fault:
            made.refuse(fault)
            return made
        for event in self.mapping.events(content):
            try:
                records = self.mapping.records(event)
            except Malformed as fault:
                made.refuse(fault)
                continue
            made.unmapped += not records
            if len(made.records) + len(records) > MAX_OF_A_VALUE:
                made.refuse(Malformed(Reason.OUT_OF_RANGE, f"more than {MAX_OF_A_VALUE:,} records of one value"))
                return made
            made.records += records
        return made

    def _content(self, value: bytes | None) -> Any:  # noqa: ANN401 - any JSON value
        if value is not None:
            return self.decode(value)
        if self.mapping.is_debezium:  # a tombstone
            return None
        raise undecodable("the Kafka record has no value (null)")
