"""What travels between operators?

Generated from `schemas/avro/` by `python -m schemas.generate`; edit the schema, not this file.
"""

from dataclasses import dataclass

from schemas.records.parts import AlternateAccount, Feature, Finding, PictureHashes
from schemas.records.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountForgotten(Record):
    """Somebody has to forget an erased account."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Whose memory.
    erased_id: str  # Whom to forget.


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternateAccountChanged(Record):
    """A friend's alternate account can be used for verification, or no longer."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Who is told.
    sender_id: str  # Whose alternate account.
    app: str  # The application.
    alternate_id: str  # The account there.
    usable: bool  # Whether it is linked and verified.


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentSuspected(Record):
    """A screened message on its way to the group, with the latest finding against its author."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    sender_id: str  # Who wrote.
    group_id: str  # The group written into.
    screened: tuple[str, ...]  # The policy versions by which it was screened.
    findings: tuple[Finding, ...]  # One per version and rule that found something, or that wants to see the message in any case.
    charged_ms: int | None = None  # When a gate denied the author or a risk was decided, last; null: never.
    charge_id: str | None = None  # By which decision.
    late: bool = False  # Whether the message came late.


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentificationHashed(Record):
    """Somebody asks who is concerned, with hashes in place of the picture."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    incident_id: str  # The incident.
    request_id: str  # The request.
    requester_id: str  # Who asks.
    features: tuple[Feature, ...]  # What was seen or heard.
    picture: PictureHashes | None = None  # The picture, hashed.


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberForgotten(Record):
    """A group has to forget an erased account."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    group_id: str  # Whose memory.
    account_id: str  # Whom to forget.


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageScreened(Record):
    """A message that some policy wants to see, without its text."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    sender_id: str  # Who wrote.
    recipient_id: str | None = None  # The person written to; null for a group.
    group_id: str | None = None  # The group written into; null for a person.
    screened: tuple[str, ...]  # The policy versions by which it was screened.
    findings: tuple[Finding, ...]  # One per version and rule that found something, or that wants to see the message in any case.


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileHashed(Record):
    """An account's appearance changed, with hashes in place of the picture; a null field is unchanged."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Whose profile.
    nickname: str | None = None  # The name shown.
    signature: str | None = None  # The line shown below the name.
    region: str | None = None  # Where the account says that it lives.
    avatar: PictureHashes | None = None  # The new avatar; null: unchanged, or removed.
    avatar_removed: bool = False  # Whether the avatar was removed.


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspicionRaised(Record):
    """A screened message, with the alternate account to ask the sender's person through, as of its time."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    sender_id: str  # Who wrote.
    recipient_id: str | None = None  # The person written to; null for a group.
    group_id: str | None = None  # The group written into; null for a person.
    screened: tuple[str, ...]  # The policy versions by which it was screened.
    findings: tuple[Finding, ...]  # One per version and rule that found something, or that wants to see the message in any case.
    alternate: AlternateAccount | None = None  # Where the sender's person can be asked; null: nowhere else.
    late: bool = False  # Whether the message came late.
