"""Ways to compare two pictures: the product's hashes, those of 0.2.0, and PDQ; each counts differing bits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Final

from bench.quality.pdq import USUAL_DISTANCE, pdq_hashes
from operators.avatar_impersonation.lookalike import AvatarQuery
from operators.likeness.perceptual_hash import hash_picture, max_differing_bits
from operators.policy.avatar_impersonation import AvatarImpersonationPolicy, HashKind
from schemas.records import Picture

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT: Final = AvatarImpersonationPolicy()
WHOLE: Final = replace(DEFAULT, hash_kinds=frozenset({HashKind.PHASH, HashKind.PHASH_MIRRORED, HashKind.DHASH}))
"""Pictures compared as a whole, as up to 0.2.0."""
SUPPRESSED: Final = 999
"""Differing bits of two pictures that are not comparable: more than any threshold allows."""


@dataclass(frozen=True, slots=True)
class Hashed:
    """The hashes of a picture: the product's, and PDQ of the picture and of the mirrored one."""

    picture: Picture
    pdq: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A way to compare: how many bits of two pictures differ, the first of which may be a copy; most of a match."""

    name: str
    differing_bits: Callable[[Hashed, Hashed], int]
    most: int


def hash_file(file: bytes) -> Hashed:
    """Return all hashes of a picture's file."""
    return Hashed(Picture(version="", set_ms=0, hashes=hash_picture(file, DEFAULT)), pdq_hashes(file))


def differing_bits(mine: Hashed, other: Hashed, section: AvatarImpersonationPolicy) -> int:
    """Return the fewest differing bits of two pictures, over the usable hashes, as a message is compared."""
    at_all = replace(section, threshold=Fraction(0))
    matches = AvatarQuery(mine.picture, other.picture.set_ms, at_all).matches([other.picture])
    return matches[0].likeness.differing_bits if matches and matches[0].exclusion_reason is None else SUPPRESSED


def pdq_distance(mine: Hashed, other: Hashed) -> int:
    """Return the differing bits of PDQ, of the first picture as it is or mirrored."""
    return min((each ^ other.pdq[0]).bit_count() for each in mine.pdq)


CROPS: Final = Comparison("crops", partial(differing_bits, section=DEFAULT), max_differing_bits(DEFAULT.threshold))
OTHERS: Final = (
    Comparison("as 0.2.0", partial(differing_bits, section=WHOLE), max_differing_bits(WHOLE.threshold)),
    Comparison("PDQ", pdq_distance, USUAL_DISTANCE),
)
