"""`ManageMember` commands as pure constructors, each tied to the decision that it belongs to."""

from operators.commands import header, header_of, manage_member
from operators.policy.action import Action
from schemas.records import Decision, ManageMember, MemberJoined
from state.entries.invite_forest import ActiveSanction


def manage(
    decision: Decision, account_id: str, action: Action, until_ms: int | None = None, distance: int | None = None
) -> ManageMember:
    """Return the command that changes one member's permissions, as a case decided (IF-29)."""
    head = header_of(ManageMember, decision, account_id, action.name)
    return manage_member(head, decision.group_id or "", account_id, action, until_ms=until_ms, distance=distance)


def remove_again(event: MemberJoined, ban: ActiveSanction) -> ManageMember:
    """Return the command that removes a banned account which has joined again (IF-41).

    The join is part of its id, so that it is not taken for a repetition of the ban's own REMOVE.
    """
    parts = (event.account_id, Action.REMOVE.name, event.event_id)
    head = header(ManageMember, ban.decision_id, event.at_ms, *parts)
    return manage_member(head, event.group_id, event.account_id, Action.REMOVE)


def ban_on_return(event: MemberJoined, due: ActiveSanction) -> ManageMember:
    """Return the ban of an account that had left before the decision and joins again: its only command (IF-27)."""
    head = header(ManageMember, due.decision_id, event.at_ms, event.account_id, Action.BAN.name)
    return manage_member(head, event.group_id, event.account_id, Action.BAN, until_ms=due.until_ms)
