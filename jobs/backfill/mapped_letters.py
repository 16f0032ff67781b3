"""Dead letters of mapped topics, made into events of the contract by mappings that have been mended since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.kafka.dead_letters import header
from jobs.kafka.topic_io import outgoing_record
from jobs.mapping.reading import MappedTopic
from jobs.runtime.future_events import refuse_future
from schemas.malformed import Malformed

if TYPE_CHECKING:
    from jobs.kafka.topic_io import OutgoingRecord, TopicRecord
    from jobs.mapping.topics import TopicMappings
    from schemas.codec import Framing


class MappedLetters:
    """The mappings of topics; `faults` has the fault of each letter that is still at fault."""

    def __init__(self, mappings: TopicMappings, framing: Framing) -> None:
        self._framing = framing
        self._topics = {
            topic: MappedTopic(file.mapping(), file.values(mappings.registry).decode)
            for file in mappings.files
            for topic in file.topics
        }
        self.faults: list[Malformed] = []

    @property
    def topics(self) -> frozenset[str]:
        """The topics, by their names on the broker."""
        return frozenset(self._topics)

    def is_mapped(self, letter: TopicRecord) -> bool:
        """Return whether a dead letter came from one of the topics."""
        return header(letter, "topic") in self._topics

    def records(self, letter: TopicRecord) -> list[OutgoingRecord]:
        """Return the valid events of a dead letter as they are written to the topics of the contract."""
        made = self._topics[header(letter, "topic")].read(letter.value)
        # Their own time is the timestamp that they are sent with: the job would not see that it is of the future.
        kept = refuse_future(made, letter.at_ms)
        if made.fault is not None:
            self.faults.append(made.fault)
        return [outgoing_record(mapped.record, self._framing) for mapped in kept]
