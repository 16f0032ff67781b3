"""Records of the topic `decisions`.

Generated from `schemas/avro/` by `python -m schemas.generate`; edit the schema, not this file.
"""

from schemas.records.record import Record


class Decision(Record, frozen=True, kw_only=True):
    """One conclusion, with its evidence."""

    decision_id: str  # Derived from rule, ids, cause and policy version.
    at_ms: int  # Event time of the cause.
    rule: str  # The rule that concluded.
    outcome: str  # What it concluded.
    subject_id: str  # The account that it is about.
    other_id: str | None = None  # The account that it protects, or the lookalike's.
    group_id: str | None = None  # The group, if one is concerned.
    incident_id: str | None = None  # The incident, if one is concerned.
    cause_event_id: str  # The event that caused it.
    policy_version: str  # The policy by which it was made.
    reasons: tuple[str, ...]  # Why, each by itself.
    evidence: str  # One JSON object; its members are documented per rule.
    actions: tuple[str, ...] = ()  # The actions that it takes, or would have taken.
