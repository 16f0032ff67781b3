"""Commands of an incident as pure constructors, each tied to the decision that it belongs to (C-11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from operators.commands import header, header_of, manage_member
from operators.erasure.markers import erased_at
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
    TellEnded,
)

if TYPE_CHECKING:
    from operators.decision import Trigger
    from operators.event_group.incident import IncidentContext
    from state.entries.event_group import Person


def create_group(decision: Decision, context: IncidentContext, account_id: str, person: Person) -> CreateEventGroup:
    """Return the command that creates the group, with the event user as its only member (EG-16)."""
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
    """Return the prompt to join. It names kind and place, never an object or a follower (EG-26)."""
    incident = context.incident
    return PromptToJoin(
        **header(PromptToJoin, person.decision_id, person.prompted_ms, account_id, *apart(context, account_id, person)),
        incident_id=context.incident_id,
        group_id=context.group_id,
        account_id=account_id,
        roles=rank_roles(person.roles),
        deadline_ms=person.deadline_ms,
        kind=incident.kind,
        latitude=incident.latitude,
        longitude=incident.longitude,
    )


def apart(context: IncidentContext, account_id: str, person: Person) -> tuple[str, ...]:
    """Return what tells a prompt from an earlier one of the same decision, which a receiver would drop it for (C-11).

    That is its number, whichever decisions asked before; and the erasure of an account that had the same name, whose
    number is not known any more.
    """
    number = (str(person.prompts),) if person.prompts > 1 else ()
    erased_ms = erased_at(context.ctx, account_id)
    return number if erased_ms is None else (*number, f"erased {erased_ms}")


def cancel_prompt(
    context: IncidentContext, account_id: str, decision_id: str, trigger: Trigger, *apart: str
) -> CancelPrompt:
    """Return the command that withdraws a prompt; `apart` is the prompt's, if the decision is."""
    return CancelPrompt(
        **header(CancelPrompt, decision_id, trigger.at_ms, account_id, *apart),
        incident_id=context.incident_id,
        account_id=account_id,
    )


def add_member(decision: Decision, context: IncidentContext, account_id: str, person: Person) -> AddMember:
    """Return the command that adds somebody who accepted, or the reporter of a merged incident."""
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
    """Return the command that removes a member who leaves."""
    head = header_of(ManageMember, decision, account_id, Action.REMOVE.name)
    return manage_member(head, context.group_id, account_id, Action.REMOVE)


def close_group(decision: Decision, context: IncidentContext) -> CloseEventGroup:
    """Return the command that closes the group."""
    return CloseEventGroup(
        **header_of(CloseEventGroup, decision, context.incident_id),
        incident_id=context.incident_id,
        group_id=context.group_id,
    )


def tell_ended(decision: Decision, context: IncidentContext, account_id: str) -> TellEnded:
    """Return the command that tells somebody who was asked, and is no member, that the group has closed (EG-49)."""
    return TellEnded(
        **header_of(TellEnded, decision, account_id),
        incident_id=context.incident_id,
        group_id=context.group_id,
        account_id=account_id,
    )
