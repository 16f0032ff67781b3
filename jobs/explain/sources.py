"""Sources of recorded decisions and their commands: the files of a run, or the topics of a broker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from jobs.errors import BadInput
from jobs.replay.evidence import check_depth
from jobs.replay.output_files import commands_of, decisions_of, topic_of
from schemas.malformed import Malformed
from schemas.records import Decision
from schemas.topics import COMMANDS, DECISIONS, SHADOW_DECISIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from jobs.kafka.client_config import Brokers
    from schemas.codec import Framing
    from schemas.records import Record


class DecisionSource(Protocol):
    """Recorded decisions; they can be iterated more than once."""

    @property
    def name(self) -> str:
        """The name of the source in error messages."""

    @property
    def topic(self) -> str:
        """The topic of the decisions: live or shadow."""

    def all(self) -> Iterator[Decision]:
        """Yield the decisions. Raises `BadInput`, with the place, for anything else."""

    def commands(self, decision_id: str) -> Sequence[Record]:
        """Return the commands of a decision."""


class DecisionFile:
    """A file of decisions that a run wrote, with the file of commands beside it, if there is one."""

    def __init__(self, file: Path) -> None:
        self._file, self.name, self.topic = file, str(file), topic_of(file)
        self._commands: dict[str, list[Record]] | None = None

    def all(self) -> Iterator[Decision]:
        """Yield the decisions."""
        return decisions_of(self._file)

    def commands(self, decision_id: str) -> Sequence[Record]:
        """Return the commands of a decision."""
        if self._commands is None:
            self._commands = commands_of(self._file.with_name(f"{COMMANDS}{self._file.suffix}"))
        return self._commands.get(decision_id, ())


@dataclass(frozen=True, slots=True)
class DecisionTopic:
    """Decisions in a topic, with record times in `[since_ms, until_ms)`; None: without that bound."""

    brokers: Brokers
    framing: Framing
    topic: str
    since_ms: int | None = None
    until_ms: int | None = None

    def __post_init__(self) -> None:
        if self.topic not in (DECISIONS, SHADOW_DECISIONS):
            raise BadInput(f"--topic {self.topic}", f"has no decisions; choose {DECISIONS} or {SHADOW_DECISIONS}")

    @property
    def name(self) -> str:
        """The topic's name."""
        return f"topic {self.brokers.topics.physical(self.topic)}"

    def all(self) -> Iterator[Decision]:
        """Yield the decisions, partition by partition."""
        for place, record in self._records(self.topic, self.until_ms):
            if not isinstance(record, Decision):
                raise BadInput(place, f"{type(record).__name__} is not a decision")
            yield check_depth(record, place)

    def commands(self, decision_id: str) -> Sequence[Record]:
        """Return the commands of a decision, however long they were delayed."""
        found = self._records(COMMANDS, None)
        return [record for _, record in found if getattr(record, "decision_id", "") == decision_id]

    def _records(self, topic: str, until_ms: int | None) -> Iterator[tuple[str, Record]]:
        # Kafka's client takes its time to load.
        from jobs.kafka.topic_io import read_topics  # noqa: PLC0415

        for found in read_topics(self.brokers, [topic], self.since_ms, until_ms):
            place = f"topic {self.brokers.topics.physical(topic)}, partition {found.partition}, offset {found.offset}"
            try:
                yield place, self.framing.decode(found.value or b"")
            except Malformed as fault:
                raise BadInput(place, f"{fault.reason}: {fault.message}") from fault
