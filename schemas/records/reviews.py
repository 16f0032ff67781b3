"""Records of the topic `reviews`.

Generated from `schemas/avro/` by `python -m schemas.generate`; edit the schema, not this file.
"""

from schemas.records.record import Record


class MissReported(Record, frozen=True, kw_only=True):
    """A reviewer reports an event about which a rule should have decided, and did not."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    cause_event_id: str  # The event.
    rule: str  # The rule.
    subject_id: str  # The account that the decision would have been about.
    other_id: str | None = None  # The account that it would have protected.
    group_id: str | None = None  # The group, if one is concerned.
    reviewer_id: str  # Who reports it.


class ReviewAnswered(Record, frozen=True, kw_only=True):
    """A reviewer says whether a decision was right."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    decision_id: str  # The decision.
    rule: str  # Its rule.
    outcome: str | None = None  # Its outcome, by which answers are counted.
    subject_id: str  # Its subject.
    other_id: str | None = None  # Its other account.
    group_id: str | None = None  # Its group.
    incident_id: str | None = None  # Its incident.
    reviewer_id: str  # Who looked at it.
    upheld: bool  # Whether it was right.
    note_code: str | None = None  # Why, in a word of the platform's own.
