"""In which order do events of the same time act? Key: the class of C-2, then the id by bytes."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from schemas.records import (
    AccountErased,
    AccountForgotten,
    AccountUnblocked,
    AlertNumberSet,
    AlternateAccountChanged,
    AlternateAccountLinked,
    AlternateAccountUnlinked,
    ContactAdded,
    ContactRemoved,
    ContentSuspected,
    Decision,
    FollowAnswered,
    FollowRequested,
    FollowRevoked,
    FriendAdded,
    FriendRemoved,
    FriendRequested,
    IdentificationHashed,
    IdentificationRequested,
    IncidentAudited,
    IncidentClosed,
    IncidentReported,
    IncidentWithdrawn,
    JoinAnswered,
    LocationUpdated,
    LookalikeAnswered,
    MemberForgotten,
    MemberJoined,
    MemberLeft,
    MemberReported,
    MessageScreened,
    MessageSent,
    ObjectInformationChanged,
    OrganisationRegistered,
    PolicyPublished,
    ProfileChanged,
    ProfileHashed,
    Record,
    RoleChanged,
    SanctionLifted,
    SuspicionRaised,
    VerificationAnswered,
)


class Rank(IntEnum):
    """The classes of C-2, first to act first. A role comes before the other facts: it holds for joins of its time."""

    POLICY = 0
    ERASURE = 1
    ROLE = 2
    FACT = 3
    CONTENT = 4
    ANSWER = 5


_CLASSES: Final[Mapping[Rank, tuple[type[Record], ...]]] = {
    Rank.POLICY: (PolicyPublished,),
    Rank.ERASURE: (AccountErased, AccountForgotten, MemberForgotten),
    Rank.ROLE: (RoleChanged,),
    Rank.FACT: (
        FriendAdded,
        FriendRemoved,
        ContactAdded,
        ContactRemoved,
        AccountUnblocked,
        ProfileChanged,
        ProfileHashed,
        AlertNumberSet,
        AlternateAccountLinked,
        AlternateAccountUnlinked,
        AlternateAccountChanged,
        MemberJoined,
        MemberLeft,
        SanctionLifted,
        FollowRequested,
        FollowRevoked,
        ObjectInformationChanged,
        LocationUpdated,
        OrganisationRegistered,
    ),
    Rank.CONTENT: (
        MessageSent,
        MessageScreened,
        SuspicionRaised,
        ContentSuspected,
        FriendRequested,
        MemberReported,
        IncidentReported,
        IdentificationHashed,
        IdentificationRequested,
        Decision,
    ),
    Rank.ANSWER: (
        LookalikeAnswered,
        VerificationAnswered,
        FollowAnswered,
        IncidentAudited,
        JoinAnswered,
        IncidentWithdrawn,
        IncidentClosed,
    ),
}
RANKS: Final[Mapping[type[Record], Rank]] = {record: rank for rank, records in _CLASSES.items() for record in records}


def order_of(record: Record) -> tuple[int, bytes]:
    """Where a record stands among those of its time (C-2). Raises `KeyError` for a record that no operator receives."""
    kind = type(record)
    identity: str = getattr(record, "decision_id" if kind is Decision else "event_id")
    return RANKS[kind].value, identity.encode()
