"""What travels on the topic `attention`?

Generated from `schemas/avro/` by `python -m schemas.generate`; edit the schema, not this file.
"""

from dataclasses import dataclass

from schemas.records.parts import Feature
from schemas.records.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowAnswered(Record):
    """The object accepts or declines a follower."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    follower_id: str  # Who asked.
    object_id: str  # Who answers.
    accepted: bool  # Whether the follow is accepted.


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowRequested(Record):
    """Somebody asks to watch over somebody."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    follower_id: str  # Who asks.
    object_id: str  # Who is to be watched over.
    relation: str | None = None  # How the two are related in life.


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowRevoked(Record):
    """A follow has ended."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    follower_id: str  # The follower.
    object_id: str  # The object.
    revoked_by: str  # Who ended it.


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectInformationChanged(Record):
    """What is known about an object, all of it."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    object_id: str  # The object.
    features: tuple[Feature, ...]  # What it can be recognised by.
