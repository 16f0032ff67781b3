"""Profile similarity (FA-57): weighted mean of nickname, avatar, signature and region, as exact fractions (C-15).

Texts are compared by Levenshtein distance. A part that one profile lacks is left out, and the weights of the others
count more; without nickname and avatar the similarity is 0. Evidence shows numbers only, never a nickname.
"""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace
from rapidfuzz.distance import Levenshtein

from operators.likeness.significance import exclusion_reason, meaningful_likeness
from schemas.records import Appearance, Picture, ProfileScore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from operators.likeness.perceptual_hash import Likeness
    from operators.policy.avatar_impersonation import AvatarImpersonationPolicy
    from operators.policy.friendship_age import GateWeights
    from operators.policy.model import Policy
    from state.entries.profiles import Request

_SLACK = 1e-9
"""More than the rounding error of the bound: what it excludes would be excluded by exact arithmetic, too."""


class AvatarPair(Struct, frozen=True):
    """Two avatars, the newcomer's first, and their likeness."""

    own: Picture
    other: Picture
    likeness: Likeness


class SimilarityParts(Struct, frozen=True):
    """Similarity of two profiles, part by part, 0 to 1; None: one of the two lacks the part."""

    nickname: Fraction | None = None
    avatar: Fraction | None = None
    signature: Fraction | None = None
    region: Fraction | None = None
    avatars: AvatarPair | None = None  # the pictures behind `avatar`

    def mean(self, weights: GateWeights) -> Fraction:
        """Return the weighted mean of the present parts; 0 without nickname and avatar."""
        if self.nickname is None and self.avatar is None:
            return Fraction(0)
        weighed = (
            (weights.nickname, self.nickname),
            (weights.avatar, self.avatar),
            (weights.signature, self.signature),
            (weights.region, self.region),
        )
        found = [(weight, part) for weight, part in weighed if part is not None]
        whole = sum((weight for weight, _ in found), Fraction(0))
        return sum((weight * part for weight, part in found), Fraction(0)) / whole if whole else Fraction(0)

    def score(self, account_id: str, version: str, similarity: Fraction) -> ProfileScore:
        """Return the parts as a record, from which evidence is made."""
        score = ProfileScore(
            account_id=account_id,
            version=version,
            similarity=str(similarity),
            nickname=_text(self.nickname),
            avatar=_text(self.avatar),
            signature=_text(self.signature),
            region=_text(self.region),
        )
        found = self.avatars
        if found is None:
            return score
        return replace(
            score,
            kind=found.likeness.kind.value,
            algorithm=found.own.hashes.version,
            bits=found.likeness.differing_bits,
            quality=found.own.hashes.quality,
            own_avatar=found.own.version,
            other_avatar=found.other.version,
        )


def compare_profiles(
    one: Appearance, other: Appearance, at_ms: int, section: AvatarImpersonationPolicy
) -> SimilarityParts:
    """Return the similarity of two profiles at a time; `one` is the newcomer's."""
    avatars = _compare_avatars(one, other, at_ms, section)
    return SimilarityParts(
        nickname=_text_similarity(one.nickname, other.nickname),
        avatar=None if avatars is None else avatars.likeness.similarity,
        signature=_text_similarity(one.signature, other.signature),
        region=None if not (one.region and other.region) else Fraction(one.region == other.region),
        avatars=avatars,
    )


def _compare_avatars(
    one: Appearance, other: Appearance, at_ms: int, section: AvatarImpersonationPolicy
) -> AvatarPair | None:
    """Compare the current avatars; None if one of the two has none, or one that means nothing (AI-17, AI-18)."""
    own, others = (next((p for p in each.pictures if p.replaced_ms is None), None) for each in (one, other))
    if own is None or others is None or any(exclusion_reason(picture, at_ms, section) for picture in (own, others)):
        return None
    found = meaningful_likeness(own, others, section)
    return None if found is None else AvatarPair(own, others, found)


def _text_similarity(one: str | None, other: str | None) -> Fraction | None:
    """Return 1 - edit distance / longer length; the texts are normalised already."""
    if not one or not other:
        return None
    longer = max(len(one), len(other))
    return Fraction(longer - Levenshtein.distance(one, other), longer)


def _text(part: Fraction | None) -> str | None:
    return None if part is None else str(part)


class NicknameFilter:
    """Cheap upper bound on similarity: excludes profiles whose nickname alone rules out the threshold."""

    def __init__(self, nickname: str | None, policy: Policy) -> None:
        weights = policy.friendship_age.gate_weights
        self._letters = [(char, (nickname or "").count(char)) for char in sorted(set(nickname or ""))]
        self._length = len(nickname or "")
        self._threshold = float(policy.friendship_age.gate_threshold) - _SLACK
        self._name = float(weights.nickname)
        self._rest = (
            float(weights.avatar + weights.signature + weights.region),
            float(weights.signature + weights.region),
        )

    def may_match(self, nickname: str) -> bool:
        """Return False only if no avatar, signature or region could make up for the nicknames' difference."""
        if not self._length or not nickname or not self._name:
            return True
        longer = max(self._length, len(nickname))
        most = sum(min(count, nickname.count(char)) for char, count in self._letters) / longer
        return any((self._name * most + rest) / (self._name + rest) > self._threshold for rest in self._rest)


_PARTS = ("nickname", "avatar", "signature", "region")


def score_evidence(score: ProfileScore) -> dict[str, object]:
    """Return the evidence of one comparison: similarity as a number and as an exact fraction, and the parts."""
    parts = {name: getattr(score, name) for name in _PARTS if getattr(score, name) is not None}
    similarity = {"similarity": float(Fraction(score.similarity)), "exact": score.similarity}
    return {"lookalike": score.account_id, **similarity, "parts": parts, **_avatar_evidence(score)}


def _avatar_evidence(score: ProfileScore) -> dict[str, object]:
    """Return the evidence of the two avatars: hash, distance, quality, versions."""
    if score.avatar is None:
        return {}
    compared = {
        "kind": score.kind,
        "version": score.algorithm,
        "distance": score.bits,
        "similarity": float(Fraction(score.avatar)),
        "quality": score.quality,
    }
    return {"hash": compared, "avatar_version": score.own_avatar, "lookalike_avatar_version": score.other_avatar}


def serialize_score(score: ProfileScore) -> str:
    """Return one comparison as JSON, as it is stored with a request."""
    return json.dumps(score_evidence(score), separators=(",", ":"))


def request_evidence(request: Request, *best: ProfileScore) -> Mapping[str, object]:
    """Return the evidence of a request's decision: numbers of comparisons, the best one, the accounts asked."""
    counts: dict[str, object] = {"compared": request.compared, "not_comparable": request.not_comparable}
    if best and score_evidence(best[0])["parts"]:
        return counts | {"best": score_evidence(best[0])}
    if not request.asked:
        return counts
    asked = [json.loads(score) for score in request.scores]
    answers = {friend_id: answer for friend_id, answer in zip(request.asked, request.answers, strict=True) if answer}
    answered = {"answers": answers} if answers else {}
    return counts | {"best": asked[0], "asked": asked, "deadline_ms": request.deadline_ms} | answered
