"""What does the platform have to do about members of a group? Key: the group."""

from operators.ids import identify
from operators.policy.action import Action
from schemas.records import Decision, ManageMember, MemberAction, MemberJoined
from state.entries.invite_forest import Held


def manage(
    decision: Decision, account_id: str, action: Action, until_ms: int | None = None, distance: int | None = None
) -> ManageMember:
    """Return the request to manage one member's permissions (IF-29)."""
    return ManageMember(
        command_id=identify(decision.decision_id, "ManageMember", account_id, action.name),
        decision_id=decision.decision_id,
        at_ms=decision.at_ms,
        group_id=decision.group_id or "",
        account_id=account_id,
        action=MemberAction[action.name],
        distance=distance,
        until_ms=until_ms,
    )


def remove_again(event: MemberJoined, ban: Held) -> ManageMember:
    """Return what a ban asks of somebody who has come back (IF-41).

    The command is one of its own, so that nobody takes it for a repetition of the ban's own REMOVE.
    """
    parts = (ban.decision_id, "ManageMember", event.account_id, Action.REMOVE.name, event.event_id)
    return _on_return(event, ban, Action.REMOVE, identify(*parts))


def ban_on_return(event: MemberJoined, due: Held) -> ManageMember:
    """Return the only command that a decision has for somebody who had left by then (IF-27)."""
    command_id = identify(due.decision_id, "ManageMember", event.account_id, Action.BAN.name)
    return _on_return(event, due, Action.BAN, command_id, due.until_ms)


def _on_return(
    event: MemberJoined, held: Held, action: Action, command_id: str, until_ms: int | None = None
) -> ManageMember:
    return ManageMember(
        command_id=command_id,
        decision_id=held.decision_id,
        at_ms=event.at_ms,
        group_id=event.group_id,
        account_id=event.account_id,
        action=MemberAction[action.name],
        until_ms=until_ms,
    )
