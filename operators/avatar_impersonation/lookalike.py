"""Comparison of a sender's avatar with those of the recipient's contacts, by perceptual hash (Hamming distance).

Only the recipient's contacts are compared: a finding needs an account that is similar to the sender and related to the
recipient, and the order of the two checks makes no difference (AI-14).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from operators.accounts.profile import is_shown
from operators.contacts.contacts import Relation
from operators.likeness.crops import HASH_BYTES, OUTER, mirrored
from operators.likeness.perceptual_hash import (
    Likeness,
    crops_of,
    hash_pair,
    max_differing_bits,
    phashes_to_search,
    version_of,
)
from operators.likeness.significance import (
    COMMON_PICTURE,
    LOW_INFORMATION,
    best_likeness,
    common_picture,
    exclusion_reason,
    meaningful_likeness,
)
from operators.policy.avatar_impersonation import AvatarImpersonationPolicy, HashKind
from schemas.records import Picture, PictureHashes, Resemblance
from state.entries.appearances import CROPS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

NEAR_THRESHOLD = "NEAR_THRESHOLD"
ORDER_UNKNOWN = "ORDER_UNKNOWN"
HASH_BECAME_COMMON = "HASH_BECAME_COMMON"
SENDER_FIRST = "SENDER_FIRST"
"""No reason for a review: the contact took the picture after the sender did (AI-39)."""


class AvatarMatch(Struct, frozen=True):
    """A contact's picture that is similar to the sender's; with an `exclusion_reason` it does not count."""

    likeness: Likeness
    picture: Picture
    previous: bool
    exclusion_reason: str | None = None
    common: str = ""  # the pHash (hex) of the one of the two that is common; empty: neither is

    @property
    def sort_key(self) -> tuple[bool, bool, int, bool]:
        """The sort key of the matches of one contact, the best one first."""
        return self.exclusion_reason is not None, bool(self.common), self.likeness.differing_bits, self.previous


class AvatarQuery:
    """The sender's picture as a query, at a message's time and under the policy in force."""

    def __init__(self, picture: Picture, at_ms: int, section: AvatarImpersonationPolicy) -> None:
        self.picture, self.at_ms, self.section = picture, at_ms, section
        self._most = max_differing_bits(section.threshold)
        self._sides = list(_sides(picture.hashes, section.hash_kinds))

    def are_near(self, hashes: NDArray[np.void]) -> NDArray[np.bool_]:
        """Return a mask of the pictures that may be similar, by their hashes (no false negatives)."""
        found = np.zeros(len(hashes), np.bool_)
        columns = {name: np.ascontiguousarray(hashes[name].T) for name in ("phash", "dhash", "crops")}
        for mine, name, width in self._sides:
            near = np.bitwise_count(columns[name][:width, None] ^ mine[:, None]) <= self._most
            found |= near.any(axis=(0, 1))
        return found

    def matches(self, pictures: Sequence[Picture]) -> list[AvatarMatch]:
        """Return the similar pictures of a contact, the best one first."""
        found = (self._match(picture, previous=previous) for picture, previous in self._counting_pictures(pictures))
        return sorted((match for match in found if match is not None), key=lambda match: match.sort_key)

    def _counting_pictures(self, pictures: Iterable[Picture]) -> Iterator[tuple[Picture, bool]]:
        """Yield the pictures that count at the message's time, each with whether it was replaced by then (AI-19)."""
        replaced = 0
        for picture in pictures:
            if is_shown(picture, self.at_ms):
                yield picture, False
            elif picture.replaced_ms is not None and picture.replaced_ms <= self.at_ms:
                replaced += 1
                is_recent = self.at_ms - picture.replaced_ms <= self.section.previous_for_ms
                if is_recent and replaced <= self.section.previous_avatars:
                    yield picture, True

    def _match(self, picture: Picture, *, previous: bool) -> AvatarMatch | None:
        nearest = best_likeness(self.picture, picture, self.section)
        if nearest is None or nearest.similarity <= self.section.threshold:
            return None
        found = meaningful_likeness(self.picture, picture, self.section)
        if found is None or found.similarity <= self.section.threshold:
            return AvatarMatch(nearest, picture, previous, LOW_INFORMATION)
        reason = exclusion_reason(self.picture, picture, self.at_ms, self.section)
        common = common_picture(self.picture, picture, self.at_ms, self.section)
        return AvatarMatch(found, picture, previous, reason, "" if common is None else common.hashes.phash.hex())

    def resemblance(
        self, account_id: str, matches: Sequence[AvatarMatch], relation: Relation, sender: Relation | None
    ) -> Resemblance:
        """Return the record of a similar contact (best match first), with what speaks against it (AI-21, AI-39)."""
        best_match = matches[0]
        earliest_ms = min(
            match.picture.set_ms for match in matches if match.exclusion_reason == best_match.exclusion_reason
        )
        is_ordered = earliest_ms < self.picture.set_ms or is_older(relation, sender)
        is_near = best_match.likeness.similarity <= self.section.review_up_to
        reasons = {
            NEAR_THRESHOLD: is_near,
            ORDER_UNKNOWN: not is_ordered,
            HASH_BECAME_COMMON: bool(best_match.common),
            SENDER_FIRST: self.picture.set_ms < earliest_ms,
        }
        return self._as_resemblance(
            account_id, best_match, [reason for reason, applies in reasons.items() if applies], relation
        )

    def resemblance_to_recipient(self, account_id: str, match: AvatarMatch) -> Resemblance:
        """Return the record of the recipient, whom the sender looks like."""
        return self._as_resemblance(account_id, match, [], Relation(None))

    def _as_resemblance(
        self, account_id: str, match: AvatarMatch, reasons: Iterable[str], relation: Relation
    ) -> Resemblance:
        found = match.likeness
        mine, theirs = hash_pair(found.kind, self.picture.hashes, match.picture.hashes) or (b"", b"")
        return Resemblance(
            account_id=account_id,
            version=match.picture.version,
            set_ms=match.picture.set_ms,
            previous=match.previous,
            kind=found.kind.value,
            algorithm=version_of(found.kind, match.picture.hashes),
            bits=found.differing_bits,
            sender_hash=mine.hex(),
            hash=theirs.hex(),
            quality=match.picture.hashes.quality,
            reasons=tuple(reasons),
            since_ms=relation.since_ms,
            common=match.common if match.exclusion_reason == COMMON_PICTURE else "",
        )


def _sides(picture: PictureHashes, kinds: Collection[HashKind]) -> Iterator[tuple[NDArray[np.uint64], str, int]]:
    """Yield hashes of a sender's picture, with the column of the index and how many of its hashes they meet."""
    yield _as_indexed(phashes_to_search(picture, kinds)), "phash", 1
    if picture.dhash and HashKind.DHASH in kinds:
        yield _as_indexed([int.from_bytes(picture.dhash)]), "dhash", 1
    crops = crops_of(picture)[:OUTER]
    if crops and HashKind.CROP in kinds:
        yield _as_indexed(crops[:1]), "crops", CROPS
        yield _as_indexed(crops[1:]), "crops", 1
    if crops and HashKind.CROP_MIRRORED in kinds:
        turned = list(map(mirrored, crops))
        yield _as_indexed(turned[:1]), "crops", OUTER
        yield _as_indexed(turned[1:]), "crops", 1


def _as_indexed(hashes: Iterable[int]) -> NDArray[np.uint64]:
    return np.frombuffer(b"".join(each.to_bytes(HASH_BYTES) for each in hashes), np.uint64)


def is_older(relation: Relation, sender: Relation | None) -> bool:
    """Return whether the contact's relation began before the sender's; a side without one counts as the latest."""
    if sender is None:
        return True
    return relation.since_ms is not None and sender.since_ms is not None and relation.since_ms < sender.since_ms


def sort_key(found: Resemblance) -> tuple[bool, int, bool, bool, int, str]:
    """Return the sort key of lookalikes, the one to report first (AI-22)."""
    since = (found.since_ms is None, found.since_ms or 0)
    return bool({*found.reasons} - {SENDER_FIRST}), found.bits, found.previous, *since, found.account_id
