"""Wraps an operator that decides; applies the policy's limits, delays and log-only to its commands.

Keyed as the wrapped step. A policy can restrict commands in four ways: an action is only logged (C-28), is limited in
number about one subject (C-31) or in all (C-26), or is delayed (C-27). The first two are applied here. What is limited
in all or delayed goes to the step `limit`, as `CommandsWithheld` and `CommandDeferred`; the rest is emitted at once.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from operators.commands import COMMANDS, action_of
from operators.enforcement.amendment import with_reason
from operators.enforcement.cap import cap_commands, forget_tallies, remove_expired_tallies
from operators.enforcement.delay import defer, departure_times
from operators.operator import Context, Handler, Metric, Operator
from operators.policy.action import Action
from operators.policy.model import Enforcement, LimitScope, Policy, limits_of
from operators.retention import is_cleanup_timer
from schemas.codec import decode, encode
from schemas.event_order import Rank, rank_of
from schemas.records import (
    AccountErased,
    AccountForgotten,
    CommandsWithheld,
    Decision,
    MemberForgotten,
    Record,
    RevokeCommand,
)
from state.catalog.enforcement import CAPPED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LOG_ONLY: Final = "LOG_ONLY"
"""The reason of a decision with an action that is only logged."""

OVER_LIMIT_METRIC: Final = Metric("over-limit")
"""Counts the decisions of which a limit keeps commands back."""

_JOB: Final = LimitScope.JOB
_UNRESTRICTED: Final = Enforcement()
_TIMER_RANK: Final = 1 + max(Rank)
"""The rank of what a timer emits: after every event of the same time (C-3)."""

_SEPARATOR: Final = "\x1f"


class EnforcedOperator(Operator):
    """An operator whose commands are restricted by the policy."""

    def __init__(self, operator: Operator) -> None:
        """Take uid, states and record types from the wrapped operator."""
        self.uid = operator.uid  # type: ignore[misc] # a class variable of the wrapped operator
        self.states = (*operator.states, CAPPED)  # type: ignore[misc]
        self.ordered = operator.ordered  # type: ignore[misc]
        self._operator = operator
        self._handles = {kind: partial(_handle, handler) for kind, handler in operator.handles.items()}

    def __reduce__(self) -> tuple[type[EnforcedOperator], tuple[Operator]]:
        """Pickle the wrapped operator only: the codecs of states cannot be pickled."""
        return EnforcedOperator, (self._operator,)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return self._handles

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Run the wrapped operator's timer, with its commands restricted."""
        yield from _enforce(self._operator.on_timer(at_ms, ctx), ctx, _TIMER_RANK)
        if is_cleanup_timer(at_ms):
            remove_expired_tallies(ctx, at_ms)


def _handle(handler: Handler, event: Any, ctx: Context) -> Iterator[Any]:  # noqa: ANN401 - any record type
    if isinstance(event, AccountErased | AccountForgotten | MemberForgotten):
        erased_id = event.erased_id if isinstance(event, AccountForgotten) else event.account_id
        forget_tallies(erased_id, event.at_ms, ctx)
    return _enforce(handler(event, ctx), ctx, rank_of(event))


def _enforce(conclusions: Iterator[Any], ctx: Context, rank: int) -> Iterator[Any]:
    """Yield what was emitted for one event, with each decision's commands restricted by the policy of the decision."""
    emitted = [_by_way_of_limit(record, place) for place, record in enumerate(conclusions)]
    if not any(_is_restricted(record, ctx) for record in emitted):
        yield from emitted
        return
    commands = [record for record in emitted if type(record) in COMMANDS]
    decided = {record.decision_id for record in emitted if type(record) is Decision}
    for place, record in enumerate(emitted):
        if type(record) is Decision:
            own = [command for command in commands if command.decision_id == record.decision_id]
            yield from _release_commands(record, own, ctx.policy_of(record.policy_version), ctx, (rank, place))
        elif type(record) not in COMMANDS:
            yield record
        elif record.decision_id not in decided:
            yield from _release_commands(None, [record], ctx.policy, ctx, (rank, place))


def _by_way_of_limit(record: Any, place: int) -> Any:  # noqa: ANN401
    """Return a record; one that takes a command back goes to the step `limit`, where that one may still wait (RV-9)."""
    return defer(record, record.at_ms, place) if type(record) is RevokeCommand else record


def _is_restricted(record: Any, ctx: Context) -> bool:  # noqa: ANN401
    if type(record) is Decision:
        return restricts_commands(ctx.policy_of(record.policy_version))
    return type(record) in COMMANDS and restricts_commands(ctx.policy)


def restricts_commands(policy: Policy) -> bool:
    """Return whether a policy restricts any commands."""
    return bool(policy.limits) or policy.enforcement != _UNRESTRICTED


def _release_commands(
    decision: Decision | None, commands: Sequence[Any], policy: Policy, ctx: Context, order: tuple[int, int]
) -> Iterator[Record | Metric]:
    """Yield a decision and its commands, or the records by which the step `limit` emits them.

    `decision` None: the decision was emitted before its commands, for an earlier event.
    """
    log_only = policy.enforcement.log_only
    leaving = [command for command in commands if action_of(command) not in log_only] if log_only else commands
    if decision is not None and log_only and (len(leaving) < len(commands) or log_only & _actions(decision)):
        decision = with_reason(decision, LOG_ONLY)
    wanted = len(leaving)
    decision, leaving = cap_commands(decision, leaving, policy, ctx)
    if len(leaving) < wanted:
        yield OVER_LIMIT_METRIC
    limited = limits_of(policy, _JOB)
    if limited and not limited.keys().isdisjoint(map(action_of, leaving)):
        yield _withhold(decision, leaving, policy, order)
        return
    if decision is not None:
        yield decision
    rule = None if decision is None else decision.rule
    for number, (command, at_ms) in enumerate(departure_times(leaving, rule, policy)):
        yield command if at_ms == command.at_ms else defer(command, at_ms, number)


def withheld_decision(withheld: CommandsWithheld) -> Decision | None:
    """Return the decision whose commands are withheld, for a step that reads the decisions of others."""
    record = None if withheld.decision is None else decode(withheld.decision)
    return record if isinstance(record, Decision) else None


def _actions(decision: Decision) -> frozenset[Action]:
    return frozenset(Action[name] for name in decision.actions)


def _withhold(
    decision: Decision | None, commands: Sequence[Any], policy: Policy, order: tuple[int, int]
) -> CommandsWithheld:
    first = decision or commands[0]
    rank, place = order
    cause = decision.cause_event_id if decision else commands[0].decision_id
    return CommandsWithheld(
        event_id=_SEPARATOR.join((str(rank), cause, first.decision_id, f"{place:06}")),
        at_ms=first.at_ms,
        subject_id="" if decision is None else decision.subject_id,
        policy_version=policy.version,
        decision=None if decision is None else encode(decision),
        commands=tuple(map(encode, commands)),
    )
