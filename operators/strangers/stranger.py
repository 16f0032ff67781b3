"""Decision on a suspicious message from a stranger.

Keyed by recipient; used by the step `relationship`; emits decisions of the rule `strangers` and their commands. A
stranger is no friend of the recipient, and an account that the recipient did not write to first. What is suspicious is
said in the policy's section `friendship_age`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from operators.commands import request_review
from operators.contacts.pair import is_trusted, read_pair
from operators.decision import Basis, spans_as_evidence
from operators.erasure.markers import erased_after
from operators.friendship_age.bands import MILD
from operators.friendship_age.conversation import basis_of
from operators.friendship_age.operation import carry_out
from operators.ids import identify
from operators.operator import Context, Metric
from operators.policy.action import IN_APP_WARNING, Action
from operators.policy.strangers import STRANGER, STRANGERS, StrangersPolicy
from operators.retention import remove_expired, set_cleanup_timer
from operators.screening.findings import ScreeningResult
from operators.strangers.contact import first_words
from state.catalog.relationship import BLOCKS, FRIENDS
from state.catalog.strangers import STRANGERS_FOUND
from state.entries.strangers import StrangerFound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operators.friendship_age.conversation import Conversation
    from schemas.records import SuspicionRaised

TRUSTING: Final = StrangersPolicy(operation=IN_APP_WARNING, review=False)
"""What is done about a stranger whom the recipient has said to trust: a warning in the app (ST-5)."""


class StrangerMessage(Struct, frozen=True):
    """A suspicious message from somebody who may be a stranger."""

    event: SuspicionRaised
    conversation: Conversation
    seen: ScreeningResult
    basis: Basis
    is_mild: bool


def on_suspicion(
    event: SuspicionRaised, seen: ScreeningResult, conversation: Conversation, ctx: Context
) -> Iterator[Any]:
    """Judge a hit of somebody who is no friend (ST-1); `strangers` and avatar-impersonation may both decide."""
    policy = ctx.policy
    if not policy.strangers.enabled:
        return
    if ctx[FRIENDS].get(event.sender_id) is not None:
        return  # most suspicious messages are a friend's: nothing else is read for them
    if erased_after(ctx, event.at_ms, event.sender_id) is not None:
        return  # counted by the rules before this one
    is_mild = not conversation.counts_as_hit and policy.friendship_age.are_mild(seen.spans)
    basis = basis_of(STRANGERS, event, seen, conversation, ctx, *((MILD,) if is_mild else ()))
    yield from _judge(StrangerMessage(event, conversation, seen, basis, is_mild), ctx)


def _judge(message: StrangerMessage, ctx: Context) -> Iterator[Any]:
    event, check = message.event, message.basis.conditions.check
    pair = read_pair(ctx, event.sender_id)
    if check("blocked", ctx[BLOCKS].get(event.sender_id) is not None):
        return
    is_trusting = check("trusted", is_trusted(pair, event.at_ms, ctx.policy.friendship_age))
    check("friend", actual=False)
    words = first_words(event.sender_id, event.at_ms, event.erased_ms, ctx)
    theirs_ms = event.at_ms if words.theirs_ms is None else words.theirs_ms
    if check("recipient_wrote_first", words.mine_ms is not None and words.mine_ms < theirs_ms):
        yield Metric("recipient-wrote-first")
    elif check("repeated", _is_repeated(message, ctx)):
        yield Metric("repeated-stranger")
    else:
        _remember(message, ctx)
        mine = {} if words.mine_ms is None else {"recipient_wrote_ms": words.mine_ms}
        section = TRUSTING if is_trusting else ctx.policy.strangers
        yield from _decide(message, section, {"first_contact": {"sender_wrote_ms": theirs_ms, **mine}}, ctx)


def _decide(
    message: StrangerMessage, section: StrangersPolicy, evidence: dict[str, object], ctx: Context
) -> Iterator[Any]:
    spans = spans_as_evidence(message.seen.spans, message.seen.span_count)
    actions = {*section.operation.actions, *({Action.REVIEW} if section.review else ())}
    decision = message.basis.decide(STRANGER, actions, {**spans, **message.conversation.evidence, **evidence})
    yield from carry_out(decision, section.operation, ctx.policy.friendship_age, ctx)
    if section.review:
        yield request_review(decision, f"{decision.subject_id}, a stranger to {decision.other_id}, wrote to them.")


def _is_repeated(message: StrangerMessage, ctx: Context) -> bool:
    """Return whether a message of the pair was decided on within the time, and no more mildly (ST-4)."""
    found = _found(message, ctx)
    latest_ms = -1 if found is None else found.any_ms if message.is_mild else found.grave_ms
    return latest_ms >= 0 and abs(message.event.at_ms - latest_ms) < ctx.policy.strangers.repeat_after_ms


def _found(message: StrangerMessage, ctx: Context) -> StrangerFound | None:
    """Return the latest decisions on the sender; those from before its erasure were about another one."""
    found = ctx[STRANGERS_FOUND].get(identify(message.event.sender_id))
    return None if found is None or found.any_ms < (message.event.erased_ms or 0) else found


def _remember(message: StrangerMessage, ctx: Context) -> None:
    known, at_ms = _found(message, ctx) or StrangerFound(-1), message.event.at_ms
    grave_ms = known.grave_ms if message.is_mild else max(known.grave_ms, at_ms)
    ctx[STRANGERS_FOUND].put(identify(message.event.sender_id), StrangerFound(max(known.any_ms, at_ms), grave_ms))
    set_cleanup_timer(ctx, at_ms + ctx.policy.strangers.repeat_after_ms)


def forget_stranger_found(ctx: Context, entry: str, before_ms: int) -> None:
    """Remove a decision on a stranger from before a time; `entry` is the hash of its id."""
    found = ctx[STRANGERS_FOUND].get(entry)
    if found is not None and found.any_ms < before_ms:
        ctx[STRANGERS_FOUND].remove(entry)


def remove_expired_strangers(ctx: Context, at_ms: int) -> None:
    """Remove the decisions that keep no message from being decided on any more."""
    length_ms = ctx.policy.strangers.repeat_after_ms
    remove_expired(ctx, STRANGERS_FOUND, at_ms, lambda found: found.any_ms + length_ms)
