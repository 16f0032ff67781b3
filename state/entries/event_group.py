"""Values of state entries about incidents: reports, life cycle, prompts and answers, and their codecs."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct, field

from schemas.internal_form import decode_internal, encode_internal
from schemas.records import Record
from state.codecs import struct_codec
from state.spec import Codec


class Filed(Struct, frozen=True):
    """A report at the incident desk: enough to route later events to the shard of its incident."""

    kind: str
    reporter_id: str  # empty once the reporter is erased
    latitude: float
    longitude: float
    object_ids: tuple[str, ...]
    at_ms: int
    policy_version: str
    audited: bool = False


FILED_CODEC: Final = struct_codec(Filed)


class Invitations(Struct, frozen=True):
    """Who invited an account into a group: when last, by the hash of both ids; the latest accounts."""

    latest_ms: Mapping[str, int]


INVITATIONS_CODEC: Final = struct_codec(Invitations)


class Incident(Struct, frozen=True):
    """The life cycle of an incident, and the accounts involved in it."""

    status: str  # REQUESTED, OPEN, REJECTED, CLOSED
    kind: str
    latitude: float
    longitude: float
    reporter_id: str  # empty once the reporter is erased
    reported_ms: int
    reported_by: str  # the event
    policy_version: str
    named: tuple[str, ...]  # the accounts that the report names, and those that merged ones name
    description: str | None = None  # until the group is created or refused
    audit_open: bool = True
    created_ms: int = -1
    created_by: str = ""  # the event
    created_decision_id: str = ""
    selected: tuple[str, ...] = ()  # the objects
    people: tuple[str, ...] = ()  # everybody found by a search, by account
    located: tuple[str, ...] = ()  # the objects that were found by their live location alone
    inviters: tuple[str, ...] = ()  # who has invited the reporter into a group, as hashes of the ids
    merged_named: Mapping[str, int] = field(default_factory=dict)  # whom merged reports name, and the latest time of it


_INCIDENT_1: Final = (
    *("status", "kind", "latitude", "longitude", "reporter_id", "reported_ms", "reported_by", "policy_version"),
    *("named", "description", "audit_open", "created_ms", "created_by", "created_decision_id"),
    *("selected", "people"),
)
INCIDENT_CODEC: Final = struct_codec(Incident, _INCIDENT_1, (*_INCIDENT_1, "located", "inviters"))
"""Version 1 had no `located` and no `inviters`, version 2 no `merged_named`."""


class Person(Struct, frozen=True):
    """The involvement of an account in an incident: roles, prompts, answers."""

    status: str = ""  # PROMPTED, MEMBER, DECLINED, DECLINED_LATE, EXPIRED, CANCELLED
    roles: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()  # the objects; an erased one is empty
    versions: tuple[int, ...] = ()  # the consent versions of these follows
    found_ms: int = -1
    prompts: int = 0  # so far
    prompted_ms: int = -1
    deadline_ms: int = -1
    prompted_by: str = ""  # the event
    decision_id: str = ""  # the decision that asked
    answered_ms: int = -1
    joined: bool = False  # whether it was ever a member
    identifications: int = 0
    waits: tuple[str, ...] = ()  # the objects for whose answer the follower waits to be told
    wait_versions: tuple[int, ...] = ()  # the consent versions of these follows


PERSON_CODEC: Final = struct_codec(
    Person,
    (
        *("status", "roles", "follows", "versions", "found_ms", "prompts", "prompted_ms", "deadline_ms"),
        *("prompted_by", "decision_id", "answered_ms", "joined", "identifications"),
    ),
)

SEARCH_RESULT_CODEC: Final[Codec[Record]] = Codec(
    version=2, encode=encode_internal, decode={1: decode_internal, 2: decode_internal}
)
"""A search result for an incident, in the internal form of records. Version 1 had follows without their scope."""
