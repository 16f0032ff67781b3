"""What does the platform have to do about an incident? Key: none. Commands, each belonging to a decision (C-11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from operators.commands import header, header_of, manage_member
from operators.event_group.roles import permission_of, rank_roles
from operators.policy.action import Action
from schemas.records import (
    AddMember,
    CancelPrompt,
    CloseEventGroup,
    CreateEventGroup,
    Decision,
    EventMember,
    ManageMember,
    PromptToJoin,
)

if TYPE_CHECKING:
    from operators.event_group.incident import IncidentContext, Trigger
    from state.entries.event_group import Person


def create_group(decision: Decision, context: IncidentContext, account_id: str, person: Person) -> CreateEventGroup:
    """Found the group, with the event user as its only member (EG-16)."""
    incident, roles = context.incident, rank_roles(person.roles)
    permission = permission_of(roles, context.section.permissions)
    return CreateEventGroup(
        **header_of(CreateEventGroup, decision, context.incident_id),
        incident_id=context.incident_id,
        group_id=context.group_id,
        latitude=incident.latitude,
        longitude=incident.longitude,
        kind=incident.kind,
        description=incident.description,
        members=(EventMember(account_id=account_id, roles=roles, permission=permission),),
    )


def prompt(context: IncidentContext, account_id: str, person: Person) -> PromptToJoin:
    """Ask somebody. Kind and place are named, never an object or a follower (EG-26)."""
    incident = context.incident
    # Asked anew by the same decision, somebody must not take the second question for a repetition of the first.
    again = (str(person.prompts),) if person.prompts > 1 else ()
    return PromptToJoin(
        **header(PromptToJoin, person.decision_id, person.prompted_ms, account_id, *again),
        incident_id=context.incident_id,
        group_id=context.group_id,
        account_id=account_id,
        roles=rank_roles(person.roles),
        deadline_ms=person.deadline_ms,
        kind=incident.kind,
        latitude=incident.latitude,
        longitude=incident.longitude,
    )


def cancel_prompt(
    context: IncidentContext, account_id: str, decision_id: str, trigger: Trigger, *again: str
) -> CancelPrompt:
    """Take a question back."""
    return CancelPrompt(
        **header(CancelPrompt, decision_id, trigger.at_ms, account_id, *again),
        incident_id=context.incident_id,
        account_id=account_id,
    )


def add_member(decision: Decision, context: IncidentContext, account_id: str, person: Person) -> AddMember:
    """Let somebody in who said yes, or who asked for it."""
    roles = rank_roles(person.roles)
    return AddMember(
        **header_of(AddMember, decision, account_id),
        incident_id=context.incident_id,
        group_id=context.group_id,
        account_id=account_id,
        roles=roles,
        permission=permission_of(roles, context.section.permissions),
    )


def remove_member(decision: Decision, context: IncidentContext, account_id: str) -> ManageMember:
    """Let somebody out who wants to leave."""
    head = header_of(ManageMember, decision, account_id, Action.REMOVE.name)
    return manage_member(head, context.group_id, account_id, Action.REMOVE)


def close_group(decision: Decision, context: IncidentContext) -> CloseEventGroup:
    """Close the group."""
    return CloseEventGroup(
        **header_of(CloseEventGroup, decision, context.incident_id),
        incident_id=context.incident_id,
        group_id=context.group_id,
    )
