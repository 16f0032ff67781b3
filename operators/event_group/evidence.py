"""Evidence of decisions that prompt people, for audit (EG-40).

It lists who is prompted, in which roles and why, and on which consents that rests. It names only people whom the
decision's own commands name, or to whom they owe their role; of a location only a distance is given (EG-26).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from operators.decision import MAX_LISTED
from operators.event_group.incident import MEMBER, PROMPTED, REFUSED, IncidentContext
from operators.event_group.roles import permission_of, rank_roles

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from schemas.records import Concern, EventRole
    from state.entries.event_group import Person


_PROMPTED_BEFORE: Final = (PROMPTED, MEMBER, *REFUSED)


@dataclass(slots=True)
class Candidate:
    """Somebody to prompt: the roles, the follows behind the role of follower, and the reasons."""

    roles: set[EventRole] = field(default_factory=set)
    follows: dict[str, int] = field(default_factory=dict)  # object: consent version
    concerns: set[Concern] = field(default_factory=set)  # why an object is concerned
    distance_m: int | None = None  # of a nearby user


Candidates = dict[str, Candidate]


def prompts_as_evidence(context: IncidentContext, candidates: Mapping[str, Candidate], at_ms: int) -> dict[str, object]:
    """Return who is prompted, why and until when; somebody prompted before only gets the roles (EG-25)."""
    shown = [
        _prompt_as_evidence(context, account_id, candidate)
        for account_id, candidate in sorted(candidates.items())[:MAX_LISTED]
    ]
    deadline_ms = at_ms + context.section.prompt_timeout_ms
    return {"prompts": shown, "prompt_count": len(candidates)} | ({"deadline_ms": deadline_ms} if candidates else {})


def consents_as_evidence(candidates: Mapping[str, Candidate]) -> dict[str, object]:
    """Return the consents that a decision rests on (EG-9)."""
    consents = [
        {"object": object_id, "follower": account_id, "version": version}
        for account_id, candidate in sorted(candidates.items())
        for object_id, version in sorted(candidate.follows.items())
    ]
    return {"consents": consents[:MAX_LISTED], "consent_count": len(consents)}


def membership_as_evidence(context: IncidentContext, person: Person) -> dict[str, object]:
    """Return a new member's roles and permission, and the consents behind them (EG-9, EG-33)."""
    follows = zip(person.follows, person.versions, strict=True)
    return {
        "roles": rank_roles(person.roles),
        "permission": permission_of(person.roles, context.section.permissions),
        "consents": [{"object": object_id, "version": version} for object_id, version in follows],
    }


def count_named_left_out(named: Collection[str], selected: Collection[str]) -> int:
    """Return how many of the accounts that a report names are no objects (EG-22); which ones is not disclosed."""
    return len({*named} - {*selected})


def _prompt_as_evidence(context: IncidentContext, account_id: str, candidate: Candidate) -> dict[str, object]:
    status = context.person(account_id).status
    shown: dict[str, object] = {"account_id": account_id, "roles": rank_roles(candidate.roles)}
    if candidate.concerns:
        shown["concerns"] = sorted(candidate.concerns)
    if candidate.distance_m is not None:
        shown["distance_m"] = candidate.distance_m
    if status in _PROMPTED_BEFORE:
        shown["status"] = status
    return shown
