"""Features by which a person can be recognised: picture hashes, and digests of everything else (EG-35).

Pictures are compared by the distance of their hashes, everything else for equality. A digest includes the kind of
feature, so that values of different kinds never match (EG-36).
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from operators.likeness.perceptual_hash import hashes_of_phash
from operators.text.normalisation import normalise
from schemas.records import Feature, FeatureKind, PictureHashes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DIGEST_BYTES: Final = 16
"""Length of a digest in bytes. Savepoints hold digests of it: those of another length would match nothing."""


class Features(Struct, frozen=True):
    """Features in their comparable form: the kinds, picture hashes, digests."""

    kinds: tuple[str, ...]
    pictures: tuple[PictureHashes, ...]
    digests: tuple[bytes, ...]


def features_of(features: Iterable[Feature], picture: PictureHashes | None = None) -> Features:
    """Return features in their comparable form; `picture` holds the hashes of an uploaded picture."""
    listed = tuple(features)
    pictures = [hashes_of_phash(feature.value) for feature in listed if feature.kind is FeatureKind.IMAGE_HASH]
    kinds = {feature.kind.value for feature in listed}
    if picture is not None:
        pictures.append(picture)
        kinds.add(FeatureKind.IMAGE_HASH.value)
    return Features(tuple(sorted(kinds)), tuple(pictures), tuple(sorted(set(_digests(listed)))))


def kind_of(digest: bytes) -> str:
    """Return the kind of feature of a digest."""
    return _KINDS[digest[0]]


_KINDS: Final = tuple(kind.value for kind in FeatureKind)


def _digests(features: Iterable[Feature]) -> Iterator[bytes]:
    for feature in features:
        value = _comparable_bytes(feature)
        if value:
            yield bytes([_KINDS.index(feature.kind.value)]) + sha256(value).digest()[: DIGEST_BYTES - 1]


def _comparable_bytes(feature: Feature) -> bytes:
    """Return the bytes compared for equality; empty for a picture, and for a text of separators only."""
    if feature.kind is FeatureKind.IMAGE_HASH:
        return b""
    if feature.kind is FeatureKind.AUDIO_FINGERPRINT:
        return feature.value
    return normalise(feature.value.decode()).encode()
