"""Records of the topic `policies`.

Generated from `schemas/avro/` by `python -m schemas.generate`; edit the schema, not this file.
"""

from schemas.records.enums import PolicyMode
from schemas.records.record import Record


class PolicyPublished(Record, frozen=True, kw_only=True):
    """A policy is published."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    version: str  # Names the policy; never used again for another.
    effective_at_ms: int  # From when on it holds.
    mode: PolicyMode  # Whether it acts.
    document: str  # The policy file, YAML or JSON.
