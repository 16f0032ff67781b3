"""Records of the topic `locations`.

Generated from `schemas/avro/` by `python -m schemas.generate`; edit the schema, not this file.
"""

from schemas.records.record import Record


class LocationUpdated(Record, frozen=True, kw_only=True):
    """An account is somewhere."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Who.
    latitude: float  # Degrees north, from -90 to 90.
    longitude: float  # Degrees east, from -180 to 180.


class OrganisationRegistered(Record, frozen=True, kw_only=True):
    """An institution serves an area."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    organisation_id: str  # The institution's account.
    latitude: float  # Degrees north, from -90 to 90.
    longitude: float  # Degrees east, from -180 to 180.
    radius_m: float  # Radius of its area in metres.
    incident_kinds: tuple[str, ...]  # The kinds of incident that it serves.
