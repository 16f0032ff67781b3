"""Records of the topic `messages`.

Generated from `schemas/avro/` by `python -m schemas.generate`; edit the schema, not this file.
"""

from schemas.records.record import Record


class MessageSent(Record, frozen=True, kw_only=True):
    """Somebody wrote to a person or into a group."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    sender_id: str  # Who wrote.
    recipient_id: str | None = None  # The person written to; null for a group.
    group_id: str | None = None  # The group written into; null for a person.
    text: str  # What was written.
