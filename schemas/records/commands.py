"""Records of the topic `commands`.

Generated from `schemas/avro/` by `python -m schemas.generate`; edit the schema, not this file.
"""

from schemas.records.enums import Channel, EventRole, MemberAction, Permission, WarnChannel
from schemas.records.parts import EventMember
from schemas.records.record import Record


class AcceptFriend(Record, frozen=True, kw_only=True):
    """The gate does not object to a friend request."""

    command_id: str  # Derived from the decision, so that a repetition is recognised.
    decision_id: str  # The decision that asks for it.
    at_ms: int  # Event time of the cause.
    request_id: str  # The request.
    account_id: str  # Who was asked.
    requester_id: str  # Who asks.


class AddMember(Record, frozen=True, kw_only=True):
    """Add somebody who confirmed to an event group."""

    command_id: str  # Derived from the decision, so that a repetition is recognised.
    decision_id: str  # The decision that asks for it.
    at_ms: int  # Event time of the cause.
    incident_id: str  # The incident.
    group_id: str  # The event group.
    account_id: str  # Who.
    roles: tuple[EventRole, ...]  # Why, strongest first.
    permission: Permission  # What the member may do.


class AskLookalike(Record, frozen=True, kw_only=True):
    """Ask a friend whether the requester is the same person."""

    command_id: str  # Derived from the decision, so that a repetition is recognised.
    decision_id: str  # The decision that asks for it.
    at_ms: int  # Event time of the cause.
    request_id: str  # The request.
    account_id: str  # Who was asked to become a friend.
    requester_id: str  # Who asks.
    lookalike_id: str  # The friend to ask.


class BlockAccount(Record, frozen=True, kw_only=True):
    """Put an account on somebody's block list."""

    command_id: str  # Derived from the decision, so that a repetition is recognised.
    decision_id: str  # The decision that asks for it.
    at_ms: int  # Event time of the cause.
    account_id: str  # Whose list.
    blocked_id: str  # Who is blocked.


class CancelPrompt(Record, frozen=True, kw_only=True):
    """A prompt to join no longer stands."""

    command_id: str  # Derived from the decision, so that a repetition is recognised.
    decision_id: str  # The decision that asks for it.
    at_ms: int  # Event time of the cause.
    incident_id: str  # The incident.
    account_id: str  # Who was asked.


class CloseEventGroup(Record, frozen=True, kw_only=True):
    """Close an event group."""

    command_id: str  # Derived from the decision, so that a repetition is recognised.
    decision_id: str  # The decision that asks for it.
    at_ms: int  # Event time of the cause.
    incident_id: str  # The incident.
    group_id: str  # The event group.


class CreateEventGroup(Record, frozen=True, kw_only=True):
    """Found the group chat of an incident."""

    command_id: str  # Derived from the decision, so that a repetition is recognised.
    decision_id: str  # The decision that asks for it.
    at_ms: int  # Event time of the cause.
    incident_id: str  # The incident.
    group_id: str  # The event group.
    latitude: float  # Degrees north, from -90 to 90.
    longitude: float  # Degrees east, from -180 to 180.
    kind: str  # What happened.
    description: str | None = None  # What happened, written for the group.
    members: tuple[EventMember, ...]  # Who is in it from the start.


class ExitSession(Record, frozen=True, kw_only=True):
    """End a conversation on one side."""

    command_id: str  # Derived from the decision, so that a repetition is recognised.
    decision_id: str  # The decision that asks for it.
    at_ms: int  # Event time of the cause.
    account_id: str  # On whose side.
    other_id: str  # With whom.
    forbid: bool = False  # Whether it stays closed until that side reopens it.


class ManageMember(Record, frozen=True, kw_only=True):
    """Change what a member may do in a group."""

    command_id: str  # Derived from the decision, so that a repetition is recognised.
    decision_id: str  # The decision that asks for it.
    at_ms: int  # Event time of the cause.
    group_id: str  # The group.
    account_id: str  # Whose permissions.
    action: MemberAction  # What is done.
    distance: int | None = None  # Distance from the offender in the invite forest.
    until_ms: int | None = None  # When it ends; null: by itself never.


class PromptToJoin(Record, frozen=True, kw_only=True):
    """Ask somebody whether to join an event group."""

    command_id: str  # Derived from the decision, so that a repetition is recognised.
    decision_id: str  # The decision that asks for it.
    at_ms: int  # Event time of the cause.
    incident_id: str  # The incident.
    group_id: str  # The event group.
    account_id: str  # Who is asked.
    roles: tuple[EventRole, ...]  # Why, strongest first.
    deadline_ms: int  # Until when an answer counts.
    kind: str | None = None  # What happened.
    latitude: float | None = None  # Where it happened.
    longitude: float | None = None  # Where it happened.


class RefuseFriend(Record, frozen=True, kw_only=True):
    """Refuse a friend request."""

    command_id: str  # Derived from the decision, so that a repetition is recognised.
    decision_id: str  # The decision that asks for it.
    at_ms: int  # Event time of the cause.
    request_id: str  # The request.
    account_id: str  # Who was asked.
    requester_id: str  # Who asks.
    reason: str  # Why.


class RequestReview(Record, frozen=True, kw_only=True):
    """Ask people to decide."""

    command_id: str  # Derived from the decision, so that a repetition is recognised.
    decision_id: str  # The decision that asks for it.
    at_ms: int  # Event time of the cause.
    subject_id: str  # The account that it is about.
    group_id: str | None = None  # The group, if one is concerned.
    rule: str  # The rule that asks.
    summary: str  # What there is to decide; never the text of a message.


class RequestVerification(Record, frozen=True, kw_only=True):
    """Ask the person behind an account whether it is in the own hands."""

    command_id: str  # Derived from the decision, so that a repetition is recognised.
    decision_id: str  # The decision that asks for it.
    at_ms: int  # Event time of the cause.
    verification_id: str  # The id of the decision that asked.
    account_id: str  # The protected recipient.
    about_id: str  # The account in doubt.
    app: str  # The application to ask through.
    alternate_id: str | None = None  # The account there; null: in the first application.
    channel: Channel  # How to reach the person.


class RevokeCommand(Record, frozen=True, kw_only=True):
    """Take an earlier command back: people do not uphold its decision."""

    command_id: str  # Derived from the decision, so that a repetition is recognised.
    decision_id: str  # The decision that people do not uphold.
    at_ms: int  # Event time of the cause.
    revoked_id: str  # The id of the command to take back.
    revoked_type: str  # Its type, such as BlockAccount.
    account_id: str  # The account that it was addressed to.
    other_id: str | None = None  # The account that it was about, if another one.
    group_id: str | None = None  # Its group.
    action: MemberAction | None = None  # What was done to a member.


class TellEnded(Record, frozen=True, kw_only=True):
    """Tell somebody who was asked to join, and is not in the group, that they are not needed any more."""

    command_id: str  # Derived from the decision, so that a repetition is recognised.
    decision_id: str  # The decision that asks for it.
    at_ms: int  # Event time of the cause.
    incident_id: str  # The incident.
    group_id: str  # The event group.
    account_id: str  # Who was asked.


class Warn(Record, frozen=True, kw_only=True):
    """Warn about somebody."""

    command_id: str  # Derived from the decision, so that a repetition is recognised.
    decision_id: str  # The decision that asks for it.
    at_ms: int  # Event time of the cause.
    account_id: str  # Who is protected.
    about_id: str  # Whom the warning is about.
    channel: WarnChannel  # Where it goes.
    destination: str | None = None  # The number or address, where the channel needs one.
    report: str  # What the warning says; never the text of a message.
