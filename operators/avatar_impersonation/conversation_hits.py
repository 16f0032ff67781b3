"""What opens the comparison of avatars: the message's own hit, or a recent one in the conversation. Key: the recipient.

Of a hit only time, id and places are kept, under a hash of the other account's id: the two need not be related, so
nobody would tell this account of the other one's erasure (AI-3).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from operators.erasure.markers import erased_after
from operators.ids import identify
from operators.retention import remove_expired, set_cleanup_timer
from operators.rules import AVATAR_IMPERSONATION
from operators.screening.findings import result_for
from schemas.records import ConversationHit, Span, SuspicionRaised
from state.catalog.relationship import CONVERSATION_HITS
from state.entries.profiles import Hits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operators.operator import Context

HITS_AT_MOST = 8
"""Hits of one conversation. One would do but for late messages: each of them asks what was there at its own time."""


class OpeningHit(Struct, frozen=True):
    """Why avatars are compared: what hit, and in which earlier message, if in one."""

    spans: tuple[Span, ...]
    span_count: int  # where not all are listed; else 0
    event_id: str | None = None
    unseen: bool = False  # whether the message was screened before the policy that judges it was known


def find_opening_hit(event: SuspicionRaised, ctx: Context) -> OpeningHit | None:
    """Return what opens the comparison for a message; None: nothing does."""
    section = ctx.policy.avatar_impersonation
    seen = result_for(AVATAR_IMPERSONATION, ctx.policy.version, event)
    own = OpeningHit(seen.spans, seen.span_count, unseen=seen.policy_unseen) if seen.spans else None
    if not section.both_directions:
        return own
    if own is not None:
        _store_hit(event.sender_id, event, own, ctx)
        return own
    before = _latest_hit(event.sender_id, event.at_ms, ctx)
    return None if before is None else replace(before, unseen=seen.policy_unseen)


def on_hit(event: ConversationHit, ctx: Context) -> Iterator[Any]:
    """Remember what the account itself wrote to somebody."""
    if erased_after(ctx, event.at_ms, event.other_id) is None:
        _store_hit(event.other_id, event, event, ctx)
    yield from ()


def remove_expired_hits(ctx: Context, at_ms: int) -> None:
    """Give up the hits that open nothing any more."""
    length_ms = ctx.policy.avatar_impersonation.both_directions_ms
    remove_expired(ctx, CONVERSATION_HITS, at_ms, lambda hits: max(hits.times) + length_ms + 1)


def _latest_hit(other_id: str, at_ms: int, ctx: Context) -> OpeningHit | None:
    hits = ctx[CONVERSATION_HITS].get(identify(other_id)) or Hits((), (), ())
    earliest_ms = at_ms - ctx.policy.avatar_impersonation.both_directions_ms
    found = [hit for hit in zip(hits.times, hits.event_ids, hits.spans, strict=True) if earliest_ms <= hit[0] <= at_ms]
    return _decode_hit(max(found)[2], max(found)[1]) if found else None


def _store_hit(
    other_id: str, event: ConversationHit | SuspicionRaised, hit: ConversationHit | OpeningHit, ctx: Context
) -> None:
    entry = identify(other_id)
    hits = ctx[CONVERSATION_HITS].get(entry) or Hits((), (), ())
    places = {"spans": list(map(asdict, hit.spans)), "span_count": hit.span_count}
    written = json.dumps(places, ensure_ascii=False)
    known = {*zip(hits.times, hits.event_ids, hits.spans, strict=True), (event.at_ms, event.event_id, written)}
    times, event_ids, spans = zip(*sorted(known)[-HITS_AT_MOST:], strict=True)
    ctx[CONVERSATION_HITS].put(entry, Hits(times, event_ids, spans))
    set_cleanup_timer(ctx, event.at_ms + ctx.policy.avatar_impersonation.both_directions_ms + 1)


def _decode_hit(written: str, event_id: str) -> OpeningHit:
    places = json.loads(written)
    return OpeningHit(tuple(Span(**span) for span in places["spans"]), places["span_count"], event_id)
