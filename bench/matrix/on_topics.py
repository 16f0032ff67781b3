"""When messages, and the commands that follow from them, are seen on their topics."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final, Self

from jobs.kafka.topic_io import open_consumer, poll
from schemas.codec import decode
from schemas.records import Decision, MessageSent
from schemas.topics import COMMANDS, DECISIONS

if TYPE_CHECKING:
    from jobs.kafka.client_config import Brokers

MESSAGES: Final = "messages"


class OnTopics:
    """A reader of the topics while all runs, in a thread of its own. Use it as a context manager."""

    def __init__(self, brokers: Brokers) -> None:
        self._brokers, self._ends = brokers, threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._causes: dict[str, str] = {}
        self._waiting: dict[str, float] = {}
        self.seen_ms: dict[str, dict[str, float]] = {MESSAGES: {}, COMMANDS: {}}
        """By topic: when the first record that goes back to a message was seen, by the message's event id."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()

    def _read(self) -> None:
        with open_consumer(self._brokers, [MESSAGES, COMMANDS, DECISIONS]) as reader:
            while not self._ends.is_set():
                for found in poll(reader):
                    self.note(decode(found.value or b""), time.time() * 1_000)

    def note(self, record: Any, seen_ms: float) -> None:  # noqa: ANN401 - a record of any of the topics
        """Note a record. A command may come before its decision, which says by which message it is caused."""
        if isinstance(record, MessageSent):
            self.seen_ms[MESSAGES].setdefault(record.event_id, seen_ms)
        elif isinstance(record, Decision):
            self._causes[record.decision_id] = record.cause_event_id
            self._match(record.decision_id)
        else:
            self._waiting.setdefault(record.decision_id, seen_ms)
            self._match(record.decision_id)

    def _match(self, decision_id: str) -> None:
        if decision_id in self._causes and decision_id in self._waiting:
            self.seen_ms[COMMANDS].setdefault(self._causes[decision_id], self._waiting[decision_id])
