"""Recorded events that a verb replays: its options, and how they are opened."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from jobs.analysis.sample import Sample
from jobs.cli.options import EVENTS_HELP, framing_of
from jobs.cli.time_options import parse_range, reject_range
from jobs.errors import BadInput
from jobs.kafka.client_config import Brokers
from jobs.replay.event_files import InputRules, open_events
from jobs.replay.session import EventSource

Events = Annotated[list[Path] | None, typer.Option("--events", metavar="FILE...", help=EVENTS_HELP)]
Topics = Annotated[
    list[str] | None, typer.Option("--topic", metavar="NAME...", help="Topics of the broker, instead of files.")
]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="Of topics: events from this time on.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Of topics: events before this time.")]
Share = Annotated[
    str | None, typer.Option("--sample", metavar="SHARE", help="Only this share of recipients and groups, such as 5%.")
]


@dataclass(frozen=True, slots=True)
class RecordedEvents:
    """The events that a verb replays: files, or topics of a broker within a time range."""

    verb: str
    files: list[Path] | None
    topics: list[str] | None
    since: str | None
    until: str | None
    brokers: Brokers
    registry: str | None
    rules: InputRules

    def open(self, drawn_sample: Sample | None) -> AbstractContextManager[EventSource]:
        """Return the opened events. Raise BadInput unless either files or topics are named."""
        if bool(self.files) == bool(self.topics):
            raise BadInput(self.verb, "name either event files with --events or topics with --topic")
        if self.files:
            reject_range(self.since, self.until)
            # What a mapping makes of a line is seen in the record alone.
            drawn = drawn_sample if self.rules.mapping is None else None
            line_filter = None if drawn is None else drawn.may_include_line
            return open_events(self.files, line_filter, self.rules)
        if self.rules.mapping is not None:
            raise BadInput("--mapping", "is for files; topics have events of the contract")
        # Kafka's client is slow to import, and only events of topics need it.
        from jobs.analysis.topic_events import TopicRange, open_topic_events  # noqa: PLC0415

        span, framing = parse_range(self.since, self.until), framing_of(self.registry, self.brokers.topics)
        topics = TopicRange(self.brokers, tuple(self.topics or ()), *span)
        return open_topic_events(topics, framing, self.rules.max_bad)
