"""What opens the comparison of avatars: the message's own hit, or a recent one in the conversation. Key: the recipient.

Of a hit only time, id and places are kept, under a hash of the other account's id: the two need not be related, so
nobody would tell this account of the other one's erasure (AI-3).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from operators.erasure import erased_after
from operators.identity import identify
from operators.operator import Context
from operators.retention import reclaim, reclaim_at
from operators.screening import AVATAR_IMPERSONATION, spans_by
from schemas.records import ConversationHit, Span, SuspicionRaised
from state.catalog import CONVERSATION_HITS
from state.lookalikes import Hits

KEPT = 8
"""Hits of one conversation. One would do but for late messages: each of them asks what was there at its own time."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Why avatars are compared: what hit, and in which earlier message, if in one."""

    spans: tuple[Span, ...]
    event_id: str | None = None
    unseen: bool = False  # whether the message was screened before the policy that judges it was known


def opening_of(event: SuspicionRaised, ctx: Context) -> Opening | None:
    """Return what opens the comparison for a message; None: nothing does."""
    section = ctx.policy.avatar_impersonation
    spans, unseen = spans_by(AVATAR_IMPERSONATION, ctx.policy.version, event)
    if not section.both_directions:
        return Opening(spans, unseen=unseen) if spans else None
    before = _latest(event.sender_id, event.at_ms, ctx)
    if spans:
        _remember(event.sender_id, event.at_ms, event.event_id, spans, ctx)
        return Opening(spans, unseen=unseen)
    return None if before is None else Opening(before[1], before[0], unseen)


def on_hit(event: ConversationHit, ctx: Context) -> Iterator[Any]:
    """Remember what the account itself wrote to somebody."""
    if erased_after(ctx, event.at_ms, event.other_id) is None:
        _remember(event.other_id, event.at_ms, event.event_id, event.spans, ctx)
    yield from ()


def reclaim_hits(ctx: Context, at_ms: int) -> None:
    """Give up the hits that open nothing any more."""
    length_ms = ctx.policy.avatar_impersonation.both_directions_ms
    reclaim(ctx, CONVERSATION_HITS, at_ms, lambda hits: max(hits.times) + length_ms + 1)


def _latest(other_id: str, at_ms: int, ctx: Context) -> tuple[str, tuple[Span, ...]] | None:
    hits = ctx[CONVERSATION_HITS].get(identify(other_id)) or Hits((), (), ())
    earliest_ms = at_ms - ctx.policy.avatar_impersonation.both_directions_ms
    found = [hit for hit in zip(hits.times, hits.event_ids, hits.spans, strict=True) if earliest_ms <= hit[0] <= at_ms]
    return (max(found)[1], _read(max(found)[2])) if found else None


def _remember(other_id: str, at_ms: int, event_id: str, spans: Sequence[Span], ctx: Context) -> None:
    entry = identify(other_id)
    hits = ctx[CONVERSATION_HITS].get(entry) or Hits((), (), ())
    written = json.dumps([asdict(span) for span in spans], ensure_ascii=False)
    known = {*zip(hits.times, hits.event_ids, hits.spans, strict=True), (at_ms, event_id, written)}
    times, event_ids, places = zip(*sorted(known)[-KEPT:], strict=True)
    ctx[CONVERSATION_HITS].put(entry, Hits(times, event_ids, places))
    reclaim_at(ctx, at_ms + ctx.policy.avatar_impersonation.both_directions_ms + 1)


def _read(written: str) -> tuple[Span, ...]:
    return tuple(Span(**span) for span in json.loads(written))
