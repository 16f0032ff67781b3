"""What happens in a story: what people's clients show, and when, and the records that were made of it."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from jobs.kafka.topic_io import is_behind, open_consumer, poll
from schemas.codec import decode
from schemas.records import Decision, MessageSent
from schemas.topics import COMMANDS, DEAD_LETTERS, DECISIONS, INPUTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jobs.kafka.client_config import Brokers
    from schemas.records import Record

_WITHIN_S: Final = 30.0
_DECIDED_S: Final = 5.0
_POLL_S: Final = 0.05
_TOPICS: Final = (*(topic.name for topic in INPUTS), DECISIONS, COMMANDS, DEAD_LETTERS)


class Missed(Exception):
    """An effect that did not come in time."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that a person's client shows, and when."""

    at_ms: int
    text: str


@dataclass(slots=True)
class Made:
    """The records of a time: events of the connector, decisions and commands of the job, and how many were refused."""

    events: list[Record] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    commands: list[Record] = field(default_factory=list)
    refused: int = 0

    def __bool__(self) -> bool:
        """Whether there is any record."""
        return bool(self.events or self.decisions or self.commands)

    @property
    def is_complete(self) -> bool:
        """Whether the decision of each command is there: decisions come with a checkpoint, commands at once."""
        decided = {each.decision_id for each in self.decisions}
        return all(getattr(each, "decision_id", None) in decided for each in self.commands)


class Witness:
    """Reads all topics from their beginning on; use it as a context manager."""

    def __init__(self, brokers: Brokers) -> None:
        self._brokers = brokers
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._reader = self._stack.enter_context(open_consumer(self._brokers, _TOPICS))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def read(self, made: Made) -> None:
        """Add what has been written since the last call."""
        ends = self._reader.end_offsets(list(self._reader.assignment()))
        while is_behind(self._reader, ends):
            for each in poll(self._reader):
                if each.topic == DEAD_LETTERS:
                    made.refused += 1
                    continue
                record = decode(each.value or b"")
                if isinstance(record, Decision):
                    made.decisions.append(record)
                elif each.topic == COMMANDS:
                    made.commands.append(record)
                elif not _is_pulse(record):
                    made.events.append(record)


class Scene:
    """The course of one story. `check` raises an error if a process that the story needs has ended."""

    def __init__(self, witness: Witness, check: Callable[[], None]) -> None:
        self._witness, self._check = witness, check
        self.made, self.seen = Made(), list[Seen]()

    def shows(self, since_ms: int, wanted: Mapping[str, Callable[[], object]]) -> None:
        """Wait until clients show all that is wanted, and note when each did. Raise Missed if one does not.

        A condition that returns a text has the text told with it.
        """
        left = dict(wanted)
        self._wait(lambda: self._look(since_ms, left), left)

    def has(self, kind: type[Any], **fields: Any) -> None:  # noqa: ANN401 - fields of any record
        """Wait for a record of a type with these fields. Raise Missed if none comes."""

        def is_there() -> bool:
            self._witness.read(self.made)
            found = (each for each in (*self.made.events, *self.made.commands) if type(each) is kind)
            return any(all(getattr(each, name) == fields[name] for name in fields) for each in found)

        self._wait(is_there, {kind.__name__: is_there})

    def end(self) -> None:
        """Read what was made of it. Raise Missed if the decision of a command does not come."""

        def is_complete() -> bool:
            self._witness.read(self.made)
            return self.made.is_complete

        self._wait(is_complete, {"a decision": is_complete})

    def _look(self, since_ms: int, left: dict[str, Callable[[], object]]) -> bool:
        for text, condition in list(left.items()):
            shown, at_ms = condition(), now_ms()
            if shown:
                quoted = f": {shown}" if isinstance(shown, str) else ""
                self.seen.append(Seen(at_ms, f"{text}, after {(at_ms - since_ms) / 1000:.1f} s{quoted}"))
                del left[text]
        return not left

    def _wait(self, condition: Callable[[], bool], wanted: Mapping[str, object]) -> None:
        deadline_s = time.monotonic() + _WITHIN_S
        while not condition():
            self._check()
            if time.monotonic() > deadline_s:
                raise Missed(f"not within {_WITHIN_S:.0f} s: {'; '.join(wanted)}")
            time.sleep(_POLL_S)


def arrivals(witness: Witness, check: Callable[[], None]) -> Iterator[Made]:
    """Yield what arrives, without end: events, and commands with their decisions, which come a little later."""
    made, since_s = Made(), time.monotonic()
    while True:
        check()
        witness.read(made)
        if not made:
            since_s = time.monotonic()
        elif made.is_complete or time.monotonic() > since_s + _DECIDED_S:
            yield made
            made, since_s = Made(), time.monotonic()
        time.sleep(_POLL_S)


def _is_pulse(record: Record) -> bool:
    """Return whether the connector only tells what time it is, in a group of its own."""
    return isinstance(record, MessageSent) and record.group_id == record.sender_id


def now_ms() -> int:
    """Return the time."""
    return time.time_ns() // 1_000_000
