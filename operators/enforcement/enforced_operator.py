"""Which of a decision's commands leave at once? Key: that of the step that decides.

A policy can hold commands back in three ways: it only records an action (C-28), allows so many commands of an action
(C-26), or wants them later (C-27). What is recorded only is dealt with here. What is counted or waits goes to the step
`limit`; where a policy asks for neither, decisions and commands go straight out.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from operators.commands import COMMANDS, action_of
from operators.enforcement.delay import defer, departure_times
from operators.operator import Context, Handler, Operator
from operators.policy.action import Action
from operators.policy.model import Enforcement, Policy
from schemas.codec import decode, encode
from schemas.event_order import Rank, rank_of
from schemas.records import CommandsWithheld, Decision, Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LOG_ONLY: Final = "LOG_ONLY"
"""The reason of a decision that takes an action which is only recorded."""

_UNRESTRICTED: Final = Enforcement()
_TIMER_RANK: Final = 1 + max(Rank)
"""The class of what a timer concludes: it acts after every event of its time (C-3)."""

_SEPARATOR: Final = "\x1f"


class EnforcedOperator(Operator):
    """A step that decides, with what its policies let through of it."""

    def __init__(self, operator: Operator) -> None:
        """Stand in for an operator: same name, same states, same events."""
        self.uid = operator.uid  # type: ignore[misc] # a name of the one that is stood in for
        self.states = operator.states  # type: ignore[misc]
        self.ordered = operator.ordered  # type: ignore[misc]
        self._operator = operator
        self._handles = {kind: partial(_handle, handler) for kind, handler in operator.handles.items()}

    def __reduce__(self) -> tuple[type[EnforcedOperator], tuple[Operator]]:
        """Travel to another process as what it stands in for: the bytes' codecs of states do not travel."""
        return EnforcedOperator, (self._operator,)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return self._handles

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Act on what is due."""
        return _enforce(self._operator.on_timer(at_ms, ctx), ctx, _TIMER_RANK)


def _handle(handler: Handler, event: Any, ctx: Context) -> Iterator[Any]:  # noqa: ANN401 - any record type
    return _enforce(handler(event, ctx), ctx, rank_of(event))


def _enforce(conclusions: Iterator[Any], ctx: Context, rank: int) -> Iterator[Any]:
    """Yield what is concluded about one event, with each decision's commands as its policy lets them leave."""
    told = list(conclusions)
    if not any(_is_restricted(record, ctx) for record in told):
        yield from told
        return
    commands = [record for record in told if type(record) in COMMANDS]
    decided = {record.decision_id for record in told if isinstance(record, Decision)}
    for place, record in enumerate(told):
        if isinstance(record, Decision):
            own = [command for command in commands if command.decision_id == record.decision_id]
            yield from _release_commands(record, own, ctx.policy_of(record.policy_version), (rank, place))
        elif type(record) not in COMMANDS:
            yield record
        elif record.decision_id not in decided:
            yield from _release_commands(None, [record], ctx.policy, (rank, place))


def _is_restricted(record: Any, ctx: Context) -> bool:  # noqa: ANN401
    if isinstance(record, Decision):
        return restricts_commands(ctx.policy_of(record.policy_version))
    return type(record) in COMMANDS and restricts_commands(ctx.policy)


def restricts_commands(policy: Policy) -> bool:
    """Return whether a policy holds any commands back."""
    return bool(policy.limits) or policy.enforcement != _UNRESTRICTED


def _release_commands(
    decision: Decision | None, commands: Sequence[Any], policy: Policy, order: tuple[int, int]
) -> Iterator[Record]:
    """Yield a decision and its commands, or what the step `limit` needs to do so. None: it was told before."""
    log_only = policy.enforcement.log_only
    leaving = [command for command in commands if action_of(command) not in log_only]
    if decision is not None and (len(leaving) < len(commands) or log_only & _actions(decision)):
        decision = with_reason(decision, LOG_ONLY)
    if {limit.action for limit in policy.limits} & set(map(action_of, leaving)):
        yield _withhold(decision, leaving, policy, order)
        return
    if decision is not None:
        yield decision
    rule = None if decision is None else decision.rule
    for number, (command, at_ms) in enumerate(departure_times(leaving, rule, policy)):
        yield command if at_ms == command.at_ms else defer(command, at_ms, number)


def withheld_decision(withheld: CommandsWithheld) -> Decision | None:
    """Return the decision whose commands are counted first, for a step that goes by what others decide."""
    found = None if withheld.decision is None else decode(withheld.decision)
    return found if isinstance(found, Decision) else None


def with_reason(decision: Decision, reason: str) -> Decision:
    """Return a decision with one more reason. Its id is the same: reasons are no part of it."""
    return replace(decision, reasons=tuple(sorted({*decision.reasons, reason})))


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
