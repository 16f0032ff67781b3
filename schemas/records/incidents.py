"""What travels on the topic `incidents`?

Generated from `schemas/avro/` by `python -m schemas.generate`; edit the schema, not this file.
"""

from dataclasses import dataclass

from schemas.records.parts import Feature
from schemas.records.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentificationRequested(Record):
    """A member asks who is concerned."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    incident_id: str  # The incident.
    request_id: str  # The request.
    requester_id: str  # Who asks.
    features: tuple[Feature, ...]  # What was seen or heard.
    image: bytes | None = None  # A picture; hashed on entry, then dropped.


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentAudited(Record):
    """A report was reviewed."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    incident_id: str  # The incident.
    auditor_id: str  # Who reviewed it.
    approved: bool  # Whether a group may be founded.


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentClosed(Record):
    """An incident is over."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    incident_id: str  # The incident.


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentReported(Record):
    """Somebody reports that something happened, and asks for help."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    incident_id: str  # The incident.
    reporter_id: str  # Who reports.
    latitude: float  # Degrees north, from -90 to 90.
    longitude: float  # Degrees east, from -180 to 180.
    kind: str  # What happened, in the platform's terms.
    description: str | None = None  # What happened, written for the group.
    object_ids: tuple[str, ...]  # The people concerned, as far as known.


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentWithdrawn(Record):
    """A member withdraws from an incident."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    incident_id: str  # The incident.
    account_id: str  # Who withdraws.


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinAnswered(Record):
    """Somebody answers a prompt to join."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    incident_id: str  # The incident.
    account_id: str  # Who answers.
    accepted: bool  # Whether the person joins.
