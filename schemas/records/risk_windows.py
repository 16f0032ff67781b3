"""Records of the topic `risk-windows`.

Generated from `schemas/avro/` by `python -m schemas.generate`; edit the schema, not this file.
"""

from schemas.records.record import Record


class RiskWindow(Record, frozen=True, kw_only=True):
    """The risk decisions about one account in one window."""

    window_id: str  # Derived from subject and start.
    subject_id: str  # The account that it is about.
    window_start_ms: int  # First millisecond.
    window_end_ms: int  # Millisecond after the last.
    outcome: str  # The strictest action.
    reasons: tuple[str, ...]  # Every reason, each by itself.
    decision_ids: tuple[str, ...]  # The decisions.
    count: int  # How many decisions.
