"""Search for objects that resemble what was seen or heard, by picture hash or equal feature.

Keyed by a shard of objects: a query goes to all shards, and each scans what it stores (EG-36). Emits `MatchesFound`,
and `AttentionSought` for the best matches. Features of an account without followers are stored, because it may gain
one, but not searched (EG-8).
"""

from __future__ import annotations

from heapq import nsmallest
from typing import TYPE_CHECKING, Any, Final

from operators.decision import MAX_RANKED
from operators.erasure.markers import erased_after, forget_entry, mark_erased, remove_expired_markers
from operators.event_group.search import is_follow_age_within
from operators.likeness.features import DIGEST_BYTES, features_of, kind_of
from operators.likeness.perceptual_hash import (
    BITS,
    hashes_of_phash,
    is_low_information,
    max_differing_bits,
    phashes_to_search,
)
from operators.operator import ERASED_METRIC, LATE_FACT_METRIC, Context, Handler, Operator
from schemas.event_order import RANKS
from schemas.records import (
    AccountErased,
    AttentionSought,
    Concern,
    FeatureKind,
    FollowChanged,
    HelpSought,
    IdentificationSought,
    MatchesFound,
    ObjectInformationChanged,
    ObjectMatch,
)
from state.catalog.entry_key import join_ids, split_ids
from state.catalog.erasure import ERASED
from state.catalog.event_group import OBJECT_FEATURES, WATCHED_SINCE
from state.entries.attention import ObjectFeatures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from operators.policy.model import Policy


FOLLOW_AGE_AT_MOST: Final = 100
"""Objects per shard found by the age of a follow alone: the policy could apply to all of them."""


class Matching(Operator):
    """Keeps the features and follows of its shard of objects, and searches them."""

    uid = "matching"
    states = (OBJECT_FEATURES, WATCHED_SINCE, ERASED)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {
            ObjectInformationChanged: on_information_changed,
            FollowChanged: on_follow_changed,
            IdentificationSought: on_identification_sought,
            HelpSought: on_help_sought,
            AccountErased: on_erased,
        }

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Remove expired erasure markers."""
        remove_expired_markers(ctx, at_ms)
        yield from ()


def on_information_changed(event: ObjectInformationChanged, ctx: Context) -> Iterator[Any]:
    """Replace an object's features by its latest information."""
    known = ctx[OBJECT_FEATURES].get(event.object_id)
    if erased_after(ctx, event.at_ms, event.object_id) is not None:
        yield ERASED_METRIC
    elif known is not None and event.at_ms < known.fact_ms:
        yield LATE_FACT_METRIC
    else:
        found = features_of(event.features)
        phashes = b"".join(sorted({picture.phash for picture in found.pictures}))
        version = hashes_of_phash(b"").version
        ctx[OBJECT_FEATURES].put(
            event.object_id, ObjectFeatures(phashes, version, b"".join(found.digests), event.at_ms)
        )


def on_follow_changed(event: FollowChanged, ctx: Context) -> Iterator[Any]:
    """Store or remove a follow of an object, with its start."""
    entry = join_ids(event.object_id, event.follower_id)
    if event.active:
        ctx[WATCHED_SINCE].put(entry, event.since_ms)
    else:
        ctx[WATCHED_SINCE].remove(entry)
    yield from ()


def on_identification_sought(event: IdentificationSought, ctx: Context) -> Iterator[Any]:
    """Emit the objects that match a query, best first, and query the followers of the best ones."""
    policy = ctx.policy_of(event.policy_version)
    watched = {split_ids(entry)[0] for entry, _ in ctx[WATCHED_SINCE].items()}
    search = _FeatureQuery(event, policy)
    found = [match for name, stored in ctx[OBJECT_FEATURES].items() if (match := search.match(name, stored))]
    found = [match for match in found if match.object_id in watched]
    best = nsmallest(MAX_RANKED, found, key=lambda match: (match.differing_bits, match.object_id))
    if not best:
        return
    until_ms = event.at_ms + policy.event_group.group_life_ms
    for match in best[: policy.event_group.match_prompt_at_most]:
        yield _attention_sought(event, match.object_id, Concern.MATCHED, until_ms)
    yield MatchesFound(
        event_id=event.event_id,
        at_ms=event.at_ms,
        late=event.late or ctx.late,
        incident_id=event.incident_id,
        kind=event.kind,
        shard=ctx.key,
        matches=tuple(best),
        count=len(found),
    )


class _FeatureQuery:
    """The features of one query, prepared for comparison."""

    def __init__(self, event: IdentificationSought, policy: Policy) -> None:
        self._section = policy.avatar_impersonation
        usable = [picture for picture in event.pictures if not is_low_information(picture, self._section)]
        self._sought = [(phashes_to_search(one, self._section.hash_kinds), one.version) for one in usable]
        self._digests = frozenset(event.digests)
        self._most_bits = max_differing_bits(policy.event_group.match_threshold)

    def match(self, object_id: str, stored: ObjectFeatures) -> ObjectMatch | None:
        """Return the match of an object; None if it does not match."""
        bits = self._best_bits(stored)
        kinds = {kind_of(digest) for digest in _chunks(stored.digests, DIGEST_BYTES) if digest in self._digests}
        if bits <= self._most_bits:
            kinds.add(FeatureKind.IMAGE_HASH.value)
        if not kinds:
            return None
        is_equal = kinds != {FeatureKind.IMAGE_HASH.value}
        return ObjectMatch(object_id=object_id, differing_bits=0 if is_equal else bits, kinds=tuple(sorted(kinds)))

    def _best_bits(self, stored: ObjectFeatures) -> int:
        sought = [phash for phashes, version in self._sought if version == stored.version for phash in phashes]
        if not sought:
            return BITS + 1
        best = BITS + 1
        for known in _chunks(stored.phashes, BITS // 8):
            number = int.from_bytes(known, "big")
            bits = min((one ^ number).bit_count() for one in sought)
            if bits <= self._most_bits and bits < best and not self._is_low_information(known):
                best = bits
        return best

    def _is_low_information(self, phash: bytes) -> bool:
        return is_low_information(hashes_of_phash(phash), self._section)


def on_help_sought(event: HelpSought, ctx: Context) -> Iterator[Any]:
    """Query the followers of objects whose follow has the age that the policy asks for, wherever they are (EG-22)."""
    section = ctx.policy_of(event.policy_version).event_group
    aged = {
        split_ids(entry)[0]
        for entry, since_ms in ctx[WATCHED_SINCE].items()
        if is_follow_age_within(since_ms, event.at_ms, section)
    }
    for object_id in sorted(aged)[:FOLLOW_AGE_AT_MOST]:
        yield _attention_sought(event, object_id, Concern.AGE, event.at_ms + section.group_life_ms)


def on_erased(event: AccountErased, ctx: Context) -> Iterator[Any]:
    """Delete the features of an erased account (C-18); its follows are ended by the step `following`."""
    forget_entry(ctx, OBJECT_FEATURES, event.account_id, event.at_ms, lambda stored: stored.fact_ms)
    mark_erased(ctx, event.at_ms, event.account_id)
    yield from ()


def _attention_sought(
    event: IdentificationSought | HelpSought, object_id: str, reason: Concern, until_ms: int
) -> AttentionSought:
    return AttentionSought(
        event_id=event.event_id,
        at_ms=event.at_ms,
        rank=event.rank if isinstance(event, HelpSought) else RANKS[IdentificationSought],
        late=event.late,
        incident_id=event.incident_id,
        kind=event.kind,
        object_id=object_id,
        reason=reason,
        until_ms=until_ms,
    )


def _chunks(raw: bytes, size: int) -> Iterable[bytes]:
    return (raw[at : at + size] for at in range(0, len(raw), size))
