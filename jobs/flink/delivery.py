"""Delivery guarantees of Kafka sinks: exactly once (two-phase commit) or at least once."""

from __future__ import annotations

from enum import Enum


class Delivery(Enum):
    """A delivery guarantee: Flink's name, and as value that of the command line."""

    EXACTLY_ONCE = "exactly-once"
    """Consumers with `read_committed` see a record once, after the next checkpoint has committed its transaction."""
    AT_LEAST_ONCE = "at-least-once"
    """Consumers see a record immediately, and after a failure perhaps again, with the same id."""
