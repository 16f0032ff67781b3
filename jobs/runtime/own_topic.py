"""Limit of what an input topic may hold: records of its own types (C-16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.malformed import Malformed, Reason
from schemas.topics import INPUT_OF

if TYPE_CHECKING:
    from schemas.records import Record
    from schemas.topic_names import TopicNames


def foreign_to(record: Record, topic: str, names: TopicNames) -> Malformed | None:
    """Return the fault of a record in another topic than its own, which has one of the `names`; None if there is none.

    Who may write to one topic must not write to all.
    """
    own = INPUT_OF.get(type(record))
    if own is None or own.name == topic:
        return None
    return Malformed(Reason.UNKNOWN_SCHEMA, f"{type(record).__name__} belongs in the topic {names.physical(own.name)}")
