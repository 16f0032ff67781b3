"""Total order of events of the same time: by the class of C-2, then by the bytes of the id."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final, TypeAlias, get_args

from schemas.records import (
    AccountApproached,
    AccountErased,
    AccountForgotten,
    AccountUnblocked,
    AlertNumberSet,
    AliasLinked,
    AlternateAccountChanged,
    AlternateAccountLinked,
    AlternateAccountUnlinked,
    AppearanceChanged,
    AttentionSought,
    CommandDeferred,
    CommandsWithheld,
    ContactAdded,
    ContactRemoved,
    ContentSuspected,
    ConversationHit,
    Decision,
    DecisionOverturned,
    FollowAnswered,
    FollowChanged,
    FollowersFound,
    FollowRequested,
    FollowRevoked,
    FollowShifted,
    FriendAdded,
    FriendRemoved,
    FriendRequested,
    FriendshipSought,
    HelpSought,
    IdentificationHashed,
    IdentificationRequested,
    IdentificationSought,
    IncidentAdvanced,
    IncidentAudited,
    IncidentClosed,
    IncidentFiled,
    IncidentReported,
    IncidentWithdrawn,
    JoinAnswered,
    LocationUpdated,
    LookalikeAnswered,
    LookalikeReplied,
    LookalikesFound,
    MatchesFound,
    MatchSuppressed,
    MemberForgotten,
    MemberJoined,
    MemberLeft,
    MemberReported,
    MessageScreened,
    MessageSent,
    MissReported,
    NameBecameCommon,
    NameHeld,
    NeighboursFound,
    ObjectInformationChanged,
    OrganisationRegistered,
    PictureBecameCommon,
    PictureHeld,
    PolicyPublished,
    PositionChanged,
    ProfileChanged,
    ProfileHashed,
    ProfilesDrifted,
    Record,
    RequestCompared,
    RequestFulfilled,
    ReviewAnswered,
    RoleChanged,
    SanctionLifted,
    ServiceChanged,
    Shadowed,
    SuspicionRaised,
    VerificationAnswered,
)


class Rank(IntEnum):
    """The classes of C-2, first to act first.

    Facts that others of the same time depend on come first: a role holds for joins of its time, a request to follow
    exists when it is answered, and a picture or name is common for those who set it at that time.
    """

    POLICY = 0
    ERASURE = 1
    GROUND = 2
    FACT = 3
    CONTENT = 4
    ANSWER = 5


_CLASSES: Final[Mapping[Rank, tuple[type[Record], ...]]] = {
    Rank.POLICY: (PolicyPublished,),
    Rank.ERASURE: (AccountErased, AccountForgotten, MemberForgotten),
    Rank.GROUND: (RoleChanged, FollowRequested, NameBecameCommon, PictureBecameCommon),
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
        FollowAnswered,
        FollowRevoked,
        ObjectInformationChanged,
        LocationUpdated,
        OrganisationRegistered,
        NeighboursFound,
        FollowersFound,
        MatchesFound,
        NameHeld,
        PictureHeld,
        AccountApproached,
        RequestFulfilled,
    ),
    Rank.CONTENT: (
        MessageSent,
        MessageScreened,
        SuspicionRaised,
        ContentSuspected,
        ConversationHit,
        FriendRequested,
        FriendshipSought,
        RequestCompared,
        LookalikesFound,
        ProfilesDrifted,
        MatchSuppressed,
        MemberReported,
        IncidentReported,
        IdentificationHashed,
        IncidentFiled,
        IdentificationSought,
        IdentificationRequested,
        Decision,
        CommandsWithheld,
        CommandDeferred,
        Shadowed,
    ),
    Rank.ANSWER: (
        LookalikeAnswered,
        LookalikeReplied,
        AliasLinked,
        VerificationAnswered,
        IncidentAudited,
        JoinAnswered,
        IncidentWithdrawn,
        IncidentClosed,
        IncidentAdvanced,
        ReviewAnswered,
        MissReported,
        DecisionOverturned,
    ),
}
RANKS: Final[Mapping[type[Record], Rank]] = {record: rank for rank, records in _CLASSES.items() for record in records}

CAUSED: TypeAlias = (
    AppearanceChanged | FollowChanged | PositionChanged | ServiceChanged | HelpSought | AttentionSought | FollowShifted
)
"""Records that one step sends another because of an event: each has the rank of its cause, in its own field."""


_CAUSED: Final = frozenset({*get_args(CAUSED), Shadowed})
_NUMBERS: Final[Mapping[type[Record], int]] = {kind: rank.value for kind, rank in RANKS.items()}


def rank_of(record: Record) -> int:
    """Return the class of a record among those of its time. Raises `KeyError` for one that no operator receives."""
    kind = type(record)
    return record.rank if kind in _CAUSED else _NUMBERS[kind]  # type: ignore[attr-defined]


def order_of(record: Record) -> tuple[int, bytes]:
    """Return the sort key of a record among those of its time (C-2). Raises `KeyError` for one no operator receives."""
    identity: str = getattr(record, "decision_id" if type(record) is Decision else "event_id")
    return rank_of(record), identity.encode()
