"""Search of the recipient's contacts for avatars similar to a suspicious sender's.

Keyed by the recipient; runs inside the relationship step. Emits `LookalikesFound` to the step `impersonation`, which
stores which accounts belong to one person. Every suspicious message is first checked for an opening hit; contacts are
searched only if there is one (AI-2, AI-3).
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from operators.avatar_impersonation.conversation_hits import OpeningHit, find_opening_hit
from operators.avatar_impersonation.lookalike import AvatarMatch, AvatarQuery, sort_key
from operators.contacts.contact_profiles import contact_profile, near_contact_profiles
from operators.contacts.contacts import relation_with
from operators.decision import LATE, MAX_RANKED, POLICY_UNSEEN, Conditions
from operators.erasure.markers import erased_after
from operators.likeness.significance import COMMON_PICTURE
from operators.operator import Context, Metric
from schemas.records import LookalikesFound, Picture, Resemblance, SuspicionRaised, WarnChannel
from state.catalog.entry_key import SELF
from state.catalog.relationship import ALERT_NUMBER, BLOCKS
from state.entries.appearances import decode_pictures

if TYPE_CHECKING:
    from collections.abc import Iterator


class ContactSearchResult(Struct, frozen=True):
    """Result of a search: lookalikes, lookalikes suppressed by a common picture, suppressed matches by reason."""

    strong_or_weak: list[Resemblance] = field(default_factory=list)
    common: list[Resemblance] = field(default_factory=list)
    suppressed: Counter[str] = field(default_factory=Counter)


def on_suspicion_raised(event: SuspicionRaised, ctx: Context) -> Iterator[Any]:
    """Compare the avatar of a suspicious message's sender with those of the recipient's contacts (AI-5)."""
    if not ctx.policy.avatar_impersonation.enabled or erased_after(ctx, event.at_ms, event.sender_id) is not None:
        return
    opening_hit = find_opening_hit(event, ctx)
    if opening_hit is None or event.picture is None:
        return
    conditions = Conditions()
    if conditions.check("blocked", ctx[BLOCKS].get(event.sender_id) is not None):
        yield Metric("blocked-pair")
        return
    query = AvatarQuery(event.picture, event.at_ms, ctx.policy.avatar_impersonation)
    found = _search_contacts(query, event.sender_id, ctx)
    copied = _copies_of_recipient(query, ctx)
    yield from (Metric(reason) for reason in found.suppressed.elements())
    if found.strong_or_weak or found.common or copied:
        listed = (*found.strong_or_weak[:MAX_RANKED], *found.common[:MAX_RANKED], *copied)
        yield _lookalikes_found(
            event, event.picture, opening_hit, conditions, ctx, candidates=listed, count=len(found.strong_or_weak)
        )


def _search_contacts(query: AvatarQuery, sender_id: str, ctx: Context) -> ContactSearchResult:
    """Return the contacts that are similar to the sender and related to the recipient, ranked (AI-22)."""
    found, kinds = ContactSearchResult(), query.section.relation_kinds
    near = list(near_contact_profiles(query.are_near, ctx))
    sender = relation_with(sender_id, kinds, ctx) if near else None
    for contact_id, text in near:
        matches = query.matches(decode_pictures(text)) if contact_id not in (sender_id, ctx.key) else []
        relation = relation_with(contact_id, kinds, ctx) if matches else None
        if relation is None:
            continue
        if matches[0].exclusion_reason is None:
            found.strong_or_weak.append(query.resemblance(contact_id, matches, relation, sender))
            continue
        common = [match for match in matches if match.exclusion_reason == COMMON_PICTURE]
        found.suppressed[(common or matches)[0].exclusion_reason or ""] += 1
        if common:
            found.common.append(query.resemblance(contact_id, common, relation, sender))
    found.strong_or_weak.sort(key=sort_key)
    found.common.sort(key=sort_key)
    return found


def _copies_of_recipient(query: AvatarQuery, ctx: Context) -> tuple[Resemblance, ...]:
    """Return the recipient's own avatars that the sender's is similar to, if the policy reports copies (AI-8)."""
    own = contact_profile(ctx.key, ctx) if query.section.report_copies_of_recipient else None
    matches: list[AvatarMatch] = query.matches(own.pictures) if own is not None else []
    return tuple(
        query.resemblance_to_recipient(ctx.key, match)
        for match in matches
        if match.exclusion_reason is None and not match.previous
    )


def _lookalikes_found(
    event: SuspicionRaised,
    picture: Picture,
    opening_hit: OpeningHit,
    conditions: Conditions,
    ctx: Context,
    **found: Any,  # noqa: ANN401 - the candidates and their number
) -> LookalikesFound:
    tags = {LATE: event.late or ctx.late, POLICY_UNSEEN: opening_hit.unseen}
    reasons = {span.detector for span in opening_hit.spans} | {tag for tag, applies in tags.items() if applies}
    return LookalikesFound(
        event_id=event.event_id,
        at_ms=event.at_ms,
        subject_id=event.sender_id,
        account_id=ctx.key,
        reasons=tuple(sorted(reasons)),
        spans=opening_hit.spans,
        span_count=opening_hit.span_count,
        conditions=json.dumps(conditions.evaluated, separators=(",", ":")),
        version=picture.version,
        set_ms=picture.set_ms,
        quality=picture.hashes.quality,
        opened_by=opening_hit.event_id,
        number=_alert_number(ctx),
        **found,
    )


def _alert_number(ctx: Context) -> str | None:
    """Return the recipient's alert number, if the policy warns by number (FA-30)."""
    if WarnChannel.NUMBER not in ctx.policy.avatar_impersonation.risk_operation.operation.warn:
        return None
    own = ctx[ALERT_NUMBER].get(SELF)
    return None if own is None else own.number
