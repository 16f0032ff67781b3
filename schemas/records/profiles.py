"""Records of the topic `profiles`.

Generated from `schemas/avro/` by `python -m schemas.generate`; edit the schema, not this file.
"""

from schemas.records.enums import Channel
from schemas.records.record import Record


class AlertNumberSet(Record, frozen=True, kw_only=True):
    """An account sets its own number for warnings."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Whose number.
    number: str | None = None  # The number; null removes it.


class AlternateAccountLinked(Record, frozen=True, kw_only=True):
    """The same person has an account in another application."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Whose.
    app: str  # The other application.
    alternate_id: str  # The account there.
    channels: tuple[Channel, ...]  # How the person can be reached there.
    last_used_ms: int  # When it was last used.
    verified: bool  # Whether it is proven to be the same person's.


class AlternateAccountUnlinked(Record, frozen=True, kw_only=True):
    """An alternate account is no longer the person's."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Whose.
    app: str  # The other application.
    alternate_id: str  # The account there.


class ProfileChanged(Record, frozen=True, kw_only=True):
    """An account's public appearance changed; a null field is unchanged."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Whose profile.
    nickname: str | None = None  # The name shown.
    signature: str | None = None  # The line shown below the name.
    region: str | None = None  # Where the account says that it lives.
    avatar_image: bytes | None = None  # The picture; hashed on entry, then dropped.
    avatar_hash: bytes | None = None  # A pHash of 8 bytes; empty removes the avatar.
