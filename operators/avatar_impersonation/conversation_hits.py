"""Recent screening hits of a conversation, in either direction, which open the comparison of avatars.

Keyed by the recipient; runs inside the relationship step. Only time, event id and spans of a hit are stored, under a
hash of the other account's id: unrelated accounts get no notice of each other's erasure, so no id may be stored here
(AI-3).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from operators.erasure.markers import erased_after
from operators.ids import identify
from operators.policy.avatar_impersonation import AVATAR_IMPERSONATION
from operators.retention import remove_expired, set_cleanup_timer
from operators.screening.findings import result_for
from schemas.records import ConversationHit, Span, SuspicionRaised
from state.catalog.relationship import CONVERSATION_HITS
from state.entries.profiles import Hits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from operators.operator import Context

HITS_AT_MOST = 8
"""Hits stored per conversation. More than one, because a late message needs the latest hit before its own time."""

StoredHit = tuple[int, str, str]
"""A hit's time, its event id, and its spans as JSON."""


class OpeningHit(Struct, frozen=True):
    """The hit that opens the comparison of avatars: its spans, and the earlier message that they are in, if any."""

    spans: tuple[Span, ...]
    span_count: int  # the number of all spans, if not all are listed; else 0
    event_id: str | None = None
    unseen: bool = False  # the message was screened before the policy that judges it was known


def find_opening_hit(event: SuspicionRaised, ctx: Context) -> OpeningHit | None:
    """Return the hit that opens the comparison for a message: its own, else the latest one; None if there is none."""
    section = ctx.policy.avatar_impersonation
    seen = result_for(AVATAR_IMPERSONATION, ctx.policy.version, event)
    own = OpeningHit(seen.spans, seen.span_count, unseen=seen.policy_unseen) if seen.spans else None
    if not section.both_directions:
        return own
    if own is not None:
        _store_hit(event.sender_id, event, own, ctx)
        return own
    before = _latest_hit(event, ctx)
    return None if before is None else replace(before, unseen=seen.policy_unseen)


def on_conversation_hit(event: ConversationHit, ctx: Context) -> Iterator[Any]:
    """Store a hit in a message that the account itself wrote."""
    if erased_after(ctx, event.at_ms, event.other_id) is None:
        _store_hit(event.other_id, event, event, ctx)
    yield from ()


def remove_expired_hits(ctx: Context, at_ms: int) -> None:
    """Remove the hits that are too old to open a comparison."""
    length_ms = ctx.policy.avatar_impersonation.both_directions_ms
    remove_expired(ctx, CONVERSATION_HITS, at_ms, lambda hits: max(hits.times) + length_ms + 1)


def forget_hits(entry: str, before_ms: int, ctx: Context) -> None:
    """Remove the hits from before a time; `entry` is the hash of the other account's id (C-18)."""
    _write(entry, [hit for hit in _read(entry, ctx) if hit[0] >= before_ms], ctx)


def _latest_hit(event: SuspicionRaised, ctx: Context) -> OpeningHit | None:
    """Return the latest hit that counts; what is older than the sender's account is of another one (C-18)."""
    length_ms = ctx.policy.avatar_impersonation.both_directions_ms
    earliest_ms = max(event.at_ms - length_ms, event.erased_ms or 0)
    found = [hit for hit in _read(identify(event.sender_id), ctx) if earliest_ms <= hit[0] <= event.at_ms]
    return _decode_hit(max(found)[2], max(found)[1]) if found else None


def _store_hit(
    other_id: str, event: ConversationHit | SuspicionRaised, hit: ConversationHit | OpeningHit, ctx: Context
) -> None:
    entry = identify(other_id)
    stored = {"spans": list(map(asdict, hit.spans)), "span_count": hit.span_count}
    encoded = json.dumps(stored, ensure_ascii=False)
    known = {*_read(entry, ctx), (event.at_ms, event.event_id, encoded)}
    _write(entry, sorted(known)[-HITS_AT_MOST:], ctx)
    set_cleanup_timer(ctx, event.at_ms + ctx.policy.avatar_impersonation.both_directions_ms + 1)


def _read(entry: str, ctx: Context) -> list[StoredHit]:
    hits = ctx[CONVERSATION_HITS].get(entry) or Hits((), (), ())
    return list(zip(hits.times, hits.event_ids, hits.spans, strict=True))


def _write(entry: str, hits: Sequence[StoredHit], ctx: Context) -> None:
    if hits:
        times, event_ids, spans = zip(*hits, strict=True)
        ctx[CONVERSATION_HITS].put(entry, Hits(times, event_ids, spans))
    else:
        ctx[CONVERSATION_HITS].remove(entry)


def _decode_hit(encoded: str, event_id: str) -> OpeningHit:
    stored = json.loads(encoded)
    return OpeningHit(tuple(Span(**span) for span in stored["spans"]), stored["span_count"], event_id)
