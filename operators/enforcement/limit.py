"""Step `limit`: limits the commands of an action per window over the whole job, and stores delayed commands.

Keyed by one key for all counters, and by shard of accounts for delayed commands (`operators.enforcement.waiting`).
Input is `CommandsWithheld`, decisions with an action that their policy limits, `CommandDeferred`, and whatever ends the
reason of a command that waits. Emits the decisions and the commands that may leave.

Commands are counted by action and window `[start, end)`, in the order of C-2 of their causes. A decision whose commands
do not all fit is emitted with the reason `OVER_LIMIT`; none of its commands is emitted, and none counts (C-26).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from operators.commands import action_of
from operators.decision import Conditions
from operators.enforcement.amendment import OVER_LIMIT, with_evidence, with_reason
from operators.enforcement.delay import DELAY_SHARDS, departure_times
from operators.enforcement.enforced_operator import OVER_LIMIT_METRIC, withheld_decision
from operators.enforcement.waiting import (
    hold,
    on_decision,
    on_deferred,
    on_erased,
    on_friend_removed,
    on_overturned,
    on_sanction_lifted,
    on_unblocked,
    release,
)
from operators.operator import Context, Handler, Operator
from operators.policy.model import LimitScope
from schemas.codec import decode, encode
from schemas.records import (
    AccountErased,
    AccountUnblocked,
    CommandDeferred,
    CommandsWithheld,
    Decision,
    DecisionOverturned,
    FriendRemoved,
    SanctionLifted,
)
from state.catalog.enforcement import COUNTED, DELAYED, DELAYED_ABOUT
from state.catalog.entry_key import join_ids, split_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from operators.policy.model import Limit as PolicyLimit

COUNTER_KEY: Final = "limits"
"""The one key of all counters."""

LIMIT_KEYS: Final = (COUNTER_KEY, *DELAY_SHARDS)


class Limit(Operator):
    """Emits as many commands as the limits allow, and delayed commands at their time."""

    uid = "limit"
    states = (COUNTED, DELAYED, DELAYED_ABOUT)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {
            CommandsWithheld: on_withheld,
            CommandDeferred: on_deferred,
            AccountUnblocked: on_unblocked,
            Decision: on_decision,
            DecisionOverturned: on_overturned,
            FriendRemoved: on_friend_removed,
            SanctionLifted: on_sanction_lifted,
            AccountErased: on_erased,
        }

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Emit the delayed commands whose time has come, and remove the counters of windows that have ended."""
        yield from release(at_ms, ctx)
        for entry, _ in list(ctx[COUNTED].items()):
            _, start_ms, per_ms = split_ids(entry)
            if int(start_ms) + int(per_ms) <= at_ms:
                ctx[COUNTED].remove(entry)


def on_withheld(event: CommandsWithheld, ctx: Context) -> Iterator[Any]:
    """Emit a decision, with its commands if all of them are within the limits."""
    policy = ctx.policy_of(event.policy_version)
    decision = withheld_decision(event)
    commands: list[Any] = [decode(raw) for raw in event.commands]
    conditions = Conditions()
    wanted = Counter(map(action_of, commands))
    limits = [limit for limit in policy.limits if limit.scope is LimitScope.JOB and wanted[limit.action]]
    fits = [_fits(limit, wanted[limit.action], event.at_ms, conditions, ctx) for limit in limits]
    if decision is not None:
        decision = with_evidence(decision, conditions)
        yield decision if all(fits) else with_reason(decision, OVER_LIMIT)
    if not all(fits):
        yield OVER_LIMIT_METRIC
        return
    _count(limits, wanted, event.at_ms, ctx)
    for command, at_ms in departure_times(commands, None if decision is None else decision.rule, policy):
        if at_ms == command.at_ms:
            yield command
        else:
            hold(encode(command), at_ms, ctx)


def _fits(limit: PolicyLimit, wanted: int, at_ms: int, conditions: Conditions, ctx: Context) -> bool:
    counted = ctx[COUNTED].get(_entry(limit, at_ms)) or 0
    return conditions.compare(f"commands_{limit.action.name}", counted + wanted, "<=", limit.at_most)


def _count(limits: Iterable[PolicyLimit], wanted: Counter[Any], at_ms: int, ctx: Context) -> None:
    for limit in limits:
        entry = _entry(limit, at_ms)
        ctx[COUNTED].put(entry, (ctx[COUNTED].get(entry) or 0) + wanted[limit.action])
        if not ctx.late:  # else it would fire at once, and late commands would all fit: the next timer removes it
            ctx.set_timer(_start_ms(limit, at_ms) + limit.per_ms)


def _start_ms(limit: PolicyLimit, at_ms: int) -> int:
    return at_ms // limit.per_ms * limit.per_ms


def _entry(limit: PolicyLimit, at_ms: int) -> str:
    return join_ids(limit.action.name, str(_start_ms(limit, at_ms)), str(limit.per_ms))
