"""Perceptual hashes of pictures (pHash, mirrored pHash, dHash) and their likeness by Hamming distance (AI-9 to AI-13).

pHash: Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010), a DCT of a 32 x 32 image;
dHash: signs of horizontal gradients; both as the library imagehash computes them. A hash has 64 bits; the similarity of
two is the share of equal bits. Only hashes leave this module (AI-12, C-14). Pictures are compared; faces are not
recognised.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, isqrt
from typing import TYPE_CHECKING, Final

import imagehash
import numpy as np
from msgspec import Struct
from PIL import Image, ImageOps

from operators.likeness.image_decoding import decode_grey
from operators.policy.avatar_impersonation import HashKind
from schemas.records import PictureHashes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from operators.policy.avatar_impersonation import AvatarImpersonationPolicy

ALGORITHM: Final = "1"
"""Version of the hash algorithm. Change it whenever a hash would change: other versions are not compared (AI-11)."""
BITS: Final = 64
_SIDE: Final = 32  # side of the reduced picture whose grey values give the quality (AI-13)
_FULL_QUALITY: Final = 100


class Likeness(Struct, frozen=True):
    """The likeness of two pictures: fewest differing bits, and the kind of hash that has them."""

    differing_bits: int
    kind: HashKind

    @property
    def similarity(self) -> Fraction:
        """The share of equal bits, exactly (AI-9, C-15)."""
        return 1 - Fraction(self.differing_bits, BITS)


def hash_picture(image: bytes, limits: AvatarImpersonationPolicy) -> PictureHashes:
    """Return the hashes of a picture; of an animated one those of its first frame.

    Raises `Malformed`: IMAGE_TOO_LARGE beyond the policy's limits, BAD_IMAGE for what is not a whole image.
    """
    grey = decode_grey(image, limits.max_image_bytes, limits.max_image_pixels)
    return PictureHashes(
        phash=_bytes_of(imagehash.phash(grey)),
        phash_mirrored=_bytes_of(imagehash.phash(ImageOps.mirror(grey))),
        dhash=_bytes_of(imagehash.dhash(grey)),
        version=ALGORITHM,
        quality=_quality(grey),
    )


def hashes_of_phash(phash: bytes) -> PictureHashes:
    """Return the hashes of a picture of which only the pHash was supplied, in the current version (AI-10)."""
    return PictureHashes(phash=phash, version=ALGORITHM)


def likeness(mine: PictureHashes, other: PictureHashes, kinds: Iterable[HashKind] = HashKind) -> Likeness | None:
    """Return the likeness of two pictures, the best over the kinds that both have; `mine` may be the mirrored one.

    None if no kind can be compared (AI-11).
    """
    if mine.version != other.version:
        return None
    found = (Likeness(bits, kind) for kind in kinds if (bits := _hamming_distance(mine, other, kind)) is not None)
    return min(found, key=lambda one: (one.differing_bits, _RANK[one.kind]), default=None)


def max_differing_bits(threshold: Fraction) -> int:
    """Return the most differing bits for a similarity above a threshold; -1 if there is none."""
    return ceil(BITS * (1 - threshold)) - 1


def phashes_to_search(mine: PictureHashes, kinds: Collection[HashKind]) -> list[int]:
    """Return the hashes of a picture that are compared with other pictures' pHash, as integers, for a batch search."""
    found = ((HashKind.PHASH, mine.phash), (HashKind.PHASH_MIRRORED, mine.phash_mirrored))
    return [int.from_bytes(phash, "big") for kind, phash in found if phash and kind in kinds]


def is_low_information(picture: PictureHashes, section: AvatarImpersonationPolicy) -> bool:
    """Return whether a picture is too plain, or a default picture, so that likeness to it means nothing (AI-17)."""
    bits = int.from_bytes(picture.phash, "big").bit_count()
    return (
        picture.phash in section.default_hashes
        or not section.min_bits <= bits <= section.max_bits
        or (picture.quality is not None and picture.quality < section.min_quality)
    )


_RANK: Final = {kind: rank for rank, kind in enumerate(HashKind)}
"""Tie-breaker: of kinds with equal distance the first is reported."""


def _hamming_distance(mine: PictureHashes, other: PictureHashes, kind: HashKind) -> int | None:
    one, two = {
        HashKind.PHASH: (mine.phash, other.phash),
        HashKind.PHASH_MIRRORED: (mine.phash_mirrored, other.phash),
        HashKind.DHASH: (mine.dhash, other.dhash),
    }[kind]
    if not one or not two:
        return None
    return (int.from_bytes(one, "big") ^ int.from_bytes(two, "big")).bit_count()


def _bytes_of(found: imagehash.ImageHash) -> bytes:
    return np.packbits(found.hash.flatten()).tobytes()


def _quality(grey: Image.Image) -> int:
    """Return min(100, floor(100 s / 64)), s the standard deviation of the reduced picture, exactly (AI-13)."""
    values = grey.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS).tobytes()
    count = len(values)
    spread = count * sum(value * value for value in values) - sum(values) ** 2  # count² s²
    return min(_FULL_QUALITY, isqrt(_FULL_QUALITY**2 * spread // (count * BITS) ** 2))
