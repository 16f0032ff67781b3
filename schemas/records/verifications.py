"""Records of the topic `verifications`.

Generated from `schemas/avro/` by `python -m schemas.generate`; edit the schema, not this file.
"""

from schemas.records.enums import AnswerVia
from schemas.records.record import Record


class VerificationAnswered(Record, frozen=True, kw_only=True):
    """The sender's person says whether the account is in the own hands."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    verification_id: str  # The verification.
    account_id: str  # The protected recipient.
    genuine: bool  # Whether the message was the person's own.
    via: AnswerVia  # Where the answer was given.
