"""Constructors of the commands that the platform receives, and the action that each command carries out.

All commands of an operation are emitted together with their decision (FA-33); none is addressed to the sender (FA-32).
The commands of the friend gate, of group members and of event groups have their constructors in those folders.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypedDict

from operators.ids import identify
from operators.policy.action import IN_APP_WARNING, Action, Operation
from schemas.records import (
    BlockAccount,
    Channel,
    Decision,
    DecisionOverturned,
    ExitSession,
    ManageMember,
    MemberAction,
    Record,
    RefuseFriend,
    RequestReview,
    RequestVerification,
    RevokeCommand,
    Warn,
    WarnChannel,
)
from schemas.topics import TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from operators.policy.friendship_age import FriendshipAgePolicy
    from state.entries.relationship import Verification


COMMANDS: Final = frozenset(TOPICS["commands"].records)
"""The record types of all commands."""


_IN_APP, _PLATFORM, _NUMBER = WarnChannel.IN_APP, WarnChannel.PLATFORM, WarnChannel.NUMBER


class CommandHeader(TypedDict):
    """The fields that every command has."""

    command_id: str
    decision_id: str
    at_ms: int


def header_of(command: type[Record], decision: Decision, *parts: str) -> CommandHeader:
    """Return the header of a decision's command; see `header`."""
    return header(command, decision.decision_id, decision.at_ms, *parts)


def header(command: type[Record], decision_id: str, at_ms: int, *parts: str) -> CommandHeader:
    """Return a command's id, decision and time. The id is a hash of decision, type and `parts` (C-11)."""
    command_id = identify(decision_id, command.__name__, *parts)
    return {"command_id": command_id, "decision_id": decision_id, "at_ms": at_ms}


def commands_of(
    decision: Decision, operation: Operation, section: FriendshipAgePolicy, own_number: str | None
) -> Iterator[Record]:
    """Yield the commands of an operation on a decision's pair; `own_number` is the protected account's."""
    if operation.block:
        yield _block(decision)
    if operation.exit_session:
        yield _exit_session(decision, forbid=operation.forbid)
    for channel, destination in _addresses(operation.warn, section, own_number).items():
        yield _warn(decision, decision.other_id or "", channel, destination)


def warn_account(
    decision: Decision, account_id: str, channels: Iterable[WarnChannel], section: FriendshipAgePolicy
) -> Iterator[Record]:
    """Yield the warnings to an account that is neither the subject nor the protected one (AI-23)."""
    for channel, destination in _addresses(channels, section, None).items():
        yield _warn(decision, account_id, channel, destination)


def warn_instead_of_verify(operation: Operation) -> Operation:
    """Return the operation with a warning in the app in place of verification, for a sender nobody can ask (FA-38)."""
    others = tuple(channel for channel in operation.warn if channel is not WarnChannel.IN_APP)
    return replace(operation, verify=False, warn=(*IN_APP_WARNING.warn, *others))


def _addresses(
    channels: Iterable[WarnChannel], section: FriendshipAgePolicy, own_number: str | None
) -> dict[WarnChannel, str | None]:
    """Return each channel's destination. A warning without a destination is shown in the app (FA-30)."""
    destinations = {_PLATFORM: section.alert_platform, _NUMBER: own_number or section.alert_number}
    found: dict[WarnChannel, str | None] = {}
    for channel in channels:
        destination = destinations.get(channel)
        found[_IN_APP if destination is None else channel] = destination
    return found


def _block(decision: Decision) -> BlockAccount:
    account_id = decision.other_id or ""
    return BlockAccount(
        **header_of(BlockAccount, decision, account_id),
        account_id=account_id,
        blocked_id=decision.subject_id,
    )


def _exit_session(decision: Decision, *, forbid: bool) -> ExitSession:
    account_id = decision.other_id or ""
    return ExitSession(
        **header_of(ExitSession, decision, account_id),
        account_id=account_id,
        other_id=decision.subject_id,
        forbid=forbid,
    )


def _warn(decision: Decision, account_id: str, channel: WarnChannel, destination: str | None) -> Warn:
    return Warn(
        **header_of(Warn, decision, account_id, channel),
        account_id=account_id,
        about_id=decision.subject_id,
        channel=channel,
        destination=destination,
        report=warning_text(decision),
    )


def warning_text(decision: Decision) -> str:
    """Return the text of a warning: who is suspected, by which decision, for which reasons (FA-31)."""
    about, reasons = decision.subject_id, ", ".join(decision.reasons)
    where = f"in the group {decision.group_id}" if decision.other_id is None else f"against {decision.other_id}"
    return f"{about} is suspected of fraud {where} (decision {decision.decision_id}; {reasons})."


def request_verification(decision: Decision, asked: Verification) -> RequestVerification:
    """Return the command that asks the person behind the sender through another channel (FA-35)."""
    account_id, channel = decision.other_id or "", Channel(asked.channel)
    return RequestVerification(
        **header_of(RequestVerification, decision, account_id, channel),
        verification_id=decision.decision_id,
        account_id=account_id,
        about_id=decision.subject_id,
        app=asked.app,
        alternate_id=asked.alternate_id,
        channel=channel,
    )


def manage_member(  # noqa: PLR0913 - a change of a member's permissions has as many parts
    head: CommandHeader,
    group_id: str,
    account_id: str,
    action: Action,
    *,
    until_ms: int | None = None,
    distance: int | None = None,
) -> ManageMember:
    """Return the command that changes one member's permissions in a group (IF-29), or removes the member (EG-31)."""
    return ManageMember(
        **head,
        group_id=group_id,
        account_id=account_id,
        action=MemberAction[action.name],
        distance=distance,
        until_ms=until_ms,
    )


def request_review(decision: Decision, summary: str) -> RequestReview:
    """Return the command that has moderators review the subject of a decision."""
    return RequestReview(
        **header_of(RequestReview, decision, decision.subject_id),
        subject_id=decision.subject_id,
        group_id=decision.group_id,
        rule=decision.rule,
        summary=summary,
    )


def revoke(  # noqa: PLR0913 - a command is named by as many parts
    event: DecisionOverturned,
    command: type[Record],
    account_id: str,
    *parts: str,
    other_id: str | None = None,
    group_id: str | None = None,
    action: Action | None = None,
) -> RevokeCommand:
    """Return the command that takes back one of an overturned decision; `parts` are the others of its id (C-11)."""
    revoked_id = identify(event.decision_id, command.__name__, account_id, *parts)
    return RevokeCommand(
        **header(RevokeCommand, event.decision_id, event.at_ms, revoked_id),
        revoked_id=revoked_id,
        revoked_type=command.__name__,
        account_id=account_id,
        other_id=other_id,
        group_id=group_id,
        action=None if action is None else MemberAction[action.name],
    )


_NO_ACTION: Final = Action.NONE
_ACTIONS: Final[dict[type[Record], Action]] = {
    BlockAccount: Action.BLOCK,
    ExitSession: Action.EXIT_SESSION,
    RefuseFriend: Action.REFUSE,
    RequestReview: Action.REVIEW,
    RequestVerification: Action.VERIFY,
    Warn: Action.WARN,
}


def action_of(command: Record) -> Action:
    """Return a command's action (C-7); NONE for one that restricts nobody, such as an invitation."""
    if type(command) is ManageMember:
        return Action[command.action.name]
    return _ACTIONS.get(type(command), _NO_ACTION)
