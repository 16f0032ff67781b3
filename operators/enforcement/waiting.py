"""Delayed commands that wait for their time, and what makes them leave earlier or not at all (C-18, C-27).

Keyed by shard of the account that a command is about; runs inside the step `limit`. Commands about one account leave in
the order of their decisions: one that leaves takes those along that were decided before it. A command is given up when
its reason ends while it waits:

| event | given up |
|---|---|
| `AccountUnblocked` of a pair; decision `verification` `GENUINE` | block, exit, question and report about the pair |
| `FriendRemoved` by the recipient | the question about the pair; a block stays (FA-18) |
| `SanctionLifted` | what restricts the member in the group |
| `DecisionOverturned` | whatever belongs to the decision (RV-9) |
| `AccountErased` | whatever names the account |

A command that is to take back another one leaves only if that one does not wait here; otherwise both are dropped.
"""

from __future__ import annotations

import re
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from operators.enforcement.delay import about_of
from operators.ids import identify
from operators.operator import ERASED_METRIC, Context, Metric
from schemas.codec import decode
from schemas.records import (
    AccountErased,
    AccountUnblocked,
    BlockAccount,
    CommandDeferred,
    Decision,
    DecisionOverturned,
    ExitSession,
    FriendRemoved,
    ManageMember,
    MemberAction,
    Record,
    RequestVerification,
    RevokeCommand,
    SanctionLifted,
    Warn,
    WarnChannel,
)
from state.catalog.enforcement import DELAYED, DELAYED_ABOUT
from state.entries.enforcement import Delayed, ReleaseTimes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GIVEN_UP: Final = Metric("given-up")
"""Counts the commands whose reason has ended while they waited."""
_AROUND: Final = "[.,;:()]*"
"""What may stand between blanks and an account id in a report."""


def on_deferred(event: CommandDeferred, ctx: Context) -> Iterator[Any]:
    """Store a command until its time; one that takes back another leaves at once, or has both given up (RV-9)."""
    command = decode(event.command)
    if not isinstance(command, RevokeCommand):
        hold(event.command, event.leaves_ms, ctx)
        return
    met = tuple(_give_up(event.about_id, event.at_ms, lambda each: each.command_id == command.revoked_id, ctx))
    yield from met or (command, Metric("revoked", labels=(("command", command.revoked_type),)))


def hold(command: bytes, at_ms: int, ctx: Context) -> None:
    """Store a command, in single-object encoding, and set the timer at which it is emitted.

    Those about the same account that were to leave later leave with it, before it.
    """
    about_id = about_of(decode(command))
    times = _times(about_id, ctx)
    later = [_take(time_ms, lambda other: about_of(other) == about_id, ctx) for time_ms in times if time_ms > at_ms]
    waiting = ctx[DELAYED].get(at_ms)
    commands = (*(waiting.commands if waiting else ()), *chain.from_iterable(later), command)
    ctx[DELAYED].put(at_ms, Delayed(commands))
    earlier = (time_ms for time_ms in times if time_ms < at_ms)
    ctx[DELAYED_ABOUT].put(identify(about_id), ReleaseTimes((*earlier, at_ms)))
    ctx.set_timer(at_ms)


def release(at_ms: int, ctx: Context) -> Iterator[Record]:
    """Yield the commands stored for `at_ms`, with this as their time."""
    for command in _take(at_ms, lambda _: True, ctx):
        yield replace(decode(command), at_ms=at_ms)


def on_unblocked(event: AccountUnblocked, ctx: Context) -> Iterator[Metric]:
    """Give up what waits about the pair of a block that is lifted, or of a statement of trust (FA-52)."""
    yield from _give_up(event.other_id, event.at_ms, lambda command: _is_about_pair(command, event.account_id), ctx)


def on_decision(event: Decision, ctx: Context) -> Iterator[Metric]:
    """Give up what waits about the pair of a sender who is genuine (FA-41)."""
    account_id = event.other_id or ""
    yield from _give_up(event.subject_id, event.at_ms, lambda command: _is_about_pair(command, account_id), ctx)


def on_friend_removed(event: FriendRemoved, ctx: Context) -> Iterator[Metric]:
    """Give up the question about a friend whom the recipient has removed (FA-50)."""
    yield from _give_up(event.friend_id, event.at_ms, partial(_asks, account_id=event.account_id), ctx)


def on_sanction_lifted(event: SanctionLifted, ctx: Context) -> Iterator[Metric]:
    """Give up what waits to restrict a member whose sanctions are lifted (IF-40)."""
    yield from _give_up(event.account_id, event.at_ms, lambda command: _restricts(command, event.group_id), ctx)


def on_overturned(event: DecisionOverturned, ctx: Context) -> Iterator[Metric]:
    """Give up all that waits because of a decision that people do not uphold, whomever it is about (RV-9)."""
    for at_ms, _ in list(ctx[DELAYED].items()):
        for _ in _take(at_ms, lambda command: command.decision_id == event.decision_id, ctx):
            yield GIVEN_UP


def on_erased(event: AccountErased, ctx: Context) -> Iterator[Metric]:
    """Drop the delayed commands that name the erased account.

    Also those that are newer than the erasure: an event of another account may have led to a command that names it.
    """
    for at_ms, _ in list(ctx[DELAYED].items()):
        for _ in _take(at_ms, lambda command: _command_mentions(command, event.account_id), ctx):
            yield ERASED_METRIC


def _give_up(about_id: str, until_ms: int, is_meant: Callable[[Any], bool], ctx: Context) -> Iterator[Metric]:
    """Drop the commands about an account that were decided up to a time and are meant."""
    for time_ms in _times(about_id, ctx):
        dropped = _take(
            time_ms,
            lambda each: each.at_ms <= until_ms and about_of(each) == about_id and is_meant(each),
            ctx,
        )
        for _ in dropped:
            yield GIVEN_UP


def _take(at_ms: int, is_meant: Callable[[Any], bool], ctx: Context) -> list[bytes]:
    """Remove the commands of one time that are meant, and return them in their order."""
    waiting = ctx[DELAYED].get(at_ms)
    if waiting is None:
        return []
    decoded = [(raw, decode(raw)) for raw in waiting.commands]
    taken = [(raw, command) for raw, command in decoded if is_meant(command)]
    kept = [(raw, command) for raw, command in decoded if not is_meant(command)]
    if kept:
        ctx[DELAYED].put(at_ms, Delayed(tuple(raw for raw, _ in kept)))
    else:
        ctx[DELAYED].remove(at_ms)
    left = {about_of(command) for _, command in kept}
    for about_id in {about_of(command) for _, command in taken} - left:
        _forget_time(about_id, at_ms, ctx)
    return [raw for raw, _ in taken]


def _times(about_id: str, ctx: Context) -> tuple[int, ...]:
    return (ctx[DELAYED_ABOUT].get(identify(about_id)) or ReleaseTimes()).times


def _forget_time(about_id: str, at_ms: int, ctx: Context) -> None:
    times = tuple(time_ms for time_ms in _times(about_id, ctx) if time_ms != at_ms)
    if times:
        ctx[DELAYED_ABOUT].put(identify(about_id), ReleaseTimes(times))
    else:
        ctx[DELAYED_ABOUT].remove(identify(about_id))


def _is_about_pair(command: Any, account_id: str) -> bool:  # noqa: ANN401
    """Return whether a command acts on the suspicion about a pair. A warning to people stays: it restricts nobody."""
    is_report = isinstance(command, Warn) and command.channel is WarnChannel.PLATFORM
    acts = is_report or isinstance(command, BlockAccount | ExitSession | RequestVerification)
    return acts and command.account_id == account_id


def _asks(command: Any, account_id: str) -> bool:  # noqa: ANN401
    return isinstance(command, RequestVerification) and command.account_id == account_id


def _restricts(command: Any, group_id: str) -> bool:  # noqa: ANN401
    return (
        isinstance(command, ManageMember)
        and command.group_id == group_id
        and command.action is not MemberAction.NOTIFY_ADMIN
    )


def _command_mentions(command: Any, account_id: str) -> bool:  # noqa: ANN401
    return any(_value_mentions(getattr(command, name), account_id) for name in command.__struct_fields__)


def _value_mentions(value: object, account_id: str) -> bool:
    """Return whether a field contains an account id: as its value, in a list of members, or as words of a report."""
    if isinstance(value, tuple):
        return any(_value_mentions(getattr(member, "account_id", None), account_id) for member in value)
    if not isinstance(value, str) or account_id not in value:
        return False
    return re.search(rf"(?:^|\s){_AROUND}{re.escape(account_id)}{_AROUND}(?:\s|$)", value) is not None
