"""Records of the topic `incidents`.

Generated from `schemas/avro/` by `python -m schemas.generate`; edit the schema, not this file.
"""

from schemas.records.parts import Feature
from schemas.records.record import Record


class IdentificationRequested(Record, frozen=True, kw_only=True):
    """A member asks who is concerned."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    incident_id: str  # The incident.
    request_id: str  # The request.
    requester_id: str  # Who asks.
    features: tuple[Feature, ...]  # What was seen or heard.
    image: bytes | None = None  # A picture; hashed on entry, then dropped.


class IncidentAudited(Record, frozen=True, kw_only=True):
    """A report was reviewed."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    incident_id: str  # The incident.
    auditor_id: str  # Who reviewed it.
    approved: bool  # Whether a group may be founded.


class IncidentClosed(Record, frozen=True, kw_only=True):
    """An incident is over."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    incident_id: str  # The incident.


class IncidentReported(Record, frozen=True, kw_only=True):
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


class IncidentWithdrawn(Record, frozen=True, kw_only=True):
    """A member withdraws from an incident."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    incident_id: str  # The incident.
    account_id: str  # Who withdraws.


class JoinAnswered(Record, frozen=True, kw_only=True):
    """Somebody answers a prompt to join."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    incident_id: str  # The incident.
    account_id: str  # Who answers.
    accepted: bool  # Whether the person joins.
