"""Kafka topics: name, direction, the record types of each, and the field that is the Kafka key."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from schemas.records import (
    AcceptFriend,
    AccountErased,
    AccountUnblocked,
    AddMember,
    AlertNumberSet,
    AlternateAccountLinked,
    AlternateAccountUnlinked,
    AskLookalike,
    BlockAccount,
    CancelPrompt,
    CloseEventGroup,
    ContactAdded,
    ContactRemoved,
    CreateEventGroup,
    Decision,
    ExitSession,
    FollowAnswered,
    FollowRequested,
    FollowRevoked,
    FriendAdded,
    FriendRemoved,
    FriendRequested,
    IdentificationRequested,
    IncidentAudited,
    IncidentClosed,
    IncidentReported,
    IncidentWithdrawn,
    JoinAnswered,
    LocationUpdated,
    LookalikeAnswered,
    ManageMember,
    MemberJoined,
    MemberLeft,
    MemberReported,
    MessageSent,
    MissReported,
    ObjectInformationChanged,
    OrganisationRegistered,
    PolicyPublished,
    ProfileChanged,
    PromptToJoin,
    Record,
    RefuseFriend,
    RequestReview,
    RequestVerification,
    ReviewAnswered,
    RevokeCommand,
    RiskWindow,
    RoleChanged,
    SanctionLifted,
    TellEnded,
    VerificationAnswered,
    Warn,
)


class Direction(StrEnum):
    """Whether the job reads a topic or writes it."""

    INPUT = "INPUT"
    OUTPUT = "OUTPUT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A Kafka topic. `keys` has the field that is the Kafka key per record type; of several, the first not null."""

    name: str
    direction: Direction
    keys: Mapping[type[Record], tuple[str, ...]]

    @property
    def records(self) -> tuple[type[Record], ...]:
        """The record types of the topic."""
        return tuple(self.keys)

    def key_of(self, record: Record) -> str:
        """Return the Kafka key of a valid record of this topic. Raises `KeyError` for a record of another topic."""
        first, *others = self.keys[type(record)]
        key: str | None = getattr(record, first)
        return (
            key if key is not None else next(each for field in others if (each := getattr(record, field)) is not None)
        )


def _by(*fields: str, of: tuple[type[Record], ...]) -> dict[type[Record], tuple[str, ...]]:
    return dict.fromkeys(of, fields)


_RELATIONS: Final = _by(
    "account_id", of=(FriendAdded, FriendRemoved, ContactAdded, ContactRemoved, AccountUnblocked)
) | _by("target_id", of=(FriendRequested, LookalikeAnswered))
_PROFILES: Final = _by(
    "account_id", of=(ProfileChanged, AlertNumberSet, AlternateAccountLinked, AlternateAccountUnlinked)
)
_GROUPS: Final = _by("group_id", of=(MemberJoined, MemberLeft, RoleChanged, MemberReported, SanctionLifted))
_ATTENTION: Final = _by("object_id", of=(FollowRequested, FollowAnswered, FollowRevoked, ObjectInformationChanged))
_LOCATIONS: Final = _by("account_id", of=(LocationUpdated,)) | _by("organisation_id", of=(OrganisationRegistered,))
_INCIDENTS: Final = _by(
    "incident_id",
    of=(
        IncidentReported,
        IncidentAudited,
        JoinAnswered,
        IdentificationRequested,
        IncidentWithdrawn,
        IncidentClosed,
    ),
)
# All commands about one incident have one key, so that a receiver creates a group before it adds members to it.
_COMMANDS: Final = (
    _by(
        "account_id",
        of=(BlockAccount, ExitSession, Warn, RequestVerification, AcceptFriend, RefuseFriend, AskLookalike),
    )
    | _by("group_id", of=(ManageMember,))
    | _by("group_id", "subject_id", of=(RequestReview,))
    | _by("group_id", "account_id", of=(RevokeCommand,))  # in the partition of the command that it takes back
    | _by("incident_id", of=(CreateEventGroup, PromptToJoin, AddMember, CancelPrompt, CloseEventGroup, TellEnded))
)

INPUTS: Final = tuple(
    Topic(name=name, direction=Direction.INPUT, keys=keys)
    for name, keys in (
        ("messages", _by("recipient_id", "group_id", of=(MessageSent,))),
        ("relations", _RELATIONS),
        ("profiles", _PROFILES),
        ("verifications", _by("account_id", of=(VerificationAnswered,))),
        ("groups", _GROUPS),
        ("attention", _ATTENTION),
        ("locations", _LOCATIONS),
        ("incidents", _INCIDENTS),
        ("reviews", _by("subject_id", of=(ReviewAnswered, MissReported))),
        ("policies", _by("version", of=(PolicyPublished,))),
        ("erasures", _by("account_id", of=(AccountErased,))),
    )
)
DECISIONS: Final = "decisions"
SHADOW_DECISIONS: Final = "shadow-decisions"
COMMANDS: Final = "commands"
DEAD_LETTERS: Final = "dead-letters"
"""Original bytes of refused messages, under the original key: no record of ours."""
MAX_AHEAD_MS: Final = 300_000
"""How far the timestamps of input records may be ahead of the broker's clock, and event times ahead of those (C-30)."""

OUTPUTS: Final = tuple(
    Topic(name=name, direction=Direction.OUTPUT, keys=keys)
    for name, keys in (
        (DECISIONS, _by("subject_id", of=(Decision,))),
        (SHADOW_DECISIONS, _by("subject_id", of=(Decision,))),
        (COMMANDS, _COMMANDS),
        ("risk-windows", _by("subject_id", of=(RiskWindow,))),
        (DEAD_LETTERS, {}),
    )
)
TOPICS: Final[Mapping[str, Topic]] = {topic.name: topic for topic in (*INPUTS, *OUTPUTS)}
INPUT_OF: Final[Mapping[type[Record], Topic]] = {record: topic for topic in INPUTS for record in topic.records}
"""The one input topic on which a record type arrives."""
