"""Profile drift: a friend's changed profile is compared with the profiles of the other friends (FA-66).

Keyed by the account that both are friends of; runs inside the relationship step. Emits `ProfilesDrifted`, which leads
to a review only: no verification starts and no friendship ends.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from operators.contacts.contact_profiles import contact_profiles
from operators.decision import MAX_RANKED
from operators.likeness.profile_similarity import NicknameFilter, compare_profiles
from operators.policy.friendship_age import GateReason
from schemas.records import AppearanceChanged, ProfileScore, ProfilesDrifted
from state.catalog.relationship import BLOCKS, FRIENDS
from state.entries.appearances import decode_appearance, nickname_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operators.operator import Context
    from operators.policy.model import Policy


def compare_with_friends(event: AppearanceChanged, ctx: Context) -> Iterator[ProfilesDrifted]:
    """Compare a friend's changed profile with the other friends' profiles, and emit the similar ones."""
    changed_id = event.contact_id
    if not _is_enabled(ctx.policy) or ctx[FRIENDS].get(changed_id) is None or ctx[BLOCKS].get(changed_id) is not None:
        return
    alike = sorted(_similar_friends(event, ctx), key=lambda score: (-Fraction(score.similarity), score.account_id))
    if alike:
        yield ProfilesDrifted(
            event_id=event.event_id,
            at_ms=event.at_ms,
            subject_id=changed_id,
            account_id=ctx.key,
            version=event.appearance.version,
            alike=tuple(alike[:MAX_RANKED]),
            late=ctx.late,
        )


def _is_enabled(policy: Policy) -> bool:
    section = policy.friendship_age
    return (
        section.enabled
        and section.gate_enabled
        and section.gate_recheck_on_change
        and policy.avatar_impersonation.enabled
    )


def _similar_friends(event: AppearanceChanged, ctx: Context) -> Iterator[ProfileScore]:
    policy, changed = ctx.policy, event.appearance
    nickname_filter = NicknameFilter(changed.nickname, policy)
    for other_id, text in contact_profiles(ctx):
        if other_id in (event.contact_id, ctx.key) or not nickname_filter.may_match(nickname_of(text)):
            continue
        other = decode_appearance(text)
        parts = compare_profiles(changed, other, event.at_ms, policy.avatar_impersonation)
        # A picture alone is no drift: a message is compared by picture when it is suspicious (AI-5).
        if set(parts.reasons(policy)) - {GateReason.SAME_PICTURE} and ctx[FRIENDS].get(other_id) is not None:
            yield parts.score(other_id, other.version, policy)
