"""What travels on the topic `relations`?

Generated from `schemas/avro/` by `python -m schemas.generate`; edit the schema, not this file.
"""

from dataclasses import dataclass

from schemas.records.enums import ContactKind
from schemas.records.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUnblocked(Record):
    """Somebody lifts a block, or states trust."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Who lifts it.
    other_id: str  # The account that was blocked.


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAdded(Record):
    """An account has a new contact."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Whose contact.
    contact_id: str  # The contact.
    kind: ContactKind  # How it came to be one.


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRemoved(Record):
    """An account lost a contact."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Whose contact.
    contact_id: str  # The contact.


@dataclass(frozen=True, slots=True, kw_only=True)
class FriendAdded(Record):
    """A friend was added to a list."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Whose list.
    friend_id: str  # The friend.
    mutual: bool = True  # Whether the friend's list gets the account too.
    since_ms: int | None = None  # Start of the friendship; null: at_ms; -1: start unknown.


@dataclass(frozen=True, slots=True, kw_only=True)
class FriendRemoved(Record):
    """A friend was removed from a list."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Whose list.
    friend_id: str  # The friend.
    mutual: bool = True  # Whether the friend's list loses the account too.


@dataclass(frozen=True, slots=True, kw_only=True)
class FriendRequested(Record):
    """Somebody asks to become somebody's friend."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    request_id: str  # The request.
    requester_id: str  # Who asks.
    target_id: str  # Who is asked.


@dataclass(frozen=True, slots=True, kw_only=True)
class LookalikeAnswered(Record):
    """A friend says whether the requester who looks alike is the same person."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    request_id: str  # The friend request in question.
    target_id: str  # Who was asked to become a friend.
    lookalike_id: str  # The friend who answers.
    same_person: bool  # Whether both accounts are that friend's.
