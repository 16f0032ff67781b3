"""Undoing of a decision about a pair that people do not uphold: its block, its question, its mark (RV-10, RV-11).

Keyed by protected account; used by the step `relationship`. Each is ended only if this decision made it, so what
another decision, or the protected account itself, has done since stays.
"""

from collections.abc import Iterator

from operators.commands import revoke
from operators.contacts.pair import drop_verification, read_pair, without_answer, write_pair
from operators.operator import Context
from schemas.records import BlockAccount, DecisionOverturned, RequestVerification, RevokeCommand
from state.catalog.relationship import BLOCKS, VERIFICATIONS


def on_overturned(event: DecisionOverturned, ctx: Context) -> Iterator[RevokeCommand]:
    """End what stands between the protected account and the sender because of the decision."""
    sender_id = event.subject_id
    block = ctx[BLOCKS].get(sender_id)
    if block is not None and block.decision_id == event.decision_id:
        ctx[BLOCKS].remove(sender_id)
        yield revoke(event, BlockAccount, ctx.key, other_id=sender_id)
    pair = read_pair(ctx, sender_id)
    if pair.decision_id == event.decision_id:
        write_pair(ctx, sender_id, without_answer(pair))
    verification = ctx[VERIFICATIONS].get(event.decision_id)
    if verification is not None and verification.sender_id == sender_id:
        drop_verification(ctx, event.decision_id, sender_id)
        if not verification.outcome:
            yield revoke(event, RequestVerification, ctx.key, verification.channel, other_id=sender_id)
