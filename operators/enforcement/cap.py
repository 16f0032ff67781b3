"""Limits of the commands about one subject: nobody is warned, and no reviewer asked, about one account all day (C-31).

Runs inside each step that decides, and counts by its key: the person protected, the group, or the subject. Of a
decision only the commands beyond the limit are kept back. The next one that leaves says how many were before it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from operators.commands import action_of
from operators.decision import Conditions
from operators.enforcement.amendment import OVER_LIMIT, with_evidence, with_reason
from operators.enforcement.delay import about_of
from operators.ids import identify
from operators.policy.model import LimitScope
from operators.retention import set_cleanup_timer
from schemas.records import RequestReview, Warn
from state.catalog.enforcement import CAPPED
from state.entries.enforcement import Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operators.operator import Context
    from operators.policy.model import Limit, Policy
    from schemas.records import Decision


def cap_commands(
    decision: Decision | None, commands: Sequence[Any], policy: Policy, ctx: Context
) -> tuple[Decision | None, list[Any]]:
    """Return a decision and those of its commands that the limits of one subject let leave."""
    caps = {limit.action: limit for limit in policy.limits if limit.scope is LimitScope.SUBJECT}
    conditions, before, leaving = Conditions(), Counter[str](), []
    for command in commands:
        limit = caps.get(action_of(command))
        tally = None if limit is None else _count(command, limit, ctx)
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


def _count(command: Any, limit: Limit, ctx: Context) -> Tally:  # noqa: ANN401
    """Count a command in its window, and return the tally with it; `over` are those kept back before it."""
    entry, start_ms = _entry(command, limit), command.at_ms // limit.per_ms * limit.per_ms
    known = ctx[CAPPED].get(entry) or Tally(start_ms)
    wanted = 1 + (known.wanted if known.start_ms >= start_ms else 0)
    tally = replace(known, start_ms=max(start_ms, known.start_ms), wanted=wanted)
    fits = wanted <= limit.at_most
    kept_ms = tally.start_ms + 2 * limit.per_ms
    over = 0 if fits else known.over + 1
    ctx[CAPPED].put(entry, replace(tally, over=over, kept_ms=kept_ms))
    set_cleanup_timer(ctx, kept_ms)
    return tally


def _entry(command: Any, limit: Limit) -> str:  # noqa: ANN401
    """Return the entry of a command's tally: by whom it is about, of a warning also by who is warned, and how."""
    warned = (command.account_id, command.channel) if isinstance(command, Warn) else ()
    return identify(limit.action.name, about_of(command), *warned)


def _with_count(command: Any, over: int) -> Any:  # noqa: ANN401
    if not over or not isinstance(command, RequestReview):
        return command
    return replace(command, summary=f"{command.summary} {over} more were not requested, for the limit.")
