"""How often do readers of a topic see what was concluded, if a machine dies?"""

from __future__ import annotations

from enum import Enum


class Delivery(Enum):
    """By its name in Flink; its value is what the tool calls it."""

    EXACTLY_ONCE = "exactly-once"
    """Readers that read committed see it once, with the checkpoint after it."""
    AT_LEAST_ONCE = "at-least-once"
    """Readers see it at once, and after a death perhaps again, under the same id."""
