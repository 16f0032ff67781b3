"""How is something said to a person who does not program: times, durations, outcomes, commands. Key: none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from schemas.records import (
    AcceptFriend,
    AccountUnblocked,
    AlertNumberSet,
    AlternateAccountLinked,
    AlternateAccountUnlinked,
    AnswerVia,
    AskLookalike,
    BlockAccount,
    Decision,
    ExitSession,
    FriendAdded,
    FriendRemoved,
    MessageSent,
    PolicyPublished,
    ProfileChanged,
    RefuseFriend,
    RequestReview,
    RequestVerification,
    VerificationAnswered,
    Warn,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemas.records import Record

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS: Final = (
    ("year", 365 * 86_400_000),
    ("day", 86_400_000),
    ("hour", 3_600_000),
    ("minute", 60_000),
    ("second", 1_000),
    ("millisecond", 1),
)
_UNITS_SHOWN: Final = 2

_WHAT_HAPPENED: Final = {
    ("friendship-age", "FIRST_OPERATION"): "{subject}, a new friend of {other}, sent a suspicious message",
    ("friendship-age", "MIDDLE"): "{subject}, neither a new nor an old friend of {other}, sent a suspicious message",
    ("friendship-age", "VERIFY"): "{subject}, an old friend of {other}, sent a suspicious message: the account may be "
    "in other hands, so its owner is asked another way",
    ("friendship-age", "ATTACHED"): "{subject} sent {other} one more suspicious message; the question whether it is "
    "really {subject} has been asked already",
    ("friendship-age", "ESCALATED"): "{subject} was found to be genuine, but goes on sending {other} suspicious "
    "messages: people should look at it",
    ("friendship-age", "ALREADY_BLOCKED"): "{subject} wrote to {other} again and is blocked already",
    ("verification", "GENUINE"): "the owner of {subject}'s account said: it is really me",
    ("verification", "NOT_GENUINE"): "the owner of {subject}'s account said that it is not them who writes to {other}",
    ("verification", "UNVERIFIED"): "nobody answered for {subject} in time, so {other} is warned and nobody is blocked",
    ("friend-gate", "ACCEPTED"): "{subject} may become a friend of {other}",
    ("friend-gate", "ASKED"): "{subject} wants to be a friend of {other} and looks like one of {other}'s friends, "
    "who are asked",
    ("friend-gate", "REFUSED_DENIED"): "{subject} looks like a friend of {other} who says: that is not me",
    ("friend-gate", "REFUSED_EXPIRED"): "{subject} looks like a friend of {other} who did not answer in time",
    ("friend-gate", "REFUSED_CONFLICT"): "{subject} looks like several friends of {other}, who contradict each other",
}
_REASONS: Final = {
    "keyword": "a phrase from the list of suspicious phrases",
    "national_id": "an identity number",
    "bank_card": "the number of a bank card",
    "shopping_link": "a link to a shop",
    "age_unknown": "nobody knows since when they are friends",
    "low_trust": "the question could only be asked inside the same application",
    "mild": "only mild signs were found",
    "LATE": "the event came late",
    "CONTRADICTED": "the answer contradicts an earlier one",
    "POLICY_UNSEEN": "the message was screened before its policy was known",
    "OVER_LIMIT": "over the limit for such commands, so none was sent",
    "LOG_ONLY": "recorded only, no command was sent",
}
_COMMANDS: Final[dict[type[Record], Callable[[Any], str]]] = {
    BlockAccount: lambda it: f"block {it.blocked_id} for {it.account_id}",
    ExitSession: lambda it: (
        f"end {it.account_id}'s conversation with {it.other_id}" + (" and keep it closed" if it.forbid else "")
    ),
    Warn: lambda it: f"warn {it.account_id} about {it.about_id} {_ways(it)}",
    RequestVerification: lambda it: (
        f"ask the owner of {it.about_id}'s account whether it is in their own hands, {_asked(it)}"
    ),
    AcceptFriend: lambda it: f"let {it.requester_id} become a friend of {it.account_id}",
    RefuseFriend: lambda it: f"refuse {it.requester_id} as a friend of {it.account_id}: {it.reason}",
    AskLookalike: lambda it: f"ask {it.lookalike_id} whether {it.requester_id} is the same person",
    RequestReview: lambda it: f"let people look at {it.subject_id}: {it.summary}",
}

_EVENTS: Final[dict[type[Record], Callable[[Any], str]]] = {
    MessageSent: lambda it: f"{it.sender_id} to {it.recipient_id or it.group_id}: {it.text}",
    FriendAdded: lambda it: f"{it.account_id} and {it.friend_id} are friends {_since(it)}",
    FriendRemoved: lambda it: f"{it.account_id} and {it.friend_id} are friends no longer",
    AccountUnblocked: lambda it: f"{it.account_id} says: I trust {it.other_id}",
    ProfileChanged: lambda it: f"{it.account_id} changes the profile",
    AlertNumberSet: lambda it: f"{it.account_id} wants to be warned by a call to {it.number}",
    AlternateAccountLinked: lambda it: f"{it.account_id} is also {it.alternate_id} on {it.app} ({_proven(it)})",
    AlternateAccountUnlinked: lambda it: f"{it.account_id} is no longer {it.alternate_id} on {it.app}",
    VerificationAnswered: lambda it: f"an answer for {it.account_id} arrives: {_answered(it)}",
    PolicyPublished: lambda it: f"policy {it.version} is published",
}


def printable(text: str) -> str:
    """Return a text without what could steer a terminal or turn its writing around."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def time_of(at_ms: int) -> str:
    """Return a time as `2026-03-01 09:30:00 UTC`, with milliseconds where there are any."""
    try:
        at = _EPOCH + timedelta(milliseconds=at_ms)
    except OverflowError:
        return f"{at_ms} ms"
    fraction = f".{at_ms % 1000:03}" if at_ms % 1000 else ""
    return f"{at:%Y-%m-%d %H:%M:%S}{fraction} UTC"


def duration_of(ms: int) -> str:
    """Return a duration in its two largest units, never rounded up: `2 days 4 hours`. A year has 365 days."""
    if ms < 0:
        return f"minus {duration_of(-ms)}"
    parts = []
    for unit, size in _UNITS:
        count, ms = divmod(ms, size)
        if count:
            parts.append(f"{count:,} {unit}{'' if count == 1 else 's'}")
    return " ".join(parts[:_UNITS_SHOWN]) or "no time at all"


def what_happened(decision: Decision) -> str:
    """Return a decision as a sentence."""
    form = _WHAT_HAPPENED.get((decision.rule, decision.outcome), "{rule} concluded {outcome} about {subject}")
    return printable(
        form.format(
            rule=decision.rule,
            outcome=decision.outcome,
            subject=decision.subject_id,
            other=decision.other_id or "somebody",
        )
    )


def reason_of(reason: str) -> str:
    """Return a reason in words; one without words as it is."""
    return _REASONS.get(reason, printable(reason))


def event_of(event: Record) -> str:
    """Return what an event tells: a message with its text, so only for the demo's made-up people."""
    said = _EVENTS.get(type(event))
    return printable(type(event).__name__ if said is None else said(event))


def command_of(command: Record) -> str:
    """Return what a command asks the platform to do."""
    said = _COMMANDS.get(type(command))
    return printable(type(command).__name__ if said is None else said(command))


def _since(added: FriendAdded) -> str:
    if added.since_ms is None:
        return "from now on"
    return f"since {time_of(added.since_ms)}" if added.since_ms >= 0 else "since nobody knows when"


def _proven(link: AlternateAccountLinked) -> str:
    return "proven" if link.verified else "not proven"


def _answered(answer: VerificationAnswered) -> str:
    via = "another application" if answer.via == AnswerVia.ALTERNATE_APP else "the same application"
    return f"{'it is me' if answer.genuine else 'it is not me'}, through {via}"


def _ways(warning: Warn) -> str:
    ways = {"IN_APP": "in the application", "NUMBER": "by a call", "PLATFORM": "by a report to the network platform"}
    return ways[warning.channel] + (f" to {warning.destination}" if warning.destination else "")


def _asked(request: RequestVerification) -> str:
    if request.alternate_id is None:
        return "inside the same application"
    return f"by {request.channel.lower()} to {request.alternate_id} on {request.app}"
