"""How alike are two profiles? Key: none.

The weighted mean of what both have: nickname, avatar, signature, region. What one of them lacks is left out, and the
others weigh the more; without nickname and without avatar nothing can be said (FA-57). All in exact fractions (C-15).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from operators.edit_distance import edit_distance
from operators.policy import GateWeights, Policy
from operators.policy_avatar import AvatarImpersonationPolicy
from operators.resemblance import telling, unusable
from schemas.records import Appearance, Picture, ProfileScore

_SLACK = 1e-9
"""More than the few floating-point operations of a bound can be off: what it excludes is excluded exactly, too."""


@dataclass(frozen=True, slots=True)
class Parts:
    """How alike two profiles are, part by part; None: one of the two lacks it."""

    nickname: Fraction | None = None
    avatar: Fraction | None = None
    signature: Fraction | None = None
    region: Fraction | None = None
    kind: str | None = None  # by which hashes the avatars are most alike

    def mean(self, weights: GateWeights) -> Fraction:
        """Return the weighted mean of the parts that are there."""
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
        """Return the parts as they travel and stand in evidence."""
        return ProfileScore(
            account_id=account_id,
            version=version,
            similarity=str(similarity),
            nickname=_text(self.nickname),
            avatar=_text(self.avatar),
            kind=self.kind,
            signature=_text(self.signature),
            region=_text(self.region),
        )


def parts_of(one: Appearance, other: Appearance, at_ms: int, section: AvatarImpersonationPolicy) -> Parts:
    """Compare two profiles as they are at a time; `one` is the newcomer's."""
    pictures = compared_pictures(one, other, at_ms, section)
    found = telling(*pictures, section) if pictures else None
    return Parts(
        nickname=_of_texts(one.nickname, other.nickname),
        avatar=None if found is None else found.similarity,
        signature=_of_texts(one.signature, other.signature),
        region=None if not (one.region and other.region) else Fraction(one.region == other.region),
        kind=None if found is None else found.kind.value,
    )


def compared_pictures(
    one: Appearance, other: Appearance, at_ms: int, section: AvatarImpersonationPolicy
) -> tuple[Picture, Picture] | None:
    """Return the avatars of both; None if one has none, or one that says nothing (AI-17, AI-18)."""
    shown = [picture for each in (one, other) for picture in each.pictures if picture.replaced_ms is None]
    both = len(shown) == len((one, other)) and not any(unusable(picture, at_ms, section) for picture in shown)
    return (shown[0], shown[1]) if both else None


def _of_texts(one: str | None, other: str | None) -> Fraction | None:
    """Return 1 - edit distance / longer length; the texts are normalised already."""
    if not one or not other:
        return None
    longer = max(len(one), len(other))
    return Fraction(longer - edit_distance(one, other), longer)


def _text(part: Fraction | None) -> str | None:
    return None if part is None else str(part)


class Glance:
    """A look at many profiles that leaves out those that cannot be as alike as is asked for."""

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

    def may_be_alike(self, nickname: str) -> bool:
        """Return False only if no avatar, signature or region could make up for the nicknames' difference."""
        if not self._length or not nickname or not self._name:
            return True
        longer = max(self._length, len(nickname))
        most = sum(min(count, nickname.count(char)) for char, count in self._letters) / longer
        return any((self._name * most + rest) / (self._name + rest) > self._threshold for rest in self._rest)
