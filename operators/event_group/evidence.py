"""What does a decision about an incident show of the people whom it asks? Key: none.

It is for audit (EG-40): who was asked, in which roles and why, on which consents that rests. Only those are named whom
the decision's own commands name, or to whom they owe their role; of a place only a distance is told (EG-26).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from operators.event_group.incident import DECLINED, MEMBER, PROMPTED, IncidentContext
from operators.event_group.roles import permission_of, rank_roles

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from schemas.records import Concern, EventRole
    from state.entries.event_group import Person

PEOPLE_AT_MOST: Final = 1000
"""People and follows that a decision's evidence lists. More are only counted."""

_PROMPTED_BEFORE: Final = (PROMPTED, MEMBER, DECLINED)


@dataclass(slots=True)
class Candidate:
    """Why somebody is asked: the roles, the follows by which somebody is a follower, and what speaks for it."""

    roles: set[EventRole] = field(default_factory=set)
    follows: dict[str, int] = field(default_factory=dict)  # object: consent version
    concerns: set[Concern] = field(default_factory=set)  # of an object
    distance_m: int | None = None  # of somebody nearby


Candidates = dict[str, Candidate]


def prompts_as_evidence(context: IncidentContext, candidates: Mapping[str, Candidate], at_ms: int) -> dict[str, object]:
    """Return who is asked, why and until when. Who was asked before or has answered only gets the roles (EG-25)."""
    shown = [
        _prompt_as_evidence(context, account_id, role)
        for account_id, role in sorted(candidates.items())[:PEOPLE_AT_MOST]
    ]
    deadline_ms = at_ms + context.section.prompt_timeout_ms
    return {"prompts": shown, "prompt_count": len(candidates)} | ({"deadline_ms": deadline_ms} if candidates else {})


def consents_as_evidence(candidates: Mapping[str, Candidate]) -> dict[str, object]:
    """Return on which consents a decision rests (EG-9)."""
    consents = [
        {"object": object_id, "follower": account_id, "version": version}
        for account_id, role in sorted(candidates.items())
        for object_id, version in sorted(role.follows.items())
    ]
    return {"consents": consents[:PEOPLE_AT_MOST], "consent_count": len(consents)}


def membership_as_evidence(context: IncidentContext, person: Person) -> dict[str, object]:
    """Return as what somebody becomes a member, and on which consents that rests (EG-9, EG-33)."""
    follows = zip(person.follows, person.versions, strict=True)
    return {
        "roles": rank_roles(person.roles),
        "permission": permission_of(person.roles, context.section.permissions),
        "consents": [{"object": object_id, "version": version} for object_id, version in follows],
    }


def count_named_left_out(named: Collection[str], selected: Collection[str]) -> int:
    """Return how many of the accounts that a report names are no objects (EG-22). Which ones is nobody's business."""
    return len({*named} - {*selected})


def _prompt_as_evidence(context: IncidentContext, account_id: str, role: Candidate) -> dict[str, object]:
    status = context.person(account_id).status
    shown: dict[str, object] = {"account_id": account_id, "roles": rank_roles(role.roles)}
    if role.concerns:
        shown["concerns"] = sorted(role.concerns)
    if role.distance_m is not None:
        shown["distance_m"] = role.distance_m
    if status in _PROMPTED_BEFORE:
        shown["status"] = status
    return shown
