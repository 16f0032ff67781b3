"""English wording of decisions, commands and events about incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from schemas.records import (
    AddMember,
    CancelPrompt,
    CloseEventGroup,
    CreateEventGroup,
    FollowAnswered,
    FollowRequested,
    FollowRevoked,
    IdentificationRequested,
    IncidentAudited,
    IncidentClosed,
    IncidentReported,
    IncidentWithdrawn,
    JoinAnswered,
    LocationUpdated,
    ObjectInformationChanged,
    OrganisationRegistered,
    PromptToJoin,
    TellEnded,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from schemas.records import Record

_CONCERNS: Final = {
    "NAMED": "the report names them",
    "NEAR": "they are near",
    "AGE": "of how long somebody has followed them",
    "MATCHED": "they resemble what was shown",
}
COMMANDS: Final[dict[type[Record], Callable[[Any], str]]] = {
    CreateEventGroup: lambda it: f"open a group for {_join_words(one.account_id for one in it.members)} ({it.kind})",
    PromptToJoin: lambda it: f"ask {it.account_id} to join, as {_roles(it)}",
    AddMember: lambda it: f"let {it.account_id} into the group, as {_roles(it)}, who may {it.permission.lower()}",
    CancelPrompt: lambda it: f"withdraw the prompt to {it.account_id}",
    CloseEventGroup: lambda _: "close the group",
    TellEnded: lambda it: f"tell {it.account_id} that nobody is needed any more",
}
EVENTS: Final[dict[type[Record], Callable[[Any], str]]] = {
    FollowRequested: lambda it: f"{it.follower_id} wants to watch over {it.object_id}",
    FollowAnswered: lambda it: f"{it.object_id} {_agrees(it)} that {it.follower_id} watches over them",
    FollowRevoked: lambda it: f"{it.follower_id} no longer watches over {it.object_id}",
    ObjectInformationChanged: lambda it: f"the features that identify {it.object_id} change",
    LocationUpdated: lambda it: f"{it.account_id} is at {it.latitude}, {it.longitude}",
    OrganisationRegistered: lambda it: (
        f"{it.organisation_id} serves {_join_words(it.incident_kinds)} within {it.radius_m} m"
    ),
    IncidentReported: lambda it: f"{it.reporter_id} reports: {it.description or it.kind}",
    IncidentAudited: lambda it: f"{it.auditor_id} {'approves' if it.approved else 'rejects'} {it.incident_id}",
    JoinAnswered: lambda it: f"{it.account_id} {'joins' if it.accepted else 'does not join'} {it.incident_id}",
    IdentificationRequested: lambda it: f"{it.requester_id} asks who is concerned at {it.incident_id}",
    IncidentWithdrawn: lambda it: f"{it.account_id} leaves {it.incident_id}",
    IncidentClosed: lambda it: f"{it.incident_id} is over",
}


def prompt_line(prompt: Mapping[str, Any]) -> str:
    """Return a line about an account that a decision prompts to join: roles, distance, why it is an object."""
    parts = [f"{prompt['account_id']}, as {_role_names(prompt['roles'])}"]
    if "distance_m" in prompt:
        parts.append(f"{prompt['distance_m']} m away")
    if "concerns" in prompt:
        parts.append(f"concerned because {_join_words(_CONCERNS[concern] for concern in prompt['concerns'])}")
    if "status" in prompt:
        parts.append("asked before")
    return "; ".join(parts)


def consent_line(consent: Mapping[str, Any]) -> str:
    """Return a line about the consent to a follow that a decision rests on."""
    who = f"{consent['follower']} watches over " if "follower" in consent else "watches over "
    return f"{who}{consent['object'] or '(erased)'}, version {consent['version']} of their agreement"


def _roles(command: PromptToJoin | AddMember) -> str:
    return _role_names(command.roles)


def _role_names(roles: Iterable[str]) -> str:
    return _join_words(role.lower().replace("_", " ") for role in roles)


def _join_words(words: Iterable[str]) -> str:
    return " and ".join(words) or "nobody"


def _agrees(answer: FollowAnswered) -> str:
    return "agrees" if answer.accepted else "does not agree"
