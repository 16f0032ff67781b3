"""Records of the topic `erasures`.

Generated from `schemas/avro/` by `python -m schemas.generate`; edit the schema, not this file.
"""

from schemas.records.record import Record


class AccountErased(Record, frozen=True, kw_only=True):
    """An account is erased, and everything that mentions it."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Which.
