"""Sample of a mapped topic for `kithward mapping check --topic`: what its first records become."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from jobs.errors import BadInput
from schemas.topic_names import MAPPED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobs.kafka.client_config import Brokers
    from jobs.mapping.reading import Made
    from schemas.registry import Registry


@dataclass(frozen=True, slots=True)
class TopicSample:
    """The first `limit` records of a topic of a mapping file, partition by partition."""

    mapping: Path
    topic: str
    limit: int
    brokers: Brokers
    registry: Registry | None

    def read(self) -> Iterator[tuple[str, Made]]:
        """Yield each record's place and what it becomes. Raise BadInput if there is no such topic."""
        # Kafka's client and the libraries of mappings take their time to load.
        from jobs.kafka.topic_io import read_topic  # noqa: PLC0415
        from jobs.mapping.reading import MappedTopic  # noqa: PLC0415
        from jobs.mapping.topics import load_topic_mappings  # noqa: PLC0415
        from jobs.runtime.future_events import refuse_future  # noqa: PLC0415

        (file,) = load_topic_mappings([self.mapping], self.brokers.topics, self.registry).files
        if self.topic not in file.topics:
            raise BadInput(f"--topic {self.topic}", f"is none of the mapping, which has {', '.join(file.topics)}")
        topic = MappedTopic(file.mapping(), file.values(self.registry).decode)
        for found in islice(read_topic(self.brokers, f"{MAPPED}{self.topic}"), self.limit):
            made = topic.read(found.value)
            made.records = refuse_future(made, found.at_ms)
            yield f"partition {found.partition}, offset {found.offset}", made
