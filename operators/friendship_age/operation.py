"""Carries out an operation on a pair of accounts: its decision, its commands, and the block that it sets.

All commands of an operation are emitted together with their decision (FA-33); none is sent to the sender (FA-32).
"""

from collections.abc import Iterator
from typing import Final

from operators.commands import commands_of
from operators.friend_gate.request_comparison import withdraw_friend
from operators.operator import Context
from operators.policy.action import Operation
from operators.policy.friendship_age import FriendshipAgePolicy
from schemas.records import Decision, Record, WarnChannel
from state.catalog.entry_key import SELF
from state.catalog.relationship import ALERT_NUMBER, BLOCKS
from state.entries.relationship import Block

_NUMBER: Final = WarnChannel.NUMBER


def carry_out(
    decision: Decision, operation: Operation, section: FriendshipAgePolicy, ctx: Context, wrote_ms: int | None = None
) -> Iterator[Record]:
    """Yield a decision and the commands of its operation on the pair; a block is in force from here on (FA-27).

    `wrote_ms`: the time of the sender's message that led to it; None: the decision's own time.
    """
    own = ctx[ALERT_NUMBER].get(SELF) if operation.warn and _NUMBER in operation.warn else None
    yield decision
    yield from commands_of(decision, operation, section, own.number if own else None)
    if operation.block:
        wrote_ms = decision.at_ms if wrote_ms is None else wrote_ms
        block = Block(decision.at_ms, decision.decision_id, decision.outcome, wrote_ms)
        ctx[BLOCKS].put(decision.subject_id, block)
        yield from withdraw_friend(decision.subject_id, decision.cause_event_id, decision.at_ms, ctx)
