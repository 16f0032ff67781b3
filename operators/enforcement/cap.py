"""Limits of the commands about one subject: nobody is warned, and no reviewer asked, about one account all day (C-31).

Runs inside each step that decides, and counts by its key: the person protected, the group, or the subject. Of a
decision only the commands beyond the limit are kept back. The next one that leaves says how many were before it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from msgspec.structs import replace

from operators.commands import action_of
from operators.decision import Conditions
from operators.enforcement.amendment import OVER_LIMIT, with_evidence, with_reason
from operators.enforcement.delay import about_of
from operators.ids import identify
from operators.policy.action import Action
from operators.policy.model import LimitScope, limits_of
from operators.retention import set_window_timer
from schemas.records import RequestReview, Warn, WarnChannel
from state.catalog.enforcement import CAPPED
from state.entries.enforcement import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from operators.operator import Context
    from operators.policy.model import Limit, Policy
    from schemas.records import Decision


_SUBJECT: Final = LimitScope.SUBJECT


class _Counted(NamedTuple):
    """A command, its limit if there is one, and the tally with it."""

    command: Any
    limit: Limit | None
    tally: Tally | None

    @property
    def leaves_as_it_is(self) -> bool:
        """Whether it leaves, and none like it was kept back before."""
        limit, tally = self.limit, self.tally
        return limit is None or tally is None or (tally.wanted <= limit.at_most and not tally.over)


def cap_commands(
    decision: Decision | None, commands: Sequence[Any], policy: Policy, ctx: Context
) -> tuple[Decision | None, list[Any]]:
    """Return a decision and those of its commands that the limits of one subject let leave."""
    caps = limits_of(policy, _SUBJECT)
    limits = [caps.get(action_of(command)) for command in commands]
    counted = [_Counted(each, limit, _count(each, limit, ctx)) for each, limit in zip(commands, limits, strict=True)]
    if all(each.leaves_as_it_is for each in counted):
        return decision, list(commands)
    return _keep_back(decision, counted)


def _keep_back(decision: Decision | None, commands: Sequence[_Counted]) -> tuple[Decision | None, list[Any]]:
    """Return a decision and those of its commands that leave, with how many were kept back before them."""
    conditions, before, leaving = Conditions(), Counter[str](), []
    for command, limit, tally in commands:
        if limit is None or tally is None:
            leaving.append(command)
        elif conditions.compare(f"commands_{limit.action.name}", tally.wanted, "<=", limit.at_most):
            before[limit.action.name] += tally.over
            leaving.append(_with_count(command, tally.over))
    if decision is None or (len(leaving) == len(commands) and not before.total()):
        return decision, leaving
    shown = {"kept_back": dict(sorted(before.items()))} if before.total() else {}
    amended = with_evidence(decision, conditions, shown)
    return (amended if len(leaving) == len(commands) else with_reason(amended, OVER_LIMIT)), leaving


def remove_expired_tallies(ctx: Context, at_ms: int) -> None:
    """Remove the tallies of windows that have ended, with what they kept back a window ago."""
    for entry, tally in list(ctx[CAPPED].items()):
        if tally.kept_ms <= at_ms:
            ctx[CAPPED].remove(entry)


def forget_tallies(erased_id: str, before_ms: int, ctx: Context) -> None:
    """Forget the counts of an erased account's key, else those that concern it, in windows that began before (C-18).

    A window in which a new account has begun is forgotten as a whole: it rather gets a warning too many.
    """
    entries = [entry for entry, _ in ctx[CAPPED].items()] if erased_id == ctx.key else _entries_of(erased_id, ctx)
    for entry in entries:
        tally = ctx[CAPPED].get(entry)
        if tally is not None and tally.start_ms < before_ms:
            ctx[CAPPED].remove(entry)


def _entries_of(account_id: str, ctx: Context) -> Iterator[str]:
    """Yield the entries about an account, of warnings those between it and the account of the key."""
    yield from (identify(action.name, account_id) for action in Action if action is not Action.WARN)
    for about_id, warned_id in ((account_id, ctx.key), (ctx.key, account_id)):
        yield from (identify(Action.WARN.name, about_id, warned_id, channel) for channel in WarnChannel)


def _count(command: Any, limit: Limit | None, ctx: Context) -> Tally | None:  # noqa: ANN401
    """Count a command in its window, and return the tally with it; `over` are those kept back before it."""
    if limit is None:
        return None
    entry, start_ms = _entry(command, limit), command.at_ms // limit.per_ms * limit.per_ms
    known = ctx[CAPPED].get(entry)
    if known is None or command.at_ms >= known.kept_ms:
        known = Tally(start_ms)
    wanted = 1 + (known.wanted if known.start_ms >= start_ms else 0)
    start_ms = max(start_ms, known.start_ms)
    kept_ms = start_ms + 2 * limit.per_ms
    over = 0 if wanted <= limit.at_most else known.over + 1
    ctx[CAPPED].put(entry, Tally(start_ms, wanted, over, kept_ms))
    set_window_timer(ctx, kept_ms)
    return Tally(start_ms, wanted, known.over)


def _entry(command: Any, limit: Limit) -> str:  # noqa: ANN401
    """Return the entry of a command's tally: by whom it is about, of a warning also by who is warned, and how."""
    warned = (command.account_id, command.channel) if type(command) is Warn else ()
    return identify(limit.action.name, about_of(command), *warned)


def _with_count(command: Any, over: int) -> Any:  # noqa: ANN401
    if not over or not isinstance(command, RequestReview):
        return command
    return replace(command, summary=f"{command.summary} {over} more were not requested, for the limit.")
