"""Profile similarity (FA-57): weighted mean of nickname, avatar, signature and region, as exact fractions (C-15).

Names are compared as people see them (`operators.likeness.names`), other texts by Levenshtein distance. A part that
one profile lacks is left out, and the weights of the others count more; without nickname and avatar the mean is 0. It
is one of the reasons to ask about a newcomer, each of which stands by itself. Evidence never shows a nickname.
"""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from operators.likeness.names import NameLikeness, letters_alike, name_likeness, text_similarity
from operators.likeness.perceptual_hash import version_of
from operators.likeness.significance import exclusion_reason, meaningful_likeness
from operators.policy.friendship_age import GateReason
from operators.text.seen_names import is_given
from schemas.records import Appearance, Picture, ProfileScore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from operators.likeness.perceptual_hash import Likeness
    from operators.policy.avatar_impersonation import AvatarImpersonationPolicy
    from operators.policy.friendship_age import FriendshipAgePolicy, GateWeights
    from operators.policy.model import Policy
    from state.entries.profiles import Request

_DERIVED = Fraction(9, 10)
"""Likeness of two names one of which is made from the other, if their letters do not have more in common."""
_NAME_ALIKE = Fraction(2, 3)
"""From this likeness on, names count as alike beside a picture that is alike."""
_BEYOND_CHANCE = Fraction(92, 100)
"""Above this likeness no two different portraits were found alike; up to it one of some hundred friends may be."""
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
    name: NameLikeness | None = None  # of the nicknames, as people see them

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

    def reasons(self, policy: Policy) -> list[GateReason]:
        """Return the reasons to ask about the newcomer that hold and that the policy has (FA-57)."""
        section, pictures = policy.friendship_age, policy.avatar_impersonation
        picture_alike = self.avatar is not None and self.avatar > pictures.threshold
        same_picture = self.avatar is not None and self.avatar > pictures.review_up_to
        name_alike = self.nickname is not None and self.nickname >= _NAME_ALIKE
        holds = {
            GateReason.SIMILAR_PROFILE: self.mean(section.gate_weights) > section.gate_threshold,
            GateReason.PICTURE_AND_NAME: picture_alike and name_alike,
            GateReason.SAME_NAME: self.name is NameLikeness.SAME,
            GateReason.SAME_PICTURE: same_picture,
        }
        return [reason for reason, held in holds.items() if held and reason in section.gate_reasons]

    def score(self, account_id: str, version: str, policy: Policy) -> ProfileScore:
        """Return the parts as a record, from which evidence is made."""
        score = ProfileScore(
            account_id=account_id,
            version=version,
            similarity=str(self.mean(policy.friendship_age.gate_weights)),
            name=None if self.name is None else self.name.value,
            reasons=tuple(reason.value for reason in self.reasons(policy)),
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
            algorithm=version_of(found.likeness.kind, found.own.hashes),
            bits=found.likeness.differing_bits,
            quality=found.own.hashes.quality,
            own_avatar=found.own.version,
            other_avatar=found.other.version,
        )


def without_chance(score: ProfileScore) -> ProfileScore:
    """Return a comparison with one of many friends, without the picture as a reason if it may be alike by chance."""
    if score.avatar is None or Fraction(score.avatar) > _BEYOND_CHANCE:
        return score
    return replace(score, reasons=tuple(reason for reason in score.reasons if reason != GateReason.SAME_PICTURE))


def compare_profiles(
    one: Appearance, other: Appearance, at_ms: int, section: AvatarImpersonationPolicy
) -> SimilarityParts:
    """Return the similarity of two profiles at a time; `one` is the newcomer's.

    A name of the other's that is common counts only beside avatars: by itself it proves nothing (FA-104).
    """
    avatars = _compare_avatars(one, other, at_ms, section)
    name, nickname = _compare_names(one.nickname, other.nickname)
    if other.name_common_ms is not None and other.name_common_ms <= at_ms:
        name = NameLikeness.COMMON if name is NameLikeness.SAME else name
        nickname = None if avatars is None else nickname
    return SimilarityParts(
        name=name,
        nickname=nickname,
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
    if own is None or others is None or exclusion_reason(own, others, at_ms, section):
        return None
    found = meaningful_likeness(own, others, section)
    return None if found is None else AvatarPair(own, others, found)


def _compare_names(one: str | None, other: str | None) -> tuple[NameLikeness | None, Fraction | None]:
    """Return how alike people see two names, and the likeness of the two; a name that a platform gives says nothing."""
    if not one or not other or is_given(one) or is_given(other):
        return None, None
    name = name_likeness(one, other)
    if name is NameLikeness.SAME:
        return name, Fraction(1)
    letters = letters_alike(one, other)
    return name, letters if name is None else max(letters, _DERIVED)


def _text_similarity(one: str | None, other: str | None) -> Fraction | None:
    """Return the likeness of two texts, normalised already; None: one is missing."""
    return text_similarity(one, other) if one and other else None


def _text(part: Fraction | None) -> str | None:
    return None if part is None else str(part)


class NicknameFilter:
    """Cheap upper bound on similarity: excludes profiles whose nickname alone rules out all reasons but the picture."""

    def __init__(self, nickname: str | None, policy: Policy) -> None:
        weights = policy.friendship_age.gate_weights
        self._words = nickname or ""
        glued = self._words.replace(" ", "")
        self._letters = [(char, glued.count(char)) for char in sorted(set(glued))]
        self._length = 0 if is_given(self._words) else len(glued)
        self._threshold = float(policy.friendship_age.gate_threshold) - _SLACK
        self._name = float(weights.nickname)
        self._rest = (
            float(weights.avatar + weights.signature + weights.region),
            float(weights.signature + weights.region),
        )

    def may_match(self, nickname: str) -> bool:
        """Return False only if no avatar, signature or region could make up for the nicknames' difference."""
        if not self._length or not nickname or not self._name or is_given(nickname):
            return True
        longer = max(self._length, len(nickname.replace(" ", "")))
        most = sum(min(count, nickname.count(char)) for char, count in self._letters) / longer
        if most > _NAME_ALIKE - _SLACK or name_likeness(self._words, nickname) is not None:
            return True
        return any((self._name * most + rest) / (self._name + rest) > self._threshold for rest in self._rest)


def are_weak(reasons: Iterable[str], section: FriendshipAgePolicy) -> bool:
    """Return whether only weak reasons hold: such that silence of who is asked accepts (FA-60)."""
    return section.gate_weak_reasons.issuperset(reasons)


def rank(score: ProfileScore, section: FriendshipAgePolicy) -> tuple[bool, bool, Fraction, str]:
    """Return the sort key of friends: those to ask first, of these those with a strong reason; then by similarity."""
    return not score.reasons, are_weak(score.reasons, section), -Fraction(score.similarity), score.account_id


_PARTS = ("nickname", "avatar", "signature", "region")


def score_evidence(score: ProfileScore) -> dict[str, object]:
    """Return the evidence of one comparison: similarity as a number and as an exact fraction, and the parts."""
    parts = {name: getattr(score, name) for name in _PARTS if getattr(score, name) is not None}
    similarity = {"similarity": float(Fraction(score.similarity)), "exact": score.similarity}
    named = {} if score.name is None else {"name": score.name}
    reasons = {"reasons": list(score.reasons)} if score.reasons else {}
    return {"lookalike": score.account_id, **similarity, **reasons, "parts": parts, **named, **_avatar_evidence(score)}


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


def reasons_of(request: Request) -> list[frozenset[str]]:
    """Return the reasons for which each friend was asked."""
    scores = map(json.loads, request.scores)
    return [frozenset(score.get("reasons", (GateReason.SIMILAR_PROFILE,))) for score in scores]


def request_evidence(request: Request, *best: ProfileScore) -> Mapping[str, object]:
    """Return the evidence of a request's decision: numbers of comparisons, the best one, the accounts asked."""
    counts: dict[str, object] = {"compared": request.compared, "not_comparable": request.not_comparable}
    if best and (shown := score_evidence(best[0])) and (shown["parts"] or best[0].name):
        return counts | {"best": shown}
    if not request.asked:
        return counts
    asked = [json.loads(score) for score in request.scores]
    answers = {friend_id: answer for friend_id, answer in zip(request.asked, request.answers, strict=True) if answer}
    answered = {"answers": answers} if answers else {}
    return counts | {"best": asked[0], "asked": asked, "deadline_ms": request.deadline_ms} | answered
