"""English wording of times, decisions, reasons, commands and events, for people who do not program."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from jobs.explain import incident_wording
from jobs.printable import printable
from operators.policy.model import RULES, rule_of
from schemas.records import (
    AcceptFriend,
    AccountUnblocked,
    AlertNumberSet,
    AlternateAccountLinked,
    AlternateAccountUnlinked,
    AnswerVia,
    AskLookalike,
    BlockAccount,
    ContactAdded,
    ContactRemoved,
    Decision,
    ExitSession,
    FriendAdded,
    FriendRemoved,
    FriendRequested,
    LookalikeAnswered,
    ManageMember,
    MemberAction,
    MemberJoined,
    MemberLeft,
    MemberReported,
    MessageSent,
    MissReported,
    PolicyPublished,
    ProfileChanged,
    RefuseFriend,
    RequestReview,
    RequestVerification,
    ReviewAnswered,
    RevokeCommand,
    RoleChanged,
    SanctionLifted,
    VerificationAnswered,
    Warn,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemas.records import Record

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_REASONS: Final = {reason: words for rule in RULES.values() for reason, words in rule.reasons.items()} | {
    "LATE": "the event came late",
    "POLICY_UNSEEN": "the message was screened before its policy was known",
    "OVER_LIMIT": "over a limit, so that some or all of its commands were not sent",
    "LOG_ONLY": "some or all of its commands were recorded only, and not sent",
}
_COMMANDS: Final[dict[type[Record], Callable[[Any], str]]] = {
    BlockAccount: lambda it: f"block {it.blocked_id} for {it.account_id}",
    ExitSession: lambda it: (
        f"end {it.account_id}'s conversation with {it.other_id}" + (" and keep it closed" if it.forbid else "")
    ),
    Warn: lambda it: f"warn {it.account_id} about {it.about_id} {_warning_way(it)}",
    RequestVerification: lambda it: (
        f"ask the owner of {it.about_id}'s account whether they still control it, {_verification_way(it)}"
    ),
    AcceptFriend: lambda it: f"let {it.requester_id} become a friend of {it.account_id}",
    RefuseFriend: lambda it: f"refuse {it.requester_id} as a friend of {it.account_id}: {describe_reason(it.reason)}",
    AskLookalike: lambda it: f"ask {it.lookalike_id} whether {it.requester_id} is the same person",
    ManageMember: lambda it: f"{_member_action(it)}{_end_of_action(it)}",
    RequestReview: lambda it: f"request a human review of {it.subject_id}: {it.summary}",
    RevokeCommand: lambda it: f"take back {_revoked(it)}, as reviewers do not uphold its decision",
    **incident_wording.COMMANDS,
}

_MEMBER_ACTIONS: Final = {
    MemberAction.WATCH: "keep an eye on {who} in the group {group}",
    MemberAction.NOTIFY_ADMIN: "tell the administrators of the group {group} about {who}",
    MemberAction.RESTRICT_LINK_MEDIA: "keep {who} from posting links and pictures in the group {group}",
    MemberAction.RESTRICT_INVITE: "keep {who} from letting anybody into the group {group}",
    MemberAction.PRE_MODERATE: "show what {who} posts in the group {group} after approval only",
    MemberAction.MUTE: "keep {who} from writing in the group {group}",
    MemberAction.REMOVE: "remove {who} from the group {group}",
    MemberAction.BAN: "keep {who} out of the group {group}",
}

_EVENTS: Final[dict[type[Record], Callable[[Any], str]]] = {
    MessageSent: lambda it: f"{it.sender_id} to {it.recipient_id or it.group_id}: {it.text}",
    FriendAdded: lambda it: f"{it.account_id} and {it.friend_id} are friends {_friends_since(it)}",
    FriendRemoved: lambda it: f"{it.account_id} and {it.friend_id} are no longer friends",
    ContactAdded: lambda it: f"{it.account_id} has {it.contact_id} as a contact",
    ContactRemoved: lambda it: f"{it.account_id} no longer has {it.contact_id} as a contact",
    FriendRequested: lambda it: f"{it.requester_id} asks to be a friend of {it.target_id}",
    LookalikeAnswered: lambda it: f"{it.lookalike_id} says: {'that is me' if it.same_person else 'that is not me'}",
    AccountUnblocked: lambda it: f"{it.account_id} says: I trust {it.other_id}",
    ProfileChanged: lambda it: f"{it.account_id} changes the profile",
    AlertNumberSet: lambda it: f"{it.account_id} wants to be warned by a call to {it.number}",
    AlternateAccountLinked: lambda it: f"{it.account_id} is also {it.alternate_id} on {it.app} ({_proof(it)})",
    AlternateAccountUnlinked: lambda it: f"{it.account_id} is no longer {it.alternate_id} on {it.app}",
    VerificationAnswered: lambda it: f"an answer for {it.account_id} arrives: {_answer(it)}",
    MemberJoined: lambda it: f"{it.account_id} joins the group {it.group_id} {_admission(it)}",
    MemberLeft: lambda it: f"{it.account_id} is no longer in the group {it.group_id}",
    RoleChanged: lambda it: f"{it.account_id} is {it.role.lower()} of the group {it.group_id}",
    MemberReported: lambda it: f"{it.reporter_id} reports {it.account_id} in the group {it.group_id}",
    SanctionLifted: lambda it: f"the sanctions against {it.account_id} in the group {it.group_id} are lifted",
    ReviewAnswered: lambda it: (
        f"{it.reviewer_id} says of the decision about {it.subject_id}: {'right' if it.upheld else 'wrong'}"
    ),
    MissReported: lambda it: f"{it.reviewer_id} says that something about {it.subject_id} was missed",
    PolicyPublished: lambda it: f"policy {it.version} is published",
    **incident_wording.EVENTS,
}


def format_time(at_ms: int) -> str:
    """Return a time as `2026-03-01 09:30:00 UTC`, with milliseconds where there are any."""
    try:
        at = _EPOCH + timedelta(milliseconds=at_ms)
    except OverflowError:
        return f"{at_ms} ms"
    fraction = f".{at_ms % 1000:03}" if at_ms % 1000 else ""
    return f"{at:%Y-%m-%d %H:%M:%S}{fraction} UTC"


def describe_decision(decision: Decision) -> str:
    """Return a decision as a sentence."""
    form = rule_of(decision.rule).outcomes.get(decision.outcome, "{rule} concluded {outcome} about {subject}")
    return printable(
        form.format(
            rule=decision.rule,
            outcome=decision.outcome,
            subject=decision.subject_id or "somebody",
            other=decision.other_id or "somebody",
            group=decision.group_id,
        )
    )


def describe_reason(reason: str) -> str:
    """Return the wording of a reason; an unknown reason as it is."""
    return _REASONS.get(reason, printable(reason))


def describe_event(event: Record) -> str:
    """Return an event as a sentence. A message is quoted, so this is only for the fictional people of the demo."""
    template = _EVENTS.get(type(event))
    return printable(type(event).__name__ if template is None else template(event))


def describe_command(command: Record) -> str:
    """Return a command as an instruction to the platform."""
    template = _COMMANDS.get(type(command))
    return printable(type(command).__name__ if template is None else template(command))


def _friends_since(added: FriendAdded) -> str:
    if added.since_ms is None:
        return "from now on"
    return f"since {format_time(added.since_ms)}" if added.since_ms >= 0 else "since an unknown time"


def _proof(link: AlternateAccountLinked) -> str:
    return "proven" if link.verified else "not proven"


def _answer(answer: VerificationAnswered) -> str:
    via = "another application" if answer.via == AnswerVia.ALTERNATE_APP else "the same application"
    return f"{'it is me' if answer.genuine else 'it is not me'}, through {via}"


def _member_action(command: ManageMember) -> str:
    return _MEMBER_ACTIONS[MemberAction(command.action)].format(who=command.account_id, group=command.group_id)


def _end_of_action(command: ManageMember) -> str:
    return "" if command.until_ms is None else f" until {format_time(command.until_ms)}"


_REVOKED: Final = {
    "BlockAccount": "the block of {other} for {account}",
    "RequestVerification": "the question to the owner of {other}'s account",
    "RefuseFriend": "the refusal of {other} as a friend of {account}",
    "ManageMember": "{action} against {account} in the group {group}",
}


def _revoked(command: RevokeCommand) -> str:
    form = _REVOKED.get(command.revoked_type, "{type} to {account}")
    names = {"account": command.account_id, "other": command.other_id, "group": command.group_id}
    return form.format(type=command.revoked_type, action=command.action, **names)


def _admission(joined: MemberJoined) -> str:
    return f"by {joined.via.lower()}" + (f" of {joined.inviter_id}" if joined.inviter_id else "")


def _warning_way(warning: Warn) -> str:
    ways = {"IN_APP": "in the application", "NUMBER": "by a call", "PLATFORM": "by a report to the network platform"}
    return ways[warning.channel] + (f" to {warning.destination}" if warning.destination else "")


def _verification_way(request: RequestVerification) -> str:
    if request.alternate_id is None:
        return "inside the same application"
    return f"by {request.channel.lower()} to {request.alternate_id} on {request.app}"
