"""By what can somebody be recognised? Key: none. Pictures by their hashes; everything else by being equal (EG-35).

What is compared for equality is kept as a digest only, which tells kinds apart: they are never mixed (EG-36).
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
"""Bytes of a digest. It lives in savepoints: others are not equal to anything."""


class Features(Struct, frozen=True):
    """What was seen or heard, ready to be compared."""

    kinds: tuple[str, ...]
    pictures: tuple[PictureHashes, ...]
    digests: tuple[bytes, ...]


def features_of(features: Iterable[Feature], picture: PictureHashes | None = None) -> Features:
    """Return features in the form in which they are compared; `picture` came as a picture."""
    listed = tuple(features)
    pictures = [hashes_of_phash(feature.value) for feature in listed if feature.kind is FeatureKind.IMAGE_HASH]
    kinds = {feature.kind.value for feature in listed}
    if picture is not None:
        pictures.append(picture)
        kinds.add(FeatureKind.IMAGE_HASH.value)
    return Features(tuple(sorted(kinds)), tuple(pictures), tuple(sorted(set(_digests(listed)))))


def kind_of(digest: bytes) -> str:
    """Return the kind of feature that a digest is of."""
    return _KINDS[digest[0]]


_KINDS: Final = tuple(kind.value for kind in FeatureKind)


def _digests(features: Iterable[Feature]) -> Iterator[bytes]:
    for feature in features:
        value = _comparable_bytes(feature)
        if value:
            yield bytes([_KINDS.index(feature.kind.value)]) + sha256(value).digest()[: DIGEST_BYTES - 1]


def _comparable_bytes(feature: Feature) -> bytes:
    """Return the bytes that have to be equal; none for a picture, and for a text of nothing but separators."""
    if feature.kind is FeatureKind.IMAGE_HASH:
        return b""
    if feature.kind is FeatureKind.AUDIO_FINGERPRINT:
        return feature.value
    return normalise(feature.value.decode()).encode()
