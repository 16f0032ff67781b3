"""Undoing of a refused friend request that people do not uphold: its denials end (RV-16). Keyed by requester."""

from __future__ import annotations

from typing import TYPE_CHECKING

from operators.commands import revoke
from schemas.records import DecisionOverturned, RefuseFriend, RevokeCommand
from state.catalog.entry_key import split_ids
from state.catalog.friend_gate import DENIALS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operators.operator import Context


def on_overturned(event: DecisionOverturned, ctx: Context) -> Iterator[RevokeCommand]:
    """Forget the denials that the decision rests on, and take the refusal back."""
    memory_ms = ctx.policy.friendship_age.gate_denial_memory_ms
    ended = [
        entry
        for entry, denial in ctx[DENIALS].items()
        if denial.decision_id == event.decision_id and event.at_ms < denial.at_ms + memory_ms
    ]
    for entry in ended:
        ctx[DENIALS].remove(entry)
    for target_id in sorted({split_ids(entry)[0] for entry in ended}):
        yield revoke(event, RefuseFriend, target_id, other_id=ctx.key)
