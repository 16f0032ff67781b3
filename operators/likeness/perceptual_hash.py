"""Perceptual hashes of pictures and their likeness by Hamming distance (AI-9 to AI-13, AI-38).

pHash: Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010), a DCT of a 32 x 32 image;
dHash: signs of horizontal gradients; both as the library imagehash computes them, of the whole picture. Two pictures
whose crops are known are compared by those instead (`crops`). A hash has 64 bits; the similarity of two is the share of
equal bits. Only hashes leave this module (AI-12, C-14). Pictures are compared; faces are not recognised.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, isqrt
from typing import TYPE_CHECKING, Final

import imagehash
import numpy as np
from msgspec import Struct
from PIL import Image, ImageOps

from operators.likeness.crops import CROPS_VERSION, HASH_BYTES, OUTER, crop_hashes, mirrored
from operators.likeness.image_decoding import decode_grey
from operators.policy.avatar_impersonation import HashKind
from schemas.records import PictureHashes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from operators.policy.avatar_impersonation import AvatarImpersonationPolicy

ALGORITHM: Final = "1"
"""Version of pHash and dHash. Change it whenever a hash would change: other versions are not compared (AI-11)."""
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
    """Return the hashes of a picture; of an animated one those of the frame that is shown longest.

    Raises `Malformed`: IMAGE_TOO_LARGE beyond the policy's limits, BAD_IMAGE for what is not a whole image.
    """
    grey = decode_grey(image, limits.max_image_bytes, limits.max_image_pixels)
    crops = crop_hashes(grey)
    return PictureHashes(
        phash=_bytes_of(imagehash.phash(grey)),
        phash_mirrored=_bytes_of(imagehash.phash(ImageOps.mirror(grey))),
        dhash=_bytes_of(imagehash.dhash(grey)),
        version=ALGORITHM,
        quality=_quality(grey),
        crops=crops or None,
        crops_version=CROPS_VERSION if crops else None,
    )


def hashes_of_phash(phash: bytes) -> PictureHashes:
    """Return the hashes of a picture of which only the pHash was supplied, in the current version (AI-10)."""
    return PictureHashes(phash=phash, version=ALGORITHM)


def likeness(mine: PictureHashes, other: PictureHashes, kinds: Iterable[HashKind] = HashKind) -> Likeness | None:
    """Return the likeness of two pictures, the best over the kinds that are compared; `mine` may be the mirrored one.

    None if no kind can be compared (AI-11).
    """
    found = (
        Likeness(_differing_bits(pair), kind)
        for kind in kinds_to_compare(mine, other, kinds)
        if (pair := hash_pair(kind, mine, other)) is not None
    )
    return min(found, key=lambda one: (one.differing_bits, _RANK[one.kind]), default=None)


def kinds_to_compare(mine: PictureHashes, other: PictureHashes, kinds: Iterable[HashKind]) -> Iterable[HashKind]:
    """Return the kinds by which two pictures are compared: not as a whole if both have crops (AI-38)."""
    wanted = frozenset(kinds)
    by_crops = HashKind.CROP in wanted and mine.crops and mine.crops_version == other.crops_version
    return wanted & _OF_CROPS if by_crops else wanted


def hash_pair(kind: HashKind, mine: PictureHashes, other: PictureHashes) -> tuple[bytes, bytes] | None:
    """Return the two hashes (8 bytes each) that a kind compares, of crops the nearest two; None: one is unknown."""
    if kind in _OF_CROPS:
        return _nearest_crops(mine, other, is_mirrored=kind is HashKind.CROP_MIRRORED)
    if mine.version != other.version:
        return None
    one, two = {
        HashKind.PHASH: (mine.phash, other.phash),
        HashKind.PHASH_MIRRORED: (mine.phash_mirrored, other.phash),
        HashKind.DHASH: (mine.dhash, other.dhash),
    }[kind]
    return (one, two) if one and two else None


def _nearest_crops(mine: PictureHashes, other: PictureHashes, *, is_mirrored: bool) -> tuple[bytes, bytes] | None:
    """Return the nearest two of the content of a picture and the crops of the other one, and vice versa.

    What somebody cut off or turned is found among all crops of the original; what somebody added, and a mirrored copy,
    among the outer ones.
    """
    if not mine.crops or not other.crops or mine.crops_version != other.crops_version:
        return None
    ours, theirs = crops_of(mine), crops_of(other)
    if is_mirrored:
        ours, theirs = list(map(mirrored, ours)), theirs[:OUTER]
    pairs = [(ours[0], crop) for crop in theirs] + [(crop, theirs[0]) for crop in ours[1:OUTER]]
    one, two = min(pairs, key=lambda pair: (pair[0] ^ pair[1]).bit_count())
    return one.to_bytes(HASH_BYTES), two.to_bytes(HASH_BYTES)


def version_of(kind: HashKind, picture: PictureHashes) -> str:
    """Return the version of the algorithm that made the hashes of a kind."""
    return (picture.crops_version or "") if kind in _OF_CROPS else picture.version


def crops_of(picture: PictureHashes) -> list[int]:
    """Return the hashes of the content of a picture and of its crops, as integers; none: unknown."""
    crops = picture.crops or b""
    return [int.from_bytes(crops[at : at + HASH_BYTES]) for at in range(0, len(crops), HASH_BYTES)]


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


_OF_CROPS: Final = frozenset({HashKind.CROP, HashKind.CROP_MIRRORED})


def _differing_bits(pair: tuple[bytes, bytes]) -> int:
    return (int.from_bytes(pair[0]) ^ int.from_bytes(pair[1])).bit_count()


def _bytes_of(found: imagehash.ImageHash) -> bytes:
    return np.packbits(found.hash.flatten()).tobytes()


def _quality(grey: Image.Image) -> int:
    """Return min(100, floor(100 s / 64)), s the standard deviation of the reduced picture, exactly (AI-13)."""
    values = grey.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS).tobytes()
    count = len(values)
    spread = count * sum(value * value for value in values) - sum(values) ** 2  # count² s²
    return min(_FULL_QUALITY, isqrt(_FULL_QUALITY**2 * spread // (count * BITS) ** 2))
