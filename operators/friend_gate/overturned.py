"""Undoing of a refused friend request that people do not uphold: its denials end (RV-16). Keyed by requester."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from operators.commands import revoke
from operators.friend_gate.verdict import DENIED_BEFORE
from schemas.records import DecisionOverturned, RefuseFriend, RevokeCommand
from state.catalog.entry_key import split_ids
from state.catalog.friend_gate import DENIALS, REQUESTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operators.operator import Context


def on_overturned(event: DecisionOverturned, ctx: Context) -> Iterator[RevokeCommand]:
    """Forget the denials that the decision rests on, also in open requests, and take the refusal back."""
    memory_ms = ctx.policy.friendship_age.gate_denial_memory_ms
    ended = [
        entry
        for entry, denial in ctx[DENIALS].items()
        if denial.decision_id == event.decision_id and event.at_ms < denial.at_ms + memory_ms
    ]
    for entry in ended:
        ctx[DENIALS].remove(entry)
        target_id, friend_id = split_ids(entry)
        _forget_in_open_request(target_id, friend_id, ctx)
    for target_id in sorted({split_ids(entry)[0] for entry in ended}):
        yield revoke(event, RefuseFriend, target_id, other_id=ctx.key)


def _forget_in_open_request(target_id: str, friend_id: str, ctx: Context) -> None:
    """Let an open request not count an earlier denial that has ended; the friend was not asked, so is silent there."""
    request = ctx[REQUESTS].get(target_id)
    if request is not None:
        pairs = zip(request.asked, request.answers, strict=True)
        left = ("" if (who, answer) == (friend_id, DENIED_BEFORE) else answer for who, answer in pairs)
        ctx[REQUESTS].put(target_id, replace(request, answers=tuple(left)))
