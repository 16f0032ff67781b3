"""Records of the topic `relations`.

Generated from `schemas/avro/` by `python -m schemas.generate`; edit the schema, not this file.
"""

from schemas.records.enums import ContactKind
from schemas.records.record import Record


class AccountUnblocked(Record, frozen=True, kw_only=True):
    """Somebody lifts a block, or states trust."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Who lifts it.
    other_id: str  # The account that was blocked.


class ContactAdded(Record, frozen=True, kw_only=True):
    """An account has a new contact."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Whose contact.
    contact_id: str  # The contact.
    kind: ContactKind  # How it came to be one.


class ContactRemoved(Record, frozen=True, kw_only=True):
    """An account lost a contact."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Whose contact.
    contact_id: str  # The contact.


class FriendAdded(Record, frozen=True, kw_only=True):
    """A friend was added to a list."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Whose list.
    friend_id: str  # The friend.
    mutual: bool = True  # Whether the friend's list gets the account too.
    since_ms: int | None = None  # Start of the friendship; null: at_ms; -1: start unknown.


class FriendRemoved(Record, frozen=True, kw_only=True):
    """A friend was removed from a list."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    account_id: str  # Whose list.
    friend_id: str  # The friend.
    mutual: bool = True  # Whether the friend's list loses the account too.


class FriendRequested(Record, frozen=True, kw_only=True):
    """Somebody asks to become somebody's friend."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    request_id: str  # The request.
    requester_id: str  # Who asks.
    target_id: str  # Who is asked.


class LookalikeAnswered(Record, frozen=True, kw_only=True):
    """A friend says whether the requester who looks alike is the same person."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    request_id: str  # The friend request in question.
    target_id: str  # Who was asked to become a friend.
    lookalike_id: str  # The friend who answers.
    same_person: bool  # Whether both accounts are that friend's.
