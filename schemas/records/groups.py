"""Records of the topic `groups`.

Generated from `schemas/avro/` by `python -m schemas.generate`; edit the schema, not this file.
"""

from schemas.records.enums import JoinVia, MemberRole
from schemas.records.record import Record


class MemberJoined(Record, frozen=True, kw_only=True):
    """Somebody came into a group."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    group_id: str  # The group.
    account_id: str  # Who came.
    inviter_id: str | None = None  # Who let the member in.
    inviter_role: MemberRole | None = None  # What the inviter was then.
    via: JoinVia  # By which way.


class MemberLeft(Record, frozen=True, kw_only=True):
    """Somebody left a group, or was removed."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    group_id: str  # The group.
    account_id: str  # Who left.
    removed_by: str | None = None  # Who removed the member.


class MemberReported(Record, frozen=True, kw_only=True):
    """A member is reported for what it wrote."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    group_id: str  # The group.
    account_id: str  # Who is reported.
    reporter_id: str  # Who reports.
    reason: str  # Why, in the platform's terms.


class RoleChanged(Record, frozen=True, kw_only=True):
    """A member has another role."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    group_id: str  # The group.
    account_id: str  # Whose role.
    role: MemberRole  # The role from now on.


class SanctionLifted(Record, frozen=True, kw_only=True):
    """The sanctions against a member are lifted."""

    event_id: str  # Unique; a repetition changes nothing.
    at_ms: int  # Event time.
    group_id: str  # The group.
    account_id: str  # Whose sanctions.
