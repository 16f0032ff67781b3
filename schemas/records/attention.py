"""Records of the topic `attention`.

Generated from `schemas/avro/` by `python -m schemas.generate`; edit the schema, not this file.
"""

from schemas.records.enums import FollowScope
from schemas.records.parts import Feature
from schemas.records.record import Record


class FollowAnswered(Record, frozen=True, kw_only=True):
    """The object accepts or declines a follower."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    follower_id: str  # Who asked.
    object_id: str  # Who answers.
    accepted: bool  # Whether the follow is accepted.
    scope: FollowScope = FollowScope.ALL  # Of which incidents the follower may be told.


class FollowRequested(Record, frozen=True, kw_only=True):
    """Somebody asks to watch over somebody."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    follower_id: str  # Who asks.
    object_id: str  # Who is to be watched over.
    relation: str | None = None  # How the two are related in life.


class FollowRevoked(Record, frozen=True, kw_only=True):
    """A follow has ended."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    follower_id: str  # The follower.
    object_id: str  # The object.
    revoked_by: str  # Who ended it.


class ObjectInformationChanged(Record, frozen=True, kw_only=True):
    """What is known about an object, all of it."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    object_id: str  # The object.
    features: tuple[Feature, ...]  # What it can be recognised by.
