"""Delay of commands, so that an attacker cannot learn a rule by trying (C-27).

The delay is derived from the decision's id, so that a replay gives the same. The step `limit` stores the commands until
their time, by the shard of the account that they are about (`operators.enforcement.waiting`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from operators.ids import identify
from operators.policy.event_group import EVENT_GROUP
from schemas.codec import encode
from schemas.records import (
    AddMember,
    AskLookalike,
    CancelPrompt,
    CloseEventGroup,
    CommandDeferred,
    CreateEventGroup,
    ExitSession,
    PromptToJoin,
    Record,
    RequestVerification,
    TellEnded,
    Warn,
    WarnChannel,
)
from schemas.topics import TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from operators.policy.model import Policy

_ABOUT_INCIDENTS: Final = (AddMember, CancelPrompt, CloseEventGroup, CreateEventGroup, PromptToJoin, TellEnded)
"""Commands that may leave without their decision. Others are about an incident by the rule of theirs."""

_AT_ONCE_RULES: Final = frozenset({"friendship-age", "verification", "strangers"})
_ABOUT: Final = ("blocked_id", "about_id", "requester_id", "subject_id", "other_id", "account_id")
"""The fields that name the account that a command is about; of several the first."""
_ABOUT_OF: Final = {
    kind: tuple(name for name in _ABOUT if name in kind.__struct_fields__) for kind in TOPICS["commands"].records
}
_SHARD_DIGITS: Final = 1
DELAY_SHARDS: Final = tuple(f"delay-{number:x}" for number in range(16**_SHARD_DIGITS))
"""Keys of delayed commands. Only a few, since an erasure goes to all of them."""


def delay_shard(account_id: str) -> str:
    """Return the key under which the commands about an account wait."""
    return DELAY_SHARDS[int(identify(account_id)[:_SHARD_DIGITS], 16)]


def about_of(command: Any) -> str:  # noqa: ANN401 - any command
    """Return the account that a command is about: the suspect, or the member whose permissions change."""
    found: str = next(about for name in _ABOUT_OF[type(command)] if (about := getattr(command, name)) is not None)
    return found


def delay_ms(decision_id: str, at_most_ms: int) -> int:
    """Return the delay of a decision's commands, from 0 to `at_most_ms`, both included."""
    return int(identify("delay", decision_id), 16) % (at_most_ms + 1)


def departure_times(commands: Sequence[Any], rule: str | None, policy: Policy) -> Iterator[tuple[Any, int]]:
    """Yield the commands of a decision, each with the time at which it is emitted.

    Delayed commands of a decision have the same time, so that they stay in order. If one of them asks a person, at
    least half of the time to answer is left.
    """
    if not policy.enforcement.delay_at_most_ms:
        yield from [(command, command.at_ms) for command in commands]
        return
    at_most_ms = min([policy.enforcement.delay_at_most_ms, *(_max_delay_ms(command, policy) for command in commands)])
    for command in commands:
        waits_ms = 0 if _leaves_at_once(command, rule) else delay_ms(command.decision_id, at_most_ms)
        yield command, command.at_ms + waits_ms


def _leaves_at_once(command: Record, rule: str | None) -> bool:
    """Return whether a command is never delayed: it protects from the current message, or is about an incident."""
    if rule == EVENT_GROUP or isinstance(command, _ABOUT_INCIDENTS):
        return True
    is_urgent = isinstance(command, ExitSession) or (
        isinstance(command, Warn) and command.channel is not WarnChannel.PLATFORM
    )
    return rule in _AT_ONCE_RULES and is_urgent


def _max_delay_ms(command: Record, policy: Policy) -> int:
    """Return the longest delay of a command: half of the time to answer if it asks a person."""
    if isinstance(command, RequestVerification):
        return policy.friendship_age.verification_timeout_ms // 2
    if isinstance(command, AskLookalike):
        return policy.friendship_age.gate_timeout_ms // 2
    return policy.enforcement.delay_at_most_ms


def defer(command: Any, at_ms: int, number: int) -> CommandDeferred:  # noqa: ANN401
    """Return the record that sends a command to the step `limit`, to wait there until `at_ms`.

    `number` is the command's position among those of its decision. It keeps them in order: nobody is invited into a
    group that does not exist yet.
    """
    return CommandDeferred(
        event_id=f"{command.decision_id} {number:06} {command.command_id}",
        at_ms=command.at_ms,
        decision_id=command.decision_id,
        about_id=about_of(command),
        leaves_ms=at_ms,
        command=encode(command),
    )
