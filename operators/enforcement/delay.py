"""Delay of commands, so that an attacker cannot learn a rule by trying (C-27). Keyed by shard of decisions.

Used by the step `limit`. The delay is derived from the decision's id, so that a replay gives the same. Delayed commands
name accounts, and are dropped when one of these is erased (C-18).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from operators.ids import identify
from operators.operator import ERASED_METRIC, Context
from schemas.codec import decode, encode
from schemas.records import (
    AccountErased,
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
    Warn,
    WarnChannel,
)
from state.catalog.enforcement import DELAYED
from state.entries.enforcement import Delayed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from operators.policy.model import Policy

_ABOUT_INCIDENTS: Final = (AddMember, CancelPrompt, CloseEventGroup, CreateEventGroup, PromptToJoin)
_AT_ONCE_RULES: Final = frozenset({"friendship-age", "verification"})
_SHARD_DIGITS: Final = 1
DELAY_SHARDS: Final = tuple(f"delay-{number:x}" for number in range(16**_SHARD_DIGITS))
"""Keys of delayed commands. Only a few, since an erasure goes to all of them."""


def delay_shard(decision_id: str) -> str:
    """Return the key under which the commands of a decision wait."""
    return DELAY_SHARDS[int(identify(decision_id)[:_SHARD_DIGITS], 16)]


def delay_ms(decision_id: str, at_most_ms: int) -> int:
    """Return the delay of a decision's commands, from 0 to `at_most_ms`, both included."""
    return int(identify("delay", decision_id), 16) % (at_most_ms + 1)


def departure_times(commands: Sequence[Any], rule: str | None, policy: Policy) -> Iterator[tuple[Any, int]]:
    """Yield the commands of a decision, each with the time at which it is emitted.

    Delayed commands of a decision have the same time, so that they stay in order. If one of them asks a person, at
    least half of the time to answer is left.
    """
    at_most_ms = min([policy.enforcement.delay_at_most_ms, *(_max_delay_ms(command, policy) for command in commands)])
    for command in commands:
        waits_ms = 0 if _leaves_at_once(command, rule) else delay_ms(command.decision_id, at_most_ms)
        yield command, command.at_ms + waits_ms


def _leaves_at_once(command: Record, rule: str | None) -> bool:
    """Return whether a command is never delayed: it protects from the current message, or is about an incident."""
    if isinstance(command, _ABOUT_INCIDENTS):
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


def on_deferred(event: CommandDeferred, ctx: Context) -> Iterator[Any]:
    """Store a command until its time."""
    hold(event.command, event.leaves_ms, ctx)
    yield from ()


def hold(command: bytes, at_ms: int, ctx: Context) -> None:
    """Store a command, in single-object encoding, and set the timer at which it is emitted."""
    waiting = ctx[DELAYED].get(at_ms)
    ctx[DELAYED].put(at_ms, Delayed((*(waiting.commands if waiting else ()), command)))
    ctx.set_timer(at_ms)


def release(at_ms: int, ctx: Context) -> Iterator[Record]:
    """Yield the commands stored for `at_ms`, with this as their time."""
    waiting = ctx[DELAYED].get(at_ms)
    if waiting is not None:
        ctx[DELAYED].remove(at_ms)
        for command in waiting.commands:
            yield replace(decode(command), at_ms=at_ms)


def on_erased(event: AccountErased, ctx: Context) -> Iterator[Any]:
    """Drop the delayed commands that name the erased account.

    Also those that are newer than the erasure: an event of another account may have led to a command that names it.
    """
    for at_ms, waiting in list(ctx[DELAYED].items()):
        kept = tuple(raw for raw in waiting.commands if not _command_mentions(decode(raw), event.account_id))
        if kept:
            ctx[DELAYED].put(at_ms, Delayed(kept))
        else:
            ctx[DELAYED].remove(at_ms)
        for _ in range(len(waiting.commands) - len(kept)):
            yield ERASED_METRIC


def _command_mentions(command: Any, account_id: str) -> bool:  # noqa: ANN401
    return any(_value_mentions(getattr(command, name), account_id) for name in command.__struct_fields__)


def _value_mentions(value: object, account_id: str) -> bool:
    """Return whether a field contains an account id: as its value, in a list of members, or as a word of a report."""
    if isinstance(value, tuple):
        return any(_value_mentions(getattr(member, "account_id", None), account_id) for member in value)
    return isinstance(value, str) and account_id in {value, *(word.strip(".,;:()") for word in value.split())}


def defer(command: Any, at_ms: int, number: int) -> CommandDeferred:  # noqa: ANN401
    """Return the record that sends a command to the step `limit`, to wait there until `at_ms`.

    `number` is the command's position among those of its decision. It keeps them in order: nobody is invited into a
    group that does not exist yet.
    """
    return CommandDeferred(
        event_id=f"{command.decision_id} {number:06} {command.command_id}",
        at_ms=command.at_ms,
        decision_id=command.decision_id,
        leaves_ms=at_ms,
        command=encode(command),
    )
